/* SPDX-License-Identifier: MIT */
/*
 * observed_reserved: what a running arm64 or riscv64 machine shows as reserved, and which of it
 * firmware or boot loader put there.
 *
 * Such machines list memblock's reservations (debugfs, and as children of "System RAM"), early
 * and late ones mixed. The kernel takes memory from the top down. So a piece that lies below a
 * free hole large enough for it was not searched for: it was put there, before the kernel ran.
 * Everything else the kernel took itself, before or after the crash kernel memory; what it takes
 * before is known from its code (plan/boot/arm64.c, riscv64.c).
 */
#ifndef LIFEBOAT_PLAN_BOOT_OBSERVED_RESERVED_H
#define LIFEBOAT_PLAN_BOOT_OBSERVED_RESERVED_H

#include "plan/boot/model.h"

struct lb_observed {
	struct lb_range *ranges; /* sorted, disjoint */
	size_t count;
};

/* Collects; count 0 if the machine shows none. The model's memory must be filled. */
enum lb_status LB_MUST_CHECK lb_observed_collect(struct lb_model *model, struct lb_observed *ret);

/*
 * Doubts a listing that is not whole: its sum is held against the log's count of what was reserved
 * (mm/page_alloc.c, mem_init_print_info: all pages less those given to the buddy allocator), which
 * is the same to the page but for what /proc/iomem rounds. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_observed_confirm(
	struct lb_model *model, const struct lb_observed *observed);

/* The highest multiple of align at which a block of `size` bytes ends at or below `end` and the
 * first `kept` of them are reserved. False if there is none. */
bool lb_observed_find_block(const struct lb_observed *observed, lb_phys_addr end, uint64_t size,
	uint64_t kept, uint64_t align, lb_phys_addr *ret);

/* True if every byte of the range is reserved and not yet explained. */
bool lb_observed_covers(const struct lb_observed *observed, struct lb_range range);

/* Takes range out of what is still to be explained. */
void lb_observed_explain(struct lb_observed *observed, struct lb_range range);

/* Holds, as LB_HELD, every piece that was not searched for. */
void lb_observed_hold_placed(struct lb_model *model, struct lb_observed *observed);

#endif
