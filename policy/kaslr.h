/* SPDX-License-Identifier: MIT */
/*
 * kaslr: every place where a randomising boot can put the kernel image, each equally likely.
 *
 * The placers of Linux: A, the x86-64 decompressor (arch/x86/boot/compressed/kaslr.c); B, the EFI
 * stub on x86-64 (drivers/firmware/efi/libstub/x86-stub.c, randomalloc.c); and the EFI stub on
 * arm64 and riscv64 (arm64-stub.c, kaslr.c). Freestanding: the caller brings the arrays.
 */
#ifndef LIFEBOAT_POLICY_KASLR_H
#define LIFEBOAT_POLICY_KASLR_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

/* count places: first, first + stride, ... */
struct lb_slot_area {
	lb_phys_addr first;
	uint64_t count;
	uint64_t stride;
};

struct lb_slots {
	struct lb_slot_area *areas; /* the caller's */
	size_t capacity;
	size_t count;
	uint64_t total;             /* of all areas */
};

/* One range of memory the placer may look at, in the firmware's order. */
struct lb_kaslr_memory {
	struct lb_range range;
	bool usable;        /* e820 RAM, or EFI Conventional */
	bool unaccepted;    /* EFI Unaccepted */
	bool more_reliable; /* EFI_MEMORY_MORE_RELIABLE */
	bool soft_reserved; /* EFI_MEMORY_SP */
	bool hot_pluggable; /* EFI_MEMORY_HOT_PLUGGABLE */
};

/* Placer A. */
struct lb_kaslr_decompressor {
	uint32_t version;
	const struct lb_kaslr_memory *memory;
	size_t memory_count;
	bool efi_map;                /* memory is the EFI map, not e820 */
	const struct lb_range *srat; /* entries without the hot-pluggable bit, table order; may be 0 */
	size_t srat_count;
	const struct lb_range *avoid;/* initrd, command line, boot_params, setup_data */
	size_t avoid_count;
	lb_phys_addr output;         /* `out`: where it would unpack in place */
	uint64_t image_size;         /* bytes that must fit */
	uint64_t init_size;          /* of the header; work area */
	uint64_t payload_offset;     /* for the start of the work area */
	uint64_t compressed_size;    /* zo: run size of the compressed image; 0 unknown */
	uint64_t align;              /* CONFIG_PHYSICAL_ALIGN, 2 MiB */
	lb_phys_addr limit;          /* 2^46, or 2^52 with five levels */
	const char *cmdline;
	bool gbpages_honoured;       /* hugepages=1G are kept free */
};

/* Placer B, and the stub of arm64 and riscv64. */
struct lb_kaslr_stub {
	enum lb_arch arch;
	uint32_t version;
	const struct lb_kaslr_memory *memory;
	size_t memory_count;
	uint64_t image_size;
	uint64_t align;              /* x86: 2 MiB; arm64 64 KiB (128 KiB with 64K pages) */
	const char *cmdline;
	bool random;                 /* false: the seed is 0 (nokaslr, old AMI firmware, no RNG) */
};

enum lb_kaslr_result {
	LB_KASLR_RANDOM, /* one of the slots */
	LB_KASLR_PINNED, /* *ret_place, always */
};

/*
 * Fills slots. LB_NO_STORAGE: more areas than slots->capacity (slots unspecified).
 * *ret says whether it is a draw; PINNED: *ret_place is the only place. Intervals of slots are
 * never walked one by one: cost is that of the areas, whatever the amount of memory.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_decompressor_slots(
	const struct lb_kaslr_decompressor *request, struct lb_slots *slots,
	enum lb_kaslr_result *ret, lb_phys_addr *ret_place);
enum lb_status LB_MUST_CHECK lb_kaslr_stub_slots(const struct lb_kaslr_stub *request,
	struct lb_slots *slots, enum lb_kaslr_result *ret, lb_phys_addr *ret_place);

/* image_size of placer A from the header alone, where no kernel file is at hand (kaslr: see
 * docs/kaslr.md for the estimate and how often it was right). 0: cannot be told. */
uint64_t lb_kaslr_image_size(uint32_t init_size, uint32_t payload_offset);

#endif
