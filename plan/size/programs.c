/* SPDX-License-Identifier: MIT */
/* programs: what writes the dump, and what the kernel keeps free or cached meanwhile. */
#include "plan/size/build.h"

#include <string.h>

#define DUMP (1U << LB_AT_DUMP)
#define RUNNING (1U << LB_AT_UNPACK | DUMP)

/* makedumpfile's bitmaps hold two bits a page; it works in cycles of 4 MiB of them (its commit
 * 0b73282), and SUSE counts up to 32 MiB. */
#define BITMAP_CYCLE (4 * LB_MIB)
#define BITMAP_MAX (32 * LB_MIB)

static void add_programs(struct lb_size_build *build)
{
	const struct lb_initrd *initrd = build->input->initrd;
	bool small = initrd && !initrd->systemd;

	lb_size_add(build,
		&(struct lb_size_term){.name = "first process and its services",
			.unseen = true,
			.at_least = small || !initrd ? LB_MIB : 16 * LB_MIB,
			.at_most = small ? 4 * LB_MIB : 64 * LB_MIB,
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = small ? "assumed: a shell and what it starts"
					: "16 MiB: kdumpctl estimate's constant; four times it: "
					  "assumed"},
		"%s", small ? "no systemd in the initrd" : "systemd, udev");
}

static void add_makedumpfile(struct lb_size_build *build)
{
	const struct lb_size *size = build->size;
	const struct lb_initrd *initrd = build->input->initrd;
	uint64_t bitmap = size->memory_bytes / size->page_size / 4;
	uint64_t thread = size->page_size > 4096 ? 420 * LB_KIB : 246 * LB_KIB;
	uint64_t threads = size->options.cpus > 1 ? size->options.cpus : 0;

	if (initrd && !initrd->makedumpfile) {
		return;
	}
	lb_size_add(build,
		&(struct lb_size_term){.name = "makedumpfile",
			.unseen = true,
			.at_least = initrd ? 2 * LB_MIB : 0,
			.at_most = 35 * LB_MIB,
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = "makedumpfile commit aa5ee50: at most 34.8 MB resident"},
		"the process");
	lb_size_add(build,
		&(struct lb_size_term){.name = "makedumpfile, bitmaps",
			.unseen = true,
			.at_least = initrd ? lb_min(bitmap, BITMAP_CYCLE) : 0,
			.at_most = lb_min(bitmap, BITMAP_MAX),
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = "makedumpfile commit 0b73282: cycles of 4 MiB; kdumptool "
				  "calibrate: 32 MiB"},
		"2 bits for each page of %llu bytes of memory",
		(unsigned long long)size->memory_bytes);
	lb_size_add(build,
		&(struct lb_size_term){.name = "makedumpfile, threads",
			.unseen = true,
			.at_most = lb_size_times(threads, thread),
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = "openSUSE kdump commit 881ca8c: 0.24 MB a thread, 0.41 with 64 "
				  "KiB pages"},
		"one for each of %llu CPUs", (unsigned long long)threads);
}

static void add_luks(struct lb_size_build *build)
{
	const struct lb_initrd *initrd = build->input->initrd;

	if (!initrd || !initrd->crypttab) {
		return;
	}
	lb_size_add(build,
		&(struct lb_size_term){.name = "LUKS key derivation",
			.unseen = true,
			.at_least = 64 * LB_KIB,
			.at_most = LB_GIB + (build->size->arch == LB_ARCH_ARM64 ? 50 * LB_MIB
										 : 20 * LB_MIB),
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = "kdump-utils: what the key slot says, and 20 MB (50 MB on "
				  "arm64); cryptsetup's most is 1 GiB"},
		"the initrd has a crypttab; the key slot is not read");
}

static bool has_table(const struct lb_machine *machine, const char *signature)
{
	for (size_t i = 0; i < machine->acpi.tables_count; i++) {
		if (!strcmp(machine->acpi.tables[i].name, signature)) {
			return true;
		}
	}
	return false;
}

static void add_drivers(struct lb_size_build *build)
{
	uint32_t found = build->input->drivers ? build->input->drivers->found : 0;
	bool large = build->size->page_size > 4096;
	size_t count;
	const struct lb_driver *drivers = lb_drivers(&count);

	for (size_t i = 0; i < count; i++) {
		const struct lb_driver *driver = &drivers[i];
		bool here = driver->table ? has_table(build->input->machine, driver->table)
					  : found & (UINT32_C(1) << i);

		if (here) {
			lb_size_add(build,
				&(struct lb_size_term){.name = driver->name,
					.unseen = true,
					.at_most = large ? driver->at_most_64k : driver->at_most,
					.moments = DUMP,
					.source = driver->source},
				driver->table ? "ACPI table %s shows it"
					      : "in the initrd; 0 where its device is not "
						"there%.0s",
				driver->table ? driver->table : "");
		}
	}
}

/* khugepaged asks for eleven blocks of 2 MiB in each of three zones, and at most for 5 % of memory
 * (mm/khugepaged.c, set_recommended_min_free_kbytes). */
#define HUGE_PAGE_RESERVE (66 * LB_MIB)

static uint64_t square_root(uint64_t value)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1) {
		if ((root | bit) * (root | bit) <= value) {
			root |= bit;
		}
	}
	return root;
}

/* What the allocator does not give out, and what files that are read and written pass through. */
static void add_reserves(struct lb_size_build *build)
{
	bool no_huge_pages = build->size->options.no_huge_pages;
	struct lb_size_sum kept = {
		square_root(lb_size_times(build->reserved.at_least / LB_KIB, 16)) * LB_KIB,
		square_root(lb_size_times(build->reserved.at_most / LB_KIB, 16)) * LB_KIB,
	};
	uint64_t most = no_huge_pages ? 2 * kept.at_most
				      : lb_min(build->reserved.at_most / 20, HUGE_PAGE_RESERVE);

	lb_size_add(build,
		&(struct lb_size_term){.name = "kept free by the kernel",
			.at_least = kept.at_least / 2,
			.at_most = lb_max(most, kept.at_least),
			.moments = DUMP,
			.source = "mm/page_alloc.c: min_free_kbytes; mm/khugepaged.c: up to 5 % "
				  "of memory"},
		"sqrt(16 * KiB of memory) KiB; more with transparent huge pages");
	lb_size_add(build,
		&(struct lb_size_term){.name = "page cache",
			.unseen = true,
			.at_least = 512 * LB_KIB,
			.at_most = 4 * LB_MIB,
			.place = LB_PLACE_CMA,
			.moments = DUMP,
			.source = "assumed: writers wait at vm.dirty_ratio"},
		"what is read and written passes through it");
}

void lb_size_list_programs(struct lb_size_build *build)
{
	add_programs(build);
	add_makedumpfile(build);
	add_luks(build);
	add_drivers(build);
	add_reserves(build);
}
