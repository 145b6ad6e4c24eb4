/* SPDX-License-Identifier: MIT */
/* plan/paint, beside painting byte by byte. */
#include <stdlib.h>
#include <string.h>

#include "plan/paint.h"
#include "tests/harness/test.h"

#define WORLD 6
#define RANGES 3

/* All worlds of three ranges on six bytes. */
TEST(plan_paint, every_byte_has_the_first_range_that_holds_it)
{
	size_t ends = WORLD + 1;
	size_t worlds = 1;

	for (size_t i = 0; i < 2 * RANGES; i++) {
		worlds *= ends;
	}
	for (size_t world = 0; world < worlds; world++) {
		struct lb_range ranges[RANGES];
		size_t expected[WORLD] = {0}, found[WORLD] = {0};
		struct lb_painted *pieces;
		size_t count, rest = world;

		for (size_t i = 0; i < RANGES; i++, rest /= ends * ends) {
			ranges[i] = (struct lb_range){rest % ends, rest / ends % ends};
			ranges[i].end = lb_max(ranges[i].start, ranges[i].end);
		}
		for (size_t i = RANGES; i-- > 0;) {
			for (size_t at = ranges[i].start; at < ranges[i].end; at++) {
				expected[at] = i + 1;
			}
		}
		REQUIRE(!lb_paint(ranges, RANGES, &pieces, &count));
		for (size_t i = 0; i < count; i++) {
			CHECK(!lb_range_empty(pieces[i].range));
			CHECK(!i || pieces[i - 1].range.end <= pieces[i].range.start);
			for (size_t at = pieces[i].range.start; at < pieces[i].range.end; at++) {
				found[at] = pieces[i].by + 1;
			}
		}
		CHECK(!memcmp(expected, found, sizeof(found)));
		free(pieces);
	}
}

TEST(plan_paint, pieces_of_one_range_that_touch_are_one)
{
	const struct lb_range ranges[] = {{4, 6}, {0, 10}, {2, 8}};
	struct lb_painted *pieces;
	size_t count;

	REQUIRE(!lb_paint(ranges, 3, &pieces, &count));
	REQUIRE(count == 3);
	CHECK_EQUAL(pieces[0].range.end, 4);
	CHECK_EQUAL(pieces[1].by, 0);
	CHECK_EQUAL(pieces[2].range.end, 10);
	free(pieces);
	REQUIRE(!lb_paint(NULL, 0, &pieces, &count));
	CHECK_EQUAL(count, 0);
	free(pieces);
}
