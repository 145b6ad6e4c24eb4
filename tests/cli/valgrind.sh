#!/bin/sh
# SPDX-License-Identifier: MIT
# valgrind.sh LIFEBOAT: one machine of each architecture and firmware, good and bad input, under
# memcheck: no bad access, no use of what was never set, no leak.
set -u

lifeboat=$1
machines=$(dirname "$0")/../oracle/machines
broken=$(mktemp)
trap 'rm -f "$broken" "$broken.svg" "$broken.html"' EXIT
head -c 3000 "$machines/x86_64-2013.tar.gz" >"$broken"
passed=0
failed=0

check() {
	if valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all \
		--errors-for-leak-kinds=all "$lifeboat" "$@" >/dev/null 2>"$broken.err"; then
		status=0
	else
		status=$?
	fi
	if [ "$status" = 99 ] || [ "$status" -gt 4 ]; then
		failed=$((failed + 1))
		echo "FAIL lifeboat $*:"
		cat "$broken.err"
	else
		passed=$((passed + 1))
	fi
	rm -f "$broken.err"
}

for machine in x86_64-2013 x86_64-7046 arm64-2052 arm64-7001; do
	check plan "$machines/$machine.tar.gz" --crashkernel 256M --explain
	check plan "$machines/$machine.tar.gz" --crashkernel 8G --json --kernel 6.19.14
done
for machine in "$machines"/riscv64-*; do
	check plan "$machine" --crashkernel 512M,high
done
check plan "$machines/x86_64-2013.tar.gz" --svg "$broken.svg" --html "$broken.html"
check compare --policy linux --policy lifeboat "$machines/x86_64-2013.tar.gz" --crashkernel 256M
check check "$machines/x86_64-7046.tar.gz" --explain
check check "$machines/../../check/guests/locked-and-disabled.tar.gz" --json
check check "$machines/../../check/guests/too-little.tar.gz" --prometheus
check plan "$broken" --crashkernel 256M
check plan /nowhere
check plan --nonsense
check --help
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
