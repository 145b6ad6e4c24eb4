/* SPDX-License-Identifier: MIT */
/*
 * linear_map: the calls that make and change a map. Each first surveys (is it allowed, how many
 * table pages does it take), then takes the pages, then applies.
 */
#include "core/linear_map_change.h"

void lb_linear_map_set_live(struct lb_linear_map *map, const struct lb_linear_live *live)
{
	LB_ASSERT(!live || live->flush);
	map->is_live = live != NULL;
	map->live = live ? *live : (struct lb_linear_live){0};
}

enum lb_status lb_linear_map_init(struct lb_linear_map *map,
	const struct lb_linear_config *config, const struct lb_table_pages *pages,
	const struct lb_linear_live *live)
{
	struct lb_linear_geometry shape;
	enum lb_status status = lb_linear_geometry_init(config, &shape);
	lb_phys_addr root;

	if (status) {
		return status;
	}
	LB_ASSERT(pages->take && pages->give && pages->access);
	if (!pages->take(pages->context, &root)) {
		return LB_NO_STORAGE;
	}
	LB_ASSERT(!(root & (lb_level_span(&shape, 0) - 1)));
	__builtin_memset(pages->access(pages->context, root), 0, lb_level_span(&shape, 0));
	*map = (struct lb_linear_map){.config = *config, .geometry = shape, .pages = *pages,
		.root = root, .tables = 1};
	lb_linear_map_set_live(map, live);
	return LB_OK;
}

/* Depth is bounded by LB_LEVELS_MAX: each call goes one level down. */
static void free_table(struct lb_linear_map *map, lb_phys_addr table, unsigned int level)
{
	const uint64_t *raw = map->pages.access(map->pages.context, table);

	for (unsigned int i = 0; level && i < lb_table_entries(&map->geometry, level); i++) {
		struct entry entry = lb_entry_decode(map, raw[i], level);

		if (entry.kind == ENTRY_TABLE) {
			LB_ASSERT(entry.pa != table);
			free_table(map, entry.pa, level - 1);
		}
	}
	LB_ASSERT(map->tables);
	map->pages.give(map->pages.context, table);
	map->tables--;
}

void lb_linear_map_free(struct lb_linear_map *map)
{
	LB_ASSERT(!map->is_live);
	free_table(map, map->root, lb_root_level(&map->geometry));
	LB_ASSERT(!map->tables);
}

/* A free table page names the next one of its chain in its first eight bytes. */
static bool take_spare(struct change *change, uint64_t count)
{
	const struct lb_table_pages *pages = &change->map->pages;

	for (; change->spare_count < count; change->spare_count++) {
		lb_phys_addr table;

		if (!pages->take(pages->context, &table)) {
			return false;
		}
		LB_ASSERT(table != change->map->root);
		LB_ASSERT(!(table & (lb_level_span(&change->map->geometry, 0) - 1)));
		*(uint64_t *)pages->access(pages->context, table) = change->spare;
		change->spare = table;
	}
	return true;
}

static void give_chain(const struct lb_table_pages *pages, lb_phys_addr table, uint64_t count)
{
	for (; count; count--) {
		lb_phys_addr next = *(const uint64_t *)pages->access(pages->context, table);

		pages->give(pages->context, table);
		table = next;
	}
}

static enum lb_status run_change(struct change *change)
{
	struct lb_linear_map *map = change->map;
	struct survey survey;
	enum lb_status status = lb_change_survey(&survey, change);

	if (status) {
		return status;
	}
	if (!take_spare(change, survey.tables)) {
		give_chain(&map->pages, change->spare, change->spare_count);
		return LB_NO_STORAGE;
	}
	lb_change_apply(change);
	LB_ASSERT(!change->spare_count);
	give_chain(&map->pages, change->unused, change->unused_count);
	map->tables += survey.tables;
	LB_ASSERT(map->tables > change->unused_count); /* the root stays */
	map->tables -= change->unused_count;
	return LB_OK;
}

enum lb_status lb_linear_map_add_at(
	struct lb_linear_map *map, uint64_t va, struct lb_range range, uint32_t flags)
{
	struct change change = {.map = map, .kind = CHANGE_ADD, .flags = flags};
	enum lb_status status;

	if (flags & ~(uint32_t)LB_MAP_FLAGS ||
		(flags & LB_MAP_DEVICE && flags & LB_MAP_EXECUTE)) {
		return LB_INVALID;
	}
	status = lb_linear_piece(&map->config, &map->geometry, va, range, &change.piece);
	return status ? status : run_change(&change);
}

enum lb_status lb_linear_map_add(struct lb_linear_map *map, struct lb_range range, uint32_t flags)
{
	return lb_linear_map_add_at(map, range.start + map->config.va_offset, range, flags);
}

static enum lb_status piece_of_linear(
	const struct lb_linear_map *map, struct lb_range range, struct piece *ret)
{
	return lb_linear_piece(&map->config, &map->geometry,
		range.start + map->config.va_offset, range, ret);
}

enum lb_status lb_linear_map_protect(
	struct lb_linear_map *map, struct lb_range range, enum lb_protection how)
{
	struct change change = {.map = map, .kind = CHANGE_PROTECT, .how = how};
	enum lb_status status = piece_of_linear(map, range, &change.piece);

	return status ? status : run_change(&change);
}

enum lb_status lb_linear_map_unprotect(struct lb_linear_map *map, struct lb_range range)
{
	struct change change = {.map = map, .kind = CHANGE_UNPROTECT};
	enum lb_status status = piece_of_linear(map, range, &change.piece);

	return status ? status : run_change(&change);
}

enum lb_status lb_linear_map_protect_plan(const struct lb_linear_map *map,
	struct lb_range range, enum lb_protection how, struct lb_linear_change *ret)
{
	struct lb_linear_map copy = *map;
	struct change change = {.map = &copy, .kind = CHANGE_PROTECT, .how = how};
	enum lb_status status = piece_of_linear(map, range, &change.piece);
	struct survey survey;

	if (!status) {
		status = lb_change_survey(&survey, &change);
	}
	if (status) {
		return status;
	}
	*ret = (struct lb_linear_change){.tables = survey.tables};
	if (survey.breaks && map->config.break_before_make) {
		ret->broken_va = lb_position_va(&map->config, &map->geometry, survey.break_at);
		ret->broken_size = survey.break_last - survey.break_at + 1;
	}
	return LB_OK;
}
