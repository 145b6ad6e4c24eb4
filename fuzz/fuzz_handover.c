/* SPDX-License-Identifier: MIT */
/*
 * Hostile handover streams. Checksums would keep a fuzzer out, so the first byte says whether they
 * are set right before the stream is verified.
 */
#include <stdlib.h>
#include <string.h>

#include "lifeboat/crc32c.h"
#include "lifeboat/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint64_t storage[8192 / 8];
static uint8_t *const stream = (uint8_t *)storage;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void mend_record(size_t offset, size_t end)
{
	struct lb_handover_record_header record;

	memcpy(&record, stream + offset, sizeof(record));
	record.crc = 0;
	memcpy(stream + offset, &record, sizeof(record));
	record.crc = lb_crc32c(0, stream + offset, end - offset);
	memcpy(stream + offset, &record, sizeof(record));
}

static void mend(size_t bytes)
{
	struct lb_handover_header header;
	size_t offset = sizeof(header);

	if (bytes < sizeof(header)) {
		return;
	}
	memcpy(&header, stream, sizeof(header));
	header.magic = LB_HANDOVER_MAGIC;
	header.byte_order = LB_HANDOVER_BYTE_ORDER;
	header.format = LB_HANDOVER_FORMAT;
	header.header_bytes = sizeof(header);
	header.total_bytes = bytes;
	header.record_count = 0;
	while (bytes - offset >= sizeof(struct lb_handover_record_header)) {
		struct lb_handover_record_header record;
		size_t next;

		memcpy(&record, stream + offset, sizeof(record));
		next = offset + sizeof(record) + (((size_t)record.bytes + 7) & ~(size_t)7);
		if (next > bytes) {
			break;
		}
		mend_record(offset, next);
		header.record_count++;
		offset = next;
	}
	header.crc = 0;
	header.crc = lb_crc32c(0, &header, sizeof(header));
	memcpy(stream, &header, sizeof(header));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lb_handover_view view;
	struct lb_handover_record record;
	size_t error_offset = SIZE_MAX;
	size_t cursor = 0;
	uint32_t count = 0;

	if (!bytes || bytes > sizeof(storage)) {
		return 0;
	}
	memcpy(stream, data + 1, bytes - 1);
	if (data[0] & 1) {
		mend(bytes - 1);
	}
	if (lb_handover_verify(stream, bytes - 1, &view, &error_offset)) {
		require(error_offset <= bytes - 1);
		return 0;
	}
	while (lb_handover_next(&view, &cursor, &record)) {
		const uint8_t *payload = record.payload;

		require(payload >= stream && payload + record.bytes <= stream + view.bytes);
		require(lb_handover_type_name(record.type) != NULL);
		count++;
	}
	require(count == view.record_count);
	return 0;
}
