/* SPDX-License-Identifier: MIT */
/*
 * drill_complete: whether the dump has all that the kernel which crashed could have used. All RAM
 * of the firmware's map is in a segment of the core header, but for what never was that kernel's:
 * the crash memory, the claim of the capture kernel below 1 MiB, and a bounce pool that is kept.
 */
#include "lab/drill_internal.h"

#include <inttypes.h>

#include "lifeboat/range_set.h"

#define PAGE UINT64_C(4096)
#define RANGES_MAX 256

struct account {
	struct lb_range owed_ranges[RANGES_MAX];
	struct lb_range dumped_ranges[RANGES_MAX];
	struct lb_range_set owed;
	struct lb_range_set dumped;
	unsigned int notes;
	unsigned int images;
	bool consistent; /* each segment in itself, and as many notes as there should be */
};

/* What belongs in a dump: whole pages, because a kernel uses no others. */
static bool count_owed(const struct drill *drill, struct lb_range_set *owed)
{
	const struct lab_page_tables *tables = &drill->tables;
	bool fits = true;

	for (size_t i = 0; i < tables->ram_count; i++) {
		struct lb_range ram = tables->ram[i];

		ram.end = lb_align_down(ram.end, PAGE);
		fits = fits && lb_align_up(ram.start, PAGE, &ram.start) &&
			lb_range_set_add(owed, ram) == LB_OK;
	}
	for (size_t i = 0; i < drill->allowed_count; i++) {
		fits = fits && lb_range_set_remove(owed, drill->allowed[i]) == LB_OK;
	}
	return fits && owed->count;
}

/* A tool finds the same memory by each field: all of it is in the file, at its physical address,
 * and its virtual address is that of the linear map, or of the image. */
static bool fields_agree(const struct drill *drill, const struct lb_core_segment *segment)
{
	uint64_t linear = drill->tables.linear;
	bool is_image = segment->va == LAB_IMAGE_VIRTUAL;

	return segment->file_offset == segment->range.start &&
		segment->file_bytes == lb_range_size(segment->range) &&
		(segment->kind == LB_CORE_NOTE || is_image ||
			segment->va == linear + segment->range.start);
}

/* A note for each CPU, and VMCOREINFO; one segment is the image, once more. */
static bool count_dumped(const struct drill *drill, struct account *account)
{
	struct lab_error ignored = {0};
	struct lb_core_header header;
	struct lb_core_segment segment;
	bool agree = true;

	if (!lab_dump_open(&drill->memory, drill->core_header, &header, &ignored)) {
		return false;
	}
	for (uint32_t i = 0; i < header.segment_count; i++) {
		lb_core_header_segment(&header, i, &segment);
		agree = agree && fields_agree(drill, &segment);
		account->notes += segment.kind == LB_CORE_NOTE;
		account->images += segment.kind == LB_CORE_LOAD && segment.va == LAB_IMAGE_VIRTUAL;
		if (segment.kind == LB_CORE_LOAD &&
			lb_range_set_add(&account->dumped, segment.range) != LB_OK) {
			return false;
		}
	}
	account->consistent = agree && account->notes == drill->spec->cpus + 1 &&
		account->images == 1;
	return true;
}

/* The first address that is in one of the sets only; LB_PHYS_ADDR_MAX: they are the same. */
static lb_phys_addr first_difference(
	const struct lb_range_set *owed, const struct lb_range_set *dumped)
{
	for (size_t i = 0; i < owed->count || i < dumped->count; i++) {
		if (i == owed->count || i == dumped->count) {
			return i < owed->count ? owed->ranges[i].start : dumped->ranges[i].start;
		}
		if (owed->ranges[i].start != dumped->ranges[i].start) {
			return lb_min(owed->ranges[i].start, dumped->ranges[i].start);
		}
		if (owed->ranges[i].end != dumped->ranges[i].end) {
			return lb_min(owed->ranges[i].end, dumped->ranges[i].end);
		}
	}
	return LB_PHYS_ADDR_MAX;
}

void drill_judge_dump(struct drill *drill)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_VMCORE_COMPLETE;
	struct account account = {0};
	lb_phys_addr at;

	lb_range_set_init(&account.owed, account.owed_ranges, RANGES_MAX);
	lb_range_set_init(&account.dumped, account.dumped_ranges, RANGES_MAX);
	if (!count_owed(drill, &account.owed) || !count_dumped(drill, &account)) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"no core header, no firmware's map, or more parts than %d", RANGES_MAX);
		return;
	}
	at = first_difference(&account.owed, &account.dumped);
	if (at != LB_PHYS_ADDR_MAX) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"from 0x%" PRIx64 " on, the core header and the RAM that the kernel could "
			"use are not the same", at);
	} else if (!account.consistent) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"a program header contradicts itself, or %u notes are not one for each of "
			"%u CPUs and VMCOREINFO", account.notes, drill->spec->cpus);
	} else {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, true,
			"%" PRIu64 " KiB in %zu ranges are in the core header: all of the "
			"firmware's RAM but what was for the capture kernel; %u notes",
			lb_range_set_total(&account.dumped) / LB_KIB, account.dumped.count,
			account.notes);
	}
}
