/* SPDX-License-Identifier: MIT */
/* compute: the terms, summed, for as much memory as they come to. */
#include "plan/size/compute.h"

#include "plan/size/build.h"

/* The size depends on struct page for itself: less than 2 % of it, so a few rounds do. */
#define ROUNDS_MAX 16

static struct lb_size_sum sum_low(const struct lb_size *size)
{
	struct lb_size_sum low = {0};

	for (size_t i = 0; i < size->term_count; i++) {
		if (size->terms[i].place == LB_PLACE_LOW) {
			low.at_least = lb_size_plus(low.at_least, size->terms[i].at_least);
			low.at_most = lb_size_plus(low.at_most, size->terms[i].at_most);
		}
	}
	return low;
}

static void add_up(struct lb_size *size)
{
	size->total = (struct lb_size_sum){0};
	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		struct lb_size_sum sum = lb_size_sum_at(size, (enum lb_size_moment)moment);

		size->moments[moment] = sum;
		size->total.at_least = lb_max(size->total.at_least, sum.at_least);
		size->total.at_most = lb_max(size->total.at_most, sum.at_most);
	}
	size->low = sum_low(size);
	size->one_piece = size->moments[LB_AT_START].at_least;
}

enum lb_status lb_size_compute(
	struct lb_size *size, const struct lb_size_input *input, enum lb_pool_use pool)
{
	struct lb_size_build build = {
		.input = input,
		.size = size,
		.row = lb_size_row_of(size->arch, size->page_size, size->version),
		.pool = pool,
	};

	size->section = build.row.section;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct lb_size_sum before = build.reserved;

		size->term_count = 0;
		lb_size_list_kernel(&build);
		lb_size_list_programs(&build);
		add_up(size);
		build.reserved = size->total;
		if (before.at_least == size->total.at_least &&
			before.at_most == size->total.at_most) {
			break;
		}
	}
	return build.failed ? LB_NO_STORAGE : LB_OK;
}
