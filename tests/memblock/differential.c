/* SPDX-License-Identifier: MIT */
/*
 * differential: random operations on lifeboat's memory map, on Linux's real memblock.c and on the
 * cell model, everything compared after each; then operations on any bytes, map and memblock only.
 * Flags, nodes, no-map, hotplug, mirrored memory, limits, page 0 and the end of the address space
 * are what Linux's own tests leave out.
 *
 * usage: differential [SEED [TAPES]]. Exit status 1 at the first difference.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/memblock/linux_map.h"
#include "tests/prop/memory_model.h"

#define REGIONS 8192

static unsigned char storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct model model;
static uint64_t operations;
static uint64_t searches;

static _Noreturn void differ(const char *what, uint64_t tape, int step)
{
	printf("differential: %s differs: tape %llu, step %d\n", what,
		(unsigned long long)tape, step);
	exit(1);
}

static int linux_do(struct lb_range range, const struct operation *operation)
{
	uint64_t start = range.start;
	uint64_t end = range.end;

	switch (operation->kind) {
	case OP_ADD:
		return linux_map_add(start, end, operation->node, operation->set);
	case OP_REMOVE:
		return linux_map_remove(start, end);
	case OP_RESERVE:
		return linux_map_reserve(start, end, operation->node, operation->set);
	case OP_RELEASE:
		return linux_map_release(start, end);
	case OP_SET_NODE:
		return linux_map_set_node(start, end, operation->node);
	case OP_CHANGE_FLAGS:
		return linux_map_change_flags(start, end, operation->set, operation->clear);
	default:
		return -1;
	}
}

static bool same(const struct lb_region *ours, const struct linux_region *theirs)
{
	return ours->range.start == theirs->start && ours->range.end == theirs->end &&
		ours->flags == theirs->flags && ours->node == theirs->node;
}

static bool same_set(walk_function *next, bool (*linux_next)(size_t, struct linux_region *))
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region ours;
	struct linux_region theirs;
	size_t index = 0;

	while (next(&map, &cursor, &ours)) {
		if (!linux_next(index++, &theirs) || !same(&ours, &theirs)) {
			return false;
		}
	}
	return !linux_next(index, &theirs);
}

static bool same_free(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region ours;
	struct linux_region theirs;
	uint64_t state = 0;

	while (lb_memory_map_next_free(&map, &cursor, &ours)) {
		if (!linux_map_next_free(&state, &theirs)) {
			return false;
		}
		theirs.flags = ours.flags; /* Linux's walk does not tell them */
		if (!same(&ours, &theirs)) {
			return false;
		}
	}
	return !linux_map_next_free(&state, &theirs);
}

static bool same_find(const struct lb_memory_request *request)
{
	struct linux_request asked = {.size = request->size, .align = request->align,
		.start = request->window.start, .end = request->window.end,
		.node = request->node, .bottom_up = request->bottom_up,
		.mirrored_only = request->mirrored_only,
		.avoid_hotplug = request->avoid_hotplug};
	lb_phys_addr found = 0;
	enum lb_status status = lb_memory_map_find(&map, request, &found);

	searches++;
	if (request->window.end <= 1) {
		return true; /* 0 and 1 mean "no limit" to Linux */
	}
	return found == linux_map_find(&asked) && (status == LB_OK) == (found != 0);
}

static void compare(uint64_t tape, int step)
{
	if (!same_set(lb_memory_map_next_memory, linux_map_memory)) {
		differ("memory", tape, step);
	}
	if (!same_set(lb_memory_map_next_reserved, linux_map_reserved)) {
		differ("reserved", tape, step);
	}
	if (!same_free()) {
		differ("the walk of free ranges", tape, step);
	}
	if (lb_memory_map_total(&map) != linux_map_total()) {
		differ("the total", tape, step);
	}
	if (!lb_memory_map_check(&map)) {
		differ("an invariant", tape, step);
	}
}

static void start_maps(void)
{
	linux_map_init(2 * REGIONS + 2);
	if (lb_memory_map_init(&map, storage, sizeof(storage)) != LB_OK) {
		abort();
	}
}

/* Cells: all three. */
static void run_cells(uint64_t number, lb_phys_addr base, uint64_t unit, size_t cells, int steps,
	uint64_t long_one_in)
{
	struct tape tape = tape_of_seed(number, long_one_in);

	start_maps();
	model_init(&model, base, unit, cells);
	for (int step = 0; step < steps; step++) {
		struct operation operation = tape_operation(&tape, &model);
		struct lb_range range;

		if (operation.kind == OP_ALLOC && !model_alloc(&model, &operation)) {
			continue;
		}
		range = operation_range(&model, &operation);
		if (map_change(&map, range, &operation) != LB_OK ||
			linux_do(range, &operation) != 0) {
			differ("a status", number, step);
		}
		model_change(&model, &operation);
		operations++;
		if (cells > 100 && step % 32) {
			continue;
		}
		compare(number, step);
		if (!model_matches(&model, &map, &tape, 4)) {
			differ("the model", number, step);
		}
		for (int i = 0; i < 4; i++) {
			struct lb_memory_request request = tape_request(&tape, &model);

			if (!same_find(&request)) {
				differ("a search", number, step);
			}
		}
	}
}

/* An address near one that matters: edges meet, overlap by one, and miss by one. */
static lb_phys_addr near_something(struct tape *tape)
{
	static const lb_phys_addr spots[] = {0, 1, 4095, 4096, 4097, 0x9f000, LB_MIB,
		16 * LB_MIB, LB_GIB, 4 * LB_GIB, UINT64_C(1) << 46, UINT64_C(1) << 63,
		LB_PHYS_ADDR_MAX - 4096, LB_PHYS_ADDR_MAX - 1, LB_PHYS_ADDR_MAX};
	lb_phys_addr spot = spots[tape_draw(tape, LB_ARRAY_COUNT(spots))];
	uint64_t shift = tape_draw(tape, 3) ? tape_draw(tape, 4) : tape_draw(tape, 1 << 20);

	return tape_draw(tape, 2) ? spot + lb_min(shift, LB_PHYS_ADDR_MAX - spot)
				  : spot - lb_min(shift, spot);
}

static struct lb_range any_range(struct tape *tape)
{
	lb_phys_addr a = near_something(tape);
	lb_phys_addr b = near_something(tape);

	return (struct lb_range){lb_min(a, b), lb_max(a, b)};
}

static struct lb_memory_request any_request(struct tape *tape)
{
	return (struct lb_memory_request){
		.size = tape_draw(tape, 2) ? 1 + tape_draw(tape, 1 << 20)
					   : lb_max(1, near_something(tape)),
		.align = UINT64_C(1) << tape_draw(tape, tape_draw(tape, 4) ? 22 : 64),
		.window = any_range(tape),
		.node = tape_draw(tape, 3) ? LB_NO_NODE : (int32_t)tape_draw(tape, 2),
		.bottom_up = tape_draw(tape, 2),
		.mirrored_only = tape_draw(tape, 8) == 0,
		.avoid_hotplug = tape_draw(tape, 4) == 0,
	};
}

/* Any bytes: map and memblock. */
static void run_bytes(uint64_t number, int steps)
{
	struct tape tape = tape_of_seed(number, 3);

	start_maps();
	model_init(&model, 0, 4096, 32);
	for (int step = 0; step < steps; step++) {
		struct operation operation = tape_operation(&tape, &model);
		struct lb_range range = any_range(&tape);

		if (operation.kind == OP_ALLOC) {
			operation.kind = OP_RESERVE;
			operation.set = 0;
		}
		if (map_change(&map, range, &operation) != LB_OK ||
			linux_do(range, &operation) != 0) {
			differ("a status", number, step);
		}
		operations++;
		compare(number, step);
		for (int i = 0; i < 6; i++) {
			struct lb_memory_request request = any_request(&tape);

			if (!same_find(&request)) {
				differ("a search", number, step);
			}
		}
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t tapes = argc > 2 ? strtoull(argv[2], NULL, 0) : 60;

	for (uint64_t i = 0; i < tapes; i++) {
		run_cells(seed + i, 0, 4096, 32, 300, 3);
		run_cells(seed + i, 3 * LB_GIB, 2 * LB_MIB, 32, 300, 3);
		run_cells(seed + i, LB_PHYS_ADDR_MAX - 32 * LB_MIB, LB_MIB, 32, 300, 3);
		run_bytes(seed + i, 600);
		if (i % 16 == 0) {
			run_cells(seed + i, 0, 4096, MODEL_CELLS_MAX, 6000, 400);
		}
	}
	printf("differential: %llu operations and %llu searches, no difference\n",
		(unsigned long long)operations, (unsigned long long)searches);
	return 0;
}
