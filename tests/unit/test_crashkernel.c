/* SPDX-License-Identifier: MIT */
/* crashkernel: every form of the option, well and badly made, as each version reads it. */
#include "policy/linux/crashkernel.h"

#include "lifeboat/arch.h"
#include "lifeboat/slice.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define CK "crashkernel="
#define RAM (UINT64_C(2047) << 20) /* what the range form is compared with, unless said */

static struct lb_crashkernel_value read_ram(const char *cmdline, uint32_t version, uint64_t ram,
	enum lb_crashkernel_class class_)
{
	return lb_crashkernel_read(cmdline, lb_slice_of(cmdline).length, version, ram, class_);
}

static struct lb_crashkernel_value read_plain(const char *cmdline, uint32_t version)
{
	return read_ram(cmdline, version, RAM, LB_CRASHKERNEL_PLAIN);
}

static const char *message(const struct lb_crashkernel_value *value, uint32_t version)
{
	static char bytes[80];
	struct lb_text text = LB_TEXT(bytes);

	lb_crashkernel_message(value, version, &text);
	return bytes;
}

TEST(crashkernel, a_suffix_alone_was_a_zero_until_7_1)
{
	struct lb_crashkernel_value value = read_plain(CK "M", V(7, 1, 0));

	CHECK(value.result == LB_CRASHKERNEL_OK);
	CHECK_EQUAL(value.size, 0);
	value = read_plain(CK "M", V(7, 2, 0));
	CHECK(value.result == LB_CRASHKERNEL_NO_VALUE);
	CHECK_TEXT(message(&value, V(7, 2, 0)), "crashkernel: memory value expected");
}

/* One plain value of one version: result, size, offset and the message with it. */
struct form {
	const char *value;
	enum lb_crashkernel_result result;
	uint64_t size, offset;
	const char *message;
};

static const struct form simple_forms[] = {
	{"256M", LB_CRASHKERNEL_OK, 256 * LB_MIB, 0, ""},
	{"256M@16M", LB_CRASHKERNEL_OK, 256 * LB_MIB, 16 * LB_MIB, ""},
	{"256M@0", LB_CRASHKERNEL_OK, 256 * LB_MIB, 0, ""},
	{"256M@", LB_CRASHKERNEL_OK, 256 * LB_MIB, 0, ""},
	{"256M@foo", LB_CRASHKERNEL_OK, 256 * LB_MIB, 0, ""},
	{"256M@16Mfoo", LB_CRASHKERNEL_OK, 256 * LB_MIB, 16 * LB_MIB, ""},
	{"256M@16M@32M", LB_CRASHKERNEL_OK, 256 * LB_MIB, 16 * LB_MIB, ""},
	{"256M@16M,foo", LB_CRASHKERNEL_OK, 256 * LB_MIB, 16 * LB_MIB, ""},
	{"0", LB_CRASHKERNEL_OK, 0, 0, ""},
	{"", LB_CRASHKERNEL_NO_VALUE, 0, 0, "crashkernel: memory value expected"},
	{"auto", LB_CRASHKERNEL_NO_VALUE, 0, 0, "crashkernel: memory value expected"},
	{"@16M", LB_CRASHKERNEL_NO_VALUE, 0, 0, "crashkernel: memory value expected"},
	{"-256M", LB_CRASHKERNEL_NO_VALUE, 0, 0, "crashkernel: memory value expected"},
	{"256MB", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: B"},
	{"256M,", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: ,"},
	{"256M,HIGH", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: ,"},
	{"256M;high", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: ;"},
	{"256M\t", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: \t"},
	{"256M\"", LB_CRASHKERNEL_BAD_CHARACTER, 256 * LB_MIB, 0,
		"crashkernel: unrecognized char: \""},
	{"08M", LB_CRASHKERNEL_BAD_CHARACTER, 0, 0, "crashkernel: unrecognized char: 8"},
	{"0x", LB_CRASHKERNEL_BAD_CHARACTER, 0, 0, "crashkernel: unrecognized char: x"},
	{"1M-", LB_CRASHKERNEL_BAD_CHARACTER, LB_MIB, 0, "crashkernel: unrecognized char: -"},
};

/* 2047 MiB of RAM, from 6.0 on compared as 2048. */
static const struct form range_forms[] = {
	{"1G-:64M", LB_CRASHKERNEL_OK, 64 * LB_MIB, 0, ""},
	{"1G-4G:64M", LB_CRASHKERNEL_OK, 64 * LB_MIB, 0, ""},
	{"0-1G:32M,1G-:64M", LB_CRASHKERNEL_OK, 64 * LB_MIB, 0, ""},
	{"1G-:64M,garbage", LB_CRASHKERNEL_OK, 64 * LB_MIB, 0, ""},
	{"1G-:64Mgarbage@16M", LB_CRASHKERNEL_OK, 64 * LB_MIB, 16 * LB_MIB, ""},
	{"1G-:64M,4G-:128M@16M", LB_CRASHKERNEL_OK, 64 * LB_MIB, 16 * LB_MIB, ""},
	{"1G-:64M@16Mfoo", LB_CRASHKERNEL_OK, 64 * LB_MIB, 16 * LB_MIB, ""},
	{"1G-:64M,high", LB_CRASHKERNEL_ABSENT, 0, 0, ""},
	{"4G-:64M", LB_CRASHKERNEL_NOTHING, 0, 0, "crashkernel size resulted in zero bytes"},
	{"1G-:0", LB_CRASHKERNEL_NOTHING, 0, 0, "crashkernel size resulted in zero bytes"},
	{"4G-:64M;1G-:64M", LB_CRASHKERNEL_NOTHING, 0, 0,
		"crashkernel size resulted in zero bytes"},
	{":64M", LB_CRASHKERNEL_NO_RANGE_VALUE, 0, 0, "crashkernel: Memory value expected"},
	{"-8G:64M", LB_CRASHKERNEL_NO_RANGE_VALUE, 0, 0, "crashkernel: Memory value expected"},
	{"4G-x:64M", LB_CRASHKERNEL_NO_RANGE_VALUE, 0, 0, "crashkernel: Memory value expected"},
	{"4G-:64M,", LB_CRASHKERNEL_NO_RANGE_VALUE, 0, 0, "crashkernel: Memory value expected"},
	{"4G-:64M,,1G-:64M", LB_CRASHKERNEL_NO_RANGE_VALUE, 0, 0,
		"crashkernel: Memory value expected"},
	{"256M:512M", LB_CRASHKERNEL_NO_DASH, 0, 0, "crashkernel: '-' expected"},
	{"4G-1G:64M", LB_CRASHKERNEL_END_FIRST, 0, 0, "crashkernel: end <= start"},
	{"1G-1G:64M", LB_CRASHKERNEL_END_FIRST, 0, 0, "crashkernel: end <= start"},
	{"1G-2Gx:64M", LB_CRASHKERNEL_NO_COLON, 0, 0, "crashkernel: ':' expected"},
	{"1G-:3G", LB_CRASHKERNEL_RANGE_SIZE, 0, 0, "crashkernel: invalid size"},
	{"4G-:3G,1G-:64M", LB_CRASHKERNEL_RANGE_SIZE, 0, 0, "crashkernel: invalid size"},
	{"1G-:2048M", LB_CRASHKERNEL_RANGE_SIZE, 0, 0, "crashkernel: invalid size"},
};

static void check_forms(const struct form *forms, size_t count)
{
	static const uint32_t versions[] = {V(5, 10, 0), V(6, 1, 0), V(6, 12, 0), V(7, 3, 0)};
	char cmdline[96];

	for (size_t i = 0; i < count; i++) {
		for (size_t v = 0; v < LB_ARRAY_COUNT(versions); v++) {
			struct lb_text text = LB_TEXT(cmdline);
			struct lb_crashkernel_value value;

			lb_format(&text, "quiet " CK "%s splash", forms[i].value);
			value = read_plain(cmdline, versions[v]);
			CHECK_EQUAL(value.result, forms[i].result);
			CHECK_EQUAL(value.size, forms[i].size);
			CHECK_EQUAL(value.offset, forms[i].offset);
			CHECK_TEXT(message(&value, versions[v]), forms[i].message);
		}
	}
}

TEST(crashkernel, the_simple_form_is_the_same_in_every_version)
{
	check_forms(simple_forms, LB_ARRAY_COUNT(simple_forms));
}

TEST(crashkernel, the_range_form_stops_at_the_first_entry_that_matches_or_is_wrong)
{
	check_forms(range_forms, LB_ARRAY_COUNT(range_forms));
}

TEST(crashkernel, the_range_form_changed_its_words_twice)
{
	struct lb_crashkernel_value value = read_plain(CK "1G-4G:", V(6, 10, 0));

	CHECK_TEXT(message(&value, V(6, 10, 0)), "Memory value expected");
	CHECK_TEXT(message(&value, V(6, 11, 0)), "crashkernel: Memory value expected");
	value = read_plain(CK "1G-:64M@", V(6, 10, 0));
	CHECK_TEXT(message(&value, V(6, 10, 0)), "Memory value expected after '@'");
	CHECK_TEXT(message(&value, V(6, 11, 0)), "crahskernel: Memory value expected after '@'");
	CHECK_TEXT(message(&value, V(6, 17, 0)), "crashkernel: Memory value expected after '@'");
}

TEST(crashkernel, since_6_0_ram_is_rounded_up_before_it_is_compared)
{
	static const char ranges[] = CK "1G-2G:128M,2G-4G:192M";
	struct lb_crashkernel_value value = read_plain(ranges, V(5, 19, 0));

	CHECK_EQUAL(value.size, 128 * LB_MIB);
	CHECK_EQUAL(value.entry, 1);
	CHECK_EQUAL(value.compared_ram, RAM);
	value = read_plain(ranges, V(6, 0, 0));
	CHECK_EQUAL(value.size, 192 * LB_MIB);
	CHECK_EQUAL(value.entry, 2);
	CHECK_EQUAL(value.compared_ram, 2 * LB_GIB);
	value = read_ram(ranges, V(6, 0, 0), 2 * LB_GIB, LB_CRASHKERNEL_PLAIN);
	CHECK_EQUAL(value.compared_ram, 2 * LB_GIB);
	value = read_plain(CK "1G-:2047M", V(5, 19, 0));
	CHECK(value.result == LB_CRASHKERNEL_RANGE_SIZE);
	value = read_plain(CK "1G-:2047M", V(6, 0, 0));
	CHECK(value.result == LB_CRASHKERNEL_OK);
}

TEST(crashkernel, the_last_occurrence_of_each_class_counts)
{
	static const char line[] = CK "64M,high " CK "1G " CK "x,high " CK "2M,low " CK "512M "
		CK "96M,high";

	CHECK_EQUAL(read_plain(line, V(6, 12, 0)).size, 512 * LB_MIB);
	CHECK_EQUAL(read_ram(line, V(6, 12, 0), RAM, LB_CRASHKERNEL_HIGH).size, 96 * LB_MIB);
	CHECK_EQUAL(read_ram(line, V(6, 12, 0), RAM, LB_CRASHKERNEL_LOW).size, 2 * LB_MIB);
	CHECK(read_ram(line, V(6, 17, 0), RAM, LB_CRASHKERNEL_CMA).result ==
		LB_CRASHKERNEL_ABSENT);
}

TEST(crashkernel, an_occurrence_need_not_be_a_word_of_its_own)
{
	CHECK_EQUAL(read_plain("foo" CK "64M", V(6, 12, 0)).size, 64 * LB_MIB);
	CHECK_EQUAL(read_plain("\"" CK "64M", V(6, 12, 0)).size, 64 * LB_MIB);
	CHECK_EQUAL(read_plain(CK CK "64M", V(6, 12, 0)).size, 64 * LB_MIB);
	CHECK(read_plain("crashkernel 64M", V(6, 12, 0)).result == LB_CRASHKERNEL_ABSENT);
	CHECK(read_plain("Crashkernel=64M", V(6, 12, 0)).result == LB_CRASHKERNEL_ABSENT);
}

TEST(crashkernel, cma_is_a_class_since_6_17_and_a_mistake_before)
{
	static const char line[] = CK "128M " CK "512M,cma";
	struct lb_crashkernel_value value = read_plain(line, V(6, 16, 0));

	CHECK(value.result == LB_CRASHKERNEL_BAD_CHARACTER);
	CHECK_TEXT(message(&value, V(6, 16, 0)), "crashkernel: unrecognized char: ,");
	CHECK_EQUAL(read_plain(line, V(6, 17, 0)).size, 128 * LB_MIB);
	CHECK_EQUAL(read_ram(line, V(6, 17, 0), RAM, LB_CRASHKERNEL_CMA).size, 512 * LB_MIB);
	CHECK(read_ram(line, V(6, 16, 0), RAM, LB_CRASHKERNEL_CMA).result ==
		LB_CRASHKERNEL_ABSENT);
}

TEST(crashkernel, suffix_forms_take_a_size_and_nothing_else)
{
	static const struct {
		const char *value;
		enum lb_crashkernel_result result;
		char found;
	} cases[] = {
		{"256M,high", LB_CRASHKERNEL_OK, 0}, {"0,high", LB_CRASHKERNEL_OK, 0},
		{",high", LB_CRASHKERNEL_NO_VALUE, ','}, {"x,high", LB_CRASHKERNEL_NO_VALUE, 'x'},
		{"256M@16M,high", LB_CRASHKERNEL_BAD_CHARACTER, '@'},
		{"1G-4G:192M,high", LB_CRASHKERNEL_BAD_CHARACTER, '-'},
		{"256M,low,high", LB_CRASHKERNEL_BAD_CHARACTER, ','},
		{"256M,high,high", LB_CRASHKERNEL_BAD_CHARACTER, ','},
		{"256M,highx,high", LB_CRASHKERNEL_BAD_CHARACTER, 'x'},
	};
	char cmdline[64];

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_text text = LB_TEXT(cmdline);
		struct lb_crashkernel_value value;

		lb_format(&text, CK "%s", cases[i].value);
		value = read_ram(cmdline, V(6, 12, 0), 0, LB_CRASHKERNEL_HIGH);
		CHECK_EQUAL(value.result, cases[i].result);
		CHECK_EQUAL(value.found, cases[i].found);
		CHECK(read_plain(cmdline, V(6, 12, 0)).result == LB_CRASHKERNEL_ABSENT);
	}
}

TEST(crashkernel, a_mistake_is_shown_where_it_stands)
{
	struct lb_crashkernel_value value = read_plain("quiet " CK "256MB", V(6, 12, 0));

	CHECK_EQUAL(value.token.start, 6);
	CHECK_EQUAL(value.token.value, 18);
	CHECK_EQUAL(value.token.end, 23);
	CHECK_EQUAL(value.position, 22);
	CHECK(value.found == 'B');
}

/* Every text over the alphabet behind "crashkernel=", and again with other bytes behind its end. */
static void check_every_text(uint32_t version, enum lb_crashkernel_class class_)
{
	static const char alphabet[] = "1M@-:, 0";
	enum { LONGEST = 5, LETTERS = sizeof(alphabet) - 1 };
	char line[sizeof(CK) + LONGEST + 8] = CK;
	unsigned int texts = 1;

	for (size_t length = 0; length <= LONGEST; length++, texts *= LETTERS) {
		size_t total = sizeof(CK) - 1 + length;

		for (unsigned int text = 0; text < texts; text++) {
			struct lb_crashkernel_value value, again;
			unsigned int rest = text;

			for (size_t i = 0; i < length; i++, rest /= LETTERS) {
				line[sizeof(CK) - 1 + i] = alphabet[rest % LETTERS];
			}
			__builtin_memset(line + total, 0, sizeof(line) - total);
			value = lb_crashkernel_read(line, total, version, RAM, class_);
			__builtin_memcpy(line + total, "9G:@,h", 6);
			again = lb_crashkernel_read(line, total, version, RAM, class_);
			if (value.position > total || value.token.end > total ||
				value.size != again.size || value.result != again.result ||
				value.offset != again.offset) {
				CHECK_TEXT(line, "a text that is read within its bounds");
				return;
			}
		}
	}
}

TEST(crashkernel, no_text_is_read_past_its_end)
{
	for (int class_ = 0; class_ < LB_CRASHKERNEL_CLASSES; class_++) {
		check_every_text(V(5, 10, 0), (enum lb_crashkernel_class)class_);
		check_every_text(V(7, 3, 0), (enum lb_crashkernel_class)class_);
	}
}
