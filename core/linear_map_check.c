/* SPDX-License-Identifier: MIT */
/* linear_map: a look at every table of a built map: what it costs, and whether it is sound. */
#include "core/linear_map_entry.h"

/* What a look at one table came to. */
struct audit {
	const struct lb_linear_map *map;
	struct lb_linear_cost cost;
	bool sound;
};

static bool group_should_be_contiguous(const struct lb_linear_map *map, const uint64_t *raw,
	unsigned int level, unsigned int count)
{
	struct entry first = lb_entry_decode(map, raw[0], level);
	unsigned int shift = lb_level_shift(&map->geometry, level);

	if (first.kind != ENTRY_LEAF || !lb_entry_present(&first) ||
		first.pa & (((uint64_t)count << shift) - 1)) {
		return false;
	}
	for (unsigned int i = 1; i < count; i++) {
		struct entry entry = lb_entry_decode(map, raw[i], level);

		if (entry.kind != ENTRY_LEAF || !lb_leaf_same_attributes(&entry, &first) ||
			entry.pa != first.pa + ((uint64_t)i << shift)) {
			return false;
		}
	}
	return true;
}

/* The contiguous bit is on all entries of a group that could have it, or on none. */
static void audit_groups(struct audit *audit, const uint64_t *raw, unsigned int level)
{
	const struct lb_linear_map *map = audit->map;
	unsigned int count = 1U << map->geometry.contiguous_shift[level];
	unsigned int entries = lb_table_entries(&map->geometry, level);

	for (unsigned int i = 0; count > 1 && i < entries; i += count) {
		bool could = group_should_be_contiguous(map, raw + i, level, count);
		unsigned int carriers = 0;

		for (unsigned int j = i; j < i + count; j++) {
			carriers += lb_entry_decode(map, raw[j], level).contiguous;
		}
		if (carriers != (could ? count : 0) && !(map->config.keep_split && !carriers)) {
			audit->sound = false;
		}
	}
}

static void audit_shape(struct audit *audit, const uint64_t *raw, unsigned int level,
	unsigned int used)
{
	const struct lb_linear_map *map = audit->map;
	bool root = level == lb_root_level(&map->geometry);
	unsigned int entries = lb_table_entries(&map->geometry, level);
	bool mergeable = !root && level + 1 <= map->geometry.block_level_max;

	if (!used && !root) {
		audit->sound = false;
	}
	if (mergeable && used == entries && !map->config.keep_split) {
		struct entry first = lb_entry_decode(map, raw[0], level);
		bool uniform = first.kind == ENTRY_LEAF &&
			!(first.pa & (lb_level_span(&map->geometry, level + 1) - 1));

		for (unsigned int i = 1; uniform && i < entries; i++) {
			struct entry entry = lb_entry_decode(map, raw[i], level);

			uniform = entry.kind == ENTRY_LEAF &&
				lb_leaf_same_attributes(&entry, &first) &&
				entry.pa == first.pa +
					((uint64_t)i << lb_level_shift(&map->geometry, level));
		}
		audit->sound = audit->sound && !uniform;
	}
	audit_groups(audit, raw, level);
}

/* Depth bounded by LB_LEVELS_MAX. */
static void audit_table(struct audit *audit, lb_phys_addr table, unsigned int level)
{
	const struct lb_linear_map *map = audit->map;
	const uint64_t *raw = map->pages.access(map->pages.context, table);
	unsigned int used = 0;

	audit->cost.tables[level]++;
	audit->cost.table_bytes += lb_level_span(&map->geometry, 0);
	for (unsigned int i = 0; i < lb_table_entries(&map->geometry, level); i++) {
		struct entry entry = lb_entry_decode(map, raw[i], level);

		used += entry.kind != ENTRY_EMPTY;
		if (entry.kind == ENTRY_TABLE && level) {
			audit_table(audit, entry.pa, level - 1);
		} else if (entry.kind == ENTRY_LEAF) {
			audit->cost.leaves[level]++;
			audit->cost.contiguous[level] += entry.contiguous;
			audit->sound = audit->sound && level <= map->geometry.block_level_max &&
				!(entry.pa & (lb_level_span(&map->geometry, level) - 1));
		} else if (entry.kind != ENTRY_EMPTY) {
			audit->sound = false;
		}
	}
	audit_shape(audit, raw, level, used);
}

void lb_linear_map_measure(const struct lb_linear_map *map, struct lb_linear_cost *ret)
{
	struct audit audit = {.map = map, .sound = true};

	audit_table(&audit, map->root, lb_root_level(&map->geometry));
	*ret = audit.cost;
}

bool lb_linear_map_check(const struct lb_linear_map *map)
{
	struct audit audit = {.map = map, .sound = true};
	uint64_t tables = 0;

	audit_table(&audit, map->root, lb_root_level(&map->geometry));
	for (size_t i = 0; i < LB_LEVELS_MAX; i++) {
		tables += audit.cost.tables[i];
	}
	return audit.sound && tables == map->tables;
}
