#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one object from Linux's kernel/dma/swiotlb.c, unmodified, and linux_pool.c. The headers
# that it includes are empty but for linux/swiotlb.h; kernel.h has what it needs of them. Prints the
# version. Nothing of Linux's becomes part of the project.
#
# usage: [LINUX_SOURCES=/usr/src] build.sh FOLDER PROJECT-FOLDER OBJECT
set -eu

folder=$1
project=$2
object=$3
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
archive=$(find "${LINUX_SOURCES:-/usr/src}" -name 'linux-source-*.tar.xz' | sort -V | tail -n 1)
if [ -z "$archive" ]; then
	echo "build.sh: no linux-source-*.tar.xz: install a linux-source package" >&2
	exit 1
fi
version=$(basename "$archive" .tar.xz)
version=${version#linux-source-}
source=$folder/$version
if ! [ "$source.done" -nt "$archive" ]; then
	rm -rf "${source:?}"
	mkdir -p "$source/empty/linux"
	tar -C "$source" --strip-components=1 -xf "$archive" \
		"linux-source-$version/kernel/dma/swiotlb.c" \
		"linux-source-$version/include/linux/swiotlb.h"
	sed -n 's/^#include <\(.*\)>.*/\1/p' "$source/kernel/dma/swiotlb.c" \
		"$source/include/linux/swiotlb.h" | while read -r header; do
		mkdir -p "$source/empty/$(dirname "$header")"
		: > "$source/empty/$header"
	done
	cp "$source/include/linux/swiotlb.h" "$source/empty/linux/swiotlb.h"
	touch "$source.done"
fi
flags="-O2 -w -I$project -include tests/swiotlb/kernel.h -I$source/empty"
cd "$project"
# shellcheck disable=SC2086
cc $flags -Werror=implicit-function-declaration -c "$source/kernel/dma/swiotlb.c" \
	-o "$folder/swiotlb.o"
# shellcheck disable=SC2086
cc $flags -c tests/swiotlb/linux_pool.c -o "$folder/linux_pool.o"
ld -r -o "$object.new" "$folder/swiotlb.o" "$folder/linux_pool.o"
objcopy --wildcard --keep-global-symbol='linux_pool_*' "$object.new"
mv "$object.new" "$object"
echo "$version"
