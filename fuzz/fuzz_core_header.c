/* SPDX-License-Identifier: MIT */
/* Hostile core headers and note buffers: no access outside the data, no endless walk. */
#include <stdlib.h>

#include "lifeboat/core_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void walk_notes(const uint8_t *data, size_t bytes)
{
	struct lb_note note;
	size_t cursor = 0;

	while (!lb_note_next(data, bytes, &cursor, &note)) {
		const char *value;
		size_t length;

		require(note.desc >= data && note.desc + note.desc_bytes <= data + bytes);
		require((const uint8_t *)note.name + note.name_bytes <= data + bytes);
		if (!lb_vmcoreinfo_find((const char *)note.desc, note.desc_bytes, "OSRELEASE",
			    &value, &length)) {
			require((const uint8_t *)value + length <= note.desc + note.desc_bytes);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lb_core_header header;
	size_t error_offset = SIZE_MAX;

	walk_notes(data, bytes);
	if (lb_core_header_parse(data, bytes, &header, &error_offset)) {
		require(error_offset <= bytes);
		return 0;
	}
	for (uint32_t i = 0; i < header.segment_count; i++) {
		struct lb_core_segment segment;
		uint64_t offset;

		lb_core_header_segment(&header, i, &segment);
		require(segment.range.start <= segment.range.end);
		require(segment.file_bytes <= lb_range_size(segment.range) ||
			segment.kind == LB_CORE_OTHER);
		if (segment.kind == LB_CORE_LOAD && segment.file_bytes) {
			require(!lb_core_header_find(&header, segment.range.start, &offset));
		}
	}
	return 0;
}
