/* SPDX-License-Identifier: MIT */
/*
 * kaslr_stub: placer B, the EFI stub (drivers/firmware/efi/libstub: x86-stub.c, randomalloc.c,
 * kaslr.c, alignedmem.c; 5.10 to 7.3). It asks the firmware for the memory map, counts the aligned
 * places in free memory and takes the one that a 32-bit seed points to. On x86-64 a seed of 0 is
 * still a seed: the lowest place. On arm64 and riscv64 it means no draw: the image runs where the
 * firmware loaded it, or moves to the highest aligned place.
 */
#include "policy/linux/kaslr.h"
#include "policy/linux/cmdline.h"
#include "policy/linux/kaslr_cmdline.h"
#include "policy/linux/kaslr_row.h"

#define EFI_PAGE UINT64_C(4096)
#define MIN_KIMG_ALIGN (UINT64_C(2) * LB_MIB)

/* True from a release of the main line on, and in its stable series from a patch level on. */
struct since {
	uint32_t main;
	uint32_t stable[5];
};

static bool has_change(uint32_t version, const struct since *since)
{
	size_t i;

	for (i = 0; i < LB_ARRAY_COUNT(since->stable) && since->stable[i]; i++) {
		if (version >= since->stable[i] && version >> 16 == since->stable[i] >> 16) {
			return true;
		}
	}
	return version >= since->main;
}

/* "Avoid placing the kernel below LOAD_PHYSICAL_ADDR", early 2024. */
static const struct since has_floor = {
	LB_LINUX(6, 8, 0), {LB_LINUX(6, 7, 6), LB_LINUX(6, 6, 18), LB_LINUX(6, 1, 79)}};

/* "Omit physical KASLR when memory reservations exist", May 2024. */
static const struct since heeds_memory_options = {
	LB_LINUX(6, 10, 0), {LB_LINUX(6, 9, 4), LB_LINUX(6, 6, 33), LB_LINUX(6, 1, 93)}};

/* "Avoid cold plugged memory for placing the kernel", February 2025. */
static const struct since skips_hot_pluggable = {LB_LINUX(6, 14, 0),
	{LB_LINUX(6, 13, 3), LB_LINUX(6, 12, 14), LB_LINUX(6, 6, 78), LB_LINUX(6, 1, 129),
		LB_LINUX(5, 15, 179)}};

/* What one kernel asks for. */
struct wish {
	uint64_t size;
	uint64_t align;
	lb_phys_addr floor;
	lb_phys_addr limit;
	bool soft_reserved;   /* such memory counts too */
	bool hot_pluggable;
	bool prefers_reliable;
};

static struct lb_slot_area places_in(const struct lb_kaslr_memory *memory, const struct wish *wish)
{
	struct lb_slot_area area = {0, 0, wish->align};
	lb_phys_addr end = lb_min(memory->range.end, wish->limit);
	lb_phys_addr first, last;

	if (!memory->usable || (memory->soft_reserved && !wish->soft_reserved) ||
		(memory->hot_pluggable && !wish->hot_pluggable) || end < wish->size ||
		!lb_align_up(lb_max(memory->range.start, wish->floor), wish->align, &first)) {
		return area;
	}
	last = lb_align_down(end - wish->size, wish->align);
	if (first <= last) {
		area.first = first;
		area.count = (last - first) / wish->align + 1;
	}
	return area;
}

static enum lb_status count_places(const struct lb_kaslr_stub *request, const struct wish *wish,
	bool reliable_only, struct lb_slots *slots)
{
	enum lb_status status = LB_OK;
	size_t i;

	slots->count = 0;
	slots->total = 0;
	for (i = 0; i < request->memory_count && !status; i++) {
		if (request->memory[i].more_reliable || !reliable_only) {
			status = lb_slots_add(slots, places_in(&request->memory[i], wish));
		}
	}
	return status;
}

static bool has_reliable_place(const struct lb_kaslr_stub *request, const struct wish *wish)
{
	size_t i;

	for (i = 0; i < request->memory_count; i++) {
		if (request->memory[i].more_reliable &&
			places_in(&request->memory[i], wish).count) {
			return true;
		}
	}
	return false;
}

static bool make_wish(const struct lb_kaslr_stub *request, struct wish *wish)
{
	const struct lb_kaslr_row *row = lb_kaslr_row(request->arch);

	*wish = (struct wish){
		.align = request->align,
		.floor = has_change(request->version, &has_floor) ? row->floor : 0,
		.limit = row->limit,
		.soft_reserved = lb_kaslr_stub_list_option(
			request->cmdline, "efi", "nosoftreserve"),
		.hot_pluggable = !has_change(request->version, &skips_hot_pluggable),
		.prefers_reliable = request->version >= LB_LINUX(5, 19, 0),
	};
	return lb_is_power_of_two(request->align) && request->image_size &&
		lb_align_up(request->image_size, row->stub_unit, &wish->size);
}

/* The place of a seed of 2^32 - 1, as an image that unpacks itself asks for on arm64. */
static lb_phys_addr highest_place(const struct lb_slots *slots)
{
	uint64_t unreached = (slots->total >> 32) + ((slots->total & UINT32_MAX) != 0);

	return lb_slots_at(slots, slots->total - unreached);
}

/* efi_allocate_pages_aligned: the top of the highest free block that holds size and the slack,
 * and the first aligned address in it. EDK2 looks in its first memory bank before the others. */
static enum lb_status top_place(
	const struct lb_kaslr_stub *request, const struct wish *wish, lb_phys_addr *ret)
{
	struct lb_range bank = {0, request->bank_end ? request->bank_end : LB_PHYS_ADDR_MAX};
	lb_phys_addr top = 0;
	uint64_t needed;
	size_t i;

	if (!lb_add(wish->size, lb_max(wish->align, EFI_PAGE) - EFI_PAGE, &needed)) {
		return LB_NOT_FOUND;
	}
	for (i = 0; i < request->memory_count; i++) {
		struct lb_range block = lb_range_intersect(request->memory[i].range, bank);

		if (request->memory[i].usable && lb_range_size(block) >= needed) {
			top = lb_max(top, block.end);
		}
	}
	if (!top) {
		return LB_NOT_FOUND;
	}
	return lb_align_up(top - needed, wish->align, ret) ? LB_OK : LB_NOT_FOUND;
}

/* arm64, riscv64: what happens where nothing is drawn. */
static enum lb_status fixed_place(
	const struct lb_kaslr_stub *request, struct wish wish, bool nokaslr, lb_phys_addr *ret)
{
	bool old = request->version < LB_LINUX(6, 6, 0);

	if (request->version < lb_kaslr_row(request->arch)->draws_since) {
		return LB_UNSUPPORTED;
	}
	/* Without random numbers the stub from 6.6 on goes on as if told nokaslr. */
	if (nokaslr || (!old && !request->random)) {
		wish.align = MIN_KIMG_ALIGN;
	}
	if (request->loaded && !(request->loaded & (wish.align - 1))) {
		*ret = request->loaded;
		return LB_OK;
	}
	if (!request->loaded && wish.align < MIN_KIMG_ALIGN) {
		return LB_NOT_FOUND;
	}
	return top_place(request, &wish, ret);
}

enum lb_status lb_kaslr_stub_slots(const struct lb_kaslr_stub *request, struct lb_slots *slots,
	enum lb_kaslr_result *ret, lb_phys_addr *ret_place)
{
	bool nokaslr = lb_linux_has_option(request->cmdline, "nokaslr");
	bool draw = request->random && !nokaslr;
	struct wish wish;
	enum lb_status status;

	if (!make_wish(request, &wish)) {
		return LB_INVALID;
	}
	status = count_places(request, &wish,
		wish.prefers_reliable && has_reliable_place(request, &wish), slots);
	if (status) {
		return status;
	}
	*ret = LB_KASLR_PINNED;
	if (lb_kaslr_row(request->arch)->unpacks) {
		draw = draw && !(has_change(request->version, &heeds_memory_options) &&
			lb_kaslr_stub_memory_option(request->cmdline, request->version));
		if (!slots->total) {
			return LB_NOT_FOUND;
		}
		*ret_place = lb_slots_at(slots, 0);
	} else if (!draw && request->zboot && slots->total) {
		*ret_place = highest_place(slots);
	} else if (!draw || !slots->total) {
		return fixed_place(request, wish, nokaslr, ret_place);
	}
	if (draw) {
		*ret = LB_KASLR_RANDOM;
	}
	return LB_OK;
}

bool lb_kaslr_same_fixed_place(enum lb_arch arch, uint32_t version, enum lb_placer placer,
	const char *booted, const char *next)
{
	if (lb_kaslr_row(arch)->unpacks || placer != LB_PLACER_STUB ||
		version >= LB_LINUX(6, 6, 0)) {
		return true;
	}
	return lb_linux_has_option(booted, "nokaslr") == lb_linux_has_option(next, "nokaslr");
}
