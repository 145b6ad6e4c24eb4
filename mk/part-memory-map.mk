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
