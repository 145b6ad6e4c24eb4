/* SPDX-License-Identifier: MIT */
/*
 * kaslr_cmdline: the options that move the draw of the kernel's place, as the decompressor and
 * the EFI stub read them; policy/linux/cmdline.h has what they share with the rest of Linux.
 *
 * Both run before the kernel proper, and read the line by themselves: the decompressor's
 * handle_mem_options() and the stub's efi_parse_options() go through its words with next_arg(), so
 * quotes count; the stub's look for memory options does not, and sees them inside quotes too. An
 * option can therefore move the draw and not count for the kernel, or the other way round.
 *
 * Command lines are untrusted: any bytes up to the first NUL. Nothing here fails: what a placer
 * does not understand it leaves out, and so do these. Pure, without storage; nothing is kept of
 * the line after the call.
 *
 * Sources: arch/x86/boot/compressed/kaslr.c, drivers/firmware/efi/libstub/x86-stub.c and
 * efi-stub-helper.c, 5.10 to 7.3, each where it exists.
 */
#ifndef LIFEBOAT_POLICY_LINUX_KASLR_CMDLINE_H
#define LIFEBOAT_POLICY_LINUX_KASLR_CMDLINE_H

#include "lifeboat/base.h"

/* More memmap= ranges than this and the decompressor gives up: it draws no physical place then, and
 * the kernel stays where it was unpacked (MAX_MEMMAP_REGIONS of compressed/kaslr.c, all versions
 * here). */
#define LB_KASLR_MEMMAP_MAX 4

/*
 * What the options come to. Addresses and sizes in bytes; avoid_count <= LB_KASLR_MEMMAP_MAX, and
 * the ranges are in the order of the line, may overlap, and may lie outside of RAM.
 */
struct lb_kaslr_options {
	uint64_t limit;            /* of mem= and memmap=SIZE; UINT64_MAX: none */
	struct lb_range avoid[LB_KASLR_MEMMAP_MAX];
	size_t avoid_count;
	bool too_many;             /* a fifth memmap= range in one list */
	uint64_t huge_pages;       /* 1 GiB pages asked for at boot */
	bool nokaslr;
};

/*
 * As placer A reads cmdline (NULL: empty): mem= and memmap= (mem_avoid_memmap()), hugepages= behind
 * hugepagesz=1G (parse_gb_huge_pages(): other sizes do not move the draw), nokaslr. The lowest of
 * several limits counts, ranges add up, and a mem= without a number ends the reading. version,
 * LB_LINUX(), decides on hugepages= (strict since 6.13) and efi_fake_mem= (read up to 6.10).
 */
struct lb_kaslr_options lb_kaslr_read_decompressor_options(const char *cmdline, uint32_t version);

/*
 * True if the option name has item in its comma separated list, as in "efi=nosoftreserve": whole
 * items, case counts (parse_option_str() behind efi_parse_options()). name has no '='. A line that
 * has the option several times is read as the stub does: each of them.
 */
bool lb_kaslr_stub_list_option(const char *cmdline, const char *name, const char *item);

/*
 * True if the x86 EFI stub takes the lowest slot because the command line changes the memory map
 * (x86-stub.c, 6.10: mem=, memmap=, hugepages=, up to 6.10 efi_fake_mem=). For each of them only
 * the first occurrence in the line is looked at, and it counts only at the start of a word.
 */
bool lb_kaslr_stub_memory_option(const char *cmdline, uint32_t version);

#endif
