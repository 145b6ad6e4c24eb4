/* SPDX-License-Identifier: MIT */
/* crash_seen: the regions of /proc/iomem, the lines of the log, and whether they are the same. */
#include "plan/boot/crash_seen.h"

static void add(struct lb_crash_seen *seen, enum lb_crash_kind kind, struct lb_range range)
{
	if (seen->count < LB_CRASH_RANGES_MAX) {
		seen->list[seen->count++] = (struct lb_crash_range){.kind = kind, .range = range};
	}
}

/* Both regions carry the same name; the last in the file is the main one (kernel/crash_reserve.c,
 * insert_crashkernel_resources). */
void lb_crash_seen_in_iomem(const struct lb_machine *machine, struct lb_crash_seen *ret)
{
	struct lb_range main = {0, 0}, low = {0, 0};

	ret->count = 0;
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		if (machine->memory.iomem[i].kind == LB_IOMEM_CRASH) {
			low = main;
			main = machine->memory.iomem[i].range;
		}
	}
	if (!lb_range_empty(main)) {
		add(ret, LB_CRASH, main);
	}
	if (!lb_range_empty(low)) {
		add(ret, LB_CRASH_LOW, low);
	}
}

void lb_crash_seen_in_lines(
	const struct lb_crash_line *lines, size_t count, struct lb_crash_seen *ret)
{
	static const struct {
		enum lb_crash_line_kind line;
		enum lb_crash_kind kind;
	} passes[] = {{LB_CRASH_LINE_MAIN, LB_CRASH}, {LB_CRASH_LINE_LOW, LB_CRASH_LOW}};

	ret->count = 0;
	for (size_t pass = 0; pass < LB_ARRAY_COUNT(passes); pass++) {
		for (size_t i = 0; i < count; i++) {
			if (lines[i].kind == passes[pass].line) {
				add(ret, passes[pass].kind, lines[i].range);
			}
		}
	}
}

void lb_crash_seen_in_log(const struct lb_machine *machine, struct lb_crash_seen *ret)
{
	lb_crash_seen_in_lines(machine->crash.log, machine->crash.log_count, ret);
}

bool lb_same_mebibytes(struct lb_range a, struct lb_range b)
{
	return a.start / LB_MIB == b.start / LB_MIB && a.end / LB_MIB == b.end / LB_MIB;
}

bool lb_crash_seen_same(const struct lb_crash_seen *a, const struct lb_crash_seen *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++) {
		bool found = false;

		for (size_t k = 0; k < b->count; k++) {
			found |= lb_same_mebibytes(a->list[i].range, b->list[k].range);
		}
		same = found;
	}
	return same;
}
