/* SPDX-License-Identifier: MIT */
/* crashkernel: choosing an occurrence of the option, and reading it. */
#include "policy/linux/crashkernel.h"

#include "lifeboat/arch.h"

#define RANGE_ROUNDING (128 * LB_MIB)

static const char option[] = "crashkernel=";
#define OPTION_LENGTH (sizeof(option) - 1)

static const struct {
	const char *text;
	size_t length;
} suffixes[LB_CRASHKERNEL_CLASSES] = {
	[LB_CRASHKERNEL_PLAIN] = {"", 0},
	[LB_CRASHKERNEL_HIGH] = {",high", 5},
	[LB_CRASHKERNEL_LOW] = {",low", 4},
	[LB_CRASHKERNEL_CMA] = {",cma", 4},
};

const char *lb_crashkernel_suffix(enum lb_crashkernel_class class_)
{
	LB_ASSERT((size_t)class_ < LB_CRASHKERNEL_CLASSES);
	return suffixes[class_].text;
}

static bool starts_with(const char *text, size_t length, const char *with, size_t with_length)
{
	if (length < with_length) {
		return false;
	}
	for (size_t i = 0; i < with_length; i++) {
		if (text[i] != with[i]) {
			return false;
		}
	}
	return true;
}

bool lb_crashkernel_next(const char *cmdline, size_t length, size_t *cursor,
	struct lb_crashkernel_token *ret)
{
	for (size_t at = *cursor; at < length; at++) {
		if (cmdline[at] != option[0] ||
			!starts_with(cmdline + at, length - at, option, OPTION_LENGTH)) {
			continue;
		}
		*ret = (struct lb_crashkernel_token){at, at + OPTION_LENGTH, at + OPTION_LENGTH};
		while (ret->end < length && cmdline[ret->end] != ' ') {
			ret->end++;
		}
		*cursor = at + 1;
		return true;
	}
	*cursor = length;
	return false;
}

static bool ends_as(const char *cmdline, const struct lb_crashkernel_token *token,
	enum lb_crashkernel_class class_)
{
	size_t length = suffixes[class_].length;

	return token->end - token->start >= length &&
		starts_with(cmdline + token->end - length, length, suffixes[class_].text, length);
}

enum lb_crashkernel_class lb_crashkernel_class_of(
	const char *cmdline, const struct lb_crashkernel_token *token, uint32_t version)
{
	if (ends_as(cmdline, token, LB_CRASHKERNEL_HIGH)) {
		return LB_CRASHKERNEL_HIGH;
	}
	if (ends_as(cmdline, token, LB_CRASHKERNEL_LOW)) {
		return LB_CRASHKERNEL_LOW;
	}
	if (version >= LB_LINUX(6, 17, 0) && ends_as(cmdline, token, LB_CRASHKERNEL_CMA)) {
		return LB_CRASHKERNEL_CMA;
	}
	return LB_CRASHKERNEL_PLAIN;
}

/* 36 for what is no digit in any base. */
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
	return 36;
}

/* How far a suffix letter shifts; 0: not a suffix. */
static unsigned int suffix_shift(char c)
{
	static const char letters[] = "kmgtpe";

	for (unsigned int i = 0; i < sizeof(letters) - 1; i++) {
		if (c == letters[i] || c == letters[i] - 'a' + 'A') {
			return 10 * (i + 1);
		}
	}
	return 0;
}

struct number {
	uint64_t value;
	size_t length;
	bool wrapped;   /* the digits alone passed 64 bits */
	bool overshift; /* the suffix did */
};

static struct number read_digits(const char *text, size_t length)
{
	struct number number = {0};
	unsigned int base = 10;

	if (length && text[0] == '0') {
		base = 8;
		if (length > 2 && (text[1] == 'x' || text[1] == 'X') && digit_value(text[2]) < 16) {
			base = 16;
			number.length = 2;
		}
	}
	while (number.length < length && digit_value(text[number.length]) < base) {
		uint64_t next;

		if (!lb_mul(number.value, base, &next) ||
			!lb_add(next, digit_value(text[number.length]), &next)) {
			number.wrapped = true;
			next = number.value * base + digit_value(text[number.length]);
		}
		number.value = next;
		number.length++;
	}
	return number;
}

static struct number read_number(const char *text, size_t length, uint32_t version)
{
	struct number number = read_digits(text, length);
	bool strict = version >= LB_LINUX(7, 2, 0);
	unsigned int shift = 0;

	if (strict && number.wrapped) {
		number.value = UINT64_MAX;
	}
	if (number.length < length && (number.length || !strict)) {
		shift = suffix_shift(text[number.length]);
	}
	if (!shift) {
		return number;
	}
	number.length++;
	number.overshift = number.value >> (64 - shift);
	number.value <<= shift;
	if (strict && number.overshift) {
		number.value = UINT64_MAX;
	}
	return number;
}

uint64_t lb_memparse(const char *text, size_t length, uint32_t version, size_t *ret_length)
{
	struct number number = read_number(text, length, version);

	*ret_length = number.length;
	return number.value;
}

bool lb_memparse_overflows(const char *text, size_t length)
{
	struct number number = read_number(text, length, 0);

	return number.wrapped || number.overshift;
}

/* A reader walks the command line behind one "crashkernel="; the parsers below share it. */
struct reader {
	const char *cmdline;
	size_t length;
	size_t at;
	uint32_t version;
};

/* The byte at the cursor, 0 at the end, as the kernel's NUL-terminated string has it. */
static char peek(const struct reader *reader)
{
	return reader->at < reader->length ? reader->cmdline[reader->at] : '\0';
}

static bool take(struct reader *reader, char c)
{
	if (peek(reader) != c) {
		return false;
	}
	reader->at++;
	return true;
}

static bool at_end_of_value(const struct reader *reader)
{
	return peek(reader) == ' ' || !peek(reader);
}

static bool take_number(struct reader *reader, uint64_t *ret)
{
	size_t length;

	*ret = lb_memparse(reader->cmdline + reader->at, reader->length - reader->at,
		reader->version, &length);
	reader->at += length;
	return length;
}

/* SIZE,suffix */
static enum lb_crashkernel_result read_suffix_form(
	struct reader *reader, struct lb_crashkernel_value *value)
{
	const char *suffix = suffixes[value->class_].text;
	size_t suffix_length = suffixes[value->class_].length;

	if (!take_number(reader, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	if (!starts_with(reader->cmdline + reader->at, reader->length - reader->at, suffix,
		suffix_length)) {
		return LB_CRASHKERNEL_BAD_CHARACTER;
	}
	reader->at += suffix_length;
	return at_end_of_value(reader) ? LB_CRASHKERNEL_OK : LB_CRASHKERNEL_BAD_CHARACTER;
}

/* SIZE[@OFFSET]; whatever follows the offset is not looked at, nor is a missing one noticed. */
static enum lb_crashkernel_result read_simple_form(
	struct reader *reader, struct lb_crashkernel_value *value)
{
	if (!take_number(reader, &value->size)) {
		return LB_CRASHKERNEL_NO_VALUE;
	}
	if (take(reader, '@')) {
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
	if (!take(reader, '-')) {
		return LB_CRASHKERNEL_NO_DASH;
	}
	if (peek(reader) != ':') {
		if (!take_number(reader, &end)) {
			return LB_CRASHKERNEL_NO_RANGE_VALUE;
		}
		if (end <= start) {
			return LB_CRASHKERNEL_END_FIRST;
		}
	}
	if (!take(reader, ':')) {
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
		} else if (!take(reader, ',')) {
			break;
		}
	}
	if (!value->size) {
		return LB_CRASHKERNEL_NOTHING;
	}
	while (!at_end_of_value(reader) && peek(reader) != '@') {
		reader->at++;
	}
	if (take(reader, '@') && !take_number(reader, &value->offset)) {
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

static bool has_colon(const char *cmdline, const struct lb_crashkernel_token *token)
{
	for (size_t i = token->value; i < token->end; i++) {
		if (cmdline[i] == ':') {
			return true;
		}
	}
	return false;
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
	struct reader reader = {.cmdline = cmdline, .length = length, .version = version};

	LB_ASSERT((size_t)class_ < LB_CRASHKERNEL_CLASSES);
	if (!find_last(cmdline, length, version, &value)) {
		value.result = LB_CRASHKERNEL_ABSENT;
		return value;
	}
	reader.at = value.token.value;
	if (class_ != LB_CRASHKERNEL_PLAIN) {
		value.result = read_suffix_form(&reader, &value);
	} else if (has_colon(cmdline, &value.token)) {
		value.range_form = true;
		value.compared_ram = compared_ram(version, system_ram);
		value.result = read_range_form(&reader, &value);
	} else {
		value.result = read_simple_form(&reader, &value);
	}
	value.position = reader.at;
	value.found = peek(&reader);
	return value;
}

bool lb_crashkernel_accepted(const struct lb_crashkernel_value *value)
{
	return value->result == LB_CRASHKERNEL_OK || value->result == LB_CRASHKERNEL_NOTHING;
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
