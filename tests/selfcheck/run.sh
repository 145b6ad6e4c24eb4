#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh FOLDER: every program in it named red-* must be called red by mk/run-tests.sh, and the one
# named green must not. Also the summing script must go red for a failing step and for a step that
# lies about its status.
set -u

folder=$1
passed=0
failed=0

expect() {
	want=$1
	shift
	if TEST_TIMEOUT=3 "$@" >"$folder/last.log" 2>&1; then
		got=green
	else
		got=red
	fi
	if [ "$got" = "$want" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: '$*' was $got, should be $want:"
		sed 's/^/  /' "$folder/last.log"
	fi
}

expect green mk/run-tests.sh "$folder/green"
for program in "$folder"/red-*; do
	[ -x "$program" ] && expect red mk/run-tests.sh "$program"
done
printf '#!/bin/sh\necho "3 passed, 0 failed, 0 skipped"\n' >"$folder/no-plan"
printf '#!/bin/sh\necho "plan: 4 tests"\necho "3 passed, 0 failed, 0 skipped"\n' >"$folder/too-few"
printf '#!/bin/sh\necho "plan: 3 tests"\necho "3 passed, 0 failed, 0 skipped"\nexit 3\n' \
	>"$folder/odd-status"
chmod +x "$folder/no-plan" "$folder/too-few" "$folder/odd-status"
for program in no-plan too-few odd-status; do
	expect red mk/run-tests.sh "$folder/$program"
done

# check.sh asks `make`; here a stand-in that knows five steps.
cat >"$folder/make" <<'END'
#!/bin/sh
for step in "$@"; do :; done
case $step in
good) echo "2 passed, 0 failed, 0 skipped" ;;
silent) ;;
liar) echo "2 passed, 1 failed, 0 skipped" ;;
bad) exit 2 ;;
*) exit 2 ;;
esac
END
chmod +x "$folder/make"
expect green env MAKE="$folder/make" mk/check.sh good silent
expect red env MAKE="$folder/make" mk/check.sh good liar
expect red env MAKE="$folder/make" mk/check.sh good bad
expect red env MAKE="$folder/make" mk/check.sh unheard-of
expect red env MAKE="$folder/make" mk/check.sh '?unheard-of'

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" -ge 14 ]
