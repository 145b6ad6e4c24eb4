# SPDX-License-Identifier: MIT
# The tests. `make check` is what CI and a newcomer run.

## unit: the freestanding unit tests on the host
unit: build/host/unit-tests
	$(Q)build/host/unit-tests
.PHONY: unit
