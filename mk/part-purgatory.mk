# SPDX-License-Identifier: MIT
# What does not fit the variant table: the SHA-256 instructions of arm64 in one file, and purgatory.

# Vector registers are off in freestanding builds; this file is only called after the caller has
# switched them on. `private` keeps the flags out of what the object depends on.
build/arm64/core/sha256_arm64.o: private CFLAGS-arm64 := \
	$(filter-out -mgeneral-regs-only,$(CFLAGS-arm64)) -march=armv8-a+crypto
ifeq ($(shell uname -m),aarch64)
$(foreach v,$(variants-hosted),$(eval \
	build/$(v)/core/sha256_arm64.o: private CFLAGS-$(v) := $(CFLAGS-$(v)) -march=armv8-a+crypto))
endif
