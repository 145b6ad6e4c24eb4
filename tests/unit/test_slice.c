/* SPDX-License-Identifier: MIT */
/* slice: every pair of short texts of two letters against comparisons at each place. */
#include "lifeboat/slice.h"

#include "tests/harness/test.h"

#define LONGEST 5
#define TEXTS (2 << LONGEST) /* bit strings below a leading 1; 0 is left out */

/* The text number `which`: its bits below the highest one, as 'a' and 'b'. */
static size_t write_text(char *text, unsigned int which)
{
	size_t length = 0;

	for (; which > 1; which >>= 1) {
		text[length++] = which & 1 ? 'b' : 'a';
	}
	text[length] = '\0';
	return length;
}

static bool stands_at(const char *text, size_t length, const char *other, size_t other_length,
	size_t at)
{
	for (size_t i = 0; i < other_length; i++) {
		if (at + i >= length || text[at + i] != other[i]) {
			return false;
		}
	}
	return true;
}

static bool agree(const char *text, size_t length, const char *other, size_t other_length)
{
	struct lb_slice slice = {text, length};
	size_t place = 0, found = 99;
	bool begins = stands_at(text, length, other, other_length, 0);

	while (place <= length && !stands_at(text, length, other, other_length, place)) {
		place++;
	}
	return lb_slice_begins(slice, other) == begins &&
		lb_slice_is(slice, other) == (begins && length == other_length) &&
		lb_slice_ends(slice, other) == (length >= other_length &&
			stands_at(text, length, other, other_length, length - other_length)) &&
		lb_slice_find(slice, other, &found) == (place <= length) &&
		found == (place <= length ? place : 99);
}

TEST(slice, comparisons_agree_with_looking_at_each_place)
{
	char text[LONGEST + 2], other[LONGEST + 2];

	for (unsigned int i = 1; i < TEXTS; i++) {
		size_t length = write_text(text, i);

		text[length] = 'a'; /* behind the slice, so that reading on is seen */
		for (unsigned int j = 1; j < TEXTS; j++) {
			size_t other_length = write_text(other, j);

			if (!agree(text, length, other, other_length)) {
				CHECK_TEXT(text, other);
				return;
			}
		}
	}
}

TEST(slice, items_and_separators_make_up_the_list)
{
	char text[LONGEST + 2];

	for (unsigned int i = 1; i < TEXTS; i++) {
		size_t length = write_text(text, i), at = 0, separators = 0, items = 0;
		struct lb_slice list = {text, length}, item;

		for (size_t k = 0; k < length; k++) {
			separators += text[k] == 'b';
		}
		while (lb_slice_next_item(&list, 'b', &item)) {
			CHECK(item.at == text + at);
			at += item.length;
			CHECK(at == length || text[at] == 'b');
			at++;
			items++;
		}
		CHECK_EQUAL(items, separators + 1);
		CHECK_EQUAL(at, length + 1);
		CHECK(!list.at && !list.length);
	}
}

TEST(slice, no_text_has_no_items_and_no_bytes)
{
	struct lb_slice none = lb_slice_of(NULL), item;

	CHECK(!none.at && !none.length);
	CHECK(!lb_slice_next_item(&none, ',', &item));
	CHECK(!lb_slice_first(none));
	CHECK(!lb_slice_take(&none, '\0'));
	CHECK(lb_slice_is(none, ""));
}

TEST(slice, the_front_is_taken_only_if_it_is_there)
{
	struct lb_slice slice = lb_slice_of_at_most("@1", 1);

	CHECK_EQUAL(slice.length, 1);
	CHECK(lb_slice_first(slice) == '@');
	CHECK(!lb_slice_take(&slice, '1'));
	CHECK(lb_slice_take(&slice, '@'));
	CHECK(!lb_slice_take(&slice, '1'));
	CHECK_EQUAL(slice.length, 0);
}
