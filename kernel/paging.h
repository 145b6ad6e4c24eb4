/* SPDX-License-Identifier: MIT */
/* paging: the kernel's page tables, built and changed by the core's linear_map. */
#ifndef LIFEBOAT_KERNEL_PAGING_H
#define LIFEBOAT_KERNEL_PAGING_H

#include "lifeboat/linear_map.h"

extern struct lb_linear_map paging;

/* What of memory is to be mapped, ascending and disjoint, and how. */
struct paging_plan {
	struct lb_range writable[128];
	size_t writable_count;
	struct lb_range readable[128]; /* old memory of a crashed kernel */
	size_t readable_count;
};
extern struct paging_plan paging_plan;

/* paging_plan.writable = every RAM region of the memory map. */
void paging_plan_memory(void);

/* Builds the map for paging_plan, the image (no page both writable and executable, guard pages
 * left out) and the devices, and switches this CPU to it. */
void paging_init(void);

/* The cost of the linear map alone, before image and devices were added. */
extern struct lb_linear_cost paging_linear_cost;

/* Drops stale translations on every CPU that runs. */
void paging_flush_everywhere(void);

/* The core's walker over the tables in use. */
struct lb_mapping paging_lookup(uint64_t va);

/*
 * A second set of tables, all of its table pages inside `pool`: memory at its own physical
 * address, executable, for the jump out of this kernel; and, where one root maps everything, this
 * kernel's image where it is. Returns the root.
 */
lb_phys_addr paging_build_identity(struct lb_range pool, const struct lb_range *ranges,
	size_t count, struct lb_range device);

/* Architecture. */
void arch_switch_tables(lb_phys_addr root);
void arch_linear_config(struct lb_linear_config *ret);
bool arch_has_1g_blocks(void);
/* The root of the lower half of the address space where it has its own, else 0. */
lb_phys_addr arch_lower_root(void);
void arch_order_tables(void *context);

#endif
