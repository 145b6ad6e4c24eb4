# SPDX-License-Identifier: MIT
# What does not fit the variant table: the SHA-256 instructions of arm64 in one file, and purgatory.

# Vector registers are off in freestanding builds; this file is only called after the caller has
# switched them on. `private` keeps the flags out of what the object depends on.
sha256-arm64-flags = $(filter-out -mgeneral-regs-only,$(1)) -march=armv8-a+crypto
build/arm64/core/sha256_arm64.o: private CFLAGS-arm64 := $(call sha256-arm64-flags,$(CFLAGS-arm64))
ifeq ($(shell uname -m),aarch64)
$(foreach v,$(variants-hosted),$(eval build/$(v)/core/sha256_arm64.o: \
	private CFLAGS-$(v) := $(call sha256-arm64-flags,$(CFLAGS-$(v)))))
endif

# The loader computes the digest with the same code that checks it.
$(foreach v,$(variants-hosted) $(variants-freestanding),$(eval \
	build/$(v)/liblifeboat-core.a: build/$(v)/purgatory/digest.o))

# purgatory.bin: the last code before the capture kernel, one flat position-independent piece.
purgatory-src := purgatory/digest.c $(sort $(wildcard purgatory/blob/*.c core/sha256*.c))
purgatory-pic := -fpie -fdirect-access-external-data
purgatory-stack := $(shell sed -n 's/^.define LB_PURGATORY_STACK_BYTES //p' purgatory/purgatory.h)

CC-purgatory-x86_64 := $(CC-x86_64)
CFLAGS-purgatory-x86_64 := $(filter-out -fno-pic -mcmodel=kernel,$(CFLAGS-x86_64)) $(purgatory-pic)
CC-purgatory-arm64 := $(CC-arm64)
CFLAGS-purgatory-arm64 := $(filter-out -fno-pic,$(CFLAGS-arm64)) $(purgatory-pic)
build/purgatory-arm64/core/sha256_arm64.o: private CFLAGS-purgatory-arm64 := \
	$(call sha256-arm64-flags,$(CFLAGS-purgatory-arm64))

# $(1): architecture. Linked twice, at different addresses: the bytes must not depend on it.
define purgatory-rules
build/purgatory-$(1)/purgatory/$(1)/entry.o: purgatory/$(1)/entry.S purgatory/purgatory.h
	@mkdir -p $$(@D)
	@echo '  AS   [purgatory-$(1)] $$<'
	$$(Q)$$(CC-$(1)) -I. -c -o $$@ $$<
build/purgatory-$(1)/purgatory.bin: build/purgatory-$(1)/purgatory/$(1)/entry.o \
		$(call objects,purgatory-$(1),$(purgatory-src) purgatory/$(1)/platform.c) \
		purgatory/blob/link.lds
	@echo '  LD   [purgatory-$(1)] $$@'
	$$(Q)for base in 0 0x12345000; do \
		ld.lld -static --oformat=binary --fatal-warnings --gc-sections \
			--defsym=BASE=$$$$base --defsym=STACK_BYTES=$(purgatory-stack) \
			-e purgatory_start -T purgatory/blob/link.lds \
			-o $$@.$$$$base $$(filter %.o,$$^) || exit 1; \
	done
	$$(Q)cmp $$@.0 $$@.0x12345000
	$$(Q)rm $$@.0x12345000 && mv $$@.0 $$@
endef
$(foreach a,x86_64 arm64,$(eval $(call variant-rules,purgatory-$(a))))
$(foreach a,x86_64 arm64,$(eval $(call purgatory-rules,$(a))))
