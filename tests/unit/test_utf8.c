/* SPDX-License-Identifier: MIT */
/* utf8: every first byte with every second, and the rows of the Unicode table. */
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
