#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one relocatable object from Linux's memblock.c and linux_map.c, without sanitizers.
#
# usage: build_linux_map.sh SOURCES-FOLDER PROJECT-FOLDER VERSION OBJECT
set -eu
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

sources=$1
project=$2
version=$3
object=$4
exec 9>"$sources/lock"
flock 9
cd "$sources/$version/tools/testing/memblock"
flags="-I. -I../../include -O2 -g -D CONFIG_PHYS_ADDR_T_64BIT -D CONFIG_NUMA \
	-D CONFIG_NODES_SHIFT=4 -DEMPTY_COUNT=0"
grep -q 'memory\.cnt[[:space:]]*=[[:space:]]*1;' tests/common.c && flags="$flags -UEMPTY_COUNT \
	-DEMPTY_COUNT=1"
grep -q 'memblock_setclr_flag(struct memblock_type' "$sources/$version/mm/memblock.c" &&
	flags="$flags -DSETCLR_HAS_TYPE"
make -s clean >/dev/null 2>&1 || true
make -s include
make -s memblock.c
rest=$(sed -n 's/^DEP_OFILES *= *//p' Makefile | sed 's/memblock\.o//')
# shellcheck disable=SC2086
make -s CFLAGS="$flags" $rest
# shellcheck disable=SC2086
cc $flags -w -I"$project/tests/memblock" -c "$project/tests/memblock/linux_map.c" -o linux_map.o
# shellcheck disable=SC2086
ld -r -o "$object.new" linux_map.o $rest
objcopy --wildcard --keep-global-symbol='linux_map_*' "$object.new"
mv "$object.new" "$object"
