#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh STEP...: runs each step (a make target) and adds up what they counted. A step that fails
# without counting a failure counts as one failed; one that succeeds without counting counts as one
# passed. The last line is the sum.
set -u

make=${MAKE:-make}
logs=build/check
mkdir -p "$logs"
passed=0
failed=0
skipped=0
summary=

for name in "$@"; do
	printf '\n== %s\n' "$name"
	begin=$(date +%s)
	if [ -n "${CHECK_QUIET:-}" ]; then
		$make --no-print-directory -j"$(nproc)" "$name" >"$logs/$name.log" 2>&1
		status=$?
	else
		{
			$make --no-print-directory -j"$(nproc)" "$name" 2>&1
			echo $? >"$logs/$name.status"
		} | tee "$logs/$name.log"
		status=$(cat "$logs/$name.status")
	fi
	took=$(($(date +%s) - begin))
	counts=$(awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
		p += $1; f += $3; s += $5; n++
	} END { if (n) print p, f, s }' "$logs/$name.log")
	if [ -z "$counts" ]; then
		counts="$((status == 0)) 0 0"
	fi
	# shellcheck disable=SC2086
	set_counts() { step_passed=$1 step_failed=$2 step_skipped=$3; }
	# shellcheck disable=SC2086
	set_counts $counts
	if [ "$status" != 0 ] && [ "$step_failed" = 0 ]; then
		step_failed=1
	fi
	passed=$((passed + step_passed))
	failed=$((failed + step_failed))
	skipped=$((skipped + step_skipped))
	verdict=ok
	[ "$step_failed" = 0 ] || verdict=FAILED
	summary="$summary$(printf '%-18s %6d passed %4d failed %4d skipped %5d s  %s' "$name" \
		"$step_passed" "$step_failed" "$step_skipped" "$took" "$verdict")
"
done

printf '\n%s\n' "$summary"
if [ $((passed + failed)) = 0 ]; then
	failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
