/* SPDX-License-Identifier: MIT */
/* crashkernel: choosing an occurrence of the option, and reading it. */
#include "policy/linux/crashkernel.h"

#include "lifeboat/arch.h"
#include "policy/linux/cmdline.h"

#define RANGE_ROUNDING (128 * LB_MIB)

static const char option[] = "crashkernel=";
#define OPTION_LENGTH (sizeof(option) - 1)

const char *lb_crashkernel_suffix(enum lb_crashkernel_class class_)
{
	static const char *const suffixes[LB_CRASHKERNEL_CLASSES] = {
		[LB_CRASHKERNEL_PLAIN] = "",
		[LB_CRASHKERNEL_HIGH] = ",high",
		[LB_CRASHKERNEL_LOW] = ",low",
		[LB_CRASHKERNEL_CMA] = ",cma",
	};

	LB_ASSERT((size_t)class_ < LB_CRASHKERNEL_CLASSES);
	return suffixes[class_];
}

bool lb_crashkernel_next(const char *cmdline, size_t length, size_t *cursor,
	struct lb_crashkernel_token *ret)
{
	struct lb_slice rest = {cmdline, length}, word;
	size_t skipped;

	lb_slice_skip(&rest, *cursor);
	if (!lb_slice_find(rest, option, &skipped)) {
		*cursor = length;
		return false;
	}
	lb_slice_skip(&rest, skipped);
	*ret = (struct lb_crashkernel_token){.start = *cursor + skipped};
	ret->value = ret->start + OPTION_LENGTH;
	(void)lb_slice_next_item(&rest, ' ', &word);
	ret->end = ret->start + word.length;
	*cursor = ret->start + 1;
	return true;
}

bool lb_crashkernel_begins_word(const char *cmdline, const struct lb_crashkernel_token *token)
{
	return !token->start || lb_cmdline_is_blank(LB_CMDLINE_PLAIN, cmdline[token->start - 1]);
}

static struct lb_slice value_of(const char *cmdline, const struct lb_crashkernel_token *token)
{
	return (struct lb_slice){cmdline + token->value, token->end - token->value};
}

enum lb_crashkernel_class lb_crashkernel_class_of(
	const char *cmdline, const struct lb_crashkernel_token *token, uint32_t version)
{
	struct lb_slice value = value_of(cmdline, token);

	for (int i = LB_CRASHKERNEL_HIGH; i < LB_CRASHKERNEL_CLASSES; i++) {
		enum lb_crashkernel_class class_ = (enum lb_crashkernel_class)i;
		bool known = class_ != LB_CRASHKERNEL_CMA || version >= LB_LINUX(6, 17, 0);

		if (known && lb_slice_ends(value, lb_crashkernel_suffix(class_))) {
			return class_;
		}
	}
	return LB_CRASHKERNEL_PLAIN;
}

/* A reader walks the command line behind one "crashkernel="; the parsers below share it. */
struct reader {
	struct lb_slice rest; /* up to the end of the line, not of the value */
	uint32_t version;
};

static bool at_end_of_value(const struct reader *reader)
{
	return lb_slice_first(reader->rest) == ' ' || !lb_slice_first(reader->rest);
}

static bool take_number(struct reader *reader, uint64_t *ret)
{
	size_t before = reader->rest.length;

	*ret = lb_linux_memparse(&reader->rest, reader->version);
	return reader->rest.length < before;
}

/* SIZE,suffix */
static enum lb_crashkernel_result read_suffix_form(
	struct reader *reader, struct lb_crashkernel_value *value)
{
	const char *suffix = lb_crashkernel_suffix(value->class_);

	if (!take_number(reader, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	if (!lb_slice_begins(reader->rest, suffix)) {
		return LB_CRASHKERNEL_BAD_CHARACTER;
	}
	lb_slice_skip(&reader->rest, lb_slice_of(suffix).length);
	return at_end_of_value(reader) ? LB_CRASHKERNEL_OK : LB_CRASHKERNEL_BAD_CHARACTER;
}

/* SIZE[@OFFSET]; whatever follows the offset is not looked at, nor is a missing one noticed. */
static enum lb_crashkernel_result read_simple_form(
	struct reader *reader, struct lb_crashkernel_value *value)
{
	if (!take_number(reader, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	if (lb_slice_take(&reader->rest, '@')) {
		take_number(reader, &value->offset);
		return LB_CRASHKERNEL_OK;
	}
	return at_end_of_value(reader) ? LB_CRASHKERNEL_OK : LB_CRASHKERNEL_BAD_CHARACTER;
}

/* START-[END]:SIZE. *ret_size is set only for LB_CRASHKERNEL_OK. */
static enum lb_crashkernel_result read_range_entry(struct reader *reader, uint64_t ram,
	uint64_t *ret_size, bool *ret_matches)
{
	uint64_t start, size, end = UINT64_MAX;

	if (!take_number(reader, &start)) {
		return LB_CRASHKERNEL_NO_RANGE_VALUE;
	}
	if (!lb_slice_take(&reader->rest, '-')) {
		return LB_CRASHKERNEL_NO_DASH;
	}
	if (lb_slice_first(reader->rest) != ':') {
		if (!take_number(reader, &end)) {
			return LB_CRASHKERNEL_NO_RANGE_VALUE;
		}
		if (end <= start) {
			return LB_CRASHKERNEL_END_FIRST;
		}
	}
	if (!lb_slice_take(&reader->rest, ':')) {
		return LB_CRASHKERNEL_NO_COLON;
	}
	if (!take_number(reader, &size)) {
		return LB_CRASHKERNEL_NO_RANGE_SIZE;
	}
	if (size >= ram) {
		return LB_CRASHKERNEL_RANGE_SIZE;
	}
	*ret_size = size;
	*ret_matches = ram >= start && ram < end;
	return LB_CRASHKERNEL_OK;
}

/* Entries up to the first that matches; what follows it is skipped up to '@'. */
static enum lb_crashkernel_result read_range_form(
	struct reader *reader, struct lb_crashkernel_value *value)
{
	bool matches = false;

	for (uint32_t entry = 1; !matches; entry++) {
		uint64_t size;
		enum lb_crashkernel_result result =
			read_range_entry(reader, value->compared_ram, &size, &matches);

		if (result) {
			return result;
		}
		if (matches) {
			value->entry = entry;
			value->size = size;
		} else if (!lb_slice_take(&reader->rest, ',')) {
			break;
		}
	}
	if (!value->size) {
		return LB_CRASHKERNEL_NOTHING;
	}
	while (!at_end_of_value(reader) && lb_slice_first(reader->rest) != '@') {
		lb_slice_skip(&reader->rest, 1);
	}
	if (lb_slice_take(&reader->rest, '@') && !take_number(reader, &value->offset)) {
		return LB_CRASHKERNEL_NO_OFFSET;
	}
	return LB_CRASHKERNEL_OK;
}

static bool find_last(const char *cmdline, size_t length, uint32_t version,
	struct lb_crashkernel_value *value)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;
	bool found = false;

	while (lb_crashkernel_next(cmdline, length, &cursor, &token)) {
		if (lb_crashkernel_class_of(cmdline, &token, version) == value->class_) {
			value->token = token;
			found = true;
		}
	}
	return found;
}

static uint64_t compared_ram(uint32_t version, uint64_t system_ram)
{
	uint64_t rounded;

	if (version < LB_LINUX(6, 0, 0) || !lb_align_up(system_ram, RANGE_ROUNDING, &rounded)) {
		return system_ram;
	}
	return rounded;
}

struct lb_crashkernel_value lb_crashkernel_read(const char *cmdline, size_t length,
	uint32_t version, uint64_t system_ram, enum lb_crashkernel_class class_)
{
	struct lb_crashkernel_value value = {.class_ = class_};
	struct reader reader = {{cmdline, length}, version};
	size_t colon;

	LB_ASSERT((size_t)class_ < LB_CRASHKERNEL_CLASSES);
	if (!find_last(cmdline, length, version, &value)) {
		value.result = LB_CRASHKERNEL_ABSENT;
		return value;
	}
	lb_slice_skip(&reader.rest, value.token.value);
	if (class_ != LB_CRASHKERNEL_PLAIN) {
		value.result = read_suffix_form(&reader, &value);
	} else if (lb_slice_find(value_of(cmdline, &value.token), ":", &colon)) {
		value.range_form = true;
		value.compared_ram = compared_ram(version, system_ram);
		value.result = read_range_form(&reader, &value);
	} else {
		value.result = read_simple_form(&reader, &value);
	}
	value.position = length - reader.rest.length;
	value.found = lb_slice_first(reader.rest);
	return value;
}

bool lb_crashkernel_accepted(const struct lb_crashkernel_value *value)
{
	return value->result == LB_CRASHKERNEL_OK || value->result == LB_CRASHKERNEL_NOTHING;
}

bool lb_crashkernel_declines(const struct lb_crashkernel_value *value)
{
	return lb_crashkernel_accepted(value) && !value->size;
}

bool lb_crashkernel_is_unmatched(const struct lb_crashkernel_value *value)
{
	return value->result == LB_CRASHKERNEL_NOTHING && !value->entry;
}

/* The range form's lines without "crashkernel: " in old kernels, misspelt in some. */
static const char *range_prefix(enum lb_crashkernel_result result, uint32_t version)
{
	if (version < LB_LINUX(6, 11, 0)) {
		return "";
	}
	if (result == LB_CRASHKERNEL_NO_OFFSET && version < LB_LINUX(6, 17, 0)) {
		return "crahskernel: ";
	}
	return "crashkernel: ";
}

bool lb_crashkernel_message(
	const struct lb_crashkernel_value *value, uint32_t version, struct lb_text *text)
{
	switch (value->result) {
	case LB_CRASHKERNEL_OK:
	case LB_CRASHKERNEL_ABSENT:
		return false;
	case LB_CRASHKERNEL_NOTHING:
		lb_text_put(text, "crashkernel size resulted in zero bytes");
		break;
	case LB_CRASHKERNEL_NO_VALUE:
		lb_text_put(text, "crashkernel: memory value expected");
		break;
	case LB_CRASHKERNEL_BAD_CHARACTER:
		lb_format(text, "crashkernel: unrecognized char: %c", value->found);
		break;
	case LB_CRASHKERNEL_NO_RANGE_VALUE:
		lb_text_put(text, "crashkernel: Memory value expected");
		break;
	case LB_CRASHKERNEL_NO_DASH:
		lb_text_put(text, "crashkernel: '-' expected");
		break;
	case LB_CRASHKERNEL_END_FIRST:
		lb_text_put(text, "crashkernel: end <= start");
		break;
	case LB_CRASHKERNEL_NO_COLON:
		lb_text_put(text, "crashkernel: ':' expected");
		break;
	case LB_CRASHKERNEL_NO_RANGE_SIZE:
		lb_format(text, "%sMemory value expected", range_prefix(value->result, version));
		break;
	case LB_CRASHKERNEL_RANGE_SIZE:
		lb_text_put(text, "crashkernel: invalid size");
		break;
	case LB_CRASHKERNEL_NO_OFFSET:
		lb_format(text, "%sMemory value expected after '@'",
			range_prefix(value->result, version));
		break;
	}
	return true;
}
