# SPDX-License-Identifier: MIT
# The memory map beside Linux's: conformance, differential run, and what both need. The kernel's
# sources come from the distribution's packages, are unpacked into build/ and stay there.

memblock-sources := $(CURDIR)/build/memblock

## conformance: Linux's own memblock tests on lifeboat's memory map (installs linux-source)
conformance:
	$(Q)sh mk/install-packages.sh $$(sh tests/memblock/packages.sh)
	$(Q)sh tests/memblock/run.sh $(memblock-sources) $(CURDIR) \
		$$(sh tests/memblock/unpack.sh $(memblock-sources))
.PHONY: conformance

TAPES ?= 300
## differential: random operations on the map, on Linux's memblock.c and on a model (TAPES=300)
differential:
	$(Q)sh mk/install-packages.sh $$(sh tests/memblock/packages.sh)
	$(Q)sh tests/memblock/differential.sh $(memblock-sources) $(CURDIR) $(TAPES) \
		$$(sh tests/memblock/unpack.sh $(memblock-sources))
.PHONY: differential

# The benchmark links Linux's memblock.c, of the newest version at hand, beside the map.
build/host/bench-memory_map: bench/bench_memory_map.c tests/memblock/linux_map.c \
		tests/memblock/linux_map.h tests/memblock/build_linux_map.sh \
		build/host/cli/assert.o build/host/liblifeboat-core.a
	$(Q)sh mk/install-packages.sh $$(sh tests/memblock/packages.sh)
	$(Q)version=$$(sh tests/memblock/unpack.sh $(memblock-sources) | tail -n 1) && \
	object=$(memblock-sources)/linux-map-$$version.o && \
	sh tests/memblock/build_linux_map.sh $(memblock-sources) $(CURDIR) $$version $$object && \
	$(CC-host) $(CFLAGS-host) -DLINUX_SOURCE="\"$$version\"" -o $@ $< $$object \
		build/host/cli/assert.o build/host/liblifeboat-core.a -lm
## bench-memory-map: the memory map beside Linux's memblock.c
bench-memory-map: build/host/bench-memory_map
	$(Q)$<
.PHONY: bench-memory-map
