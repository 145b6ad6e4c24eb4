/* SPDX-License-Identifier: MIT */
/*
 * json against a reader of RFC 8259 that accepts nothing else: random documents are written, read
 * back, and compared value by value; and the layout against a printer that knows the document
 * before it begins.
 */
#include "tests/harness/test.h"

#include "lifeboat/json.h"
#include "tests/prop/material.h"

#define NODES 40
#define PAGE_BYTES 16384

enum kind { KIND_OBJECT, KIND_ARRAY, KIND_STRING, KIND_UNSIGNED, KIND_HEX, KIND_BOOL, KIND_NULL,
	KINDS };

/* A value; children of objects and arrays follow it, and name it as their parent. */
struct node {
	enum kind kind;
	size_t parent;
	bool line;
	const char *key;
	const char *text;
	uint64_t number;
};

static struct node nodes[NODES];
static size_t node_count;
static char page[PAGE_BYTES];
static size_t page_length;

static void keep(void *context, const char *text, size_t length)
{
	(void)context;
	LB_ASSERT(length < PAGE_BYTES - page_length);
	__builtin_memcpy(page + page_length, text, length);
	page_length += length;
	page[page_length] = 0;
}

/* Texts with everything that needs care, and what a reader must find again. */
static const struct {
	const char *written;
	const char *read;
} texts[] = {{"", ""}, {"a", "a"}, {"two words", "two words"}, {"\"", "\""}, {"\\n", "\\n"},
	{"line\nline\ttab", "line\nline\ttab"}, {"\x01\x1f\x7f", "\x01\x1f\x7f"},
	{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"}, {"\xe2\x82\xac\xf0\x9f\x9b\x9f",
		"\xe2\x82\xac\xf0\x9f\x9b\x9f"},
	{"\xff", "\xef\xbf\xbd"}, {"a\xc3", "a\xef\xbf\xbd"},
	{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, {"/\b\f\r", "/\b\f\r"}};

static const char *const keys[] = {"start", "size", "a \"quoted\" key", "", "\xc3\xa4"};

static bool is_open(size_t node)
{
	return nodes[node].kind == KIND_OBJECT || nodes[node].kind == KIND_ARRAY;
}

static unsigned int depth_of(size_t node)
{
	unsigned int depth = 0;

	for (; node; node = nodes[node].parent) {
		depth++;
	}
	return depth;
}

/* The next value belongs to one of the containers that are still open: the last, or one around. */
static void grow(uint32_t seed)
{
	struct dice dice = {seed};
	size_t open = 0;

	node_count = 1 + roll(&dice, NODES);
	nodes[0] = (struct node){.kind = (enum kind)roll(&dice, 2), .line = roll(&dice, 3) == 0};
	for (size_t i = 1; i < node_count; i++) {
		uint32_t text = roll(&dice, LB_ARRAY_COUNT(texts));
		struct node *node = &nodes[i];

		while (open && !roll(&dice, 4)) {
			open = nodes[open].parent;
		}
		*node = (struct node){.kind = (enum kind)roll(&dice, KINDS), .parent = open,
			.line = roll(&dice, 4) == 0, .key = keys[roll(&dice, LB_ARRAY_COUNT(keys))],
			.text = texts[text].written, .number = text};
		if (node->kind == KIND_UNSIGNED || node->kind == KIND_HEX) {
			node->number = (uint64_t)roll(&dice, 1 << 24) << roll(&dice, 41);
		}
		if (is_open(i) && depth_of(i) + 1 < LB_JSON_DEPTH_MAX) {
			open = i;
		} else if (is_open(i)) {
			node->kind = KIND_NULL;
		}
	}
}

static void write_value(struct lb_json *json, const struct node *node)
{
	switch (node->kind) {
	case KIND_STRING:
		lb_json_string(json, node->text);
		return;
	case KIND_UNSIGNED:
		lb_json_unsigned(json, node->number);
		return;
	case KIND_HEX:
		lb_json_hex(json, node->number);
		return;
	case KIND_BOOL:
		lb_json_bool(json, node->number % 2);
		return;
	case KIND_NULL:
		lb_json_string(json, NULL);
		return;
	default:
		return;
	}
}

/* Depth is bounded by LB_JSON_DEPTH_MAX. */
static void write_node(struct lb_json *json, size_t at)
{
	const struct node *node = &nodes[at];
	enum lb_json_layout layout = node->line ? LB_JSON_LINE : LB_JSON_BLOCK;

	if (!is_open(at)) {
		write_value(json, node);
		return;
	}
	if (node->kind == KIND_OBJECT) {
		lb_json_begin_object(json, layout);
	} else {
		lb_json_begin_array(json, layout);
	}
	for (size_t i = at + 1; i < node_count; i++) {
		if (nodes[i].parent != at) {
			continue;
		}
		CHECK(!lb_json_complete(json));
		if (node->kind == KIND_OBJECT) {
			lb_json_key(json, nodes[i].key);
		}
		write_node(json, i);
	}
	lb_json_end(json);
}

static void write_document(void)
{
	struct lb_json json;

	page_length = 0;
	lb_json_init(&json, (struct lb_sink){keep, NULL});
	CHECK(lb_json_complete(&json));
	write_node(&json, 0);
	CHECK(lb_json_complete(&json));
}

/* The reader. A cursor into the page; false: this is not JSON, or not what was expected. */
static const char *cursor;

static void skip_space(void)
{
	while (*cursor == ' ' || *cursor == '\n' || *cursor == '\t' || *cursor == '\r') {
		cursor++;
	}
}

static bool take(char c)
{
	skip_space();
	cursor += *cursor == c;
	return cursor[-1] == c;
}

static bool take_word(const char *word)
{
	skip_space();
	for (; *word; word++, cursor++) {
		if (*cursor != *word) {
			return false;
		}
	}
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a string, its escape undone; only those below 128 are escaped by number. */
static bool read_character(char *ret)
{
	static const char shorts[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	int value = 0;

	if ((unsigned char)*cursor < 0x20) {
		return false;
	}
	*ret = *cursor++;
	if (*ret != '\\') {
		return true;
	}
	for (size_t i = 0; shorts[i]; i++) {
		if (*cursor == shorts[i]) {
			*ret = meanings[i];
			cursor++;
			return true;
		}
	}
	if (*cursor++ != 'u') {
		return false;
	}
	for (unsigned int i = 0; i < 4; i++) {
		if (hex_digit(*cursor) < 0) {
			return false;
		}
		value = value * 16 + hex_digit(*cursor++);
	}
	*ret = (char)value;
	return value > 0 && value < 0x80;
}

static bool read_string(const char *expected)
{
	if (!take('"')) {
		return false;
	}
	while (*cursor != '"') {
		char c;

		if (!read_character(&c) || c != *expected++) {
			return false;
		}
	}
	cursor++;
	return !*expected;
}

static bool read_number(uint64_t expected)
{
	uint64_t value = 0;
	const char *start;

	skip_space();
	start = cursor;
	while (*cursor >= '0' && *cursor <= '9') {
		value = value * 10 + (uint64_t)(*cursor++ - '0');
	}
	return cursor > start && (*start != '0' || cursor == start + 1) && value == expected;
}

static bool read_hex(uint64_t expected)
{
	uint64_t value = 0;
	const char *start;

	if (!take_word("\"0x")) {
		return false;
	}
	for (start = cursor; hex_digit(*cursor) >= 0; cursor++) {
		value = value << 4 | (uint64_t)hex_digit(*cursor);
	}
	return cursor > start && (*start != '0' || cursor == start + 1) && *cursor++ == '"' &&
		value == expected;
}

static const char *read_text_of(const char *written)
{
	size_t i = 0;

	while (texts[i].written != written) {
		i++;
	}
	return texts[i].read;
}

static bool read_node(size_t at);

static bool read_members(size_t at)
{
	bool object = nodes[at].kind == KIND_OBJECT;
	bool first = true;

	for (size_t i = at + 1; i < node_count; i++) {
		if (nodes[i].parent != at) {
			continue;
		}
		if (!first && !take(',')) {
			return false;
		}
		first = false;
		if (object && (!read_string(nodes[i].key) || !take(':'))) {
			return false;
		}
		if (!read_node(i)) {
			return false;
		}
	}
	return true;
}

static bool read_node(size_t at)
{
	const struct node *node = &nodes[at];

	switch (node->kind) {
	case KIND_OBJECT:
		return take('{') && read_members(at) && take('}');
	case KIND_ARRAY:
		return take('[') && read_members(at) && take(']');
	case KIND_STRING:
		return read_string(read_text_of(node->text));
	case KIND_UNSIGNED:
		return read_number(node->number);
	case KIND_HEX:
		return read_hex(node->number);
	case KIND_BOOL:
		return take_word(node->number % 2 ? "true" : "false");
	default:
		return take_word("null");
	}
}

TEST(json_model, random_documents_are_read_back_value_by_value)
{
	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 3000 : 300); seed++) {
		grow(seed * 2654435761U);
		write_document();
		cursor = page;
		REQUIRE(read_node(0));
		CHECK_TEXT(cursor, "\n");
	}
}

/* The layout, measured in the page: where lines break, and how far each is indented. */
static size_t expected_breaks(size_t at, bool in_line)
{
	size_t members = 0, breaks = 0;

	in_line = in_line || nodes[at].line;
	for (size_t i = at + 1; i < node_count; i++) {
		if (nodes[i].parent == at) {
			members++;
			breaks += is_open(i) ? expected_breaks(i, in_line) : 0;
		}
	}
	return breaks + (in_line || !members ? 0 : members + 1);
}

static void check_indents(void)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < page_length; i++) {
		char c = page[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
			continue;
		}
		quoted = c == '"';
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		if (c == '\n' && page[i + 1]) {
			size_t blanks = 0;
			char next;

			while (page[i + 1 + blanks] == ' ') {
				blanks++;
			}
			next = page[i + 1 + blanks];
			CHECK_EQUAL(blanks % 2, 0);
			CHECK(next != '\n' && next != ' ');
			/* No deeper than what is open; a closing bracket one step less. */
			CHECK(blanks / 2 <= (size_t)depth - (next == '}' || next == ']'));
		}
	}
	CHECK_EQUAL(depth, 0);
	CHECK(!quoted);
}

TEST(json_model, lines_break_where_the_layout_says)
{
	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 1000 : 100); seed++) {
		size_t breaks = 0;

		grow(seed * 40503 + 17);
		write_document();
		for (size_t i = 0; i < page_length; i++) {
			breaks += page[i] == '\n';
		}
		CHECK_EQUAL(breaks, expected_breaks(0, false) + 1);
		check_indents();
	}
}

/* Sixteen levels are the most; each kind of container at the bottom. */
TEST(json_model, sixteen_levels_open_and_close)
{
	for (unsigned int pattern = 0; pattern < 64; pattern++) {
		struct lb_json json;

		page_length = 0;
		lb_json_init(&json, (struct lb_sink){keep, NULL});
		for (unsigned int i = 0; i < LB_JSON_DEPTH_MAX; i++) {
			if (pattern >> i % 6 & 1) {
				lb_json_begin_object(&json, LB_JSON_LINE);
			} else {
				lb_json_begin_array(&json, LB_JSON_BLOCK);
			}
			if (pattern >> i % 6 & 1 && i + 1 < LB_JSON_DEPTH_MAX) {
				lb_json_key(&json, "k");
			}
		}
		for (unsigned int i = 0; i < LB_JSON_DEPTH_MAX; i++) {
			CHECK(!lb_json_complete(&json));
			lb_json_end(&json);
		}
		CHECK(lb_json_complete(&json));
		check_indents();
	}
}

/* Decimals against long division: value / 10^places, every digit, no zero at the end. */
static void check_decimal(uint64_t value, unsigned int places)
{
	char expected[48];
	size_t length = 0, digits = 0;
	uint64_t power = 1;
	struct lb_json json;

	for (unsigned int i = 0; i < places; i++) {
		power *= 10;
	}
	for (uint64_t scale = 10000000000000000000U; scale; scale /= 10) {
		if (value / power >= scale || length || scale == 1) {
			expected[length++] = (char)('0' + value / power / scale % 10);
		}
	}
	expected[length] = '.';
	for (uint64_t scale = power / 10; scale; scale /= 10) {
		expected[length + ++digits] = (char)('0' + value % power / scale % 10);
	}
	while (digits && expected[length + digits] == '0') {
		digits--;
	}
	expected[digits ? length + digits + 1 : length] = 0;
	page_length = 0;
	lb_json_init(&json, (struct lb_sink){keep, NULL});
	lb_json_decimal(&json, value, places);
	CHECK_TEXT(page, expected);
}

TEST(json_model, decimals_are_those_of_long_division)
{
	for (unsigned int places = 0; places <= 18; places++) {
		uint64_t value = 1;

		for (uint64_t i = 0; i < 1200; i += 7) {
			check_decimal(i, places);
		}
		for (unsigned int i = 0; i < 64; i++, value = value * 5 + i) {
			check_decimal(value, places);
			check_decimal(UINT64_C(1) << i, places);
			check_decimal(UINT64_MAX >> i, places);
		}
	}
}

/* Every single byte, and every byte behind a letter, as a string. */
TEST(json_model, every_byte_is_a_valid_string)
{
	for (unsigned int byte = 1; byte < 256; byte++) {
		const char text[] = {'a', (char)byte, 0};
		char expected[8] = {'a', (char)byte, 0};
		struct lb_json json;

		if (byte >= 0x80) {
			__builtin_memcpy(expected + 1, "\xef\xbf\xbd", 4);
		}
		for (size_t from = 0; from < 2; from++) {
			page_length = 0;
			lb_json_init(&json, (struct lb_sink){keep, NULL});
			lb_json_string(&json, text + from);
			cursor = page;
			CHECK(read_string(expected + from));
			CHECK_TEXT(cursor, "");
		}
	}
}
