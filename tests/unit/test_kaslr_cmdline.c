/* SPDX-License-Identifier: MIT */
/* kaslr_cmdline: which command lines move, limit or stop the draw, as each placer reads them. */
#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_cmdline.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define MIB(n) ((uint64_t)(n) * LB_MIB)
#define GIB(n) ((uint64_t)(n) * LB_GIB)
#define NO_LIMIT UINT64_MAX

static const struct {
	const char *line;
	uint32_t version;
	uint64_t limit, huge_pages;
	size_t avoid_count;
	struct lb_range avoid[2];
} options[] = {
	{"mem=0x40000000 mem=2G", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{"mem=2G mem=0x40000000", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{" mem=010k", V(6, 1, 0), 8192, 0, 0, {{0}}},
	{"mem=0 mem=1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"mem=x memmap=1M$1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"mem=nopentium mem=1G", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{"-- mem=1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"\"--\" mem=1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"--=1 mem=1G", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{"memmap=1G", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{"memmap=1G mem=512M", V(6, 1, 0), MIB(512), 0, 0, {{0}}},
	{"memmap=exactmap,1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"memmap=1M@1G,1G", V(6, 1, 0), GIB(1), 0, 0, {{0}}},
	{"memmap=x,1G", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"memmap=1M$1G,2M#2G", V(6, 1, 0), NO_LIMIT, 0, 2,
		{{GIB(1), GIB(1) + MIB(1)}, {GIB(2), GIB(2) + MIB(2)}}},
	{"memmap=1M!1G", V(6, 1, 0), NO_LIMIT, 0, 1, {{GIB(1), GIB(1) + MIB(1)}}},
	{"memmap=2G!0xffffffffffff0000", V(6, 1, 0), NO_LIMIT, 0, 1,
		{{0xffffffffffff0000, LB_PHYS_ADDR_MAX}}},
	{"\"memmap=16M$4G\" memmap=\"1M$0x1000\"", V(6, 1, 0), NO_LIMIT, 0, 2,
		{{GIB(4), GIB(4) + MIB(16)}, {0x1000, 0x101000}}},
	{"hugepagesz=1G hugepages=3 hugepages=2", V(6, 1, 0), NO_LIMIT, 2, 0, {{0}}},
	{"hugepages=3 hugepagesz=1G hugepagesz=2M hugepages=9", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"hugepagesz=1G hugepages=0:2,1:2", V(6, 12, 0), NO_LIMIT, 0, 0, {{0}}},
	{"hugepagesz=1G hugepages=4x", V(6, 12, 0), NO_LIMIT, 4, 0, {{0}}},
	{"hugepagesz=1G hugepages=4x", V(7, 2, 0), NO_LIMIT, 0, 0, {{0}}},
	{"hugepagesz=1G hugepages=4", V(7, 2, 0), NO_LIMIT, 4, 0, {{0}}},
	{"hugepagesz=1024M hugepages=0x10", V(7, 2, 0), NO_LIMIT, 16, 0, {{0}}},
	{"default_hugepagesz=1G hugepages=4", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"hugepagesz hugepages=4", V(6, 1, 0), NO_LIMIT, 0, 0, {{0}}},
	{"efi_fake_mem=1G@4G:0x40000,1G@8G:0x10000", V(6, 10, 0), NO_LIMIT, 0, 1,
		{{GIB(4), GIB(5)}}},
	{"efi_fake_mem=1G@4G", V(6, 10, 0), NO_LIMIT, 0, 0, {{0}}},
	{"efi_fake_mem=1G@4G:0x40000", V(6, 11, 0), NO_LIMIT, 0, 0, {{0}}},
};

TEST(kaslr_cmdline, the_decompressor_reads_limits_ranges_and_huge_pages)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(options); i++) {
		struct lb_kaslr_options found = lb_kaslr_read_decompressor_options(
			options[i].line, options[i].version);

		if (found.limit != options[i].limit || found.huge_pages != options[i].huge_pages ||
			found.avoid_count != options[i].avoid_count) {
			CHECK_TEXT(options[i].line, "a line that is read as its row says");
		}
		for (size_t k = 0; k < options[i].avoid_count; k++) {
			CHECK_EQUAL(found.avoid[k].start, options[i].avoid[k].start);
			CHECK_EQUAL(found.avoid[k].end, options[i].avoid[k].end);
		}
		CHECK(!found.nokaslr && !found.too_many);
	}
}

/* Ranges are counted over all options; one that finds the list full and has more gives up. */
TEST(kaslr_cmdline, a_fifth_range_in_one_list_is_too_many)
{
	static const struct {
		const char *line;
		bool too_many;
	} cases[] = {
		{"memmap=1M$1G,1M$1G,1M$1G,1M$1G", false},
		{"memmap=1M$1G,1M$1G,1M$1G,1M$1G,1M$1G", true},
		{"memmap=1M$1G,1M#1G,1M!1G,1M$1G,", true},
		{"memmap=1M$1G,1M$1G,1M$1G,1M$1G memmap=1M$1G", false},
		{"memmap=1M$1G memmap=1M$1G,1M$1G,1M$1G,1M$1G", true},
		{"memmap=1M$1G memmap=1M$1G memmap=1M$1G memmap=1M$1G memmap=1M$1G", false},
		{"memmap=1G,1G,1G,1G,1G", false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_kaslr_options found =
			lb_kaslr_read_decompressor_options(cases[i].line, V(6, 12, 0));

		CHECK(found.too_many == cases[i].too_many);
	}
}

/* What a line does to a draw of either placer. */
enum effect { DRAWS, STAYS };

static const struct {
	const char *line;
	enum effect decompressor, stub;
} effects[] = {
	{"", DRAWS, DRAWS},
	{"nokaslr", STAYS, STAYS},
	{"quiet nokaslr", STAYS, STAYS},
	{"nokaslr=1", DRAWS, STAYS},
	{"\"nokaslr\"", DRAWS, STAYS},
	{"-- nokaslr", STAYS, DRAWS},
	{"xnokaslr nokaslrx", DRAWS, DRAWS},
	{"mem=64M", STAYS, STAYS},
	{"mem=4G", DRAWS, STAYS},
	{"-- mem=64M", DRAWS, STAYS},
	{"xmem=64M", DRAWS, DRAWS},
	{"xmem=1 mem=4G", DRAWS, DRAWS},
	{"mem=0", DRAWS, STAYS},
	{"mem=0 mem=64M", DRAWS, STAYS},
	{"mem=nopentium", DRAWS, STAYS},
	{"mem", DRAWS, DRAWS},
	{"memory", DRAWS, DRAWS},
	{"\"mem=64M x\"=1", STAYS, DRAWS},
	{"memmap=60M", STAYS, STAYS},
	{"memmap=64M%3", STAYS, STAYS},
	{"memmap=60M@1G", DRAWS, STAYS},
	{"memmap=x,60M", DRAWS, STAYS},
	{"memmap=exactmap", DRAWS, STAYS},
	{"memmap=exactmap,60M", DRAWS, STAYS},
	{"memmap=", DRAWS, STAYS},
	{"quiet\tmemmap=1M$1G", DRAWS, STAYS},
	{"memmap=1M$1G,1M$1G,1M$1G,1M$1G,1M$1G", STAYS, STAYS},
	{"hugepages=8", DRAWS, STAYS},
	{"hugepagesz=1G", DRAWS, DRAWS},
	{"efi_fake_mem=1G@4G:0x40000", DRAWS, DRAWS},
};

static const struct lb_kaslr_memory two_gib = {.range = {MIB(1), GIB(2)}, .usable = true};
static struct lb_slot_area storage[LB_KASLR_AREAS_MAX];

static enum effect decompressor_effect(const char *line, lb_phys_addr *ret_place)
{
	const struct lb_kaslr_decompressor request = {.version = V(6, 12, 0), .memory = &two_gib,
		.memory_count = 1, .output = MIB(16), .image_size = MIB(52),
		.init_size = 0x3378000, .align = MIB(2), .limit = UINT64_C(1) << 46,
		.cmdline = line, .gbpages_honoured = true};
	struct lb_slots slots = {.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
	enum lb_kaslr_result result = LB_KASLR_RANDOM;

	CHECK(!lb_kaslr_decompressor_slots(&request, &slots, &result, ret_place));
	return result == LB_KASLR_RANDOM ? DRAWS : STAYS;
}

static enum effect stub_effect(const char *line, uint32_t version, lb_phys_addr *ret_place)
{
	const struct lb_kaslr_stub request = {.arch = LB_ARCH_X86_64, .version = version,
		.memory = &two_gib, .memory_count = 1, .image_size = MIB(56), .align = MIB(2),
		.cmdline = line, .random = true};
	struct lb_slots slots = {.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
	enum lb_kaslr_result result = LB_KASLR_RANDOM;

	CHECK(!lb_kaslr_stub_slots(&request, &slots, &result, ret_place));
	return result == LB_KASLR_RANDOM ? DRAWS : STAYS;
}

TEST(kaslr_cmdline, placers_differ_about_what_stops_the_draw)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(effects); i++) {
		lb_phys_addr place = 0;

		if (decompressor_effect(effects[i].line, &place) != effects[i].decompressor ||
			(effects[i].decompressor == STAYS && place != MIB(16))) {
			CHECK_TEXT(effects[i].line, "a line that the decompressor takes so");
		}
		if (stub_effect(effects[i].line, V(6, 12, 0), &place) != effects[i].stub ||
			(effects[i].stub == STAYS && place != MIB(16))) {
			CHECK_TEXT(effects[i].line, "a line that the stub takes so");
		}
	}
}

/* The stub heeds memory options since May 2024, in the stable series of that time too, and keeps
 * clear of what lies below 16 MiB since early 2024. */
TEST(kaslr_cmdline, the_stub_has_learnt_what_to_heed)
{
	static const struct {
		uint32_t version;
		const char *line;
		enum effect effect;
		lb_phys_addr lowest; /* where STAYS */
	} cases[] = {
		{V(6, 1, 92), "hugepages=8", DRAWS, 0},
		{V(6, 1, 93), "hugepages=8", STAYS, MIB(16)},
		{V(6, 2, 0), "mem=4G", DRAWS, 0},
		{V(6, 6, 32), "hugepages=8", DRAWS, 0},
		{V(6, 6, 33), "hugepages=8", STAYS, MIB(16)},
		{V(6, 9, 3), "mem=4G", DRAWS, 0},
		{V(6, 9, 4), "mem=4G", STAYS, MIB(16)},
		{V(6, 10, 0), "efi_fake_mem=1G@4G:0x40000", STAYS, MIB(16)},
		{V(6, 11, 0), "efi_fake_mem=1G@4G:0x40000", DRAWS, 0},
		{V(6, 1, 78), "nokaslr", STAYS, MIB(2)},
		{V(6, 1, 79), "nokaslr", STAYS, MIB(16)},
		{V(6, 6, 10), "nokaslr", STAYS, MIB(2)},
		{V(6, 6, 18), "nokaslr", STAYS, MIB(16)},
		{V(6, 7, 5), "nokaslr", STAYS, MIB(2)},
		{V(6, 7, 6), "nokaslr", STAYS, MIB(16)},
		{V(6, 8, 0), "nokaslr", STAYS, MIB(16)},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		lb_phys_addr place = 0;

		CHECK(stub_effect(cases[i].line, cases[i].version, &place) == cases[i].effect);
		CHECK(cases[i].effect == DRAWS || place == cases[i].lowest);
	}
}

TEST(kaslr_cmdline, list_options_are_searched_item_by_item)
{
	static const struct {
		const char *line;
		bool found;
	} cases[] = {
		{"efi=nosoftreserve", true},
		{"efi=debug,nosoftreserve", true},
		{"efi=nosoftreserve,debug", true},
		{"efi=debug efi=nosoftreserve", true},
		{"efi=\"debug,nosoftreserve\"", true},
		{"efi=nosoftreservex", false},
		{"efi=xnosoftreserve", false},
		{"efi", false},
		{"efi=", false},
		{"-- efi=nosoftreserve", false},
		{"efix=nosoftreserve", false},
		{"nosoftreserve", false},
		{NULL, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		CHECK(lb_kaslr_stub_list_option(cases[i].line, "efi", "nosoftreserve") ==
			cases[i].found);
	}
}
