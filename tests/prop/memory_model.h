/* SPDX-License-Identifier: MIT */
/*
 * memory_model: the naive model of a memory map, and tapes of operations on both.
 *
 * The model is a row of cells, each memory or not, reserved or not, with flags and node. A region
 * is a run of equal cells; a free range a run of equal memory cells none of which is reserved; a
 * search tries every quarter of a cell. Used by the unit tests, the fuzz target and the
 * differential run, so it is a header, freestanding, and large objects are the user's.
 */
#ifndef LIFEBOAT_TESTS_PROP_MEMORY_MODEL_H
#define LIFEBOAT_TESTS_PROP_MEMORY_MODEL_H

#include "lifeboat/memory_map.h"

#define MODEL_CELLS_MAX 3000

struct cell {
	bool present;
	uint32_t flags;
	int32_t node;
};

struct model {
	lb_phys_addr base;
	uint64_t unit; /* bytes of a cell */
	size_t cells;
	struct cell memory[MODEL_CELLS_MAX];
	struct cell reserved[MODEL_CELLS_MAX];
	struct cell free[MODEL_CELLS_MAX]; /* what a walk of free ranges sees */
};

/* Where decisions come from: given bytes first, then a generator unless the bytes are all. */
struct tape {
	const uint8_t *bytes;
	size_t left;
	bool bytes_only;
	bool ended;
	uint64_t state;
	uint64_t long_one_in; /* one range in so many may be of any length */
};

static inline uint64_t tape_draw(struct tape *tape, uint64_t limit)
{
	if (tape->left) {
		uint64_t value = *tape->bytes++;

		if (--tape->left && limit > 256) {
			value = value << 8 | *tape->bytes++;
			tape->left--;
		}
		return value % limit;
	}
	tape->ended = tape->bytes_only;
	tape->state ^= tape->state << 13;
	tape->state ^= tape->state >> 7;
	tape->state ^= tape->state << 17;
	return (tape->state >> 11) % limit;
}

static inline struct tape tape_of_seed(uint64_t seed, uint64_t long_one_in)
{
	return (struct tape){.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
		.long_one_in = long_one_in};
}

static inline bool cell_same(const struct cell *a, const struct cell *b)
{
	return a->present == b->present &&
		(!a->present || (a->flags == b->flags && a->node == b->node));
}

static inline lb_phys_addr model_address(const struct model *model, size_t cell)
{
	return model->base + cell * model->unit;
}

static inline void model_find_free_cells(struct model *model)
{
	for (size_t i = 0; i < model->cells; i++) {
		const struct cell *memory = &model->memory[i];

		model->free[i] = *memory;
		model->free[i].present = memory->present && !model->reserved[i].present &&
			!(memory->flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED));
	}
}

static inline void model_init(
	struct model *model, lb_phys_addr base, uint64_t unit, size_t cells)
{
	model->base = base;
	model->unit = unit;
	model->cells = cells;
	__builtin_memset(model->memory, 0, cells * sizeof(model->memory[0]));
	__builtin_memset(model->reserved, 0, cells * sizeof(model->reserved[0]));
	model_find_free_cells(model);
}

/* The run of equal cells that starts at or after *at, which moves to its end; false: none. */
static inline bool model_next_run(
	const struct model *model, const struct cell *cells, size_t *at, size_t *ret_start)
{
	while (*at < model->cells && !cells[*at].present) {
		++*at;
	}
	if (*at == model->cells) {
		return false;
	}
	*ret_start = *at;
	while (*at < model->cells && cell_same(&cells[*at], &cells[*ret_start])) {
		++*at;
	}
	return true;
}

typedef bool walk_function(
	const struct lb_memory_map *, struct lb_memory_cursor *, struct lb_region *);

/* The walk shows exactly the runs of these cells; `count` of them unless SIZE_MAX. */
static inline bool model_walk_matches(const struct model *model, const struct cell *cells,
	const struct lb_memory_map *map, walk_function *next, size_t count)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	size_t runs = 0;
	size_t at = 0;
	size_t start;

	for (; model_next_run(model, cells, &at, &start); runs++) {
		if (!next(map, &cursor, &region) ||
			region.range.start != model_address(model, start) ||
			region.range.end != model_address(model, at) ||
			region.flags != cells[start].flags || region.node != cells[start].node) {
			return false;
		}
	}
	return !next(map, &cursor, &region) && (count == SIZE_MAX || runs == count);
}

static inline bool model_eligible(
	const struct cell *cell, const struct lb_memory_request *request)
{
	return cell->present && (request->node == LB_NO_NODE || request->node == cell->node) &&
		(!request->mirrored_only || (cell->flags & LB_MEM_MIRROR)) &&
		(!request->avoid_hotplug || !(cell->flags & LB_MEM_HOTPLUG));
}

static inline bool model_fits(const struct model *model, const struct lb_memory_request *request,
	size_t start, size_t quarters)
{
	lb_phys_addr address = model->base + start * (model->unit / 4);
	struct lb_range block = {address, address + request->size};
	const struct cell *cells = model->free;
	size_t first = start / 4;

	if (start + quarters > 4 * model->cells || block.start < 4096 ||
		(request->align && block.start % request->align) ||
		block.start < request->window.start || block.end > request->window.end) {
		return false;
	}
	for (size_t i = first; i <= (start + quarters - 1) / 4; i++) {
		if (!model_eligible(&cells[i], request) ||
			!cell_same(&cells[i], &cells[first])) {
			return false;
		}
	}
	return true;
}

/* Free cells must be up to date; all figures of the request are whole quarters. */
static inline bool model_find(const struct model *model, const struct lb_memory_request *request,
	lb_phys_addr *ret)
{
	size_t quarters = request->size / (model->unit / 4);

	for (size_t i = 0; i < 4 * model->cells; i++) {
		size_t start = request->bottom_up ? i : 4 * model->cells - 1 - i;

		if (model_fits(model, request, start, quarters)) {
			*ret = model->base + start * (model->unit / 4);
			return true;
		}
	}
	return false;
}

static inline struct lb_memory_request tape_request(struct tape *tape, const struct model *model)
{
	uint64_t quarter = model->unit / 4;
	uint64_t quarters = 4 * model->cells;
	uint64_t a = tape_draw(tape, quarters + 1);
	uint64_t b = tape_draw(tape, quarters + 1);
	bool everywhere = tape_draw(tape, 2);
	bool odd_base = model->base % model->unit != 0;

	return (struct lb_memory_request){
		.size = (1 + tape_draw(tape, tape_draw(tape, 4) ? 12 : quarters)) * quarter,
		.align = odd_base || !tape_draw(tape, 6) ? tape_draw(tape, 2)
							 : quarter << tape_draw(tape, 7),
		.window = {everywhere ? 0 : model->base + lb_min(a, b) * quarter,
			everywhere ? LB_PHYS_ADDR_MAX : model->base + lb_max(a, b) * quarter},
		.node = tape_draw(tape, 3) ? LB_NO_NODE : (int32_t)tape_draw(tape, 2),
		.bottom_up = tape_draw(tape, 2),
		.mirrored_only = tape_draw(tape, 8) == 0,
		.avoid_hotplug = tape_draw(tape, 4) == 0,
	};
}

enum operation_kind {
	OP_ADD,
	OP_REMOVE,
	OP_RESERVE,
	OP_RELEASE,
	OP_SET_NODE,
	OP_CHANGE_FLAGS,
	OP_ALLOC,
	OP_KINDS
};

struct operation {
	enum operation_kind kind;
	size_t start; /* cells */
	size_t end;
	int32_t node;
	uint32_t set;
	uint32_t clear;
	struct lb_memory_request request; /* ALLOC: whole cells, anywhere */
};

static inline struct operation tape_operation(struct tape *tape, const struct model *model)
{
	static const uint32_t flags[] = {0, 0, 0, LB_MEM_HOTPLUG, LB_MEM_MIRROR, LB_MEM_NOMAP,
		LB_MEM_DRIVER_MANAGED};
	struct operation operation = {.kind = (enum operation_kind)tape_draw(tape, OP_KINDS)};
	uint64_t a = tape_draw(tape, model->cells + 1);
	uint64_t b = tape_draw(tape, tape->long_one_in)
		? lb_min(model->cells, a + tape_draw(tape, 4))
		: tape_draw(tape, model->cells + 1);

	operation.start = (size_t)lb_min(a, b);
	operation.end = (size_t)lb_max(a, b);
	operation.node = (int32_t)tape_draw(tape, 3) - 1;
	operation.set = flags[tape_draw(tape, LB_ARRAY_COUNT(flags))];
	operation.clear = flags[tape_draw(tape, LB_ARRAY_COUNT(flags))];
	if (operation.kind == OP_ALLOC) {
		operation.request = tape_request(tape, model);
		operation.request.size = lb_align_down(
			operation.request.size + model->unit - 1, model->unit);
		operation.request.align = 0;
		operation.request.window = (struct lb_range){0, LB_PHYS_ADDR_MAX};
	}
	return operation;
}

static inline struct lb_range operation_range(
	const struct model *model, const struct operation *operation)
{
	return (struct lb_range){model_address(model, operation->start),
		model_address(model, operation->end)};
}

/* All but ALLOC. */
static inline void model_change(struct model *model, const struct operation *operation)
{
	for (size_t i = operation->start; i < operation->end; i++) {
		struct cell *memory = &model->memory[i];
		struct cell *reserved = &model->reserved[i];

		if (operation->kind == OP_ADD && !memory->present) {
			*memory = (struct cell){true, operation->set, operation->node};
		} else if (operation->kind == OP_REMOVE) {
			memory->present = false;
		} else if (operation->kind == OP_RESERVE && !reserved->present) {
			*reserved = (struct cell){true, operation->set, operation->node};
		} else if (operation->kind == OP_RELEASE) {
			reserved->present = false;
		} else if (operation->kind == OP_SET_NODE) {
			memory->node = operation->node;
		} else if (operation->kind == OP_CHANGE_FLAGS) {
			memory->flags = (memory->flags | operation->set) & ~operation->clear;
		}
	}
	model_find_free_cells(model);
}

/* All but ALLOC. */
static inline enum lb_status map_change(
	struct lb_memory_map *map, struct lb_range range, const struct operation *operation)
{
	switch (operation->kind) {
	case OP_ADD:
		return lb_memory_map_add(map, range, operation->node, operation->set);
	case OP_REMOVE:
		return lb_memory_map_remove(map, range);
	case OP_RESERVE:
		return lb_memory_map_reserve(map, range, operation->node, operation->set);
	case OP_RELEASE:
		return lb_memory_map_release(map, range);
	case OP_SET_NODE:
		return lb_memory_map_set_node(map, range, operation->node);
	case OP_CHANGE_FLAGS:
		return lb_memory_map_change_flags(
			map, range, operation->set, operation->clear);
	default:
		return LB_INVALID;
	}
}

/* An ALLOC as the RESERVE that it comes to; false: there is no place. */
static inline bool model_alloc(const struct model *model, struct operation *operation)
{
	lb_phys_addr start;

	if (!model_find(model, &operation->request, &start)) {
		return false;
	}
	operation->kind = OP_RESERVE;
	operation->start = (size_t)((start - model->base) / model->unit);
	operation->end = operation->start + (size_t)(operation->request.size / model->unit);
	operation->node = LB_NO_NODE;
	operation->set = 0;
	return true;
}

/* Does the operation to both; false: the map did not do what the model says. */
static inline bool both_do(
	struct model *model, struct lb_memory_map *map, struct operation operation)
{
	lb_phys_addr found = 1;
	enum lb_status status;

	if (operation.kind == OP_ALLOC) {
		bool exists = model_alloc(model, &operation);

		status = lb_memory_map_alloc(map, &operation.request, &found);
		if (!exists) {
			return status == LB_NOT_FOUND && found == 1;
		}
		if (found != model_address(model, operation.start)) {
			return false;
		}
	} else {
		status = map_change(map, operation_range(model, &operation), &operation);
	}
	model_change(model, &operation);
	return status == LB_OK;
}

static inline bool model_search_matches(const struct model *model,
	const struct lb_memory_map *map, const struct lb_memory_request *request)
{
	lb_phys_addr expected = 1;
	lb_phys_addr found = 1;
	bool exists = model_find(model, request, &expected);
	enum lb_status status = lb_memory_map_find(map, request, &found);

	return status == (exists ? LB_OK : LB_NOT_FOUND) && found == expected;
}

static inline bool model_lookup_matches(const struct model *model,
	const struct lb_memory_map *map, size_t cell, uint64_t offset)
{
	struct lb_range range = {model_address(model, cell), model_address(model, cell + 1)};
	const struct cell *memory = &model->memory[cell];
	bool reserved = model->reserved[cell].present;
	lb_phys_addr inside = range.start + offset;
	struct lb_region region;

	if (lb_memory_map_reserved_at(map, inside, &region) != reserved ||
		lb_memory_map_overlaps_reserved(map, range) != reserved ||
		lb_memory_map_memory_at(map, inside, &region) != memory->present ||
		lb_memory_map_overlaps_memory(map, range) != memory->present) {
		return false;
	}
	return !memory->present || (lb_range_has(region.range, inside) &&
		region.flags == memory->flags && region.node == memory->node);
}

static inline bool model_sums_match(const struct model *model, const struct lb_memory_map *map)
{
	struct lb_range span = lb_memory_map_span(map);
	struct lb_range expected = {0, 0};
	uint64_t total = 0;

	for (size_t i = 0; i < model->cells; i++) {
		if (model->memory[i].present) {
			expected.start = total ? expected.start : model_address(model, i);
			expected.end = model_address(model, i + 1);
			total += model->unit;
		}
	}
	return lb_memory_map_total(map) == total && span.start == expected.start &&
		span.end == expected.end;
}

/* Everything that can be asked (of a large model, lookups in some cells), and so many random
 * searches. */
static inline bool model_matches(const struct model *model, const struct lb_memory_map *map,
	struct tape *tape, int searches)
{
	size_t step = model->cells > 64 ? 37 : 1;

	for (size_t i = (size_t)tape_draw(tape, step); i < model->cells; i += step) {
		if (!model_lookup_matches(
			    model, map, i, i * UINT64_C(0x9e3779b97f4a7c15) % model->unit)) {
			return false;
		}
	}
	while (searches--) {
		struct lb_memory_request request = tape_request(tape, model);

		if (!model_search_matches(model, map, &request)) {
			return false;
		}
	}
	return lb_memory_map_check(map) && model_sums_match(model, map) &&
		model_walk_matches(model, model->memory, map, lb_memory_map_next_memory,
			lb_memory_map_memory_count(map)) &&
		model_walk_matches(model, model->reserved, map, lb_memory_map_next_reserved,
			lb_memory_map_reserved_count(map)) &&
		model_walk_matches(model, model->free, map, lb_memory_map_next_free, SIZE_MAX);
}

#endif
