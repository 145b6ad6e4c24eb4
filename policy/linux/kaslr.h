/* SPDX-License-Identifier: MIT */
/*
 * kaslr: every place where a randomising boot can put the kernel image, each equally likely.
 *
 * The placers of Linux: A, the x86-64 decompressor (arch/x86/boot/compressed/kaslr.c); B, the EFI
 * stub on x86-64 (drivers/firmware/efi/libstub/x86-stub.c, randomalloc.c); and the EFI stub on
 * arm64 and riscv64 (arm64-stub.c, kaslr.c). Freestanding: the caller brings the arrays.
 */
#ifndef LIFEBOAT_POLICY_LINUX_KASLR_H
#define LIFEBOAT_POLICY_LINUX_KASLR_H

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
	const struct lb_range *srat; /* without the hot-pluggable ones, table order; may be 0 */
	size_t srat_count;
	const struct lb_range *avoid;/* initrd, command line, boot_params, setup_data */
	size_t avoid_count;
	/* `out`: where it would unpack in place. 0: not known, but in memory that is not usable,
	 * above 512 MiB, as the firmware loads a PE image; a place of 0 is then not known. */
	lb_phys_addr output;
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

	/* arm64 and riscv64 only, for a boot that is not a draw; 0 unless known. */
	lb_phys_addr loaded;         /* where the firmware put the PE image; 0: not known */
	lb_phys_addr bank_end;       /* end of the firmware's first memory bank; 0: no bound */
	bool zboot;                  /* vmlinuz.efi: the highest slot, not the fixed place */
};

enum lb_kaslr_result {
	LB_KASLR_RANDOM, /* one of the slots */
	LB_KASLR_PINNED, /* *ret_place, always */
};

/*
 * Fills slots. LB_NO_STORAGE: more areas than slots->capacity (slots unspecified): A needs at most
 * LB_KASLR_AREAS_MAX, B one for each range. *ret says whether it is a draw; PINNED: *ret_place is
 * the only place, and the slots (B: those of a draw, A: none) do not matter. Intervals of slots
 * are never walked one by one: cost is that of the areas, whatever the amount of memory.
 *
 * The command line is read as that placer reads it: nokaslr, mem=, memmap=, hugepages=,
 * efi_fake_mem=, efi=nosoftreserve.
 *
 * LB_INVALID: align is no power of two or image_size is 0. LB_OUT_OF_RANGE: the ranges overlap so
 * often that the slots are more than 64 bits count. LB_NOT_FOUND (the stubs only): no place at
 * all, such a boot aborts; or, arm64 and riscv64 without a draw, what decides is not known.
 */
#define LB_KASLR_AREAS_MAX 100
enum lb_status LB_MUST_CHECK lb_kaslr_decompressor_slots(
	const struct lb_kaslr_decompressor *request, struct lb_slots *slots,
	enum lb_kaslr_result *ret, lb_phys_addr *ret_place);
enum lb_status LB_MUST_CHECK lb_kaslr_stub_slots(const struct lb_kaslr_stub *request,
	struct lb_slots *slots, enum lb_kaslr_result *ret, lb_phys_addr *ret_place);

/* Appends an area; count 0 is no area and no change. LB_NO_STORAGE, LB_OUT_OF_RANGE as above. */
enum lb_status LB_MUST_CHECK lb_slots_add(struct lb_slots *slots, struct lb_slot_area area);

/* The place with the given rank, in the order of the draw. rank must be below total. */
lb_phys_addr lb_slots_at(const struct lb_slots *slots, uint64_t rank);

/* True if the place is one of the slots; *ret_rank (may be NULL) is its first rank then. */
bool lb_slots_rank(const struct lb_slots *slots, lb_phys_addr place, uint64_t *ret_rank);

/* How many slots lie in [range.start, range.end). Slots whose image of length bytes touches a
 * window are those in [window.start - length + 1, window.end). */
uint64_t lb_slots_in(const struct lb_slots *slots, struct lb_range range);

/* How many slots put an image of length bytes onto at least one byte of window. */
uint64_t lb_slots_touching(const struct lb_slots *slots, struct lb_range window, uint64_t length);

/*
 * What a snapshot shows of how the kernel was started. Zero what is not known.
 */
struct lb_kaslr_start {
	enum lb_arch arch;
	uint32_t version;
	bool efi;                  /* booted through EFI */
	bool xen_pv;               /* the hypervisor's loader placed the ELF image */
	bool rng_table;            /* arm64, riscv64: "RNG=0x.." among the EFI tables */
	bool boot_params;          /* x86: the fields below were read from the page itself */
	bool efi_signature;        /* "EL64" or "EL32" at 0x1c0 */
	unsigned int type_of_loader;
	uint32_t code32_start;
	uint32_t kernel_alignment;
	uint32_t init_size;
};

enum lb_placer {
	LB_PLACER_LOADER,  /* nobody moves it: it stays where the loader put it */
	LB_PLACER_E820,    /* A over the e820 map */
	LB_PLACER_EFI_MAP, /* A over the final EFI map */
	LB_PLACER_STUB,    /* B, or the stub of arm64 and riscv64 */
};

struct lb_kaslr_path {
	enum lb_placer placer;
	bool sure;           /* false: the other x86 placer cannot be ruled out */
	bool handover;       /* B, but the loader placed the initrd before the draw */
	bool random;         /* arm64, riscv64: the firmware has random numbers */
	/* A: `out`, for struct lb_kaslr_decompressor. 0: near the top of memory, not shown here;
	 * lb_kaslr_read_final_map tells (loaded). The slots are the same without it. */
	lb_phys_addr output;
};

/*
 * Which placer ran, from the traces that loaders leave (docs/kaslr.md has the table): the EFI
 * signature, the loader's type (0x21: the kernel's own EFI entry, 0x72: GRUB, 0xd0: kexec),
 * code32_start, and the version: the x86 stub places the kernel since 6.6 and 6.1.81.
 */
struct lb_kaslr_path lb_kaslr_which_placer(const struct lb_kaslr_start *start);

/* One descriptor of the firmware's memory map; type and attributes as the UEFI specification
 * (2.10, section 7.2) numbers them. */
struct lb_kaslr_efi_range {
	struct lb_range range;
	uint32_t type;
	uint64_t attributes;
};

/* A firmware map as a kernel reports it: the map when boot services ended. */
struct lb_kaslr_final_map {
	const struct lb_kaslr_efi_range *descriptors;
	size_t count;
	/* What was allocated after the draw of that boot, and was free memory before. Empty where
	 * there is none: for placer A, that reads the final map itself, all of them. */
	struct lb_range image;   /* lb_kaslr_image_in_map, or [base, base + image_size) */
	struct lb_range ramdisk; /* not if the loader placed it (handover) */
	bool fdt;                /* arm64, riscv64: the device tree lies beside the initrd */
};

/*
 * The map at the moment of the draw: loader memory in image and ramdisk turned back to free
 * memory, neighbours merged; in the firmware's order. *ret_count entries of memory are filled.
 * LB_NO_STORAGE: capacity is too small; count + 2 * 2 always suffices.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_map_at_draw(const struct lb_kaslr_final_map *map,
	struct lb_kaslr_memory *memory, size_t capacity, size_t *ret_count);

/*
 * The superset of it, when no map is shown: every RAM range as free memory, except what lies in
 * one of the hidden ranges (known not to be free then: the firmware's, the loader's, or, where
 * the recorded boot took the lowest slot, all that lies below the kernel). LB_NO_STORAGE:
 * capacity is too small; ram_count + hidden_count always suffices.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_map_superset(const struct lb_range *ram, size_t ram_count,
	const struct lb_range *hidden, size_t hidden_count, struct lb_kaslr_memory *memory,
	size_t capacity, size_t *ret_count);

/* The names of /proc/iomem that tell where the kernel is; empty where not shown. */
struct lb_kaslr_iomem {
	struct lb_range code; /* "Kernel code" */
	struct lb_range data; /* "Kernel data" */
	struct lb_range bss;  /* "Kernel bss", x86 and riscv64 */
	/* arm64 only, for the first 64 KiB; 0 and false: not known. */
	uint32_t version;
	bool random;          /* that boot drew: the image need not lie on a 2 MiB boundary */
};

/*
 * The block that stays reserved around the kernel: x86 `_text` to `__bss_stop` (used brk, tens
 * to hundreds of KiB, follows and is not shown), arm64 `_text` to `_end`, riscv64 `_start` to
 * `_end`. On arm64 some versions hide the first 64 KiB: image_size (of the Image header, or 0)
 * settles it, else the version (hidden in 6.1, shown in 5.10 and from 6.19 on; a stable matter in
 * between: 6.12.107 shows them), else the 2 MiB grid. LB_NOT_FOUND: the needed names are not
 * there. *ret_sure (may be NULL): false if the first 64 KiB are a guess.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_kept_block(enum lb_arch arch,
	const struct lb_kaslr_iomem *iomem, uint64_t image_size, struct lb_range *ret,
	bool *ret_sure);

/*
 * The range that the stub allocated for the kernel whose kept block is given, read off the final
 * map: the loader descriptor that begins where the kernel does (arm64: within 64 KiB, so it also
 * corrects an unsure kept block). LB_NOT_FOUND: there is none, as when placer A drew or the image
 * runs where the firmware loaded it, or it is merged with a neighbour.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_image_in_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range kept,
	struct lb_range *ret);

/*
 * Where the firmware put the kernel's PE image, read off the final map: the loader code
 * descriptor, other than placed (lb_kaslr_image_in_map; empty: none), that holds least bytes
 * (x86: init_size; else image_size) most tightly. *ret_base is what a boot without a draw starts
 * from: `out` of placer A on x86 (the next 2 MiB), the image itself on arm64 and riscv64 (the
 * next 64 KiB, or 4 KiB). LB_NOT_FOUND: none.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_loaded_in_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range placed,
	uint64_t least, lb_phys_addr *ret_base);

/*
 * End of the first memory bank of EDK2 firmware: it keeps its own data at the top of it, so free
 * memory above the highest of its boot and runtime descriptors is of other banks, where it takes
 * nothing from unless the first is full. 0: cannot be told.
 */
lb_phys_addr lb_kaslr_first_bank_end(const struct lb_kaslr_efi_range *descriptors, size_t count);

/* All of these at once. */
struct lb_kaslr_map_facts {
	struct lb_range image;   /* to be turned back; empty: nothing was allocated for it */
	uint64_t image_size;     /* what had to fit; 0: the map does not tell */
	struct lb_range kept;    /* the kept block, with the first 64 KiB set right */
	lb_phys_addr loaded;     /* 0: not told */
	lb_phys_addr bank_end;   /* 0: not told */
};

/* kept: of the boot the map is from. init_size: x86, of the header, 0 where it is not shown. */
struct lb_kaslr_map_facts lb_kaslr_read_final_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range kept,
	uint64_t init_size);

/*
 * The initrd that the stub loaded, where no source but its size is shown ("Freeing initrd memory:
 * 964K" in the log, in bytes here): the only loader data descriptor that holds it with at most a
 * device tree beside it. LB_NOT_FOUND: none, or more than one.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_ramdisk_in_map(const struct lb_kaslr_efi_range *descriptors,
	size_t count, uint64_t size, struct lb_range *ret);

/*
 * True if a boot with the command line `next`, which draws nothing, puts the kernel where the
 * recorded boot with the command line `booted`, which drew nothing either, had it. False where
 * both are fixed and differ: arm64 with and without nokaslr before 6.6.
 */
bool lb_kaslr_same_fixed_place(enum lb_arch arch, uint32_t version, enum lb_placer placer,
	const char *booted, const char *next);

/* What image_size can be when only the kept block is known: the relocations that fill the rest
 * were a fifth to two fifths of it in every kernel looked at (5.10 to 7.2, docs/kaslr.md). */
struct lb_kaslr_size_guess {
	uint64_t least;
	uint64_t likely;
	uint64_t most;
};

/* x86. All multiples of align (a power of two); all 0 when kept is 0 or makes no sense. */
struct lb_kaslr_size_guess lb_kaslr_guess_image_size(
	uint32_t version, uint64_t kept, uint64_t align);

/* zo, the run size of the compressed image, from the header; a little too large rather than
 * too small. 0: cannot be told. */
uint64_t lb_kaslr_compressed_size(uint32_t payload_offset, uint32_t payload_length);

/*
 * image_size of placer A from the header alone, where no kernel file is at hand: the unpacked
 * payload that the header's init_size was computed from (arch/x86/boot/header.S, 5.10 to 7.2),
 * with the middle of the observed tails of the compressed image. Right for 15 of 15 Debian
 * kernels (docs/kaslr.md). 0: cannot be told.
 */
uint64_t lb_kaslr_image_size(uint32_t init_size, uint32_t payload_offset);

#endif
