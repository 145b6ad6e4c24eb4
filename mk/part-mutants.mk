# SPDX-License-Identifier: MIT
# The gate of the proofs: deliberate breakages that they must see (docs/mutants.md).

mutant-needs := lab-setup build/host/lifeboat build/host/unit-tests build/host/host-tests \
	build/races/race-tests $(drill-images) $(purgatory-alone) lab-init \
	build/linux/x86_64/vmlinuz

## mutants: break lifeboat in many small ways; each proof must see its own (under an hour)
mutants: $(mutant-needs)
	$(Q)TEST_TIMEOUT=5000 mk/run-tests.sh python3 tests/mutants/run.py $(MUTANTS)
## mutants-sample: ten of them, chosen by the state of the sources (part of make check)
mutants-sample: $(mutant-needs)
	$(Q)TEST_TIMEOUT=1500 mk/run-tests.sh python3 tests/mutants/run.py --sample 10
## mutants-core: core/ and policy/ mutated by operator against the unit tests (OPERATORS='--sample
##   400' takes fewer; all of them take hours)
mutants-core: build/host/unit-tests build/asan/unit-tests
	$(Q)python3 tests/mutants/operators.py $(OPERATORS)
.PHONY: mutants mutants-sample mutants-core
check-steps += mutants-sample
