# SPDX-License-Identifier: MIT
# lifeboat. `make help` lists the targets.
#
# One variant table (mk/variants.mk) says which flags each build of the same sources gets;
# objects live in build/<variant>/. Paths with spaces are not supported.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

include mk/sources.mk
include mk/variants.mk
include mk/tools.mk
include mk/check.mk
include $(wildcard mk/part-*.mk)

## all: the command line, build/lifeboat
all: build/lifeboat
.PHONY: all

build/lifeboat: build/host/lifeboat
	$(Q)ln -sf host/lifeboat $@

## run: install what is missing, build, plan a machine, and drill two in QEMU
run: setup lab-setup
	@$(MAKE) --no-print-directory -j"$$(nproc)" build/lifeboat kernel
	@mk/run.sh build/lifeboat
	build/lifeboat drill
.PHONY: run

## install: the program, its manual, completions, schemas and licence under DESTDIR and PREFIX
install: build/host/lifeboat
	install -D -m 755 build/host/lifeboat $(DESTDIR)$(PREFIX)/bin/lifeboat
	install -D -m 644 man/lifeboat.1 $(DESTDIR)$(PREFIX)/share/man/man1/lifeboat.1
	install -D -m 644 packaging/lifeboat.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lifeboat
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/lifeboat/schema docs/schema/*.json
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/lifeboat/LICENSE
.PHONY: install

## help: this list
help:
	@sed -n 's/^## //p' Makefile mk/*.mk
.PHONY: help

## clean: remove build/
clean:
	$(Q)rm -rf build
.PHONY: clean
