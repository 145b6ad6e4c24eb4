# SPDX-License-Identifier: MIT
# The tests. `make check` is what CI and a newcomer run; each step is a target of its own.
# Parts with tests of their own add to check-steps in mk/part-*.mk.

check-steps += tidy places arrows figures readme unit unit-clang unit-asan freestanding races \
	host-tests golden contract manual examples valgrind fuzz-replay oracle searches advice \
	doubts selfcheck conformance differential qemu-unit drill-check

## check: install what the tests need, run them all (about 15 minutes), print one line of totals
check: setup-check
	@MAKE='$(MAKE)' sh mk/check.sh $(check-steps)
## ci: what continuous integration runs
ci: check
.PHONY: check ci

## unit: the freestanding unit tests on this machine (gcc; also unit-clang, unit-asan)
unit: build/host/unit-tests
	$(Q)mk/run-tests.sh $<
unit-clang: build/clang/unit-tests
	$(Q)mk/run-tests.sh $<
unit-asan: build/asan/unit-tests
	$(Q)mk/run-tests.sh $<
.PHONY: unit unit-clang unit-asan

## freestanding: core, policy and image for x86-64 and arm64 without libc, and what they promise
freestanding: $(foreach v,$(variants-freestanding),build/$(v)/liblifeboat-core.a \
		$(call objects,$(v),$(unit-src)))
	$(Q)mk/symbols.sh $(filter %.a,$^)
.PHONY: freestanding

## races: what many CPUs do at once: small cases in every order, and threads under ThreadSanitizer
races: build/races/race-tests build/tsan/thread-tests
	$(Q)mk/run-tests.sh build/races/race-tests
	$(Q)mk/run-tests.sh build/tsan/thread-tests
build/races/race-tests: $(call objects,races,tests/races/explore.c \
		$(wildcard tests/races/test_*_races.c) tests/harness/test.c \
		tests/harness/main_host.c cli/assert.c $(sort $(wildcard core/*.c)))
	@echo '  LD   [races] $@'
	$(Q)$(CC-races) -o $@ $^
build/tsan/thread-tests: $(call objects,tsan,$(wildcard tests/races/test_*_threads.c) \
		tests/harness/test.c tests/harness/main_host.c cli/assert.c \
		$(sort $(wildcard core/*.c)))
	@echo '  LD   [tsan] $@'
	$(Q)$(CC-tsan) -o $@ $^ $(LDFLAGS-tsan)
.PHONY: races

## host-tests: the tests that need Linux under them, under AddressSanitizer
host-tests: build/asan/host-tests
	$(Q)mk/run-tests.sh $<
.PHONY: host-tests

## golden: the command line on recorded machines, word for word
golden: build/host/lifeboat
	$(Q)python3 tests/cli/run.py --lifeboat $<
## golden-update: accept what the command line says now; look at `git diff` afterwards
golden-update: build/host/lifeboat
	$(Q)python3 tests/cli/run.py --lifeboat $< --update
.PHONY: golden golden-update

## contract: every JSON answer on recorded machines against docs/schema and docs/json.md
contract: build/host/lifeboat
	$(Q)/usr/bin/python3 -W ignore tests/cli/contract.py --lifeboat $<
## manual: the manual page and the completion say what --help says
manual: build/host/lifeboat
	$(Q)python3 tests/cli/manual.py --lifeboat $<
.PHONY: contract manual

example-names := $(patsubst examples/%.c,%,$(sort $(wildcard examples/*.c)))
build/host/example-%: build/host/examples/%.o build/host/cli/assert.o \
		build/host/liblifeboat-core.a
	@echo '  LD   [host] $@'
	$(Q)$(CC-host) -o $@ $^
## examples: small programs on the core by itself, and what they print
examples: $(foreach n,$(example-names),build/host/example-$(n))
	$(Q)for name in $(example-names); do \
		build/host/example-$$name | diff -u examples/$$name.expect - || exit 1; \
	done
	@echo '$(words $(example-names)) passed, 0 failed, 0 skipped'
.PHONY: examples

## valgrind: the command line on a few machines, without a bad read or a leak
valgrind: build/host/lifeboat
	$(Q)sh tests/cli/valgrind.sh $<
.PHONY: valgrind

## fuzz-replay: every fuzz seed once, under AddressSanitizer
fuzz-replay: $(foreach n,$(fuzz-names),build/asan/replay-$(n))
	$(Q)for name in $(fuzz-names); do \
		seeds=fuzz/seeds/$$name; [ -d $$seeds ] || seeds=; \
		timeout 300 build/asan/replay-$$name $$seeds || \
			{ echo "FAIL fuzz-$$name"; exit 1; }; \
	done
## fuzz: every fuzz target for FUZZ_SECONDS (60) each
FUZZ_SECONDS ?= 60
fuzz: $(foreach n,$(fuzz-names),build/fuzz/fuzz-$(n))
	$(Q)for name in $(fuzz-names); do \
		mkdir -p build/fuzz/corpus-$$name fuzz/seeds/$$name; \
		build/fuzz/fuzz-$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-rss_limit_mb=2048 -artifact_prefix=build/fuzz/broken-$$name- \
			build/fuzz/corpus-$$name fuzz/seeds/$$name || exit 1; \
	done
.PHONY: fuzz-replay fuzz

## oracle: predictions against recorded boots of real kernels (ORACLE_ARGS: see score.py --help)
oracle: build/host/lifeboat
	$(Q)python3 tests/oracle/score.py --lifeboat $< $(ORACLE_ARGS)
## searches: the reasons of every answer against its own journal, all machines, all policies
searches: build/host/lifeboat
	$(Q)python3 tests/oracle/searches.py --lifeboat $<
## advice: whatever is advised on the recorded machines is asked again, and has to work
advice: build/host/lifeboat
	$(Q)python3 tests/oracle/advice.py --lifeboat $<
## doubts: each reason to doubt an answer is heard on the machine that is listed for it
doubts: build/host/lifeboat
	$(Q)python3 tests/oracle/doubts.py --lifeboat $<
.PHONY: oracle searches advice doubts

selfcheck-ways := CHECK CRASH HANG EARLY_EXIT LEAK OVERFLOW
selfcheck-red := $(foreach way,$(selfcheck-ways),build/selfcheck/red-$(way))
selfcheck-src := tests/selfcheck/red.c tests/harness/test.c tests/harness/main_host.c cli/assert.c
build/selfcheck/red-%: $(selfcheck-src)
	@mkdir -p $(@D)
	$(Q)$(CC-asan) $(CFLAGS-asan) -DRED_$* -o $@ $(selfcheck-src) $(LDFLAGS-asan)
build/selfcheck/green: $(selfcheck-src)
	@mkdir -p $(@D)
	$(Q)$(CC-asan) $(CFLAGS-asan) -o $@ $(selfcheck-src) $(LDFLAGS-asan)
## selfcheck: failing, crashing, hanging, silent and leaking tests are called red
selfcheck: build/selfcheck/green $(selfcheck-red)
	$(Q)tests/selfcheck/run.sh build/selfcheck
.PHONY: selfcheck

## figures: comments of public headers, assertions, tests, functions: how many, and the goals
figures:
	$(Q)python3 mk/figures.py --check
.PHONY: figures

## tidy: what no compiler checks: line and function lengths, licence lines, links in documents
tidy:
	$(Q)python3 mk/tidy.py
.PHONY: tidy

## arrows: files call downwards only and in no circle, by the symbols of what was built
arrows: build/host/lifeboat kernel lab-init
	$(Q)python3 mk/arrows.py build/host build/x86_64 build/arm64
.PHONY: arrows

## places: docs say where things are added, nothing that people look for is missing there, and
##   what is argued of mutants is about mutants that there are
places:
	$(Q)python3 mk/places.py
	$(Q)python3 tests/mutants/operators.py --check
.PHONY: places

## readme: README.md shows what lifeboat says today (readme-update: put it there)
readme: build/host/lifeboat
	$(Q)python3 mk/sessions.py --check
readme-update: build/host/lifeboat
	$(Q)python3 mk/sessions.py
	$(Q)$< plan -q tests/oracle/machines/x86_64-2013.tar.gz -c 512M,high --svg docs/plan.svg
.PHONY: readme readme-update

## bench: the benchmarks
bench: $(patsubst bench/bench_%.c,build/host/bench-%,$(bench-src))
	$(Q)for program in $^; do $$program || exit 1; done
build/host/bench-%: build/host/bench/bench_%.o build/host/cli/assert.o \
		$(call objects,host,$(host-src)) build/host/liblifeboat-core.a
	$(Q)$(CC-host) -o $@ $^ $(LDFLAGS-host) -lm
.PHONY: bench
