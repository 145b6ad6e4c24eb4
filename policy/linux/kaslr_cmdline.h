/* SPDX-License-Identifier: MIT */
/*
 * kaslr_cmdline: the options that move the draw of the kernel's place, as the decompressor and
 * the EFI stub read them; policy/linux/cmdline.h has what they share with the rest of Linux.
 */
#ifndef LIFEBOAT_POLICY_LINUX_KASLR_CMDLINE_H
#define LIFEBOAT_POLICY_LINUX_KASLR_CMDLINE_H

#include "lifeboat/base.h"

/* More memmap= ranges than this and the decompressor gives up (compressed/kaslr.c). */
#define LB_KASLR_MEMMAP_MAX 4

struct lb_kaslr_options {
	uint64_t limit;            /* of mem= and memmap=SIZE; UINT64_MAX: none */
	struct lb_range avoid[LB_KASLR_MEMMAP_MAX];
	size_t avoid_count;
	bool too_many;             /* a fifth memmap= range in one list */
	uint64_t huge_pages;       /* 1 GiB pages asked for at boot */
	bool nokaslr;
};

/* As placer A reads cmdline (NULL: empty). version decides on hugepages= and efi_fake_mem=. */
struct lb_kaslr_options lb_kaslr_read_decompressor_options(const char *cmdline, uint32_t version);

/* True if the option name has item in its comma separated list, as in "efi=nosoftreserve". */
bool lb_kaslr_stub_list_option(const char *cmdline, const char *name, const char *item);

/*
 * True if the x86 EFI stub takes the lowest slot because the command line changes the memory map
 * (x86-stub.c, 6.10: mem=, memmap=, hugepages=, up to 6.10 efi_fake_mem=). For each of them only
 * the first occurrence in the line is looked at, and it counts only at the start of a word.
 */
bool lb_kaslr_stub_memory_option(const char *cmdline, uint32_t version);

#endif
