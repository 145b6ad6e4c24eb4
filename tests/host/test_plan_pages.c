/* SPDX-License-Identifier: MIT */
/* How RAM is mapped, read from core files whose page tables the core's builder made. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../harness/test.h"
#include "core_maker.h"
#include "machine_root.h"
#include "plan/pages/pages.h"

static const struct {
	enum lb_page_format format;
	uint64_t offset;
	uint64_t ram;   /* bytes, from start on */
	lb_phys_addr start;
	uint64_t crash; /* bytes of crash memory, in the middle */
} worlds[] = {
	{LB_PAGES_X86_4LEVEL, 0xffff888000000000, 5 * LB_GIB + 12288, 0, 6 * LB_MIB},
	{LB_PAGES_X86_5LEVEL, 0xff11000000000000, 3 * LB_GIB, 0, LB_GIB},
	{LB_PAGES_ARM64_4K, 0xffff000000000000 - 0x40000000, 3 * LB_GIB + 73728, 0x40000000,
		2 * LB_MIB + 65536},
	{LB_PAGES_ARM64_16K, 0xffff000000000000 - 0x40000000, 2 * LB_GIB, 0x40000000,
		LB_MIB},
	{LB_PAGES_ARM64_64K, 0xffff000000000000 - 0x40000000, 2 * LB_GIB, 0x40000000,
		4 * LB_MIB},
};

static uint64_t kind_bytes(const struct lb_mapped *mapped)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < mapped->kind_count; i++) {
		CHECK(!i || mapped->kinds[i].reach <= mapped->kinds[i - 1].reach);
		bytes += mapped->kinds[i].bytes;
	}
	return bytes;
}

static void check_against_builder(const struct made_core *made, const struct lb_pages *pages)
{
	struct lb_linear_cost cost;
	uint64_t leaves = 0, seen = 0;

	lb_linear_map_measure(&made->map, &cost);
	CHECK_EQUAL(pages->table_bytes, cost.table_bytes);
	CHECK_EQUAL(pages->tables, made->map.tables);
	for (unsigned int level = 0; level < LB_LEVELS_MAX; level++) {
		leaves += cost.leaves[level];
	}
	for (size_t i = 0; i < pages->ram.kind_count; i++) {
		seen += pages->ram.kinds[i].bytes / pages->ram.kinds[i].block;
	}
	CHECK_EQUAL(seen, leaves);
	CHECK_EQUAL(kind_bytes(&pages->ram), pages->ram.bytes);
	CHECK_EQUAL(pages->ram.unmapped, 0);
	CHECK_EQUAL(pages->ram.elsewhere, 0);
	CHECK_EQUAL(pages->ram.executable, 0);
}

static struct lb_pages *read_pages(const struct made_core *made, const struct lb_machine *machine,
	struct lb_core_file **ret_core, struct lb_machine_error *error)
{
	struct lb_pages *pages = NULL;

	error->text[0] = 0;
	if (lb_core_file_open(made->path, ret_core, error) == LB_OK &&
		lb_pages_read(*ret_core, machine, 1 << 22, &pages, error) != LB_OK) {
		CHECK(error->text[0]);
		lb_core_file_close(*ret_core);
	}
	return pages;
}

TEST(plan_pages, sums_are_those_of_the_builder_of_the_tables)
{
	for (size_t i = 0; i < 2 * LB_ARRAY_COUNT(worlds); i++) {
		size_t w = i / 2;
		lb_phys_addr middle = worlds[w].start + LB_GIB;
		struct lb_range ram = {worlds[w].start, worlds[w].start + worlds[w].ram};
		struct lb_range crash = {middle, middle + worlds[w].crash};
		struct lb_machine_error error;
		struct lb_core_file *core;
		struct lb_pages *pages;
		struct made_core made;

		made_core_begin(&made, worlds[w].format, worlds[w].offset, ram.start,
			worlds[w].ram);
		made.virtual_addresses = i % 2;
		REQUIRE(lb_linear_map_add(&made.map, ram, LB_MAP_WRITE) == LB_OK);
		REQUIRE(lb_linear_map_protect(&made.map, crash, LB_PROTECT_READ_ONLY) == LB_OK);
		made_core_write(&made);
		pages = read_pages(&made, NULL, &core, &error);
		CHECK_TEXT(error.text, "");
		REQUIRE(pages != NULL);
		CHECK_EQUAL(pages->offset, worlds[w].offset);
		CHECK_EQUAL(pages->ram.bytes, worlds[w].ram);
		CHECK_EQUAL(pages->ram.read_only, worlds[w].crash);
		CHECK_TEXT(pages->release, "6.1.0-made");
		CHECK(!pages->crash_known);
		CHECK(pages->least_bytes && pages->least_bytes <= pages->table_bytes);
		CHECK(pages->table_bytes <= pages->most_bytes);
		check_against_builder(&made, pages);
		lb_pages_free(pages);
		lb_core_file_close(core);
		made_core_remove(&made);
	}
}

TEST(plan_pages, crash_memory_is_that_of_the_machine)
{
	struct lb_machine *machine = machine_of_files(
		(struct machine_root_file[]){
			{"proc/iomem", "00000000-bfffffff : System RAM\n"
				       "  40000000-47ffffff : Crash kernel\n"},
			{"proc/version", "Linux version 6.1.0-made (x) #1\n"},
			{"proc/cmdline", "quiet\n"}},
		3);
	struct lb_range crash = {0x40000000, 0x48000000};
	struct lb_machine_error error;
	struct lb_core_file *core;
	struct lb_pages *pages;
	struct made_core made;

	REQUIRE(machine != NULL);
	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff888000000000, 0, 4 * LB_GIB);
	REQUIRE(lb_linear_map_add(&made.map, (struct lb_range){0, 2 * LB_GIB}, LB_MAP_WRITE) ==
		LB_OK);
	REQUIRE(lb_linear_map_protect(&made.map, crash, LB_PROTECT_INACCESSIBLE) == LB_OK);
	made_core_write(&made);
	pages = read_pages(&made, machine, &core, &error);
	REQUIRE(pages != NULL);
	CHECK_EQUAL(pages->ram.bytes, 3 * LB_GIB);
	CHECK_EQUAL(pages->ram.unmapped, LB_GIB + 128 * LB_MIB);
	CHECK(pages->crash_known);
	REQUIRE(pages->crash_count == 1);
	CHECK_EQUAL(pages->crash[0].mapped.unmapped, 128 * LB_MIB);
	CHECK_EQUAL(pages->crash[0].mapped.kind_count, 0);
	lb_pages_free(pages);
	lb_core_file_close(core);
	made_core_remove(&made);
	lb_machine_close(machine);
}

TEST(plan_pages, memory_without_the_encryption_bit_is_shared)
{
	struct lb_machine_error error;
	struct lb_core_file *core;
	struct lb_pages *pages;
	struct made_core made;

	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff888000000000, 0, LB_GIB);
	made.more = "NUMBER(sme_mask)=140737488355328\n";
	REQUIRE(lb_linear_map_add(&made.map, (struct lb_range){0, LB_GIB}, LB_MAP_WRITE) == LB_OK);
	made_core_write(&made);
	pages = read_pages(&made, NULL, &core, &error);
	REQUIRE(pages != NULL);
	CHECK(pages->encryption);
	CHECK_EQUAL(pages->ram.shared, LB_GIB);
	lb_pages_free(pages);
	lb_core_file_close(core);
	made_core_remove(&made);
}

/* The message where a core is no good; "" where it is. */
static const char *complaint(struct made_core *made)
{
	static struct lb_machine_error error;
	struct lb_core_file *core;
	struct lb_pages *pages;

	made_core_write(made);
	pages = read_pages(made, NULL, &core, &error);
	if (pages) {
		lb_pages_free(pages);
		lb_core_file_close(core);
	}
	return error.text + (strstr(error.text, ": ") ? strlen(made->path) + 2 : 0);
}

TEST(plan_pages, what_vmcoreinfo_does_not_tell_is_named)
{
	static const struct {
		const char *info;
		const char *text;
	} cases[] = {
		{"A=1\n", "VMCOREINFO has no SYMBOL(swapper_pg_dir) that is a number"},
		{"SYMBOL(swapper_pg_dir)=ffffffff80200000\n",
			"VMCOREINFO has no NUMBER(phys_base) that is a number"},
		{"SYMBOL(swapper_pg_dir)=ffffffff80200000\nNUMBER(phys_base)=ten\n",
			"VMCOREINFO has no NUMBER(phys_base) that is a number"},
		{"SYMBOL(swapper_pg_dir)=ffffffff80200008\nNUMBER(phys_base)=0\n",
			"page tables at 0x200008 make no sense"},
		{"SYMBOL(swapper_pg_dir)=ffffffff90200000\nNUMBER(phys_base)=0\n",
			"page tables: no way to 0xffff800000000000 (not found)"},
		{"SYMBOL(swapper_pg_dir)=ffffffff80200000\nNUMBER(phys_base)=0\n",
			"the page tables map no memory"},
	};
	struct made_core made;

	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff888000000000, 0, LB_GIB);
	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		made.instead = cases[i].info;
		CHECK_TEXT(complaint(&made), cases[i].text);
	}
	made_core_remove(&made);
	made_core_begin(&made, LB_PAGES_ARM64_4K, 0xfff0000000000000 - 0x40000000, 0x40000000,
		LB_GIB);
	made.instead = "SYMBOL(swapper_pg_dir)=ffff800048200000\nPAGESIZE=4096\n"
		       "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n"
		       "NUMBER(kimage_voffset)=0xffff800008000000\n"
		       "NUMBER(PHYS_OFFSET)=0x40000000\n";
	CHECK_TEXT(complaint(&made), "this kernel uses FEAT_LPA2 (52 bits with pages of 4 KiB), "
				     "whose tables are not read");
	made_core_remove(&made);
}

/* Changes `size` bytes at an offset of the file. */
static void poke(const struct made_core *made, long offset, const void *bytes, size_t size)
{
	FILE *file = fopen(made->path, "r+b");

	LB_ASSERT(file);
	fseek(file, offset, SEEK_SET);
	fwrite(bytes, size, 1, file);
	fclose(file);
}

static enum lb_status open_status(const struct made_core *made, struct lb_machine_error *error)
{
	struct lb_core_file *core;
	enum lb_status status = lb_core_file_open(made->path, &core, error);

	lb_core_file_close(core);
	return status;
}

TEST(plan_pages, a_core_that_is_none_is_one_error)
{
	struct lb_machine_error error;
	struct lb_core_file *core;
	struct made_core made;

	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff888000000000, 0, LB_GIB);
	CHECK(open_status(&made, &error) == LB_TRUNCATED); /* empty */
	made_core_write(&made);
	CHECK(open_status(&made, &error) == LB_OK);
	poke(&made, 56, "\xff\xff", 2); /* more headers than there are */
	CHECK(open_status(&made, &error) == LB_UNSUPPORTED);
	made_core_write(&made);
	poke(&made, 32, "\0\0\0\0\0\0\0\x80", 8); /* e_phoff */
	CHECK(open_status(&made, &error) == LB_TRUNCATED);
	made_core_write(&made);
	poke(&made, 4096 + 12, "VMCOREINFA", 10);
	CHECK(!read_pages(&made, NULL, &core, &error));
	CHECK(strstr(error.text, "no VMCOREINFO note"));
	poke(&made, 0, "KDUMP   ", 8);
	CHECK(open_status(&made, &error) == LB_UNSUPPORTED);
	CHECK(strstr(error.text, "makedumpfile"));
	REQUIRE(!truncate(made.path, 100));
	CHECK(open_status(&made, &error) != LB_OK);
	made_core_remove(&made);
	CHECK(open_status(&made, &error) == LB_NOT_FOUND);
}

TEST(plan_pages, tables_that_lead_back_to_themselves_have_an_end)
{
	struct lb_machine_error error;
	struct lb_core_file *core;
	struct made_core made;
	uint64_t *root;

	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff800000000000, 0, 64 * LB_GIB);
	root = (uint64_t *)(void *)(made.memory + made.map.root);
	for (size_t i = 0; i < 512; i++) {
		root[i] = made.map.root | 3;
	}
	made.virtual_addresses = true;
	made_core_write(&made);
	CHECK(!read_pages(&made, NULL, &core, &error));
	CHECK(strstr(error.text, "its page tables have no end"));
	made_core_remove(&made);
}

/* /proc/kcore: segments without physical addresses stand among the others; QEMU: a wrong size of
 * the header. */
TEST(plan_pages, kcore_and_qemu_are_read_as_they_are)
{
	struct lb_machine_error error;
	struct made_core made;
	uint64_t none = UINT64_MAX;

	made_core_begin(&made, LB_PAGES_X86_4LEVEL, 0xffff888000000000, 0, LB_GIB);
	made_core_write(&made);
	poke(&made, 52, "\x08\0", 2);
	CHECK(open_status(&made, &error) == LB_OK);
	poke(&made, 64 + 56 + 24, &none, 8); /* p_paddr of the memory */
	CHECK(open_status(&made, &error) == LB_OK);
	poke(&made, 64 + 40, "\0\0\0\0\0\0\0\0", 8); /* p_memsz of the notes */
	CHECK(open_status(&made, &error) == LB_OK);
	made_core_remove(&made);
}
