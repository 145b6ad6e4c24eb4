/* SPDX-License-Identifier: MIT */
/* terms: what the kernel and its images take. */
#include "plan/boot/arch.h"
#include "plan/size/build.h"

#define START (1U << LB_AT_START)
#define UNPACK (1U << LB_AT_UNPACK)
#define DUMP (1U << LB_AT_DUMP)
#define RUNNING (UNPACK | DUMP)

#define UNPACKING_MORE LB_MIB /* tables and buffers beside the window */
/* Of what a running kernel takes at least, drivers start only once the window is free again. */
#define NOT_YET_RUNNING (4 * LB_MIB)
#define ENTRY_BYTES 1024     /* inode and dentry of tmpfs, with their slab's share */
/* A crash header with room for hotplug: 64 + 56 * (2 + 8192 CPUs + 8192 ranges) bytes, in pages
 * (arch/x86/kernel/crash.c, 6.6 on). */
#define HEADER_HOTPLUG_BYTES (897 * LB_KIB)
/* Segments of x86-64's vmlinux that are not kept: a scratch area behind the kernel and the hole in
 * front of it (arch/x86/kernel/vmlinux.lds.S, .init.scratch). */
#define NOT_KEPT_MAX (6 * LB_MIB)
/* What modules of one machine take once loaded; more of them are never loaded on one. */
#define MODULES_LOADED_MAX (32 * LB_MIB)
/* Packed modules unpack to about this often their size. */
#define MODULE_RATIO 4
/* The unpacked size of an initrd that is not given. */
#define INITRD_RATIO 4

/* SECTION_SIZE_BITS of arm64's sparsemem.h: 30 up to 5.11, then 27, or 29 with pages of 64 KiB. */
static uint64_t arm64_section(uint32_t page_size, uint32_t version)
{
	if (version && version < LB_LINUX(5, 12, 0)) {
		return LB_GIB;
	}
	return page_size == 65536 ? 512 * LB_MIB : 128 * LB_MIB;
}

struct lb_size_row lb_size_row_of(enum lb_arch arch, uint32_t page_size, uint32_t version)
{
	struct lb_size_row row = {
		.early = {LB_MIB, 4 * LB_MIB},
		.services = {18 * LB_MIB, 28 * LB_MIB},
		.per_cpu = {240 * LB_KIB, LB_MIB},
		.section = 128 * LB_MIB,
		.sections_apart = 2,
		.source = "measured: Debian's kernels 5.10 to 7.2 of x86-64 in QEMU",
	};

	if (arch == LB_ARCH_X86_64 && version && version < LB_LINUX(5, 12, 0)) {
		row.services.at_most = 24 * LB_MIB;
	} else if (arch == LB_ARCH_ARM64) {
		row.early = (struct lb_size_sum){LB_MIB, 4 * LB_MIB};
		row.services = (struct lb_size_sum){8 * LB_MIB, 22 * LB_MIB};
		row.per_cpu = (struct lb_size_sum){128 * LB_KIB, LB_MIB};
		row.section = arm64_section(page_size, version);
		row.sections_apart = 1;
		row.source = "measured: Debian's kernels 5.10 to 7.2 of arm64 in QEMU";
	} else if (arch != LB_ARCH_X86_64) {
		row.early.at_least = row.services.at_least = row.per_cpu.at_least = 0;
		row.source = "not measured: the figures of x86-64 at most";
	}
	if (page_size == 16384) {
		row.services.at_most += 10 * LB_MIB;
		row.source = "measured: Debian's kernel 7.2 of arm64 with 16 KiB pages in QEMU";
	} else if (page_size > 4096) {
		/* Slabs and stacks grow with the page (kdump-utils commit 05c4861: 82 MB). */
		row.services.at_most += 82 * LB_MIB;
		row.source = "kernels with 4 KiB pages as measured, and 82 MB for larger pages "
			     "(kdump-utils commit 05c4861)";
	}
	return row;
}

/* Without the image: at least what the running kernel shows of its own. */
static void add_running_kernel(struct lb_size_build *build)
{
	uint64_t shown = build->input->machine->kernel.image_bytes;
	uint64_t least = shown ? shown : 16 * LB_MIB;

	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel image, unpacking itself",
			.at_least = least,
			.at_most = shown ? lb_size_times(shown, 2) : 96 * LB_MIB,
			.moments = START,
			.source = "not known without the image (--kernel)"},
		"once to twice what runs");
	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel image",
			.at_least = least,
			.at_most = shown ? shown : 64 * LB_MIB,
			.moments = RUNNING,
			.source = shown ? "\"Memory:\" in the boot log, of the kernel that runs"
					: "not known without the image (--kernel)"},
		"code, data and bss");
}

static void add_kernel(struct lb_size_build *build)
{
	const struct lb_capture_kernel *kernel = build->input->kernel;
	uint64_t kept;

	if (!kernel) {
		add_running_kernel(build);
		return;
	}
	kept = kernel->resident_known ? kernel->resident_bytes : kernel->resident_bytes / 2;
	if (kernel->arch == LB_ARCH_X86_64) {
		kept -= lb_min(kept, NOT_KEPT_MAX);
	}
	/* What is aligned may lose up to the alignment at its front. */
	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel image, unpacking itself",
			.at_least = kernel->load_bytes,
			.at_most = lb_size_plus(kernel->load_bytes, kernel->load_align),
			.moments = START,
			.source = kernel->load_source},
		"%llu bytes, aligned to %llu KiB", (unsigned long long)kernel->load_bytes,
		(unsigned long long)(kernel->load_align / LB_KIB));
	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel image",
			.at_least = kept,
			.at_most = kernel->resident_bytes,
			.moments = RUNNING,
			.source = kernel->resident_source},
		"code, data and bss: %llu bytes", (unsigned long long)kernel->resident_bytes);
}

static uint64_t in_pages(const struct lb_size *size, uint64_t bytes)
{
	uint64_t rounded;

	return lb_align_up(bytes, size->page_size, &rounded) ? rounded : UINT64_MAX;
}

static void add_loaded(struct lb_size_build *build)
{
	bool hotplug = build->size->arch == LB_ARCH_X86_64 &&
		(!build->size->version || build->size->version >= LB_LINUX(6, 6, 0));

	lb_size_add(build,
		&(struct lb_size_term){.name = "purgatory, boot parameters, command line",
			.at_least = 8 * LB_KIB,
			.at_most = build->size->arch == LB_ARCH_X86_64 ? LB_MIB : 512 * LB_KIB,
			.moments = START | RUNNING,
			.source = "segments of kexec -d: 28 KiB; kexec_load on x86-64 keeps 640 "
				  "KiB besides"},
		"as loaded by kexec");
	lb_size_add(build,
		&(struct lb_size_term){.name = "core header",
			.at_least = build->size->page_size,
			.at_most = hotplug ? HEADER_HOTPLUG_BYTES
					   : 16 * LB_KIB + 2 * (uint64_t)build->size->page_size,
			.moments = START | RUNNING,
			.source = hotplug ? "arch/x86/kernel/crash.c: room for CPU and memory "
					    "hotplug, 6.6 on"
					  : "kexec-tools: 16 KiB, in pages"},
		"one note for each CPU, one segment for each range of memory");
}

/* Unpacked sizes where the initrd is not given. */
static void add_running_initrd(struct lb_size_build *build)
{
	const struct lb_machine *machine = build->input->machine;
	uint64_t packed = lb_range_empty(machine->boot.ramdisk)
				  ? machine->boot.ramdisk_bytes
				  : lb_range_size(machine->boot.ramdisk);
	const char *source = packed ? "the initrd of this boot; the capture kernel's is not known "
				      "(--initrd)"
				    : "not known (--initrd)";

	packed = packed ? packed : 32 * LB_MIB;
	lb_size_add(build,
		&(struct lb_size_term){.name = "initrd, packed",
			.at_most = packed,
			.moments = START | UNPACK,
			.source = source},
		"up to the size of the initrd that booted");
	lb_size_add(build,
		&(struct lb_size_term){.name = "initrd, unpacked",
			.at_most = lb_size_times(packed, INITRD_RATIO),
			.place = LB_PLACE_CMA,
			.moments = RUNNING,
			.source = source},
		"up to %d times the packed size", INITRD_RATIO);
}

static void add_initrd(struct lb_size_build *build)
{
	const struct lb_initrd *initrd = build->input->initrd;
	uint64_t packed;

	if (!initrd) {
		add_running_initrd(build);
		return;
	}
	packed = in_pages(build->size, initrd->packed);
	lb_size_add(build,
		&(struct lb_size_term){.name = "initrd, packed",
			.at_least = packed,
			.at_most = packed,
			.moments = START | UNPACK,
			.source = "size of the file; freed once it is unpacked "
				  "(init/initramfs.c)"},
		"%llu bytes in whole pages", (unsigned long long)initrd->packed);
	if (initrd->unpacking) {
		lb_size_add(build,
			&(struct lb_size_term){.name = "unpacking the initrd",
				.at_least = initrd->unpacking -
					lb_min(initrd->unpacking, NOT_YET_RUNNING),
				.at_most = lb_size_plus(initrd->unpacking, UNPACKING_MORE),
				.later = true,
				.moments = UNPACK,
				.source = "lib/decompress_*.c, lib/xz: unpacked piece by piece, "
					  "with the whole window"},
			"the window that it was packed with: %llu bytes",
			(unsigned long long)initrd->unpacking);
	}
	lb_size_add(build,
		&(struct lb_size_term){.name = "initrd, unpacked",
			.at_least = initrd->data_in_pages,
			.at_most = lb_size_plus(initrd->data_in_pages,
				lb_size_times(initrd->entries, ENTRY_BYTES)),
			.place = LB_PLACE_CMA,
			.later = true,
			.moments = RUNNING,
			.source = "the archives in the file, unpacked"},
		"%llu bytes of files in whole pages, and up to %d bytes for each of %llu entries",
		(unsigned long long)initrd->data, ENTRY_BYTES,
		(unsigned long long)initrd->entries);
}

/* Modules stay in the initrd's files and are loaded besides. */
static void add_modules(struct lb_size_build *build)
{
	const struct lb_initrd *initrd = build->input->initrd;
	const struct lb_drivers *drivers = build->input->drivers;
	bool known = build->input->machine->modules_count > 0 && drivers;
	uint64_t stored = initrd ? initrd->module_data : 0;
	uint64_t all = lb_size_plus(stored,
		lb_size_times(initrd ? initrd->module_packed : 0, MODULE_RATIO - 1));

	lb_size_add(build,
		&(struct lb_size_term){.name = "modules, loaded",
			.unseen = true,
			.at_most = known ? drivers->loaded_bytes : lb_min(all, MODULES_LOADED_MAX),
			.moments = DUMP,
			.source = known ? "modules in the initrd that are loaded now (proc/modules)"
					: "modules in the initrd; which of them load is the "
					  "machine's to say"},
		"%llu modules of %llu bytes; those that load are there twice%s",
		(unsigned long long)(initrd ? initrd->modules : 0), (unsigned long long)stored,
		known ? "" : ", up to 32 MiB");
}

/* 64 bytes for each page of each section that has memory in it. */
static void add_struct_pages(struct lb_size_build *build)
{
	uint64_t section = build->row.section;
	uint64_t each = section / build->size->page_size * LB_STRUCT_PAGE_BYTES;
	uint64_t least = build->reserved.at_least / build->size->page_size * LB_STRUCT_PAGE_BYTES;
	/* One more than it fills, because a region begins inside of one. */
	uint64_t sections = build->reserved.at_most / section + 1 + build->row.sections_apart;

	lb_size_add(build,
		&(struct lb_size_term){.name = "struct page",
			.at_least = least,
			.at_most = lb_size_times(sections, each),
			.moments = RUNNING,
			.source = "mm/sparse.c: for whole sections (SECTION_SIZE_BITS)"},
		"64 bytes a page, of up to %llu sections of %llu MiB",
		(unsigned long long)sections, (unsigned long long)(section / LB_MIB));
}

static void add_page_tables(struct lb_size_build *build)
{
	uint64_t page = build->size->page_size;
	uint64_t leaves = build->reserved.at_most / (page / 8 * page);

	lb_size_add(build,
		&(struct lb_size_term){.name = "page tables",
			.at_least = 4 * page,
			.at_most = lb_size_times(leaves + 16, page),
			.moments = RUNNING,
			.source = "linear map: huge pages at least, base pages at most "
				  "(rodata=full, arm64)"},
		"4 tables to %llu", (unsigned long long)leaves + 16);
}

#define KFENCE_PAGES 512

static bool has_kfence(const struct lb_size *size)
{
	return !size->options.no_kfence &&
		(!size->version || size->version >= LB_LINUX(5, 12, 0));
}

static void add_kernel_memory(struct lb_size_build *build)
{
	const struct lb_size_options *options = &build->size->options;
	const struct lb_size_row *row = &build->row;
	uint64_t page_size = build->size->page_size;

	lb_size_add(build,
		&(struct lb_size_term){.name = "per-CPU areas",
			.at_least = lb_size_times(options->cpus, row->per_cpu.at_least),
			.at_most = lb_size_times(options->cpus, row->per_cpu.at_most),
			.moments = RUNNING,
			.source = options->cpus_source},
		"%llu CPUs, %llu to %llu KiB each", (unsigned long long)options->cpus,
		(unsigned long long)(row->per_cpu.at_least / LB_KIB),
		(unsigned long long)(row->per_cpu.at_most / LB_KIB));
	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel, early",
			.at_least = row->early.at_least,
			.at_most = row->early.at_most,
			.moments = RUNNING,
			.source = row->source},
		"log buffer, hash tables, firmware's tables, first megabyte");
	lb_size_add(build,
		&(struct lb_size_term){.name = "kernel, running",
			.at_least = row->services.at_least,
			.at_most = row->services.at_most,
			.later = true,
			.moments = RUNNING,
			.source = row->source},
		"slabs, stacks and built-in drivers until the first process runs");
	lb_size_add(build,
		&(struct lb_size_term){.name = "KFENCE",
			.at_most = has_kfence(build->size) ? KFENCE_PAGES * page_size : 0,
			.moments = RUNNING,
			.source = "mm/kfence/core.c: on where the kernel is built so, 5.12 on"},
		"2 * (255 + 1) pages; kfence.sample_interval=0 spares them");
}

/* Debian's and Fedora's kernels of arm64: CONFIG_CMA_SIZE_MBYTES. */
#define ARM64_CMA_BYTES (64 * LB_MIB)

/* The kernel keeps it where it fits, before it mounts the tmpfs, which counts what is left then
 * (mm/cma.c: cma_init_reserved_areas comes later). room: what there may be beside the kernel. */
static uint64_t cma_beside(const struct lb_size *size, uint64_t room)
{
	const struct lb_size_options *options = &size->options;
	uint64_t cma = options->cma_told		    ? options->cma_bytes
		       : size->arch == LB_ARCH_ARM64 ? ARM64_CMA_BYTES
						     : 0;

	return room >= cma ? cma : 0;
}

/* What unpacking must leave unused: tmpfs may have its share of what is left, and no more. */
static void add_tmpfs_rule(struct lb_size_build *build)
{
	const struct lb_initrd *initrd = build->input->initrd;
	unsigned int percent = build->size->options.tmpfs_percent;
	uint64_t files = initrd ? initrd->data_in_pages : 0;
	struct lb_size_sum beside = {0};
	uint64_t spare = 0;
	struct lb_size_sum unused;
	uint64_t share;
	uint64_t most;

	if (!percent || !files) {
		return;
	}
	share = lb_size_times(files, 100) / percent;
	for (size_t i = 0; i < build->size->term_count; i++) {
		const struct lb_size_term *term = &build->size->terms[i];

		if (term->later && term->moments & UNPACK) {
			beside.at_least = lb_size_plus(beside.at_least, term->at_least);
			beside.at_most = lb_size_plus(beside.at_most, term->at_most);
		} else if (term->moments & UNPACK) {
			spare = lb_size_plus(spare, term->at_most - term->at_least);
		}
	}
	most = lb_size_plus(share, cma_beside(build->size,
		lb_size_plus(lb_max(share, beside.at_most), spare)));
	/* It is counted beside those: so the sum is what is left beside the least, and the most. */
	unused.at_least = share - lb_min(share, beside.at_least);
	unused.at_most = most - lb_min(most, beside.at_most);
	lb_size_add(build,
		&(struct lb_size_term){.name = "left unused by tmpfs",
			.at_least = lb_min(unused.at_least, unused.at_most),
			.at_most = lb_max(unused.at_least, unused.at_most),
			.place = LB_PLACE_CMA,
			.moments = UNPACK,
			.source = percent == 50 ? "mm/shmem.c: a tmpfs holds half of the memory, "
						  "without what is kept for CMA"
						: "initramfs_options= of the command line"},
		"%llu bytes of files may be %u %% of what is left of the memory",
		(unsigned long long)files, percent);
}

static void add_bounce_pool(struct lb_size_build *build)
{
	const struct lb_size_options *options = &build->size->options;
	uint64_t pool = lb_size_pool(options);

	if (build->pool == LB_POOL_NONE || !pool) {
		return;
	}
	lb_size_add(build,
		&(struct lb_size_term){.name = "bounce pool (SWIOTLB)",
			/* Guests in which it is measured have no list of plugged memory. */
			.unseen = build->pool == LB_POOL_MADE,
			/* Where there is no hole of that size it is smaller, or not there. */
			.at_least = build->pool == LB_POOL_MADE ? 0 : pool,
			.at_most = pool,
			.place = build->pool == LB_POOL_MADE ? LB_PLACE_HIGH : LB_PLACE_LOW,
			.moments = RUNNING,
			.source = options->bounce_bytes ? "swiotlb= of the capture kernel's "
							  "command line"
							: "kernel/dma/swiotlb.c: the default"},
		build->pool == LB_POOL_MADE
			? "not needed, but made where the firmware lists memory above 4 GiB "
			  "(SRAT); numa=off for the capture kernel saves it"
			: "for devices that do not reach all crash memory, or encrypted memory");
	if (build->pool == LB_POOL_MADE) {
		return;
	}
	lb_size_add(build,
		&(struct lb_size_term){.name = "buffers of 32-bit devices",
			.unseen = true,
			.at_least = LB_MIB,
			.at_most = 8 * LB_MIB,
			.place = LB_PLACE_LOW,
			.moments = RUNNING,
			.source = "kernel/crash_reserve.c: low memory is the pool and 8 MiB"},
		"what coherent mappings take beside the pool");
}

void lb_size_list_kernel(struct lb_size_build *build)
{
	add_kernel(build);
	add_loaded(build);
	add_initrd(build);
	add_kernel_memory(build);
	add_struct_pages(build);
	add_page_tables(build);
	add_tmpfs_rule(build);
	add_modules(build);
	add_bounce_pool(build);
}
