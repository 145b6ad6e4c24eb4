/* SPDX-License-Identifier: MIT */
/*
 * fuzz_machine: many sources at once, so that deriving and cross-checking meet everything that
 * the readers accept. The input is a row of [kind, index, length low, length high, bytes].
 *
 * And what a snapshot writes: if a machine can be read, it can still be read after private
 * matters were masked in each of its files.
 */
#include "machine/scrub.h"
#include "machine_fuzz.h"

static void fill(struct machine_reader *reader, const uint8_t *data, size_t size, bool scrubbed)
{
	struct lb_left_out left_out = {0};

	while (size >= 4) {
		size_t length = lb_min((uint64_t)(data[2] | data[3] << 8), size - 4);

		fuzz_add(reader, data[0] % MACHINE_NONE, data[1], "file", data + 4, length);
		if (scrubbed && reader->files_count) {
			scrub_file(reader, &reader->files[reader->files_count - 1], &left_out);
		}
		data += 4 + length;
		size -= 4 + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct machine_reader reader;
	bool readable;

	fuzz_start(&reader, &error);
	fill(&reader, data, size, false);
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	readable = reader.status == LB_OK;
	fuzz_end(&reader);

	fuzz_start(&reader, &error);
	fill(&reader, data, size, true);
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	fuzz_require(!readable || reader.status == LB_OK || reader.status == LB_NOT_FOUND);
	fuzz_end(&reader);
	return 0;
}
