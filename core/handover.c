/* SPDX-License-Identifier: MIT */
/* handover: writing a stream, verifying one, walking over its records. */
#include "lifeboat/handover.h"

#include "core/handover_record.h"
#include "lifeboat/crc32c.h"

#define HEADER_BYTES sizeof(struct lb_handover_header)
#define RECORD_BYTES sizeof(struct lb_handover_record_header)

static bool aligned(const void *data)
{
	return !((uintptr_t)data & 7);
}

enum lb_status lb_handover_begin(struct lb_handover_writer *writer, void *buffer, size_t bytes,
	const struct lb_handover_origin *origin)
{
	struct lb_handover_header header = {.magic = LB_HANDOVER_MAGIC,
		.byte_order = LB_HANDOVER_BYTE_ORDER, .format = LB_HANDOVER_FORMAT,
		.header_bytes = HEADER_BYTES, .generation = origin->generation,
		.address = origin->address};

	LB_ASSERT(aligned(buffer));
	if (bytes < HEADER_BYTES) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < sizeof(header.writer) && origin->writer[i]; i++) {
		header.writer[i] = origin->writer[i];
	}
	__builtin_memcpy(buffer, &header, sizeof(header));
	*writer = (struct lb_handover_writer){
		.buffer = buffer, .bytes = bytes, .used = HEADER_BYTES};
	return LB_OK;
}

enum lb_status lb_handover_add_raw(struct lb_handover_writer *writer, uint32_t type,
	uint16_t version, uint16_t flags, const void *payload, size_t bytes)
{
	struct lb_handover_record_header record = {
		.type = type, .version = version, .flags = flags, .bytes = (uint32_t)bytes};
	uint8_t *to = writer->buffer + writer->used;
	uint64_t padded;

	LB_ASSERT(writer->used >= HEADER_BYTES && writer->used <= writer->bytes);
	LB_ASSERT(!(writer->used & 7)); /* so every record is aligned */
	LB_ASSERT(payload || !bytes);
	if (!type || !version || bytes > UINT32_MAX) {
		return LB_INVALID;
	}
	padded = ((uint64_t)bytes + 7) & ~UINT64_C(7);
	if (writer->bytes - writer->used < RECORD_BYTES ||
		writer->bytes - writer->used - RECORD_BYTES < padded) {
		return LB_NO_STORAGE;
	}
	__builtin_memset(to + RECORD_BYTES, 0, padded);
	if (bytes) {
		__builtin_memcpy(to + RECORD_BYTES, payload, bytes);
	}
	__builtin_memcpy(to, &record, sizeof(record));
	record.crc = lb_crc32c(0, to, RECORD_BYTES + padded);
	__builtin_memcpy(to, &record, sizeof(record));
	writer->used += RECORD_BYTES + padded;
	LB_ASSERT(writer->used <= writer->bytes);
	writer->records++;
	return LB_OK;
}

/* True if the record is of a known type and makes sense; a raw one that was added need not. */
static bool is_understood(const struct lb_handover_record *record)
{
	size_t error_offset;

	return lb_handover_known(record->type) && record->version <= LB_HANDOVER_VERSION &&
		lb_handover_sensible(
			record->type, record->payload, record->bytes, &error_offset);
}

/* True if the record agrees with itself and with all of the view that stand before it. */
static bool agrees_with_earlier(
	const struct lb_handover_view *view, const struct lb_handover_record *record)
{
	struct lb_handover_record earlier;
	size_t cursor = 0;

	while (lb_handover_next(view, &cursor, &earlier) && earlier.offset < record->offset) {
		if (is_understood(&earlier) && !lb_handover_agree(&earlier, record)) {
			return false;
		}
	}
	return lb_handover_agree(record, record);
}

enum lb_status lb_handover_add(struct lb_handover_writer *writer, enum lb_handover_type type,
	const void *payload, size_t bytes)
{
	const struct lb_handover_view written = {.data = writer->buffer,
		.bytes = writer->used, .header_bytes = HEADER_BYTES};
	const struct lb_handover_record record = {.type = type, .version = LB_HANDOVER_VERSION,
		.offset = writer->used, .payload = payload, .bytes = bytes};
	size_t error_offset;

	if (!lb_handover_known(type) ||
		!lb_handover_sensible(type, payload, bytes, &error_offset) ||
		!agrees_with_earlier(&written, &record)) {
		return LB_INVALID;
	}
	return lb_handover_add_raw(writer, type, LB_HANDOVER_VERSION,
		lb_handover_flags(type, payload, bytes), payload, bytes);
}

enum lb_status lb_handover_finish(struct lb_handover_writer *writer, size_t *ret_bytes)
{
	struct lb_handover_header header;

	LB_ASSERT(writer->used >= HEADER_BYTES && writer->used <= writer->bytes);
	LB_ASSERT(writer->records <= (writer->used - HEADER_BYTES) / RECORD_BYTES);
	__builtin_memcpy(&header, writer->buffer, sizeof(header));
	LB_ASSERT(header.magic == LB_HANDOVER_MAGIC); /* nobody wrote over it meanwhile */
	header.total_bytes = writer->used;
	header.record_count = writer->records;
	header.crc = 0;
	header.crc = lb_crc32c(0, &header, sizeof(header));
	__builtin_memcpy(writer->buffer, &header, sizeof(header));
	*ret_bytes = writer->used;
	return LB_OK;
}

static enum lb_status refuse(enum lb_status status, size_t offset, size_t *ret_error_offset)
{
	*ret_error_offset = offset;
	return status;
}

#define FIELD(name) offsetof(struct lb_handover_header, name)

static enum lb_status verify_header(const uint8_t *data, size_t bytes,
	struct lb_handover_header *ret, size_t *ret_error_offset)
{
	static const uint8_t no_crc[4];
	struct lb_handover_header header;
	uint32_t crc;

	if (bytes < HEADER_BYTES) {
		return refuse(LB_TRUNCATED, bytes, ret_error_offset);
	}
	__builtin_memcpy(&header, data, sizeof(header));
	if (header.magic != LB_HANDOVER_MAGIC) {
		return refuse(LB_INVALID, FIELD(magic), ret_error_offset);
	}
	if (header.byte_order != LB_HANDOVER_BYTE_ORDER) {
		return refuse(LB_UNSUPPORTED, FIELD(byte_order), ret_error_offset);
	}
	if (header.format != LB_HANDOVER_FORMAT) {
		return refuse(LB_UNSUPPORTED, FIELD(format), ret_error_offset);
	}
	if (header.header_bytes < HEADER_BYTES || header.header_bytes & 7) {
		return refuse(LB_INVALID, FIELD(header_bytes), ret_error_offset);
	}
	if (header.total_bytes < header.header_bytes) {
		return refuse(LB_INVALID, FIELD(total_bytes), ret_error_offset);
	}
	if (header.total_bytes > bytes) {
		return refuse(LB_TRUNCATED, bytes, ret_error_offset);
	}
	crc = lb_crc32c(0, data, FIELD(crc));
	crc = lb_crc32c(crc, no_crc, sizeof(no_crc));
	crc = lb_crc32c(crc, data + FIELD(generation), header.header_bytes - FIELD(generation));
	if (crc != header.crc) {
		return refuse(LB_CORRUPT, FIELD(crc), ret_error_offset);
	}
	*ret = header;
	return LB_OK;
}

/* The record at an offset; LB_TRUNCATED if it passes the end. */
static enum lb_status record_at(const uint8_t *data, size_t end, size_t offset,
	struct lb_handover_record_header *ret, size_t *ret_next)
{
	uint64_t padded;

	LB_ASSERT(offset <= end);
	if (end - offset < RECORD_BYTES) {
		return LB_TRUNCATED;
	}
	__builtin_memcpy(ret, data + offset, sizeof(*ret));
	padded = ((uint64_t)ret->bytes + 7) & ~UINT64_C(7);
	if (padded > end - offset - RECORD_BYTES) {
		return LB_TRUNCATED;
	}
	*ret_next = offset + RECORD_BYTES + padded;
	return LB_OK;
}

static bool record_intact(const uint8_t *data, size_t offset, size_t next,
	const struct lb_handover_record_header *record)
{
	struct lb_handover_record_header plain = *record;
	uint32_t crc;

	plain.crc = 0;
	crc = lb_crc32c(0, &plain, sizeof(plain));
	crc = lb_crc32c(crc, data + offset + RECORD_BYTES, next - offset - RECORD_BYTES);
	return crc == record->crc;
}

static enum lb_status verify_record(const uint8_t *data, size_t offset,
	const struct lb_handover_record_header *record, size_t *ret_error_offset)
{
	size_t payload = offset + RECORD_BYTES;
	size_t inside;

	if (!record->type || !record->version) {
		return refuse(LB_INVALID, offset, ret_error_offset);
	}
	if (!lb_handover_known(record->type) || record->version > LB_HANDOVER_VERSION) {
		return record->flags & LB_HANDOVER_MUST_UNDERSTAND
			? refuse(LB_UNSUPPORTED, offset, ret_error_offset)
			: LB_OK;
	}
	if (!lb_handover_sensible(record->type, data + payload, record->bytes, &inside)) {
		return refuse(LB_INVALID, payload + inside, ret_error_offset);
	}
	return LB_OK;
}

/* Every record makes sense by itself; now each is held against those before it. */
static enum lb_status verify_agreement(
	const struct lb_handover_view *view, size_t *ret_error_offset)
{
	struct lb_handover_record record;
	size_t cursor = 0;

	while (lb_handover_next(view, &cursor, &record)) {
		if (is_understood(&record) && !agrees_with_earlier(view, &record)) {
			return refuse(LB_INVALID, record.offset, ret_error_offset);
		}
	}
	return LB_OK;
}

enum lb_status lb_handover_verify(const void *data, size_t bytes, struct lb_handover_view *ret,
	size_t *ret_error_offset)
{
	struct lb_handover_header header;
	struct lb_handover_view view;
	enum lb_status status = verify_header(data, bytes, &header, ret_error_offset);
	uint32_t count = 0;
	size_t offset, next;

	LB_ASSERT(aligned(data));
	if (status) {
		return status;
	}
	for (offset = header.header_bytes; offset < header.total_bytes; offset = next, count++) {
		struct lb_handover_record_header record;

		status = record_at(data, header.total_bytes, offset, &record, &next);
		if (status) {
			return refuse(LB_INVALID, offset, ret_error_offset);
		}
		if (!record_intact(data, offset, next, &record)) {
			return refuse(LB_CORRUPT, offset, ret_error_offset);
		}
		status = verify_record(data, offset, &record, ret_error_offset);
		if (status) {
			return status;
		}
	}
	if (count != header.record_count) {
		return refuse(LB_INVALID, FIELD(record_count), ret_error_offset);
	}
	view = (struct lb_handover_view){.data = data, .bytes = header.total_bytes,
		.header_bytes = header.header_bytes, .record_count = header.record_count,
		.generation = header.generation, .address = header.address};
	__builtin_memcpy(view.writer, header.writer, sizeof(header.writer));
	status = verify_agreement(&view, ret_error_offset);
	if (!status) {
		*ret = view;
	}
	return status;
}

bool lb_handover_next(const struct lb_handover_view *view, size_t *cursor,
	struct lb_handover_record *ret)
{
	size_t offset = *cursor ? *cursor : view->header_bytes;
	struct lb_handover_record_header record;
	size_t next;

	LB_ASSERT(offset >= view->header_bytes);
	if (offset >= view->bytes || record_at(view->data, view->bytes, offset, &record, &next)) {
		return false;
	}
	*ret = (struct lb_handover_record){.type = record.type, .version = record.version,
		.flags = record.flags, .offset = offset, .bytes = record.bytes,
		.payload = view->data + offset + RECORD_BYTES};
	*cursor = next;
	return true;
}

bool lb_handover_find(const struct lb_handover_view *view, enum lb_handover_type type,
	size_t *cursor, struct lb_handover_record *ret)
{
	struct lb_handover_record record;

	while (lb_handover_next(view, cursor, &record)) {
		if (record.type == (uint32_t)type && record.version <= LB_HANDOVER_VERSION) {
			*ret = record;
			return true;
		}
	}
	return false;
}
