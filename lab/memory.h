/* SPDX-License-Identifier: MIT */
/*
 * memory: the guest's RAM seen from outside, while the machine stands still. The memfd that QEMU
 * was given holds all of it; QEMU says (info mtree) which physical addresses its parts have.
 */
#ifndef LIFEBOAT_LAB_MEMORY_H
#define LIFEBOAT_LAB_MEMORY_H

#include "lab/qmp.h"
#include "lifeboat/linear_map.h"

#define LAB_MEMORY_PIECES_MAX 32

/* A run of physical addresses that are RAM, and where it lies in the memfd. */
struct lab_memory_piece {
	struct lb_range range;
	uint64_t offset;
};

struct lab_memory {
	int descriptor;
	uint8_t *bytes; /* the whole memfd */
	uint64_t size;
	struct lab_memory_piece pieces[LAB_MEMORY_PIECES_MAX]; /* ascending by address */
	size_t piece_count;
};

/* The caller ends it with lab_memory_close; zeros are a closed one. */
bool lab_memory_open(struct lab_memory *memory, const struct lab_qemu *qemu, uint64_t size,
	struct lab_qmp *qmp, struct lab_error *error);
void lab_memory_close(struct lab_memory *memory);

/* The pieces in what "info mtree -f" prints. For tests. */
size_t lab_memory_parse(
	const char *text, struct lab_memory_piece pieces[LAB_MEMORY_PIECES_MAX]);

/* A pointer to a physical address; NULL where bytes from it are not all RAM in one piece. */
void *lab_memory_at(const struct lab_memory *memory, lb_phys_addr address, uint64_t bytes);

/* Visits what was ever written of a range of addresses, in runs; ends when visit returns false, and
 * then returns false too. */
bool lab_memory_visit(const struct lab_memory *memory, struct lb_range range,
	bool (*visit)(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length),
	void *context);

/* Every page that was ever written, as it is now. Free with lab_memory_copy_free. */
struct lab_memory_copy;
struct lab_memory_copy *lab_memory_copy_make(
	const struct lab_memory *memory, struct lab_error *error);
void lab_memory_copy_free(struct lab_memory_copy *copy);

/* What is different now. */
struct lab_memory_change {
	uint64_t pages_compared; /* outside the allowed ranges, 4 KiB each */
	uint64_t pages_changed;  /* of these */
	uint64_t pages_inside;   /* changed pages in the allowed ranges */
	lb_phys_addr first;      /* address of the first changed byte outside */
};

/* Holds memory against an earlier copy. Changes in the allowed ranges are counted apart. */
bool lab_memory_compare(const struct lab_memory *memory, const struct lab_memory_copy *before,
	const struct lb_range *allowed, size_t allowed_count, struct lab_memory_change *ret,
	struct lab_error *error);

#endif
