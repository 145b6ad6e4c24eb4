/* SPDX-License-Identifier: MIT */
/* utf8: the table of well-formed byte sequences, and that of characters that are not seen. */
#include "lifeboat/utf8.h"

unsigned int lb_utf8_length(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	unsigned int length;

	if (at[0] < 0x80) {
		return 1;
	}
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		length = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		length = 3;
		low = at[0] == 0xe0 ? 0xa0 : 0x80;
		high = at[0] == 0xed ? 0x9f : 0xbf;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		length = 4;
		low = at[0] == 0xf0 ? 0x90 : 0x80;
		high = at[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (at[1] < low || at[1] > high) {
		return 0;
	}
	for (unsigned int i = 2; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return length;
}

uint32_t lb_utf8_code(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned int length = lb_utf8_length(text);
	uint32_t code;

	LB_ASSERT(length);
	if (length == 1) {
		return at[0];
	}
	code = at[0] & (0x7fu >> length);
	for (unsigned int i = 1; i < length; i++) {
		code = code << 6 | (at[i] & 0x3fu);
	}
	return code;
}

bool lb_utf8_is_control(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0x0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f}, {0x600, 0x605},
		{0x61c, 0x61c}, {0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x890, 0x891}, {0x8e2, 0x8e2},
		{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x110bd, 0x110bd},
		{0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(ranges); i++) {
		if (code <= ranges[i].last) {
			return code >= ranges[i].first;
		}
	}
	return false;
}
