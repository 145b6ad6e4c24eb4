/* SPDX-License-Identifier: MIT */
/* findings: what will go wrong, and the cheapest changes that the simulation finds to help. */
#include "plan/findings.h"

#include "plan/remedy.h"
#include "policy/linux/effective.h"

#define MIB(bytes) ((unsigned long long)((bytes) / LB_MIB))
#define PROBLEMS_SHOWN 6

enum kind {
	NOT_REQUESTED,
	REJECTED,
	BOOT_HANGS,
	NO_ROOM,
	NO_LOW_MEMORY,
	LOW_MEMORY_TIGHT,
	KASLR_LOTTERY,
	FIXED_OFFSET_LOTTERY,
	VERY_SMALL,
	LOADED_INTO_LOW,
	DIFFERS_FROM_RULES,
	SOURCES_DISAGREE,
};

static const struct lb_finding_kind kinds[] = {
	[NOT_REQUESTED] = {"not-requested", LB_ERROR},
	[REJECTED] = {"rejected", LB_ERROR},
	[BOOT_HANGS] = {"boot-hangs", LB_ERROR},
	[NO_ROOM] = {"no-room", LB_ERROR},
	[NO_LOW_MEMORY] = {"no-low-memory", LB_ERROR},
	[LOW_MEMORY_TIGHT] = {"low-memory-tight", LB_WARNING},
	[KASLR_LOTTERY] = {"kaslr-lottery", LB_ERROR},
	[FIXED_OFFSET_LOTTERY] = {"fixed-offset-lottery", LB_ERROR},
	[VERY_SMALL] = {"very-small", LB_WARNING},
	[LOADED_INTO_LOW] = {"loaded-into-low", LB_WARNING},
	[DIFFERS_FROM_RULES] = {"differs-from-rules", LB_WARNING},
	[SOURCES_DISAGREE] = {"sources-disagree", LB_INFO},
};

struct advisor {
	struct lb_plan *plan;
	const struct lb_model *model;
	struct lb_remedy remedy;
	struct lb_finding *findings;
	size_t count, capacity;
	enum lb_status status;
};

static struct lb_finding_kind kind_of_effect(enum lb_effect effect)
{
	struct lb_finding_kind kind = {lb_effect_name(effect), LB_INFO};

	switch (effect) {
	case LB_EFFECT_UNKNOWN_SUFFIX:
	case LB_EFFECT_MALFORMED:
	case LB_EFFECT_OVERFLOW:
	case LB_EFFECT_HIGH_IGNORED:
	case LB_EFFECT_LOW_IGNORED:
	case LB_EFFECT_CMA_IGNORED:
	case LB_EFFECT_CUT_OFF:
		kind.level = LB_WARNING;
		break;
	case LB_EFFECT_SUPERSEDED:
	case LB_EFFECT_PART_OF_WORD:
	case LB_EFFECT_HIGH_INSTEAD:
	case LB_EFFECT_RANGE_ENTRY:
	case LB_EFFECT_TAIL_IGNORED:
	case LB_EFFECT_PAGE_ROUNDED:
		break;
	}
	return kind;
}

bool lb_finding_kind(size_t index, struct lb_finding_kind *ret)
{
	if (index >= LB_ARRAY_COUNT(kinds) + LB_EFFECT_COUNT) {
		return false;
	}
	*ret = index < LB_ARRAY_COUNT(kinds)
		       ? kinds[index]
		       : kind_of_effect((enum lb_effect)(index - LB_ARRAY_COUNT(kinds)));
	return true;
}

static bool grow(struct advisor *advisor)
{
	size_t capacity = 2 * advisor->capacity + 16;
	struct lb_finding *findings =
		lb_arena_array(advisor->model->arena, capacity, sizeof(*findings));

	if (!findings) {
		return false;
	}
	for (size_t i = 0; i < advisor->count; i++) {
		findings[i] = advisor->findings[i];
	}
	advisor->findings = findings;
	advisor->capacity = capacity;
	return true;
}

/* text or fix NULL: there was no memory for it. */
static void add_of(
	struct advisor *advisor, struct lb_finding_kind kind, const char *text, const char *fix)
{
	if (!text || !fix || (advisor->count == advisor->capacity && !grow(advisor))) {
		advisor->status = LB_NO_STORAGE;
		return;
	}
	advisor->findings[advisor->count++] =
		(struct lb_finding){.id = kind.id, .level = kind.level, .text = text, .fix = fix};
}

static void add(struct advisor *advisor, enum kind kind, const char *text, const char *fix)
{
	add_of(advisor, kinds[kind], text, fix);
}

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

static void on_outcome(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	struct lb_arena *arena = advisor->model->arena;
	struct lb_reservation ignored;

	switch (plan->reservation->outcome) {
	case LB_OUTCOME_NOT_REQUESTED:
		add(advisor, NOT_REQUESTED,
			"there is no crashkernel= on the command line, so a crash of this machine "
			"leaves no dump",
			lb_remedy_works(&advisor->remedy, "256M", &ignored)
				? lb_arena_printf(arena,
					  "crashkernel=256M would be placed at 0x%llx",
					  (unsigned long long)ignored.ranges[0].range.start)
				: "add crashkernel= to the kernel command line");
		break;
	case LB_OUTCOME_REJECTED:
		add(advisor, REJECTED,
			"this kernel does not accept the crashkernel= value, and reserves nothing",
			lb_remedy_find(&advisor->remedy));
		break;
	case LB_OUTCOME_HANGS:
		add(advisor, BOOT_HANGS,
			"this kernel searches forever for a size that fits nowhere, before the "
			"console is up: the machine would never boot",
			lb_remedy_find(&advisor->remedy));
		break;
	case LB_OUTCOME_FAILED:
		add(advisor, NO_ROOM, why_it_failed(advisor), lb_remedy_find(&advisor->remedy));
		break;
	case LB_OUTCOME_RESERVED:
		break;
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
		add(advisor, NO_LOW_MEMORY,
			lb_arena_printf(advisor->model->arena,
				"no crash memory lies below %s: the capture kernel has no bounce "
				"pool, and %s fail in it",
				advisor->model->row->low_end_name,
				advisor->model->row->low_devices),
			"add crashkernel=128M,low, or let the kernel choose (no ,low at all) where "
			"its version does");
		return;
	}
	add(advisor, LOW_MEMORY_TIGHT,
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
		add(advisor, VERY_SMALL,
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
			add(advisor, LOADED_INTO_LOW,
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
		add(advisor, plan->reservation->offset ? FIXED_OFFSET_LOTTERY : KASLR_LOTTERY,
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

/* What this kernel reads otherwise than the person who wrote it may think. */
static void on_request(struct advisor *advisor)
{
	const struct lb_reserve_env *env = &advisor->model->env;
	const char *cmdline = advisor->plan->cmdline;
	size_t count = lb_reserve_effective(env, cmdline, NULL, 0);
	struct lb_effect_note *notes =
		lb_arena_array(advisor->model->arena, count + 1, sizeof(*notes));

	if (!notes) {
		advisor->status = LB_NO_STORAGE;
		return;
	}
	lb_reserve_effective(env, cmdline, notes, count);
	for (size_t i = 0; i < count; i++) {
		add_of(advisor, kind_of_effect(notes[i].effect), notes[i].text, "");
	}
}

static const char *placed(struct lb_arena *arena, const struct lb_problem *problem)
{
	if (!problem->position.source) {
		return problem->text;
	}
	if (problem->position.line) {
		return lb_arena_printf(arena, "%s:%u: %s", problem->position.source,
			problem->position.line, problem->text);
	}
	return lb_arena_printf(arena, "%s: %s", problem->position.source, problem->text);
}

static void on_observed(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	size_t problems = plan->machine->problems_count;

	if (plan->observed_differs) {
		add(advisor, DIFFERS_FROM_RULES, plan->differences[0],
			"something moved memory that the snapshot does not show; trust what the "
			"machine shows");
	}
	for (size_t i = 0; i < lb_min(problems, PROBLEMS_SHOWN); i++) {
		add(advisor, SOURCES_DISAGREE,
			placed(advisor->model->arena, &plan->machine->problems[i]), "");
	}
	if (problems > PROBLEMS_SHOWN) {
		add(advisor, SOURCES_DISAGREE,
			lb_arena_printf(advisor->model->arena,
				"%zu more problems with what the machine shows; --json lists all "
				"as machine.problems",
				problems - PROBLEMS_SHOWN),
			"");
	}
}

/* Errors first, and each level in the order in which it was found. */
static enum lb_status list_by_level(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	struct lb_finding *findings =
		lb_arena_array(advisor->model->arena, advisor->count + 1, sizeof(*findings));

	if (!findings) {
		return LB_NO_STORAGE;
	}
	plan->findings = findings;
	for (int level = LB_ERROR; level >= LB_INFO; level--) {
		for (size_t i = 0; i < advisor->count; i++) {
			if ((int)advisor->findings[i].level == level) {
				findings[plan->finding_count++] = advisor->findings[i];
			}
		}
	}
	return LB_OK;
}

enum lb_status lb_plan_advise(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator)
{
	struct advisor advisor = {.plan = plan,
		.model = model,
		.remedy = {.plan = plan, .arena = model->arena, .evaluator = evaluator}};

	on_outcome(&advisor);
	on_low_memory(&advisor);
	on_randomisation(&advisor);
	on_size(&advisor);
	on_request(&advisor);
	on_observed(&advisor);
	return advisor.status ? advisor.status : list_by_level(&advisor);
}
