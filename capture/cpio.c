/* SPDX-License-Identifier: MIT */
/* cpio: "new ASCII" headers: a magic number and thirteen fields of eight hexadecimal digits. */
#include "capture/cpio.h"

#include <string.h>

#define MAGIC_BYTES 6
#define FIELD_BYTES 8
#define FIELD_MODE 1
#define FIELD_FILE_SIZE 6
#define FIELD_NAME_SIZE 11

void lb_cpio_begin(struct lb_cpio *cpio, lb_cpio_visit *visit, void *context)
{
	*cpio = (struct lb_cpio){.visit = visit, .context = context};
}

bool lb_cpio_is_between(const struct lb_cpio *cpio)
{
	/* Linux does not insist on a trailer. */
	return cpio->state == LB_CPIO_PADDING || (cpio->state == LB_CPIO_HEADER && !cpio->held);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_field(const struct lb_cpio *cpio, size_t index, uint32_t *ret)
{
	const char *at = cpio->head + MAGIC_BYTES + index * FIELD_BYTES;
	uint32_t value = 0;

	for (size_t i = 0; i < FIELD_BYTES; i++) {
		int digit = digit_of(at[i]);

		if (digit < 0) {
			return false;
		}
		value = value << 4 | (uint32_t)digit;
	}
	*ret = value;
	return true;
}

/* Bytes that follow so that header and name, or the data, end at a multiple of four. */
static uint64_t padding_of(uint64_t bytes)
{
	return (4 - bytes % 4) % 4;
}

static enum lb_status read_header(struct lb_cpio *cpio, struct lb_capture_error *error)
{
	uint32_t name, data;

	/* 070702 has checksums, which Linux reads since 5.19 and lifeboat passes over. */
	if (memcmp(cpio->head, "070701", MAGIC_BYTES) &&
		memcmp(cpio->head, "070702", MAGIC_BYTES)) {
		return lb_capture_fail(error, LB_INVALID,
			"entry %llu: no magic number of a cpio archive (newc)",
			(unsigned long long)cpio->entries + 1);
	}
	if (!read_field(cpio, FIELD_MODE, &cpio->mode) ||
		!read_field(cpio, FIELD_FILE_SIZE, &data) ||
		!read_field(cpio, FIELD_NAME_SIZE, &name) || !name || name > LB_CPIO_NAME_MAX) {
		return lb_capture_fail(error, LB_INVALID,
			"entry %llu: its header makes no sense",
			(unsigned long long)cpio->entries + 1);
	}
	cpio->data = data;
	cpio->wanted = name + (size_t)padding_of(LB_CPIO_HEADER_BYTES + name);
	cpio->state = LB_CPIO_NAME;
	cpio->held = 0;
	return LB_OK;
}

static const char *without_root(const char *path)
{
	for (;;) {
		if (*path == '/') {
			path++;
		} else if (path[0] == '.' && path[1] == '/') {
			path += 2;
		} else {
			return path;
		}
	}
}

static void finish_name(struct lb_cpio *cpio)
{
	cpio->head[cpio->wanted] = 0;
	cpio->skip = cpio->data + padding_of(cpio->data);
	if (!strcmp(cpio->head, "TRAILER!!!")) {
		cpio->state = LB_CPIO_PADDING;
	} else {
		struct lb_cpio_entry entry = {without_root(cpio->head), cpio->mode, cpio->data};

		cpio->entries++;
		cpio->state = cpio->skip ? LB_CPIO_DATA : LB_CPIO_HEADER;
		if (cpio->visit) {
			cpio->visit(cpio->context, &entry);
		}
	}
	cpio->held = 0;
}

/* Collects up to wanted bytes in head; true once they are there. */
static bool collect(
	struct lb_cpio *cpio, size_t wanted, const uint8_t *bytes, size_t size, size_t *used)
{
	size_t take = (size_t)lb_min(wanted - cpio->held, size - *used);

	LB_ASSERT(wanted < sizeof(cpio->head));
	memcpy(cpio->head + cpio->held, bytes + *used, take);
	cpio->held += take;
	*used += take;
	return cpio->held == wanted;
}

static void skip_padding(
	const struct lb_cpio *cpio, const uint8_t *bytes, size_t size, size_t *used)
{
	LB_ASSERT(cpio->state == LB_CPIO_PADDING);
	while (*used < size && !bytes[*used]) {
		(*used)++;
	}
}

/* At the first byte behind padding. *ret: it belongs to an archive. */
static enum lb_status begin_archive(
	struct lb_cpio *cpio, uint8_t first, uint64_t at, bool *ret, struct lb_capture_error *error)
{
	*ret = first == '0';
	if (!*ret) {
		return LB_OK;
	}
	if (at % 4) {
		return lb_capture_fail(error, LB_INVALID,
			"one begins at %llu: expected a multiple of 4, or Linux does not take it",
			(unsigned long long)at);
	}
	cpio->state = LB_CPIO_HEADER;
	cpio->archives++;
	return LB_OK;
}

enum lb_status lb_cpio_feed(struct lb_cpio *cpio, const uint8_t *bytes, size_t size,
	size_t *ret_taken, struct lb_capture_error *error)
{
	enum lb_status status = LB_OK;
	bool mine = true;
	size_t used = 0;

	while (status == LB_OK && mine && used < size) {
		uint64_t skipped;

		switch (cpio->state) {
		case LB_CPIO_PADDING:
			skip_padding(cpio, bytes, size, &used);
			if (used < size) {
				status = begin_archive(
					cpio, bytes[used], cpio->at + used, &mine, error);
			}
			break;
		case LB_CPIO_HEADER:
			if (collect(cpio, LB_CPIO_HEADER_BYTES, bytes, size, &used)) {
				status = read_header(cpio, error);
			}
			break;
		case LB_CPIO_NAME:
			if (collect(cpio, cpio->wanted, bytes, size, &used)) {
				finish_name(cpio);
			}
			break;
		case LB_CPIO_DATA:
			skipped = lb_min(cpio->skip, size - used);
			cpio->skip -= skipped;
			used += (size_t)skipped;
			cpio->state = cpio->skip ? LB_CPIO_DATA : LB_CPIO_HEADER;
			break;
		}
	}
	cpio->at += used;
	*ret_taken = used;
	return status;
}
