/* SPDX-License-Identifier: MIT */
/*
 * fdt against models: every short sequence of tokens against the grammar of the specification
 * (5.4), random trees that a writer of its own put down in blocks of any order, and numbers read
 * byte by byte. Blobs end where a static array ends, so that AddressSanitizer sees a byte too far.
 */
#include "tests/harness/test.h"

#include "lifeboat/fdt.h"
#include "tests/prop/material.h"

#define BLOB_MAX 4096
#define HEADER 40
#define NODES_MAX 12
#define PROPERTIES_MAX 24
#define VALUE_MAX 9

static uint8_t arena[BLOB_MAX];

/* What the writer puts down; `out` grows from the start of a scratch block. */
struct block {
	uint8_t bytes[2048];
	uint32_t size;
};

static void put_cell(struct block *block, uint32_t value)
{
	for (unsigned int shift = 32; shift;) {
		shift -= 8;
		block->bytes[block->size++] = (uint8_t)(value >> shift);
	}
}

static void put_bytes(struct block *block, const void *data, uint32_t length)
{
	__builtin_memcpy(block->bytes + block->size, data, length);
	for (block->size += length; block->size % 4; block->size++) {
		block->bytes[block->size] = 0;
	}
}

/* The NUL included. */
static uint32_t text_bytes(const char *text)
{
	return (uint32_t)text_length(text) + 1;
}

/* Where the three blocks lie; garbage of a few bytes stands between them. */
struct layout {
	unsigned int order; /* 0 to 5: which block comes first, second, third */
	uint32_t gap;       /* bytes, a multiple of 8 */
	uint32_t version;
};

enum { BLOCK_RESERVATIONS, BLOCK_STRUCTURE, BLOCK_STRINGS, BLOCKS };

/* Joins the blocks into a blob at the end of the arena. */
static const uint8_t *assemble(
	const struct block blocks[BLOCKS], struct layout layout, uint32_t *ret_size)
{
	static const uint8_t orders[6][BLOCKS] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	uint32_t start[BLOCKS];
	uint32_t size = HEADER;
	uint8_t *blob;

	for (unsigned int i = 0; i < BLOCKS; i++) {
		unsigned int which = orders[layout.order][i];

		size = (size + layout.gap + 7) & ~7U;
		start[which] = size;
		size += blocks[which].size;
	}
	blob = arena + sizeof(arena) - size;
	__builtin_memset(blob, 0xee, size);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		__builtin_memcpy(blob + start[i], blocks[i].bytes, blocks[i].size);
	}
	put_big(blob, 4, 0xd00dfeed);
	put_big(blob + 4, 4, size);
	put_big(blob + 8, 4, start[BLOCK_STRUCTURE]);
	put_big(blob + 12, 4, start[BLOCK_STRINGS]);
	put_big(blob + 16, 4, start[BLOCK_RESERVATIONS]);
	put_big(blob + 20, 4, layout.version);
	put_big(blob + 24, 4, 16);
	put_big(blob + 28, 4, 0);
	put_big(blob + 32, 4, blocks[BLOCK_STRINGS].size);
	put_big(blob + 36, 4, layout.version < 17 ? 0xffffffff : blocks[BLOCK_STRUCTURE].size);
	*ret_size = size;
	return blob;
}

static struct block blocks[BLOCKS];

static void no_reservations(void)
{
	__builtin_memset(blocks, 0, sizeof(blocks));
	blocks[BLOCK_RESERVATIONS].size = 16;
}

/* Sequences of tokens. A letter is a token, as put down by put_token. */
#define ALPHABET "bepnfx"
#define SEQUENCE_MAX (__STDC_HOSTED__ ? 6 : 5)

static void put_token(char letter)
{
	struct block *structure = &blocks[BLOCK_STRUCTURE];

	switch (letter) {
	case 'b':
		put_cell(structure, 1);
		put_bytes(structure, "node", 5);
		return;
	case 'e':
		put_cell(structure, 2);
		return;
	case 'p':
		put_cell(structure, 3);
		put_cell(structure, 3);
		put_cell(structure, 0);
		put_bytes(structure, "val", 3);
		return;
	case 'n':
		put_cell(structure, 4);
		return;
	case 'f':
		put_cell(structure, 9);
		return;
	default:
		put_cell(structure, 5);
	}
}

/* The grammar, by recursive descent over the letters. A parse ends at the first letter that
 * nothing allows; false then. */
static bool parse_node(const char *letters, size_t *at)
{
	if (letters[*at] != 'b') {
		return false;
	}
	++*at;
	while (letters[*at] == 'p' || letters[*at] == 'n') {
		++*at;
	}
	for (;;) {
		while (letters[*at] == 'n') {
			++*at;
		}
		if (letters[*at] == 'e') {
			++*at;
			return true;
		}
		if (!parse_node(letters, at)) {
			return false;
		}
	}
}

static bool parse_tree(const char *letters, size_t *at)
{
	while (letters[*at] == 'n') {
		++*at;
	}
	if (!parse_node(letters, at)) {
		return false;
	}
	while (letters[*at] == 'n') {
		++*at;
	}
	return letters[*at] == 'f';
}

static void check_sequence(const char *letters, size_t count)
{
	uint32_t offsets[8];
	size_t end = 0;
	bool tree = parse_tree(letters, &end);
	size_t offset = SIZE_MAX;
	enum lb_status status;
	struct lb_fdt fdt;
	uint32_t size;
	const uint8_t *blob;

	no_reservations();
	put_bytes(&blocks[BLOCK_STRINGS], "name", 5);
	for (size_t i = 0; i < count; i++) {
		offsets[i] = blocks[BLOCK_STRUCTURE].size;
		put_token(letters[i]);
	}
	offsets[count] = blocks[BLOCK_STRUCTURE].size;
	blob = assemble(blocks, (struct layout){.version = 17, .order = 2}, &size);
	status = lb_fdt_open(&fdt, blob, size, &offset);
	CHECK_EQUAL(status, tree ? LB_OK : end < count ? LB_INVALID : LB_TRUNCATED);
	if (!tree) {
		CHECK_EQUAL(offset, HEADER + offsets[end]);
	}
}

TEST(fdt_model, every_short_sequence_of_tokens_is_judged_by_the_grammar)
{
	static const char alphabet[] = ALPHABET;
	char letters[8] = {0};

	for (size_t count = 0; count <= SEQUENCE_MAX; count++) {
		size_t digits[8] = {0};
		size_t at = 0;

		while (at <= count) {
			for (size_t i = 0; i < count; i++) {
				letters[i] = alphabet[digits[i]];
			}
			check_sequence(letters, count);
			for (at = 0; at < count && ++digits[at] == sizeof(alphabet) - 1; at++) {
				digits[at] = 0;
			}
			at += at == count;
		}
	}
}

TEST(fdt_model, sixty_four_levels_are_read_and_sixty_five_are_not)
{
	for (unsigned int depth = 60; depth <= 66; depth++) {
		struct lb_fdt fdt;
		size_t offset = 0;
		uint32_t size;
		const uint8_t *blob;

		no_reservations();
		for (unsigned int i = 0; i < depth; i++) {
			put_cell(&blocks[BLOCK_STRUCTURE], 1);
			put_cell(&blocks[BLOCK_STRUCTURE], 0);
		}
		for (unsigned int i = 0; i < depth; i++) {
			put_cell(&blocks[BLOCK_STRUCTURE], 2);
		}
		put_cell(&blocks[BLOCK_STRUCTURE], 9);
		blob = assemble(blocks, (struct layout){.version = 17}, &size);
		CHECK_EQUAL(lb_fdt_open(&fdt, blob, size, &offset),
			depth <= 64 ? LB_OK : LB_INVALID);
		if (depth > 64) {
			CHECK_EQUAL(offset, HEADER + 16 + 64 * 8);
		}
	}
}

/* A random tree, before it is written. Node 0 is the root; children come after their parent. */
struct model_property {
	size_t node;
	const char *name;
	uint8_t value[VALUE_MAX];
	uint32_t length;
};

static struct {
	size_t nodes;
	size_t parent[NODES_MAX];
	const char *name[NODES_MAX];
	size_t properties;
	struct model_property property[PROPERTIES_MAX];
	struct lb_range reservations[4];
	uint32_t reservation_count;
} tree;

static const char *const node_names[] = {"cpu", "cpu@1", "memory@40000000", "memory", "mem",
	"reserved-memory", "a", "cpu@"};
static const char *const property_names[] = {"reg", "#size-cells", "no-map", "x", "re"};

static struct dice dice;

static void grow_tree(uint32_t seed)
{
	dice.state = seed;
	__builtin_memset(&tree, 0, sizeof(tree));
	tree.nodes = 1 + roll(&dice, NODES_MAX);
	tree.name[0] = "";
	for (size_t i = 1; i < tree.nodes; i++) {
		tree.parent[i] = roll(&dice, (uint32_t)i);
		tree.name[i] = node_names[roll(&dice, LB_ARRAY_COUNT(node_names))];
	}
	tree.properties = roll(&dice, PROPERTIES_MAX);
	for (size_t i = 0; i < tree.properties; i++) {
		struct model_property *property = &tree.property[i];

		property->node = roll(&dice, (uint32_t)tree.nodes);
		property->name = property_names[roll(&dice, LB_ARRAY_COUNT(property_names))];
		property->length = roll(&dice, VALUE_MAX + 1);
		for (uint32_t b = 0; b < property->length; b++) {
			property->value[b] = (uint8_t)roll(&dice, 256);
		}
	}
	tree.reservation_count = roll(&dice, 4);
	for (uint32_t i = 0; i < tree.reservation_count; i++) {
		tree.reservations[i].start = (uint64_t)roll(&dice, 1 << 20) << 30;
		tree.reservations[i].end = tree.reservations[i].start + roll(&dice, 1 << 20) + 1;
	}
}

static void maybe_nop(void)
{
	if (!roll(&dice, 3)) {
		put_cell(&blocks[BLOCK_STRUCTURE], 4);
	}
}

/* The offset of the name in the strings block, where each name stands once. */
static uint32_t string_offset(const char *name)
{
	struct block *strings = &blocks[BLOCK_STRINGS];
	uint32_t at = 0;

	while (at < strings->size) {
		const char *there = (const char *)strings->bytes + at;

		if (text_same(there, name)) {
			return at;
		}
		at += text_bytes(there);
	}
	__builtin_memcpy(strings->bytes + at, name, text_bytes(name));
	strings->size += text_bytes(name);
	return at;
}

/* Depth is bounded by the number of nodes. */
static void write_node(size_t node)
{
	struct block *structure = &blocks[BLOCK_STRUCTURE];

	maybe_nop();
	put_cell(structure, 1);
	put_bytes(structure, tree.name[node], text_bytes(tree.name[node]));
	for (size_t i = 0; i < tree.properties; i++) {
		const struct model_property *property = &tree.property[i];

		if (property->node == node) {
			maybe_nop();
			put_cell(structure, 3);
			put_cell(structure, property->length);
			put_cell(structure, string_offset(property->name));
			put_bytes(structure, property->value, property->length);
		}
	}
	for (size_t i = 1; i < tree.nodes; i++) {
		if (tree.parent[i] == node) {
			write_node(i);
		}
	}
	maybe_nop();
	put_cell(structure, 2);
}

static const uint8_t *write_tree(struct layout layout, uint32_t *ret_size)
{
	struct block *reservations = &blocks[BLOCK_RESERVATIONS];

	__builtin_memset(blocks, 0, sizeof(blocks));
	for (uint32_t i = 0; i < tree.reservation_count; i++) {
		struct lb_range range = tree.reservations[i];

		put_cell(reservations, (uint32_t)(range.start >> 32));
		put_cell(reservations, (uint32_t)range.start);
		put_cell(reservations, 0);
		put_cell(reservations, (uint32_t)lb_range_size(range));
	}
	for (unsigned int i = 0; i < 4; i++) {
		put_cell(reservations, 0);
	}
	write_node(0);
	maybe_nop();
	put_cell(&blocks[BLOCK_STRUCTURE], 9);
	return assemble(blocks, layout, ret_size);
}

/* The first property by that name, or NULL. */
static const struct model_property *model_property(size_t node, const char *name)
{
	for (size_t i = 0; i < tree.properties; i++) {
		if (tree.property[i].node == node && text_same(tree.property[i].name, name)) {
			return &tree.property[i];
		}
	}
	return NULL;
}

static bool same_property(
	const struct lb_fdt_property *found, const struct model_property *expected)
{
	return text_same(found->name, expected->name) && found->length == expected->length &&
		!__builtin_memcmp(found->value, expected->value, expected->length);
}

static void check_properties(const struct lb_fdt *fdt, lb_fdt_node at, size_t node)
{
	struct lb_fdt_property found = {0};
	uint32_t cursor = 0;

	for (size_t i = 0; i < tree.properties; i++) {
		if (tree.property[i].node == node) {
			REQUIRE(lb_fdt_next_property(fdt, at, &cursor, &found));
			CHECK(same_property(&found, &tree.property[i]));
		}
	}
	CHECK(!lb_fdt_next_property(fdt, at, &cursor, &found));
	for (size_t i = 0; i < LB_ARRAY_COUNT(property_names); i++) {
		const struct model_property *expected = model_property(node, property_names[i]);

		CHECK_EQUAL(lb_fdt_property(fdt, at, property_names[i], &found), expected != NULL);
		CHECK(!expected || same_property(&found, expected));
	}
	CHECK(!lb_fdt_property(fdt, at, "", &found));
	CHECK(!lb_fdt_property(fdt, at, "reg2", &found));
}

/* Which node each offset is, as the walk finds them. */
static lb_fdt_node place[NODES_MAX];

static void check_node(const struct lb_fdt *fdt, lb_fdt_node at, size_t node)
{
	lb_fdt_node child = 0;
	bool more = lb_fdt_first_child(fdt, at, &child);

	place[node] = at;
	CHECK_TEXT(lb_fdt_name(fdt, at), tree.name[node]);
	check_properties(fdt, at, node);
	for (size_t i = 1; i < tree.nodes; i++) {
		if (tree.parent[i] == node) {
			REQUIRE(more);
			check_node(fdt, child, i);
			more = lb_fdt_next_sibling(fdt, child, &child);
		}
	}
	CHECK(!more);
}

/* "memory" names "memory" and "memory@40000000", not "mem" and not "memory-2". */
static bool names(const char *asked, const char *node)
{
	uint32_t length = text_bytes(asked) - 1;
	bool begins = text_bytes(node) > length && !__builtin_memcmp(node, asked, length);

	return begins && (node[length] == '\0' || node[length] == '@');
}

/* The first child by that name; 0, which is nobody's child: none. */
static size_t model_child(size_t node, const char *name)
{
	for (size_t i = 1; i < tree.nodes; i++) {
		if (tree.parent[i] == node && names(name, tree.name[i])) {
			return i;
		}
	}
	return 0;
}

static void check_names(const struct lb_fdt *fdt, size_t node)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(node_names); i++) {
		size_t expected = model_child(node, node_names[i]);
		lb_fdt_node found = 1;

		CHECK_EQUAL(lb_fdt_child(fdt, place[node], node_names[i], &found), expected != 0);
		CHECK_EQUAL(found, expected ? place[expected] : 1);
	}
}

/* Every pair of names as a path. */
static void check_paths(const struct lb_fdt *fdt)
{
	for (size_t i = 0; i < 64; i++) {
		const char *parts[] = {node_names[i / 8], node_names[i % 8]};
		size_t first = model_child(0, parts[0]);
		size_t expected = first ? model_child(first, parts[1]) : 0;
		lb_fdt_node found = 1;
		char path[64];
		size_t at = 0;

		for (size_t part = 0; part < 2; part++) {
			path[at++] = '/';
			__builtin_memcpy(path + at, parts[part], text_bytes(parts[part]));
			at += text_bytes(parts[part]) - 1;
		}
		CHECK_EQUAL(lb_fdt_find(fdt, path, &found), expected != 0);
		CHECK_EQUAL(found, expected ? place[expected] : 1);
	}
}

static void check_reservations(const struct lb_fdt *fdt)
{
	struct lb_range range = {1, 2};

	for (uint32_t i = 0; i < tree.reservation_count; i++) {
		REQUIRE(lb_fdt_reservation(fdt, i, &range));
		CHECK_EQUAL(range.start, tree.reservations[i].start);
		CHECK_EQUAL(range.end, tree.reservations[i].end);
	}
	range = (struct lb_range){1, 2};
	CHECK(!lb_fdt_reservation(fdt, tree.reservation_count, &range));
	CHECK_EQUAL(range.start, 1);
}

TEST(fdt_model, random_trees_read_back_from_blocks_in_any_order)
{
	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 900 : 90); seed++) {
		struct layout layout = {.order = seed % 6, .gap = 8 * (seed / 6 % 3),
			.version = seed % 5 ? 17 : 16};
		struct lb_fdt fdt;
		size_t offset = 0;
		lb_fdt_node root;
		const uint8_t *blob;
		uint32_t size;

		grow_tree(seed * 2654435761U + 7);
		blob = write_tree(layout, &size);
		REQUIRE(!lb_fdt_open(&fdt, blob, size, &offset));
		CHECK_EQUAL(fdt.size, size);
		root = lb_fdt_root(&fdt);
		check_node(&fdt, root, 0);
		for (size_t node = 0; node < tree.nodes; node++) {
			check_names(&fdt, node);
		}
		check_paths(&fdt);
		check_reservations(&fdt);
	}
}

static bool inside(const struct lb_fdt *fdt, const void *at, uint64_t length)
{
	uintptr_t offset = (uintptr_t)at - (uintptr_t)fdt->blob;

	return offset <= fdt->size && length <= fdt->size - offset;
}

/* Looks at everything a hostile tree offers: bounded, and never outside the blob. */
static void visit(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int depth)
{
	struct lb_fdt_property property;
	unsigned int address, size;
	uint32_t cursor = 0;
	struct lb_range range;
	lb_fdt_node child;

	CHECK(depth < 65);
	CHECK(inside(fdt, lb_fdt_name(fdt, node), 1) || depth);
	lb_fdt_cells(fdt, node, &address, &size);
	CHECK(address <= 2 && size <= 2);
	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		CHECK(inside(fdt, property.value, property.length));
		CHECK(inside(fdt, property.name, text_bytes(property.name)));
		for (uint32_t i = 0; lb_fdt_range(property, 2, 1, i, &range); i++) {
			CHECK(range.start <= range.end);
		}
	}
	for (bool more = lb_fdt_first_child(fdt, node, &child); more;
		more = lb_fdt_next_sibling(fdt, child, &child)) {
		visit(fdt, child, depth + 1);
	}
}

static void open_and_visit(const uint8_t *blob, size_t size)
{
	size_t offset = SIZE_MAX;
	struct lb_range range;
	struct lb_fdt fdt;
	enum lb_status status = lb_fdt_open(&fdt, blob, size, &offset);

	if (status) {
		CHECK(status == LB_INVALID || status == LB_TRUNCATED);
		CHECK(offset <= size);
		CHECK_EQUAL(lb_fdt_open(&fdt, blob, size, NULL), status);
		return;
	}
	CHECK(fdt.size <= size);
	visit(&fdt, lb_fdt_root(&fdt), 0);
	for (uint32_t i = 0; lb_fdt_reservation(&fdt, i, &range); i++) {
		CHECK(range.start <= range.end);
	}
}

TEST(fdt_model, every_truncation_is_refused)
{
	for (uint32_t seed = 0; seed < 12; seed++) {
		uint32_t size;
		const uint8_t *blob;

		grow_tree(seed * 977 + 3);
		blob = write_tree((struct layout){.order = seed % 6, .version = 17}, &size);
		/* What is left is moved up, so that it still ends with the arena. */
		for (uint32_t left = size; left-- > 0;) {
			uint8_t *moved = arena + sizeof(arena) - left;
			struct lb_fdt fdt;
			size_t offset = SIZE_MAX;

			__builtin_memmove(moved, blob, left);
			blob = moved;
			CHECK_EQUAL(lb_fdt_open(&fdt, blob, left, &offset), LB_TRUNCATED);
			CHECK_EQUAL(offset, left);
		}
	}
}

/* A header that says less than there is: the structure loses its end somewhere inside. */
TEST(fdt_model, every_smaller_total_size_is_judged_inside_it)
{
	for (uint32_t seed = 0; seed < 6; seed++) {
		uint32_t size;
		const uint8_t *blob;
		uint8_t *total;

		grow_tree(seed * 1973 + 11);
		blob = write_tree((struct layout){.order = seed, .version = 17}, &size);
		total = arena + (blob - arena) + 4;
		for (uint32_t claimed = 0; claimed <= size; claimed++) {
			put_big(total, 4, claimed);
			open_and_visit(blob, size);
		}
	}
}

TEST(fdt_model, every_changed_byte_is_survived)
{
	static const uint8_t values[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x09, 0x7f, 0x80, 0xff};

	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 8 : 2); seed++) {
		uint32_t size;
		const uint8_t *blob;

		grow_tree(seed * 31337 + 1);
		blob = write_tree(
			(struct layout){.order = seed % 6, .version = 16 + seed % 2}, &size);
		for (uint32_t i = 0; i < size; i++) {
			uint8_t *byte = arena + (blob - arena) + i;
			uint8_t kept = *byte;

			for (size_t v = 0; v < LB_ARRAY_COUNT(values); v++) {
				*byte = values[v];
				open_and_visit(blob, size);
			}
			*byte = kept;
		}
	}
}

/* Every cell of the header and of the structure at the edges of its domain. */
TEST(fdt_model, every_cell_at_its_bounds_is_survived)
{
	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 6 : 2); seed++) {
		uint32_t size;
		const uint8_t *blob;

		grow_tree(seed * 4241 + 5);
		blob = write_tree((struct layout){.order = seed % 6, .version = 17}, &size);
		for (uint32_t i = 0; i + 4 <= size; i += 4) {
			const uint32_t values[] = {0, 4, HEADER - 1, HEADER, size - 4, size - 1,
				size, size + 1, INT32_MAX, 0x80000000, UINT32_MAX - 3, UINT32_MAX};
			uint8_t *cell = arena + (blob - arena) + i;
			uint8_t kept[4];

			__builtin_memcpy(kept, cell, 4);
			for (size_t v = 0; v < LB_ARRAY_COUNT(values); v++) {
				put_big(cell, 4, values[v]);
				open_and_visit(blob, size);
			}
			__builtin_memcpy(cell, kept, 4);
		}
	}
}

/* Big-endian bytes as a number of any width; true if it fits in 64 bits. */
static bool wide_number(const uint8_t *at, size_t count, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++) {
		if (value >> 56) {
			return false;
		}
		value = value << 8 | at[i];
	}
	*ret = value;
	return true;
}

static void check_range(const uint8_t *value, uint32_t length, unsigned int address,
	unsigned int size, uint32_t index)
{
	struct lb_fdt_property property = {.name = "reg", .value = value, .length = length};
	uint32_t stride = 4 * (address + size);
	struct lb_range found = {7, 7};
	bool expected = address >= 1 && address <= 2 && size <= 2 &&
		(index + 1) * stride <= length;
	uint64_t start = 0, bytes = 0, end = 0;

	if (expected) {
		const uint8_t *at = value + index * stride;

		expected = wide_number(at, 4 * (size_t)address, &start) &&
			wide_number(at + 4 * (size_t)address, 4 * (size_t)size, &bytes) &&
			start <= UINT64_MAX - bytes;
		end = start + bytes;
	}
	CHECK_EQUAL(lb_fdt_range(property, address, size, index, &found), expected);
	CHECK_EQUAL(found.start, expected ? start : 7);
	CHECK_EQUAL(found.end, expected ? end : 7);
}

TEST(fdt_model, ranges_are_read_with_any_number_of_cells)
{
	uint8_t value[48];

	for (uint32_t seed = 0; seed < 8; seed++) {
		dice.state = seed;
		for (size_t i = 0; i < sizeof(value); i++) {
			value[i] = (uint8_t)(seed % 2 ? 0xff : roll(&dice, 256));
		}
		/* All ones but for one byte: the sums wrap by as little as can be. */
		value[roll(&dice, sizeof(value))] = 0;
		for (uint32_t length = 0; length <= sizeof(value); length++) {
			for (unsigned int cells = 0; cells < 16; cells++) {
				for (uint32_t index = 0; index < 5; index++) {
					check_range(value, length, cells / 4, cells % 4, index);
				}
			}
		}
	}
}

TEST(fdt_model, an_index_that_would_wrap_is_past_the_end)
{
	static const uint8_t value[32] = {0};
	struct lb_fdt_property property = {.name = "reg", .value = value, .length = 32};
	struct lb_range range;

	for (unsigned int cells = 1; cells <= 4; cells++) {
		unsigned int address = cells > 2 ? 2 : 1;
		uint32_t wraps = (uint32_t)((UINT64_C(1) << 32) / (4 * cells));

		for (uint32_t i = 0; i < 3; i++) {
			CHECK(!lb_fdt_range(
				property, address, cells - address, wraps + i, &range));
		}
		CHECK(!lb_fdt_range(
			property, address, cells - address, UINT32_MAX, &range));
	}
}

TEST(fdt_model, numbers_have_one_or_two_cells)
{
	static const uint8_t value[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

	for (uint32_t length = 0; length <= sizeof(value); length++) {
		struct lb_fdt_property property = {.value = value, .length = length};
		uint64_t expected = 0;
		uint64_t found = 99;

		if (length != 4 && length != 8) {
			CHECK(!lb_fdt_number(property, &found));
			CHECK_EQUAL(found, 99);
			continue;
		}
		REQUIRE(wide_number(value, length, &expected));
		CHECK(lb_fdt_number(property, &found));
		CHECK_EQUAL(found, expected);
	}
}

/* Cell counts of every value and every length of property. */
TEST(fdt_model, cell_counts_above_two_are_of_no_use)
{
	for (uint32_t count = 0; count < 6; count++) {
		for (uint32_t length = 0; length <= 8; length += 4) {
			struct block *structure = &blocks[BLOCK_STRUCTURE];
			unsigned int address = 9, cells = 9;
			struct lb_fdt fdt;
			const uint8_t *blob;
			uint32_t size;
			unsigned int expected = length == 4 && count <= 2 ? count : 0;

			no_reservations();
			put_bytes(&blocks[BLOCK_STRINGS], "#address-cells\0#size-cells", 27);
			put_cell(structure, 1);
			put_cell(structure, 0);
			for (uint32_t name = 0; name <= 15; name += 15) {
				put_cell(structure, 3);
				put_cell(structure, length);
				put_cell(structure, name);
				for (uint32_t i = 0; i < length; i += 4) {
					put_cell(structure, count);
				}
			}
			put_cell(structure, 2);
			put_cell(structure, 9);
			blob = assemble(blocks, (struct layout){.version = 17}, &size);
			REQUIRE(!lb_fdt_open(&fdt, blob, size, NULL));
			lb_fdt_cells(&fdt, lb_fdt_root(&fdt), &address, &cells);
			CHECK_EQUAL(address, expected);
			CHECK_EQUAL(cells, expected);
		}
	}
}
