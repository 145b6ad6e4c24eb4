/* SPDX-License-Identifier: MIT */
/* spelling: a number, its unit and a suffix out of what was written. */
#include "policy/linux/spelling.h"

#include "policy/linux/crashkernel.h"

/* More letters than that away from a suffix, another word was meant. */
#define DISTANCE_MAX 2
#define WORD_MAX 8

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint64_t take_digits(struct lb_slice *rest, uint64_t most)
{
	uint64_t number = 0;

	while (is_digit(lb_slice_first(*rest))) {
		number = lb_min(number * 10 + (uint64_t)(rest->at[0] - '0'), most);
		lb_slice_skip(rest, 1);
	}
	return number;
}

/* Thousandths behind a point: 1.5 has 500. */
static unsigned int take_thousandths(struct lb_slice *rest)
{
	unsigned int thousandths = 0;
	unsigned int unit = 100;

	while (is_digit(lb_slice_first(*rest))) {
		thousandths += (unsigned int)(rest->at[0] - '0') * unit;
		unit /= 10;
		lb_slice_skip(rest, 1);
	}
	return thousandths;
}

/* In the order of their size. */
static const char units[] = "kmgt";

/* Appends the number that rest begins with, in whole units. A bare number that is less than any
 * kernel is taken for MiB. */
static void put_size(struct lb_slice *rest, struct lb_text *text)
{
	uint64_t number = take_digits(rest, LB_TIB * LB_KIB);
	unsigned int thousandths = lb_slice_take(rest, '.') ? take_thousandths(rest) : 0;
	char unit = lower(lb_slice_first(*rest));

	for (size_t i = 0; i + 1 < sizeof(units); i++) {
		if (unit != units[i]) {
			continue;
		}
		lb_slice_skip(rest, 1);
		if (i && thousandths) {
			number = number * 1024 + thousandths * 1024u / 1000;
			unit = units[i - 1];
		}
		lb_format(text, "%llu%c", (unsigned long long)number, unit - 'a' + 'A');
		return;
	}
	lb_format(text, number < LB_MIB ? "%lluM" : "%llu", (unsigned long long)number);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t two = a < b ? a : b;

	return two < c ? two : c;
}

/* Of letters counted from 1. */
static bool same(struct lb_slice word, size_t i, struct lb_slice wanted, size_t k)
{
	return lower(word.at[i - 1]) == wanted.at[k - 1];
}

/* Letters to put, drop, change or swap with the next. */
static size_t distance(struct lb_slice word, struct lb_slice wanted)
{
	size_t rows[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= word.length; i++) {
		for (size_t k = 0; k <= wanted.length; k++) {
			if (!i || !k) {
				rows[i][k] = i + k;
				continue;
			}
			rows[i][k] = least(rows[i - 1][k] + 1, rows[i][k - 1] + 1,
				rows[i - 1][k - 1] + !same(word, i, wanted, k));
			if (i > 1 && k > 1 && same(word, i, wanted, k - 1) &&
				same(word, i - 1, wanted, k)) {
				rows[i][k] = least(rows[i][k], rows[i - 2][k - 2] + 1, SIZE_MAX);
			}
		}
	}
	return rows[word.length][wanted.length];
}

/* The suffix that the word behind the comma is near to; "" if there is none. */
static const char *suffix_near(struct lb_slice rest)
{
	const char *nearest = "";
	size_t best = DISTANCE_MAX + 1;
	struct lb_slice word;
	size_t comma;

	if (!lb_slice_find(rest, ",", &comma)) {
		return "";
	}
	word = (struct lb_slice){rest.at + comma + 1, rest.length - comma - 1};
	if (word.length > WORD_MAX) {
		return "";
	}
	for (int i = LB_CRASHKERNEL_HIGH; i < LB_CRASHKERNEL_CLASSES; i++) {
		const char *suffix = lb_crashkernel_suffix((enum lb_crashkernel_class)i);
		size_t away = distance(word, lb_slice_of(suffix + 1));

		if (away < best) {
			best = away;
			nearest = suffix;
		}
	}
	return nearest;
}

/* True if this kernel reads the value as a size, whatever its class. */
static bool accepted(const char *value, uint32_t version, uint64_t system_ram)
{
	char line[sizeof(struct lb_spelling) + sizeof("crashkernel=")];
	struct lb_text text = LB_TEXT(line);

	lb_format(&text, "crashkernel=%s", value);
	for (int i = 0; i < LB_CRASHKERNEL_CLASSES && !text.truncated; i++) {
		struct lb_crashkernel_value read = lb_crashkernel_read(line, text.length, version,
			system_ram, (enum lb_crashkernel_class)i);

		if (read.result == LB_CRASHKERNEL_OK && read.size) {
			return true;
		}
	}
	return false;
}

/* What a proposal is made from, and what has been made. */
struct respelling {
	struct lb_slice value; /* from its first digit on */
	uint32_t version;
	uint64_t system_ram;
	struct lb_spelling *list;
	size_t count;
};

/* Takes the text into the list if this kernel reads it; false if not. */
static bool propose(struct respelling *to, const struct lb_text *text)
{
	struct lb_text next = LB_TEXT(to->list[to->count].text);

	if (text->truncated || !accepted(text->bytes, to->version, to->system_ram) ||
		(to->count && lb_slice_is(lb_slice_of(text->bytes), to->list[0].text))) {
		return false;
	}
	lb_text_put(&next, text->bytes);
	to->count++;
	return true;
}

static void propose_size(struct respelling *to, bool with_suffix)
{
	char bytes[sizeof(struct lb_spelling)];
	struct lb_text text = LB_TEXT(bytes);
	struct lb_slice rest = to->value;

	put_size(&rest, &text);
	if (with_suffix) {
		lb_text_put(&text, suffix_near(rest));
	}
	propose(to, &text);
}

/* Behind the last colon: of a list of ranges, what its last entry wants. */
static struct lb_slice last_entry(struct lb_slice value)
{
	struct lb_slice entry = value;

	while (lb_slice_next_item(&value, ':', &entry)) {
	}
	return entry;
}

size_t lb_crashkernel_respell(struct lb_slice value, uint32_t version, uint64_t system_ram,
	struct lb_spelling ret[LB_SPELLINGS_MAX])
{
	struct respelling to = {last_entry(value), version, system_ram, ret, 0};

	while (to.value.length && !is_digit(to.value.at[0])) {
		lb_slice_skip(&to.value, 1);
	}
	if (to.value.length && !lb_slice_ends(to.value, "%")) {
		propose_size(&to, true);
		propose_size(&to, false);
	}
	return to.count;
}
