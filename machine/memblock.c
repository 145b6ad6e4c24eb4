/* SPDX-License-Identifier: MIT */
/*
 * Lists of ranges that the kernel keeps for itself: memblock and the CMA part of crash memory.
 *
 * /sys/kernel/debug/memblock/{memory,reserved} (mm/memblock.c, memblock_debug_show):
 *   up to 6.4    "   0: 0x0000000040000000..0x00000000bfffffff"
 *   6.5 on       "   0: 0x0000000040000000..0x00000000bfffffff    0 NONE"
 *                "   0: 0x0000000040000000..0x00000000bfffffff    x NOMAP"
 * The last byte is included. One walk over a sorted array: order and overlap are checked.
 */
#include "machine/reader.h"
#include "machine/text.h"

static bool parse(const char *at, struct lb_memblock_region *ret)
{
	uint64_t index, first, last;

	text_skip_blanks(&at);
	if (!text_decimal(&at, &index) || !text_skip(&at, ":")) {
		return false;
	}
	text_skip_blanks(&at);
	if (!text_hex(&at, &first) || !text_skip(&at, "..") || !text_hex(&at, &last) ||
		!text_range_inclusive(first, last, &ret->range)) {
		return false;
	}
	ret->node = -1;
	text_skip_blanks(&at);
	if (*at == 'x') {
		at++;
	} else if (*at && !text_int(&at, &ret->node)) {
		return false;
	}
	ret->nomap = strstr(at, "NOMAP") != NULL;
	ret->driver_managed = strstr(at, "DRV_MNG") != NULL;
	return true;
}

void machine_read_memblock(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	struct lb_memblock_region region;
	uint64_t free_from = 0;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		number++;
		if (!*line) {
			continue;
		}
		if (!parse(line, &region)) {
			machine_fail(reader, LB_INVALID, machine_at_line(file->path, number),
				"expected \"N: START..END [NODE FLAGS]\"");
			return;
		}
		if (region.range.start < free_from) {
			machine_fail(reader, LB_INVALID, machine_at_line(file->path, number),
				"the region starts before the end of the one before it");
			return;
		}
		free_from = region.range.end;
		if (file->kind == MACHINE_MEMBLOCK_MEMORY) {
			MACHINE_APPEND(reader, machine->memblock.memory,
				{region.range, region.node, region.nomap, region.driver_managed});
		} else {
			MACHINE_APPEND(reader, machine->memblock.reserved,
				{region.range, region.node, region.nomap, region.driver_managed});
		}
		machine_found(reader, LB_SOURCE_MEMBLOCK);
	}
}

/* "100000000-11fffffff" a line, the last byte included (kernel/kexec_core.c, 6.19). */
void machine_read_crash_cma(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		const char *p = line;
		struct lb_range range;
		uint64_t first, last;

		number++;
		if (!*line) {
			continue;
		}
		if (!text_hex(&p, &first) || !text_skip(&p, "-") || !text_hex(&p, &last) || *p ||
			!text_range_inclusive(first, last, &range)) {
			machine_fail(reader, LB_INVALID, machine_at_line(file->path, number),
				"expected \"START-END\"");
			return;
		}
		MACHINE_APPEND(reader, machine->crash.cma, {range.start, range.end});
		machine_found(reader, LB_SOURCE_CRASH_CMA);
	}
}
