/* SPDX-License-Identifier: MIT */
/* plan/boot: each architecture's row and table of steps. */
#include <string.h>

#include "../harness/test.h"
#include "plan/boot/boot.h"
#include "plan/boot/cma.h"
#include "plan/boot/steps.h"

/* enum lb_arch is dense, and an architecture without a name does not compile. */
static bool next_arch(enum lb_arch *arch)
{
	*arch = (enum lb_arch)(*arch + 1);
	return strcmp(lb_arch_name(*arch), "unknown") != 0;
}

TEST(plan_boot, every_architecture_has_a_whole_row)
{
	enum lb_arch arch = LB_ARCH_UNKNOWN;
	unsigned int count = 0;

	while (next_arch(&arch)) {
		const struct lb_boot_arch *row = lb_boot_arch(arch);

		REQUIRE(row);
		CHECK(row->steps && row->step_count);
		CHECK(row->e820 && row->nomap && row->firmware_seed && row->brk_unlisted);
		CHECK(row->image_guess && row->image_align && row->image_align_64k);
		CHECK(row->physical_bits);
		CHECK(row->low_end && row->high_end && row->bounce_pool && row->section_bytes);
		CHECK(row->cma_align && row->linear_map);
		CHECK(row->low_end_name && row->low_devices);
		count++;
	}
	CHECK(count >= 3);
	CHECK(!lb_boot_arch(LB_ARCH_UNKNOWN));
}

static unsigned int times_taken(const struct lb_boot_arch *row, const char *name, uint32_t version)
{
	unsigned int times = 0;

	for (size_t i = 0; i < row->step_count; i++) {
		times += !strcmp(row->steps[i].name, name) &&
			lb_boot_step_taken(&row->steps[i], version);
	}
	return times;
}

/* Every version that can be asked about takes a step once or not at all, and some version does. */
TEST(plan_boot, no_version_takes_a_step_twice)
{
	enum lb_arch arch = LB_ARCH_UNKNOWN;

	while (next_arch(&arch)) {
		const struct lb_boot_arch *row = lb_boot_arch(arch);

		for (size_t i = 0; i < row->step_count; i++) {
			const char *name = row->steps[i].name;
			unsigned int taken = 0;

			CHECK(row->steps[i].take);
			for (unsigned int minor = 10; minor <= 19; minor++) {
				taken += times_taken(row, name, LB_LINUX(5, minor, 0));
				taken += times_taken(row, name, LB_LINUX(6, minor, 0));
				CHECK(times_taken(row, name, LB_LINUX(5, minor, 0)) <= 1);
				CHECK(times_taken(row, name, LB_LINUX(6, minor - 10, 0)) <= 1);
				CHECK(times_taken(row, name, LB_LINUX(6, minor, 0)) <= 1);
				CHECK(times_taken(row, name, LB_LINUX(7, minor - 10, 0)) <= 1);
			}
			CHECK(taken);
		}
	}
}

/* struct page is taken after crash memory from 7.0 on (mm/mm_init.c), gigantic pages before it
 * from 6.15 to 6.19 only (mm/hugetlb.c). */
TEST(plan_boot, a_step_belongs_to_its_versions)
{
	const struct lb_boot_arch *arm64 = lb_boot_arch(LB_ARCH_ARM64);
	const struct lb_boot_arch *x86 = lb_boot_arch(LB_ARCH_X86_64);

	CHECK_EQUAL(times_taken(arm64, "vmemmap", LB_LINUX(6, 19, 255)), 1);
	CHECK_EQUAL(times_taken(arm64, "vmemmap", LB_LINUX(7, 0, 0)), 0);
	CHECK_EQUAL(times_taken(x86, "gigantic pages", LB_LINUX(6, 14, 255)), 0);
	CHECK_EQUAL(times_taken(x86, "gigantic pages", LB_LINUX(6, 15, 0)), 1);
	CHECK_EQUAL(times_taken(x86, "gigantic pages", LB_LINUX(6, 19, 255)), 1);
	CHECK_EQUAL(times_taken(x86, "gigantic pages", LB_LINUX(7, 0, 0)), 0);
}

TEST(plan_boot, an_unknown_architecture_is_refused_not_taken_for_another)
{
	struct lb_machine machine = {.root = "test"};
	struct lb_arena arena = {0};
	struct lb_model model;

	REQUIRE(!lb_model_init(&model, &machine, &arena, NULL));
	CHECK_EQUAL(lb_boot_rebuild(&model), LB_NOT_FOUND);
	CHECK(model.missing && strstr(model.missing, "architecture cannot be told"));
	CHECK_EQUAL(model.memory_count, 0);
	lb_arena_free(&arena);
}

/* A log whose zones reach above the RAM of an iomem that was cut: policies take limits that do not
 * cross (policy/policy.h). */
TEST(plan_boot, limits_of_two_sources_do_not_cross)
{
	struct lb_machine machine = {
		.root = "test", .dma = {.zone_dma32 = {true, {2 * LB_GIB, 4 * LB_GIB}}}};
	struct lb_region ram = {.range = {2 * LB_GIB, 3 * LB_GIB}};
	struct lb_model model = {.machine = &machine, .arch = LB_ARCH_RISCV64,
		.row = lb_boot_arch(LB_ARCH_RISCV64), .version = LB_LINUX(6, 12, 0),
		.cmdline = "", .memory = &ram, .memory_count = 1};
	struct lb_boot boot = {.model = &model};

	lb_boot_set_limits(&boot);
	CHECK(model.env.low_max <= model.env.high_max);
	CHECK(model.never_exact);
}

TEST(plan_boot, a_cma_area_that_the_log_lost_is_missed_in_the_sum)
{
	struct lb_range areas[] = {{0xb0000000, 0xb0000000 + 64 * LB_MIB}};
	struct lb_machine machine = {.root = "test",
		.cma = {.reserved_known = true, .reserved = 64 * LB_MIB, .areas = areas,
			.areas_count = 1}};
	struct lb_model model = {.machine = &machine, .arch = LB_ARCH_ARM64,
		.version = LB_LINUX(6, 12, 0), .cmdline = ""};

	lb_cma_allocate(&model);
	CHECK(!model.never_exact);
	machine.cma.reserved += 32 * LB_MIB;
	lb_cma_allocate(&model);
	CHECK(model.never_exact);
}

/* No debugfs: only its own name in iomem tells that the region was taken. */
TEST(plan_boot, the_crash_region_of_the_recorded_boot_is_no_hole)
{
	struct lb_iomem_entry crash = {.range = {LB_GIB, LB_GIB + 256 * LB_MIB}, .depth = 1,
		.kind = LB_IOMEM_CRASH, .name = "Crash kernel"};
	struct lb_machine machine = {
		.root = "test", .memory = {.iomem = &crash, .iomem_count = 1}};
	struct lb_arena arena = {0};
	struct lb_model model = {.machine = &machine, .arena = &arena};
	struct lb_observed observed;

	REQUIRE(!lb_observed_collect(&model, &observed));
	REQUIRE(observed.count == 1);
	CHECK_EQUAL(observed.ranges[0].start, LB_GIB);
	lb_arena_free(&arena);
}

/* RAM of 1 GiB from 2 GiB on: the kernel image, and 300 KiB that are reserved. */
static bool listing_is_doubted(uint64_t counted, bool known)
{
	struct lb_iomem_entry entries[] = {
		{{2 * LB_GIB, 3 * LB_GIB}, 0, LB_IOMEM_RAM, "System RAM"},
		{{2 * LB_GIB + 2 * LB_MIB, 2 * LB_GIB + 16 * LB_MIB}, 1, LB_IOMEM_OTHER,
			"Kernel image"},
		{{3 * LB_GIB - 300 * LB_KIB, 3 * LB_GIB}, 1, LB_IOMEM_RESERVED, "Reserved"},
	};
	struct lb_machine machine = {.root = "test",
		.memory = {.iomem = entries, .iomem_count = LB_ARRAY_COUNT(entries),
			.reserved_known = known, .reserved = counted}};
	struct lb_region ram = {.range = entries[0].range};
	struct lb_arena arena = {0};
	struct lb_model model = {.machine = &machine, .arena = &arena, .memory = &ram,
		.memory_count = 1};
	struct lb_observed observed;
	enum lb_status status = lb_observed_collect(&model, &observed);

	if (!status) {
		status = lb_observed_confirm(&model, &observed);
	}
	CHECK_EQUAL(status, LB_OK);
	lb_arena_free(&arena);
	return model.never_exact;
}

TEST(plan_boot, reservations_that_iomem_lost_are_missed_in_the_sum)
{
	const uint64_t listed = 14 * LB_MIB + 300 * LB_KIB;

	CHECK(!listing_is_doubted(listed, true));
	CHECK(!listing_is_doubted(listed - 20 * LB_KIB, true));
	CHECK(listing_is_doubted(listed + 4 * LB_KIB, true));
	CHECK(listing_is_doubted(listed - LB_MIB, true));
	CHECK(listing_is_doubted(0, false));
}

TEST(plan_boot, cma_areas_that_are_not_modelled_are_doubted)
{
	static const char *const lines[] = {"hugetlb_cma=1G", "numa_cma=0:64M", "cma_pernuma=64M"};
	struct lb_machine machine = {.root = "test", .cma = {.known = true}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		struct lb_model model = {.machine = &machine, .cmdline = lines[i]};

		lb_cma_doubt_others(&model);
		CHECK(model.never_exact);
	}
	machine.cma = (struct lb_machine_cma){.scattered = LB_MIB, .reserved_known = true,
		.reserved = LB_MIB};
	for (int lost = 0; lost < 2; lost++) {
		struct lb_model model = {.machine = &machine, .arch = LB_ARCH_ARM64,
			.version = LB_LINUX(6, 16, 0), .cmdline = ""};

		lb_cma_allocate(&model);
		CHECK(model.never_exact);
		machine.cma.scattered = 0; /* the line is lost, its figure is counted */
	}
}

/* 512 MiB from 2 GiB on, 6.12: NODE_DATA, section roots below it, the struct pages below them. */
static lb_phys_addr riscv64_vmemmap(uint64_t roots, lb_phys_addr vmemmap)
{
	const lb_phys_addr node_data = 0x9fdf0000;
	struct lb_range reserved[] = {{vmemmap, vmemmap + 8 * LB_MIB},
		{node_data - roots - 8 * LB_KIB, 0xa0000000}};
	struct lb_observed observed = {reserved, LB_ARRAY_COUNT(reserved)};
	struct lb_node_range data = {.range = {node_data, node_data + 0x2440}};
	struct lb_machine machine = {.root = "test", .nodes = {.data = &data, .data_count = 1}};
	struct lb_region ram = {.range = {2 * LB_GIB, 2 * LB_GIB + 512 * LB_MIB}};
	struct lb_model model = {.machine = &machine, .arch = LB_ARCH_RISCV64,
		.row = lb_boot_arch(LB_ARCH_RISCV64), .version = LB_LINUX(6, 12, 0),
		.memory = &ram, .memory_count = 1};
	struct lb_vmemmap blocks[LB_VMEMMAP_NODES_MAX];

	CHECK_EQUAL(lb_vmemmap_find(&model, &observed, blocks), 1);
	CHECK_EQUAL(blocks[0].roots, roots);
	return blocks[0].at;
}

TEST(plan_boot, struct_pages_smaller_than_the_section_roots_are_not_found_in_them)
{
	CHECK_EQUAL(riscv64_vmemmap(32 * LB_MIB, 0x9d400000), 0x9d400000);
	CHECK_EQUAL(riscv64_vmemmap(16 * LB_MIB, 0x9e400000), 0x9e400000);
}

/* The log of an arm64 machine: only touching tells what is not mapped. */
TEST(plan_boot, of_node_ranges_that_touch_every_second_one_is_not_mapped)
{
	struct lb_node_range ranges[] = {
		{{LB_GIB, 2 * LB_GIB - 64 * LB_MIB}, 0, false},
		{{2 * LB_GIB - 64 * LB_MIB, 2 * LB_GIB - 62 * LB_MIB}, 0, false},
		{{2 * LB_GIB - 62 * LB_MIB, 2 * LB_GIB}, 0, false},
		{{3 * LB_GIB, 4 * LB_GIB}, 0, false},
		{{4 * LB_GIB, 5 * LB_GIB}, 1, false},
	};
	struct lb_machine machine = {.root = "test",
		.nodes = {.memory = ranges, .memory_count = LB_ARRAY_COUNT(ranges)}};
	struct lb_arena arena = {0};
	struct lb_model model;

	REQUIRE(!lb_model_init(&model, &machine, &arena, NULL));
	model.row = lb_boot_arch(LB_ARCH_ARM64);
	REQUIRE(lb_model_memory_as_booted(&model));
	REQUIRE(model.memory_count == LB_ARRAY_COUNT(ranges));
	for (size_t i = 0; i < model.memory_count; i++) {
		CHECK_EQUAL(model.memory[i].flags, i == 1 ? LB_MEM_NOMAP : 0);
	}
	lb_arena_free(&arena);
}

/* What concerns the whole answer is told first, whenever it was found, and never crowded out. */
TEST(plan_boot, reasons_stand_in_the_order_of_their_weight)
{
	static const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
		"l", "m", "n", "o", "p"};
	struct lb_model model = {.cmdline = ""};

	lb_model_doubt_as(&model, LB_WEIGHT_MARGIN, "margin");
	lb_model_doubt(&model, "place");
	lb_model_assume_as(&model, LB_WEIGHT_ALL, "all");
	lb_model_doubt(&model, "another place");
	lb_model_doubt(&model, "place");
	REQUIRE(model.reason_count == 4);
	CHECK_TEXT(model.reasons[0], "all");
	CHECK_TEXT(model.reasons[1], "place");
	CHECK_TEXT(model.reasons[2], "another place");
	CHECK_TEXT(model.reasons[3], "margin");
	CHECK(model.never_exact);
	for (size_t i = 0; i < LB_ARRAY_COUNT(many); i++) {
		lb_model_doubt(&model, many[i]);
	}
	lb_model_assume_as(&model, LB_WEIGHT_ALL, "all of it");
	REQUIRE(model.reason_count == LB_MODEL_REASONS_MAX);
	CHECK_TEXT(model.reasons[1], "all of it");
	CHECK_TEXT(model.reasons[2], "place");
	CHECK(strstr(model.reasons[LB_MODEL_REASONS_MAX - 1], "more is not shown"));
}
