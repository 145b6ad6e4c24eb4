/* SPDX-License-Identifier: MIT */
/* core_maker: memory, tables, note, file. */
#include "core_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/core_header_elf.h"

#define TABLES_AT (2 * LB_MIB) /* above the start of RAM */
#define IMAGE UINT64_C(0xffffffff80000000)
#define ARM_IMAGE UINT64_C(0xffff800008000000)

static bool take(void *context, lb_phys_addr *ret_table)
{
	struct made_core *made = context;
	uint64_t page = UINT64_C(1) << made->map.geometry.page_shift;

	/* The first page is taken before the map knows its geometry. */
	page = lb_max(page, 65536);
	*ret_table = made->next_table;
	made->next_table += page;
	return made->next_table <= made->memory_start + MADE_MEMORY;
}

static void give(void *context, lb_phys_addr table)
{
	(void)context;
	(void)table;
}

static void *access_table(void *context, lb_phys_addr table)
{
	struct made_core *made = context;

	return made->memory + (table - made->memory_start);
}

void made_core_begin(struct made_core *made, enum lb_page_format format, uint64_t va_offset,
	lb_phys_addr start, uint64_t bytes)
{
	struct lb_table_pages pages = {take, give, access_table, made};

	*made = (struct made_core){.arch = format <= LB_PAGES_X86_5LEVEL ? LB_ARCH_X86_64
									   : LB_ARCH_ARM64,
		.config = {.format = format, .va_offset = va_offset},
		.memory_start = start,
		.memory_bytes = bytes,
		.next_table = start + TABLES_AT,
		.memory = calloc(1, MADE_MEMORY)};
	LB_ASSERT(made->memory);
	made->config.contiguous = made->arch == LB_ARCH_ARM64;
	LB_ASSERT(lb_linear_map_init(&made->map, &made->config, &pages, NULL) == LB_OK);
	snprintf(made->path, sizeof(made->path), "/tmp/lifeboat-core-XXXXXX");
	close(mkstemp(made->path));
}

static void write_info(const struct made_core *made, char *text, size_t size)
{
	unsigned long long root = made->map.root, start = made->memory_start;
	int length = snprintf(text, size, "OSRELEASE=6.1.0-made\n%s", made->more ? made->more : "");

	if (made->arch == LB_ARCH_X86_64) {
		snprintf(text + length, size - (size_t)length,
			"SYMBOL(swapper_pg_dir)=%llx\nNUMBER(phys_base)=-2097152\n"
			"NUMBER(pgtable_l5_enabled)=%d\n", IMAGE + root + 2 * LB_MIB,
			made->config.format == LB_PAGES_X86_5LEVEL);
		return;
	}
	snprintf(text + length, size - (size_t)length,
		"SYMBOL(swapper_pg_dir)=%llx\nPAGESIZE=%llu\nNUMBER(VA_BITS)=48\n"
		"NUMBER(kimage_voffset)=0x%llx\nNUMBER(PHYS_OFFSET)=0x%llx\n",
		ARM_IMAGE + root, 1ULL << made->map.geometry.page_shift,
		(unsigned long long)ARM_IMAGE, start);
}

void made_core_write(struct made_core *made)
{
	char text[1024];
	struct elf_note note = {11, 0, 0};
	struct elf64_header header = {.ident = {0x7f, 'E', 'L', 'F', ELF_CLASS_64,
						ELF_LITTLE_ENDIAN, ELF_VERSION},
		.type = ELF_TYPE_CORE, .version = ELF_VERSION, .ehsize = LB_CORE_EHDR_BYTES,
		.phentsize = LB_CORE_PHDR_BYTES, .phoff = LB_CORE_EHDR_BYTES, .phnum = 2};
	struct elf64_segment segments[2] = {
		{.type = ELF_SEGMENT_NOTE, .offset = 4096},
		{.type = ELF_SEGMENT_LOAD, .offset = 65536, .paddr = made->memory_start,
			.filesz = lb_min(made->memory_bytes, MADE_MEMORY),
			.memsz = made->memory_bytes}};
	FILE *file = fopen(made->path, "wb");

	LB_ASSERT(file);
	if (made->instead) {
		snprintf(text, sizeof(text), "%s", made->instead);
	} else {
		write_info(made, text, sizeof(text));
	}
	note.desc_bytes = (uint32_t)strlen(text);
	header.machine = made->arch == LB_ARCH_X86_64 ? ELF_MACHINE_X86_64 : ELF_MACHINE_ARM64;
	segments[0].filesz = segments[0].memsz = sizeof(note) + 12 + (note.desc_bytes + 3) / 4 * 4;
	segments[1].vaddr = made->virtual_addresses ? made->memory_start + made->config.va_offset
						    : 0;
	fwrite(&header, sizeof(header), 1, file);
	fwrite(segments, sizeof(segments), 1, file);
	fseek(file, 4096, SEEK_SET);
	fwrite(&note, sizeof(note), 1, file);
	fwrite("VMCOREINFO\0", 12, 1, file);
	fwrite(text, note.desc_bytes, 1, file);
	fseek(file, 65536, SEEK_SET);
	fwrite(made->memory, segments[1].filesz, 1, file);
	fclose(file);
}

void made_core_remove(struct made_core *made)
{
	unlink(made->path);
	free(made->memory);
}
