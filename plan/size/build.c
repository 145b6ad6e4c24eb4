/* SPDX-License-Identifier: MIT */
/* build: a list of terms that grows, and sums over it. */
#include "plan/size/build.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t lb_size_plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return lb_add(a, b, &sum) ? sum : UINT64_MAX;
}

uint64_t lb_size_times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return lb_mul(a, b, &product) ? product : UINT64_MAX;
}

void lb_size_add(struct lb_size_build *build, const struct lb_size_term *term,
	const char *formula, ...)
{
	struct lb_size *size = build->size;
	struct lb_size_term *added;
	char text[256];
	va_list arguments;

	if (!term->at_most) {
		return;
	}
	LB_ASSERT(term->at_least <= term->at_most);
	LB_ASSERT(size->term_count < LB_SIZE_TERMS_MAX);
	va_start(arguments, formula);
	vsnprintf(text, sizeof(text), formula, arguments);
	va_end(arguments);
	added = &size->terms[size->term_count++];
	*added = *term;
	added->formula = lb_arena_text(&size->arena, text);
	build->failed |= !added->formula;
}

struct lb_size_sum lb_size_sum_at(const struct lb_size *size, enum lb_size_moment moment)
{
	struct lb_size_sum sum = {0};

	for (size_t i = 0; i < size->term_count; i++) {
		const struct lb_size_term *term = &size->terms[i];

		if (term->moments & (1U << moment)) {
			sum.at_least = lb_size_plus(sum.at_least, term->at_least);
			sum.at_most = lb_size_plus(sum.at_most, term->at_most);
		}
	}
	return sum;
}
