/* SPDX-License-Identifier: MIT */
/*
 * kaslr_cmdline: splits a command line as Linux's early code does, without copying or changing
 * it, and reads the options of policy/linux/kaslr_cmdline.h from it. Numbers wrap as they do there.
 */
#include "policy/linux/kaslr_cmdline.h"

#include "lifeboat/arch.h"

/* What the decompressor copies of the line: COMMAND_LINE_SIZE - 1 (asm/setup.h, x86). */
#define DECOMPRESSOR_LINE_MAX 2047

/* A piece of the line: at[0] .. at[length - 1]. */
struct text {
	const char *at;
	size_t length;
};

/* One option: name, and the value behind the first '='. */
struct option {
	struct text name;
	struct text value;
	bool has_value;
};

/* lib/ctype.c counts the Latin-1 no-break space as white space. */
static bool is_space(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0;
}

static size_t text_length(const char *text, size_t max)
{
	size_t length = 0;

	while (length < max && text[length]) {
		length++;
	}
	return length;
}

static bool text_is(struct text text, const char *other)
{
	size_t i;

	for (i = 0; i < text.length; i++) {
		if (!other[i] || other[i] != text.at[i]) {
			return false;
		}
	}
	return !other[i];
}

static bool text_begins(struct text text, const char *prefix)
{
	size_t i;

	for (i = 0; prefix[i]; i++) {
		if (i == text.length || text.at[i] != prefix[i]) {
			return false;
		}
	}
	return true;
}

static void skip(struct text *text, size_t count)
{
	text->at += count;
	text->length -= count;
}

static void skip_spaces(struct text *text)
{
	while (text->length && is_space(text->at[0])) {
		skip(text, 1);
	}
}

/* The word at the front of a line that does not begin with white space; consumed with the
 * white space behind it. */
static struct text next_word(struct text *line)
{
	bool quoted = false;
	struct text word = *line;
	size_t i;

	for (i = 0; i < line->length; i++) {
		if (is_space(line->at[i]) && !quoted) {
			break;
		}
		if (line->at[i] == '"') {
			quoted = !quoted;
		}
	}
	word.length = i;
	skip(line, i);
	skip_spaces(line);
	return word;
}

static bool next_option(struct text *line, struct option *ret)
{
	struct text word;
	bool quoted;
	size_t equals = 1;

	if (!line->length) {
		return false;
	}
	word = next_word(line);
	quoted = word.at[0] == '"';
	if (quoted) {
		skip(&word, 1);
		if (word.length && word.at[word.length - 1] == '"') {
			word.length--;
		}
	}
	/* A '=' in front is part of the name. */
	while (equals < word.length && word.at[equals] != '=') {
		equals++;
	}
	*ret = (struct option){.name = word};
	if (equals >= word.length) {
		return true;
	}
	ret->has_value = true;
	ret->name.length = equals;
	ret->value = word;
	skip(&ret->value, equals + 1);
	if (ret->value.length && ret->value.at[0] == '"') {
		skip(&ret->value, 1);
		if (ret->value.length && ret->value.at[ret->value.length - 1] == '"') {
			ret->value.length--;
		}
	}
	return true;
}

static bool is_line_end(const struct option *option)
{
	return !option->has_value && text_is(option->name, "--");
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned int)(c - '0');
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : UINT_MAX;
}

/* simple_strtoull with base 0. Consumes what it read: nothing, where there is no digit. */
static uint64_t read_number(struct text *text)
{
	unsigned int base = 10;
	uint64_t value = 0;

	if (text->length && text->at[0] == '0') {
		base = 8;
		if (text->length > 2 && (text->at[1] | 0x20) == 'x' &&
			digit_value(text->at[2]) < 16) {
			base = 16;
			skip(text, 2);
		}
	}
	while (text->length && digit_value(text->at[0]) < base) {
		value = value * base + digit_value(text->at[0]);
		skip(text, 1);
	}
	return value;
}

/* memparse: a number and one of K M G T P E. */
static uint64_t read_size(struct text *text)
{
	static const char suffixes[] = "kmgtpe";
	uint64_t value = read_number(text);
	unsigned int i;

	for (i = 0; text->length && suffixes[i]; i++) {
		if ((text->at[0] | 0x20) == suffixes[i]) {
			skip(text, 1);
			return value << 10 * (i + 1);
		}
	}
	return value;
}

/* Cuts the list at its first comma; false when nothing is left. */
static bool next_item(struct text *list, bool *more, struct text *ret)
{
	size_t i = 0;

	if (!*more) {
		return false;
	}
	while (i < list->length && list->at[i] != ',') {
		i++;
	}
	*ret = (struct text){list->at, i};
	*more = i < list->length;
	skip(list, *more ? i + 1 : i);
	return true;
}

#define EFI_MEMORY_SP (UINT64_C(1) << 18)

/* efi_fake_mem=SIZE@START:ATTRIBUTES counts only where it makes memory soft-reserved. */
static bool read_fake_mem(struct text item, uint64_t *start)
{
	*start = read_size(&item);
	if (!item.length || item.at[0] != ':') {
		return false;
	}
	skip(&item, 1);
	return read_number(&item) & EFI_MEMORY_SP;
}

/* One item of memmap= or efi_fake_mem=. False: the rest of the list is not read. */
static bool read_memmap_item(struct text item, bool fake, uint64_t *start, uint64_t *size)
{
	size_t before = item.length;

	*start = 0;
	if (text_begins(item, "exactmap")) {
		return false;
	}
	*size = read_size(&item);
	if (item.length == before) {
		return false;
	}
	if (!item.length) {
		return true;
	}
	switch (item.at[0]) {
	case '#':
	case '$':
	case '!':
		skip(&item, 1);
		*start = read_size(&item);
		return true;
	case '@':
		skip(&item, 1);
		if (!fake || !read_fake_mem(item, start)) {
			*start = 0;
			*size = 0;
		}
		return true;
	default:
		return true;
	}
}

static void read_memmap(struct lb_kaslr_options *options, struct text list, bool fake)
{
	bool more = true;
	struct text item;
	uint64_t start, size;

	if (options->avoid_count == LB_KASLR_MEMMAP_MAX) {
		return;
	}
	while (options->avoid_count < LB_KASLR_MEMMAP_MAX && next_item(&list, &more, &item)) {
		if (!read_memmap_item(item, fake, &start, &size)) {
			return;
		}
		if (!start) {
			options->limit = size ? lb_min(options->limit, size) : options->limit;
			continue;
		}
		options->avoid[options->avoid_count].start = start;
		if (!lb_add(start, size, &options->avoid[options->avoid_count].end)) {
			options->avoid[options->avoid_count].end = LB_PHYS_ADDR_MAX;
		}
		options->avoid_count++;
	}
	options->too_many |= options->avoid_count == LB_KASLR_MEMMAP_MAX && more;
}

/* kstrtoull in 7.2: the whole value is one number, or the option is ignored. */
static bool is_whole_number(struct text value)
{
	size_t before = value.length;

	(void)read_number(&value);
	return value.length < before && !value.length;
}

static void read_huge_pages(struct lb_kaslr_options *options, const struct option *option,
	uint32_t version, bool *armed)
{
	struct text value = option->value;

	if (!option->has_value) {
		return;
	}
	if (text_is(option->name, "hugepagesz")) {
		*armed = read_size(&value) == LB_GIB;
	} else if (text_is(option->name, "hugepages") && *armed) {
		/* Strict in 7.2, loose in 6.12; nothing in between was seen. */
		if (version < LB_LINUX(6, 13, 0) || is_whole_number(value)) {
			options->huge_pages = read_number(&value);
		}
	}
}

/* False: the rest of the line is not read. */
static bool read_mem(struct lb_kaslr_options *options, const struct option *option)
{
	struct text value = option->value;
	uint64_t size;

	if (!option->has_value || text_is(value, "nopentium")) {
		return true;
	}
	size = read_size(&value);
	if (!size) {
		return false;
	}
	options->limit = lb_min(options->limit, size);
	return true;
}

struct lb_kaslr_options lb_kaslr_read_decompressor_options(const char *cmdline, uint32_t version)
{
	struct lb_kaslr_options options = {.limit = UINT64_MAX};
	struct text line = {cmdline, 0};
	struct option option;
	bool armed = false;

	if (!cmdline) {
		return options;
	}
	options.nokaslr = lb_kaslr_word(cmdline, "nokaslr");
	line.length = text_length(cmdline, DECOMPRESSOR_LINE_MAX);
	skip_spaces(&line);
	while (next_option(&line, &option) && !is_line_end(&option)) {
		if (text_is(option.name, "memmap") && option.has_value) {
			read_memmap(&options, option.value, false);
		} else if (text_is(option.name, "mem")) {
			if (!read_mem(&options, &option)) {
				break;
			}
		} else if (text_is(option.name, "efi_fake_mem") && option.has_value &&
			   version < LB_LINUX(6, 11, 0)) {
			read_memmap(&options, option.value, true);
		} else {
			read_huge_pages(&options, &option, version, &armed);
		}
	}
	return options;
}

/* arch/x86/boot/cmdline.c: whatever is not above a blank separates words. */
static bool is_separator(char c)
{
	return (unsigned char)c <= ' ';
}

bool lb_kaslr_word(const char *cmdline, const char *word)
{
	const char *at = cmdline;
	size_t length = text_length(word, SIZE_MAX);

	while (at && *at) {
		struct text rest = {at, 0};

		while (*at && !is_separator(*at)) {
			at++;
		}
		rest.length = (size_t)(at - rest.at);
		if (rest.length == length && text_is(rest, word)) {
			return true;
		}
		at += *at != '\0';
	}
	return false;
}

static bool stub_list(const char *cmdline, const char *name, const char *item)
{
	struct text line = {cmdline, cmdline ? text_length(cmdline, SIZE_MAX) : 0};
	struct option option;
	struct text piece;
	bool more;

	skip_spaces(&line);
	while (next_option(&line, &option) && !is_line_end(&option)) {
		if (!text_is(option.name, name)) {
			continue;
		}
		if (!item) {
			return true;
		}
		more = option.has_value;
		while (next_item(&option.value, &more, &piece)) {
			if (text_is(piece, item)) {
				return true;
			}
		}
	}
	return false;
}

bool lb_kaslr_stub_option(const char *cmdline, const char *name)
{
	return stub_list(cmdline, name, NULL);
}

bool lb_kaslr_stub_list_option(const char *cmdline, const char *name, const char *item)
{
	return stub_list(cmdline, name, item);
}

/* The first occurrence of name in the line, if it begins a word. */
static bool first_occurrence_is_word(const char *cmdline, const char *name)
{
	struct text rest = {cmdline, text_length(cmdline, SIZE_MAX)};

	while (rest.length) {
		if (text_begins(rest, name)) {
			return rest.at == cmdline || is_space(rest.at[-1]);
		}
		skip(&rest, 1);
	}
	return false;
}

bool lb_kaslr_stub_memory_option(const char *cmdline, uint32_t version)
{
	return cmdline && (first_occurrence_is_word(cmdline, "mem=") ||
		first_occurrence_is_word(cmdline, "memmap=") ||
		first_occurrence_is_word(cmdline, "hugepages=") ||
		(version < LB_LINUX(6, 11, 0) &&
			first_occurrence_is_word(cmdline, "efi_fake_mem=")));
}
