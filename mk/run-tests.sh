#!/bin/sh
# SPDX-License-Identifier: MIT
# run-tests.sh PROGRAM [ARGUMENT]...: runs a test program and does not take its word for it. Red
# unless it ends in time with status 0, announced how many tests it would run, and its totals add
# up to that with no failure. (A program that dies half-way, hangs, or exits early is red.)
set -u

seconds=${TEST_TIMEOUT:-300}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
timeout -k 5 "$seconds" "$@" >"$log" 2>&1
status=$?
cat "$log"

planned=$(sed -n 's/^plan: \([0-9]*\) tests$/\1/p' "$log" | head -n 1)
totals=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
# shellcheck disable=SC2086
set -- ${totals:-0 passed, 0 failed, 0 skipped}
ran=$(($1 + $3 + $5))

red() {
	echo "run-tests: $*"
	exit 1
}
[ "$status" != 124 ] || red "no end after $seconds s"
[ -n "$totals" ] || red "the program ended without totals (status $status)"
[ -n "$planned" ] || red "the program did not say how many tests it has"
[ "$planned" = "$ran" ] || red "$planned tests were planned, $ran ran"
[ "$3" = 0 ] || exit 1
[ "$status" = 0 ] || red "status $status although no test failed"
