/* SPDX-License-Identifier: MIT */
/* fdt_writer: a small device tree, token by token, for tests that read one. */
#ifndef LIFEBOAT_TESTS_PROP_FDT_WRITER_H
#define LIFEBOAT_TESTS_PROP_FDT_WRITER_H

#include "tests/prop/material.h"

#define HEADER 40

static struct {
	uint8_t blob[2048];
	uint8_t strings[512];
	uint32_t at;
	uint32_t strings_size;
	uint32_t structure;
} tree;

/* Of the structure block: BEGIN_NODE, END_NODE, PROP, NOP, END are 1, 2, 3, 4, 9. */
static inline void cell(uint32_t value)
{
	put_big(tree.blob + tree.at, 4, value);
	tree.at += 4;
}

static inline void bytes(const void *data, uint32_t length)
{
	__builtin_memcpy(tree.blob + tree.at, data, length);
	tree.at += length;
	while (tree.at % 4) {
		tree.blob[tree.at++] = 0;
	}
}

static inline void begin_node(const char *name)
{
	cell(1);
	bytes(name, (uint32_t)text_length(name) + 1);
}

static inline void property_head(const char *name, uint32_t length)
{
	size_t size = text_length(name) + 1;

	cell(3);
	cell(length);
	cell(tree.strings_size);
	__builtin_memcpy(tree.strings + tree.strings_size, name, size);
	tree.strings_size += (uint32_t)size;
}

static inline void property_cells(const char *name, const uint32_t *cells, uint32_t count)
{
	property_head(name, 4 * count);
	for (uint32_t i = 0; i < count; i++) {
		cell(cells[i]);
	}
}

static inline void start_tree(void)
{
	__builtin_memset(&tree, 0, sizeof(tree));
	tree.at = HEADER;
	cell(0); /* one reservation: [0x80000000, 0x80001000) */
	cell(0x80000000);
	cell(0);
	cell(0x1000);
	for (int i = 0; i < 4; i++) {
		cell(0);
	}
	tree.structure = tree.at;
}

/* Returns the size of the blob. */
static inline uint32_t finish_tree(void)
{
	uint32_t strings;
	uint32_t header[10];

	cell(9);
	strings = tree.at;
	__builtin_memcpy(tree.blob + strings, tree.strings, tree.strings_size);
	__builtin_memcpy(header, (const uint32_t[]){0xd00dfeed, strings + tree.strings_size,
		tree.structure, strings, HEADER, 17, 16, 0, tree.strings_size,
		strings - tree.structure}, sizeof(header));
	for (uint32_t i = 0; i < 10; i++) {
		put_big(tree.blob + 4 * i, 4, header[i]);
	}
	return strings + tree.strings_size;
}

#endif
