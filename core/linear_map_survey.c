/* SPDX-License-Identifier: MIT */
/* linear_map: what a change would do, without doing it. */
#include "core/linear_map_change.h"

static void survey_break(struct survey *survey, uint64_t at, uint64_t last)
{
	LB_ASSERT(at <= last);
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

	LB_ASSERT(change->kind == CHANGE_ADD && at <= last);
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

	LB_ASSERT(leaf->kind == ENTRY_LEAF && level <= shape->block_level_max);
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

	LB_ASSERT(level < map->geometry.levels);
	LB_ASSERT(from <= to); /* only tables that the piece touches are looked at */
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

enum lb_status lb_change_survey(struct survey *survey, struct change *change)
{
	const struct lb_linear_map *map = change->map;

	LB_ASSERT(change->piece.at <= change->piece.last);
	*survey = (struct survey){.change = change};
	change->top = lb_piece_top(&map->geometry, &change->piece);
	return survey_table(survey, map->root, lb_root_level(&map->geometry), 0);
}
