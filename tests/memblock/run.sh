#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Linux's own memblock tests twice, with Linux's memblock.c and with lifeboat's memory map in
# its place, in every configuration of every version at hand, and compares which cases passed.
#
# usage: run.sh SOURCES-FOLDER PROJECT-FOLDER VERSION...
set -eu
unset MAKEFLAGS MFLAGS MAKEOVERRIDES # the tests' makefile needs the built-in rules

sources=$1
project=$2
shift 2
core=$sources/core
exec 9>"$sources/lock"
flock 9
passed=0
failed=0
cflags="-I. -I../../include -O2 -g -fsanitize=address -fsanitize=undefined \
	-D CONFIG_PHYS_ADDR_T_64BIT"

# run BINARY ARGUMENT: the names of the cases that passed, one a line, sorted; none on failure.
# The tests stop at the first failure, and only a status of 0 says that they came to the end.
run()
{
	if ! "$1" -v $2 >"$log" 2>"$log.err"; then
		cat "$log.err" >&2
		return 0
	fi
	sed -n 's/^ok [0-9]* *:* *//p' "$log" | sort
}

build_core()
{
	mkdir -p "$core"
	for source in "$project"/core/memory_map*.c "$project"/core/region_tree*.c \
		"$project"/core/base.c "$project"/cli/assert.c; do
		cc -std=gnu17 -O2 -g -fsanitize=address -fsanitize=undefined \
			-I"$project/include" -I"$project" -c "$source" \
			-o "$core/$(basename "$source" .c).o"
	done
}

build_adapter()
{
	# shellcheck disable=SC2086
	cc -std=gnu17 $cflags $config_flags $version_flags -Wall -I"$project/include" \
		-c "$project/tests/memblock/adapter.c" -o "$core/adapter.o"
}

# One configuration of the version in the current folder.
compare()
{
	make -s clean >/dev/null 2>&1 || true
	# shellcheck disable=SC2086
	make -s $config main >/dev/null
	mv main main-linux
	make -s $config include
	build_adapter
	rest=$(sed -n 's/^DEP_OFILES *= *//p' Makefile | sed 's/memblock\.o//')
	# shellcheck disable=SC2086
	make -s $config DEP_OFILES="$rest $(echo "$core"/*.o)" main >/dev/null
	mv main main-lifeboat
	for argument in "" -m; do
		run ./main-linux "$argument" >"$log.linux"
		run ./main-lifeboat "$argument" >"$log.lifeboat"
		want=$(wc -l <"$log.linux")
		have=$(wc -l <"$log.lifeboat")
		printf '%-8s %-7s %-3s linux %3d passed, lifeboat %3d passed' \
			"$version" "${config:-default}" "$argument" "$want" "$have"
		if [ "$want" -gt 0 ] && cmp -s "$log.linux" "$log.lifeboat"; then
			echo
		else
			echo ": DIFFERENT"
			failed=$((failed + 1))
		fi
		passed=$((passed + have))
	done
}

[ $# -gt 0 ] || { echo "run.sh: no linux-source package is installed" >&2; exit 1; }
build_core
for version in "$@"; do
	cd "$sources/$version/tools/testing/memblock"
	log=$sources/log-$version
	empty_count=0
	grep -q 'memory\.cnt[[:space:]]*=[[:space:]]*1;' tests/common.c && empty_count=1
	version_flags="-DEMPTY_COUNT=$empty_count"
	if grep -q '__memblock_reserve' "$sources/$version/include/linux/memblock.h"; then
		version_flags="$version_flags -DRESERVE_HAS_NODE"
	fi
	for config in "" NUMA=1; do
		config_flags=
		[ -z "$config" ] || config_flags="-D CONFIG_NUMA -D CONFIG_NODES_SHIFT=4"
		compare
	done
done
if [ $failed = 0 ]; then
	echo "conformance: what passes with Linux's memblock.c passes with lifeboat's map"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
