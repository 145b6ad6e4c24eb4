# SPDX-License-Identifier: MIT
# `lifeboat check` on machines that were broken on purpose.

check-steps += setups

## setups: `lifeboat check` finds what was broken on purpose, and no error on healthy machines
setups: build/host/lifeboat
	$(Q)python3 tests/check/run.py --lifeboat $<
.PHONY: setups
