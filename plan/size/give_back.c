/* SPDX-License-Identifier: MIT */
/* give_back: from what is reserved now and what is needed to what can go. */
#include "plan/size/give_back.h"

#include "plan/read_boot.h"
#include "plan/size/recommend.h"
#include "policy/linux/version.h"

/* The regions that are reserved now. */
static struct lb_linux_crash regions_of(const struct lb_observation *seen)
{
	const struct lb_crash_range *ranges;
	size_t count = lb_regions_now(seen, &ranges);
	struct lb_linux_crash crash = {{0, 0}, {0, 0}};

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].kind == LB_CRASH) {
			crash.main = ranges[i].range;
		} else if (ranges[i].kind == LB_CRASH_LOW) {
			crash.low = ranges[i].range;
		}
	}
	return crash;
}

/* How the machine's kernel counts: as its own figure shows, else by its version. False: its figure
 * is neither. */
static bool find_counting(const struct lb_machine *machine, uint32_t version,
	const struct lb_linux_crash *crash, bool *ret)
{
	if (!machine->crash.size_known) {
		*ret = lb_linux_size_counts_low(version);
		return true;
	}
	*ret = machine->crash.size == lb_linux_crash_size(crash, true);
	return *ret || machine->crash.size == lb_linux_crash_size(crash, false);
}

/* Reads what there is now. NULL, or why that is not known. */
static const char *look(
	const struct lb_machine *machine, struct lb_give_back *ret, bool *ret_counts_low)
{
	struct lb_observation seen;
	uint32_t version = 0;

	if (!lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		return "proc/iomem does not show what is reserved now (only root sees its "
		       "addresses)";
	}
	if (!lb_linux_version_of(machine->kernel.release, machine->kernel.banner, &version)) {
		return "the version of its kernel is not known";
	}
	lb_read_boot(machine, version, &seen);
	ret->now = regions_of(&seen);
	if (!find_counting(machine, version, &ret->now, ret_counts_low)) {
		return "proc/iomem and sys/kernel/kexec_crash_size contradict each other";
	}
	ret->known = true;
	ret->size_now = lb_linux_crash_size(&ret->now, *ret_counts_low);
	ret->loaded_known = machine->crash.loaded_known;
	ret->loaded = machine->crash.loaded;
	return NULL;
}

/* How much of the main region has to stay. */
static uint64_t main_needed(const struct lb_size *size, const struct lb_linux_crash *now)
{
	uint64_t low = lb_min(size->low.at_most, lb_range_size(now->low));
	uint64_t rest = size->needed - lb_min(low, size->needed);

	return lb_size_in_steps(lb_max(rest, size->needed_to_start));
}

/* NULL, or why nothing can go. */
static const char *compute(const struct lb_machine *machine, const struct lb_size *size,
	bool counts_low, struct lb_give_back *give)
{
	uint64_t needed = main_needed(size, &give->now);
	uint64_t page = machine->kernel.page_size ? machine->kernel.page_size : size->page_size;
	uint64_t there = lb_range_size(give->now.main);

	if (!there) {
		return "nothing is reserved";
	}
	if (lb_range_size(give->now.low) < size->low.at_most &&
		!lb_range_empty(give->now.low)) {
		return "less low memory is reserved than is needed";
	}
	if (there < needed) {
		return "less is reserved than is needed";
	}
	give->size_after = give->size_now - (there - needed);
	if (there == needed || lb_linux_shrink(&give->now, counts_low, page, give->size_after,
				       &give->after) != LB_OK) {
		return "no more is reserved than is needed";
	}
	give->bytes = lb_range_size(give->now.main) - lb_range_size(give->after.main);
	return NULL;
}

void lb_give_back_make(const struct lb_machine *machine, const struct lb_size *size,
	struct lb_give_back *ret)
{
	struct lb_give_back give = {.known = false};
	bool counts_low = false;

	give.why_not = look(machine, &give, &counts_low);
	if (!give.why_not) {
		give.why_not = compute(machine, size, counts_low, &give);
	}
	*ret = give;
}

bool lb_give_back_holds(const struct lb_give_back *said, const struct lb_machine *after,
	struct lb_give_back *ret_shown)
{
	struct lb_give_back shown = {.known = false};
	bool counts_low;

	shown.why_not = look(after, &shown, &counts_low);
	*ret_shown = shown;
	return !shown.why_not && shown.now.main.start == said->after.main.start &&
		shown.now.main.end == said->after.main.end &&
		shown.now.low.start == said->after.low.start &&
		shown.now.low.end == said->after.low.end &&
		after->crash.size_known && after->crash.size == said->size_after;
}

size_t lb_give_back_list(const struct lb_linux_crash *crash, struct lb_crash_range ret[2])
{
	size_t count = 0;

	if (!lb_range_empty(crash->main)) {
		ret[count++] = (struct lb_crash_range){LB_CRASH, crash->main};
	}
	if (!lb_range_empty(crash->low)) {
		ret[count++] = (struct lb_crash_range){LB_CRASH_LOW, crash->low};
	}
	return count;
}
