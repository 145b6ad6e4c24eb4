/* SPDX-License-Identifier: MIT */
/*
 * boot_pool: the bounce pool (SWIOTLB) that a kernel makes for itself when it boots: whether, how
 * large, and where. The same rules serve the kernel that reserves crash memory and the one that
 * runs in it.
 */
#ifndef LIFEBOAT_PLAN_BOOT_BOOT_POOL_H
#define LIFEBOAT_PLAN_BOOT_BOOT_POOL_H

#include "plan/boot/model.h"

/* What a kernel decides by. */
struct lb_pool_question {
	enum lb_arch arch;
	uint32_t version;    /* LB_LINUX() */
	const char *cmdline; /* NULL: none */
	uint64_t ram;        /* bytes of system RAM */
	lb_phys_addr ram_end;
	/* Of memory that the firmware's SRAT lists, there or to be plugged in; 0: it lists none. */
	lb_phys_addr listed_end;
	bool list_seen; /* whether there is such a list is known */
	lb_phys_addr limit;  /* what devices reach in any case: 4 GiB, or the DMA limit */
	uint64_t cpus;       /* that are possible; 0: not known, one is taken */
	const struct lb_machine_encryption *encryption;
};

struct lb_pool_answer {
	bool made;
	bool sure;        /* nothing that is not shown can change whether, and how large */
	bool forced;      /* every device bounces, whatever it reaches */
	uint64_t size;    /* bytes that it asks for; less if there is no such hole; 0: none */
	const char *source; /* of the size; static */
	const char *why;    /* it is made or not; static */
};

struct lb_pool_answer lb_pool_answer_of(const struct lb_pool_question *question);

/* The question of the kernel that the model is about. */
struct lb_pool_question lb_pool_question_of(const struct lb_model *model);

/* Bytes that it plans at the moment at which crash memory is reserved
 * (swiotlb_size_or_default). */
uint64_t lb_pool_planned(const struct lb_model *model);

/*
 * Where a pool of so many bytes comes to lie: the highest hole that holds it, ends at the limit,
 * and is not among the ranges that were taken since the map was made (memblock_alloc_low). What
 * the kernel takes in between is not known here. Where there is no such hole kernels from 5.19 on
 * ask for half, down to 1 MiB. Empty: nowhere.
 */
struct lb_range lb_pool_place(const struct lb_memory_map *map, const struct lb_crash_range *taken,
	size_t taken_count, const struct lb_pool_question *question, uint64_t bytes);

#endif
