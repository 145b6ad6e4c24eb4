/* SPDX-License-Identifier: MIT */
/* e820_edit: the edits, on a memory map that holds only the RAM entries. */
#include "plan/boot/e820_edit.h"

#include <string.h>

#include "policy/linux/cmdline.h"

#define PAGE UINT64_C(4096)

const struct lb_e820_entry *lb_e820_as_passed(const struct lb_machine *machine, size_t *ret_count)
{
	if (machine->boot.params.e820_count) {
		*ret_count = machine->boot.params.e820_count;
		return machine->boot.params.e820;
	}
	if (machine->e820.log_count) {
		*ret_count = machine->e820.log_count;
		return machine->e820.log;
	}
	*ret_count = machine->e820.firmware_count;
	return machine->e820.firmware;
}

static bool cut(struct lb_memory_map *map, lb_phys_addr start, uint64_t size)
{
	struct lb_range range = {start, start};

	if (!lb_add(start, size, &range.end)) {
		range.end = LB_PHYS_ADDR_MAX;
	}
	return !lb_memory_map_remove(map, range);
}

static bool put(struct lb_memory_map *map, lb_phys_addr start, uint64_t size)
{
	struct lb_range range = {start, start};

	return lb_add(start, size, &range.end) && !lb_memory_map_add(map, range, LB_NO_NODE, 0);
}

/* parse_memmap_one (arch/x86/kernel/e820.c): n@s adds RAM, n$s, n#s, n!s, n%s take it, n alone is
 * a limit, exactmap starts from nothing. */
static bool edit_one(struct lb_memory_map *map, struct lb_slice item)
{
	uint64_t size, start = 0;
	char kind;

	if (lb_slice_is(item, "exactmap")) {
		return cut(map, 0, LB_PHYS_ADDR_MAX);
	}
	if (!lb_linux_take_size(&item, &size)) {
		return true;
	}
	kind = lb_slice_first(item);
	lb_slice_skip(&item, item.length != 0);
	if (kind == '@' && lb_linux_take_size(&item, &start)) {
		return put(map, start, size);
	}
	if ((kind == '$' || kind == '#' || kind == '!' || kind == '%') &&
		lb_linux_take_size(&item, &start)) {
		return cut(map, start, size);
	}
	return cut(map, size, LB_PHYS_ADDR_MAX - size);
}

static bool edit_list(struct lb_memory_map *map, struct lb_slice list)
{
	struct lb_slice item;

	while (lb_slice_next_item(&list, ',', &item)) {
		if (!edit_one(map, item)) {
			return false;
		}
	}
	return true;
}

static bool apply_options(struct lb_memory_map *map, const char *cmdline)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	uint64_t limit;

	while (lb_cmdline_next(&line, &option)) {
		if (lb_slice_is(option.name, "mem") && lb_linux_take_size(&option.value, &limit)) {
			if (limit && !cut(map, limit, LB_PHYS_ADDR_MAX - limit)) {
				return false;
			}
		} else if (lb_slice_is(option.name, "memmap") && !edit_list(map, option.value)) {
			return false;
		}
	}
	return true;
}

bool lb_e820_edited(struct lb_model *model, const struct lb_e820_entry *entries, size_t count)
{
	size_t bytes = LB_MEMORY_MAP_BYTES(2 * count + 128);
	void *storage = lb_arena_alloc(model->arena, bytes);
	struct lb_memory_map map;
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	if (!storage || lb_memory_map_init(&map, storage, bytes)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (entries[i].type == LB_E820_RAM &&
			lb_memory_map_add(&map, entries[i].range, LB_NO_NODE, 0)) {
			return false;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (entries[i].type != LB_E820_RAM &&
			lb_memory_map_remove(&map, entries[i].range)) {
			return false;
		}
	}
	if (!apply_options(&map, model->cmdline) || !cut(&map, 0, PAGE) ||
		!cut(&map, 640 * LB_KIB, 384 * LB_KIB)) {
		return false;
	}
	while (lb_memory_map_next_memory(&map, &cursor, &region)) {
		uint64_t start;

		if (lb_align_up(region.range.start, PAGE, &start)) {
			lb_model_memory(model,
				(struct lb_range){start, lb_align_down(region.range.end, PAGE)},
				LB_NO_NODE, 0);
		}
	}
	return model->memory_count;
}
