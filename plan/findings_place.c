/* SPDX-License-Identifier: MIT */
/* findings_place: whether there was room, and whether a capture kernel can live there. */
#include "plan/findings_internal.h"

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
static const char *why_not_there(const struct advisor *advisor)
{
	const struct lb_plan *plan = advisor->plan;
	const struct lb_search *search = lb_searches_last(plan->searches, LB_PART_MAIN);
	const struct lb_holder *holder = search ? holder_of(plan, search->in_the_way) : NULL;

	if (holder) {
		return lb_arena_printf(advisor->model->arena,
			"are not free: in the way is %s (0x%llx-0x%llx)", holder->owner,
			(unsigned long long)holder->range.start,
			(unsigned long long)holder->range.end - 1);
	}
	if (search && search->refusal) {
		return lb_arena_printf(
			advisor->model->arena, "cannot be taken: %s", search->refusal);
	}
	return "were not taken, although the rules find them free";
}

static const char *why_it_failed(struct advisor *advisor)
{
	const struct lb_plan *plan = advisor->plan;
	const struct lb_reservation *reservation = plan->reservation;
	struct lb_arena *arena = advisor->model->arena;

	if (reservation->offset && reservation->failed == LB_PART_MAIN) {
		const char *why = why_not_there(advisor);

		return why ? lb_arena_printf(arena,
				     "%llu MiB at 0x%llx %s; a given place has no fallback",
				     MIB(reservation->size),
				     (unsigned long long)reservation->offset, why)
			   : NULL;
	}
	return lb_arena_printf(arena,
		"%llu MiB%s do not fit: the largest free hole is %llu MiB at 0x%llx-0x%llx, "
		"between %s and %s",
		MIB(reservation->size),
		reservation->failed == LB_PART_LOW ? ", with their low region," : "",
		MIB(lb_range_size(plan->largest_hole)),
		(unsigned long long)plan->largest_hole.start,
		(unsigned long long)plan->largest_hole.end - !!plan->largest_hole.end,
		plan->hole_below ? plan->hole_below : "nothing",
		plan->hole_above ? plan->hole_above : "nothing");
}

static void on_failure(struct advisor *advisor)
{
	enum lb_outcome outcome = advisor->plan->reservation->outcome;

	if (outcome == LB_OUTCOME_HANGS) {
		finding_add(&advisor->list, BOOT_HANGS,
			"this kernel searches forever for a size that fits nowhere, before the "
			"console is up: the machine would never boot",
			lb_remedy_find(&advisor->remedy));
	} else if (outcome == LB_OUTCOME_FAILED) {
		finding_add(&advisor->list, NO_ROOM, why_it_failed(advisor),
			lb_remedy_find(&advisor->remedy));
	}
}

static void on_low_memory(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	const struct lb_reservation *reservation = plan->reservation;
	uint64_t low = 0;

	if (reservation->outcome != LB_OUTCOME_RESERVED || !plan->bounce.needed ||
		plan->bounce.fits) {
		return;
	}
	for (size_t i = 0; i < reservation->range_count; i++) {
		if (reservation->ranges[i].range.end <= advisor->model->env.low_max) {
			low += lb_range_size(reservation->ranges[i].range);
		}
	}
	if (!low) {
		finding_add(&advisor->list, NO_LOW_MEMORY,
			lb_arena_printf(advisor->model->arena,
				"no crash memory lies below %s: the capture kernel has no bounce "
				"pool, and %s fail in it",
				advisor->model->row->low_end_name,
				advisor->model->row->low_devices),
			"add crashkernel=128M,low, or let the kernel choose (no ,low at all) where "
			"its version does");
		return;
	}
	finding_add(&advisor->list, LOW_MEMORY_TIGHT,
		lb_arena_printf(advisor->model->arena,
			"only %llu MiB of crash memory lie below the DMA limit; the capture "
			"kernel's "
			"bounce pool takes 64 MiB, or all that is there",
			MIB(low)),
		"use crashkernel=72M,low or more, or swiotlb=8192 on the capture kernel's command "
		"line");
}

static void on_size(struct advisor *advisor)
{
	const struct lb_reservation *reservation = advisor->plan->reservation;
	uint64_t size;

	if (reservation->outcome != LB_OUTCOME_RESERVED) {
		return;
	}
	size = lb_range_size(reservation->ranges[0].range);
	if (size < 84 * LB_MIB) {
		finding_add(&advisor->list, VERY_SMALL,
			lb_arena_printf(advisor->model->arena,
				"%llu MiB are less than a distribution's capture kernel was seen "
				"to "
				"boot in (84 MiB with a minimal initramfs)",
				MIB(size)),
			"reserve 256 MiB, unless the capture kernel was tried in this size");
	}
	for (size_t i = 1; i < reservation->range_count; i++) {
		if (reservation->ranges[i].kind == LB_CRASH_LOW &&
			reservation->ranges[i].range.start > reservation->ranges[0].range.start) {
			finding_add(&advisor->list, LOADED_INTO_LOW,
				"the low region lies above the main one; kexec-tools loads into "
				"the "
				"last \"Crash kernel\" of /proc/iomem, which is the low one",
				"load with kexec_file_load (kexec -s), or choose another size");
		}
	}
}

static void on_randomisation(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	double lost = 0;

	if (plan->outcome_count < 2) {
		return;
	}
	for (size_t i = 0; i < plan->outcome_count; i++) {
		if (plan->outcomes[i].reservation->outcome != LB_OUTCOME_RESERVED) {
			lost += plan->outcomes[i].probability;
		}
	}
	if (lost > 0) {
		finding_add(&advisor->list,
			plan->reservation->offset ? FIXED_OFFSET_LOTTERY : KASLR_LOTTERY,
			lb_arena_printf(advisor->model->arena,
				"in %.3g of 100 boots KASLR puts the kernel where the crash memory "
				"would have to be, and nothing is reserved",
				100 * lost),
			plan->reservation->offset
				? "leave the offset out, so that the kernel can choose another "
				  "place"
				: "ask for less, use ,high, or boot with nokaslr");
	}
}

void advise_on_place(struct advisor *advisor)
{
	on_failure(advisor);
	on_low_memory(advisor);
	on_randomisation(advisor);
	on_size(advisor);
}
