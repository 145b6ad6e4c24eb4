# SPDX-License-Identifier: MIT
# What a machine needs before anything can be built, and how it gets it.

build-packages := gcc clang lld llvm libc6-dev libarchive-dev zlib1g-dev liblzma-dev libzstd-dev
check-packages := $(build-packages) libclang-rt-14-dev valgrind jq python3 \
	python3-jsonschema device-tree-compiler

## setup: install the Debian packages that the build needs (says which)
setup:
	@sh mk/install-packages.sh $(build-packages)
## setup-check: the same for the tests
setup-check:
	@sh mk/install-packages.sh $(check-packages)
.PHONY: setup setup-check
