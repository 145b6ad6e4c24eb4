/* SPDX-License-Identifier: MIT */
/* policy/linux/cmdline: sizes as memparse reads them, and the ways to look for an option. */
#include "policy/linux/cmdline.h"

#include "lifeboat/arch.h"
#include "tests/harness/test.h"

#define V LB_LINUX

/* The size at the front of the text, and how many bytes it takes. */
static uint64_t memparse(const char *text, uint32_t version, size_t *ret_length)
{
	struct lb_slice rest = lb_slice_of(text);
	size_t before = rest.length;
	uint64_t value = lb_linux_memparse(&rest, version);

	*ret_length = before - rest.length;
	CHECK(rest.at == text + *ret_length);
	return value;
}

TEST(linux_cmdline, sizes_are_read_as_the_kernel_reads_them)
{
	static const struct {
		const char *text;
		uint64_t value;
		size_t length;
	} cases[] = {
		{"0", 0, 1}, {"256M", 256 * LB_MIB, 4}, {"256m", 256 * LB_MIB, 4},
		{"1k", LB_KIB, 2}, {"3G", 3 * LB_GIB, 2}, {"1T", LB_TIB, 2},
		{"1P", LB_TIB << 10, 2}, {"1E", LB_TIB << 20, 2}, {"1Z", 1, 1},
		{"0x10", 16, 4}, {"0X10", 16, 4}, {"0x1E", 30, 4}, {"0xfG", 15 * LB_GIB, 4},
		{"0x", 0, 1}, {"0xg", 0, 1}, {"0x ", 0, 1}, {"010", 8, 3}, {"08", 0, 1},
		{"010M", 8 * LB_MIB, 4}, {"M", 0, 1}, {"e", 0, 1}, {"", 0, 0}, {" 1", 0, 0},
		{"-1", 0, 0}, {"+1", 0, 0}, {"x10", 0, 0}, {"1.5G", 1, 1},
		{"256MB", 256 * LB_MIB, 4}, {"1g@16M", LB_GIB, 2}, {"64k,high", 64 * LB_KIB, 3},
		{"18446744073709551615", UINT64_MAX, 20}, {"0xffffffffffffffff", UINT64_MAX, 18},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		size_t length;

		CHECK_EQUAL(memparse(cases[i].text, V(6, 12, 0), &length), cases[i].value);
		CHECK_EQUAL(length, cases[i].length);
		CHECK(!lb_linux_size_overflows(lb_slice_of(cases[i].text)));
	}
}

TEST(linux_cmdline, sizes_that_are_too_large_wrap_and_since_7_2_saturate)
{
	static const struct {
		const char *text;
		uint64_t wrapped, saturated;
	} cases[] = {
		{"16E", 0, UINT64_MAX},
		{"17E", LB_TIB << 20, UINT64_MAX},
		{"18446744073709551617", 1, UINT64_MAX},
		{"18446744073709551617K", 1024, UINT64_MAX},
		{"0x10000000000000000", 0, UINT64_MAX},
		{"18014398509481984K", 0, UINT64_MAX},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_slice text = lb_slice_of(cases[i].text);
		size_t length;

		CHECK_EQUAL(memparse(cases[i].text, V(7, 1, 9), &length), cases[i].wrapped);
		CHECK_EQUAL(length, text.length);
		CHECK_EQUAL(memparse(cases[i].text, V(7, 2, 0), &length), cases[i].saturated);
		CHECK_EQUAL(length, text.length);
		CHECK(lb_linux_size_overflows(text));
	}
}

TEST(linux_cmdline, the_largest_size_with_a_suffix_is_no_overflow)
{
	size_t length;

	CHECK_EQUAL(memparse("18014398509481983K", V(7, 1, 9), &length), UINT64_MAX - 1023);
	CHECK_EQUAL(memparse("18014398509481983K", V(7, 2, 0), &length), UINT64_MAX - 1023);
}

TEST(linux_cmdline, a_suffix_alone_was_a_size_until_7_1)
{
	size_t length;

	CHECK_EQUAL(memparse("M", V(7, 1, 9), &length), 0);
	CHECK_EQUAL(length, 1);
	CHECK_EQUAL(memparse("M", V(7, 2, 0), &length), 0);
	CHECK_EQUAL(length, 0);
}

/* The four ways, on lines about which they do not agree. The last column is strstr, for
 * crashkernel=, whose tests are in test_crashkernel.c. */
TEST(linux_cmdline, the_ways_to_look_for_an_option_differ)
{
	static const struct {
		const char *line;
		bool option, word, first;
	} cases[] = {
		{"a", true, true, true},
		{"quiet a", true, true, true},
		{"ab", false, false, true},
		{"xa a", true, true, false},
		{"a=1", true, false, true},
		{"b -- a", false, true, true},
		{"\"a\"", true, false, false},
		{"\"b a\"", false, false, true},
		{"\"b a \"", false, true, true},
		{"b=\"a\" a", true, true, false},
		{"b\x01" "a", false, true, false},
		{"b\xa0" "a", true, false, true},
		{"b\ta", true, true, true},
		{"b", false, false, false},
		{"", false, false, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		CHECK(lb_linux_has_option(cases[i].line, "a") == cases[i].option);
		CHECK(lb_linux_has_word(cases[i].line, "a") == cases[i].word);
		CHECK(lb_linux_first_begins_word(cases[i].line, "a") == cases[i].first);
	}
	CHECK(!lb_linux_has_option(NULL, "a"));
	CHECK(!lb_linux_has_word(NULL, "a"));
	CHECK(!lb_linux_first_begins_word(NULL, "a"));
}

TEST(linux_cmdline, the_last_size_of_an_option_counts)
{
	static const struct {
		const char *line;
		bool found;
		uint64_t size;
	} cases[] = {
		{"mem=1G quiet mem=512M", true, 512 * LB_MIB},
		{"mem=1G -- mem=512M", true, LB_GIB},
		{"mem=\"2G\"", true, 2 * LB_GIB},
		{"mem=1Gx", true, LB_GIB},
		{"mem=1G mem=", false, 0},
		{"mem=1G mem", false, 0},
		{"memmap=1G", false, 0},
		{"mem=lots", false, 0},
		{"mem=M", false, 0},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		uint64_t size = 0;

		CHECK(lb_linux_find_size(cases[i].line, "mem", &size) == cases[i].found);
		CHECK_EQUAL(size, cases[i].size);
	}
}
