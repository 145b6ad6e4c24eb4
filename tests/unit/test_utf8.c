/* SPDX-License-Identifier: MIT */
/* utf8: every first byte with every second, the rows of the Unicode table, and what is not seen. */
#include "lifeboat/utf8.h"
#include "tests/harness/test.h"

/* The code point of a sequence that has the right form; the plain definition. */
static unsigned int naive_length(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned int length = 0;
	uint32_t point;

	if (at[0] < 0x80) {
		return 1;
	}
	/* As many leading ones as bytes. */
	while (length < 8 && at[0] & (0x80 >> length)) {
		length++;
	}
	if (length < 2 || length > 4) {
		return 0;
	}
	point = at[0] & (0x7f >> length);
	for (unsigned int i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
		point = point << 6 | (at[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
		return 0;
	}
	return length;
}

TEST(utf8, agrees_with_the_definition)
{
	static const unsigned char tails[][2] = {
		{0x80, 0x80}, {0xbf, 0xbf}, {0x80, 0}, {0, 0}, {0x7f, 0x80}, {0xc0, 0x80},
		{0xbf, 0xc0}};
	unsigned int differ = 0;

	for (unsigned int first = 0; first < 256; first++) {
		for (unsigned int second = 0; second < 256; second++) {
			for (unsigned int i = 0; i < LB_ARRAY_COUNT(tails); i++) {
				unsigned char text[5] = {0, 0, tails[i][0], tails[i][1], 0};

				text[0] = (unsigned char)first;
				text[1] = (unsigned char)second;
				differ += lb_utf8_length((const char *)text) != naive_length(text);
			}
		}
	}
	CHECK_EQUAL(differ, 0);
}

TEST(utf8, stops_at_the_end_of_the_text)
{
	CHECK_EQUAL(lb_utf8_length(""), 1);
	CHECK_EQUAL(lb_utf8_length("\xe2"), 0);
	CHECK_EQUAL(lb_utf8_length("\xe2\x82"), 0);
	CHECK_EQUAL(lb_utf8_length("\xe2\x82\xac"), 3);
	CHECK_EQUAL(lb_utf8_length("\xf0\x9f\x9b"), 0);
}

TEST(utf8, a_code_point_is_what_was_written)
{
	CHECK_EQUAL(lb_utf8_code(""), 0);
	CHECK_EQUAL(lb_utf8_code("a\xcc"), 'a');
	CHECK_EQUAL(lb_utf8_code("\xc2\x80"), 0x80);
	CHECK_EQUAL(lb_utf8_code("\xe2\x80\xae"), 0x202e);
	CHECK_EQUAL(lb_utf8_code("\xf3\xa0\x80\x81"), 0xe0001);
	CHECK_EQUAL(lb_utf8_code("\xf4\x8f\xbf\xbf"), 0x10ffff);
}

TEST(utf8, what_turns_or_hides_text_is_a_control)
{
	static const uint32_t hidden[] = {0, '\n', 0x1b, 0x7f, 0x80, 0x9b, 0xad, 0x61c, 0x180e,
		0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069,
		0x206f, 0xfe0f, 0xfeff, 0xfff9, 0xe0001, 0xe007f};
	static const uint32_t shown[] = {' ', '~', 0xa0, 0xe9, 0x5d0, 0x200a, 0x2010, 0x2027,
		0x202f, 0x2070, 0x20ac, 0x2592, 0xfffd, 0x1f6df, 0xe1000, 0x10ffff};

	for (size_t i = 0; i < LB_ARRAY_COUNT(hidden); i++) {
		CHECK(lb_utf8_is_control(hidden[i]));
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(shown); i++) {
		CHECK(!lb_utf8_is_control(shown[i]));
	}
}
