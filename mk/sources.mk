# SPDX-License-Identifier: MIT
# Which sources belong together. A folder is a layer (docs/ARCHITECTURE.md), so a new file in it
# belongs to every build of that layer without being named here.

core-src := $(sort $(wildcard core/*.c policy/*.c policy/linux/*.c image/*.c))
protocol-src := $(sort $(wildcard protocol/*.c))
host-src := $(sort $(wildcard machine/*.c capture/*.c plan/boot/*.c plan/size/*.c plan/check/*.c \
	plan/pages/*.c plan/*.c render/*.c lab/*.c)) \
	$(protocol-src)
cli-src := $(sort $(wildcard cli/*.c))
unit-src := tests/harness/test.c $(sort $(wildcard tests/unit/*.c))
host-test-src := $(sort $(wildcard tests/host/*.c))
fuzz-src := $(sort $(wildcard fuzz/fuzz_*.c))
fuzz-names := $(fuzz-src:fuzz/fuzz_%.c=%)
bench-src := $(sort $(wildcard bench/bench_*.c))
