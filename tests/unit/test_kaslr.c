/* SPDX-License-Identifier: MIT */
/*
 * kaslr: the places of booted machines (docs/kaslr.md lists them), a small universe against a
 * model that walks the grid, and the command line forms that move or stop the draw.
 */
#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_cmdline.h"
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

static void check_area(const struct lb_slots *slots, size_t index, lb_phys_addr first,
	lb_phys_addr last, uint64_t count)
{
	const struct lb_slot_area *area = &slots->areas[index];

	if (!test_require(index < slots->count, "there are that many areas", __FILE__, __LINE__)) {
		return;
	}
	CHECK_EQUAL(area->first, first);
	CHECK_EQUAL(area->first + (area->count - 1) * area->stride, last);
	CHECK_EQUAL(area->count, count);
}

/* Shares of the slots in parts of 10000, as the record rounds them: digits 3 or 4. */
struct window {
	struct lb_range range;
	uint64_t kept;
	unsigned int touches, inside;
	unsigned int unit; /* 10: three digits were recorded; 1: four */
};

static unsigned int share(uint64_t count, uint64_t total, unsigned int unit)
{
	uint64_t whole = 10000 / unit;

	return (unsigned int)((2 * count * whole + total) / (2 * total) * unit);
}

static void check_window(const struct lb_slots *slots, struct window window)
{
	CHECK_EQUAL(share(lb_slots_touching(slots, window.range, window.kept), slots->total,
		window.unit), window.touches);
	CHECK_EQUAL(share(lb_slots_in(slots, window.range), slots->total, window.unit),
		window.inside);
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

/* The place of a boot that draws nothing; UINT64_MAX if it draws. */
static lb_phys_addr pinned(const struct lb_kaslr_decompressor *request)
{
	enum lb_kaslr_result result = LB_KASLR_RANDOM;
	struct lb_slots slots = empty_slots();
	lb_phys_addr place = 0;

	if (lb_kaslr_decompressor_slots(request, &slots, &result, &place) ||
		result != LB_KASLR_PINNED) {
		return UINT64_MAX;
	}
	return place;
}

TEST(kaslr, bios_1g_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), 0x3ffe0000)};
	const struct lb_range avoid[] = {{0x3fee4000, 0x3ffe0000}};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(52), 0x3378000);
	struct lb_slots slots;

	request.avoid = avoid;
	request.avoid_count = 1;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 452);
	check_area(&slots, 0, 0x4400000, 0x3ca00000, 452);
	check_window(&slots,
		(struct window){{0x20000000, 0x30000000}, MIB(40), 3250, 2830, 10});
	check_window(&slots,
		(struct window){{0x2f000000, 0x3f000000}, MIB(40), 2850, 2430, 10});
}

TEST(kaslr, bios_4g_in_two_banks_booted)
{
	const struct lb_kaslr_memory memory[] = {
		usable(MIB(1), 0xbffe0000), usable(GIB(4), GIB(5))};
	const struct lb_range avoid[] = {{0xbfee4000, 0xbffe0000}};
	struct lb_kaslr_decompressor request = bios(memory, 2, MIB(56), 0x37dd000);
	struct lb_slots slots;

	request.avoid = avoid;
	request.avoid_count = 1;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 1957);
	check_area(&slots, 0, 0x4800000, 0xbc600000, 1472);
	check_area(&slots, 1, GIB(4), 0x13c800000, 485);
	check_window(&slots, (struct window){{0x40000000, 0x50000000}, MIB(44), 761, 654, 1});
	check_window(&slots, (struct window){{0xaf000000, 0xbf000000}, MIB(44), 659, 552, 1});

	/* The same machine keeps a whole 1 GiB page free. */
	request.cmdline = "hugepagesz=1G hugepages=1";
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 1418);
	check_area(&slots, 0, 0x4800000, 0x3c800000, 449);
	check_area(&slots, 1, 0x80000000, 0xbc600000, 484);
	check_area(&slots, 2, GIB(4), 0x13c800000, 485);
	check_window(&slots, (struct window){{0x40000000, 0x50000000}, MIB(44), 0, 0, 1});
	check_window(&slots, (struct window){{0xaf000000, 0xbf000000}, MIB(44), 910, 762, 1});
}

TEST(kaslr, bios_8g_in_two_banks_booted)
{
	const struct lb_kaslr_memory memory[] = {
		usable(MIB(1), 0x7ffe0000), usable(GIB(4), 0x280000000)};
	const struct lb_range avoid[] = {{0x7fee4000, 0x7ffe0000}};
	struct lb_kaslr_decompressor request = bios(memory, 2, MIB(60), 0x3c3b000);
	struct lb_slots slots;

	request.version = LB_LINUX(7, 2, 13);
	request.avoid = avoid;
	request.avoid_count = 1;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 3998);
	check_area(&slots, 0, 0x4e00000, 0x7c200000, 955);
	check_area(&slots, 1, GIB(4), 0x27c400000, 3043);
	check_window(&slots, (struct window){{0x6f000000, 0x7f000000}, MIB(50), 325, 265, 1});
}

TEST(kaslr, bios_2g_with_memmap_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), 0x7ffe0000)};
	const struct lb_range avoid[] = {{0x7fee4000, 0x7ffe0000}};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(52), 0x3378000);
	struct lb_slots slots;

	request.avoid = avoid;
	request.avoid_count = 1;
	request.cmdline = "console=ttyS0 memmap=256M$256M,128M$1G";
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 722);
	check_area(&slots, 0, 0x4400000, 0xcc00000, 69);
	check_area(&slots, 1, 0x20000000, 0x3cc00000, 231);
	check_area(&slots, 2, 0x48000000, 0x7ca00000, 422);
	check_window(&slots, (struct window){{0x10000000, 0x20000000}, MIB(40), 0, 0, 10});
	check_window(&slots,
		(struct window){{0x48000000, 0x58000000}, MIB(40), 1770, 1770, 10});
}

TEST(kaslr, grub_bios_2g_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), 0x7ffe0000)};
	const struct lb_range avoid[] = {{0x37df7000, 0x37ef3000}};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(60), 0x3c3b000);
	struct lb_slots slots;

	request.avoid = avoid;
	request.avoid_count = 1;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 924);
	check_area(&slots, 0, 0x4e00000, 0x34000000, 378);
	check_area(&slots, 1, 0x38000000, 0x7c200000, 546);
	check_window(&slots,
		(struct window){{0x30000000, 0x40000000}, MIB(50), 1310, 1050, 10});
	check_window(&slots,
		(struct window){{0x6f000000, 0x7f000000}, MIB(50), 1410, 1150, 10});
}

TEST(kaslr, bios_2g_in_two_nodes_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), 0x7ffe0000)};
	const struct lb_range srat[] = {
		{0, 0xa0000}, {MIB(1), GIB(1)}, {GIB(1), GIB(2)}};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(60), 0x3c3b000);
	struct lb_slots slots;

	request.srat = srat;
	request.srat_count = 3;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 926);
	check_area(&slots, 0, 0x4e00000, 0x3c400000, 444);
	check_area(&slots, 1, 0x40000000, 0x7c200000, 482);
	check_window(&slots,
		(struct window){{0x38000000, 0x48000000}, MIB(50), 1330, 1070, 10});
}

TEST(kaslr, efi_entry_of_an_old_kernel_booted)
{
	const struct lb_kaslr_memory memory[] = {
		usable(0x1500000, 0x78c17000), usable(GIB(4), GIB(6))};
	struct lb_kaslr_decompressor request = bios(memory, 2, MIB(46), 0x2d5e000);
	struct lb_slots slots;

	request.version = LB_LINUX(5, 10, 0);
	request.efi_map = true;
	request.output = 0x78e00000;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 1690);
	check_area(&slots, 0, 0x20000000, 0x75e00000, 688);
	check_area(&slots, 1, GIB(4), 0x17d200000, 1002);
	check_window(&slots, (struct window){{0x10000000, 0x20000000}, MIB(34), 0, 0, 1});
	check_window(&slots, (struct window){{0x68000000, 0x78000000}, MIB(34), 757, 663, 1});
	/* Where the firmware loaded it need not be known. */
	request.output = 0;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 1690);
	check_area(&slots, 0, 0x20000000, 0x75e00000, 688);
	request.cmdline = "nokaslr";
	CHECK_EQUAL(pinned(&request), 0);
}

TEST(kaslr, grub_efi_4g_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(0x85dd000, 0x37df7000),
		usable(0x37ef3000, 0x5c824000), usable(GIB(4), GIB(6))};
	struct lb_kaslr_decompressor request = bios(memory, 3, MIB(56), 0x37dd000);
	struct lb_slots slots;

	request.efi_map = true;
	request.output = 0x4e00000;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.total, 1614);
	check_area(&slots, 0, 0x8600000, 0x34400000, 352);
	check_area(&slots, 1, 0x38000000, 0x59000000, 265);
	check_area(&slots, 2, GIB(4), 0x17c800000, 997);
	check_window(&slots, (struct window){{0x4c000000, 0x5c000000}, MIB(44), 781, 651, 1});
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

TEST(kaslr, ovmf_2g_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(0x1500000, 0x7adb2000)};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_X86_64, LB_LINUX(6, 1, 176), memory, 1, MIB(52));
	struct lb_slots slots;

	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.total, 946);
	check_area(&slots, 0, 0x1600000, 0x77800000, 946);
	check_window(&slots,
		(struct window){{0x20000000, 0x30000000}, MIB(40), 1550, 1350, 10});
	check_window(&slots, (struct window){{0x6d000000, 0x7d000000}, MIB(40), 1100, 900, 10});
}

TEST(kaslr, ovmf_8g_booted)
{
	const struct lb_kaslr_memory memory[] = {
		usable(0x1500000, 0x7bb75000), usable(GIB(4), 0x280000000)};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_X86_64, LB_LINUX(7, 2, 13), memory, 2, MIB(60));
	struct lb_slots slots;

	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.total, 3992);
	check_area(&slots, 0, 0x1600000, 0x77e00000, 949);
	check_area(&slots, 1, GIB(4), 0x27c400000, 3043);
	check_window(&slots, (struct window){{0x6d000000, 0x7d000000}, MIB(50), 281, 220, 1});
}

TEST(kaslr, arm64_firmware_with_random_numbers_booted)
{
	const struct lb_kaslr_memory memory[] = {usable(0x40000000, 0x44000000),
		usable(0x44020000, 0x4771a000), usable(0x48000000, 0xb3907000)};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_ARM64, LB_LINUX(7, 2, 13), memory, 3, 0x2f00000);
	struct lb_slots slots;

	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.total, 27186);
	check_area(&slots, 0, 0x40000000, 0x41100000, 273);
	check_area(&slots, 1, 0x44020000, 0x44810000, 128);
	check_area(&slots, 2, 0x48000000, 0xb0a00000, 26785);
	check_window(&slots,
		(struct window){{0x80000000, 0x90000000}, 0x2f00000, 1780, 1510, 10});
	check_window(&slots, (struct window){{0xb0000000, 0xc0000000}, 0x2f00000, 340, 60, 10});
}

TEST(kaslr, decompressor_stays_in_place)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), GIB(2))};
	struct lb_kaslr_decompressor request = bios(memory, 1, MIB(52), 0x3378000);
	static const char *const still[] = {"nokaslr", "quiet nokaslr", "-- nokaslr", "mem=64M",
		"memmap=1M$1G,1M$1G,1M$1G,1M$1G,1M$1G", "memmap=1M$1G,1M#1G,1M!1G,1M$1G,",
		"memmap=60M", "memmap=64M%3",
		"\"mem=64M x\"=1"};
	static const char *const moves[] = {"", "nokaslr=1", "xnokaslr", "-- mem=64M", "mem=0",
		"mem=0 mem=64M", "mem=nopentium", "mem", "memmap=exactmap", "memmap=",
		"memmap=1M$1G,1M$1G,1M$1G,1M$1G memmap=1M$1G", "xmem=64M",
		"memmap=60M@1G", "memmap=x,60M", "memmap=exactmap,60M"};
	struct lb_slots slots;
	size_t i;

	for (i = 0; i < LB_ARRAY_COUNT(still); i++) {
		request.cmdline = still[i];
		CHECK_EQUAL(pinned(&request), MIB(16));
	}
	for (i = 0; i < LB_ARRAY_COUNT(moves); i++) {
		request.cmdline = moves[i];
		CHECK(draw(&request, &slots));
	}
	/* A guest of 128 MiB has no room for a second image. */
	request.cmdline = NULL;
	request.image_size = MIB(60);
	request.init_size = 0x3c3b000;
	request.memory = &(struct lb_kaslr_memory){.range = {MIB(1), 0x7fe0000}, .usable = true};
	CHECK_EQUAL(pinned(&request), MIB(16));
}

TEST(kaslr, decompressor_reads_limits_and_huge_pages)
{
	struct lb_kaslr_options options;

	options = lb_kaslr_read_decompressor_options("mem=0x40000000 mem=2G", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.limit, GIB(1));
	options = lb_kaslr_read_decompressor_options(" mem=010k", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.limit, 8192);
	options = lb_kaslr_read_decompressor_options(
		"hugepagesz=1G hugepages=3 hugepages=2", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.huge_pages, 2);
	options = lb_kaslr_read_decompressor_options(
		"hugepages=3 hugepagesz=1G hugepagesz=2M hugepages=9", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.huge_pages, 0);
	options = lb_kaslr_read_decompressor_options(
		"hugepagesz=1G hugepages=0:2,1:2", LB_LINUX(6, 12, 0));
	CHECK_EQUAL(options.huge_pages, 0);
	options = lb_kaslr_read_decompressor_options(
		"hugepagesz=1G hugepages=4x", LB_LINUX(6, 12, 0));
	CHECK_EQUAL(options.huge_pages, 4);
	options = lb_kaslr_read_decompressor_options(
		"hugepagesz=1G hugepages=4x", LB_LINUX(7, 2, 0));
	CHECK_EQUAL(options.huge_pages, 0);
	options = lb_kaslr_read_decompressor_options(
		"default_hugepagesz=1G hugepages=4", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.huge_pages, 0);
	options = lb_kaslr_read_decompressor_options(
		"efi_fake_mem=1G@4G:0x40000,1G@8G:0x10000", LB_LINUX(6, 10, 0));
	CHECK_EQUAL(options.avoid_count, 1);
	CHECK_EQUAL(options.avoid[0].start, GIB(4));
	options = lb_kaslr_read_decompressor_options(
		"efi_fake_mem=1G@4G:0x40000", LB_LINUX(6, 11, 0));
	CHECK_EQUAL(options.avoid_count, 0);
	options = lb_kaslr_read_decompressor_options(
		"\"memmap=16M$4G\" memmap=\"1M$0x1000\"", LB_LINUX(6, 1, 0));
	CHECK_EQUAL(options.avoid_count, 2);
	CHECK_EQUAL(options.avoid[0].end, GIB(4) + MIB(16));
	CHECK_EQUAL(options.avoid[1].end, 0x101000);
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

TEST(kaslr, decompressor_prefers_reliable_memory)
{
	struct lb_kaslr_memory memory[] = {usable(MIB(16), GIB(2)), usable(GIB(4), GIB(5)),
		{.range = {GIB(6), GIB(7)}, .unaccepted = true}};
	struct lb_kaslr_decompressor request = bios(memory, 3, MIB(52), 0x3378000);
	struct lb_slots slots;

	request.efi_map = true;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.count, 3);
	request.version = LB_LINUX(6, 1, 0);
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.count, 2);
	memory[0].soft_reserved = true;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.areas[0].first, GIB(4));
	request.cmdline = "efi=debug,nosoftreserve";
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.count, 2);
	memory[2].more_reliable = true;
	CHECK_EQUAL(pinned(&request), MIB(16));
	request.efi_map = false;
	REQUIRE(draw(&request, &slots));
	CHECK_EQUAL(slots.count, 2);
}

TEST(kaslr, stub_takes_the_lowest_slot_when_told_to)
{
	const struct lb_kaslr_memory memory[] = {usable(MIB(1), GIB(2))};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_X86_64, LB_LINUX(6, 12, 0), memory, 1, MIB(56));
	static const char *const lowest[] = {"nokaslr", "nokaslr=0", "\"nokaslr\"", "mem=4G",
		"quiet\tmemmap=1M$1G", "hugepages=8", "-- mem=1"};
	static const char *const random[] = {"", "hugepagesz=1G", "-- nokaslr", "xmem=1 mem=4G",
		"efi_fake_mem=1G@4G:0x40000", "memory"};
	struct lb_slots slots;
	size_t i;

	for (i = 0; i < LB_ARRAY_COUNT(lowest); i++) {
		request.cmdline = lowest[i];
		CHECK_EQUAL(stub_pinned(&request), MIB(16));
	}
	for (i = 0; i < LB_ARRAY_COUNT(random); i++) {
		request.cmdline = random[i];
		CHECK(stub_draw(&request, &slots));
	}
	request.version = LB_LINUX(6, 10, 0);
	request.cmdline = "efi_fake_mem=1G@4G:0x40000";
	CHECK_EQUAL(stub_pinned(&request), MIB(16));
	request.version = LB_LINUX(6, 6, 32);
	request.cmdline = "hugepages=8";
	CHECK(stub_draw(&request, &slots));
	request.version = LB_LINUX(6, 6, 10);
	request.cmdline = "nokaslr";
	CHECK_EQUAL(stub_pinned(&request), MIB(2));
	request.cmdline = NULL;
	request.random = false;
	request.version = LB_LINUX(7, 2, 0);
	CHECK_EQUAL(stub_pinned(&request), MIB(16));
}

TEST(kaslr, stub_skips_memory_that_may_go)
{
	struct lb_kaslr_memory memory[] = {usable(MIB(16), GIB(1)), usable(GIB(1), GIB(2))};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_X86_64, LB_LINUX(6, 14, 0), memory, 2, MIB(56));
	struct lb_slots slots;

	memory[1].hot_pluggable = true;
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.count, 1);
	request.version = LB_LINUX(6, 12, 13);
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.count, 2);
	memory[1].more_reliable = true;
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.areas[0].first, GIB(1));
	/* Reliable memory that holds no slot does not keep the rest out. */
	memory[1].range.end = GIB(1) + MIB(50);
	REQUIRE(stub_draw(&request, &slots));
	CHECK_EQUAL(slots.areas[0].first, MIB(16));
}

TEST(kaslr, arm64_without_a_draw)
{
	/* Booted: 8 GiB, 5.10, nokaslr. */
	const struct lb_kaslr_memory memory[] = {usable(0x40000000, 0x44000000),
		usable(0x48000000, 0x238f1d000), usable(0x23a9fd000, 0x23c42d000)};
	struct lb_kaslr_stub request =
		stub(LB_ARCH_ARM64, LB_LINUX(5, 10, 0), memory, 3, 0x1ad0000);
	struct lb_slots slots;

	request.cmdline = "nokaslr";
	CHECK_EQUAL(stub_pinned(&request), 0x237400000);
	request.loaded = 0x238f20000;
	CHECK_EQUAL(stub_pinned(&request), 0x237400000);
	request.loaded = 0x239000000;
	CHECK_EQUAL(stub_pinned(&request), 0x239000000);
	/* No random numbers: old stubs are content with 64 KiB. */
	request.loaded = 0x238f20000;
	request.cmdline = NULL;
	request.random = false;
	CHECK_EQUAL(stub_pinned(&request), 0x238f20000);
	request.version = LB_LINUX(6, 6, 0);
	CHECK_EQUAL(stub_pinned(&request), 0x237400000);
	request.bank_end = 0x44000000;
	CHECK_EQUAL(stub_pinned(&request), 0x42400000);
	request.zboot = true;
	REQUIRE(!stub_draw(&request, &slots));
	request.random = true;
	REQUIRE(stub_draw(&request, &slots));
	request.random = false;
	CHECK_EQUAL(stub_pinned(&request), lb_slots_at(&slots, slots.total - 1));
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

static struct lb_kaslr_path x86_path(uint32_t version, bool efi, unsigned int type,
	uint32_t code32_start, uint32_t init_size)
{
	const struct lb_kaslr_start start = {.arch = LB_ARCH_X86_64, .version = version,
		.efi = efi, .boot_params = true, .efi_signature = efi, .type_of_loader = type,
		.code32_start = code32_start, .kernel_alignment = MIB(2), .init_size = init_size};

	return lb_kaslr_which_placer(&start);
}

TEST(kaslr, the_loader_decides_who_places)
{
	struct lb_kaslr_start start = {.arch = LB_ARCH_X86_64, .version = LB_LINUX(6, 12, 0)};
	struct lb_kaslr_path path;

	path = x86_path(LB_LINUX(7, 2, 0), false, 0xb0, MIB(1), 0x3c3b000);
	CHECK_EQUAL(path.placer, LB_PLACER_E820);
	CHECK_EQUAL(path.output, MIB(16));
	path = x86_path(LB_LINUX(7, 2, 0), false, 0xd0, 0x12345678, 0x3c3b000);
	CHECK_EQUAL(path.output, 0x12400000);
	path = x86_path(LB_LINUX(7, 2, 0), true, 0x72, 0x4e00000, 0x3c3b000);
	CHECK_EQUAL(path.placer, LB_PLACER_EFI_MAP);
	CHECK_EQUAL(path.output, 0x4e00000);
	path = x86_path(LB_LINUX(6, 12, 0), true, 0x21, 0, 0);
	CHECK_EQUAL(path.placer, LB_PLACER_STUB);
	CHECK(path.sure && !path.handover);
	path = x86_path(LB_LINUX(5, 10, 0), true, 0x21, MIB(1), 0x2d5e000);
	CHECK_EQUAL(path.placer, LB_PLACER_EFI_MAP);
	CHECK_EQUAL(path.output, 0);
	path = x86_path(LB_LINUX(5, 10, 0), true, 0x21, MIB(16), 0x2d5e000);
	CHECK_EQUAL(path.placer, LB_PLACER_EFI_MAP);
	CHECK_EQUAL(path.output, MIB(16));
	path = x86_path(LB_LINUX(7, 2, 0), true, 0x21, MIB(16), 0x3c3b000);
	CHECK_EQUAL(path.placer, LB_PLACER_STUB);
	CHECK(path.handover);
	/* A version that Debian calls 6.1.0 shows by its empty header that it is a late 6.1. */
	path = x86_path(LB_LINUX(6, 1, 0), true, 0x21, 0, 0);
	CHECK_EQUAL(path.placer, LB_PLACER_STUB);
	path = x86_path(LB_LINUX(6, 1, 0), true, 0xd0, MIB(512), 0x3c3b000);
	CHECK_EQUAL(path.placer, LB_PLACER_LOADER);

	CHECK_EQUAL(lb_kaslr_which_placer(&start).placer, LB_PLACER_E820);
	start.efi = true;
	CHECK_EQUAL(lb_kaslr_which_placer(&start).placer, LB_PLACER_STUB);
	CHECK(!lb_kaslr_which_placer(&start).sure);
	start.xen_pv = true;
	CHECK_EQUAL(lb_kaslr_which_placer(&start).placer, LB_PLACER_LOADER);
	start = (struct lb_kaslr_start){.arch = LB_ARCH_ARM64, .version = LB_LINUX(6, 1, 0)};
	CHECK_EQUAL(lb_kaslr_which_placer(&start).placer, LB_PLACER_LOADER);
	start.efi = true;
	CHECK(!lb_kaslr_which_placer(&start).random);
	start.rng_table = true;
	CHECK(lb_kaslr_which_placer(&start).random);
	start.arch = LB_ARCH_RISCV64;
	CHECK(!lb_kaslr_which_placer(&start).random);
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

TEST(kaslr, kept_block_from_iomem)
{
	const struct lb_kaslr_iomem x86 = {.code = {0x1000000, 0x225c930},
		.data = {0x3200000, 0x355da80}, .bss = {0x3de8000, 0x4200000}};
	struct lb_kaslr_iomem arm64 = {
		.code = {0x40210000, 0x41860000}, .data = {0x41eb0000, 0x42210000}};
	struct lb_range block;
	bool sure;

	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_X86_64, &x86, 0, &block, &sure));
	CHECK_EQUAL(block.start, 0x1000000);
	CHECK_EQUAL(block.end, 0x4200000);
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, &sure));
	CHECK_EQUAL(block.start, 0x40200000);
	CHECK(sure);
	arm64.code.start = 0x40230000;
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0x1ff0000, &block, &sure));
	CHECK_EQUAL(block.start, 0x40220000);
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, &sure));
	CHECK(!sure);
	arm64.version = LB_LINUX(6, 1, 176);
	arm64.random = true;
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, &sure));
	CHECK_EQUAL(block.start, 0x40220000);
	CHECK(sure);
	arm64.version = LB_LINUX(7, 2, 13);
	arm64.code.start = 0x40210000;
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, &sure));
	CHECK_EQUAL(block.start, 0x40210000);
	arm64.version = LB_LINUX(6, 12, 107);
	REQUIRE(!lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, &sure));
	CHECK(!sure);
	arm64.data = arm64.bss;
	CHECK_EQUAL(lb_kaslr_kept_block(LB_ARCH_ARM64, &arm64, 0, &block, NULL), LB_NOT_FOUND);
	CHECK_EQUAL(lb_kaslr_kept_block(LB_ARCH_X86_64, &arm64, 0, &block, NULL), LB_NOT_FOUND);
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
