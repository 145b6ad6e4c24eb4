/* SPDX-License-Identifier: MIT */
/* utf8: the table of well-formed byte sequences. */
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
