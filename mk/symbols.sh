#!/bin/sh
# SPDX-License-Identifier: MIT
# symbols.sh ARCHIVE...: the promises that freestanding code makes and no compiler checks. Together
# with lb_assert_failed, which its user supplies, memcpy, memmove, memset and memcmp are all that it
# may need; and it has no writable data of its own (docs/ARCHITECTURE.md).
set -u

passed=0
failed=0

check() {
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s:\n%s\n' "$1" "$2"
	fi
}

for archive in "$@"; do
	whole=$(mktemp)
	ld.lld -r --whole-archive "$archive" -o "$whole" || exit 1
	check "$archive needs more than it may" "$(llvm-nm -u "$whole" | awk '{ print $2 }' |
		grep -vxE 'memcpy|memmove|memset|memcmp|lb_assert_failed')"
	check "$archive has writable data" "$(llvm-nm -A "$archive" |
		awk '$(NF-1) ~ /^[BbDdCcGgSs]$/')"
	check "$archive has sections for writable data" "$(llvm-readelf -SW "$whole" |
		awk '/ \.(data|bss|tdata|tbss)/ && !/\.data\.rel\.ro/ {
			sub(/^ *\[ *[0-9]*\] */, ""); if ($5 != "000000") print }')"
	rm -f "$whole"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
