/* SPDX-License-Identifier: MIT */
/*
 * kaslr on machines that were booted thousands of times (docs/kaslr.md lists them): where the
 * slots lie, how many there are, and how often a window was hit. One row for each machine.
 */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define MIB(n) ((uint64_t)(n) * LB_MIB)
#define GIB(n) ((uint64_t)(n) * LB_GIB)
#define QUIET "console=ttyS0 crashkernel=256M"

/* Shares of the slots in parts of 10000, as the record rounds them. */
struct window {
	struct lb_range range;
	unsigned int touches, inside;
};

struct expected_area {
	lb_phys_addr first, last;
	uint64_t count;
};

struct booted {
	const char *name;
	enum lb_placer placer;
	enum lb_arch arch;
	uint32_t version;
	const char *cmdline;
	struct lb_range memory[3], avoid, srat[3];
	lb_phys_addr output;
	uint64_t image_size, init_size;
	uint64_t kept;     /* of the image, for the windows */
	unsigned int unit; /* 10: the record has three digits; 1: four */
	uint64_t total;
	struct expected_area areas[3];
	struct window windows[2];
};

#define BIOS(name_, version_, image_, init_) .name = name_, .placer = LB_PLACER_E820,              \
	.arch = LB_ARCH_X86_64, .version = version_, .output = MIB(16), .image_size = MIB(image_), \
	.init_size = init_
#define EFI_MAP(name_, version_, image_, init_, output_) .name = name_,                            \
	.placer = LB_PLACER_EFI_MAP, .arch = LB_ARCH_X86_64, .version = version_,                  \
	.output = output_, .image_size = MIB(image_), .init_size = init_
#define STUB(name_, arch_, version_, image_) .name = name_, .placer = LB_PLACER_STUB,              \
	.arch = arch_, .version = version_, .image_size = image_

static const struct booted machines[] = {
	{BIOS("BIOS, 1 GiB", V(6, 12, 0), 52, 0x3378000), .memory = {{MIB(1), 0x3ffe0000}},
		.avoid = {0x3fee4000, 0x3ffe0000}, .kept = MIB(40), .unit = 10, .total = 452,
		.areas = {{0x4400000, 0x3ca00000, 452}},
		.windows = {{{0x20000000, 0x30000000}, 3250, 2830},
			{{0x2f000000, 0x3f000000}, 2850, 2430}}},
	{BIOS("BIOS, 4 GiB in two banks", V(6, 12, 0), 56, 0x37dd000),
		.memory = {{MIB(1), 0xbffe0000}, {GIB(4), GIB(5)}},
		.avoid = {0xbfee4000, 0xbffe0000}, .kept = MIB(44), .unit = 1, .total = 1957,
		.areas = {{0x4800000, 0xbc600000, 1472}, {GIB(4), 0x13c800000, 485}},
		.windows = {{{0x40000000, 0x50000000}, 761, 654},
			{{0xaf000000, 0xbf000000}, 659, 552}}},
	{BIOS("the same, with a 1 GiB page kept free", V(6, 12, 0), 56, 0x37dd000),
		.cmdline = "hugepagesz=1G hugepages=1",
		.memory = {{MIB(1), 0xbffe0000}, {GIB(4), GIB(5)}},
		.avoid = {0xbfee4000, 0xbffe0000}, .kept = MIB(44), .unit = 1, .total = 1418,
		.areas = {{0x4800000, 0x3c800000, 449}, {0x80000000, 0xbc600000, 484},
			{GIB(4), 0x13c800000, 485}},
		.windows = {{{0x40000000, 0x50000000}, 0, 0},
			{{0xaf000000, 0xbf000000}, 910, 762}}},
	{BIOS("BIOS, 8 GiB in two banks", V(7, 2, 13), 60, 0x3c3b000),
		.memory = {{MIB(1), 0x7ffe0000}, {GIB(4), 0x280000000}},
		.avoid = {0x7fee4000, 0x7ffe0000}, .kept = MIB(50), .unit = 1, .total = 3998,
		.areas = {{0x4e00000, 0x7c200000, 955}, {GIB(4), 0x27c400000, 3043}},
		.windows = {{{0x6f000000, 0x7f000000}, 325, 265}}},
	{BIOS("BIOS, 2 GiB with memmap=", V(6, 12, 0), 52, 0x3378000),
		.cmdline = "console=ttyS0 memmap=256M$256M,128M$1G",
		.memory = {{MIB(1), 0x7ffe0000}}, .avoid = {0x7fee4000, 0x7ffe0000},
		.kept = MIB(40), .unit = 10, .total = 722,
		.areas = {{0x4400000, 0xcc00000, 69}, {0x20000000, 0x3cc00000, 231},
			{0x48000000, 0x7ca00000, 422}},
		.windows = {{{0x10000000, 0x20000000}, 0, 0},
			{{0x48000000, 0x58000000}, 1770, 1770}}},
	{BIOS("GRUB on BIOS, 2 GiB", V(6, 12, 0), 60, 0x3c3b000),
		.memory = {{MIB(1), 0x7ffe0000}}, .avoid = {0x37df7000, 0x37ef3000},
		.kept = MIB(50), .unit = 10, .total = 924,
		.areas = {{0x4e00000, 0x34000000, 378}, {0x38000000, 0x7c200000, 546}},
		.windows = {{{0x30000000, 0x40000000}, 1310, 1050},
			{{0x6f000000, 0x7f000000}, 1410, 1150}}},
	{BIOS("BIOS, 2 GiB in two nodes", V(6, 12, 0), 60, 0x3c3b000),
		.memory = {{MIB(1), 0x7ffe0000}},
		.srat = {{0, 0xa0000}, {MIB(1), GIB(1)}, {GIB(1), GIB(2)}},
		.kept = MIB(50), .unit = 10, .total = 926,
		.areas = {{0x4e00000, 0x3c400000, 444}, {0x40000000, 0x7c200000, 482}},
		.windows = {{{0x38000000, 0x48000000}, 1330, 1070}}},
	{EFI_MAP("EFI entry of an old kernel", V(5, 10, 0), 46, 0x2d5e000, 0x78e00000),
		.memory = {{0x1500000, 0x78c17000}, {GIB(4), GIB(6)}},
		.kept = MIB(34), .unit = 1, .total = 1690,
		.areas = {{0x20000000, 0x75e00000, 688}, {GIB(4), 0x17d200000, 1002}},
		.windows = {{{0x10000000, 0x20000000}, 0, 0},
			{{0x68000000, 0x78000000}, 757, 663}}},
	{EFI_MAP("the same, loaded nobody knows where", V(5, 10, 0), 46, 0x2d5e000, 0),
		.memory = {{0x1500000, 0x78c17000}, {GIB(4), GIB(6)}},
		.kept = MIB(34), .unit = 1, .total = 1690,
		.areas = {{0x20000000, 0x75e00000, 688}, {GIB(4), 0x17d200000, 1002}}},
	{EFI_MAP("GRUB on EFI, 4 GiB", V(6, 12, 0), 56, 0x37dd000, 0x4e00000),
		.memory = {{0x85dd000, 0x37df7000}, {0x37ef3000, 0x5c824000}, {GIB(4), GIB(6)}},
		.kept = MIB(44), .unit = 1, .total = 1614,
		.areas = {{0x8600000, 0x34400000, 352}, {0x38000000, 0x59000000, 265},
			{GIB(4), 0x17c800000, 997}},
		.windows = {{{0x4c000000, 0x5c000000}, 781, 651}}},
	{STUB("OVMF, 2 GiB", LB_ARCH_X86_64, V(6, 1, 176), MIB(52)),
		.memory = {{0x1500000, 0x7adb2000}}, .kept = MIB(40), .unit = 10, .total = 946,
		.areas = {{0x1600000, 0x77800000, 946}},
		.windows = {{{0x20000000, 0x30000000}, 1550, 1350},
			{{0x6d000000, 0x7d000000}, 1100, 900}}},
	{STUB("OVMF, 8 GiB", LB_ARCH_X86_64, V(7, 2, 13), MIB(60)),
		.memory = {{0x1500000, 0x7bb75000}, {GIB(4), 0x280000000}},
		.kept = MIB(50), .unit = 1, .total = 3992,
		.areas = {{0x1600000, 0x77e00000, 949}, {GIB(4), 0x27c400000, 3043}},
		.windows = {{{0x6d000000, 0x7d000000}, 281, 220}}},
	{STUB("arm64 firmware with random numbers", LB_ARCH_ARM64, V(7, 2, 13), 0x2f00000),
		.memory = {{0x40000000, 0x44000000}, {0x44020000, 0x4771a000},
			{0x48000000, 0xb3907000}},
		.kept = 0x2f00000, .unit = 10, .total = 27186,
		.areas = {{0x40000000, 0x41100000, 273}, {0x44020000, 0x44810000, 128},
			{0x48000000, 0xb0a00000, 26785}},
		.windows = {{{0x80000000, 0x90000000}, 1780, 1510},
			{{0xb0000000, 0xc0000000}, 340, 60}}},
};

static struct lb_slot_area storage[LB_KASLR_AREAS_MAX];

static size_t count_ranges(const struct lb_range *ranges, size_t most)
{
	size_t count = 0;

	while (count < most && !lb_range_empty(ranges[count])) {
		count++;
	}
	return count;
}

static enum lb_status ask_decompressor(const struct booted *machine,
	const struct lb_kaslr_memory *memory, size_t count, struct lb_slots *slots,
	enum lb_kaslr_result *ret)
{
	const struct lb_kaslr_decompressor request = {
		.version = machine->version,
		.memory = memory,
		.memory_count = count,
		.efi_map = machine->placer == LB_PLACER_EFI_MAP,
		.srat = machine->srat,
		.srat_count = count_ranges(machine->srat, 3),
		.avoid = &machine->avoid,
		.avoid_count = count_ranges(&machine->avoid, 1),
		.output = machine->output,
		.image_size = machine->image_size,
		.init_size = machine->init_size,
		.align = MIB(2),
		.limit = UINT64_C(1) << 46,
		.cmdline = machine->cmdline ? machine->cmdline : QUIET,
		.gbpages_honoured = true,
	};
	lb_phys_addr place;

	return lb_kaslr_decompressor_slots(&request, slots, ret, &place);
}

static enum lb_status ask_stub(const struct booted *machine, const struct lb_kaslr_memory *memory,
	size_t count, struct lb_slots *slots, enum lb_kaslr_result *ret)
{
	const struct lb_kaslr_stub request = {
		.arch = machine->arch,
		.version = machine->version,
		.memory = memory,
		.memory_count = count,
		.image_size = machine->image_size,
		.align = machine->arch == LB_ARCH_ARM64 ? 65536 : MIB(2),
		.cmdline = QUIET,
		.random = true,
	};
	lb_phys_addr place;

	return lb_kaslr_stub_slots(&request, slots, ret, &place);
}

static struct lb_slots slots_of(const struct booted *machine)
{
	struct lb_slots slots = {.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
	struct lb_kaslr_memory memory[3];
	size_t count = count_ranges(machine->memory, 3);
	enum lb_kaslr_result result = LB_KASLR_PINNED;
	enum lb_status status;

	for (size_t i = 0; i < count; i++) {
		memory[i] = (struct lb_kaslr_memory){.range = machine->memory[i], .usable = true};
	}
	status = machine->placer == LB_PLACER_STUB ?
		ask_stub(machine, memory, count, &slots, &result) :
		ask_decompressor(machine, memory, count, &slots, &result);
	if (status || result != LB_KASLR_RANDOM) {
		CHECK_TEXT(machine->name, "a machine that draws");
	}
	return slots;
}

TEST(kaslr_booted, slots_lie_where_the_kernels_were_seen)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(machines); i++) {
		const struct booted *machine = &machines[i];
		struct lb_slots slots = slots_of(machine);
		size_t areas = 0;

		CHECK_EQUAL(slots.total, machine->total);
		for (; areas < 3 && machine->areas[areas].count; areas++) {
			const struct expected_area *wanted = &machine->areas[areas];
			const struct lb_slot_area *area = &slots.areas[areas];

			REQUIRE(areas < slots.count);
			CHECK_EQUAL(area->first, wanted->first);
			CHECK_EQUAL(area->count, wanted->count);
			CHECK_EQUAL(area->first + (area->count - 1) * area->stride,
				wanted->last);
		}
		CHECK_EQUAL(slots.count, areas);
	}
}

static unsigned int share(uint64_t count, uint64_t total, unsigned int unit)
{
	uint64_t whole = 10000 / unit;

	return (unsigned int)((2 * count * whole + total) / (2 * total) * unit);
}

TEST(kaslr_booted, windows_are_hit_as_often_as_they_were)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(machines); i++) {
		const struct booted *machine = &machines[i];
		struct lb_slots slots = slots_of(machine);

		for (size_t k = 0; k < 2 && !lb_range_empty(machine->windows[k].range); k++) {
			struct window window = machine->windows[k];

			CHECK_EQUAL(share(lb_slots_touching(&slots, window.range, machine->kept),
				slots.total, machine->unit), window.touches);
			CHECK_EQUAL(share(lb_slots_in(&slots, window.range), slots.total,
				machine->unit), window.inside);
		}
	}
}

/* With nokaslr every machine has one place, and it is the same at each asking. */
TEST(kaslr_booted, without_a_draw_there_is_one_place)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(machines); i++) {
		struct booted machine = machines[i];
		struct lb_kaslr_memory memory = {.range = machine.memory[0], .usable = true};
		struct lb_slots slots = {.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
		enum lb_kaslr_result result = LB_KASLR_RANDOM;

		machine.cmdline = "nokaslr";
		if (machine.placer == LB_PLACER_STUB) {
			continue; /* the stubs: test_kaslr_worlds.c */
		}
		REQUIRE(!ask_decompressor(&machine, &memory, 1, &slots, &result));
		CHECK(result == LB_KASLR_PINNED);
		CHECK_EQUAL(slots.total, 0);
	}
}
