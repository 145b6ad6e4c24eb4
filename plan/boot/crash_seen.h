/* SPDX-License-Identifier: MIT */
/* crash_seen: the crash kernel memory of the recorded boot, as each source has it. */
#ifndef LIFEBOAT_PLAN_BOOT_CRASH_SEEN_H
#define LIFEBOAT_PLAN_BOOT_CRASH_SEEN_H

#include "machine/machine.h"
#include "policy/reservation.h"

/* Regions as one source has them: the main one first. Of a log it may be empty: "0MB of memory". */
struct lb_crash_seen {
	struct lb_crash_range list[LB_CRASH_RANGES_MAX];
	size_t count;
};

/* /proc/iomem: what there is now. At most the main region and the low one. */
void lb_crash_seen_in_iomem(const struct lb_machine *machine, struct lb_crash_seen *ret);

/* The boot log: what was reserved, by its lines about crash memory. */
void lb_crash_seen_in_lines(
	const struct lb_crash_line *lines, size_t count, struct lb_crash_seen *ret);
void lb_crash_seen_in_log(const struct lb_machine *machine, struct lb_crash_seen *ret);

/* The same MiB at both ends: up to 6.6 x86-64 prints no more (arch/x86/kernel/setup.c). */
bool lb_same_mebibytes(struct lb_range a, struct lb_range b);

/* As many regions, each the same MiB as one of the other. */
bool lb_crash_seen_same(const struct lb_crash_seen *a, const struct lb_crash_seen *b);

#endif
