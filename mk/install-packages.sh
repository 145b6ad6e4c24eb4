#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages named as arguments that are missing, as root or through sudo, and
# says so. Does nothing, quietly, when all are there.
set -eu

if ! command -v apt-get >/dev/null 2>&1; then
	echo "lifeboat: this is no Debian; what is needed is called there: $*" >&2
	exit 0
fi

missing=
for package in "$@"; do
	if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
		missing="$missing $package"
	fi
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "lifeboat: these packages are missing:$missing" >&2
		echo "lifeboat: install them as root: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "lifeboat: installing from Debian:$missing"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get -qq install -y --no-install-recommends $missing >/dev/null
