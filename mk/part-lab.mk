# SPDX-License-Identifier: MIT
# The lab: `lifeboat drill` and its tests, and the recording of machines.

lab-packages := qemu-system-x86 qemu-system-arm

lab-setup:
	@sh mk/install-packages.sh $(lab-packages)
.PHONY: lab-setup

# A kernel that hangs, in the places where the drill looks for the reference kernel's images.
build/hanging/x86_64/lifeboat-kernel.elf: tests/qemu/drill_hang.S
	@mkdir -p $(@D)
	$(Q)$(CC-x86_64) -c -o $@.o $<
	$(Q)ld.lld --build-id=none -z noexecstack -Ttext=0x100000 -e start -o $@ $@.o
build/hanging/x86_64/lifeboat-kernel.bzimage: build/hanging/x86_64/lifeboat-kernel.elf
	$(Q)cp $< $@

drill-images := build/x86_64/lifeboat-kernel.elf build/x86_64/lifeboat-kernel.bzimage \
	build/arm64/lifeboat-kernel.img

## drill-check: the drill as its user sees it: both architectures, every fault, hangs, interrupts
drill-check: lab-setup build/host/lifeboat $(drill-images) \
		build/hanging/x86_64/lifeboat-kernel.bzimage
	$(Q)python3 tests/qemu/drill.py --lifeboat build/host/lifeboat --hanging build/hanging
## drill-matrix: the drill on both architectures, 1 and 4 CPUs, 256 MiB to 64 GiB
drill-matrix: lab-setup build/host/lifeboat $(drill-images)
	$(Q)python3 tests/qemu/drill.py --lifeboat build/host/lifeboat --matrix
.PHONY: drill-check drill-matrix

# Debian's kernels for virtual machines, fetched without installing them.
build/linux/x86_64/vmlinuz:
	$(Q)sh mk/fetch-kernel.sh amd64 linux-image-cloud-amd64 $@
build/linux/arm64/vmlinuz:
	$(Q)sh mk/fetch-kernel.sh arm64 linux-image-cloud-arm64 $@

## drill-linux: distribution kernels capture, and crash; readelf and makedumpfile judge the dump
drill-linux: build/host/lifeboat $(drill-images) lab-init build/linux/x86_64/vmlinuz \
		build/linux/arm64/vmlinuz
	@sh mk/install-packages.sh $(lab-packages) binutils makedumpfile
	$(Q)python3 tests/qemu/drill.py --lifeboat build/host/lifeboat --linux build/linux
.PHONY: drill-linux
check-steps += drill-linux

## linear-map-judges: how Debian's kernels map memory, held against QEMU's view
linear-map-judges: lab-setup build/host/lifeboat record build/linux/x86_64/vmlinuz \
		build/linux/arm64/vmlinuz
	$(Q)python3 tests/qemu/linear_map.py --lifeboat build/host/lifeboat
## give-back: Debian's kernels give crash memory back as `lifeboat size --release` says
give-back: lab-setup build/host/lifeboat record build/linux/x86_64/vmlinuz \
		build/linux/arm64/vmlinuz
	$(Q)python3 tests/qemu/give_back.py --lifeboat build/host/lifeboat
.PHONY: linear-map-judges give-back
check-steps += linear-map-judges give-back

# What `lifeboat drill` boots, where the installed program looks for it.
install-images: $(drill-images) build/x86_64/lifeboat-init build/arm64/lifeboat-init
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/lifeboat/x86_64 $(filter build/x86_64/%,$^)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/lifeboat/arm64 $(filter build/arm64/%,$^)
install: install-images
.PHONY: install-images

# The first process of a Linux in the lab: static, no libc; memcpy and the like are purgatory's.
init-src := lab/cpio.c $(sort $(wildcard lab/guest/*.c)) $(protocol-src) \
	purgatory/blob/memory.c
CFLAGS-purgatory/blob := -fno-builtin

define init-rules
build/$(1)/lab/guest/%.o: private CFLAGS-$(1) += -fno-builtin
build/$(1)/lifeboat-init: $$(call objects,$(1),$$(init-src)) build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)ld.lld --fatal-warnings --build-id=none -z noexecstack -z max-page-size=65536 \
		--gc-sections --strip-all -static -e _start -o $$@ $$^
endef
$(foreach v,$(variants-freestanding),$(eval $(call init-rules,$(v))))

## lab-init: the first process that the drill and the recorder give to a Linux
lab-init: $(foreach v,$(variants-freestanding),build/$(v)/lifeboat-init)
.PHONY: lab-init

## record: the recorder of machines (docs/recording.md), build/host/lifeboat-record
record: build/host/lifeboat-record lab-init
build/host/lifeboat-record: build/host/lab/tools/lifeboat_record.o \
		$(call objects,host,$(host-src)) build/host/liblifeboat-core.a
	@echo '  LD   [host] $@'
	$(Q)$(CC-host) -o $@ $^ $(LDFLAGS-host) -lm
.PHONY: record
