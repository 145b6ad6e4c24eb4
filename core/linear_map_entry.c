/* SPDX-License-Identifier: MIT */
/* linear_map: an entry of a map in its architecture. */
#include "core/linear_map_entry.h"

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
