/* SPDX-License-Identifier: MIT */
/*
 * format against a second one: a conversion is first printed without a width, then given the width
 * by its rules. Every flag, width, length and value together; and every text in every capacity.
 */
#include "tests/harness/test.h"

#include "lifeboat/format.h"
#include "tests/prop/material.h"

static const char *const flags[] = {"", "0", "-", "-0", "0-", "00"};
static const unsigned int widths[] = {0, 1, 2, 5, 11, 20, 25};

/* A text that is put together from both ends. */
struct string {
	char text[128];
	size_t length;
};

static void append(struct string *string, const char *text, size_t length)
{
	__builtin_memcpy(string->text + string->length, text, length);
	string->length += length;
	string->text[string->length] = 0;
}

static void repeat(struct string *string, char c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		append(string, &c, 1);
	}
}

static void print_plain(struct string *string, uint64_t value, unsigned int base)
{
	if (value >= base) {
		print_plain(string, value / base, base);
	}
	append(string, &"0123456789abcdef"[value % base], 1);
}

static bool has(const char *text, char c)
{
	for (; *text; text++) {
		if (*text == c) {
			return true;
		}
	}
	return false;
}

/* C17 7.21.6.1: `-` wins over `0`; zeros come after the sign. */
static struct string model_number(
	const char *flag, size_t width, bool negative, uint64_t magnitude, unsigned int base)
{
	struct string digits = {.length = 0}, result = {.length = 0};
	size_t fill;

	print_plain(&digits, magnitude, base);
	fill = width > digits.length + negative ? width - digits.length - negative : 0;
	if (!has(flag, '-') && !has(flag, '0')) {
		repeat(&result, ' ', fill);
	}
	repeat(&result, '-', negative);
	if (!has(flag, '-') && has(flag, '0')) {
		repeat(&result, '0', fill);
	}
	append(&result, digits.text, digits.length);
	if (has(flag, '-')) {
		repeat(&result, ' ', fill);
	}
	return result;
}

/* "%<flags><width><length><letter>" between two letters. */
static struct string make_format(const char *flag, size_t width, const char *length, char letter)
{
	struct string format = {.length = 0};

	append(&format, "<%", 2);
	append(&format, flag, text_length(flag));
	if (width) {
		print_plain(&format, width, 10);
	}
	append(&format, length, text_length(length));
	append(&format, &letter, 1);
	append(&format, ">", 1);
	return format;
}

static void check_text(const struct lb_text *text, const struct string *inner)
{
	struct string expected = {.length = 0};

	append(&expected, "<", 1);
	append(&expected, inner->text, inner->length);
	append(&expected, ">", 1);
	CHECK_TEXT(text->bytes, expected.text);
	CHECK_EQUAL(text->length, expected.length);
	CHECK(!text->truncated);
}

static const char *const lengths[] = {"", "l", "ll", "z"};

/* The value as each conversion and each length takes it. */
static void check_unsigned(
	const char *flag, size_t width, size_t length, char letter, uint64_t value)
{
	struct string format = make_format(flag, width, lengths[length], letter);
	uint64_t taken = length ? value : (unsigned int)value;
	struct string expected =
		model_number(flag, width, false, taken, letter == 'x' ? 16 : 10);
	char line[96];
	struct lb_text text = LB_TEXT(line);

	if (!length) {
		CHECK(lb_format(&text, format.text, (unsigned int)value));
	} else if (length == 1) {
		CHECK(lb_format(&text, format.text, (unsigned long)value));
	} else if (length == 2) {
		CHECK(lb_format(&text, format.text, (unsigned long long)value));
	} else {
		CHECK(lb_format(&text, format.text, (size_t)value));
	}
	check_text(&text, &expected);
}

static void check_signed(const char *flag, size_t width, size_t length, int64_t value)
{
	struct string format = make_format(flag, width, lengths[length], 'd');
	int64_t taken = length ? value : (int)value;
	uint64_t magnitude = taken < 0 ? 0 - (uint64_t)taken : (uint64_t)taken;
	struct string expected = model_number(flag, width, taken < 0, magnitude, 10);
	char line[96];
	struct lb_text text = LB_TEXT(line);

	if (!length) {
		CHECK(lb_format(&text, format.text, (int)value));
	} else if (length == 1) {
		CHECK(lb_format(&text, format.text, (long)value));
	} else {
		CHECK(lb_format(&text, format.text, (long long)value));
	}
	check_text(&text, &expected);
}

TEST(format_model, every_flag_width_length_and_value)
{
	static const uint64_t values[] = {0, 1, 9, 10, 15, 16, 99, 100, 4095, 65536, INT32_MAX,
		UINT64_C(0x80000000), UINT32_MAX, UINT64_C(0x100000000), INT64_MAX,
		UINT64_C(1) << 63, UINT64_MAX - 9, UINT64_MAX};

	for (size_t f = 0; f < LB_ARRAY_COUNT(flags); f++) {
		for (size_t w = 0; w < LB_ARRAY_COUNT(widths); w++) {
			for (size_t v = 0; v < LB_ARRAY_COUNT(values); v++) {
				for (size_t l = 0; l < 4; l++) {
					check_unsigned(flags[f], widths[w], l, 'u', values[v]);
					check_unsigned(flags[f], widths[w], l, 'x', values[v]);
				}
				for (size_t l = 0; l < 3; l++) {
					check_signed(flags[f], widths[w], l, (int64_t)values[v]);
				}
			}
		}
	}
}

/* Strings with every width on either side and every bound, given as digits or as an argument. */
static void check_string(const char *string, bool left, size_t width, size_t bound)
{
	size_t length = lb_min(text_length(string), bound);
	size_t fill = width > length ? width - length : 0;
	struct string expected = {.length = 0}, format = {.length = 0};
	char line[96];

	repeat(&expected, ' ', left ? 0 : fill);
	append(&expected, string, length);
	repeat(&expected, ' ', left ? fill : 0);
	append(&format, left ? "<%-" : "<%", left ? 3 : 2);
	if (width) {
		print_plain(&format, width, 10);
	}
	for (unsigned int given = 0; given < 2; given++) {
		struct string whole = format;
		struct lb_text text = LB_TEXT(line);

		if (given) {
			append(&whole, ".*s>", 4);
			CHECK(lb_format(&text, whole.text, (int)bound, string));
		} else {
			append(&whole, ".", 1);
			print_plain(&whole, bound, 10);
			append(&whole, "s>", 2);
			CHECK(lb_format(&text, whole.text, string));
		}
		check_text(&text, &expected);
	}
}

TEST(format_model, every_width_and_bound_of_a_string)
{
	static const char *const strings[] = {"", "a", "crash kernel", "%s %d"};

	for (size_t s = 0; s < LB_ARRAY_COUNT(strings); s++) {
		for (size_t width = 0; width < 16; width++) {
			for (size_t bound = 0; bound < 16; bound++) {
				check_string(strings[s], false, width, bound);
				check_string(strings[s], true, width, bound);
			}
		}
	}
}

/* A bounded string need not be terminated. */
TEST(format_model, a_bounded_string_is_not_read_past_its_bound)
{
	static const char letters[4] = {'a', 'b', 'c', 'd'};

	for (int bound = 0; bound <= 4; bound++) {
		char line[16];
		struct lb_text text = LB_TEXT(line);

		CHECK(lb_format(&text, "%.*s", bound, letters));
		CHECK_EQUAL(text.length, bound);
		CHECK(!__builtin_memcmp(line, letters, (size_t)bound));
	}
}

/* One format of everything, in every capacity: a prefix of the whole, terminated, and no more. */
TEST(format_model, every_capacity_gives_a_prefix_and_says_so)
{
	static const char whole[] = "ram [0x00001000-0x00009fff] 100%    node -1 ok";
	char arena[sizeof(whole) + 8];

	for (size_t capacity = 1; capacity <= sizeof(whole) + 2; capacity++) {
		struct lb_text text = lb_text_in(arena, capacity);
		bool fits = capacity >= sizeof(whole);

		__builtin_memset(arena + 1, 0x7e, sizeof(arena) - 1);
		CHECK_EQUAL(lb_format(&text, "%s [0x%08x-0x%08llx] %u%%%8s %d %c%c", "ram", 0x1000u,
				    0x9fffULL, 100u, "node", -1, 'o', 'k'),
			fits);
		CHECK_EQUAL(text.truncated, !fits);
		CHECK_EQUAL(text.length, lb_min(capacity - 1, sizeof(whole) - 1));
		CHECK(!__builtin_memcmp(arena, whole, text.length));
		CHECK_EQUAL(arena[text.length], 0);
		CHECK(bytes_are(arena + lb_max(capacity, text.length + 1),
			sizeof(arena) - lb_max(capacity, text.length + 1), 0x7e));
		/* Nothing more is added once something was cut off. */
		CHECK_EQUAL(lb_text_put(&text, ""), fits);
		CHECK_EQUAL(lb_text_put_bytes(&text, "", 0), fits);
		CHECK_EQUAL(lb_text_put_char(&text, '.') && fits, fits && capacity > sizeof(whole));
	}
}

/* Appending piece by piece is appending at once, wherever the cut falls. */
TEST(format_model, pieces_make_the_same_text_as_the_whole)
{
	static const char words[] = "one two three four five six";

	for (size_t capacity = 1; capacity < 32; capacity++) {
		for (size_t piece = 1; piece <= sizeof(words); piece++) {
			char at_once[32], in_pieces[32];
			struct lb_text one = lb_text_in(at_once, capacity);
			struct lb_text many = lb_text_in(in_pieces, capacity);

			lb_text_put(&one, words);
			for (size_t at = 0; at < sizeof(words) - 1; at += piece) {
				lb_text_put_bytes(&many, words + at,
					lb_min(piece, sizeof(words) - 1 - at));
			}
			CHECK_TEXT(in_pieces, at_once);
			CHECK_EQUAL(many.truncated, one.truncated);
			CHECK_EQUAL(many.length, one.length);
		}
	}
}
