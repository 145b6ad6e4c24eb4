#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs differential.c against the memblock.c of every version at hand.
#
# usage: differential.sh SOURCES-FOLDER PROJECT-FOLDER TAPES VERSION...
set -eu

sources=$1
project=$2
tapes=$3
shift 3
[ $# -gt 0 ] || { echo "differential.sh: no linux-source package is installed" >&2; exit 1; }
cd "$project"
for version in "$@"; do
	object=$sources/linux-map-$version.o
	program=$sources/differential-$version
	sh tests/memblock/build_linux_map.sh "$sources" "$project" "$version" "$object"
	cc -std=gnu17 -O2 -g -Wall -Wextra -Werror -Iinclude -I. -o "$program" \
		tests/memblock/differential.c core/memory_map*.c core/region_tree*.c \
		core/base.c cli/assert.c "$object"
	# Linux warns on stderr when an add overlaps regions of another node or flags.
	printf '%-8s ' "$version"
	"$program" 1 "$tapes" 2>/dev/null
done
