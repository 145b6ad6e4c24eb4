/* SPDX-License-Identifier: MIT */
/* observation: parts and the whole of what was read. */
#include "plan/observation.h"

#include "plan/boot/crash_seen.h"

/* What the log alone shows may be whole MiB. */
static bool same_place(
	const struct lb_observation *seen, struct lb_range expected, struct lb_range read)
{
	bool rounded = !seen->in_iomem && !(read.start % LB_MIB) && !(read.end % LB_MIB);

	return rounded ? lb_same_mebibytes(expected, read)
		       : expected.start == read.start && expected.end == read.end;
}

bool lb_observation_part_is(const struct lb_observation *seen,
	const struct lb_reservation *expected, const struct lb_crash_range *part)
{
	for (size_t i = 0; i < expected->range_count; i++) {
		const struct lb_crash_range *range = &expected->ranges[i];

		if (range->kind == part->kind && same_place(seen, range->range, part->range)) {
			return true;
		}
	}
	return false;
}

size_t lb_searched_count(const struct lb_reservation *expected)
{
	size_t count = 0;

	for (size_t i = 0; i < expected->range_count; i++) {
		count += expected->ranges[i].kind != LB_CRASH_CMA;
	}
	return count;
}

bool lb_observation_is(const struct lb_observation *seen, const struct lb_reservation *expected)
{
	const struct lb_reservation *read = &seen->reservation;
	bool same = read->outcome == expected->outcome &&
		    read->range_count == lb_searched_count(expected);

	for (size_t i = 0; i < read->range_count && same; i++) {
		same = lb_observation_part_is(seen, expected, &read->ranges[i]);
	}
	return same;
}
