/* SPDX-License-Identifier: MIT */
/*
 * kaslr_row: what the choice of the kernel's place depends on by architecture, as one row for
 * each. What changed with versions stands where it is used, since it changed in stable series
 * too, except the one release from which on an architecture draws.
 *
 * Internal to policy/linux/. Sources: drivers/firmware/efi/libstub (x86-stub.c, arm64-stub.c,
 * riscv-stub.c, kaslr.c), arch/ARCH/include/asm/efi.h, 5.10 to 7.3.
 */
#ifndef LIFEBOAT_POLICY_LINUX_KASLR_ROW_H
#define LIFEBOAT_POLICY_LINUX_KASLR_ROW_H

#include "lifeboat/arch.h"

/*
 * Sizes, alignments and addresses in bytes; alignments are powers of two, 0 where there is none.
 * The rows are constants of this code, one for each architecture that lb_arch_name() knows, and
 * live as long as the program: a caller reads them and owns nothing.
 *
 * What decides is not always what the header says. section_align is a wish of the PE header that
 * firmware honours when it loads the image; stub_unit is EFI_ALLOC_ALIGN, to which
 * efi_low_alloc_above() and efi_random_alloc() round a size up before they look for room. The
 * place of the draw has an alignment of its own, which the caller brings
 * (lb_kaslr_stub.align), since on arm64 it depends on the page size.
 */
struct lb_kaslr_row {
	enum lb_arch arch;
	uint64_t section_align; /* of the PE image, as the firmware honours it: where it loads */
	uint64_t stub_unit;     /* the stub rounds the image's size up to it */
	lb_phys_addr floor;     /* LOAD_PHYSICAL_ADDR: below it no place counts; 0: none */
	lb_phys_addr limit;     /* EFI_ALLOC_LIMIT: places end below */
	uint32_t draws_since;   /* LB_LINUX(): the stub draws, and can be followed; 0: always */
	bool unpacks;           /* x86: there is a decompressor, which may place the kernel instead
	                         * of the stub; no seed is a seed of 0, and takes the lowest slot */
	bool ends_in_bss;       /* "Kernel bss" is the end of what stays reserved */
	bool hides_head;        /* the first 64 KiB may be missing from "Kernel code", as on arm64
	                         * from 5.11 to 6.18 (arch/arm64/kernel/setup.c) */
};

/* The row of an architecture, never NULL. Asserts that it is known: a machine whose architecture is
 * not is refused before anybody asks where its kernel may be. */
const struct lb_kaslr_row *lb_kaslr_row(enum lb_arch arch);

#endif
