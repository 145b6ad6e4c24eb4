# SPDX-License-Identifier: MIT
# The reference kernel for both architectures, and the runs of it in QEMU.

kernel-packages := qemu-system-x86 qemu-system-arm

kernel-shared-src := $(sort $(wildcard kernel/*.c)) $(unit-src)
kernel-src-x86_64 := $(kernel-shared-src) $(sort $(wildcard kernel/x86_64/*.c))
kernel-src-arm64 := $(kernel-shared-src) $(sort $(wildcard kernel/arm64/*.c))
kernel-asm-x86_64 := $(filter-out %/bzimage.S,$(sort $(wildcard kernel/x86_64/*.S)))
kernel-asm-arm64 := $(sort $(wildcard kernel/arm64/*.S))

# From the compiler's point of view memcpy calls memcpy; text.c hides that, the flag keeps clang
# from inventing library calls that a kernel does not have (printf, bcmp).
CFLAGS-kernel := -fno-builtin
CFLAGS-kernel/x86_64 := -fno-builtin
CFLAGS-kernel/arm64 := -fno-builtin

define kernel-rules
build/$(1)/%.o: %.S build/$(1)/flags
	@mkdir -p $$(@D)
	@echo '  AS   [$(1)] $$<'
	$$(Q)$$(CC-$(1)) $$(CFLAGS-$(1)) -MMD -MP -c -o $$@ $$<
build/$(1)/lifeboat-kernel.elf: kernel/$(1)/kernel.lds \
		$$(call objects,$(1),$$(kernel-src-$(1))) \
		$$(patsubst %.S,build/$(1)/%.o,$$(kernel-asm-$(1))) build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)ld.lld --fatal-warnings -z max-page-size=4096 -z noexecstack --build-id=none \
		--gc-sections -o $$@ -T $$^
endef
$(foreach v,$(variants-freestanding),$(eval $(call kernel-rules,$(v))))

build/arm64/lifeboat-kernel.img: build/arm64/lifeboat-kernel.elf
	@echo '  IMG  [arm64] $@'
	$(Q)llvm-objcopy -O binary $< $@

## kernel: the reference kernel for x86-64 and arm64
kernel: build/x86_64/lifeboat-kernel.elf build/arm64/lifeboat-kernel.img
.PHONY: kernel
