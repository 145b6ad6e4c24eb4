/* SPDX-License-Identifier: MIT */
/*
 * vmemmap: the memory that struct page takes on arm64 and riscv64 before the crash kernel memory
 * is reserved: up to 6.19 (from 7.0 on it comes after; mm/mm_init.c).
 */
#ifndef LIFEBOAT_PLAN_BOOT_VMEMMAP_H
#define LIFEBOAT_PLAN_BOOT_VMEMMAP_H

#include "plan/boot/observed_reserved.h"

/* struct page of one node, as sparse_init_nid (mm/sparse.c, up to 6.19) takes it: one block for
 * all present sections, of which what is not needed is given back at once. */
struct lb_vmemmap {
	int32_t node;
	uint64_t size;
	uint64_t kept;
	lb_phys_addr below; /* NODE_DATA of the node: taken before */
	uint64_t roots;     /* bytes of section roots that lie between the two; 0 too few to tell */
	lb_phys_addr at;    /* where the recorded boot has it; 0 not found */
};
#define LB_VMEMMAP_NODES_MAX 16

/* Fills up to LB_VMEMMAP_NODES_MAX blocks and returns how many. */
size_t lb_vmemmap_find(const struct lb_model *model, const struct lb_observed *observed,
	struct lb_vmemmap *blocks);

/* Adds the early allocations for them, and for the small tables that come before. */
void lb_vmemmap_allocate(struct lb_model *model, const struct lb_vmemmap *blocks, size_t count);

#endif
