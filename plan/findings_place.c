/* SPDX-License-Identifier: MIT */
/* findings_place: whether there was room, and whether a capture kernel can live there. */
#include "plan/findings_internal.h"
#include "plan/size_floor.h"
#include "plan/words.h"

/* The least that was seen to do: Debian 12 on x86-64, static busybox, 1 GiB of memory. */
#define SEEN_TO_BOOT (84 * LB_MIB)

static const struct lb_holder *holder_of(const struct lb_plan *plan, struct lb_range range)
{
	for (size_t i = 0; i < plan->holder_count; i++) {
		if (lb_range_overlaps(plan->holders[i].range, range)) {
			return &plan->holders[i];
		}
	}
	return NULL;
}

/* What refused the place that was asked for. */
static const char *why_not_there(const struct finder *finder)
{
	const struct lb_plan *plan = finder->plan;
	const struct lb_search *search = lb_searches_last(plan->searches, LB_PART_MAIN);
	const struct lb_holder *holder = search ? holder_of(plan, search->in_the_way) : NULL;

	if (holder) {
		return lb_arena_printf(finder->model->arena,
			"are not free: in the way is %s (0x%llx-0x%llx)", holder->owner,
			(unsigned long long)holder->range.start,
			(unsigned long long)holder->range.end - 1);
	}
	if (search && search->refusal) {
		return lb_arena_printf(
			finder->model->arena, "cannot be taken: %s", search->refusal);
	}
	return "were not taken, although the rules find them free";
}

static const char *why_it_failed(struct finder *finder)
{
	const struct lb_plan *plan = finder->plan;
	const struct lb_reservation *reservation = plan->reservation;
	struct lb_arena *arena = finder->model->arena;
	bool low = reservation->failed == LB_PART_LOW;
	struct lb_size_text size =
		lb_size_text(low ? reservation->low_size : reservation->size);
	const char *what = low ? " of low memory, which go with the main region," : "";

	if (reservation->offset && reservation->failed == LB_PART_MAIN) {
		const char *why = why_not_there(finder);

		return why ? lb_arena_printf(arena,
				     "%s at 0x%llx %s; a given place has no fallback",
				     lb_size_text(reservation->size).text,
				     (unsigned long long)reservation->offset, why)
			   : NULL;
	}
	if (lb_range_empty(plan->largest_hole)) {
		return lb_arena_printf(arena, "%s%s do not fit: no memory is free there",
			size.text, what);
	}
	return lb_arena_printf(arena,
		"%s%s do not fit: the largest free hole is %s at %s, between %s and %s",
		size.text, what, lb_size_text(lb_range_size(plan->largest_hole)).text,
		lb_range_text(plan->largest_hole).text,
		plan->hole_below ? plan->hole_below : "nothing",
		plan->hole_above ? plan->hole_above : "nothing");
}

static void on_failure(struct finder *finder)
{
	enum lb_outcome outcome = finder->plan->reservation->outcome;

	if (outcome == LB_OUTCOME_HANGS) {
		finding_add(&finder->list, BOOT_HANGS,
			"this kernel searches forever for a size that fits nowhere, before the "
			"console is up: the machine would never boot",
			"never put such a value on a real command line");
	} else if (outcome == LB_OUTCOME_FAILED) {
		finding_add(&finder->list, NO_ROOM, why_it_failed(finder),
			"no other size or placement was found that would fit: free memory that "
			"firmware or boot options hold, or add RAM");
	}
}

static void on_low_memory(struct finder *finder)
{
	const struct lb_plan *plan = finder->plan;
	const struct lb_reservation *reservation = plan->reservation;
	uint64_t low = 0;

	if (reservation->outcome != LB_OUTCOME_RESERVED || !plan->bounce.needed ||
		plan->bounce.fits) {
		return;
	}
	for (size_t i = 0; i < reservation->range_count; i++) {
		if (reservation->ranges[i].range.end <= finder->model->env.low_max) {
			low += lb_range_size(reservation->ranges[i].range);
		}
	}
	if (!low) {
		finding_add(&finder->list, NO_LOW_MEMORY,
			lb_arena_printf(finder->model->arena,
				"no crash memory lies below %s: the capture kernel has no bounce "
				"pool, and %s fail in it",
				finder->model->row->low_end_name,
				finder->model->row->low_devices),
			"ask for low memory as well (,low), or let the kernel choose where its "
			"version does");
		return;
	}
	finding_add(&finder->list, LOW_MEMORY_TIGHT,
		lb_arena_printf(finder->model->arena,
			"only %s of crash memory lie below %s; the capture kernel's bounce pool "
			"(through which it serves devices that reach no further) takes 64 MiB, or "
			"all that is there",
			lb_size_text(low).text, finder->model->row->low_end_name),
		"ask for 72 MiB of low memory or more, or put swiotlb=8192 on the capture kernel's "
		"command line");
}

/* Less than what is known to be needed. */
static void on_too_small(
	struct finder *finder, const struct lb_size_floor *floor, uint64_t size)
{
	struct lb_arena *arena = finder->model->arena;
	const char *initrd = floor->initrd
				     ? lb_arena_printf(arena, ", an initrd as this boot's %s",
					       lb_size_text(floor->initrd).text)
				     : "";

	finding_add(&finder->list, TOO_SMALL,
		initrd ? lb_arena_printf(arena,
				 "%s cannot hold a capture kernel: the running kernel's image "
				 "takes %s%s, the page structures %s; not counted are its drivers, "
				 "what the initrd unpacks to, and the programs that write the dump",
				 lb_size_text(size).text, lb_size_text(floor->image).text, initrd,
				 lb_size_text(floor->pages).text)
		       : NULL,
		floor->initrd ? "reserve more, or give the capture kernel a smaller initrd"
			      : "reserve more");
}

/* What is left of the part of that kind; empty where all of it was given back. */
static struct lb_range left_of(const struct lb_observation *observed, enum lb_crash_kind kind)
{
	for (size_t i = 0; i < observed->left_count; i++) {
		if (observed->left[i].kind == kind) {
			return observed->left[i].range;
		}
	}
	return (struct lb_range){0};
}

/* What a capture kernel would be given now: of a boot that was read, what was not given back. */
static struct lb_reservation as_it_is(const struct lb_plan *plan)
{
	struct lb_reservation now = *plan->reservation;

	if (!plan->as_read || plan->observed.since != LB_SINCE_SHRUNK) {
		return now;
	}
	for (size_t i = 0; i < now.range_count; i++) {
		if (now.ranges[i].kind != LB_CRASH_CMA) {
			now.ranges[i].range = left_of(&plan->observed, now.ranges[i].kind);
		}
	}
	return now;
}

static void on_size(struct finder *finder)
{
	struct lb_reservation now = as_it_is(finder->plan);
	const struct lb_reservation *reservation = &now;
	struct lb_size_floor floor;
	uint64_t size;

	if (reservation->outcome != LB_OUTCOME_RESERVED) {
		return;
	}
	size = lb_range_size(reservation->ranges[0].range);
	floor = lb_size_floor_of(finder->model, reservation);
	if (!lb_size_floor_fits(&floor, reservation)) {
		on_too_small(finder, &floor, size);
	} else if (size < SEEN_TO_BOOT) {
		finding_add(&finder->list, VERY_SMALL,
			lb_arena_printf(finder->model->arena,
				"%s are less than a distribution's capture kernel was seen to boot "
				"in (84 MiB with a minimal initrd, without drivers)",
				lb_size_text(size).text),
			"reserve more, unless the capture kernel was tried in this size");
	}
	for (size_t i = 1; i < reservation->range_count; i++) {
		if (reservation->ranges[i].kind == LB_CRASH_LOW &&
			reservation->ranges[i].range.start > reservation->ranges[0].range.start) {
			finding_add(&finder->list, LOADED_INTO_LOW,
				"the low region lies above the main one; kexec-tools loads into "
				"the last \"Crash kernel\" of /proc/iomem, which is the low one",
				"load with kexec_file_load (kexec -s), or choose another size");
		}
	}
}

static void on_randomisation(struct finder *finder)
{
	const struct lb_plan *plan = finder->plan;
	double lost = 0;

	if (plan->outcome_count < 2) {
		return;
	}
	for (size_t i = 0; i < plan->outcome_count; i++) {
		const struct lb_possible *possible = &plan->outcomes[i];

		/* What firmware may hold besides is a doubt, and no lottery. */
		if (possible->probability > 0 && !possible->unseen_firmware &&
			possible->reservation->outcome != LB_OUTCOME_RESERVED) {
			lost += possible->probability;
		}
	}
	if (lost > 0) {
		finding_add(&finder->list,
			plan->reservation->offset ? FIXED_OFFSET_LOTTERY : KASLR_LOTTERY,
			lb_arena_printf(finder->model->arena,
				"in %s KASLR puts the kernel where the crash memory would have to "
				"be, and nothing is reserved",
				lb_share_text(lost).text),
			plan->reservation->offset
				? "leave the offset out, so that the kernel can choose another "
				  "place"
				: "ask for less, or boot with nokaslr");
	}
}

void find_in_place(struct finder *finder)
{
	on_failure(finder);
	on_low_memory(finder);
	on_randomisation(finder);
	on_size(finder);
}
