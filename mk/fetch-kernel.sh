#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch-kernel.sh ARCH PACKAGE OUTPUT [SUITE]: the kernel image of a Debian kernel package, for any
# architecture, without installing it and without touching the system's package lists. ARCH is
# Debian's name (amd64, arm64); PACKAGE may be one that only depends on the real one
# (linux-image-cloud-amd64); SUITE is a release of Debian, or its backports, instead of those that
# this system is set up for. Says which version it got.
set -eu

arch=$1
package=$2
output=$3
suite=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$(dirname "$output")"
: >"$work/status"
sources=
if [ -n "$suite" ]; then
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [signed-by=$keys] http://deb.debian.org/debian $suite main" >"$work/sources"
	sources="-o Dir::Etc::SourceList=$work/sources -o Dir::Etc::SourceParts=-"
fi
chmod -R a+rX "$work"

apt() {
	command=$1
	shift
	# shellcheck disable=SC2086
	"$command" -qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o Dir::State="$work/state" -o Dir::State::status="$work/status" \
		-o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none $sources "$@"
}

apt apt-get update
# A package may depend on the real one, and that one (since 7.0) on one with the image alone.
for kind in image binary; do
	real=$(apt apt-cache show --no-all-versions "$package" |
		sed -n "s/^Depends: \(.*, \)\{0,1\}\(linux-$kind-[0-9][^ ,]*\).*/\2/p" | head -n 1)
	package=${real:-$package}
done
(cd "$work" && apt apt-get download "$package")
dpkg-deb -x "$work/$package"_*.deb "$work/unpacked"
set -- $(find "$work/unpacked" -type f -name 'vmlinu[xz]*')
cp "$1" "$output.new"
chmod 644 "$output.new"
mv "$output.new" "$output"
echo "lifeboat: $output is $(basename "$1") of $package"
