/* SPDX-License-Identifier: MIT */
/* pages: every entry that maps RAM, summed. */
#include "plan/pages/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lifeboat/range_set.h"
#include "plan/boot/arena.h"
#include "plan/pages/kernel_tables.h"
#include "plan/pages/why.h"
#include "plan/read_boot.h"
#include "policy/linux/version.h"

#define ENTRIES_MAX (UINT64_C(1) << 32)
#define LEVELS_OF_LEAVES 3

struct lb_pages_private {
	struct lb_pages pages;
	struct lb_kernel_tables tables;
	struct lb_range_set ram;
	struct lb_arena arena;
	uint64_t entries_left;
};

static enum lb_status fail(const struct lb_core_file *core, struct lb_machine_error *error,
	enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%.200s: %s", core->path, text);
	return status;
}

/* Whole pages of a range. False: it is beyond any memory, or there is no room. */
static bool add_ram(struct lb_pages_private *private_, struct lb_range range)
{
	uint64_t page = private_->pages.page_size;

	if (range.end > UINT64_C(1) << 52 || !lb_align_up(range.start, page, &range.start)) {
		return false;
	}
	range.end = lb_align_down(range.end, page);
	return range.start >= range.end || lb_range_set_add(&private_->ram, range) == LB_OK;
}

/* By the machine: System RAM of the top level. */
static bool gather_machine(
	struct lb_pages_private *private_, const struct lb_machine *machine)
{
	bool good = true;

	for (size_t i = 0; i < machine->memory.iomem_count && good; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (entry->kind == LB_IOMEM_RAM && !entry->depth) {
			good = add_ram(private_, entry->range);
		}
	}
	return good;
}

/* By the core: what it holds. Of a dump from outside that may be more than RAM. */
static bool gather_core(struct lb_pages_private *private_, const struct lb_core_file *core)
{
	struct lb_core_segment segment;
	bool good = true;

	for (uint32_t i = 0; i < core->header.segment_count && good; i++) {
		lb_core_header_segment(&core->header, i, &segment);
		good = segment.kind != LB_CORE_LOAD || add_ram(private_, segment.range);
	}
	return good;
}

static enum lb_status gather_ram(struct lb_pages_private *private_,
	const struct lb_core_file *core, const struct lb_machine *machine,
	struct lb_machine_error *error)
{
	bool shown = machine && lb_machine_has(machine, LB_SOURCE_IOMEM);
	size_t capacity = shown ? machine->memory.iomem_count : core->header.segment_count;
	struct lb_range *room = lb_arena_array(&private_->arena, capacity, sizeof(*room));

	if (!room) {
		return fail(core, error, LB_NO_STORAGE, "out of memory");
	}
	lb_range_set_init(&private_->ram, room, capacity);
	if (!(shown ? gather_machine(private_, machine) : gather_core(private_, core))) {
		return fail(core, error, LB_INVALID, "a segment is beyond any memory");
	}
	return private_->ram.count ? LB_OK : fail(core, error, LB_INVALID, "it holds no memory");
}

/* Sums by level and contiguous bit while they grow. */
struct sums {
	struct lb_mapped mapped;
	uint64_t by_kind[LEVELS_OF_LEAVES][2];
};

static void count_mapping(const struct lb_pages_private *private_,
	const struct lb_foreign_mapping *mapping, lb_phys_addr expected, uint64_t bytes,
	struct sums *sums)
{
	uint64_t encryption = private_->tables.map.encryption;
	struct lb_mapped *mapped = &sums->mapped;

	mapped->bytes += bytes;
	if (!mapping->present) {
		mapped->unmapped += bytes;
		return;
	}
	if ((mapping->pa & ~encryption) != expected) {
		mapped->elsewhere += bytes;
		return;
	}
	LB_ASSERT(mapping->level < LEVELS_OF_LEAVES);
	sums->by_kind[mapping->level][mapping->contiguous] += bytes;
	mapped->read_only += mapping->flags & LB_MAP_WRITE ? 0 : bytes;
	mapped->executable += mapping->flags & LB_MAP_EXECUTE ? bytes : 0;
	mapped->uncached += mapping->flags & LB_MAP_DEVICE ? bytes : 0;
	mapped->shared += encryption && !mapping->encrypted ? bytes : 0;
}

static enum lb_status look_at(struct lb_pages_private *private_, struct lb_range range,
	struct sums *sums, struct lb_machine_error *error)
{
	const struct lb_core_file *core = private_->tables.reader.core;
	struct lb_foreign_mapping mapping;
	uint64_t bytes;

	for (lb_phys_addr at = range.start; at < range.end; at += bytes) {
		uint64_t va = at + private_->tables.offset;
		enum lb_status status = lb_foreign_map_walk(&private_->tables.map, va, &mapping);

		if (status) {
			char text[128];

			snprintf(text, sizeof(text),
				"page tables: no way to 0x%llx, memory at 0x%llx (%s)",
				(unsigned long long)va, (unsigned long long)at,
				lb_status_text(status));
			return fail(core, error, status, text);
		}
		if (!private_->entries_left--) {
			return fail(core, error, LB_INVALID, "its page tables have no end");
		}
		bytes = lb_min(range.end - at, mapping.block - (va & (mapping.block - 1)));
		count_mapping(private_, &mapping, at, bytes, sums);
	}
	return LB_OK;
}

static void list_kinds(const struct lb_pages_private *private_, struct sums *sums)
{
	enum lb_page_format format = private_->tables.map.format;
	struct lb_mapped *mapped = &sums->mapped;

	for (unsigned int level = LEVELS_OF_LEAVES; level-- > 0;) {
		for (unsigned int contiguous = 2; contiguous-- > 0;) {
			uint64_t bytes = sums->by_kind[level][contiguous];

			if (bytes) {
				mapped->kinds[mapped->kind_count++] = (struct lb_page_kind){
					.block = lb_page_reach(format, level, false),
					.reach = lb_page_reach(format, level, contiguous),
					.bytes = bytes};
			}
		}
	}
}

static enum lb_status sum_ram(struct lb_pages_private *private_, struct lb_machine_error *error)
{
	struct lb_table_reader *reader = &private_->tables.reader;
	struct lb_pages *pages = &private_->pages;
	struct sums sums = {.mapped = {.bytes = 0}};

	for (unsigned int level = 0; level < LB_LEVELS_MAX; level++) {
		reader->read[level] = 0;
		reader->addresses[level] = UINT64_MAX;
	}
	for (size_t i = 0; i < private_->ram.count; i++) {
		enum lb_status status = look_at(private_, private_->ram.ranges[i], &sums, error);

		if (status) {
			return status;
		}
	}
	/* RAM was walked upwards, so each table was read once. */
	for (unsigned int level = 0; level < LB_LEVELS_MAX; level++) {
		pages->tables += reader->read[level];
	}
	pages->table_bytes = pages->tables * pages->page_size;
	list_kinds(private_, &sums);
	pages->ram = sums.mapped;
	return LB_OK;
}

static enum lb_status sum_crash(struct lb_pages_private *private_, struct lb_machine_error *error)
{
	struct lb_pages *pages = &private_->pages;

	for (size_t i = 0; i < pages->crash_count; i++) {
		struct lb_range range = pages->crash[i].crash.range;
		struct sums sums = {.mapped = {.bytes = 0}};
		enum lb_status status;

		range.end = lb_align_down(range.end, pages->page_size);
		status = look_at(private_, range, &sums, error);
		if (status) {
			return status;
		}
		list_kinds(private_, &sums);
		pages->crash[i].mapped = sums.mapped;
	}
	return LB_OK;
}

/* What the core's own builder would need for the same RAM; 0 where it has not this format. */
static uint64_t cost_of(const struct lb_pages_private *private_,
	const struct lb_machine *machine, enum lb_linear_strategy strategy)
{
	const struct lb_foreign_map *map = &private_->tables.map;
	struct lb_linear_config config = {.format = map->format,
		.va_bits = map->va_bits,
		.va_offset = private_->tables.offset};
	struct lb_linear_cost cost;

	if (machine && machine->cpu.gbpages_known && !machine->cpu.gbpages) {
		config.largest_block = 2 * LB_MIB;
	}
	if (lb_linear_map_estimate(&config, private_->ram.ranges, private_->ram.count,
		    (struct lb_range){0, 0}, strategy, &cost) != LB_OK) {
		return 0;
	}
	return cost.table_bytes;
}

static void take_crash(struct lb_pages *pages, const struct lb_machine *machine)
{
	const struct lb_crash_range *ranges;
	struct lb_observation seen;
	uint32_t version = 0;
	size_t count;

	if (!machine || !lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		return;
	}
	(void)!lb_linux_version_of(machine->kernel.release, machine->kernel.banner, &version);
	lb_read_boot(machine, version, &seen);
	pages->crash_known = true;
	count = lb_regions_now(&seen, &ranges);
	for (size_t i = 0; i < count && pages->crash_count < LB_ARRAY_COUNT(pages->crash); i++) {
		pages->crash[pages->crash_count++].crash = ranges[i];
	}
}

static void describe(struct lb_pages_private *private_, const struct lb_core_file *core)
{
	const struct lb_kernel_tables *tables = &private_->tables;
	struct lb_pages *pages = &private_->pages;

	pages->input = core->path;
	pages->arch = core->arch;
	pages->release = tables->release;
	pages->page_size = lb_foreign_map_page(tables->map.format);
	pages->levels = lb_foreign_map_levels(&tables->map);
	pages->va_bits = tables->map.va_bits                          ? tables->map.va_bits
			 : tables->map.format == LB_PAGES_X86_5LEVEL ? 57
								      : 48;
	pages->offset = tables->offset;
	pages->offset_source = tables->offset_source;
	pages->encryption = tables->map.encryption != 0;
}

static enum lb_status fill(struct lb_pages_private *private_, const struct lb_core_file *core,
	const struct lb_machine *machine, struct lb_machine_error *error)
{
	struct lb_pages *pages = &private_->pages;
	enum lb_status status = lb_kernel_tables_find(core, &private_->tables, error);

	if (status) {
		return status;
	}
	describe(private_, core);
	take_crash(pages, machine);
	status = gather_ram(private_, core, machine, error);
	if (!status) {
		status = sum_ram(private_, error);
	}
	if (!status) {
		status = sum_crash(private_, error);
	}
	if (!status) {
		pages->least_bytes = cost_of(private_, machine, LB_LINEAR_UNPROTECTED);
		pages->most_bytes = cost_of(private_, machine, LB_LINEAR_BASE_PAGES);
		status = lb_pages_explain(pages, machine, &private_->arena);
	}
	return status;
}

enum lb_status lb_pages_read(const struct lb_core_file *core, const struct lb_machine *machine,
	uint64_t entries_max, struct lb_pages **ret, struct lb_machine_error *error)
{
	struct lb_pages_private *private_ = calloc(1, sizeof(*private_));
	enum lb_status status;

	*ret = NULL;
	if (!private_) {
		return fail(core, error, LB_NO_STORAGE, "out of memory");
	}
	private_->pages.private_ = private_;
	private_->entries_left = entries_max ? entries_max : ENTRIES_MAX;
	status = fill(private_, core, machine, error);
	lb_kernel_tables_end(&private_->tables);
	if (status) {
		lb_pages_free(&private_->pages);
		return status;
	}
	*ret = &private_->pages;
	return LB_OK;
}

void lb_pages_free(struct lb_pages *pages)
{
	if (pages) {
		lb_arena_free(&pages->private_->arena);
		free(pages->private_);
	}
}
