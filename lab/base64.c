/* SPDX-License-Identifier: MIT */
/* base64: see base64.h. */
#include "lab/base64.h"

#include <string.h>

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

bool lab_base64_decode(const char *text, uint8_t *bytes, size_t capacity, size_t *used)
{
	for (; *text; text += 4) {
		uint32_t value = 0;
		size_t kept = 3;

		for (size_t i = 0; i < 4; i++) {
			bool filler = text[i] == '=' && i >= 2 && (i == 3 || text[3] == '=') &&
				!text[4];
			int six = filler ? 0 : digit(text[i]);

			if (six < 0) {
				return false;
			}
			kept -= filler;
			value = value << 6 | (uint32_t)six;
		}
		if (kept > capacity - *used) {
			return false;
		}
		for (size_t i = 0; i < kept; i++) {
			bytes[(*used)++] = (uint8_t)(value >> (16 - 8 * i));
		}
	}
	return true;
}
