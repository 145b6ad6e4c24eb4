/* SPDX-License-Identifier: MIT */
/* format: what a reader of the text sees, and that the buffer is never left. */
#include "lifeboat/format.h"
#include "tests/harness/test.h"

TEST(format, prints_numbers_as_the_kernel_does)
{
	char line[128];
	struct lb_text text = LB_TEXT(line);

	CHECK(lb_format(&text, "crashkernel reserved: 0x%016llx - 0x%08llx (%lld MB)",
		0x6f000000ULL, 0x17f000000ULL, 256LL));
	CHECK_TEXT(line, "crashkernel reserved: 0x000000006f000000 - 0x17f000000 (256 MB)");
	CHECK_EQUAL(text.length, 63);
}

TEST(format, knows_every_conversion_it_documents)
{
	char line[128];
	struct lb_text text = LB_TEXT(line);

	CHECK(lb_format(&text, "%s|%c|%d|%u|%x|%ld|%lu|%lx|%zu|%llu|%%", "a", 'b', -3, 4U, 0xbcU,
		-5L, 6UL, 0xdefUL, (size_t)7, 18446744073709551615ULL));
	CHECK_TEXT(line, "a|b|-3|4|bc|-5|6|def|7|18446744073709551615|%");
}

TEST(format, pads_on_the_side_that_is_asked)
{
	char line[128];
	struct lb_text text = LB_TEXT(line);

	CHECK(lb_format(&text, "[%5s][%-5s][%5u][%-5u][%05d][%3s][%.2s][%.*s]", "ab", "ab", 12U,
		12U, -12, "abcd", "abcd", 3, "abcd"));
	CHECK_TEXT(line, "[   ab][ab   ][   12][12   ][-0012][abcd][ab][abc]");
}

TEST(format, prints_the_most_negative_number)
{
	char line[32];
	struct lb_text text = LB_TEXT(line);

	CHECK(lb_format(&text, "%lld", -9223372036854775807LL - 1));
	CHECK_TEXT(line, "-9223372036854775808");
}

TEST(format, cuts_off_and_says_so_at_every_capacity)
{
	static const char whole[] = "ab 0012 cd";

	for (size_t capacity = 1; capacity <= sizeof(whole); capacity++) {
		char line[sizeof(whole) + 1];
		struct lb_text text;
		bool fits = capacity == sizeof(whole);

		__builtin_memset(line, 'X', sizeof(line));
		text = lb_text_in(line, capacity);
		CHECK(lb_format(&text, "%s %04u %s", "ab", 12U, "cd") == fits);
		CHECK(text.truncated == !fits);
		CHECK_EQUAL(text.length, capacity - 1);
		CHECK(!__builtin_memcmp(line, whole, capacity - 1) && !line[capacity - 1]);
		CHECK(line[capacity] == 'X');
	}
}

TEST(format, adds_nothing_after_a_cut)
{
	char line[4];
	struct lb_text text = LB_TEXT(line);

	CHECK(!lb_text_put(&text, "abcdef"));
	CHECK(!lb_text_put_char(&text, 'g'));
	CHECK(!lb_text_put(&text, ""));
	CHECK_TEXT(line, "abc");
}
