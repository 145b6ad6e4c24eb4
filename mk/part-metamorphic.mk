# SPDX-License-Identifier: MIT
# Recorded machines whose sources were damaged: less or staler input never gives a different exact
# answer.

METAMORPHIC_ARGS ?=
## metamorphic: recorded machines damaged in every way (METAMORPHIC_ARGS: see --help; takes long)
metamorphic: build/host/lifeboat
	$(Q)python3 tests/oracle/metamorphic.py --lifeboat $< $(METAMORPHIC_ARGS)
## metamorphic-sample: some damages of every kind (part of make check)
metamorphic-sample: build/host/lifeboat
	$(Q)python3 tests/oracle/metamorphic.py --lifeboat $< --each 8 --step 2
.PHONY: metamorphic metamorphic-sample
check-steps += metamorphic-sample
