/* SPDX-License-Identifier: MIT */
/*
 * guest_ram: the guest's RAM seen from outside, while the machine stands still. The memfd that
 * QEMU was given holds all of it; QEMU says (info mtree) which physical addresses its parts have.
 */
#ifndef LIFEBOAT_LAB_GUEST_RAM_H
#define LIFEBOAT_LAB_GUEST_RAM_H

#include "lab/qmp.h"
#include "lifeboat/linear_map.h"

#define LAB_RAM_PIECES_MAX 32

/* A run of physical addresses that are RAM, and where it lies in the memfd. */
struct lab_ram_piece {
	struct lb_range range;
	uint64_t offset;
};

struct lab_ram {
	int descriptor;
	uint8_t *bytes; /* the whole memfd */
	uint64_t size;
	struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX]; /* ascending by address */
	size_t piece_count;
};

/* The caller ends it with lab_ram_close; zeros are a closed one. */
bool lab_ram_open(struct lab_ram *memory, const struct lab_qemu *qemu, uint64_t size,
	struct lab_qmp *qmp, struct lab_error *error);
void lab_ram_close(struct lab_ram *memory);

/* The pieces in what "info mtree -f" prints. For tests. */
size_t lab_ram_parse(
	const char *text, struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX]);

/* A pointer to a physical address; NULL where bytes from it are not all RAM in one piece. */
void *lab_ram_at(const struct lab_ram *memory, lb_phys_addr address, uint64_t bytes);

/* Visits what was ever written of a range of addresses, in runs; ends when visit returns false, and
 * then returns false too. */
bool lab_ram_visit(const struct lab_ram *memory, struct lb_range range,
	bool (*visit)(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length),
	void *context);

/* Every page that was ever written, as it is now. Free with lab_ram_copy_free. */
struct lab_ram_copy;
struct lab_ram_copy *lab_ram_copy_make(
	const struct lab_ram *memory, struct lab_error *error);
void lab_ram_copy_free(struct lab_ram_copy *copy);

/* A pointer to what was at a physical address; NULL where some of the bytes had never been written.
 * What is written there is what a later comparison expects. */
void *lab_ram_copy_at(const struct lab_ram_copy *copy, const struct lab_ram *memory,
	lb_phys_addr address, uint64_t bytes);

/* How many pages were ever written, by the count that the file system keeps. */
uint64_t lab_ram_pages(const struct lab_ram *memory);

/* What is different now. */
struct lab_ram_change {
	uint64_t pages_compared; /* outside the allowed ranges, 4 KiB each */
	uint64_t pages_changed;  /* of these */
	uint64_t pages_inside;   /* changed pages in the allowed ranges */
	uint64_t pages_allowed;  /* looked at in the allowed ranges */
	lb_phys_addr first;      /* address of the first changed byte outside */
};

/* Holds memory against an earlier copy. Changes in the allowed ranges are counted apart. */
bool lab_ram_compare(const struct lab_ram *memory, const struct lab_ram_copy *before,
	const struct lb_range *allowed, size_t allowed_count, struct lab_ram_change *ret,
	struct lab_error *error);

#endif
