/* SPDX-License-Identifier: MIT */
/* read_boot: what /proc/iomem and the log show, held together. */
#include "plan/read_boot.h"

#include <string.h>

#include "plan/boot/crash_seen.h"

#include "policy/linux/shrink.h"

static void copy_regions(const struct lb_crash_seen *regions, struct lb_reservation *observed)
{
	for (size_t i = 0; i < regions->count; i++) {
		if (!lb_range_empty(regions->list[i].range)) {
			observed->ranges[observed->range_count++] = regions->list[i];
		}
	}
}

static void copy_lines(const struct lb_machine *machine, struct lb_reservation *observed)
{
	for (size_t i = 0; i < machine->crash.log_count; i++) {
		const struct lb_crash_line *line = &machine->crash.log[i];
		size_t bytes = strlen(line->text) + 1;

		/* As for predictions: up to 6.10 the parser has lines that do not name it. */
		if (!line->names_option) {
			continue;
		}
		if (observed->log_bytes + bytes > sizeof(observed->log) ||
			observed->line_count == LB_CRASH_LOG_LINES_MAX) {
			return;
		}
		memcpy(observed->log + observed->log_bytes, line->text, bytes);
		observed->log_bytes += bytes;
		observed->line_count++;
	}
}

static bool tells_an_outcome(const struct lb_machine *machine)
{
	for (size_t i = 0; i < machine->crash.log_count; i++) {
		if (machine->crash.log[i].kind != LB_CRASH_LINE_OTHER) {
			return true;
		}
	}
	return false;
}

bool lb_kernel_tells_size(const struct lb_machine *machine, uint32_t version,
	const struct lb_crash_range *ranges, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].kind == LB_CRASH || lb_linux_size_counts_low(version)) {
			bytes += lb_range_size(ranges[i].range);
		}
	}
	return machine->crash.size_known && machine->crash.size == bytes;
}

size_t lb_regions_now(const struct lb_observation *seen, const struct lb_crash_range **ret)
{
	bool changed = seen->since != LB_SINCE_UNCHANGED;

	*ret = changed ? seen->left : seen->reservation.ranges;
	return changed ? seen->left_count : seen->reservation.range_count;
}

/* Memory is given back from the end on: the rest of a region begins as it did, and ends no later.
 */
static const struct lb_crash_range *find_whole(
	const struct lb_crash_seen *told, struct lb_range rest)
{
	for (size_t i = 0; i < told->count; i++) {
		struct lb_range whole = told->list[i].range;

		if (rest.start / LB_MIB == whole.start / LB_MIB &&
			rest.end / LB_MIB <= whole.end / LB_MIB) {
			return &told->list[i];
		}
	}
	return NULL;
}

/* What crash_shrink_memory() can leave of the regions that the log tells of. */
static bool find_rest(const struct lb_crash_seen *told, const struct lb_crash_seen *shown,
	struct lb_observation *ret)
{
	if (!told->count || lb_crash_seen_same(told, shown)) {
		return false;
	}
	for (size_t i = 0; i < shown->count; i++) {
		const struct lb_crash_range *whole = find_whole(told, shown->list[i].range);

		if (!whole) {
			ret->left_count = 0;
			return false;
		}
		ret->left[ret->left_count++] =
			(struct lb_crash_range){whole->kind, shown->list[i].range};
	}
	ret->since = shown->count ? LB_SINCE_SHRUNK : LB_SINCE_RELEASED;
	return true;
}

void lb_read_boot(const struct lb_machine *machine, uint32_t version, struct lb_observation *ret)
{
	bool has_iomem = lb_machine_has(machine, LB_SOURCE_IOMEM);
	struct lb_crash_seen shown, told;
	const struct lb_crash_seen *read;

	*ret = (struct lb_observation){.known = has_iomem || tells_an_outcome(machine)};
	if (!ret->known) {
		return;
	}
	lb_crash_seen_in_iomem(machine, &shown);
	lb_crash_seen_in_log(machine, &told);
	read = !has_iomem || find_rest(&told, &shown, ret) ? &told : &shown;
	if (lb_kernel_tells_size(machine, version, told.list, told.count)) {
		/* All of it is there still: lines of /proc/iomem are missing. */
		ret->since = LB_SINCE_UNCHANGED;
		ret->left_count = 0;
	}
	ret->in_iomem = read == &shown;
	ret->in_log = told.count ? read == &told || lb_crash_seen_same(&told, &shown)
				 : !shown.count && tells_an_outcome(machine);
	copy_regions(read, &ret->reservation);
	copy_lines(machine, &ret->reservation);
}
