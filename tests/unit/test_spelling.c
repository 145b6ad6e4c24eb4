/* SPDX-License-Identifier: MIT */
/* spelling: what people write instead of what the kernel reads. */
#include "policy/linux/spelling.h"

#include "policy/linux/linux.h"
#include "tests/harness/test.h"

/* The proposals, with blanks between. */
static const char *near(const char *value, uint32_t version)
{
	static char bytes[512];
	struct lb_text text = LB_TEXT(bytes);
	struct lb_spelling list[LB_SPELLINGS_MAX];
	size_t count =
		lb_crashkernel_respell(lb_slice_of(value), version, 8 * LB_GIB, list);

	CHECK(count <= LB_SPELLINGS_MAX);
	for (size_t i = 0; i < count; i++) {
		lb_format(&text, "%s%s", i ? " " : "", list[i].text);
	}
	return bytes;
}

TEST(spelling, a_size_is_found_in_what_stands_around_it)
{
	static const struct {
		const char *written, *near;
	} rows[] = {
		{"512MB", "512M"},
		{"512MiB", "512M"},
		{"512mb", "512M"},
		{"=256M", "256M"},
		{"\"256M\"", "256M"},
		{"-256M", "256M"},
		{"1.5G", "1536M"},
		{"0.25g", "256M"},
		{"256", "256M"},
		{"1048575", "1048575M"},
		{"1048576", "1048576"},
		{"1G-2G", "1G"},
		{"auto", ""},
		{"", ""},
		{"20%", ""},
		{"0M", ""},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		CHECK_TEXT(near(rows[i].written, LB_LINUX(6, 12, 0)), rows[i].near);
	}
}

TEST(spelling, a_suffix_is_known_by_most_of_its_letters)
{
	CHECK_TEXT(near("256M,hgih", LB_LINUX(6, 12, 0)), "256M,high 256M");
	CHECK_TEXT(near("256M,HIGH", LB_LINUX(6, 12, 0)), "256M,high 256M");
	CHECK_TEXT(near("512MB,high", LB_LINUX(6, 12, 0)), "512M,high 512M");
	CHECK_TEXT(near("256M,hi", LB_LINUX(6, 12, 0)), "256M,high 256M");
	CHECK_TEXT(near("256M,ihhg", LB_LINUX(6, 12, 0)), "256M,high 256M");
	CHECK_TEXT(near("256M,wlo", LB_LINUX(6, 12, 0)), "256M,low 256M");
	CHECK_TEXT(near("256M,upper", LB_LINUX(6, 12, 0)), "256M");
	CHECK_TEXT(near("256M,somewhere", LB_LINUX(6, 12, 0)), "256M");
}

/* `,cma` is a malformed plain value before 6.17. */
TEST(spelling, only_what_the_version_reads_is_proposed)
{
	CHECK_TEXT(near("256M,cm", LB_LINUX(7, 3, 0)), "256M,cma 256M");
	CHECK_TEXT(near("256M,CMA.0", LB_LINUX(7, 3, 0)), "256M,cma 256M");
	CHECK_TEXT(near("256M,cm", LB_LINUX(6, 12, 0)), "256M");
}

TEST(spelling, of_a_list_the_last_size_is_taken)
{
	CHECK_TEXT(near("1G-2G:128M,4G-:", LB_LINUX(6, 12, 0)), "");
	CHECK_TEXT(near("1G-2G:128M,4G", LB_LINUX(6, 12, 0)), "128M");
	CHECK_TEXT(near("1G-2G:128M,4G-1G:512MB", LB_LINUX(6, 12, 0)), "512M");
}

TEST(spelling, no_length_is_too_long)
{
	char value[400];

	__builtin_memset(value, '9', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	near(value, LB_LINUX(6, 12, 0));
	value[100] = ',';
	value[2] = ':';
	near(value, LB_LINUX(6, 12, 0));
}
