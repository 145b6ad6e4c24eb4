/* SPDX-License-Identifier: MIT */
/*
 * linear_map: the calls that make and change a map. Each first surveys (is it allowed, how many
 * table pages does it take), then takes the pages, then applies (core/linear_map_change.c).
 */
#include "core/linear_map_internal.h"

uint64_t lb_entry_encode(
	const struct lb_linear_map *map, const struct entry *entry, unsigned int level)
{
	if (lb_format_is_x86(map->config.format)) {
		return lb_x86_64_encode(entry, level);
	}
	return lb_arm64_encode(entry, level, map->geometry.page_shift);
}

struct entry lb_entry_decode(const struct lb_linear_map *map, uint64_t raw, unsigned int level)
{
	if (lb_format_is_x86(map->config.format)) {
		return lb_x86_64_decode(raw, level);
	}
	return lb_arm64_decode(raw, level, map->geometry.page_shift);
}

void lb_linear_map_set_live(struct lb_linear_map *map, const struct lb_linear_live *live)
{
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
	if (!pages->take(pages->context, &root)) {
		return LB_NO_STORAGE;
	}
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
			free_table(map, entry.pa, level - 1);
		}
	}
	map->pages.give(map->pages.context, table);
	map->tables--;
}

void lb_linear_map_free(struct lb_linear_map *map)
{
	LB_ASSERT(!map->is_live);
	free_table(map, map->root, lb_root_level(&map->geometry));
	LB_ASSERT(!map->tables);
}

struct survey {
	const struct change *change;
	uint64_t tables;
	bool breaks;
	uint64_t break_at;
	uint64_t break_last;
};

static void survey_break(struct survey *survey, uint64_t at, uint64_t last)
{
	survey->break_at = survey->breaks ? lb_min(survey->break_at, at) : at;
	survey->break_last = survey->breaks ? lb_max(survey->break_last, last) : last;
	survey->breaks = true;
}

/* Tables that [at, last], nothing of which is mapped yet, needs below entries of the level. */
static uint64_t tables_for_new(
	const struct change *change, unsigned int level, uint64_t at, uint64_t last)
{
	const struct lb_linear_geometry *shape = &change->map->geometry;
	uint64_t tables = 0;

	for (; level; level--) {
		unsigned int shift = lb_level_shift(shape, level);

		tables += level <= change->top ? lb_partial_spans(shape, level, at, last)
					       : (last >> shift) - (at >> shift) + 1;
	}
	return tables;
}

/* A leaf at the level, of which the change touches [at, last]. */
static void survey_leaf(struct survey *survey, const struct entry *leaf, unsigned int level,
	uint64_t at, uint64_t last)
{
	const struct lb_linear_geometry *shape = &survey->change->map->geometry;
	struct entry after = lb_change_leaf(survey->change, leaf);
	unsigned int shift = lb_level_shift(shape, level) +
		(leaf->contiguous ? shape->contiguous_shift[level] : 0);
	uint64_t mask = (UINT64_C(1) << shift) - 1;
	bool whole = !(survey->change->piece.at > (at & ~mask)) &&
		survey->change->piece.last >= (last | mask);

	if (lb_leaf_same_attributes(leaf, &after)) {
		return;
	}
	for (unsigned int l = level; l; l--) {
		survey->tables += lb_partial_spans(shape, l, at, last);
	}
	if (lb_entry_present(leaf) && (!whole || (leaf->contiguous && lb_entry_present(&after)))) {
		survey_break(survey, at & ~mask, last | mask);
	}
}

/* base: position of the table's first byte. Depth bounded by LB_LEVELS_MAX. */
static enum lb_status survey_table(
	struct survey *survey, lb_phys_addr table, unsigned int level, uint64_t base)
{
	const struct change *change = survey->change;
	const struct lb_linear_map *map = change->map;
	unsigned int shift = lb_level_shift(&map->geometry, level);
	const uint64_t *raw = map->pages.access(map->pages.context, table);
	unsigned int entries = lb_table_entries(&map->geometry, level);
	uint64_t end = base + ((uint64_t)entries << shift) - 1;
	uint64_t from = lb_max(base, change->piece.at);
	uint64_t to = lb_min(end, change->piece.last);

	for (uint64_t i = (from - base) >> shift; i <= (to - base) >> shift; i++) {
		uint64_t start = base + (i << shift);
		uint64_t at = lb_max(start, from);
		uint64_t last = lb_min(start + (UINT64_C(1) << shift) - 1, to);
		struct entry entry = lb_entry_decode(map, raw[i], level);
		enum lb_status status;

		LB_ASSERT(entry.kind != ENTRY_MALFORMED);
		if (entry.kind == ENTRY_TABLE) {
			status = survey_table(survey, entry.pa, level - 1, start);
			if (status) {
				return status;
			}
		} else if (change->kind == CHANGE_ADD) {
			if (entry.kind == ENTRY_LEAF) {
				return LB_CONFLICT;
			}
			survey->tables += tables_for_new(change, level, at, last);
		} else if (entry.kind == ENTRY_EMPTY) {
			return LB_NOT_FOUND;
		} else {
			survey_leaf(survey, &entry, level, at, last);
		}
	}
	return LB_OK;
}

static enum lb_status survey_change(struct survey *survey, struct change *change)
{
	const struct lb_linear_map *map = change->map;

	*survey = (struct survey){.change = change};
	change->top = lb_piece_top(&map->geometry, &change->piece);
	return survey_table(survey, map->root, lb_root_level(&map->geometry), 0);
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
	enum lb_status status = survey_change(&survey, change);

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
		status = survey_change(&survey, &change);
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
