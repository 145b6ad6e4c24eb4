/* SPDX-License-Identifier: MIT */
/* core_header_elf: the ELF64 structures (System V ABI, chapter 4 and 5). Private to core_header. */
#ifndef LIFEBOAT_CORE_CORE_HEADER_ELF_H
#define LIFEBOAT_CORE_CORE_HEADER_ELF_H

#include "lifeboat/core_header.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are written as they lie");

struct elf64_header {
	uint8_t ident[16];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};
_Static_assert(sizeof(struct elf64_header) == LB_CORE_EHDR_BYTES, "Elf64_Ehdr");
_Static_assert(offsetof(struct elf64_header, phoff) == 32, "Elf64_Ehdr.e_phoff");
_Static_assert(offsetof(struct elf64_header, phnum) == 56, "Elf64_Ehdr.e_phnum");

struct elf64_segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};
_Static_assert(sizeof(struct elf64_segment) == LB_CORE_PHDR_BYTES, "Elf64_Phdr");
_Static_assert(offsetof(struct elf64_segment, memsz) == 40, "Elf64_Phdr.p_memsz");

struct elf_note {
	uint32_t name_bytes;
	uint32_t desc_bytes;
	uint32_t type;
};
_Static_assert(sizeof(struct elf_note) == LB_NOTE_END_BYTES, "Elf64_Nhdr");

#define ELF_CLASS_64 2
#define ELF_LITTLE_ENDIAN 1
#define ELF_VERSION 1
#define ELF_TYPE_CORE 4
#define ELF_MACHINE_X86_64 62
#define ELF_MACHINE_ARM64 183
#define ELF_MACHINE_RISCV 243
#define ELF_SEGMENT_LOAD 1
#define ELF_SEGMENT_NOTE 4
#define ELF_SEGMENT_RWX 7
/* e_phnum of a file whose real count is elsewhere. */
#define ELF_PHNUM_ELSEWHERE 0xffff

#endif
