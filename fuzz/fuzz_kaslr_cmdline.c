/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kaslr_cmdline: any command line over any memory. The first bytes choose the memory and the
 * version, the rest is the line. Whatever it says: no place outside usable memory, none that
 * touches an avoided range (placer A), none off the grid, and ranks and places agree.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_cmdline.h"

#define LINE_MAX_BYTES 4096
#define RANGES 4
#define HEAD (2 + RANGES * 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t versions[] = {LB_LINUX(5, 10, 223), LB_LINUX(6, 1, 176),
	LB_LINUX(6, 6, 10), LB_LINUX(6, 10, 0), LB_LINUX(6, 12, 107), LB_LINUX(7, 2, 13)};

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static bool in_memory(const struct lb_kaslr_memory *memory, struct lb_range image)
{
	for (size_t i = 0; i < RANGES; i++) {
		if (lb_range_contains(memory[i].range, image)) {
			return true;
		}
	}
	return false;
}

static void check_place(const struct lb_slots *slots, uint64_t rank,
	const struct lb_kaslr_memory *memory, uint64_t image_size,
	const struct lb_kaslr_options *options)
{
	lb_phys_addr place = lb_slots_at(slots, rank);
	struct lb_range image = {place, place + image_size};
	uint64_t found;

	require(!(place & (2 * LB_MIB - 1)));
	require(in_memory(memory, image));
	require(lb_slots_rank(slots, place, &found) && found <= rank);
	require(lb_slots_in(slots, (struct lb_range){place, place + 1}) > 0);
	for (size_t i = 0; options && i < options->avoid_count; i++) {
		require(!lb_range_overlaps(image, options->avoid[i]));
	}
	require(!options || image.end <= options->limit);
}

static void check_slots(const struct lb_slots *slots, const struct lb_kaslr_memory *memory,
	uint64_t image_size, const struct lb_kaslr_options *options)
{
	uint64_t before = 0;

	for (size_t i = 0; i < slots->count; i++) {
		check_place(slots, before, memory, image_size, options);
		before += slots->areas[i].count;
		check_place(slots, before - 1, memory, image_size, options);
	}
	require(before == slots->total);
}

static void run_decompressor(
	const struct lb_kaslr_memory *memory, uint32_t version, const char *line, bool efi)
{
	static struct lb_slot_area areas[LB_KASLR_AREAS_MAX];
	const struct lb_kaslr_options options =
		lb_kaslr_read_decompressor_options(line, version);
	struct lb_slots slots = {.areas = areas, .capacity = LB_KASLR_AREAS_MAX};
	const struct lb_kaslr_decompressor request = {.version = version, .memory = memory,
		.memory_count = RANGES, .efi_map = efi, .output = 16 * LB_MIB,
		.image_size = 52 * LB_MIB, .init_size = 0x3378000, .align = 2 * LB_MIB,
		.limit = UINT64_C(1) << 46, .cmdline = line, .gbpages_honoured = true};
	enum lb_kaslr_result result;
	lb_phys_addr place;

	if (lb_kaslr_decompressor_slots(&request, &slots, &result, &place) == LB_OK &&
		result == LB_KASLR_RANDOM) {
		require(!options.nokaslr && !options.too_many);
		check_slots(&slots, memory, request.image_size, &options);
	}
}

static void run_stub(const struct lb_kaslr_memory *memory, uint32_t version, const char *line,
	enum lb_arch arch)
{
	static struct lb_slot_area areas[RANGES];
	struct lb_slots slots = {.areas = areas, .capacity = RANGES};
	const struct lb_kaslr_stub request = {.arch = arch, .version = version, .memory = memory,
		.memory_count = RANGES, .image_size = 52 * LB_MIB, .align = 2 * LB_MIB,
		.cmdline = line, .random = true};
	enum lb_kaslr_result result;
	lb_phys_addr place;

	if (lb_kaslr_stub_slots(&request, &slots, &result, &place) == LB_OK) {
		check_slots(&slots, memory, request.image_size, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char line[LINE_MAX_BYTES + 1];
	struct lb_kaslr_memory memory[RANGES];
	uint32_t version;
	size_t length;

	if (size < HEAD) {
		return 0;
	}
	version = versions[data[0] % LB_ARRAY_COUNT(versions)];
	for (size_t i = 0; i < RANGES; i++) {
		const uint8_t *at = data + 2 + 4 * i;
		lb_phys_addr start = ((uint64_t)at[0] << 28) + ((uint64_t)at[1] << 20);

		memory[i] = (struct lb_kaslr_memory){
			.range = {start, start + ((uint64_t)at[2] << 24)},
			.usable = !(at[3] & 1),
			.unaccepted = at[3] & 2,
			.more_reliable = at[3] & 4,
			.soft_reserved = at[3] & 8,
			.hot_pluggable = at[3] & 16,
		};
	}
	length = size - HEAD < LINE_MAX_BYTES ? size - HEAD : LINE_MAX_BYTES;
	memcpy(line, data + HEAD, length);
	line[length] = '\0';
	run_decompressor(memory, version, line, data[1] & 1);
	run_stub(memory, version, line, LB_ARCH_X86_64);
	run_stub(memory, version, line, LB_ARCH_ARM64);
	return 0;
}
