/* SPDX-License-Identifier: MIT */
/* number: see lifeboat/number.h. */
#include "lifeboat/number.h"

#define NO_DIGIT 16

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned int)(c - '0');
	}
	if (c >= 'a' && c <= 'f') {
		return (unsigned int)(c - 'a') + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return (unsigned int)(c - 'A') + 10;
	}
	return NO_DIGIT;
}

/* The base that the front of the text announces; *ret_length: bytes that only announce it. */
static unsigned int base_of(struct lb_slice text, size_t *ret_length)
{
	*ret_length = 0;
	if (!lb_slice_begins(text, "0")) {
		return 10;
	}
	if (text.length > 2 && (text.at[1] == 'x' || text.at[1] == 'X') &&
		digit_value(text.at[2]) < 16) {
		*ret_length = 2;
		return 16;
	}
	return 8;
}

struct lb_number lb_number_at(struct lb_slice text)
{
	struct lb_number number = {0};
	unsigned int base = base_of(text, &number.length);

	for (; number.length < text.length; number.length++) {
		unsigned int digit = digit_value(text.at[number.length]);
		uint64_t next;

		if (digit >= base) {
			break;
		}
		if (!lb_mul(number.value, base, &next) || !lb_add(next, digit, &next)) {
			number.overflowed = true;
			next = number.value * base + digit;
		}
		number.value = next;
	}
	return number;
}

unsigned int lb_suffix_shift(char c)
{
	static const char letters[] = "kmgtpe";

	for (unsigned int i = 0; letters[i]; i++) {
		if (c == letters[i] || c == letters[i] - 'a' + 'A') {
			return 10 * (i + 1);
		}
	}
	return 0;
}

bool lb_size_parse(struct lb_slice text, uint64_t *ret)
{
	struct lb_number number = lb_number_at(text);
	unsigned int shift;
	uint64_t value;

	if (!number.length || number.overflowed) {
		return false;
	}
	lb_slice_skip(&text, number.length);
	shift = lb_suffix_shift(lb_slice_first(text));
	lb_slice_skip(&text, shift != 0);
	if (text.length || !lb_mul(number.value, UINT64_C(1) << shift, &value)) {
		return false;
	}
	*ret = value;
	return true;
}
