/* SPDX-License-Identifier: MIT */
/*
 * kaslr: what the placers have in common: areas of slots and their arithmetic, firmware maps read
 * back to the moment of the draw, and a random universe against a model that walks the grid.
 */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define MIB(n) ((uint64_t)(n) * LB_MIB)
#define GIB(n) ((uint64_t)(n) * LB_GIB)

static struct lb_slot_area area_storage[LB_KASLR_AREAS_MAX];

static struct lb_slots empty_slots(void)
{
	return (struct lb_slots){.areas = area_storage, .capacity = LB_KASLR_AREAS_MAX};
}

static struct lb_kaslr_memory usable(lb_phys_addr start, lb_phys_addr end)
{
	return (struct lb_kaslr_memory){.range = {start, end}, .usable = true};
}

static struct lb_kaslr_decompressor bios(const struct lb_kaslr_memory *memory, size_t count,
	uint64_t image_size, uint64_t init_size)
{
	return (struct lb_kaslr_decompressor){
		.version = LB_LINUX(6, 12, 0),
		.memory = memory,
		.memory_count = count,
		.output = MIB(16),
		.image_size = image_size,
		.init_size = init_size,
		.align = MIB(2),
		.limit = UINT64_C(1) << 46,
		.cmdline = "console=ttyS0",
		.gbpages_honoured = true,
	};
}

static bool draw(const struct lb_kaslr_decompressor *request, struct lb_slots *slots)
{
	enum lb_kaslr_result result = LB_KASLR_PINNED;
	lb_phys_addr place = 0;

	*slots = empty_slots();
	return lb_kaslr_decompressor_slots(request, slots, &result, &place) == LB_OK &&
		result == LB_KASLR_RANDOM;
}

static struct lb_kaslr_stub stub(enum lb_arch arch, uint32_t version,
	const struct lb_kaslr_memory *memory, size_t count, uint64_t image_size)
{
	return (struct lb_kaslr_stub){
		.arch = arch,
		.version = version,
		.memory = memory,
		.memory_count = count,
		.image_size = image_size,
		.align = arch == LB_ARCH_ARM64 ? 65536 : MIB(2),
		.cmdline = "console=ttyS0 crashkernel=256M",
		.random = true,
	};
}

static bool stub_draw(const struct lb_kaslr_stub *request, struct lb_slots *slots)
{
	enum lb_kaslr_result result = LB_KASLR_PINNED;
	lb_phys_addr place = 0;

	*slots = empty_slots();
	return lb_kaslr_stub_slots(request, slots, &result, &place) == LB_OK &&
		result == LB_KASLR_RANDOM;
}

static lb_phys_addr stub_pinned(const struct lb_kaslr_stub *request)
{
	enum lb_kaslr_result result = LB_KASLR_RANDOM;
	struct lb_slots slots = empty_slots();
	lb_phys_addr place = 0;

	if (lb_kaslr_stub_slots(request, &slots, &result, &place) || result != LB_KASLR_PINNED) {
		return UINT64_MAX;
	}
	return place;
}

TEST(kaslr, decompressor_remembers_a_hundred_areas)
{
	static struct lb_kaslr_memory memory[120];
	struct lb_kaslr_decompressor request = bios(memory, 120, MIB(52), 0x3378000);
	struct lb_slots slots;
	size_t i;

	for (i = 0; i < 120; i++) {
		memory[i] = usable(GIB(i + 1), GIB(i + 1) + MIB(52));
	}
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 100);
	CHECK_EQUAL(lb_slots_at(&slots, 99), GIB(100));
}

TEST(kaslr, stub_leaves_reliable_memory_that_holds_no_slot)
{
	struct lb_kaslr_memory memory[] = {usable(MIB(16), GIB(1)), usable(GIB(1), GIB(2))};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_X86_64, LB_LINUX(6, 14, 0), memory, 2, MIB(56));
	struct lb_slots slots;

	memory[1].more_reliable = true;
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.areas[0].first, GIB(1));
	memory[1].range.end = GIB(1) + MIB(50);
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.areas[0].first, MIB(16));
}

TEST(kaslr, a_guest_of_128_mebibytes_has_no_room_for_a_second_image)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), 0x7fe0000)};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(60), 0x3c3b000);
	struct lb_slots slots;

	CHECK(!draw(&request, &slots));
	request.image_size = MIB(40);
	CHECK(draw(&request, &slots));
}

/* 8 GiB, 5.10, nokaslr: as booted; and the same map for other boots that do not draw. */
TEST(kaslr, arm64_without_a_draw)
{
	static const struct {
		uint32_t version;
		const char *cmdline;
		lb_phys_addr loaded, bank_end, place;
	} boots[] = {
		{LB_LINUX(5, 10, 0), "nokaslr", 0, 0, 0x237400000},
		{LB_LINUX(5, 10, 0), "nokaslr", 0x238f20000, 0, 0x237400000},
		{LB_LINUX(5, 10, 0), "nokaslr", 0x239000000, 0, 0x239000000},
		/* No random numbers: old stubs are content with 64 KiB. */
		{LB_LINUX(5, 10, 0), NULL, 0x238f20000, 0, 0x238f20000},
		{LB_LINUX(6, 6, 0), NULL, 0x238f20000, 0, 0x237400000},
		{LB_LINUX(6, 6, 0), NULL, 0x238f20000, 0x44000000, 0x42400000},
	};
	const struct lb_kaslr_memory memory[] = {usable(0x40000000, 0x44000000),
		usable(0x48000000, 0x238f1d000), usable(0x23a9fd000, 0x23c42d000)};
	struct lb_slots slots;

	for (size_t i = 0; i < LB_ARRAY_COUNT(boots); i++) {
		struct lb_kaslr_stub request =
			stub(LB_ARCH_ARM64, boots[i].version, memory, 3, 0x1ad0000);

		request.random = false;
		request.cmdline = boots[i].cmdline;
		request.loaded = boots[i].loaded;
		request.bank_end = boots[i].bank_end;
		CHECK_EQUAL(stub_pinned(&request), boots[i].place);
		/* An image that unpacks itself takes the highest slot instead. */
		request.zboot = true;
		REQUIRE(!stub_draw(&request, &slots));
		CHECK_EQUAL(stub_pinned(&request), lb_slots_at(&slots, slots.total - 1));
	}
}

/* A universe of 64 grid points; sizes in quarters of a point, so that nothing is aligned. */
struct universe {
	struct lb_kaslr_memory memory[3];
	struct lb_range srat[2];
	struct lb_range avoid[4];
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static struct lb_range random_range(uint64_t *state, uint64_t within)
{
	uint64_t a = next_random(state) % within, b = next_random(state) % within;

	return (struct lb_range){lb_min(a, b) * MIB(1) / 2, lb_max(a, b) * MIB(1) / 2};
}

static bool model_has(const struct lb_kaslr_decompressor *request, lb_phys_addr place, size_t i,
	size_t node)
{
	struct lb_range image = {place, place + request->image_size};
	struct lb_range work = {request->output, request->output + request->init_size};
	size_t k;

	if (!request->memory[i].usable ||
		!lb_range_contains(request->memory[i].range, image) ||
		place < request->output || image.end > request->limit ||
		lb_range_overlaps(image, work) ||
		(request->srat_count && !lb_range_contains(request->srat[node], image))) {
		return false;
	}
	for (k = 0; k < request->avoid_count; k++) {
		if (lb_range_overlaps(image, request->avoid[k])) {
			return false;
		}
	}
	return true;
}

/* Walks the grid; returns the number of slots and the ranks that do not agree. */
static uint64_t compare_with_model(
	const struct lb_kaslr_decompressor *request, const struct lb_slots *slots)
{
	uint64_t rank = 0, wrong = 0;
	size_t i, node;
	lb_phys_addr place;

	for (i = 0; i < request->memory_count; i++) {
		for (node = 0; node < (request->srat_count ? request->srat_count : 1); node++) {
			for (place = 0; place < MIB(128); place += MIB(2)) {
				if (!model_has(request, place, i, node)) {
					continue;
				}
				wrong += rank >= slots->total ||
					lb_slots_at(slots, rank) != place;
				rank++;
			}
		}
	}
	return wrong + (rank != slots->total);
}

TEST(kaslr, small_universes_agree_with_the_model)
{
	uint64_t state = 20261121, round, wrong = 0, drawn = 0;
	struct universe universe;
	size_t i;

	for (round = 0; round < 3000; round++) {
		struct lb_kaslr_decompressor request = bios(universe.memory, 3, MIB(2), 0);
		enum lb_kaslr_result result;
		struct lb_slots slots = empty_slots();
		lb_phys_addr place;

		for (i = 0; i < 3; i++) {
			universe.memory[i] = (struct lb_kaslr_memory){
				.range = random_range(&state, 256),
				.usable = next_random(&state) % 4 != 0};
		}
		for (i = 0; i < 2; i++) {
			universe.srat[i] = random_range(&state, 256);
		}
		for (i = 0; i < 4; i++) {
			universe.avoid[i] = random_range(&state, 256);
			universe.avoid[i].end = lb_min(universe.avoid[i].end,
				universe.avoid[i].start + MIB(10));
		}
		request.srat = universe.srat;
		request.srat_count = next_random(&state) % 3;
		request.avoid = universe.avoid;
		request.avoid_count = next_random(&state) % 5;
		request.image_size = MIB(1) + next_random(&state) % 20 * MIB(1);
		request.init_size = next_random(&state) % 20 * MIB(1);
		request.output = MIB(2) + next_random(&state) % 20 * MIB(2);
		request.limit = MIB(128);
		REQUIRE(!lb_kaslr_decompressor_slots(&request, &slots, &result, &place));
		CHECK((result == LB_KASLR_RANDOM) == (slots.total != 0));
		wrong += compare_with_model(&request, &slots) != 0;
		drawn += slots.total != 0;
	}
	CHECK_EQUAL(wrong, 0);
	CHECK(drawn > 500);
}

TEST(kaslr, slots_count_and_rank_as_a_walk_does)
{
	struct lb_slots slots = empty_slots();
	uint64_t rank, found;
	lb_phys_addr from, to;

	REQUIRE(!lb_slots_add(&slots, (struct lb_slot_area){4, 3, 2}));
	REQUIRE(!lb_slots_add(&slots, (struct lb_slot_area){20, 0, 2}));
	REQUIRE(!lb_slots_add(&slots, (struct lb_slot_area){15, 4, 5}));
	CHECK_EQUAL(slots.total, 7);
	for (from = 0; from < 40; from++) {
		for (to = from; to < 40; to++) {
			uint64_t inside = 0, touching = 0;

			for (rank = 0; rank < slots.total; rank++) {
				lb_phys_addr at = lb_slots_at(&slots, rank);

				inside += at >= from && at < to;
				touching += at < to && at + 7 > from && from < to;
			}
			CHECK_EQUAL(lb_slots_in(&slots, (struct lb_range){from, to}), inside);
			CHECK_EQUAL(lb_slots_touching(&slots, (struct lb_range){from, to}, 7),
				touching);
		}
	}
	for (rank = 0; rank < slots.total; rank++) {
		CHECK(lb_slots_rank(&slots, lb_slots_at(&slots, rank), &found));
		CHECK_EQUAL(found, rank);
	}
	CHECK(!lb_slots_rank(&slots, 5, NULL));
	CHECK(!lb_slots_rank(&slots, 10, NULL));
	CHECK(!lb_slots_rank(&slots, 35, NULL));
}

TEST(kaslr, slots_need_room_and_a_grid)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(16), GIB(1)), usable(GIB(4), GIB(5))};
	struct lb_kaslr_decompressor request = bios(memory, 2, MIB(52), 0x3378000);
	struct lb_slots slots = empty_slots();
	enum lb_kaslr_result result;
	lb_phys_addr place;

	slots.capacity = 1;
	CHECK_EQUAL(lb_kaslr_decompressor_slots(&request, &slots, &result, &place),
		LB_NO_STORAGE);
	request.align = MIB(3);
	CHECK_EQUAL(lb_kaslr_decompressor_slots(&request, &slots, &result, &place), LB_INVALID);
	request.align = MIB(2);
	request.image_size = 0;
	CHECK_EQUAL(lb_kaslr_decompressor_slots(&request, &slots, &result, &place), LB_INVALID);
	slots.areas[0] = (struct lb_slot_area){0, 1, 1};
	slots.count = 0;
	slots.capacity = 2;
	slots.total = UINT64_MAX;
	CHECK_EQUAL(lb_slots_add(&slots, (struct lb_slot_area){0, 1, 1}), LB_OUT_OF_RANGE);
}

TEST(kaslr, sixteen_tebibytes_are_one_area)
{
	const struct lb_kaslr_memory memory[] = {usable(GIB(4), UINT64_C(16) * LB_TIB)};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(52), 0x3378000);
	struct lb_slots slots;

	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.count, 1);
	CHECK_EQUAL(slots.total, (16 * LB_TIB - GIB(4) - MIB(52)) / MIB(2) + 1);
	CHECK_EQUAL(lb_slots_at(&slots, slots.total - 1), 16 * LB_TIB - MIB(52));
}

#define LOADER_CODE 1
#define LOADER_DATA 2
#define BOOT_DATA 4
#define CONVENTIONAL 7

TEST(kaslr, map_at_draw_of_a_booted_arm64_machine)
{
	/* 1 GiB, 6.1, random: the large descriptors of its final map. */
	static const struct lb_kaslr_efi_range map[] = {
		{{0x40000000, 0x44000000}, CONVENTIONAL, 8},
		{{0x44000000, 0x44020000}, BOOT_DATA, 8},
		{{0x44020000, 0x4771a000}, CONVENTIONAL, 8},
		{{0x4771a000, 0x48000000}, BOOT_DATA, 8},
		{{0x48000000, 0x66c30000}, CONVENTIONAL, 8},
		{{0x66c30000, 0x68c40000}, LOADER_CODE, 8},
		{{0x68c40000, 0x784a2000}, CONVENTIONAL, 8},
		{{0x784a2000, 0x7a4c2000}, LOADER_CODE, 8},
		{{0x7a4c2000, 0x7c120000}, CONVENTIONAL, 8},
		{{0x7c120000, 0x7c420000}, LOADER_DATA, 8},
		{{0x7c420000, 0x7c42f000}, CONVENTIONAL, 8},
		{{0x7c42f000, 0x7c430000}, LOADER_DATA, 8},
		{{0x7cc32000, 0x80000000}, BOOT_DATA, 8},
	};
	const size_t count = LB_ARRAY_COUNT(map);
	static struct lb_kaslr_memory memory[LB_ARRAY_COUNT(map) + 4];
	const struct lb_kaslr_iomem iomem = {
		.code = {0x66c40000, 0x68290000}, .data = {0x688e0000, 0x68c40000}};
	struct lb_kaslr_final_map final = {.descriptors = map, .count = count, .fdt = true};
	struct lb_kaslr_map_facts facts;
	struct lb_range kept;
	size_t used;
	bool sure;

	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &iomem, 0, &kept, &sure));
	CHECK(!sure);
	facts = lb_kaslr_read_final_map(LB_ARCH_ARM64, map, count, kept, 0);
	CHECK_EQUAL(facts.image.start, 0x66c30000);
	CHECK_EQUAL(facts.image_size, 0x2010000);
	CHECK_EQUAL(facts.kept.start, 0x66c30000);
	CHECK_EQUAL(facts.loaded, 0x784b0000);
	CHECK_EQUAL(facts.bank_end, 0x80000000);
	REQUIRE(!lb_kaslr_ramdisk_in_map(map, count, 964 * LB_KIB, &final.ramdisk));
	CHECK_EQUAL(final.ramdisk.start, 0x7c120000);

	final.image = facts.image;
	REQUIRE(!lb_kaslr_map_at_draw(&final, memory, count + 4, &used));
	CHECK_EQUAL(used, 9);
	CHECK_EQUAL(memory[4].range.start, 0x48000000);
	CHECK_EQUAL(memory[4].range.end, 0x784a2000);
	CHECK_EQUAL(memory[6].range.start, 0x7a4c2000);
	CHECK_EQUAL(memory[6].range.end, 0x7c42f000);
	CHECK_EQUAL(lb_kaslr_map_at_draw(&final, memory, 8, &used), LB_NO_STORAGE);
	CHECK_EQUAL(lb_kaslr_ramdisk_in_map(map, count, 64 * LB_MIB, &kept), LB_NOT_FOUND);

	/* The same without the draw: in place, and the block is 64 KiB longer than it looks. */
	kept = (struct lb_range){0x784c0000, 0x7a4c0000};
	facts = lb_kaslr_read_final_map(LB_ARCH_ARM64, map, count, kept, 0);
	CHECK_EQUAL(facts.loaded, 0x784b0000);
	CHECK_EQUAL(facts.kept.start, 0x784b0000);
	CHECK_EQUAL(facts.image_size, 0x2010000);
	CHECK(lb_range_empty(facts.image));
}

TEST(kaslr, map_at_draw_splits_and_merges)
{
	static const struct lb_kaslr_efi_range map[] = {
		{{MIB(16), MIB(100)}, CONVENTIONAL, 0},
		{{MIB(100), MIB(200)}, LOADER_CODE, 0},
		{{MIB(200), MIB(300)}, LOADER_DATA, UINT64_C(1) << 16},
		{{MIB(300), MIB(400)}, BOOT_DATA, 0},
		{{MIB(400), MIB(500)}, 15, UINT64_C(1) << 20},
		{{MIB(500), MIB(600)}, CONVENTIONAL, UINT64_C(1) << 18},
	};
	static struct lb_kaslr_memory memory[10];
	struct lb_kaslr_final_map final = {.descriptors = map, .count = 6,
		.image = {MIB(190), MIB(350)}, .ramdisk = {MIB(120), MIB(130) - 5}};
	size_t used;

	REQUIRE(!lb_kaslr_map_at_draw(&final, memory, 10, &used));
	CHECK_EQUAL(used, 9);
	CHECK_EQUAL(memory[1].range.end, MIB(120));
	CHECK(!memory[1].usable);
	CHECK_EQUAL(memory[2].range.end, MIB(130));
	CHECK(memory[2].usable);
	CHECK_EQUAL(memory[4].range.start, MIB(190));
	/* Different attributes stay apart, and boot services keep theirs. */
	CHECK_EQUAL(memory[4].range.end, MIB(200));
	CHECK(memory[5].usable && memory[5].more_reliable);
	CHECK_EQUAL(memory[5].range.end, MIB(300));
	CHECK(!memory[6].usable);
	CHECK(memory[7].unaccepted && memory[7].hot_pluggable);
	CHECK(memory[8].usable && memory[8].soft_reserved);

	final.image.end = MIB(200);
	final.image.start = MIB(100);
	REQUIRE(!lb_kaslr_map_at_draw(&final, memory, 10, &used));
	CHECK_EQUAL(memory[0].range.end, MIB(200));
}

TEST(kaslr, superset_leaves_out_what_is_hidden)
{
	static const struct lb_range ram[] = {{0, 100}, {100, 200}, {300, 400}};
	static const struct lb_range hidden[] = {{390, 500}, {0, 20}, {150, 160}, {155, 170}};
	static struct lb_kaslr_memory memory[7];
	size_t used;

	REQUIRE(!lb_kaslr_map_superset(ram, 3, hidden, 4, memory, 7, &used));
	CHECK_EQUAL(used, 3);
	CHECK_EQUAL(memory[0].range.start, 20);
	CHECK_EQUAL(memory[0].range.end, 150);
	CHECK_EQUAL(memory[1].range.start, 170);
	CHECK_EQUAL(memory[1].range.end, 200);
	CHECK_EQUAL(memory[2].range.end, 390);
	CHECK_EQUAL(lb_kaslr_map_superset(ram, 3, hidden, 4, memory, 2, &used), LB_NO_STORAGE);
	REQUIRE(!lb_kaslr_map_superset(ram, 3, NULL, 0, memory, 7, &used));
	CHECK_EQUAL(used, 2);
}

TEST(kaslr, sizes_of_booted_kernels)
{
	static const struct {
		uint32_t version, init_size, payload_offset;
		uint64_t image, kept;
	} kernels[] = {
		{LB_LINUX(5, 10, 223), 0x3b7a000, 0x45c, 60, 48},
		{LB_LINUX(5, 10, 223), 0x2d5e000, 0x45c, 46, 34},
		{LB_LINUX(6, 1, 176), 0x3f97000, 0x2cc, 64, 52},
		{LB_LINUX(6, 1, 176), 0x3378000, 0x2cc, 52, 40},
		{LB_LINUX(6, 12, 107), 0x37ef000, 0x2cc, 56, 44},
		{LB_LINUX(6, 12, 107), 0x37dd000, 0x2cc, 56, 44},
		{LB_LINUX(6, 16, 12), 0x3619000, 0x2cc, 54, 44},
		{LB_LINUX(6, 18, 15), 0x3a29000, 0x2cc, 58, 48},
		{LB_LINUX(7, 2, 13), 0x3c3b000, 0x2cc, 60, 50},
	};
	size_t i;

	for (i = 0; i < LB_ARRAY_COUNT(kernels); i++) {
		struct lb_kaslr_size_guess guess = lb_kaslr_guess_image_size(
			kernels[i].version, MIB(kernels[i].kept), MIB(2));

		CHECK_EQUAL(lb_kaslr_image_size(kernels[i].init_size, kernels[i].payload_offset),
			MIB(kernels[i].image));
		CHECK_EQUAL(guess.likely, MIB(kernels[i].image));
		CHECK(guess.least <= guess.likely && guess.likely <= guess.most);
	}
	CHECK_EQUAL(lb_kaslr_image_size(0, 0), 0);
	CHECK_EQUAL(lb_kaslr_guess_image_size(LB_LINUX(6, 1, 0), 0, MIB(2)).likely, 0);
}

TEST(kaslr, fixed_places_that_are_the_same)
{
	CHECK(lb_kaslr_same_fixed_place(LB_ARCH_X86_64, LB_LINUX(6, 12, 0), LB_PLACER_STUB,
		"nokaslr", "mem=4G"));
	CHECK(lb_kaslr_same_fixed_place(
		LB_ARCH_ARM64, LB_LINUX(6, 6, 0), LB_PLACER_STUB, "nokaslr", "quiet"));
	CHECK(!lb_kaslr_same_fixed_place(
		LB_ARCH_ARM64, LB_LINUX(6, 1, 0), LB_PLACER_STUB, "nokaslr", "quiet"));
	CHECK(lb_kaslr_same_fixed_place(
		LB_ARCH_ARM64, LB_LINUX(6, 1, 0), LB_PLACER_LOADER, "nokaslr", "quiet"));
}

#define PAGE 4096
#define PAGES 48

/* A map of PAGES pages in random descriptors; the type of each page for the model. */
static size_t make_random_map(
	uint64_t *state, struct lb_kaslr_efi_range *map, uint32_t *types)
{
	static const uint32_t kinds[] = {LOADER_CODE, LOADER_DATA, BOOT_DATA, CONVENTIONAL};
	size_t count = 0, page = 0, i;

	while (page < PAGES) {
		size_t length = 1 + next_random(state) % 6;
		uint32_t type = kinds[next_random(state) % 4];

		length = length > PAGES - page ? PAGES - page : length;
		for (i = page; i < page + length; i++) {
			types[i] = type;
		}
		map[count++] = (struct lb_kaslr_efi_range){
			{page * PAGE, (page + length) * PAGE}, type, 0};
		page += length;
	}
	return count;
}

TEST(kaslr, map_at_draw_agrees_with_a_model_of_pages)
{
	static struct lb_kaslr_efi_range map[PAGES];
	static struct lb_kaslr_memory memory[PAGES + 4];
	static uint32_t types[PAGES];
	uint64_t state = 5, round, wrong = 0;
	size_t used, page, i;

	for (round = 0; round < 2000; round++) {
		struct lb_kaslr_final_map final = {.descriptors = map};
		uint64_t a = next_random(&state) % PAGES, b = next_random(&state) % PAGES;

		final.count = make_random_map(&state, map, types);
		final.image = (struct lb_range){lb_min(a, b) * PAGE, lb_max(a, b) * PAGE};
		a = next_random(&state) % (PAGES * PAGE);
		final.ramdisk = (struct lb_range){a, a + next_random(&state) % (8 * PAGE)};
		REQUIRE(!lb_kaslr_map_at_draw(&final, memory, PAGES + 4, &used));
		for (page = 0; page < PAGES; page++) {
			struct lb_range at = {page * PAGE, (page + 1) * PAGE};
			bool loader = types[page] <= LOADER_DATA;
			bool expected = types[page] == CONVENTIONAL ||
				(loader && (lb_range_overlaps(at, final.image) ||
						   lb_range_overlaps(at, final.ramdisk)));
			unsigned int found = 0;

			for (i = 0; i < used; i++) {
				found += memory[i].usable &&
					lb_range_contains(memory[i].range, at);
			}
			wrong += found != expected;
		}
		for (i = 1; i < used; i++) {
			wrong += memory[i].usable && memory[i - 1].usable;
			wrong += memory[i].range.start != memory[i - 1].range.end;
		}
	}
	CHECK_EQUAL(wrong, 0);
}
