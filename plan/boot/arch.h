/* SPDX-License-Identifier: MIT */
/*
 * arch: what the moment of the search needs to know of an architecture: one row each, with what its
 * kernels do before they reserve crash memory as a table of steps.
 *
 * A row is whole when no field is 0; a test walks all of enum lb_arch and says which one is not.
 */
#ifndef LIFEBOAT_PLAN_BOOT_ARCH_H
#define LIFEBOAT_PLAN_BOOT_ARCH_H

#include "lifeboat/arch.h"
#include "plan/boot/linear_map.h"

/* Bytes of the bounce pool that Linux plans where nothing says otherwise: IO_TLB_DEFAULT_SIZE
 * (include/linux/swiotlb.h, 5.10 to 7.3). */
#define LB_BOUNCE_POOL_DEFAULT (64 * LB_MIB)

/* sizeof(struct page) on 64-bit kernels without debug options (include/linux/mm_types.h). */
#define LB_STRUCT_PAGE_BYTES 64

struct lb_boot; /* plan/boot/boot.h */
struct lb_model;

/* What a kernel of some versions does before it reserves crash memory. */
struct lb_boot_step {
	const char *name; /* "vmemmap" */
	uint32_t since;   /* the first version that does it, as LB_LINUX(); 0: all do */
	uint32_t until;   /* the first one that does not any more; 0: none */
	void (*take)(struct lb_boot *boot);
};

/* Not a bool, so that a row that leaves it out shows. */
enum lb_fact { LB_FACT_MISSING, LB_NO, LB_YES };

struct lb_boot_arch {
	const struct lb_boot_step *steps; /* in the order in which the model is filled */
	size_t step_count;

	enum lb_fact e820;          /* the loader passes an e820 map, and a setup header */
	enum lb_fact nomap;         /* memory without a mapping stays listed as memory */
	enum lb_fact firmware_seed; /* only the firmware's random numbers randomise the image */
	enum lb_fact brk_unlisted;  /* the image is followed by a brk that /proc/iomem leaves out */

	uint64_t image_guess; /* bytes from the beginning of RAM to the image, when nothing tells */
	/* Of the image's place, as the EFI stub chooses it; with 64 KiB pages, too. */
	uint64_t image_align;
	uint64_t image_align_64k;

	/* How low crash memory ends, for people, and which devices need memory there. */
	const char *low_end_name;
	const char *low_devices;
	/* End of low crash memory, and of high; the model's memory is filled. */
	lb_phys_addr (*low_end)(const struct lb_model *model);
	lb_phys_addr (*high_end)(const struct lb_model *model);
	/* Bytes of the bounce pool that the kernel plans at that moment; low_end is known. */
	uint64_t (*bounce_pool)(const struct lb_model *model);
	unsigned int physical_bits; /* sparsemem is made for: MAX_PHYSMEM_BITS */
	/* Bytes of a section of sparsemem (asm/sparsemem.h, SECTION_SIZE_BITS). */
	uint64_t (*section_bytes)(const struct lb_model *model);
	/* Alignment of a CMA area in bytes; 0: the kernel is built without. */
	uint64_t (*cma_align)(const struct lb_model *model);
	/* As if crash memory was reserved; the limits are set. */
	struct lb_linear_map_prediction (*linear_map)(const struct lb_model *model);
};

#endif
