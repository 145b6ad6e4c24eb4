/* SPDX-License-Identifier: MIT */
/*
 * linear_map: applying a change that was surveyed. Going down, each entry that the change touches
 * is replaced, split into a table, or followed; coming up, tables that became uniform are merged,
 * and groups of entries get or lose the contiguous bit.
 *
 * Where a CPU uses the map, an entry goes from one valid size to another only through an invalid
 * one that has been flushed, if the configuration asks for it (Arm ARM D8.14.1, "Using
 * break-before-make when updating translation table entries"). Tables that no entry refers to yet
 * are written freely.
 */
#include "core/linear_map_change.h"

static uint64_t read_entry(const uint64_t *slot)
{
	return __atomic_load_n(slot, __ATOMIC_RELAXED);
}

static void store_entry(uint64_t *slot, uint64_t raw)
{
	__atomic_store_n(slot, raw, __ATOMIC_RELAXED);
}

struct entry lb_change_leaf(const struct change *change, const struct entry *leaf)
{
	struct entry after = *leaf;

	LB_ASSERT(leaf->kind != ENTRY_MALFORMED);
	switch (change->kind) {
	case CHANGE_ADD:
		break;
	case CHANGE_PROTECT:
		after.state = change->how == LB_PROTECT_READ_ONLY ? LEAF_READ_ONLY
								  : LEAF_INACCESSIBLE;
		break;
	case CHANGE_UNPROTECT:
		after.state = LEAF_OPEN;
		break;
	}
	after.contiguous = false;
	return after;
}

static bool in_use(const struct change *change)
{
	return change->map->is_live && !change->unlinked;
}

static void flush(const struct change *change, uint64_t at, uint64_t last)
{
	const struct lb_linear_map *map = change->map;

	LB_ASSERT(at <= last && map->is_live);
	map->live.flush(map->live.context,
		lb_position_va(&map->config, &map->geometry, at), last - at + 1);
}

static void flush_later(struct change *change, uint64_t at, uint64_t last)
{
	LB_ASSERT(in_use(change)); /* what no CPU can reach needs no flush */
	LB_ASSERT(at <= last);
	change->flush_at = change->flush_needed ? lb_min(change->flush_at, at) : at;
	change->flush_last = change->flush_needed ? lb_max(change->flush_last, last) : last;
	change->flush_needed = true;
}

static void order(const struct change *change)
{
	if (in_use(change) && change->map->live.order) {
		change->map->live.order(change->map->live.context);
	}
}

/* Replaces one entry that spans [at, at + span of level). */
static void write_entry(struct change *change, uint64_t *slot, unsigned int level, uint64_t at,
	const struct entry *entry)
{
	struct lb_linear_map *map = change->map;
	struct entry before = lb_entry_decode(map, read_entry(slot), level);
	uint64_t last = at + lb_level_span(&map->geometry, level) - 1;

	LB_ASSERT(!(at & (lb_level_span(&map->geometry, level) - 1)));
	LB_ASSERT(entry->kind == ENTRY_TABLE || entry->kind == ENTRY_LEAF);
	LB_ASSERT(entry->kind != ENTRY_TABLE || level);
	LB_ASSERT(entry->kind != ENTRY_LEAF || level <= map->geometry.block_level_max);
	if (in_use(change)) {
		if (map->config.break_before_make && before.kind != entry->kind &&
			lb_entry_present(&before) && lb_entry_present(entry)) {
			store_entry(slot, 0);
			flush(change, at, last);
		}
		flush_later(change, at, last);
	}
	store_entry(slot, lb_entry_encode(map, entry, level));
}

static lb_phys_addr take_table(struct change *change)
{
	const struct lb_table_pages *pages = &change->map->pages;
	lb_phys_addr table = change->spare;

	LB_ASSERT(change->spare_count);
	change->spare_count--;
	change->spare = *(const uint64_t *)pages->access(pages->context, table);
	LB_ASSERT(table != change->map->root);
	return table;
}

/* Unused from now on. CPUs may walk through it until the flush of the span it mapped. */
static void drop_table(struct change *change, lb_phys_addr table, uint64_t at, uint64_t last)
{
	struct lb_linear_map *map = change->map;

	LB_ASSERT(table != map->root);
	if (in_use(change)) {
		flush(change, at, last);
	}
	*(uint64_t *)map->pages.access(map->pages.context, table) = change->unused;
	change->unused = table;
	change->unused_count++;
}

/* The entries of a group, all of which are leaves of one run, as one: value of entry i. */
static struct entry group_entry(const struct entry *first, unsigned int shift, uint64_t i)
{
	struct entry entry = *first;

	entry.pa += i << shift;
	return entry;
}

/*
 * Rewrites entries [first, first + count) of a table, which form one run of memory beginning with
 * *run, with another contiguous bit. Valid entries of the group are broken together.
 */
static void write_group(struct change *change, uint64_t *slots, unsigned int level, uint64_t at,
	uint64_t count, const struct entry *run)
{
	struct lb_linear_map *map = change->map;
	unsigned int shift = lb_level_shift(&map->geometry, level);
	uint64_t last = at + (count << shift) - 1;
	bool was_present = false;

	LB_ASSERT(lb_is_power_of_two(count) && !(at & ((count << shift) - 1)));
	LB_ASSERT(run->kind == ENTRY_LEAF);
	LB_ASSERT(!run->contiguous || lb_entry_present(run));
	for (uint64_t i = 0; i < count; i++) {
		struct entry before = lb_entry_decode(map, read_entry(slots + i), level);

		was_present |= lb_entry_present(&before);
	}
	if (in_use(change)) {
		if (was_present && lb_entry_present(run) && map->config.break_before_make) {
			for (uint64_t i = 0; i < count; i++) {
				store_entry(slots + i, 0);
			}
			flush(change, at, last);
		}
		flush_later(change, at, last);
	}
	for (uint64_t i = 0; i < count; i++) {
		struct entry entry = group_entry(run, shift, i);

		store_entry(slots + i, lb_entry_encode(map, &entry, level));
	}
}

/* True if entries [0, count) are leaves of one aligned run with equal attributes. */
static bool is_run(const struct lb_linear_map *map, const uint64_t *slots, unsigned int level,
	uint64_t count, struct entry *ret_first)
{
	unsigned int shift = lb_level_shift(&map->geometry, level);
	struct entry first = lb_entry_decode(map, read_entry(slots), level);

	LB_ASSERT(lb_is_power_of_two(count));
	if (first.kind != ENTRY_LEAF || first.pa & ((count << shift) - 1)) {
		return false;
	}
	for (uint64_t i = 1; i < count; i++) {
		struct entry entry = lb_entry_decode(map, read_entry(slots + i), level);

		if (entry.kind != ENTRY_LEAF || entry.pa != first.pa + (i << shift) ||
			!lb_leaf_same_attributes(&entry, &first)) {
			return false;
		}
	}
	*ret_first = first;
	return true;
}

static void apply_table(
	struct change *change, lb_phys_addr table, unsigned int level, uint64_t base);

/* A new table that holds what the leaf held, one level down. */
static void fill_table(struct change *change, lb_phys_addr table, unsigned int level,
	const struct entry *leaf)
{
	struct lb_linear_map *map = change->map;
	unsigned int shift = lb_level_shift(&map->geometry, level);
	uint64_t *slots = map->pages.access(map->pages.context, table);
	unsigned int group = map->geometry.contiguous_shift[level];
	struct entry first = *leaf;

	LB_ASSERT(leaf->kind == ENTRY_LEAF && level <= map->geometry.block_level_max);
	first.contiguous = group && lb_entry_present(leaf);
	for (unsigned int i = 0; i < lb_table_entries(&map->geometry, level); i++) {
		struct entry entry = group_entry(&first, shift, i);

		slots[i] = lb_entry_encode(map, &entry, level);
	}
}

/*
 * Puts a table where there was nothing, or a leaf, and applies the change to it before it counts.
 */
static void apply_new_table(struct change *change, uint64_t *slot, unsigned int level,
	uint64_t at, const struct entry *before)
{
	struct lb_linear_map *map = change->map;
	struct entry link = {.kind = ENTRY_TABLE, .pa = take_table(change)};

	LB_ASSERT(level && before->kind != ENTRY_TABLE);
	if (before->kind == ENTRY_LEAF) {
		fill_table(change, link.pa, level - 1, before);
	} else {
		__builtin_memset(map->pages.access(map->pages.context, link.pa), 0,
			lb_level_span(&map->geometry, 0));
	}
	change->unlinked++;
	apply_table(change, link.pa, level - 1, at);
	LB_ASSERT(change->unlinked);
	change->unlinked--;
	order(change);
	write_entry(change, slot, level, at, &link);
}

/* Follows an entry; if what it refers to became one run, a leaf takes the table's place. */
static void apply_existing_table(struct change *change, uint64_t *slot, unsigned int level,
	uint64_t at, lb_phys_addr table)
{
	struct lb_linear_map *map = change->map;
	const uint64_t *slots = map->pages.access(map->pages.context, table);
	struct entry leaf;

	LB_ASSERT(level && table != map->root);
	apply_table(change, table, level - 1, at);
	if (map->config.keep_split || level > map->geometry.block_level_max ||
		!is_run(map, slots, level - 1, UINT64_C(1) << map->geometry.index_bits, &leaf)) {
		return;
	}
	leaf.contiguous = false;
	write_entry(change, slot, level, at, &leaf);
	drop_table(change, table, at, at + lb_level_span(&map->geometry, level) - 1);
}

static bool covers(const struct change *change, uint64_t at, uint64_t span)
{
	return change->piece.at <= at && change->piece.last >= at + (span - 1);
}

static void apply_entry(struct change *change, uint64_t *slot, unsigned int level, uint64_t at)
{
	struct lb_linear_map *map = change->map;
	struct entry before = lb_entry_decode(map, read_entry(slot), level);
	bool whole = covers(change, at, lb_level_span(&map->geometry, level));
	struct entry after;

	LB_ASSERT(at <= change->piece.last); /* else nothing of it is to be changed */
	LB_ASSERT(change->piece.at - at < lb_level_span(&map->geometry, level) ||
		at >= change->piece.at);
	switch (before.kind) {
	case ENTRY_TABLE:
		apply_existing_table(change, slot, level, at, before.pa);
		return;
	case ENTRY_EMPTY:
		LB_ASSERT(change->kind == CHANGE_ADD); /* the survey saw that it is missing */
		after = (struct entry){.kind = ENTRY_LEAF, .flags = change->flags,
			.pa = change->piece.pa + (at - change->piece.at)};
		whole = whole && level <= change->top;
		break;
	case ENTRY_LEAF:
		LB_ASSERT(change->kind != CHANGE_ADD); /* the survey saw the conflict */
		after = lb_change_leaf(change, &before);
		if (lb_leaf_same_attributes(&before, &after)) {
			return;
		}
		break;
	case ENTRY_MALFORMED:
	default:
		LB_ASSERT(!"a malformed entry passed the survey");
		return;
	}
	if (whole) {
		write_entry(change, slot, level, at, &after);
	} else {
		apply_new_table(change, slot, level, at, &before);
	}
}

/* What a group that the change covers becomes, if that is one run from invalid entries. */
static bool group_at_once(const struct change *change, const uint64_t *slots, unsigned int level,
	uint64_t at, uint64_t count, struct entry *ret_run)
{
	const struct lb_linear_map *map = change->map;
	struct entry run;

	if (change->kind == CHANGE_ADD) {
		run = (struct entry){.kind = ENTRY_LEAF, .flags = change->flags,
			.pa = change->piece.pa + (at - change->piece.at)};
		if (level > change->top ||
			run.pa & ((count << lb_level_shift(&map->geometry, level)) - 1)) {
			return false;
		}
	} else {
		if (!is_run(map, slots, level, count, &run) || lb_entry_present(&run)) {
			return false;
		}
		run = lb_change_leaf(change, &run);
	}
	run.contiguous = lb_entry_present(&run);
	*ret_run = run;
	return true;
}

/*
 * One group of entries that may carry the contiguous bit together; indexes [from, to] are
 * touched.
 */
static void apply_group(struct change *change, uint64_t *slots, unsigned int level, uint64_t at,
	uint64_t from, uint64_t to)
{
	struct lb_linear_map *map = change->map;
	unsigned int shift = lb_level_shift(&map->geometry, level);
	uint64_t count = UINT64_C(1) << map->geometry.contiguous_shift[level];
	bool whole = covers(change, at, count << shift);
	struct entry first = lb_entry_decode(map, read_entry(slots), level);
	struct entry after = lb_change_leaf(change, &first);
	struct entry run;

	if (count > 1 && whole && group_at_once(change, slots, level, at, count, &run)) {
		write_group(change, slots, level, at, count, &run);
		return;
	}
	if (first.kind == ENTRY_LEAF && first.contiguous &&
		!lb_leaf_same_attributes(&first, &after) &&
		(!whole || lb_entry_present(&after))) {
		run = first;
		run.contiguous = false;
		if (whole) {
			run = after;
			run.contiguous = true;
		}
		write_group(change, slots, level, at, count, &run);
		if (whole) {
			return;
		}
	}
	for (uint64_t i = from; i <= to; i++) {
		apply_entry(change, slots + i, level, at + (i << shift));
	}
	if (count > 1 && (whole || !map->config.keep_split) &&
		is_run(map, slots, level, count, &run) && lb_entry_present(&run) &&
		!run.contiguous) {
		run.contiguous = true;
		write_group(change, slots, level, at, count, &run);
	}
}

/* base: position of the table's first byte. Depth bounded by LB_LEVELS_MAX. */
static void apply_table(
	struct change *change, lb_phys_addr table, unsigned int level, uint64_t base)
{
	struct lb_linear_map *map = change->map;
	unsigned int shift = lb_level_shift(&map->geometry, level);
	uint64_t entries = lb_table_entries(&map->geometry, level);
	uint64_t group = UINT64_C(1) << map->geometry.contiguous_shift[level];
	uint64_t *slots = map->pages.access(map->pages.context, table);
	uint64_t from = (lb_max(base, change->piece.at) - base) >> shift;
	uint64_t to = (lb_min(base + (entries << shift) - 1, change->piece.last) - base) >> shift;

	LB_ASSERT(level < map->geometry.levels);
	LB_ASSERT(from <= to && to < entries);
	for (uint64_t first = lb_align_down(from, group); first <= to; first += group) {
		apply_group(change, slots + first, level, base + (first << shift),
			lb_max(first, from) - first, lb_min(first + group - 1, to) - first);
	}
}

void lb_change_apply(struct change *change)
{
	const struct lb_linear_map *map = change->map;

	LB_ASSERT(change->piece.at <= change->piece.last);
	LB_ASSERT(!change->unlinked && !change->flush_needed && !change->unused_count);
	apply_table(change, map->root, lb_root_level(&map->geometry), 0);
	LB_ASSERT(!change->unlinked);
	if (change->flush_needed) {
		flush(change, change->flush_at, change->flush_last);
	}
}
