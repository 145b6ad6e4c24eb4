/* SPDX-License-Identifier: MIT */
/*
 * node_data: NODE_DATA of each node, and what the kernel takes before it from the top of RAM down:
 * page tables, a copy of the device tree, the log, KFENCE's pool. How large that is shows in how
 * far below the end of its hole the log has NODE_DATA.
 */
#ifndef LIFEBOAT_PLAN_BOOT_NODE_DATA_H
#define LIFEBOAT_PLAN_BOOT_NODE_DATA_H

#include "plan/boot/boot.h"

/* The most bytes that any node has between NODE_DATA and the end of its hole. */
uint64_t lb_node_data_most_above(const struct lb_boot *boot);

/* Adds, for each node, what lies above its NODE_DATA (named `before`, placed at multiples of
 * align), then NODE_DATA itself; searched for from `lowest` on. */
void lb_node_data_allocate(
	struct lb_boot *boot, const char *before, uint64_t align, lb_phys_addr lowest);

/* Steps of arm64 and riscv64. Without NODE_DATA in the log all but the first add nothing. */

/* Doubts a log that does not show NODE_DATA (of every node). */
void lb_boot_check_node_data(struct lb_boot *boot);
/* Small holes above the one that holds NODE_DATA were filled before, page by page. */
void lb_boot_hold_filled_holes(struct lb_boot *boot);
/*
 * KFENCE's pool is taken before the linear map is built: riscv64 from 6.4 (init.c,
 * create_linear_mapping_page_table), arm64 when sampling is on at boot (mmu.c). Where NODE_DATA
 * leaves room for it above, it is there; else it lies elsewhere, if it was built in.
 */
void lb_boot_allocate_kfence(struct lb_boot *boot);
/* The same, if the log shows a pool. */
void lb_boot_allocate_shown_kfence(struct lb_boot *boot);
void lb_boot_allocate_node_data(struct lb_boot *boot);

#endif
