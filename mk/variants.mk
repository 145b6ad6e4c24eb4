# SPDX-License-Identifier: MIT
# The variant table. For each variant NAME: CC-NAME, CFLAGS-NAME (and LDFLAGS-NAME if it links).
#
#   variant   compiler  links  what for
#   host      gcc       yes    the command line and the tests
#   clang     clang     yes    the same, second opinion
#   asan      clang     yes    AddressSanitizer and UndefinedBehaviorSanitizer
#   fuzz      clang     yes    libFuzzer targets
#   races     gcc       yes    tests that stand between atomic operations (tests/races)
#   tsan      clang     yes    ThreadSanitizer: the same from real threads
#   x86_64    clang     no     freestanding: core, policy, image, unit tests
#   arm64     clang     no     the same for arm64

variants-hosted := host clang asan fuzz races tsan
variants-freestanding := x86_64 arm64

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
	-Wpointer-arith -Wwrite-strings -Werror
common := -std=gnu17 -g -fno-common -ffunction-sections -Iinclude -I. -DLB_VERSION='"$(VERSION)"'
hosted := $(common) $(warnings) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
freestanding := $(common) $(warnings) -O2 -ffreestanding -nostdlibinc -fno-pic \
	-fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only

libraries := -larchive -lz -llzma -lzstd

CC-host := gcc
CFLAGS-host := $(hosted) -O2
LDFLAGS-host := $(libraries)
CC-clang := clang
CFLAGS-clang := $(hosted) -O2
LDFLAGS-clang := $(libraries)
CC-asan := clang
CFLAGS-asan := $(hosted) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LDFLAGS-asan := -fsanitize=address,undefined $(libraries)
CC-fuzz := clang
CFLAGS-fuzz := $(hosted) -O1 -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS-fuzz := -fsanitize=address,undefined,fuzzer $(libraries)
CC-races := gcc
CFLAGS-races := $(hosted) -O2 -DLB_ATOMIC_HOOK
CC-tsan := clang
CFLAGS-tsan := $(hosted) -O1 -fsanitize=thread -fno-omit-frame-pointer
LDFLAGS-tsan := -fsanitize=thread -pthread
CC-x86_64 := clang --target=x86_64-unknown-none-elf
CFLAGS-x86_64 := $(freestanding) -mno-red-zone -mcmodel=kernel
CC-arm64 := clang --target=aarch64-unknown-none-elf
CFLAGS-arm64 := $(freestanding) -mno-outline-atomics -mstrict-align

objects = $(patsubst %.c,build/$(1)/%.o,$(2))

# Objects depend on the flags that made them: the stamp changes only when the flags do.
define variant-rules
build/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@echo '$$(CC-$(1)) $$(CFLAGS-$(1)) $$(LDFLAGS-$(1))' | cmp -s - $$@ || \
		echo '$$(CC-$(1)) $$(CFLAGS-$(1)) $$(LDFLAGS-$(1))' > $$@
build/$(1)/%.o: %.c build/$(1)/flags
	@mkdir -p $$(@D)
	@echo '  CC   [$(1)] $$<'
	$$(Q)$$(CC-$(1)) $$(CFLAGS-$(1)) $$(CFLAGS-$$(<D)) -MMD -MP -c -o $$@ $$<
build/$(1)/liblifeboat-core.a: $$(call objects,$(1),$$(core-src))
	@echo '  AR   [$(1)] $$@'
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef

define hosted-rules
build/$(1)/lifeboat: $$(call objects,$(1),$$(cli-src) $$(host-src)) build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)$$(CC-$(1)) -o $$@ $$^ $$(LDFLAGS-$(1)) -lm
build/$(1)/unit-tests: $$(call objects,$(1),$$(unit-src) tests/harness/main_host.c cli/assert.c) \
		build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)$$(CC-$(1)) -o $$@ $$^ $$(LDFLAGS-$(1)) -lm
build/$(1)/host-tests: $$(call objects,$(1),$$(host-test-src) tests/harness/test.c \
		tests/harness/main_host.c cli/assert.c $$(host-src)) build/$(1)/liblifeboat-core.a
	@echo '  LD   [$(1)] $$@'
	$$(Q)$$(CC-$(1)) -o $$@ $$^ $$(LDFLAGS-$(1)) -lm
endef

$(foreach v,$(variants-hosted) $(variants-freestanding),$(eval $(call variant-rules,$(v))))
$(foreach v,host clang asan,$(eval $(call hosted-rules,$(v))))

build/fuzz/fuzz-%: build/fuzz/fuzz/fuzz_%.o $(call objects,fuzz,$(host-src) cli/assert.c) \
		build/fuzz/liblifeboat-core.a
	@echo '  LD   [fuzz] $@'
	$(Q)$(CC-fuzz) -o $@ $^ $(LDFLAGS-fuzz) -lm
build/asan/replay-%: build/asan/fuzz/fuzz_%.o build/asan/fuzz/replay.o \
		$(call objects,asan,$(host-src) cli/assert.c) build/asan/liblifeboat-core.a
	@echo '  LD   [asan] $@'
	$(Q)$(CC-asan) -o $@ $^ $(LDFLAGS-asan) -lm

FORCE:
.PHONY: FORCE
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
