/* SPDX-License-Identifier: MIT */
/*
 * fdt: the walker behind lifeboat/fdt.h. Everything goes through token_at, which decodes one
 * token of the structure block and refuses what leaves it, so a walk is safe even on a blob that
 * changed after lb_fdt_open.
 */
#include "lifeboat/fdt.h"

#define FDT_MAGIC 0xd00dfeedu
#define FDT_HEADER_BYTES 40
#define FDT_VERSION_OLDEST 16 /* the oldest that a reader of version 17 understands */
#define FDT_VERSION 17
#define FDT_DEPTH_MAX 64

enum token_kind {
	TOKEN_BEGIN = 1,
	TOKEN_END = 2,
	TOKEN_PROPERTY = 3,
	TOKEN_NOP = 4,
	TOKEN_FINISH = 9,
};

/* One token: what it is, what it carries, and the offset of the one after it. */
struct token {
	enum token_kind kind;
	uint32_t next;
	const char *name; /* TOKEN_BEGIN and TOKEN_PROPERTY */
	const uint8_t *value;
	uint32_t length;
};

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t be64(const uint8_t *at)
{
	return (uint64_t)be32(at) << 32 | be32(at + 4);
}

/* [at, at + length) lies in a block of `size` bytes. */
static bool fits(uint64_t at, uint64_t length, uint64_t size)
{
	return at <= size && length <= size - at;
}

static const uint8_t *structure(const struct lb_fdt *fdt)
{
	return fdt->blob + fdt->structure;
}

/* The offset after the NUL of the text at `at`, rounded up to a token; 0 if it never ends. */
static uint32_t text_end(const struct lb_fdt *fdt, uint32_t at)
{
	while (at < fdt->structure_size) {
		if (!structure(fdt)[at++]) {
			return (uint32_t)lb_min(((uint64_t)at + 3) & ~UINT64_C(3),
				fdt->structure_size);
		}
	}
	return 0;
}

static bool property_at(const struct lb_fdt *fdt, uint32_t at, struct token *ret)
{
	uint32_t name;

	if (!fits(at, 12, fdt->structure_size)) {
		return false;
	}
	ret->length = be32(structure(fdt) + at + 4);
	name = be32(structure(fdt) + at + 8);
	if (!fits(at + UINT64_C(12), ret->length, fdt->structure_size) ||
		name >= fdt->strings_size) {
		return false;
	}
	ret->name = (const char *)fdt->blob + fdt->strings + name;
	ret->value = structure(fdt) + at + 12;
	ret->next = (uint32_t)lb_min((at + UINT64_C(12) + ret->length + 3) & ~UINT64_C(3),
		fdt->structure_size);
	return true;
}

/* Decodes the token at offset `at`. False when it is none, or does not fit in its block. */
static bool token_at(const struct lb_fdt *fdt, uint32_t at, struct token *ret)
{
	if (!fits(at, 4, fdt->structure_size)) {
		return false;
	}
	*ret = (struct token){.next = at + 4};
	switch (be32(structure(fdt) + at)) {
	case TOKEN_BEGIN:
		ret->kind = TOKEN_BEGIN;
		ret->name = (const char *)structure(fdt) + at + 4;
		ret->next = text_end(fdt, at + 4);
		return ret->next != 0;
	case TOKEN_PROPERTY:
		ret->kind = TOKEN_PROPERTY;
		return property_at(fdt, at, ret);
	case TOKEN_END:
		ret->kind = TOKEN_END;
		return true;
	case TOKEN_NOP:
		ret->kind = TOKEN_NOP;
		return true;
	case TOKEN_FINISH:
		ret->kind = TOKEN_FINISH;
		return true;
	default:
		return false;
	}
}

static enum lb_status fail(size_t at, enum lb_status status, size_t *ret_offset)
{
	if (ret_offset) {
		*ret_offset = at;
	}
	return status;
}

/* Reads the header into fdt; the three blocks lie in the blob. */
static enum lb_status open_header(struct lb_fdt *fdt, const uint8_t *blob, size_t size,
	size_t *ret_offset)
{
	uint32_t total;

	if (size < FDT_HEADER_BYTES) {
		return fail(size, LB_TRUNCATED, ret_offset);
	}
	if (be32(blob) != FDT_MAGIC) {
		return fail(0, LB_INVALID, ret_offset);
	}
	total = be32(blob + 4);
	if (total < FDT_HEADER_BYTES) {
		return fail(4, LB_INVALID, ret_offset);
	}
	if (total > size) {
		return fail(size, LB_TRUNCATED, ret_offset);
	}
	/* A newer tree is fine as long as it says that a reader of version 17 can read it. */
	if (be32(blob + 20) < FDT_VERSION_OLDEST || be32(blob + 24) > FDT_VERSION) {
		return fail(20, LB_INVALID, ret_offset);
	}
	*fdt = (struct lb_fdt){
		.blob = blob,
		.size = total,
		.structure = be32(blob + 8),
		.strings = be32(blob + 12),
		.reservations = be32(blob + 16),
		.strings_size = be32(blob + 32),
	};
	/* Version 16 does not give the size of the structure block: its end token does. */
	fdt->structure_size = be32(blob + 36);
	if (be32(blob + 20) < FDT_VERSION && fdt->structure < total) {
		fdt->structure_size = total - fdt->structure;
	}
	if (fdt->structure % 4 || !fits(fdt->structure, fdt->structure_size, total)) {
		return fail(8, LB_INVALID, ret_offset);
	}
	if (!fits(fdt->strings, fdt->strings_size, total)) {
		return fail(12, LB_INVALID, ret_offset);
	}
	return LB_OK;
}

/* Cuts the strings block after its last NUL: then every offset inside names a text that ends. */
static void trim_strings(struct lb_fdt *fdt)
{
	while (fdt->strings_size && fdt->blob[fdt->strings + fdt->strings_size - 1]) {
		fdt->strings_size--;
	}
}

static enum lb_status check_reservations(const struct lb_fdt *fdt, size_t *ret_offset)
{
	uint64_t at = fdt->reservations;
	uint64_t end;

	for (;; at += 16) {
		if (!fits(at, 16, fdt->size)) {
			return fail((size_t)lb_min(at, fdt->size), LB_TRUNCATED, ret_offset);
		}
		if (!be64(fdt->blob + at) && !be64(fdt->blob + at + 8)) {
			return LB_OK;
		}
		if (!lb_add(be64(fdt->blob + at), be64(fdt->blob + at + 8), &end)) {
			return fail((size_t)at, LB_INVALID, ret_offset);
		}
	}
}

/* One root, balanced, properties before children, nothing but NOPs around, the end token last. */
static enum lb_status check_structure(const struct lb_fdt *fdt, size_t *ret_offset)
{
	unsigned int depth = 0;
	bool seen_root = false;
	bool properties = false; /* may a property stand here? */
	struct token token;
	uint32_t at = 0;

	for (;; at = token.next) {
		bool wrong = false;

		if (!fits(at, 4, fdt->structure_size)) {
			return fail(fdt->structure + (size_t)at, LB_TRUNCATED, ret_offset);
		}
		if (!token_at(fdt, at, &token)) {
			return fail(fdt->structure + (size_t)at, LB_INVALID, ret_offset);
		}
		switch (token.kind) {
		case TOKEN_BEGIN:
			wrong = depth == FDT_DEPTH_MAX || (!depth && seen_root);
			depth++;
			seen_root = properties = true;
			break;
		case TOKEN_END:
			wrong = !depth;
			depth -= !wrong;
			properties = false;
			break;
		case TOKEN_PROPERTY:
			wrong = !properties;
			break;
		case TOKEN_NOP:
			break;
		case TOKEN_FINISH:
			if (!depth && seen_root) {
				return LB_OK;
			}
			wrong = true;
			break;
		}
		if (wrong) {
			return fail(fdt->structure + (size_t)at, LB_INVALID, ret_offset);
		}
	}
}

enum lb_status lb_fdt_open(struct lb_fdt *fdt, const void *blob, size_t size, size_t *ret_offset)
{
	enum lb_status status = open_header(fdt, blob, size, ret_offset);

	if (status != LB_OK) {
		return status;
	}
	trim_strings(fdt);
	status = check_reservations(fdt, ret_offset);
	if (status != LB_OK) {
		return status;
	}
	return check_structure(fdt, ret_offset);
}

lb_fdt_node lb_fdt_root(const struct lb_fdt *fdt)
{
	struct token token;
	uint32_t at = 0;

	while (token_at(fdt, at, &token) && token.kind == TOKEN_NOP) {
		at = token.next;
	}
	return at;
}

const char *lb_fdt_name(const struct lb_fdt *fdt, lb_fdt_node node)
{
	struct token token;

	return token_at(fdt, node, &token) && token.kind == TOKEN_BEGIN ? token.name : "";
}

bool lb_fdt_first_child(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret)
{
	struct token token;
	uint32_t at;

	if (!token_at(fdt, node, &token) || token.kind != TOKEN_BEGIN) {
		return false;
	}
	for (at = token.next; token_at(fdt, at, &token); at = token.next) {
		if (token.kind == TOKEN_BEGIN) {
			*ret = at;
			return true;
		}
		if (token.kind == TOKEN_END || token.kind == TOKEN_FINISH) {
			return false;
		}
	}
	return false;
}

bool lb_fdt_next_sibling(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret)
{
	unsigned int depth = 0; /* 1 inside the node itself */
	struct token token;
	uint32_t at;

	for (at = node; token_at(fdt, at, &token); at = token.next) {
		if (token.kind == TOKEN_BEGIN && !depth && at != node) {
			*ret = at;
			return true;
		}
		if (token.kind == TOKEN_BEGIN) {
			depth++;
		} else if (token.kind == TOKEN_END) {
			if (!depth) {
				return false; /* the parent's end */
			}
			depth--;
		} else if (token.kind == TOKEN_FINISH) {
			return false;
		}
	}
	return false;
}

/* True if `node_name` is the `length` bytes at name, or those and a unit address. */
static bool name_matches(const char *node_name, const char *name, size_t length)
{
	size_t i = 0;

	while (i < length && node_name[i] && node_name[i] == name[i]) {
		i++;
	}
	return i == length && (!node_name[i] || node_name[i] == '@');
}

static bool child_by_name(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	size_t length, lb_fdt_node *ret)
{
	lb_fdt_node child;

	if (!lb_fdt_first_child(fdt, node, &child)) {
		return false;
	}
	do {
		if (name_matches(lb_fdt_name(fdt, child), name, length)) {
			*ret = child;
			return true;
		}
	} while (lb_fdt_next_sibling(fdt, child, &child));
	return false;
}

bool lb_fdt_child(const struct lb_fdt *fdt, lb_fdt_node node, const char *name, lb_fdt_node *ret)
{
	size_t length = 0;

	while (name[length]) {
		length++;
	}
	return child_by_name(fdt, node, name, length, ret);
}

bool lb_fdt_find(const struct lb_fdt *fdt, const char *path, lb_fdt_node *ret)
{
	lb_fdt_node node = lb_fdt_root(fdt);

	for (;;) {
		size_t length = 0;

		while (*path == '/') {
			path++;
		}
		while (path[length] && path[length] != '/') {
			length++;
		}
		if (!length) {
			*ret = node;
			return true;
		}
		if (!child_by_name(fdt, node, path, length, &node)) {
			return false;
		}
		path += length;
	}
}

bool lb_fdt_next_property(const struct lb_fdt *fdt, lb_fdt_node node, uint32_t *cursor,
	struct lb_fdt_property *ret)
{
	struct token token;

	if (!*cursor) {
		if (!token_at(fdt, node, &token) || token.kind != TOKEN_BEGIN) {
			return false;
		}
		*cursor = token.next;
	}
	while (token_at(fdt, *cursor, &token) &&
		(token.kind == TOKEN_PROPERTY || token.kind == TOKEN_NOP)) {
		*cursor = token.next;
		if (token.kind == TOKEN_PROPERTY) {
			*ret = (struct lb_fdt_property){token.name, token.value, token.length};
			return true;
		}
	}
	return false;
}

bool lb_fdt_property(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	struct lb_fdt_property *ret)
{
	struct lb_fdt_property property;
	uint32_t cursor = 0;

	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		size_t i = 0;

		while (name[i] && property.name[i] == name[i]) {
			i++;
		}
		if (!name[i] && !property.name[i]) {
			*ret = property;
			return true;
		}
	}
	return false;
}

/* A cell count, or what stands for "no count that can be used". */
static unsigned int cell_count(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	unsigned int missing, unsigned int unusable)
{
	struct lb_fdt_property property;

	if (!lb_fdt_property(fdt, node, name, &property)) {
		return missing;
	}
	if (property.length != 4 || be32(property.value) > 2) {
		return unusable;
	}
	return be32(property.value);
}

void lb_fdt_cells(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int *ret_address,
	unsigned int *ret_size)
{
	*ret_address = cell_count(fdt, node, "#address-cells", 2, 0);
	*ret_size = cell_count(fdt, node, "#size-cells", 1, 0);
}

static uint64_t cells_value(const uint8_t *at, unsigned int cells)
{
	return cells == 2 ? be64(at) : cells == 1 ? be32(at) : 0;
}

bool lb_fdt_range(struct lb_fdt_property property, unsigned int address_cells,
	unsigned int size_cells, uint32_t index, struct lb_range *ret)
{
	uint64_t stride = 4 * (uint64_t)(address_cells + size_cells);
	uint64_t start, end;
	const uint8_t *at;

	if (!address_cells || address_cells > 2 || size_cells > 2) {
		return false;
	}
	/* index < 2^32 and stride <= 16: the product fits. */
	if (!fits(index * stride, stride, property.length)) {
		return false;
	}
	at = property.value + index * stride;
	start = cells_value(at, address_cells);
	if (!lb_add(start, cells_value(at + 4 * address_cells, size_cells), &end)) {
		return false;
	}
	*ret = (struct lb_range){start, end};
	return true;
}

bool lb_fdt_number(struct lb_fdt_property property, uint64_t *ret)
{
	if (property.length != 4 && property.length != 8) {
		return false;
	}
	*ret = cells_value(property.value, property.length / 4);
	return true;
}

bool lb_fdt_reservation(const struct lb_fdt *fdt, uint32_t index, struct lb_range *ret)
{
	uint64_t at = fdt->reservations + index * UINT64_C(16);
	uint64_t start, size, end;

	if (!fits(at, 16, fdt->size)) {
		return false;
	}
	start = be64(fdt->blob + at);
	size = be64(fdt->blob + at + 8);
	if ((!start && !size) || !lb_add(start, size, &end)) {
		return false;
	}
	*ret = (struct lb_range){start, end};
	return true;
}
