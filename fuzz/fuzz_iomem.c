/* SPDX-License-Identifier: MIT */
/* fuzz_iomem: any bytes as /proc/iomem. What is accepted nests and rises. */
#include "machine_fuzz.h"

static void check_order(const struct lb_machine *machine)
{
	struct lb_range open[64] = {{0, 0}};

	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		fuzz_require(entry->depth < LB_ARRAY_COUNT(open));
		fuzz_require(!entry->depth ||
			lb_range_contains(open[entry->depth - 1], entry->range));
		open[entry->depth] = entry->range;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct machine_reader reader;

	fuzz_start(&reader, &error);
	fuzz_add(&reader, MACHINE_IOMEM, 0, "proc/iomem", data, size);
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	if (reader.status == LB_OK) {
		check_order(reader.machine);
	}
	fuzz_end(&reader);
	return 0;
}
