/* SPDX-License-Identifier: MIT */
/*
 * crashkernel, against a second reader: every short value over the letters that the grammar knows,
 * and every line of a few words, read by a model that tries forms instead of walking states.
 * Written from what the kernels do (lib/cmdline.c; kernel/crash_core.c, kernel/crash_reserve.c).
 */
#include "lifeboat/arch.h"
#include "lifeboat/slice.h"
#include "policy/linux/crashkernel.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define CK "crashkernel="
#define CK_LENGTH (sizeof(CK) - 1)
#define RAM (UINT64_C(2047) << 10) /* small, so that short values reach it */

/* A text and a place in it; reading moves the place. NUL is the end. */
struct pen {
	const char *at;
	uint32_t version;
};

/* Digits of base 8 or 10 and one of "kM"; the letters of these tests need no more. */
static bool model_number(struct pen *pen, uint64_t *ret)
{
	const char *start = pen->at;
	unsigned int base = *start == '0' ? 8 : 10;

	*ret = 0;
	while (*pen->at >= '0' && *pen->at < (char)('0' + base)) {
		*ret = *ret * base + (uint64_t)(*pen->at++ - '0');
	}
	if (*pen->at == 'k' && (pen->at > start || pen->version < V(7, 2, 0))) {
		*ret *= 1024;
		pen->at++;
	}
	return pen->at > start;
}

static bool ends_here(const struct pen *pen)
{
	return !*pen->at || *pen->at == ' ';
}

static enum lb_crashkernel_result model_simple(struct pen *pen, struct lb_crashkernel_value *value)
{
	if (!model_number(pen, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	if (*pen->at == '@') {
		pen->at++;
		model_number(pen, &value->offset);
		return LB_CRASHKERNEL_OK;
	}
	return ends_here(pen) ? LB_CRASHKERNEL_OK : LB_CRASHKERNEL_BAD_CHARACTER;
}

static enum lb_crashkernel_result model_suffix(struct pen *pen, struct lb_crashkernel_value *value)
{
	const char *suffix = lb_crashkernel_suffix(value->class_);
	size_t length = 0;

	if (!model_number(pen, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	while (suffix[length] && pen->at[length] == suffix[length]) {
		length++;
	}
	pen->at += suffix[length] ? 0 : length;
	return !suffix[length] && ends_here(pen) ? LB_CRASHKERNEL_OK :
		LB_CRASHKERNEL_BAD_CHARACTER;
}

/* One entry: what stops it, or OK with its size and whether it matches. */
static enum lb_crashkernel_result model_entry(struct pen *pen, uint64_t ram, uint64_t *ret_size,
	bool *ret_matches)
{
	uint64_t start, end = UINT64_MAX;

	if (!model_number(pen, &start)) {
		return LB_CRASHKERNEL_NO_RANGE_VALUE;
	}
	if (*pen->at++ != '-') {
		pen->at--;
		return LB_CRASHKERNEL_NO_DASH;
	}
	if (*pen->at != ':' && !model_number(pen, &end)) {
		return LB_CRASHKERNEL_NO_RANGE_VALUE;
	}
	if (end <= start) {
		return LB_CRASHKERNEL_END_FIRST;
	}
	if (*pen->at++ != ':') {
		pen->at--;
		return LB_CRASHKERNEL_NO_COLON;
	}
	if (!model_number(pen, ret_size)) {
		return LB_CRASHKERNEL_NO_RANGE_SIZE;
	}
	*ret_matches = start <= ram && ram < end;
	return *ret_size >= ram ? LB_CRASHKERNEL_RANGE_SIZE : LB_CRASHKERNEL_OK;
}

static enum lb_crashkernel_result model_ranges(struct pen *pen, struct lb_crashkernel_value *value)
{
	enum lb_crashkernel_result result;
	uint64_t size;
	bool matches;

	do {
		value->entry++;
		result = model_entry(pen, value->compared_ram, &size, &matches);
		if (result) {
			value->entry = 0;
			return result;
		}
	} while (!matches && *pen->at == ',' && pen->at++);
	value->entry = matches ? value->entry : 0;
	value->size = matches ? size : 0;
	if (!value->size) {
		return LB_CRASHKERNEL_NOTHING;
	}
	while (!ends_here(pen) && *pen->at != '@') {
		pen->at++;
	}
	if (*pen->at != '@') {
		return LB_CRASHKERNEL_OK;
	}
	pen->at++;
	return model_number(pen, &value->offset) ? LB_CRASHKERNEL_OK : LB_CRASHKERNEL_NO_OFFSET;
}

static bool ends_with(const char *start, const char *end, const char *suffix)
{
	const char *last = suffix;

	while (*last) {
		last++;
	}
	while (last > suffix && end > start && end[-1] == last[-1]) {
		end--;
		last--;
	}
	return last == suffix;
}

static enum lb_crashkernel_class model_class(const char *start, const char *end, uint32_t version)
{
	if (ends_with(start, end, ",high")) {
		return LB_CRASHKERNEL_HIGH;
	}
	if (ends_with(start, end, ",low")) {
		return LB_CRASHKERNEL_LOW;
	}
	return version >= V(6, 17, 0) && ends_with(start, end, ",cma") ? LB_CRASHKERNEL_CMA :
		LB_CRASHKERNEL_PLAIN;
}

static const char *end_of_word(const char *at)
{
	while (*at && *at != ' ') {
		at++;
	}
	return at;
}

static bool has_colon(const char *at)
{
	for (; *at && *at != ' '; at++) {
		if (*at == ':') {
			return true;
		}
	}
	return false;
}

static bool begins_with_option(const char *at)
{
	size_t i = 0;

	while (i < CK_LENGTH && at[i] == CK[i]) {
		i++;
	}
	return i == CK_LENGTH;
}

/* From the end of the line backwards, the first occurrence of the class. */
static struct lb_crashkernel_value model(
	const char *line, size_t length, uint32_t version, enum lb_crashkernel_class class_)
{
	struct lb_crashkernel_value value = {.class_ = class_, .result = LB_CRASHKERNEL_ABSENT};
	const char *at = line + length;
	struct pen pen;

	while (at-- > line) {
		const char *text = at + CK_LENGTH;

		if (!begins_with_option(at) ||
			model_class(text, end_of_word(text), version) != class_) {
			continue;
		}
		value.token = (struct lb_crashkernel_token){(size_t)(at - line),
			(size_t)(text - line), (size_t)(end_of_word(text) - line)};
		pen = (struct pen){text, version};
		if (class_ != LB_CRASHKERNEL_PLAIN) {
			value.result = model_suffix(&pen, &value);
		} else if (has_colon(text)) {
			value.range_form = true;
			value.compared_ram = version < V(6, 0, 0) ? RAM : 128 * LB_MIB;
			value.result = model_ranges(&pen, &value);
		} else {
			value.result = model_simple(&pen, &value);
		}
		value.position = (size_t)(pen.at - line);
		value.found = *pen.at;
		return value;
	}
	return value;
}

static bool same_value(const struct lb_crashkernel_value *a, const struct lb_crashkernel_value *b)
{
	bool same_token = a->token.start == b->token.start && a->token.value == b->token.value &&
		a->token.end == b->token.end;

	return a->result == b->result && a->class_ == b->class_ && same_token &&
		a->position == b->position && a->found == b->found && a->size == b->size &&
		a->offset == b->offset && a->range_form == b->range_form &&
		a->entry == b->entry && a->compared_ram == b->compared_ram;
}

static bool agree(const char *line, size_t length, uint32_t version)
{
	for (int i = 0; i < LB_CRASHKERNEL_CLASSES; i++) {
		enum lb_crashkernel_class class_ = (enum lb_crashkernel_class)i;
		struct lb_crashkernel_value found =
			lb_crashkernel_read(line, length, version, RAM, class_);
		struct lb_crashkernel_value wanted = model(line, length, version, class_);

		if (!same_value(&found, &wanted)) {
			CHECK_TEXT(line, "a line that is read as the model reads it");
			CHECK_EQUAL(found.result, wanted.result);
			return false;
		}
	}
	return true;
}

static const uint32_t versions[] = {V(5, 10, 0), V(6, 0, 0), V(6, 17, 0), V(7, 2, 0)};

/* Every text of up to `longest` letters between the given two; false at the first that differs. */
static bool every_text(const char *before, const char *letters, size_t longest, const char *after,
	uint32_t version)
{
	char line[80];
	size_t letter_count = lb_slice_of(letters).length, head = lb_slice_of(before).length;
	size_t tail = lb_slice_of(after).length;
	unsigned int texts = 1;

	__builtin_memcpy(line, before, head);
	for (size_t length = 0; length <= longest; length++) {
		__builtin_memcpy(line + head + length, after, tail + 1);
		for (unsigned int text = 0; text < texts; text++) {
			unsigned int rest = text;

			for (size_t i = 0; i < length; i++, rest /= (unsigned int)letter_count) {
				line[head + i] = letters[rest % letter_count];
			}
			if (!agree(line, head + length + tail, version)) {
				return false;
			}
		}
		texts *= (unsigned int)letter_count;
	}
	return true;
}

TEST(crashkernel_model, every_short_value_is_read_as_modelled)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
		CHECK(every_text(CK, "10k@-:, ", 4, "", versions[i]));
	}
}

/* Values that begin well, so that the far ends of the grammar are reached too. */
TEST(crashkernel_model, every_short_end_of_a_range_list_is_read_as_modelled)
{
	static const char *const heads[] = {CK "1-", CK "1-9:", CK "0-:1", CK "8k-9k:1,1-:1",
		CK "1-2:1,2-3:1,3-", CK "0-2047k:", CK "1-:2047k", CK "2047k-"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(heads); i++) {
		CHECK(every_text(heads[i], "1k@-:,", 4, "", V(5, 10, 0)));
		CHECK(every_text(heads[i], "9@-:,", 4, "", V(7, 2, 0)));
	}
}

TEST(crashkernel_model, every_short_end_of_a_suffix_is_read_as_modelled)
{
	static const char *const ends[] = {",high", ",low", ",cma", ",high x", ",cma,low"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(ends); i++) {
		CHECK(every_text(CK, "1k@:, ", 4, ends[i], V(6, 16, 0)));
		CHECK(every_text(CK, "1k@:, ", 4, ends[i], V(6, 17, 0)));
	}
}

/* Lines of up to four words: which occurrence counts, and where each begins. */
TEST(crashkernel_model, of_several_occurrences_the_one_that_counts_is_the_models)
{
	static const char *const words[] = {CK "1 ", CK "2,high ", CK "3,low ", CK "4,cma ",
		"x" CK "5", CK CK "6 ", CK, "crashkernel ", "quiet,high "};
	const unsigned int count = LB_ARRAY_COUNT(words);
	char line[160];

	for (unsigned int which = 0; which < count * count * count * count; which++) {
		struct lb_text text = LB_TEXT(line);
		unsigned int rest = which;

		for (int i = 0; i < 4; i++, rest /= count) {
			lb_text_put(&text, words[rest % count]);
		}
		REQUIRE(!text.truncated);
		if (!agree(line, text.length, V(6, 16, 0)) ||
			!agree(line, text.length, V(6, 17, 0))) {
			return;
		}
	}
}

/* Whatever is wrong is said once, in one line, and what is right is not spoken of. */
TEST(crashkernel_model, every_result_has_its_line)
{
	static const struct {
		const char *value;
		const char *old, *modern; /* 5.10 and 7.3; NULL: nothing is printed */
	} cases[] = {
		{"1", NULL, NULL},
		{"x", "crashkernel: memory value expected", "crashkernel: memory value expected"},
		{"1x", "crashkernel: unrecognized char: x", "crashkernel: unrecognized char: x"},
		{"x-:1", "crashkernel: Memory value expected",
			"crashkernel: Memory value expected"},
		{"1-x:1", "crashkernel: Memory value expected",
			"crashkernel: Memory value expected"},
		{"1:1", "crashkernel: '-' expected", "crashkernel: '-' expected"},
		{"2-1:1", "crashkernel: end <= start", "crashkernel: end <= start"},
		{"1-2,:", "crashkernel: ':' expected", "crashkernel: ':' expected"},
		{"1-2:x", "Memory value expected", "crashkernel: Memory value expected"},
		/* 9 MiB is more than the 2 MiB of RAM, and less than 128 MiB, to which it is
		 * rounded since 6.0. */
		{"1-2:9M", "crashkernel: invalid size",
			"crashkernel size resulted in zero bytes"},
		{"1-:1@x", "Memory value expected after '@'",
			"crashkernel: Memory value expected after '@'"},
		{"1-2:1", "crashkernel size resulted in zero bytes",
			"crashkernel size resulted in zero bytes"},
	};
	static const uint32_t ends[] = {V(5, 10, 0), V(7, 3, 0)};
	char line[80], said[80];

	for (size_t i = 0; i < 2 * LB_ARRAY_COUNT(cases); i++) {
		const char *wanted = i & 1 ? cases[i / 2].modern : cases[i / 2].old;
		struct lb_text text = LB_TEXT(line), message = LB_TEXT(said);
		struct lb_crashkernel_value value;

		lb_format(&text, CK "%s", cases[i / 2].value);
		value = lb_crashkernel_read(line, text.length, ends[i & 1], RAM,
			LB_CRASHKERNEL_PLAIN);
		CHECK(lb_crashkernel_message(&value, ends[i & 1], &message) == (wanted != NULL));
		CHECK_TEXT(said, wanted ? wanted : "");
	}
}
