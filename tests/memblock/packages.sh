#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the Debian packages with kernel sources that apt offers here, and what their memblock
# tests need to build.
set -eu

sources=$(apt-cache search --names-only '^linux-source-[0-9.]+$' 2>/dev/null | cut -d' ' -f1)
echo "${sources:-linux-source-6.1}" liburcu-dev gcc libc6-dev make xz-utils
