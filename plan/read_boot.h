/* SPDX-License-Identifier: MIT */
/* read_boot: the crash kernel memory of the recorded boot, from /proc/iomem and its log alone. */
#ifndef LIFEBOAT_PLAN_READ_BOOT_H
#define LIFEBOAT_PLAN_READ_BOOT_H

#include "plan/plan.h"

/*
 * Fills known, in_iomem, in_log, since, left, and of reservation the ranges and the log's lines;
 * the rest is 0. /proc/iomem shows what there is now, the log what was reserved: where the first
 * is what lb_since_boot can leave of the second, the reservation is the log's, else /proc/iomem's.
 * version: of the machine's kernel, LB_LINUX().
 */
void lb_read_boot(const struct lb_machine *machine, uint32_t version, struct lb_observation *ret);

/* Whether sys/kernel/kexec_crash_size tells the size of these regions (policy/linux/shrink.h). */
bool lb_kernel_tells_size(const struct lb_machine *machine, uint32_t version,
	const struct lb_crash_range *ranges, size_t count);

/* The regions that are reserved now: what was reserved, or what is left of it. How many. */
size_t lb_regions_now(const struct lb_observation *seen, const struct lb_crash_range **ret);

#endif
