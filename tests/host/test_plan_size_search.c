/* SPDX-License-Identifier: MIT */
/* The search for the smallest crash memory, with machines that are tables: whatever need there is
 * must be found, within few trials, and never told when it was not seen. */
#include <string.h>

#include "../harness/test.h"
#include "plan/size/measured.h"

#define MIB(n) ((uint64_t)(n) * LB_MIB)

/* A machine that completes from `need` on, but not with `never`, not the first time with `shy`, and
 * only the first time with `lucky`. */
struct table {
	uint64_t need;
	uint64_t never;
	uint64_t shy;
	uint64_t lucky;
	enum lb_trial_end end; /* of those that fail */
	unsigned int made;
	bool broken; /* no trial can be made */
};

static bool make(void *context, uint64_t size, struct lb_trial *ret)
{
	struct table *table = context;
	bool completes = size >= table->need && size != table->never;

	LB_ASSERT(size && size % LB_SIZE_STEP == 0);
	table->made++;
	if (size == table->shy && completes) {
		table->shy = 0;
		completes = false;
	}
	if (size == table->lucky && completes) {
		table->lucky = 0;
		table->never = size;
	}
	ret->end = completes ? LB_TRIAL_COMPLETED : table->end;
	ret->free = completes ? size - table->need + MIB(5) : 0;
	ret->available = ret->free + MIB(1);
	ret->touched = size;
	return !table->broken;
}

static struct lb_measured search(struct table *table, uint64_t at_least, uint64_t at_most)
{
	struct lb_size_search ask = {.at_least = at_least, .at_most = at_most,
		.limit = 4 * at_most, .make = make, .context = table};
	static struct lb_measured measured;

	table->end = table->end ? table->end : LB_TRIAL_OUT_OF_MEMORY;
	CHECK(lb_size_search_run(&ask, &measured) != table->broken);
	return measured;
}

static unsigned int times(const struct lb_measured *measured, uint64_t size, bool completed)
{
	unsigned int count = 0;

	for (size_t i = 0; i < measured->count; i++) {
		count += measured->trials[i].size == size &&
			(measured->trials[i].end == LB_TRIAL_COMPLETED) == completed;
	}
	return count;
}

/* Inside the range, at its ends, below and above it. */
TEST(plan_size_search, whatever_is_needed_is_found_and_shown_from_both_sides)
{
	for (uint64_t need = 8; need <= 400; need += 4) {
		struct table table = {.need = MIB(need)};
		struct lb_measured measured = search(&table, MIB(77), MIB(241));

		CHECK_EQUAL(measured.smallest, MIB(need));
		CHECK_EQUAL(times(&measured, MIB(need), true), 2);
		CHECK(need == 4 || times(&measured, MIB(need - 4), false) >= 1);
		CHECK(measured.steady);
		CHECK_EQUAL(measured.free, MIB(5));
		CHECK_EQUAL(measured.available, MIB(6));
		CHECK_EQUAL(measured.count, table.made);
	}
}

TEST(plan_size_search, few_trials_are_made_where_the_model_is_right)
{
	for (uint64_t need = 80; need <= 240; need += 4) {
		struct table table = {.need = MIB(need)};

		search(&table, MIB(77), MIB(241));
		CHECK(table.made <= 8);
	}
}

/* A size that completed once by luck is not the answer. */
TEST(plan_size_search, what_fails_the_second_time_is_not_the_smallest)
{
	struct table table = {.need = MIB(100), .lucky = MIB(100)};
	struct lb_measured measured = search(&table, MIB(77), MIB(121));

	CHECK_EQUAL(measured.smallest, MIB(104));
	CHECK(!measured.steady);
	CHECK_EQUAL(times(&measured, MIB(104), true), 2);
	table = (struct table){.need = MIB(100), .shy = MIB(100)};
	measured = search(&table, MIB(77), MIB(121));
	CHECK_EQUAL(measured.smallest, MIB(104));
	CHECK_EQUAL(times(&measured, MIB(104), true), 2);
	CHECK_EQUAL(times(&measured, MIB(100), false), 1);
}

/* Larger fails where smaller completes: what is told was seen twice, with a failure right below. */
TEST(plan_size_search, a_hole_in_what_completes_is_not_jumped_over)
{
	for (uint64_t hole = 80; hole <= 120; hole += 4) {
		struct table table = {.need = MIB(80), .never = MIB(hole)};
		struct lb_measured measured = search(&table, MIB(77), MIB(121));

		CHECK(measured.smallest && measured.smallest != MIB(hole));
		CHECK_EQUAL(times(&measured, measured.smallest, true), 2);
		CHECK_EQUAL(times(&measured, measured.smallest - LB_SIZE_STEP, false), 1);
	}
}

TEST(plan_size_search, what_never_completes_gives_a_reason_and_no_figure)
{
	struct table table = {.need = UINT64_MAX, .end = LB_TRIAL_HUNG};
	struct lb_measured measured = search(&table, MIB(77), MIB(121));

	CHECK_EQUAL(measured.smallest, 0);
	CHECK(table.made > 1);
	CHECK(strstr(measured.why, "hung"));
	/* More memory is no help against anything else. */
	table = (struct table){.need = UINT64_MAX, .end = LB_TRIAL_FAILED};
	measured = search(&table, MIB(77), MIB(121));
	CHECK_EQUAL(measured.smallest, 0);
	CHECK_EQUAL(table.made, 1);
	table = (struct table){.need = MIB(80), .broken = true};
	measured = search(&table, MIB(77), MIB(121));
	CHECK_EQUAL(measured.smallest, 0);
}

TEST(plan_size_search, names_lead_back)
{
	enum lb_trial_end end;

	for (int i = 0; i < LB_TRIAL_ENDS; i++) {
		REQUIRE(lb_trial_end_of(lb_trial_end_name((enum lb_trial_end)i), &end));
		CHECK_EQUAL((int)end, i);
	}
	CHECK(!lb_trial_end_of("complete", &end));
}
