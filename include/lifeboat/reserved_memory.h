/* SPDX-License-Identifier: MIT */
/*
 * reserved_memory: what a device tree says of memory that is not for everybody: the children of
 * /reserved-memory (Devicetree Specification 0.4, 3.5), and which of them are bounce pools of
 * their own: restricted-dma-pool (Documentation/devicetree/bindings/reserved-memory/
 * shared-dma-pool.yaml, Linux 5.15).
 *
 *	reserved-memory {
 *		#address-cells = <2>; #size-cells = <2>; ranges;
 *		pool: restricted-dma-pool@50000000 {
 *			compatible = "restricted-dma-pool";
 *			reg = <0 0x50000000 0 0x400000>;
 *		};
 *	};
 *	pcie@10000000 { memory-region = <&pool>; };
 *
 * The tree is untrusted: what does not make sense is told with its offset in the blob and what was
 * expected there, and the walk goes on behind it, as Linux's does.
 *
 *	if (lb_reserved_memory_open(&fdt, &walk, &error) == LB_OK) {
 *		while ((status = lb_reserved_memory_next(&walk, &entry, &error)) != LB_NOT_FOUND) {
 *			... LB_OK: entry; LB_INVALID: error, go on with the next ...
 *		}
 *	}
 */
#ifndef LIFEBOAT_RESERVED_MEMORY_H
#define LIFEBOAT_RESERVED_MEMORY_H

#include "lifeboat/fdt.h"

/* What is wrong with a node. */
struct lb_reserved_memory_error {
	/* Of the property, or of the node, in the blob. */
	size_t offset;
	/* The node's name; lives in the blob. */
	const char *node;
	/* What should be there: "whole pairs of address and size". Static. */
	const char *expected;
};

/* A walk over the children; fields are its own. */
struct lb_reserved_memory_walk {
	const struct lb_fdt *fdt;
	lb_fdt_node next;
	bool more;
	unsigned int address_cells;
	unsigned int size_cells;
};

/* One child. */
struct lb_reserved_memory {
	lb_fdt_node node;
	/* Lives in the blob. */
	const char *name;
	/* The first range of reg; empty: the kernel is to find `size` bytes. */
	struct lb_range range;
	/* All of reg, for lb_fdt_range with the walk's cells; length 0: there is none. */
	struct lb_fdt_property reg;
	/* Bytes to find, where there is no reg; their alignment (a power of two, or 0: any); and
	 * where, for lb_fdt_range (length 0: anywhere). */
	uint64_t size;
	uint64_t alignment;
	struct lb_fdt_property alloc_ranges;
	/* What memory-region properties name it by; 0: nothing can. */
	uint32_t phandle;
	/* The kernel must not map it. */
	bool no_map;
	/* The kernel may use it for what can be moved away. */
	bool reusable;
	/* False: status says that it is not to be used. */
	bool available;
	/*
	 * It says that it is a restricted-dma-pool, and is one for Linux: neither no-map nor
	 * reusable, nor a default of other pools (kernel/dma/swiotlb.c, rmem_swiotlb_setup, 5.15
	 * to 7.3).
	 */
	bool restricted_pool;
};

/*
 * Begins a walk. fdt must stay until its end.
 *   LB_NOT_FOUND  there is no such node
 *   LB_INVALID    its cells are not those of the root, or it has no ranges: Linux takes nothing
 *                 of it then (drivers/of/fdt.c, __reserved_mem_check_root, 5.10 to 7.3)
 */
enum lb_status LB_MUST_CHECK lb_reserved_memory_open(const struct lb_fdt *fdt,
	struct lb_reserved_memory_walk *ret, struct lb_reserved_memory_error *ret_error);

/*
 * The next child.
 *   LB_NOT_FOUND  it was the last
 *   LB_INVALID    this one makes no sense: neither reg nor size, or one that is cut or empty, or
 *                 an alignment that is none, or a restricted-dma-pool that cannot be one; the
 *                 walk is behind it
 */
enum lb_status LB_MUST_CHECK lb_reserved_memory_next(struct lb_reserved_memory_walk *walk,
	struct lb_reserved_memory *ret, struct lb_reserved_memory_error *ret_error);

/*
 * The first restricted-dma-pool that is available among those that the device's memory-region
 * names (drivers/of/device.c, of_dma_set_restricted_buffer). False, *ret untouched, if there is
 * none: then it uses the pools that all use.
 */
bool lb_restricted_pool_of(
	const struct lb_fdt *fdt, lb_fdt_node device, struct lb_reserved_memory *ret);

#endif
