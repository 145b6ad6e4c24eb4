/* SPDX-License-Identifier: MIT */
/* cmdline: every short line over an alphabet, cut by a model that marks bytes. */
#include "lifeboat/cmdline.h"

#include "tests/harness/test.h"

#define LONGEST 7
static const char alphabet[] = "a\"= -";
#define LETTERS (sizeof(alphabet) - 1)

/* The line number `text` of this length; the byte behind it is a trap for readers. */
static void write_line(char *line, size_t length, unsigned int text)
{
	for (size_t i = 0; i < length; i++, text /= LETTERS) {
		line[i] = alphabet[text % LETTERS];
	}
	line[length] = '=';
}

/* What of the line belongs to words: a word begins where the byte before is no part of one. */
struct marks {
	bool in_word[LONGEST + 1];
};

static struct marks mark(const char *line, size_t length, enum lb_cmdline_mode mode)
{
	struct marks marks = {0};
	unsigned int quotes = 0; /* in the word so far */

	for (size_t i = 0; i < length; i++) {
		bool open = mode == LB_CMDLINE_QUOTED && quotes % 2;

		marks.in_word[i] = line[i] != ' ' || open;
		quotes = marks.in_word[i] ? quotes + (line[i] == '"') : 0;
	}
	return marks;
}

static bool words_are_as_marked(const char *line, size_t length, enum lb_cmdline_mode mode)
{
	struct lb_cmdline walk = {{line, length}, mode};
	struct marks marks = mark(line, length, mode);
	struct lb_slice word;
	size_t at = 0;

	while (lb_cmdline_next_word(&walk, &word)) {
		while (at < length && !marks.in_word[at]) {
			at++;
		}
		if (word.at != line + at || !word.length) {
			return false;
		}
		for (size_t i = 0; i < word.length; i++, at++) {
			if (at >= length || !marks.in_word[at]) {
				return false;
			}
		}
		if (marks.in_word[at] || (walk.rest.length && walk.rest.at[0] == ' ')) {
			return false;
		}
	}
	while (at < length && !marks.in_word[at]) {
		at++;
	}
	return at == length && !walk.rest.length;
}

static void check_every_line(enum lb_cmdline_mode mode,
	bool (*holds)(const char *line, size_t length, enum lb_cmdline_mode mode))
{
	char line[LONGEST + 2] = "";
	unsigned int texts = 1;

	for (size_t length = 0; length <= LONGEST; length++, texts *= LETTERS) {
		for (unsigned int text = 0; text < texts; text++) {
			write_line(line, length, text);
			if (!holds(line, length, mode)) {
				line[length] = '\0';
				CHECK_TEXT(line, "a line that is cut as the model cuts it");
				return;
			}
		}
	}
}

TEST(cmdline, words_and_blanks_make_up_every_line)
{
	check_every_line(LB_CMDLINE_PLAIN, words_are_as_marked);
	check_every_line(LB_CMDLINE_QUOTED, words_are_as_marked);
}

/* Takes one pair of quotes off text[*start, *end), or an opening one. */
static void model_unquote(const char *text, size_t *start, size_t *end)
{
	if (*start < *end && text[*start] == '"') {
		(*start)++;
		*end -= *start < *end && text[*end - 1] == '"';
	}
}

static bool is_piece(struct lb_slice slice, const char *line, size_t start, size_t end)
{
	return slice.at == line + start && slice.length == end - start;
}

static bool word_is_cut_as_modelled(const char *line, size_t length, enum lb_cmdline_mode mode)
{
	struct lb_cmdline_option option = lb_cmdline_split(mode, (struct lb_slice){line, length});
	size_t start = 0, end = length, equals;

	if (mode == LB_CMDLINE_QUOTED) {
		model_unquote(line, &start, &end);
	}
	for (equals = start + 1; equals < end && line[equals] != '='; equals++) {
	}
	if (!is_piece(option.word, line, 0, length)) {
		return false;
	}
	if (equals >= end) {
		return is_piece(option.name, line, start, end) && !option.value.at;
	}
	if (!is_piece(option.name, line, start, equals)) {
		return false;
	}
	start = equals + 1;
	if (mode == LB_CMDLINE_QUOTED) {
		model_unquote(line, &start, &end);
	}
	return is_piece(option.value, line, start, end);
}

TEST(cmdline, every_word_is_cut_at_its_first_equals_sign)
{
	check_every_line(LB_CMDLINE_PLAIN, word_is_cut_as_modelled);
	check_every_line(LB_CMDLINE_QUOTED, word_is_cut_as_modelled);
}

/* Options are the words up to the first "--"; the rest is what stands behind it. */
static bool options_end_at_two_dashes(const char *line, size_t length, enum lb_cmdline_mode mode)
{
	struct lb_cmdline words = {{line, length}, mode}, options = words;
	struct lb_cmdline_option option, expected;
	struct lb_slice word;

	while (lb_cmdline_next_word(&words, &word)) {
		expected = lb_cmdline_split(mode, word);
		if (expected.name.length == 2 && expected.name.at[0] == '-' &&
			expected.name.at[1] == '-' && !expected.value.at) {
			break;
		}
		if (!lb_cmdline_next(&options, &option) || option.word.at != word.at ||
			option.word.length != word.length || option.name.at != expected.name.at ||
			option.value.at != expected.value.at) {
			return false;
		}
	}
	return !lb_cmdline_next(&options, &option) && options.rest.length == words.rest.length;
}

TEST(cmdline, options_end_at_a_word_of_two_dashes)
{
	check_every_line(LB_CMDLINE_PLAIN, options_end_at_two_dashes);
	check_every_line(LB_CMDLINE_QUOTED, options_end_at_two_dashes);
}

/* Asking for "a" finds the last option of that name, and changes nothing for who asks. */
static bool the_last_is_found(const char *line, size_t length, enum lb_cmdline_mode mode)
{
	struct lb_cmdline walk = {{line, length}, mode};
	struct lb_cmdline_option option, last = {0}, found = {0};
	bool is_there = lb_cmdline_find(walk, "a", &found);

	while (lb_cmdline_next(&walk, &option)) {
		if (option.name.length == 1 && option.name.at[0] == 'a') {
			last = option;
		}
	}
	return is_there == (last.word.at != NULL) && found.word.at == last.word.at &&
		found.value.at == last.value.at;
}

TEST(cmdline, the_last_option_of_a_name_counts)
{
	check_every_line(LB_CMDLINE_PLAIN, the_last_is_found);
	check_every_line(LB_CMDLINE_QUOTED, the_last_is_found);
}

TEST(cmdline, the_modes_differ_in_blanks)
{
	unsigned int plain = 0, quoted = 0;

	for (unsigned int byte = 0; byte < 256; byte++) {
		plain += lb_cmdline_is_blank(LB_CMDLINE_PLAIN, (char)byte);
		quoted += lb_cmdline_is_blank(LB_CMDLINE_QUOTED, (char)byte);
		CHECK(lb_cmdline_is_blank(LB_CMDLINE_PLAIN, (char)byte) == (byte <= ' '));
	}
	CHECK_EQUAL(plain, 33);
	CHECK_EQUAL(quoted, 7);
	CHECK(lb_cmdline_is_blank(LB_CMDLINE_QUOTED, '\v'));
	CHECK(lb_cmdline_is_blank(LB_CMDLINE_QUOTED, (char)0xa0));
	CHECK(!lb_cmdline_is_blank(LB_CMDLINE_QUOTED, '\x1b'));
}

TEST(cmdline, no_line_has_no_words)
{
	struct lb_cmdline line = {lb_slice_of(NULL), LB_CMDLINE_QUOTED};
	struct lb_cmdline_option option;

	CHECK(!lb_cmdline_next(&line, &option));
	CHECK(!lb_cmdline_find(line, "a", &option));
}
