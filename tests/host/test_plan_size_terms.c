/* SPDX-License-Identifier: MIT */
/* What is asked for, figure by figure, with numbers written out: docs/size.md has their sources. */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/size/size.h"

/* 6 GiB and 5 GiB of RAM. */
#define X86_64                                                                                   \
	"Linux version 6.12.0 (x) #1 SMP\n"                                                       \
	"Command line: console=ttyS0\n"                                                           \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x00000000bfffffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"                         \
	"setup_percpu: NR_CPUS:8192 nr_cpumask_bits:8 nr_cpu_ids:8 nr_node_ids:1\n"               \
	"Memory: 6000000K/6291456K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 0K cma-reserved)\n"
#define ARM64                                                                                    \
	"Linux version 6.12.0 (x) #1 SMP\n"                                                       \
	"Machine model: linux,dummy-virt\n"                                                       \
	"Memory: 5000000K/5242880K available (12096K kernel code, 2022K rwdata, 7824K "           \
	"rodata, 4608K init, 588K bss, 82120K reserved, 0K cma-reserved)\n"

static const struct lb_capture_kernel x86_64_kernel = {.kind = LB_KERNEL_IMAGE_BZIMAGE,
	.arch = LB_ARCH_X86_64, .release = "6.12.0", .file_bytes = 10 * LB_MIB,
	.load_bytes = 60 * LB_MIB, .load_align = 2 * LB_MIB, .resident_bytes = 50 * LB_MIB,
	.resident_known = true, .page_size = 4096, .load_source = "a", .resident_source = "b"};
static const struct lb_capture_kernel arm64_kernel = {.kind = LB_KERNEL_IMAGE_ARM64,
	.arch = LB_ARCH_ARM64, .release = "6.12.0", .file_bytes = 10 * LB_MIB,
	.load_bytes = 60 * LB_MIB, .load_align = 2 * LB_MIB, .resident_bytes = 50 * LB_MIB,
	.resident_known = true, .page_size = 65536, .load_source = "a", .resident_source = "b"};
static const struct lb_initrd initrd = {.packed = 20000001, .unpacked = 61000000, .archives = 1,
	.entries = 1000, .data = 60000000, .data_in_pages = 64 * LB_MIB, .modules = 3,
	.module_data = 5 * LB_MIB, .module_packed = LB_MIB, .makedumpfile = true,
	.systemd = true, .crypttab = true};

struct figure {
	const char *name;
	uint64_t at_least, at_most;
};

static const struct lb_size_term *term_of(const struct lb_size *size, const char *name)
{
	for (size_t i = 0; i < size->term_count; i++) {
		if (!strcmp(size->terms[i].name, name)) {
			return &size->terms[i];
		}
	}
	return NULL;
}

static void check(const struct lb_size *size, const struct figure *figure)
{
	const struct lb_size_term *term = term_of(size, figure->name);

	CHECK_TEXT(term ? term->name : "no such term", figure->name);
	CHECK_EQUAL(term ? term->at_least : 0, figure->at_least);
	CHECK_EQUAL(term ? term->at_most : 0, figure->at_most);
}

static struct lb_size *size_of(const char *log, const struct lb_capture_kernel *kernel,
	const char *append, struct lb_machine **ret_machine)
{
	struct lb_machine *machine = machine_of_log(log);
	struct lb_drivers drivers = {.machine = NULL};
	struct lb_size_input input = {.machine = machine, .kernel = kernel, .initrd = &initrd,
		.drivers = &drivers, .append = append};
	struct lb_size_error error;
	struct lb_size *size = NULL;

	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/mlx5_core.ko"});
	lb_drivers_visit(&drivers, &(struct lb_cpio_entry){.path = "k/overlay.ko.xz"});
	CHECK(machine && lb_size_make(&input, &size, &error) == LB_OK);
	*ret_machine = machine;
	return size;
}

TEST(plan_size_terms, x86_64_with_small_pages)
{
	static const struct figure figures[] = {
		{"kernel image, unpacking itself", 60 * LB_MIB, 62 * LB_MIB},
		{"kernel image", 44 * LB_MIB, 50 * LB_MIB},
		{"purgatory, boot parameters, command line", 8192, LB_MIB},
		{"core header", 4096, 918528}, /* 6.6: room for hotplug */
		{"initrd, packed", 20000768, 20000768},
		{"initrd, unpacked", 67108864, 68132864},
		{"per-CPU areas", 983040, 4194304},
		{"kernel, early", LB_MIB, 4 * LB_MIB},
		{"kernel, running", 18 * LB_MIB, 28 * LB_MIB},
		{"KFENCE", 0, 2 * LB_MIB},
		{"modules, loaded", 0, 8 * LB_MIB},
		{"first process and its services", 16 * LB_MIB, 64 * LB_MIB},
		{"makedumpfile", 2 * LB_MIB, 35 * LB_MIB},
		{"makedumpfile, bitmaps", 384 * LB_KIB, 384 * LB_KIB},
		{"makedumpfile, threads", 0, 984 * LB_KIB},
		{"LUKS key derivation", 64 * LB_KIB, 1044 * LB_MIB},
		{"mlx5_core", 0, 367 * LB_MIB},
		{"overlay", 0, 3 * LB_MIB},
		{"page cache", 512 * LB_KIB, 4 * LB_MIB},
	};
	struct lb_machine *machine;
	struct lb_size *size = size_of(X86_64, &x86_64_kernel, "nr_cpus=4", &machine);
	uint64_t sections;

	REQUIRE(size);
	for (size_t i = 0; i < LB_ARRAY_COUNT(figures); i++) {
		check(size, &figures[i]);
	}
	/* 64 bytes for each page; of whole sections of 128 MiB, one more than it fills and two
	 * that lie apart. A table of 4 KiB for each 2 MiB, and sixteen. */
	sections = size->total.at_most / (128 * LB_MIB) + 3;
	check(size, &(struct figure){"struct page", size->total.at_least / 4096 * 64,
		sections * 2 * LB_MIB});
	check(size, &(struct figure){"page tables", 16384,
		(size->total.at_most / (2 * LB_MIB) + 16) * 4096});
	CHECK_EQUAL(size->one_piece, 60 * LB_MIB + 8192 + 4096 + 20000768);
	lb_size_free(size);
	lb_machine_close(machine);
}

TEST(plan_size_terms, arm64_with_large_pages)
{
	static const struct figure figures[] = {
		{"kernel image, unpacking itself", 60 * LB_MIB, 62 * LB_MIB},
		{"kernel image", 50 * LB_MIB, 50 * LB_MIB},
		{"purgatory, boot parameters, command line", 8192, 512 * LB_KIB},
		{"core header", 65536, 147456},
		{"initrd, packed", 20054016, 20054016},
		{"per-CPU areas", 262144, 2097152},
		{"kernel, running", 8 * LB_MIB, 104 * LB_MIB},
		{"KFENCE", 0, 32 * LB_MIB},
		{"makedumpfile, bitmaps", 20480, 20480},
		{"makedumpfile, threads", 0, 840 * LB_KIB},
		{"LUKS key derivation", 64 * LB_KIB, 1074 * LB_MIB},
	};
	struct lb_machine *machine;
	struct lb_size *size = size_of(ARM64, &arm64_kernel, "nr_cpus=2", &machine);

	REQUIRE(size);
	for (size_t i = 0; i < LB_ARRAY_COUNT(figures); i++) {
		check(size, &figures[i]);
	}
	/* Sections of 512 MiB, one apart; a table of 64 KiB for each 512 MiB. */
	check(size, &(struct figure){"struct page", size->total.at_least / 65536 * 64,
		(size->total.at_most / (512 * LB_MIB) + 2) * 512 * LB_KIB});
	check(size, &(struct figure){"page tables", 4 * 65536,
		(size->total.at_most / (512 * LB_MIB) + 16) * 65536});
	lb_size_free(size);
	lb_machine_close(machine);
}

/* Half of the square root of sixteen times the memory, in KiB; up to 5 % or 66 MiB of it with huge
 * pages. */
TEST(plan_size_terms, what_the_kernel_keeps_free)
{
	static const struct {
		const char *append;
		bool huge;
	} rows[] = {{"nr_cpus=1", true}, {"nr_cpus=1 transparent_hugepage=never", false}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		struct lb_machine *machine;
		struct lb_size *size = size_of(X86_64, &x86_64_kernel, rows[i].append, &machine);
		const struct lb_size_term *kept;
		uint64_t most;

		REQUIRE(size);
		kept = term_of(size, "kept free by the kernel");
		REQUIRE(kept);
		most = kept->at_most / LB_KIB;
		CHECK(4 * kept->at_least / LB_KIB * kept->at_least / LB_KIB <=
			16 * (size->total.at_least / LB_KIB));
		CHECK(4 * (kept->at_least / LB_KIB + 1) * (kept->at_least / LB_KIB + 1) >
			16 * (size->total.at_least / LB_KIB));
		if (rows[i].huge) {
			CHECK_EQUAL(kept->at_most,
				lb_min(size->total.at_most / 20, 66 * LB_MIB));
		} else {
			uint64_t square = 16 * (size->total.at_most / LB_KIB);

			CHECK(most / 2 * (most / 2) <= square);
			CHECK((most / 2 + 1) * (most / 2 + 1) > square);
		}
		lb_size_free(size);
		lb_machine_close(machine);
	}
}

static uint64_t estimate_of(const struct lb_size *size, const char *name)
{
	for (size_t i = 0; i < size->estimate_count; i++) {
		if (!strcmp(size->estimates[i].name, name)) {
			return size->estimates[i].bytes;
		}
	}
	return 0;
}

/* Six times the image's file, the initrd packed and unpacked, 32 MiB; and 256 MiB, or the image,
 * three times the initrd and 16 MiB. */
TEST(plan_size_terms, what_others_would_ask_for)
{
	struct lb_capture_kernel kernel = x86_64_kernel;
	struct lb_machine *machine;
	struct lb_size *size = size_of(X86_64, &kernel, "nr_cpus=1", &machine);

	REQUIRE(size);
	CHECK_EQUAL(estimate_of(size, "kdump-config show (Debian), at least"),
		60 * LB_MIB + 20000001 + 61000000 + 32 * LB_MIB);
	CHECK_EQUAL(estimate_of(size, "kdumpctl estimate"), 256 * LB_MIB);
	lb_size_free(size);
	lb_machine_close(machine);
	kernel.resident_bytes = 300 * LB_MIB;
	size = size_of(X86_64, &kernel, "nr_cpus=1", &machine);
	REQUIRE(size);
	CHECK_EQUAL(estimate_of(size, "kdumpctl estimate"), 316 * LB_MIB + UINT64_C(60000003));
	lb_size_free(size);
	lb_machine_close(machine);
}

TEST(plan_size_terms, swiotlb_counts_slots_of_2_kib)
{
	struct lb_machine *machine;
	struct lb_size *size =
		size_of(X86_64, &x86_64_kernel, "nr_cpus=1 swiotlb=4096,force", &machine);

	REQUIRE(size);
	check(size, &(struct figure){"bounce pool (SWIOTLB)", 8 * LB_MIB, 8 * LB_MIB});
	check(size, &(struct figure){"buffers of 32-bit devices", LB_MIB, 8 * LB_MIB});
	CHECK_EQUAL(size->low.at_least, 9 * LB_MIB);
	CHECK_EQUAL(size->low.at_most, 16 * LB_MIB);
	lb_size_free(size);
	lb_machine_close(machine);
}

/* 512 MiB below 4 GiB: the region lies where 32-bit devices do not reach. */
#define LITTLE_LOW_MEMORY                                                                        \
	"Linux version 6.12.0 (x) #1 SMP\n"                                                       \
	"Command line: console=ttyS0\n"                                                           \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000001fffffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x000000027fffffff] usable\n"                         \
	"setup_percpu: NR_CPUS:8192 nr_cpumask_bits:8 nr_cpu_ids:8 nr_node_ids:1\n"

TEST(plan_size_terms, a_pool_is_counted_unless_the_command_line_forbids_it)
{
	static const struct {
		const char *append;
		uint64_t pool;
	} rows[] = {
		{"nr_cpus=1", 64 * LB_MIB},
		{"nr_cpus=1 swiotlb=8192", 16 * LB_MIB},
		{"nr_cpus=1 iommu=off", 0},
		{"nr_cpus=1 swiotlb=noforce", 0},
		{"nr_cpus=1 iommu=on", 64 * LB_MIB},
		{"nr_cpus=1 iommu=off swiotlb=force", 64 * LB_MIB},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		struct lb_machine *machine;
		struct lb_size *size =
			size_of(LITTLE_LOW_MEMORY, &x86_64_kernel, rows[i].append, &machine);
		const struct lb_size_term *pool;

		REQUIRE(size);
		pool = term_of(size, "bounce pool (SWIOTLB)");
		CHECK_EQUAL(pool ? pool->at_most : 0, rows[i].pool);
		lb_size_free(size);
		lb_machine_close(machine);
	}
}
