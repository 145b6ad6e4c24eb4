/* SPDX-License-Identifier: MIT */
/* kernel_tables: from VMCOREINFO to a root and an offset. */
#include "plan/pages/kernel_tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where x86-64 links its image, and the first address of the half that is the kernel's. */
#define X86_IMAGE UINT64_C(0xffffffff80000000)
#define X86_UPPER_4 UINT64_C(0xffff800000000000)
#define X86_UPPER_5 UINT64_C(0xff00000000000000)

static enum lb_status fail(const struct lb_core_file *core, struct lb_machine_error *error,
	enum lb_status status, const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum lb_status fail(const struct lb_core_file *core, struct lb_machine_error *error,
	enum lb_status status, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(error->text, sizeof(error->text), "%.200s: %s", core->path, text);
	return status;
}

static enum lb_status missing(
	const struct lb_core_file *core, struct lb_machine_error *error, const char *key)
{
	return fail(core, error, LB_NOT_FOUND, "VMCOREINFO has no %s that is a number", key);
}

static const uint64_t *read_table(void *context, lb_phys_addr table, unsigned int level)
{
	struct lb_table_reader *reader = context;

	if (level >= LB_LEVELS_MAX) {
		return NULL;
	}
	if (reader->addresses[level] != table) {
		lb_phys_addr page = lb_align_down(table, reader->page_size);

		reader->addresses[level] = UINT64_MAX;
		if (!lb_core_file_read(
			    reader->core, page, reader->pages[level], reader->page_size)) {
			reader->failed = table;
			return NULL;
		}
		reader->addresses[level] = table;
		reader->read[level]++;
	}
	return (const uint64_t *)(const void *)(reader->pages[level] +
		(table & (reader->page_size - 1)));
}

static enum lb_status start_reader(struct lb_kernel_tables *tables,
	const struct lb_core_file *core, struct lb_machine_error *error)
{
	struct lb_table_reader *reader = &tables->reader;

	*reader = (struct lb_table_reader){.core = core,
		.page_size = (size_t)lb_foreign_map_page(tables->map.format)};
	tables->map.access = read_table;
	tables->map.context = reader;
	for (unsigned int level = 0; level < LB_LEVELS_MAX; level++) {
		reader->addresses[level] = UINT64_MAX;
		reader->pages[level] = aligned_alloc(8, reader->page_size);
		if (!reader->pages[level]) {
			lb_kernel_tables_end(tables);
			return fail(core, error, LB_NO_STORAGE, "out of memory");
		}
	}
	return LB_OK;
}

void lb_kernel_tables_end(struct lb_kernel_tables *tables)
{
	for (unsigned int level = 0; level < LB_LEVELS_MAX; level++) {
		free(tables->reader.pages[level]);
		tables->reader.pages[level] = NULL;
	}
}

/* Tables lie in pages; the root's address comes from a file. */
static enum lb_status check_root(const struct lb_core_file *core,
	const struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	lb_phys_addr root = tables->map.root;

	if (root >> 52 || root & (lb_foreign_map_page(tables->map.format) - 1)) {
		return fail(core, error, LB_INVALID, "page tables at 0x%llx make no sense",
			(unsigned long long)root);
	}
	return LB_OK;
}

static enum lb_status find_x86_64(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	uint64_t root, base, five = 0, encryption = 0;

	if (!lb_core_file_number(core, "SYMBOL(swapper_pg_dir)", &root)) {
		return missing(core, error, "SYMBOL(swapper_pg_dir)");
	}
	if (!lb_core_file_number(core, "NUMBER(phys_base)", &base)) {
		return missing(core, error, "NUMBER(phys_base)");
	}
	/* Both are absent in kernels without the feature. */
	(void)!lb_core_file_number(core, "NUMBER(pgtable_l5_enabled)", &five);
	(void)!lb_core_file_number(core, "NUMBER(sme_mask)", &encryption);
	tables->map.format = five ? LB_PAGES_X86_5LEVEL : LB_PAGES_X86_4LEVEL;
	tables->map.encryption = encryption;
	tables->map.root = root - X86_IMAGE + base;
	if (root < X86_IMAGE || (encryption & (encryption - 1)) ||
		(encryption && encryption < (UINT64_C(1) << 32))) {
		return fail(core, error, LB_INVALID, "VMCOREINFO: swapper_pg_dir at 0x%llx or "
			"sme_mask 0x%llx make no sense", (unsigned long long)root,
			(unsigned long long)encryption);
	}
	return check_root(core, tables, error);
}

/* TCR_EL1.T1SZ is what the CPU does; VA_BITS is what the kernel was built for. */
static enum lb_status find_arm64_bits(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	uint64_t page, built, unused, bits;
	enum lb_status status;

	if (!lb_core_file_number(core, "PAGESIZE", &page)) {
		return missing(core, error, "PAGESIZE");
	}
	if (!lb_core_file_number(core, "NUMBER(VA_BITS)", &built)) {
		return missing(core, error, "NUMBER(VA_BITS)");
	}
	bits = lb_core_file_number(core, "NUMBER(TCR_EL1_T1SZ)", &unused) ? 64 - unused : built;
	if ((page != 4096 && page != 16384 && page != 65536) || bits < 25 || bits > 52 ||
		built < bits || built > 52) {
		return fail(core, error, LB_INVALID, "VMCOREINFO: pages of %llu bytes, %llu bits "
			"of %llu make no sense", (unsigned long long)page,
			(unsigned long long)bits, (unsigned long long)built);
	}
	if (bits > 48 && page != 65536) {
		return fail(core, error, LB_UNSUPPORTED, "this kernel uses FEAT_LPA2 (%llu bits "
			"with pages of %llu KiB), whose tables are not read",
			(unsigned long long)bits, (unsigned long long)page / 1024);
	}
	tables->map.format = page == 4096  ? LB_PAGES_ARM64_4K
			     : page == 16384 ? LB_PAGES_ARM64_16K
					     : LB_PAGES_ARM64_64K;
	tables->map.va_bits = (uint8_t)bits;
	status = check_root(core, tables, error);
	if (!status && page == 65536 && built == 52 && bits == 48) {
		/* The table is for 52 bits; of its 1024 entries a CPU with 48 is given the last 64
		 * (TTBR1_BADDR_4852_OFFSET, arch/arm64/include/asm/pgtable-hwdef.h). */
		tables->map.root += (1024 - 64) * 8;
	}
	return status;
}

static enum lb_status find_arm64(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	uint64_t root, image;

	if (!lb_core_file_number(core, "SYMBOL(swapper_pg_dir)", &root)) {
		return missing(core, error, "SYMBOL(swapper_pg_dir)");
	}
	if (!lb_core_file_number(core, "NUMBER(kimage_voffset)", &image)) {
		return missing(core, error, "NUMBER(kimage_voffset)");
	}
	tables->map.root = root - image;
	tables->map.upper = true;
	return find_arm64_bits(core, tables, error);
}

/* An address of the linear map, not of the image, and of what has physical addresses. */
static bool is_linear(enum lb_arch arch, const struct lb_core_segment *segment)
{
	return segment->kind == LB_CORE_LOAD && segment->va >> 63 &&
		!(arch == LB_ARCH_X86_64 && segment->va >= X86_IMAGE);
}

/* By the virtual addresses of the segments: /proc/kcore and /proc/vmcore have them. arm64's image
 * has an offset of its own. LB_NOT_FOUND: none has. */
static enum lb_status offset_of_segments(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	struct lb_core_segment segment;
	uint64_t image = 0;
	bool found = false;

	(void)!lb_core_file_number(core, "NUMBER(kimage_voffset)", &image);
	for (uint32_t i = 0; i < core->header.segment_count; i++) {
		uint64_t offset;

		lb_core_header_segment(&core->header, i, &segment);
		offset = segment.va - segment.range.start;
		if (!is_linear(core->arch, &segment) || offset == image) {
			continue;
		}
		if (found && offset != tables->offset) {
			return fail(core, error, LB_INVALID, "segments 0x%llx and 0x%llx apart "
				"from memory: the linear map has one offset",
				(unsigned long long)offset, (unsigned long long)tables->offset);
		}
		tables->offset = offset;
		found = true;
	}
	tables->offset_source = "the segments' virtual addresses";
	return found ? LB_OK : LB_NOT_FOUND;
}

/* PAGE_OFFSET is the lowest address of VA_BITS, PHYS_OFFSET what lies there (arch/arm64/include/
 * asm/memory.h, since 5.4). */
static enum lb_status offset_of_arm64(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	uint64_t start, bits;

	if (!lb_core_file_number(core, "NUMBER(PHYS_OFFSET)", &start) ||
		!lb_core_file_number(core, "NUMBER(VA_BITS)", &bits) || bits > 52) {
		return missing(core, error, "NUMBER(PHYS_OFFSET)");
	}
	tables->offset = -(UINT64_C(1) << bits) - start;
	tables->offset_source = "VMCOREINFO, PHYS_OFFSET";
	return LB_OK;
}

/* The first thing that is mapped in the kernel's half: the linear map comes first there
 * (Documentation/arch/x86/x86_64/mm.rst; the hole before it and the LDT are not in these tables),
 * and begins with memory's first pages. */
static enum lb_status offset_of_x86_64(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	uint64_t first = tables->map.format == LB_PAGES_X86_5LEVEL ? X86_UPPER_5 : X86_UPPER_4;
	struct lb_foreign_mapping mapping;
	uint64_t va = first;

	while (va >= first && va < X86_IMAGE) {
		enum lb_status status = lb_foreign_map_walk(&tables->map, va, &mapping);

		if (status) {
			return fail(core, error, status, "page tables: no way to 0x%llx (%s)",
				(unsigned long long)va, lb_status_text(status));
		}
		if (mapping.present) {
			tables->offset = va - (mapping.pa & ~tables->map.encryption);
			tables->offset_source = "the first mapping of the page tables";
			return LB_OK;
		}
		va = (va | (mapping.block - 1)) + 1;
	}
	return fail(core, error, LB_INVALID, "the page tables map no memory");
}

static enum lb_status find_offset(const struct lb_core_file *core,
	struct lb_kernel_tables *tables, struct lb_machine_error *error)
{
	enum lb_status status = offset_of_segments(core, tables, error);

	if (status == LB_NOT_FOUND) {
		status = core->arch == LB_ARCH_ARM64 ? offset_of_arm64(core, tables, error)
						     : offset_of_x86_64(core, tables, error);
	}
	if (!status && tables->offset & (tables->reader.page_size - 1)) {
		return fail(core, error, LB_INVALID, "the linear map is not page aligned: 0x%llx",
			(unsigned long long)tables->offset);
	}
	return status;
}

static void take_release(const struct lb_core_file *core, struct lb_kernel_tables *tables)
{
	const char *value;
	size_t length;

	if (lb_vmcoreinfo_find(core->vmcoreinfo, core->vmcoreinfo_bytes, "OSRELEASE", &value,
		    &length) == LB_OK &&
		length < sizeof(tables->release)) {
		memcpy(tables->release, value, length);
		tables->release[length] = 0;
	}
}

enum lb_status lb_kernel_tables_find(const struct lb_core_file *core,
	struct lb_kernel_tables *ret, struct lb_machine_error *error)
{
	enum lb_status status;

	*ret = (struct lb_kernel_tables){.offset = 0};
	if (!core->vmcoreinfo) {
		return fail(core, error, LB_NOT_FOUND,
			"it has no VMCOREINFO note, which says where the kernel's page tables are "
			"(QEMU: -device vmcoreinfo)");
	}
	take_release(core, ret);
	switch (core->arch) {
	case LB_ARCH_X86_64:
		status = find_x86_64(core, ret, error);
		break;
	case LB_ARCH_ARM64:
		status = find_arm64(core, ret, error);
		break;
	default:
		return fail(core, error, LB_UNSUPPORTED, "page tables of %s are not read",
			lb_arch_name(core->arch));
	}
	if (status) {
		return status;
	}
	status = start_reader(ret, core, error);
	if (!status) {
		status = find_offset(core, ret, error);
		if (status) {
			lb_kernel_tables_end(ret);
		}
	}
	return status;
}
