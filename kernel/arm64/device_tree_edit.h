/* SPDX-License-Identifier: MIT */
/* device_tree_edit: a copy of a device tree with another /chosen: what a capture kernel is told. */
#ifndef LIFEBOAT_KERNEL_ARM64_DEVICE_TREE_EDIT_H
#define LIFEBOAT_KERNEL_ARM64_DEVICE_TREE_EDIT_H

#include "lifeboat/fdt.h"

struct device_tree_chosen {
	const char *bootargs;
	struct lb_range initrd;       /* empty: none */
	struct lb_range core_header;  /* linux,elfcorehdr */
	struct lb_range usable[2];    /* linux,usable-memory-range; empty ones are left out */
};

/* Bytes more than the original that a copy can need. */
#define DEVICE_TREE_EDIT_BYTES 4096

/* LB_NO_STORAGE: the copy does not fit into `bytes`. */
enum lb_status LB_MUST_CHECK device_tree_edit(const struct lb_fdt *from,
	const struct device_tree_chosen *chosen, void *to, size_t bytes);

#endif
