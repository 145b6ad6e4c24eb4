/* SPDX-License-Identifier: MIT */
/* number: every short text over an alphabet, read by a model in 128 bits. */
#include "lifeboat/number.h"

#include "tests/harness/test.h"

#define LONGEST 6
static const char alphabet[] = "019xXfF";
#define LETTERS (sizeof(alphabet) - 1)

/* What a digit is worth in this base; base itself if it is none. */
static unsigned int worth(char c, unsigned int base)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned int i = 0; i < base; i++) {
		if (c == digits[i] || (i >= 10 && c == digits[i] - 'a' + 'A')) {
			return i;
		}
	}
	return base;
}

/* The longest of the three forms that fits; value may be of any size. */
static size_t model(const char *text, size_t length, unsigned __int128 *ret)
{
	bool prefix = length > 2 && text[0] == '0' && worth(text[1], 16) == 16 &&
		(text[1] | 0x20) == 'x' && worth(text[2], 16) < 16;
	unsigned int base = prefix ? 16 : length && text[0] == '0' ? 8 : 10;
	size_t at = prefix ? 2 : 0;

	for (*ret = 0; at < length && worth(text[at], base) < base; at++) {
		*ret = *ret * base + worth(text[at], base);
	}
	return at;
}

static bool read_as_modelled(const char *text, size_t length)
{
	struct lb_number number = lb_number_at((struct lb_slice){text, length});
	unsigned __int128 value;
	size_t used = model(text, length, &value);

	return number.length == used && number.value == (uint64_t)value &&
		number.overflowed == (value > UINT64_MAX);
}

TEST(number, every_short_text_is_read_as_modelled)
{
	char text[LONGEST + 2] = "";
	unsigned int texts = 1;

	for (size_t length = 0; length <= LONGEST; length++, texts *= LETTERS) {
		for (unsigned int which = 0; which < texts; which++) {
			unsigned int rest = which;

			for (size_t i = 0; i < length; i++, rest /= LETTERS) {
				text[i] = alphabet[rest % LETTERS];
			}
			text[length] = '1';
			if (!read_as_modelled(text, length)) {
				text[length] = '\0';
				CHECK_TEXT(text, "a number that is read as the model reads it");
				return;
			}
		}
	}
}

/* Around 2^64 in each base: the last that fits, the first that does not, and far beyond. */
TEST(number, what_does_not_fit_in_64_bits_is_said)
{
	static const struct {
		const char *text;
		uint64_t value;
		bool overflowed;
	} cases[] = {
		{"18446744073709551615", UINT64_MAX, false},
		{"18446744073709551616", 0, true},
		{"18446744073709551617", 1, true},
		{"0xffffffffffffffff", UINT64_MAX, false},
		{"0x10000000000000000", 0, true},
		{"0x1000000000000000000000000f", 15, true},
		{"01777777777777777777777", UINT64_MAX, false},
		{"02000000000000000000000", 0, true},
		{"000000000000000000000000000000000000001", 1, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_number number = lb_number_at(lb_slice_of(cases[i].text));

		CHECK_EQUAL(number.value, cases[i].value);
		CHECK(number.overflowed == cases[i].overflowed);
		CHECK_EQUAL(number.length, lb_slice_of(cases[i].text).length);
	}
}

TEST(number, six_letters_in_two_cases_are_suffixes)
{
	static const char letters[] = "KMGTPE";
	unsigned int suffixes = 0;

	for (unsigned int byte = 0; byte < 256; byte++) {
		suffixes += lb_suffix_shift((char)byte) != 0;
	}
	CHECK_EQUAL(suffixes, 12);
	for (unsigned int i = 0; letters[i]; i++) {
		CHECK_EQUAL(lb_suffix_shift(letters[i]), 10 * (i + 1));
		CHECK_EQUAL(lb_suffix_shift((char)(letters[i] | 0x20)), 10 * (i + 1));
	}
}

TEST(number, a_size_is_all_of_its_text)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{"0", 0}, {"256M", 256 * LB_MIB}, {"256m", 256 * LB_MIB}, {"0x10k", 16 * LB_KIB},
		{"010", 8}, {"1T", LB_TIB}, {"1P", LB_TIB << 10}, {"15E", UINT64_C(15) << 60},
		{"0x1E", 30}, {"18446744073709551615", UINT64_MAX},
		{"16383P", UINT64_C(16383) << 50},
	};
	static const char *const bad[] = {"", "M", "x", "0x", "08", "1 ", " 1", "-1", "1KK", "1KB",
		"1.5G", "16E", "16384P", "18446744073709551616", "18014398509481984K", "1Z"};
	uint64_t value;

	for (size_t i = 0; i < LB_ARRAY_COUNT(good); i++) {
		value = 99;
		CHECK(lb_size_parse(lb_slice_of(good[i].text), &value));
		CHECK_EQUAL(value, good[i].value);
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(bad); i++) {
		value = 99;
		CHECK(!lb_size_parse(lb_slice_of(bad[i]), &value));
		CHECK_EQUAL(value, 99);
	}
}

TEST(number, a_number_ends_with_its_slice)
{
	CHECK_EQUAL(lb_number_at((struct lb_slice){"256", 2}).value, 25);
	CHECK_EQUAL(lb_number_at((struct lb_slice){"0x10", 2}).length, 1);
	CHECK_EQUAL(lb_number_at((struct lb_slice){0}).length, 0);
}
