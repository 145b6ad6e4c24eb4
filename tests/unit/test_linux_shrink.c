/* SPDX-License-Identifier: MIT */
/* shrink: what kernels leave of crash kernel memory, as recorded and as their sources say. */
#include "policy/linux/shrink.h"

#include "lifeboat/arch.h"
#include "tests/harness/test.h"

static const struct lb_linux_crash one = {{0x6f000000, 0x7f000000}, {0, 0}};
static const struct lb_linux_crash two = {{0x19f000000, 0x1bf000000}, {0xaf000000, 0xbf000000}};

#define PAGE UINT64_C(4096)

TEST(linux_shrink, memory_goes_from_the_end_of_the_main_region)
{
	struct lb_linux_crash left;

	REQUIRE(lb_linux_shrink(&one, false, PAGE, 64 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(left.main.start, 0x6f000000);
	CHECK_EQUAL(left.main.end, 0x73000000);
	REQUIRE(lb_linux_shrink(&one, true, PAGE, 64 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(left.main.end, 0x73000000);
	CHECK(lb_range_empty(left.low));
}

TEST(linux_shrink, a_size_is_rounded_up_to_pages)
{
	struct lb_linux_crash left;

	REQUIRE(lb_linux_shrink(&one, true, PAGE, LB_MIB + 1, &left) == LB_OK);
	CHECK_EQUAL(lb_range_size(left.main), LB_MIB + PAGE);
	REQUIRE(lb_linux_shrink(&one, true, 64 * LB_KIB, LB_MIB + 1, &left) == LB_OK);
	CHECK_EQUAL(lb_range_size(left.main), LB_MIB + 64 * LB_KIB);
}

TEST(linux_shrink, up_to_6_4_the_low_region_is_not_counted)
{
	struct lb_linux_crash left;

	CHECK(!lb_linux_size_counts_low(LB_LINUX(6, 4, 16)));
	CHECK_EQUAL(lb_linux_crash_size(&two, false), 512 * LB_MIB);
	REQUIRE(lb_linux_shrink(&two, false, PAGE, 100 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(lb_range_size(left.main), 100 * LB_MIB);
	CHECK_EQUAL(left.low.end, 0xbf000000);
	REQUIRE(lb_linux_shrink(&two, false, PAGE, 0, &left) == LB_OK);
	CHECK(lb_range_empty(left.main));
	CHECK_EQUAL(left.low.end, 0xbf000000);
}

TEST(linux_shrink, from_6_5_on_it_is_and_stays_whole)
{
	struct lb_linux_crash left;

	CHECK(lb_linux_size_counts_low(LB_LINUX(6, 5, 0)));
	CHECK_EQUAL(lb_linux_crash_size(&two, true), 768 * LB_MIB);
	REQUIRE(lb_linux_shrink(&two, true, PAGE, 356 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(lb_range_size(left.main), 100 * LB_MIB);
	CHECK_EQUAL(lb_range_size(left.low), 256 * LB_MIB);
	/* The main region is gone, and the low one is it now. */
	REQUIRE(lb_linux_shrink(&two, true, PAGE, 256 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(left.main.start, 0xaf000000);
	CHECK_EQUAL(left.main.end, 0xbf000000);
	CHECK(lb_range_empty(left.low));
	CHECK(lb_linux_shrink(&two, true, PAGE, 256 * LB_MIB - 1, &left) == LB_OK);
	CHECK(lb_linux_shrink(&two, true, PAGE, 256 * LB_MIB - PAGE, &left) == LB_UNSUPPORTED);
}

TEST(linux_shrink, it_does_not_grow)
{
	struct lb_linux_crash left = two;
	struct lb_linux_crash odd = {{0x7f000000, 0x7f0f4240}, {0, 0}};

	CHECK(lb_linux_shrink(&one, true, PAGE, 256 * LB_MIB, &left) == LB_OK);
	CHECK_EQUAL(left.main.end, one.main.end);
	left = two;
	CHECK(lb_linux_shrink(&one, true, PAGE, 256 * LB_MIB + 1, &left) == LB_OUT_OF_RANGE);
	CHECK(lb_linux_shrink(&one, true, PAGE, UINT64_MAX, &left) == LB_OUT_OF_RANGE);
	CHECK_EQUAL(left.main.end, two.main.end);
	/* crashkernel=1000000: no whole pages. */
	CHECK(lb_linux_shrink(&odd, true, PAGE, 1000000, &left) == LB_OK);
	CHECK_EQUAL(left.main.end, odd.main.end);
	CHECK(lb_linux_shrink(&odd, true, PAGE, 999999, &left) == LB_OUT_OF_RANGE);
	CHECK(lb_linux_shrink(&odd, true, PAGE, 999424, &left) == LB_OK);
	CHECK_EQUAL(left.main.end, 0x7f0f4000);
}
