/* SPDX-License-Identifier: MIT */
/*
 * linux_map: Linux's real memblock.c behind plain types, for the differential run and the
 * benchmark. Ranges are [start, end) as in lifeboat; node -1 is no node.
 */
#ifndef LIFEBOAT_TESTS_MEMBLOCK_LINUX_MAP_H
#define LIFEBOAT_TESTS_MEMBLOCK_LINUX_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linux_region {
	uint64_t start;
	uint64_t end;
	uint32_t flags;
	int32_t node;
};

struct linux_request {
	uint64_t size;
	uint64_t align;
	uint64_t start;
	uint64_t end;
	int32_t node;
	bool bottom_up;
	bool mirrored_only;
	bool avoid_hotplug;
};

/* An empty map whose arrays hold `regions` each and never grow. */
void linux_map_init(size_t regions);

/* Empties the map. */
void linux_map_clear(void);
/* Writes reserved regions of `size` bytes every `step` bytes, at once: adding a million one by one
 * would take half an hour. */
void linux_map_fill_reserved(uint64_t start, uint64_t step, uint64_t size, size_t count);

/* 0, or a negative error number. */
int linux_map_add(uint64_t start, uint64_t end, int32_t node, uint32_t flags);
int linux_map_remove(uint64_t start, uint64_t end);
int linux_map_reserve(uint64_t start, uint64_t end, int32_t node, uint32_t flags);
int linux_map_release(uint64_t start, uint64_t end);
int linux_map_set_node(uint64_t start, uint64_t end, int32_t node);
int linux_map_change_flags(uint64_t start, uint64_t end, uint32_t set, uint32_t clear);

/* 0: nowhere. */
uint64_t linux_map_find(const struct linux_request *request);

/* Region `index` of a set; false past the last. */
bool linux_map_memory(size_t index, struct linux_region *ret);
bool linux_map_reserved(size_t index, struct linux_region *ret);
/* Walks free ranges; start at *state = 0. Linux shows an empty one between two reserved regions
 * that touch; those are left out. */
bool linux_map_next_free(uint64_t *state, struct linux_region *ret);
bool linux_map_is_memory(uint64_t address);
uint64_t linux_map_total(void);

#endif
