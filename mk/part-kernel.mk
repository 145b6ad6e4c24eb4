# SPDX-License-Identifier: MIT
# The reference kernel for both architectures, and the runs of it in QEMU.

kernel-packages := qemu-system-x86 qemu-system-arm

kernel-shared-src := $(sort $(wildcard kernel/*.c)) $(unit-src) $(protocol-src) \
	$(sort $(wildcard purgatory/*.c))
kernel-src-x86_64 := $(kernel-shared-src) $(sort $(wildcard kernel/x86_64/*.c))
kernel-src-arm64 := $(kernel-shared-src) $(sort $(wildcard kernel/arm64/*.c))
kernel-asm-x86_64 := kernel/purgatory_blob.S \
	$(filter-out %/bzimage.S,$(sort $(wildcard kernel/x86_64/*.S)))
kernel-asm-arm64 := kernel/purgatory_blob.S $(sort $(wildcard kernel/arm64/*.S))

# clang must not make calls out of loops that a kernel has no library for.
CFLAGS-kernel := -fno-builtin
CFLAGS-kernel/x86_64 := -fno-builtin
CFLAGS-kernel/arm64 := -fno-builtin

define kernel-rules
build/$(1)/%.o: %.S build/$(1)/flags
	@mkdir -p $$(@D)
	@echo '  AS   [$(1)] $$<'
	$$(Q)$$(CC-$(1)) $$(CFLAGS-$(1)) $$(ASFLAGS-$$(<F)) -MMD -MP -c -o $$@ $$<
build/$(1)/kernel/purgatory_blob.o: build/purgatory-$(1)/purgatory.bin
build/$(1)/kernel/purgatory_blob.o: private ASFLAGS-purgatory_blob.S := \
	-DPURGATORY_BIN='"build/purgatory-$(1)/purgatory.bin"'
build/$(1)/lifeboat-kernel.elf: kernel/$(1)/kernel.lds \
		$$(call objects,$(1),$$(kernel-src-$(1))) \
		$$(patsubst %.S,build/$(1)/%.o,$$(kernel-asm-$(1))) build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)ld.lld --fatal-warnings -z max-page-size=4096 -z noexecstack --build-id=none \
		--gc-sections -o $$@ -T $$^
build/$(1)/lifeboat-kernel.bin: build/$(1)/lifeboat-kernel.elf
	$$(Q)llvm-objcopy -O binary $$< $$@
endef
$(foreach v,$(variants-freestanding),$(eval $(call kernel-rules,$(v))))

# The size in memory is in the ELF file's symbols; the bzImage header needs it as a number. Shells
# count in 63 bits, so the upper half of the addresses is cut off.
build/x86_64/lifeboat-kernel.bzimage: kernel/x86_64/bzimage.S build/x86_64/lifeboat-kernel.bin \
		build/x86_64/lifeboat-kernel.elf
	@echo '  IMG  [x86_64] $@'
	$(Q)end=$$(llvm-nm $(@:.bzimage=.elf) | sed -n 's/ [A-Za-z] image_end$$//p'); \
	$(CC-x86_64) -c -o $@.o kernel/x86_64/bzimage.S \
		-DKERNEL_IMAGE='"build/x86_64/lifeboat-kernel.bin"' \
		-DKERNEL_INIT_SIZE=$$((0x$${end#ffffffff} - 0x80000000))
	$(Q)llvm-objcopy -O binary -j .setup $@.o $@

build/arm64/lifeboat-kernel.img: build/arm64/lifeboat-kernel.bin
	@echo '  IMG  [arm64] $@'
	$(Q)cp $< $@

## kernel: the reference kernel for x86-64 and arm64
kernel: build/x86_64/lifeboat-kernel.elf build/x86_64/lifeboat-kernel.bzimage \
	build/arm64/lifeboat-kernel.img
.PHONY: kernel

# Purgatory without a kernel around it; linked to where QEMU loads it.
purgatory-alone := build/arm64/purgatory-alone.bin
$(purgatory-alone): tests/qemu/purgatory_alone.S build/purgatory-arm64/purgatory.bin \
		purgatory/purgatory.h purgatory/arm64/psci.h
	@echo '  LD   [arm64] $@'
	$(Q)$(CC-arm64) -I. -DPURGATORY_BIN='"build/purgatory-arm64/purgatory.bin"' -c -o $@.o $<
	$(Q)ld.lld --build-id=none -z noexecstack -Ttext=0x40080000 -e image \
		--oformat=binary -o $@ $@.o

## kernel-setup: install what running the kernel needs
kernel-setup:
	@sh mk/install-packages.sh $(kernel-packages)
## qemu-unit: the unit tests inside the kernel, on both architectures (about 1 minute)
qemu-unit: kernel kernel-setup
	$(Q)mk/run-tests.sh python3 tests/qemu/run.py --group unit
## qemu-cases: hostile maps, drills and crashes in QEMU (tests/qemu/cases.cfg; about 1 minute)
qemu-cases: kernel kernel-setup
	$(Q)TEST_TIMEOUT=1200 mk/run-tests.sh python3 tests/qemu/run.py --without unit
## qemu-judges: the kernel judged from outside: QEMU's page-table walker, memory before and
##   after, purgatory at EL1 and EL2, damaged device trees
qemu-judges: kernel kernel-setup $(purgatory-alone)
	$(Q)TEST_TIMEOUT=600 mk/run-tests.sh python3 tests/qemu/paging_oracle.py
	$(Q)TEST_TIMEOUT=600 mk/run-tests.sh python3 tests/qemu/outside.py
	$(Q)TEST_TIMEOUT=600 mk/run-tests.sh python3 tests/qemu/purgatory_alone.py
	$(Q)TEST_TIMEOUT=600 mk/run-tests.sh python3 tests/qemu/mutated_tree.py 25
.PHONY: kernel-setup qemu-unit qemu-cases qemu-judges
check-steps += qemu-cases qemu-judges
