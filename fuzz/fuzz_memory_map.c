/* SPDX-License-Identifier: MIT */
/*
 * The memory map against the cell model (tests/prop/memory_model.h). The input is a tape of
 * operations: first the universe and the size of the storage, then one operation after another,
 * everything compared after each. Storage may be too small: then an operation is refused, and
 * nothing may have changed.
 */
#include <stdlib.h>

#include "tests/prop/memory_model.h"

#define REGIONS 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static unsigned char copy_storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct lb_memory_map copy;
static struct model model;

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void start(struct tape *tape)
{
	static const size_t cells[] = {8, 32, 300, 1000};
	static const size_t regions[] = {1, 116, 200, REGIONS};
	size_t count = cells[tape_draw(tape, LB_ARRAY_COUNT(cells))];
	uint64_t unit = UINT64_C(4096) << tape_draw(tape, 20);
	lb_phys_addr base = 0;
	size_t room;

	switch (tape_draw(tape, 3)) {
	case 0:
		unit = 4096; /* the end of page 0 has to be the border of a quarter */
		break;
	case 1:
		base = 3 * LB_GIB / unit * unit;
		break;
	default:
		base = LB_PHYS_ADDR_MAX - count * unit;
	}
	tape->long_one_in = 1 + tape_draw(tape, 64);
	model_init(&model, base, unit, count);
	room = regions[tape_draw(tape, LB_ARRAY_COUNT(regions))];
	must(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(room)) == LB_OK);
}

/* Now and then the map goes on in a copy of itself, or in one built from its lists. */
static void move_map(struct tape *tape)
{
	static struct lb_region memory[REGIONS];
	static struct lb_region reserved[REGIONS];
	struct lb_memory_cursor cursor = {0};
	size_t memory_count = 0;
	size_t reserved_count = 0;

	must(lb_memory_map_init(&copy, copy_storage, sizeof(copy_storage)) == LB_OK);
	if (tape_draw(tape, 2)) {
		must(lb_memory_map_copy(&copy, &map) == LB_OK);
	} else {
		while (lb_memory_map_next_memory(&map, &cursor, &memory[memory_count])) {
			memory_count++;
		}
		while (lb_memory_map_next_reserved(&map, &cursor, &reserved[reserved_count])) {
			reserved_count++;
		}
		must(lb_memory_map_build(
			     &copy, memory, memory_count, reserved, reserved_count) == LB_OK);
	}
	must(lb_memory_map_check(&copy));
	must(lb_memory_map_copy(&map, &copy) == LB_OK);
}

static void one_step(struct tape *tape)
{
	struct operation operation = tape_operation(tape, &model);
	enum lb_status status;

	if (operation.kind == OP_ALLOC && !model_alloc(&model, &operation)) {
		lb_phys_addr found;

		must(lb_memory_map_alloc(&map, &operation.request, &found) == LB_NOT_FOUND);
		return;
	}
	status = map_change(&map, operation_range(&model, &operation), &operation);
	if (status == LB_OK) {
		model_change(&model, &operation);
	} else {
		must(status == LB_NO_STORAGE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tape tape = {.bytes = data, .left = size, .bytes_only = true, .state = 1};
	int steps = 0;

	start(&tape);
	while (!tape.ended && steps++ < 500) {
		one_step(&tape);
		must(lb_memory_map_check(&map));
		if (model.cells <= 32 || steps % 32 == 0) {
			must(model_matches(&model, &map, &tape, 1));
		}
		if (steps % 64 == 0) {
			move_map(&tape);
		}
	}
	must(model_matches(&model, &map, &tape, 0));
	return 0;
}
