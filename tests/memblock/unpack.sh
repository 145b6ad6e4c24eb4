#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpacks what the memblock tests need from the distribution's linux-source packages into a
# folder, one subfolder per version, and prints the versions, oldest first. Nothing is modified,
# and nothing of it becomes part of the project.
#
# usage: [LINUX_SOURCES=/usr/src] unpack.sh FOLDER
set -eu

folder=$1
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
for archive in "${LINUX_SOURCES:-/usr/src}"/linux-source-*.tar.xz; do
	[ -e "$archive" ] || continue
	version=$(basename "$archive" .tar.xz)
	version=${version#linux-source-}
	if ! [ "$folder/$version.done" -nt "$archive" ]; then
		rm -rf "${folder:?}/$version" "$folder/$version.done"
		mkdir "$folder/$version"
		top=linux-source-$version
		# Members differ between versions; those that are not there are no error.
		tar -C "$folder/$version" --strip-components=1 -xf "$archive" --wildcards \
			"$top/mm/memblock.c" "$top/include/*" "$top/lib/*" \
			"$top/tools/testing/memblock/*" "$top/tools/testing/radix-tree/*" \
			"$top/tools/testing/shared/*" "$top/tools/testing/selftests/kselftest.h" \
			"$top/tools/include/*" "$top/tools/lib/*" "$top/tools/arch/*" \
			"$top/tools/scripts/*" 2>/dev/null || true
		if ! [ -e "$folder/$version/mm/memblock.c" ]; then
			echo "unpack.sh: $archive has no mm/memblock.c" >&2
			exit 1
		fi
		touch "$folder/$version.done"
	fi
	echo "$version"
done | sort -V
