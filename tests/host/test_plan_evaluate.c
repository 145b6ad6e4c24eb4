/* SPDX-License-Identifier: MIT */
/*
 * plan/evaluate against brute force: on random small models, the distribution over all slots must
 * be the one that trying every slot gives, and what is called certain must hold for every state
 * that the machine could really be in.
 */
#include "plan/certainty.h"
#include "plan/evaluate.h"
#include "policy/linux/linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/test.h"

#define ROUNDS 300
#define MAYBES_MAX 4

static uint64_t state;

static uint64_t random_below(uint64_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static struct lb_range random_range(uint64_t within_mib, uint64_t most_mib)
{
	uint64_t start = random_below(within_mib) * LB_MIB + random_below(4) * 64 * LB_KIB;
	uint64_t size = (1 + random_below(most_mib)) * LB_MIB;

	return (struct lb_range){start, start + size};
}

static const struct lb_machine machine = {.root = "test"};

/* A machine of 128 to 900 MiB of RAM, in one to three regions. */
static void random_model(struct lb_model *model, struct lb_arena *arena)
{
	static const uint32_t versions[] = {
		LB_LINUX(5, 10, 0), LB_LINUX(6, 1, 0), LB_LINUX(6, 12, 0), LB_LINUX(7, 2, 0)};
	uint64_t at = 1;

	REQUIRE(!lb_model_init(model, &machine, arena, NULL));
	model->arch = random_below(2) ? LB_ARCH_X86_64 : LB_ARCH_ARM64;
	model->version = versions[random_below(LB_ARRAY_COUNT(versions))];
	for (uint64_t regions = 1 + random_below(3); regions; regions--) {
		uint64_t size = 100 + random_below(200);

		lb_model_memory(model,
			(struct lb_range){at * LB_MIB, (at + size) * LB_MIB}, LB_NO_NODE, 0);
		at += size + random_below(3) * 16;
		model->env.system_ram += size * LB_MIB;
	}
	for (uint64_t held = random_below(5); held; held--) {
		lb_model_hold(model, random_range(at, 40), "held", LB_HELD);
	}
	/* Small ones as of a real machine, and large ones that get into each other's way. */
	for (uint64_t more = random_below(3), most = random_below(2) ? 20 : 150; more; more--) {
		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "early",
			.size = (1 + random_below(most)) * LB_MIB,
			.align = LB_MIB,
			.window = {0, LB_PHYS_ADDR_MAX},
			.node = LB_NO_NODE});
	}
	model->env.arch = model->arch;
	model->env.version = model->version;
	model->env.page_size = 4096;
	model->env.low_max = model->arch == LB_ARCH_X86_64 ? 4 * LB_GIB : (at / 2) * LB_MIB;
	model->env.high_max = 64 * LB_GIB;
	model->env.swiotlb_bytes = 64 * LB_MIB;
	model->kernel_size_min = model->kernel_size = model->kernel_size_max =
		(8 + random_below(30)) * LB_MIB;
	model->kernel_place = LB_KERNEL_DRAWN;
}

static void random_slots(struct lb_model *model)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;
		uint64_t room = lb_range_size(range);
		struct lb_slot_area area = {.first = lb_align_down(range.start + 2 * LB_MIB - 1,
						    2 * LB_MIB),
			.stride = 2 * LB_MIB};

		if (room < model->kernel_size + 4 * LB_MIB) {
			continue;
		}
		area.count = (room - model->kernel_size) / (2 * LB_MIB);
		REQUIRE(!lb_slots_add(&model->slots, area));
	}
}

static void drawn_model(struct lb_model *model, struct lb_arena *arena)
{
	random_model(model, arena);
	random_slots(model);
}

static void random_cmdline(char *text, size_t size)
{
	static const char *const forms[] = {"crashkernel=%uM", "crashkernel=%uM,high",
		"crashkernel=%uM@64M", "crashkernel=%uM,high crashkernel=16M,low"};

	snprintf(text, size, forms[random_below(LB_ARRAY_COUNT(forms))],
		(unsigned int)(4 + random_below(160)));
}

/* One round: a model, its command line, and what is found. */
struct trial {
	struct lb_arena arena;
	struct lb_model model;
	struct lb_evaluator *evaluator;
	struct lb_distribution found;
	char cmdline[80];
};

static void begin(struct trial *trial, void (*make)(struct lb_model *, struct lb_arena *))
{
	*trial = (struct trial){0};
	random_cmdline(trial->cmdline, sizeof(trial->cmdline));
	make(&trial->model, &trial->arena);
}

/* The first of what is found. */
static const struct lb_reservation *evaluate(struct trial *trial)
{
	if (lb_evaluator_make(&trial->model, lb_linux_reserve, &trial->evaluator) ||
		lb_evaluate(trial->evaluator, trial->cmdline, &trial->found)) {
		return NULL;
	}
	return trial->found.outcomes[0].reservation;
}

static void end(struct trial *trial)
{
	lb_arena_free(&trial->arena);
}

static bool same(const struct lb_reservation *a, const struct lb_reservation *b)
{
	return a->outcome == b->outcome && a->range_count == b->range_count &&
	       !memcmp(a->ranges, b->ranges, a->range_count * sizeof(a->ranges[0]));
}

static double probability_of(const struct lb_distribution *distribution,
	const struct lb_reservation *reservation)
{
	double sum = 0;

	for (size_t i = 0; i < distribution->count; i++) {
		if (same(distribution->outcomes[i].reservation, reservation)) {
			sum += distribution->outcomes[i].probability;
		}
	}
	return sum;
}

/* Each slot's answer must be listed, with the share of the slots that give it. */
static void compare_with_every_slot(struct lb_evaluator *evaluator, const struct lb_model *model,
	const struct lb_distribution *distribution, const char *cmdline)
{
	struct lb_reservation *answers = calloc(model->slots.total, sizeof(*answers));
	uint64_t count = model->slots.total;

	REQUIRE(answers);
	for (uint64_t i = 0; i < count; i++) {
		struct lb_range kernel =
			lb_model_kernel(model, LB_VIEW_BEST, lb_slots_at(&model->slots, i));

		CHECK(!lb_evaluate_once(
			evaluator, LB_VIEW_BEST, kernel, cmdline, NULL, &answers[i]));
	}
	for (uint64_t i = 0; i < count; i += 1 + random_below(5)) {
		uint64_t equal = 0;
		double expected, got;

		for (uint64_t k = 0; k < count; k++) {
			equal += same(&answers[i], &answers[k]);
		}
		expected = (double)equal / (double)count;
		got = probability_of(distribution, &answers[i]);
		CHECK(got > expected - 1e-9 && got < expected + 1e-9);
	}
	free(answers);
}

TEST(plan_evaluate, the_distribution_is_that_of_every_slot)
{
	struct trial trial;

	state = 0x9e3779b97f4a7c15;
	for (int round = 0; round < ROUNDS; round++) {
		begin(&trial, drawn_model);
		if (trial.model.slots.total) {
			REQUIRE(evaluate(&trial));
			CHECK(trial.found.certain);
			compare_with_every_slot(
				trial.evaluator, &trial.model, &trial.found, trial.cmdline);
		}
		end(&trial);
	}
}

/* The answer of one state the machine could be in: some of the doubtful memory is taken, some is
 * not. */
static void answer_in_state(const struct lb_model *model, unsigned int taken,
	struct lb_range kernel, const char *cmdline, struct lb_reservation *ret)
{
	struct lb_arena arena = {0};
	struct lb_model real;
	struct lb_evaluator *evaluator;
	size_t maybe = 0;

	REQUIRE(!lb_model_init(&real, model->machine, &arena, NULL));
	real.arch = model->arch;
	real.version = model->version;
	real.env = model->env;
	memcpy(real.early, model->early, sizeof(real.early));
	real.early_count = model->early_count;
	for (size_t i = 0; i < model->memory_count; i++) {
		lb_model_memory(&real, model->memory[i].range, LB_NO_NODE, 0);
	}
	for (size_t i = 0; i < model->holder_count; i++) {
		const struct lb_holder *holder = &model->holders[i];

		if (holder->holding == LB_HELD || (taken >> maybe++ & 1)) {
			lb_model_hold(&real, holder->range, holder->owner, LB_HELD);
		}
	}
	REQUIRE(!lb_evaluator_make(&real, lb_linux_reserve, &evaluator));
	REQUIRE(!lb_evaluate_once(evaluator, LB_VIEW_BEST, kernel, cmdline, NULL, ret));
	lb_arena_free(&arena);
}

static const struct lb_range nowhere = {0, 0};

/* A machine without KASLR, of whose memory a part is doubtful. */
static void doubtful_model(struct lb_model *model, struct lb_arena *arena)
{
	random_model(model, arena);
	model->early_count = 0;
	model->kernel_place = LB_KERNEL_FIXED;
	model->kernel_size_min = model->kernel_size = model->kernel_size_max = 0;
	for (size_t i = 0; i < MAYBES_MAX; i++) {
		lb_model_hold(model, random_range(500, 6), "maybe",
			random_below(2) ? LB_HELD_LIKELY : LB_FREE_LIKELY);
	}
}

TEST(plan_evaluate, what_is_certain_holds_in_every_possible_state)
{
	unsigned int certain = 0, uncertain = 0;
	struct trial trial;

	state = 0x2545f4914f6cdd1d;
	for (int round = 0; round < ROUNDS; round++) {
		const struct lb_reservation *said;

		begin(&trial, doubtful_model);
		said = evaluate(&trial);
		REQUIRE(said);
		certain += trial.found.certain;
		uncertain += !trial.found.certain;
		for (unsigned int taken = 0; trial.found.certain && taken < 1U << MAYBES_MAX;
			taken++) {
			struct lb_reservation real;

			answer_in_state(&trial.model, taken, nowhere, trial.cmdline, &real);
			CHECK(same(&real, said));
		}
		end(&trial);
	}
	/* The test would prove nothing if one of the two never happened. */
	CHECK(certain > ROUNDS / 10);
	CHECK(uncertain > ROUNDS / 20);
}

/* The answer that every slot and every state must give, as only one is listed. */
static void check_all_slots(const struct lb_model *model, const char *cmdline,
	const struct lb_reservation *said)
{
	for (uint64_t i = 0; i < model->slots.total; i += 1 + random_below(9)) {
		struct lb_range kernel =
			lb_model_kernel(model, LB_VIEW_BEST, lb_slots_at(&model->slots, i));
		struct lb_reservation real;

		answer_in_state(model, (unsigned int)random_below(1U << MAYBES_MAX), kernel,
			cmdline, &real);
		CHECK(same(&real, said));
	}
}

/* Of whose memory a part is doubtful, too. */
static void doubtful_drawn_model(struct lb_model *model, struct lb_arena *arena)
{
	drawn_model(model, arena);
	for (size_t i = 0; i < MAYBES_MAX; i++) {
		lb_model_hold(model, random_range(500, 2), "maybe", LB_HELD_LIKELY);
	}
}

TEST(plan_evaluate, what_is_certain_of_a_drawn_kernel_holds_in_every_possible_state)
{
	unsigned int certain = 0, one = 0, uncertain = 0;
	struct trial trial;

	state = 0x853c49e6748fea9b;
	for (int round = 0; round < ROUNDS; round++) {
		begin(&trial, doubtful_drawn_model);
		if (trial.model.slots.total) {
			const struct lb_reservation *said = evaluate(&trial);

			REQUIRE(said);
			certain += trial.found.certain;
			uncertain += !trial.found.certain;
			if (trial.found.certain && trial.found.count == 1) {
				one++;
				check_all_slots(&trial.model, trial.cmdline, said);
			}
		}
		end(&trial);
	}
	CHECK(certain > ROUNDS / 10);
	CHECK(one > ROUNDS / 20);
	CHECK(uncertain > ROUNDS / 20);
}

/* At the top, where the image pushes the region down by less than its alignment. */
static void guessed_model(struct lb_model *model, struct lb_arena *arena)
{
	random_model(model, arena);
	model->kernel_place = LB_KERNEL_UNKNOWN;
	model->kernel_size_min = model->kernel_size = model->kernel_size_max = LB_MIB;
	model->kernel_at = model->memory[model->memory_count - 1].range.end - LB_MIB;
}

TEST(plan_evaluate, of_a_kernel_that_is_somewhere_nothing_is_certain)
{
	struct trial trial;

	state = 0xda3e39cb94b95bdb;
	for (int round = 0; round < ROUNDS; round++) {
		begin(&trial, guessed_model);
		REQUIRE(evaluate(&trial));
		CHECK(!trial.found.certain);
		CHECK_EQUAL(trial.found.off_by_at_most, 0);
		end(&trial);
	}
}

TEST(plan_evaluate, a_size_that_fits_into_untold_holes_is_not_certain)
{
	struct trial trial;

	state = 0x2545f4914f6cdd1d;
	for (int round = 0; round < ROUNDS; round++) {
		const struct lb_reservation *said;
		bool less;

		begin(&trial, doubtful_model);
		trial.model.least_size = 40 * LB_MIB;
		said = evaluate(&trial);
		REQUIRE(said);
		less = (said->size && said->size < trial.model.least_size) ||
			(said->low_size && said->low_size < trial.model.least_size);
		CHECK(!less || (!trial.found.certain && !trial.found.off_by_at_most));
		end(&trial);
	}
}

static void check_bound(const struct lb_reservation *said, const struct lb_reservation *real,
	uint64_t off_by_at_most)
{
	REQUIRE(said->outcome == real->outcome && said->range_count == real->range_count);
	for (size_t i = 0; i < said->range_count; i++) {
		struct lb_range a = said->ranges[i].range, b = real->ranges[i].range;

		CHECK_EQUAL(lb_range_size(a), lb_range_size(b));
		CHECK(lb_max(a.start, b.start) - lb_min(a.start, b.start) <= off_by_at_most);
	}
}

TEST(plan_evaluate, a_bound_holds_in_every_possible_state)
{
	unsigned int bounded = 0;
	struct trial trial;

	state = 0xda942042e4dd58b5;
	for (int round = 0; round < 10 * ROUNDS; round++) {
		const struct lb_reservation *said;
		uint64_t bound;

		begin(&trial, doubtful_model);
		said = evaluate(&trial);
		REQUIRE(said);
		bound = trial.found.off_by_at_most;
		bounded += bound != 0;
		CHECK(bound <= said->align);
		CHECK(!trial.found.certain || !bound);
		for (unsigned int taken = 0; bound && taken < 1U << MAYBES_MAX; taken++) {
			struct lb_reservation real;

			answer_in_state(&trial.model, taken, nowhere, trial.cmdline, &real);
			check_bound(said, &real, bound);
		}
		end(&trial);
	}
	/* The test would prove nothing if there never was one. */
	CHECK(bounded > ROUNDS / 10);
}

TEST(plan_evaluate, a_bound_is_told_only_where_nothing_else_is_assumed)
{
	const struct lb_reservation reserved = {.outcome = LB_OUTCOME_RESERVED};
	struct lb_possible outcome = {.reservation = &reserved};
	const struct lb_distribution found = {
		.outcomes = &outcome, .count = 1, .off_by_at_most = LB_MIB};
	struct lb_model model = {.kernel_place = LB_KERNEL_FIXED};

	CHECK_EQUAL(lb_certainty_of(&model, lb_linux_reserve, &found), LB_WITHIN_ALIGNMENT);
	lb_model_assume(&model, "something took memory that is not shown");
	CHECK_EQUAL(lb_certainty_of(&model, lb_linux_reserve, &found), LB_UNKNOWN);
}

TEST(plan_evaluate, of_one_answer_wherever_the_kernel_is_none_is_the_most_frequent)
{
	const struct lb_reservation reserved = {.outcome = LB_OUTCOME_RESERVED};
	struct lb_possible outcomes[] = {{.reservation = &reserved}, {.reservation = &reserved}};
	struct lb_distribution found = {.outcomes = outcomes, .count = 2, .drawn = true};
	const struct lb_model model = {
		.kernel_place = LB_KERNEL_DRAWN, .never_exact = true};

	CHECK_EQUAL(lb_certainty_of(&model, lb_linux_reserve, &found), LB_LIKELY);
	found.count = 1;
	CHECK_EQUAL(lb_certainty_of(&model, lb_linux_reserve, &found), LB_UNKNOWN);
}

/* What is refused as it stands may be the rest of what was asked for. */
TEST(plan_evaluate, a_refusal_of_a_line_that_may_be_cut_is_not_exact)
{
	struct trial trial;
	const struct lb_reservation *said;

	state = 0x9e3779b97f4a7c15;
	begin(&trial, doubtful_model);
	snprintf(trial.cmdline, sizeof(trial.cmdline), "crashkernel=x");
	trial.model.cmdline = trial.cmdline;
	said = evaluate(&trial);
	REQUIRE(said && said->outcome == LB_OUTCOME_REJECTED);
	trial.model.never_exact = true;
	CHECK_EQUAL(lb_certainty_of(&trial.model, lb_linux_reserve, &trial.found), LB_EXACT);
	trial.model.request_unsure = true;
	CHECK(lb_certainty_of(&trial.model, lb_linux_reserve, &trial.found) != LB_EXACT);
	end(&trial);
}
