/* SPDX-License-Identifier: MIT */
/* plan/options: the words of a kernel command line, as the kernel's early code reads them. */
#include "plan/boot/options.h"

#include <string.h>

#include "tests/harness/test.h"

TEST(plan_options, the_last_value_of_an_option_counts)
{
	uint64_t size = 0;

	REQUIRE(lb_option_find_size("mem=1G quiet mem=512M", "mem", &size));
	CHECK_EQUAL(size, 512 * LB_MIB);
	CHECK(!lb_option_find_size("memmap=1G", "mem", &size));
	CHECK(!lb_option_find_size("mem=", "mem", &size));
	CHECK(!lb_option_find_size("mem=lots", "mem", &size));
}

TEST(plan_options, words_end_at_two_dashes)
{
	CHECK(lb_option_given("ro quiet nokaslr", "nokaslr"));
	CHECK(!lb_option_given("ro -- nokaslr", "nokaslr"));
	CHECK(!lb_option_given("xnokaslr nokaslrx", "nokaslr"));
	CHECK(!lb_option_given(NULL, "nokaslr"));
	CHECK(!lb_option_given("", "nokaslr"));
}

TEST(plan_options, quotes_protect_blanks)
{
	const char *cursor = "a \"b c\" d";
	const char *word;
	size_t length;
	size_t words = 0;

	while (lb_option_next(&cursor, &word, &length)) {
		words++;
		CHECK(length <= 5);
	}
	CHECK_EQUAL(words, 3);
}

TEST(plan_options, sizes_know_bases_and_suffixes)
{
	static const struct {
		const char *text;
		uint64_t value;
		char next;
	} cases[] = {
		{"256M", 256 * LB_MIB, '\0'},
		{"0x10000000", 256 * LB_MIB, '\0'},
		{"010", 8, '\0'},
		{"1g@16M", LB_GIB, '@'},
		{"64k,high", 64 * LB_KIB, ','},
		{"5x", 5, 'x'},
		{"0", 0, '\0'},
		{"1E", UINT64_C(1) << 60, '\0'},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		const char *end;
		uint64_t value;

		REQUIRE(lb_option_size(cases[i].text, &value, &end));
		CHECK_EQUAL(value, cases[i].value);
		CHECK_EQUAL(*end, cases[i].next);
	}
}

TEST(plan_options, crashkernel_values_are_replaced_whole)
{
	struct lb_arena arena = {0};
	const char *values[] = {"512M,high", "72M,low"};

	CHECK_TEXT(lb_option_replace_crashkernel(
			   &arena, "ro crashkernel=1G quiet xcrashkernel=2G", values, 2),
		"ro quiet crashkernel=512M,high crashkernel=72M,low");
	CHECK_TEXT(lb_option_replace_crashkernel(&arena, "", values, 1), "crashkernel=512M,high");
	CHECK_TEXT(lb_option_replace_crashkernel(&arena, "crashkernel=1G", values, 0), "");
	lb_arena_free(&arena);
}

TEST(plan_options, only_what_shapes_memory_is_compared)
{
	CHECK(lb_option_same_memory("ro quiet", "rw nokaslr crashkernel=1G"));
	CHECK(lb_option_same_memory("mem=2G ro", "rw mem=2G"));
	CHECK(!lb_option_same_memory("mem=2G", "mem=1G"));
	CHECK(!lb_option_same_memory("mem=2G", ""));
	CHECK(!lb_option_same_memory("", "memmap=1G$1G"));
	CHECK(!lb_option_same_memory("mem=2G cma=64M", "cma=64M mem=2G"));
}
