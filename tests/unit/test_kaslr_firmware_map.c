/* SPDX-License-Identifier: MIT */
/*
 * Firmware maps, read back: a small machine is booted on paper (firmware takes its part, a loader
 * its, the stub places the kernel and loads an initrd), the map it ends with is handed to the
 * reader, and what the reader tells must be what was done.
 */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define FREE 7 /* types of the UEFI specification: conventional memory */
#define LOADER_CODE 1
#define LOADER_DATA 2
#define BOOT_DATA 4
#define UNITS 48
#define DESCRIPTORS_MAX UNITS

/* A boot, in units of the architecture: 2 MiB on x86, 64 KiB on arm64. */
struct paper_boot {
	enum lb_arch arch;
	uint64_t unit;
	int loaded, loaded_units; /* the PE image, as the firmware loaded it */
	int placed, placed_units; /* the kernel, as the stub placed it */
	int ramdisk;              /* 0: none */
};

#define BASE LB_GIB
#define LOADER 32 /* a program of the firmware that is larger than a kernel */
#define LOADER_UNITS 12
#define BOOT_UNITS 3 /* of the firmware, at the end of its bank */
#define RAMDISK_UNITS 5
#define KEPT_LESS 2  /* units at the end of the placed image that are given back */

static uint32_t types[UNITS], types_at_draw[UNITS];
static struct lb_kaslr_efi_range descriptors[DESCRIPTORS_MAX];
static size_t descriptor_count;

static struct lb_range units_of(const struct paper_boot *boot, int first, int units)
{
	return (struct lb_range){BASE + (uint64_t)first * boot->unit,
		BASE + (uint64_t)(first + units) * boot->unit};
}

/* False if a unit is taken already. */
static bool take(int first, int units, uint32_t type)
{
	if (first < 0 || first + units > UNITS) {
		return false;
	}
	for (int i = first; i < first + units; i++) {
		if (types[i] != FREE) {
			return false;
		}
	}
	for (int i = first; i < first + units; i++) {
		types[i] = type;
	}
	return true;
}

static bool is_beside(int first, int units, uint32_t type)
{
	return (first && types[first - 1] == type) ||
		(first + units < UNITS && types[first + units] == type);
}

/* Neighbours of one type are one descriptor, as firmware reports them. */
static void write_descriptors(const struct paper_boot *boot)
{
	descriptor_count = 0;
	for (int i = 0, end; i < UNITS; i = end) {
		for (end = i + 1; end < UNITS && types[end] == types[i]; end++) {
		}
		descriptors[descriptor_count++] = (struct lb_kaslr_efi_range){
			units_of(boot, i, end - i), types[i], 8};
	}
}

/* False: such a boot does not fit, or its pieces melt into one descriptor. */
static bool play(const struct paper_boot *boot)
{
	for (int i = 0; i < UNITS; i++) {
		types[i] = FREE;
	}
	if (!take(UNITS - BOOT_UNITS, BOOT_UNITS, BOOT_DATA) ||
		!take(LOADER, LOADER_UNITS, LOADER_CODE) ||
		is_beside(boot->loaded, boot->loaded_units, LOADER_CODE) ||
		!take(boot->loaded, boot->loaded_units, LOADER_CODE)) {
		return false;
	}
	__builtin_memcpy(types_at_draw, types, sizeof(types));
	if (is_beside(boot->placed, boot->placed_units, LOADER_CODE) ||
		!take(boot->placed, boot->placed_units, LOADER_CODE) ||
		(boot->ramdisk && !take(boot->ramdisk, RAMDISK_UNITS, LOADER_DATA))) {
		return false;
	}
	write_descriptors(boot);
	return true;
}

static struct lb_range kept_of(const struct paper_boot *boot)
{
	struct lb_range kept = units_of(boot, boot->placed, boot->placed_units);

	/* arm64 keeps all of it, but for less than a unit. */
	kept.end -= boot->arch == LB_ARCH_X86_64 ? KEPT_LESS * boot->unit : 4096;
	return kept;
}

static void check_facts(const struct paper_boot *boot)
{
	struct lb_range placed = units_of(boot, boot->placed, boot->placed_units);
	struct lb_range kept = kept_of(boot), ramdisk;
	struct lb_kaslr_map_facts facts = lb_kaslr_read_final_map(boot->arch, descriptors,
		descriptor_count, kept, (uint64_t)boot->loaded_units * boot->unit);

	CHECK_EQUAL(facts.image.start, placed.start);
	CHECK_EQUAL(facts.image.end, placed.end);
	CHECK_EQUAL(facts.image_size, lb_range_size(placed));
	CHECK_EQUAL(facts.kept.start, kept.start);
	CHECK_EQUAL(facts.loaded, units_of(boot, boot->loaded, 1).start);
	CHECK_EQUAL(facts.bank_end, units_of(boot, UNITS, 0).start);
	if (boot->ramdisk) {
		uint64_t size = RAMDISK_UNITS * boot->unit - 4096;

		CHECK(!lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, size, &ramdisk));
		CHECK_EQUAL(ramdisk.start, units_of(boot, boot->ramdisk, 0).start);
		CHECK_EQUAL(lb_range_size(ramdisk), RAMDISK_UNITS * boot->unit);
	}
}

/* What is turned back is the map that the draw saw, unit by unit. */
static void check_draw(const struct paper_boot *boot)
{
	struct lb_kaslr_final_map final = {.descriptors = descriptors, .count = descriptor_count,
		.image = units_of(boot, boot->placed, boot->placed_units)};
	static struct lb_kaslr_memory memory[DESCRIPTORS_MAX + 4];
	size_t used;

	if (boot->ramdisk) {
		final.ramdisk = units_of(boot, boot->ramdisk, RAMDISK_UNITS);
	}
	REQUIRE(!lb_kaslr_map_at_draw(&final, memory, LB_ARRAY_COUNT(memory), &used));
	for (int i = 0; i < UNITS; i++) {
		unsigned int found = 0;

		for (size_t k = 0; k < used; k++) {
			found += memory[k].usable && lb_range_contains(memory[k].range,
				units_of(boot, i, 1));
		}
		CHECK_EQUAL(found, types_at_draw[i] == FREE);
	}
}

static void check_every_place(struct paper_boot boot, const int *ramdisks, size_t ramdisk_count)
{
	size_t played = 0;

	for (boot.placed = 0; boot.placed < UNITS; boot.placed++) {
		for (boot.loaded = 1; boot.loaded < UNITS; boot.loaded += 2) {
			for (size_t i = 0; i < ramdisk_count; i++) {
				boot.ramdisk = ramdisks[i];
				if (play(&boot)) {
					played++;
					check_facts(&boot);
					check_draw(&boot);
				}
			}
		}
	}
	CHECK(played > 100);
}

TEST(kaslr_firmware_map, a_boot_of_arm64_is_read_back)
{
	static const int ramdisks[] = {0, 2, 20, 26};

	check_every_place((struct paper_boot){.arch = LB_ARCH_ARM64, .unit = LB_MIB / 16,
		.loaded_units = 9, .placed_units = 8}, ramdisks, LB_ARRAY_COUNT(ramdisks));
}

TEST(kaslr_firmware_map, a_boot_of_x86_is_read_back)
{
	static const int ramdisks[] = {0, 3, 21, 27};

	check_every_place((struct paper_boot){.arch = LB_ARCH_X86_64, .unit = 2 * LB_MIB,
		.loaded_units = 7, .placed_units = 6}, ramdisks, LB_ARRAY_COUNT(ramdisks));
}

/* arm64 hides or shows 64 KiB in front of the image; the map sets a kept block right. */
TEST(kaslr_firmware_map, a_kept_block_that_is_64_kib_off_is_set_right)
{
	const struct paper_boot boot = {.arch = LB_ARCH_ARM64, .unit = LB_MIB / 16, .loaded = 22,
		.loaded_units = 9, .placed = 12, .placed_units = 8};
	struct lb_range kept, image;

	REQUIRE(play(&boot));
	for (int off = -2; off <= 2; off++) {
		bool near = off >= -1 && off <= 1;

		kept = kept_of(&boot);
		kept.start = units_of(&boot, boot.placed + off, 0).start;
		CHECK((lb_kaslr_image_in_map(boot.arch, descriptors, descriptor_count, kept,
			&image) == LB_OK) == near);
		if (near) {
			struct lb_kaslr_map_facts facts = lb_kaslr_read_final_map(boot.arch,
				descriptors, descriptor_count, kept, 0);

			CHECK_EQUAL(facts.kept.start, units_of(&boot, boot.placed, 0).start);
		}
	}
}

/* Two data descriptors of a size are no initrd for certain, and none is none. */
TEST(kaslr_firmware_map, an_initrd_is_told_only_if_there_is_one)
{
	const struct paper_boot boot = {.arch = LB_ARCH_ARM64, .unit = LB_MIB / 16, .loaded = 22,
		.loaded_units = 9, .placed = 12, .placed_units = 8, .ramdisk = 6};
	const uint64_t size = RAMDISK_UNITS * boot.unit;
	struct lb_range found;

	REQUIRE(play(&boot));
	CHECK(!lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, size, &found));
	CHECK(lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, size + 1, &found) ==
		LB_NOT_FOUND);
	CHECK(lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, 0, &found) == LB_NOT_FOUND);
	CHECK(lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, UINT64_MAX, &found) ==
		LB_NOT_FOUND);
	REQUIRE(take(0, RAMDISK_UNITS, LOADER_DATA));
	write_descriptors(&boot);
	CHECK(lb_kaslr_ramdisk_in_map(descriptors, descriptor_count, size, &found) ==
		LB_NOT_FOUND);
}

/* What stands with the initrd in one descriptor is the device tree, if it is no larger than one can
 * be: both were allocated after the draw. */
TEST(kaslr_firmware_map, a_device_tree_beside_the_initrd_has_a_greatest_size)
{
	const struct lb_range initrd = {256 * LB_MIB, 256 * LB_MIB + 4096};
	const uint64_t tree_max = 2 * LB_MIB + LB_MIB / 16;
	struct lb_kaslr_memory memory[4];

	for (uint64_t more = 0; more <= 4096; more += 4096) {
		struct lb_range both = {initrd.start, initrd.end + tree_max + more};
		const struct lb_kaslr_efi_range descriptor = {both, LOADER_DATA, 8};
		struct lb_kaslr_final_map final = {.descriptors = &descriptor, .count = 1,
			.image = {LB_GIB, LB_GIB + LB_MIB}, .ramdisk = initrd, .fdt = true};
		size_t used;

		REQUIRE(!lb_kaslr_map_at_draw(&final, memory, LB_ARRAY_COUNT(memory), &used));
		REQUIRE(used);
		CHECK(memory[0].usable);
		CHECK_EQUAL(memory[0].range.start, both.start);
		CHECK_EQUAL(memory[0].range.end, more ? initrd.end : both.end);
	}
}

TEST(kaslr_firmware_map, room_is_asked_for_one_entry_too_many)
{
	const struct paper_boot boot = {.arch = LB_ARCH_ARM64, .unit = LB_MIB / 16, .loaded = 22,
		.loaded_units = 9, .placed = 12, .placed_units = 8, .ramdisk = 6};
	static struct lb_kaslr_memory memory[DESCRIPTORS_MAX + 4];
	struct lb_kaslr_final_map final;
	size_t used, again;

	REQUIRE(play(&boot));
	final = (struct lb_kaslr_final_map){.descriptors = descriptors,
		.count = descriptor_count, .image = units_of(&boot, 12, 8)};
	REQUIRE(!lb_kaslr_map_at_draw(&final, memory, LB_ARRAY_COUNT(memory), &used));
	REQUIRE(used);
	CHECK(!lb_kaslr_map_at_draw(&final, memory, used, &again));
	CHECK(lb_kaslr_map_at_draw(&final, memory, used - 1, &again) == LB_NO_STORAGE);
}
