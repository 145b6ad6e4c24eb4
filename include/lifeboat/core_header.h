/* SPDX-License-Identifier: MIT */
/*
 * core_header: the ELF64 core header ("elfcorehdr") that tells a capture kernel where the old
 * memory, the registers of each CPU and the VMCOREINFO note are; and a bounded reader of one.
 *
 * What is written is what a Linux capture kernel expects (fs/proc/vmcore.c and
 * crash_prepare_elf64_headers, kernel/crash_core.c, 6.12 to 7.3): an ELF64 little-endian ET_CORE
 * file header, one PT_NOTE per note buffer, then the PT_LOADs; in a PT_NOTE or PT_LOAD the
 * p_offset *is* the physical address.
 *
 * Formats: System V ABI, ELF; struct elf_prstatus of Linux for x86-64 and arm64
 * (include/linux/elfcore.h, 6.12).
 *
 * What refers to what; everything but the header lies where the old kernel had it:
 *
 *	core header (in crash memory)            old memory
 *	+----------------------------+
 *	| ELF file header            |
 *	| PT_NOTE    CPU 0           |---------> note buffer: registers, empty note
 *	| PT_NOTE    CPU 1           |---------> note buffer
 *	| PT_NOTE    VMCOREINFO      |---------> note: KEY=VALUE lines
 *	| PT_LOAD    kernel text     |---------> physical memory, at the kernel's own address
 *	| PT_LOAD    memory          |---------> physical memory, at its linear address
 *	| ...                        |
 *	+----------------------------+
 *
 * Kernel text is described twice, because debuggers look it up at the address it was linked for.
 *
 * Writing, when the capture kernel is loaded:
 *
 *	lb_core_header_size(&spec, &bytes);
 *	... bytes of crash memory, aligned to LB_CORE_HEADER_ALIGN ...
 *	lb_core_header_write(&spec, buffer, bytes, &written);
 *
 * At the crash each CPU fills its own buffer: lb_cpu_note_write(arch, registers, pid, ...).
 *
 * Reading, in the capture kernel or in a tool:
 *
 *	lb_core_header_parse(data, bytes, &header, &error_offset);
 *	for (uint32_t i = 0; i < header.segment_count; i++) {
 *		lb_core_header_segment(&header, i, &segment);
 *		...
 *	}
 */
#ifndef LIFEBOAT_CORE_HEADER_H
#define LIFEBOAT_CORE_HEADER_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

/* sizeof(Elf64_Ehdr) and sizeof(Elf64_Phdr): the program headers follow the file header. */
#define LB_CORE_EHDR_BYTES 64
#define LB_CORE_PHDR_BYTES 56
/* The header's size in memory is a multiple of this (ELF_CORE_HEADER_ALIGN in Linux). */
#define LB_CORE_HEADER_ALIGN UINT64_C(4096)

/*
 * What to describe. Arrays are the caller's and only read. A capture kernel reads what stands at
 * the addresses when it runs, not now: so this can be written at load, for any later crash, and
 * whatever changes in memory meanwhile is in the dump. What must not change is the layout: a CPU
 * or memory that comes later is not in it until it is written again.
 */
struct lb_core_header_spec {
	enum lb_arch arch;                /* x86-64, arm64 or riscv64 */
	const struct lb_range *notes;     /* one note buffer per CPU, physical, in CPU order */
	size_t note_count;                /* CPUs that may ever run, not those that run now */
	struct lb_range vmcoreinfo;       /* the VMCOREINFO note; empty: none */
	struct lb_range kernel_text;      /* physical; empty: none. Gets a PT_LOAD of its own */
	uint64_t kernel_text_va;          /* p_vaddr of kernel_text */
	const struct lb_range *memory;    /* all RAM that the kernel uses; ascending, disjoint */
	size_t memory_count;
	/*
	 * What of memory is no part of the dump, any order, may overlap and be empty: the crash
	 * memory, a capture kernel's claim below 1 MiB, a bounce pool. What is left out is lost, so
	 * nothing that the kernel used may be.
	 */
	const struct lb_range *excluded;
	size_t excluded_count;
	/* p_vaddr of memory = physical + va_offset, modulo 2^64 */
	uint64_t va_offset;
	/*
	 * False: one PT_NOTE for each CPU, as Linux writes it. True: for readers that take only
	 * one: one PT_NOTE for all CPUs. Their buffers must touch each other, in order. A reader
	 * stops at an empty note, so each buffer begins where the empty note of the one before
	 * began (LB_NOTE_END_BYTES from its end), and only the last keeps its own.
	 */
	bool merge_notes;
};

/*
 * Bytes that lb_core_header_write needs: a multiple of LB_CORE_HEADER_ALIGN.
 * LB_INVALID: the specification makes no sense. LB_OUT_OF_RANGE: more than 65534 program headers,
 * which ELF can only say in a way that capture kernels do not read.
 */
enum lb_status LB_MUST_CHECK lb_core_header_size(
	const struct lb_core_header_spec *spec, size_t *ret_bytes);

/*
 * Writes the header and zeroes the rest of the buffer up to *ret_written, which is what
 * lb_core_header_size says. LB_NO_STORAGE: fewer bytes; nothing is written.
 */
enum lb_status LB_MUST_CHECK lb_core_header_write(const struct lb_core_header_spec *spec,
	void *buffer, size_t bytes, size_t *ret_written);

/* A header that was read and found well formed. Refers to the caller's data. */
struct lb_core_header {
	const uint8_t *data;     /* the caller's; must stay, and stay unchanged */
	size_t bytes;            /* that may be looked at */
	enum lb_arch arch;       /* by e_machine */
	uint32_t segment_count;  /* e_phnum */
	uint64_t segment_offset; /* e_phoff; all program headers lie in the data */
};

/* PT_NOTE, PT_LOAD, and whatever else somebody wrote, which a reader passes over. */
enum lb_core_segment_kind { LB_CORE_NOTE, LB_CORE_LOAD, LB_CORE_OTHER };

/* One program header. Only its form was checked: the addresses are the writer's claim. */
struct lb_core_segment {
	enum lb_core_segment_kind kind;
	uint32_t flags;      /* ELF p_flags */
	struct lb_range range; /* physical */
	uint64_t va;           /* p_vaddr */
	uint64_t file_offset; /* p_offset: where a capture kernel reads it */
	uint64_t file_bytes;  /* p_filesz, at most the size of the range */
};

/*
 * Checks everything that the other functions rely on: identification, sizes, that every program
 * header lies in the data, that no segment wraps. On failure *ret_error_offset is the offset of
 * the field that is wrong. Notes are not looked at: their buffers lie elsewhere in memory.
 *   LB_TRUNCATED     the file header or a program header passes the end of the data
 *   LB_INVALID       no ELF core file, or a size in it makes no sense
 *   LB_UNSUPPORTED   another machine, class or byte order
 *   LB_OUT_OF_RANGE  a segment passes the end of the address space
 */
enum lb_status LB_MUST_CHECK lb_core_header_parse(const void *data, size_t bytes,
	struct lb_core_header *ret, size_t *ret_error_offset);

/* Program header number index; index < header->segment_count, or it is a bug of the caller. */
void lb_core_header_segment(
	const struct lb_core_header *header, uint32_t index, struct lb_core_segment *ret);

/*
 * The file offset in the core that holds the physical address, by the first PT_LOAD that has it.
 * LB_NOT_FOUND: none does; what a dump leaves out cannot be read.
 */
enum lb_status LB_MUST_CHECK lb_core_header_find(
	const struct lb_core_header *header, lb_phys_addr address, uint64_t *ret_offset);

/* One ELF note. name and desc point into the data. */
struct lb_note {
	uint32_t type;    /* n_type: LB_NT_PRSTATUS, ...; means something only beside the name */
	const char *name; /* not necessarily terminated */
	size_t name_bytes; /* as the note says; a terminator is counted if there is one */
	const uint8_t *desc;
	size_t desc_bytes;
};

/*
 * Walks the notes of a buffer. Start with *cursor = 0. LB_OK: *ret is the next note.
 * LB_NOT_FOUND: the end, or the empty note that ends a CPU's buffer. LB_TRUNCATED: the note at
 * *cursor passes the end. data need not be aligned to more than four bytes; the fields of a note
 * are copied, its desc is not.
 */
enum lb_status LB_MUST_CHECK lb_note_next(
	const void *data, size_t bytes, size_t *cursor, struct lb_note *ret);

/*
 * Registers in the order of the core file (elf_gregset_t: struct user_regs_struct of x86-64,
 * struct user_pt_regs of arm64, Linux 6.12): how many 64-bit values, and which.
 */
#define LB_X86_64_REGISTERS 27 /* r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax
				* rip cs eflags rsp ss fs_base gs_base ds es fs gs */
#define LB_ARM64_REGISTERS 34  /* x0 .. x30 sp pc pstate */

/* n_type of a CPU's registers, under the name "CORE" (include/uapi/linux/elf.h, 6.12). */
#define LB_NT_PRSTATUS 1
/* The empty note that ends a buffer. */
#define LB_NOTE_END_BYTES 12
/* A CPU's note buffer: header, "CORE", elf_prstatus, and the empty note that ends it. */
#define LB_CPU_NOTE_BYTES_X86_64 (12 + 8 + 336 + 12)
#define LB_CPU_NOTE_BYTES_ARM64 (12 + 8 + 392 + 12)

/*
 * Writes a CPU's note buffer: LB_CPU_NOTE_BYTES_* bytes. registers: LB_X86_64_REGISTERS or
 * LB_ARM64_REGISTERS values. pid: what debuggers show as the thread. It takes no lock and no
 * memory, so that each CPU can do it at the crash. A buffer must not straddle a page where the
 * production kernel is paged (Linux: crash_notes).
 *   LB_NO_STORAGE   the buffer is too small; nothing is written
 *   LB_UNSUPPORTED  another architecture
 */
enum lb_status LB_MUST_CHECK lb_cpu_note_write(enum lb_arch arch, const uint64_t *registers,
	uint32_t pid, void *buffer, size_t bytes, size_t *ret_written);

/*
 * The VMCOREINFO note: lines of KEY=VALUE, built in place in the caller's buffer. Adding a line
 * that does not fit leaves the note as it was and is remembered; finish then says LB_NO_STORAGE.
 * What stands in it tells makedumpfile and crash how to read this kernel
 * (Documentation/admin-guide/kdump/vmcoreinfo.rst, 6.12).
 *
 *	lb_vmcoreinfo_begin(&info, page, sizeof(page));
 *	lb_vmcoreinfo_add_text(&info, "OSRELEASE", release);
 *	lb_vmcoreinfo_add_hex(&info, "SYMBOL(init_uts_ns)", address);
 *	lb_vmcoreinfo_finish(&info, &written);
 */
struct lb_vmcoreinfo {
	uint8_t *buffer; /* the caller's */
	size_t bytes;    /* of the buffer */
	size_t text; /* bytes of text so far */
	bool overflowed; /* a line found no room */
};

/* An empty note. LB_NO_STORAGE: not even that fits. The buffer must be aligned for uint32_t. */
enum lb_status LB_MUST_CHECK lb_vmcoreinfo_begin(
	struct lb_vmcoreinfo *info, void *buffer, size_t bytes);
/* KEY=VALUE and a newline. Neither may contain one, nor the key an equals sign: readers split. */
void lb_vmcoreinfo_add_text(struct lb_vmcoreinfo *info, const char *key, const char *value);
/* KEY=decimal, as NUMBER(), OFFSET(), SIZE() and LENGTH() are written. */
void lb_vmcoreinfo_add_number(struct lb_vmcoreinfo *info, const char *key, int64_t value);
/* KEY=hexadecimal without a prefix, as SYMBOL() and KERNELOFFSET are written. */
void lb_vmcoreinfo_add_hex(struct lb_vmcoreinfo *info, const char *key, uint64_t value);
/*
 * Writes the note's header and the empty note after it; *ret_written is the size of all, from the
 * buffer's first byte. LB_NO_STORAGE: some line did not fit.
 */
enum lb_status LB_MUST_CHECK lb_vmcoreinfo_finish(
	struct lb_vmcoreinfo *info, size_t *ret_written);

/*
 * The value of a key in VMCOREINFO text (the desc of the note, which need not be terminated); it
 * ends before a newline or at the end of the text. A key matches whole lines only: "SIZE(list)"
 * does not find "SIZE(list_head)". LB_NOT_FOUND: no line has the key.
 */
enum lb_status LB_MUST_CHECK lb_vmcoreinfo_find(const char *text, size_t bytes, const char *key,
	const char **ret_value, size_t *ret_length);

#endif
