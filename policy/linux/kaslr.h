/* SPDX-License-Identifier: MIT */
/*
 * kaslr: every place where a randomising boot can put the kernel image, each equally likely.
 *
 * The placers of Linux: A, the x86-64 decompressor (arch/x86/boot/compressed/kaslr.c); B, the EFI
 * stub on x86-64 (drivers/firmware/efi/libstub/x86-stub.c, randomalloc.c); and the EFI stub on
 * arm64 and riscv64 (arm64-stub.c, kaslr.c); versions 5.10 to 7.3. Freestanding: the caller brings
 * the arrays, and keeps them; nothing here keeps a pointer after a call.
 *
 * The order of use: lb_kaslr_which_placer() says who draws, lb_kaslr_map_at_draw() or
 * lb_kaslr_map_superset() what there was to draw from, lb_kaslr_decompressor_slots() or
 * lb_kaslr_stub_slots() the places, and lb_slots_*() what they mean for a window of memory.
 *
 * Addresses are physical. Addresses, sizes and alignments are in bytes; ranges are half-open.
 */
#ifndef LIFEBOAT_POLICY_LINUX_KASLR_H
#define LIFEBOAT_POLICY_LINUX_KASLR_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

/* count places: first, first + stride, ... The last one's image fits too: first + (count - 1) *
 * stride does not pass 2^64. stride is the alignment of the draw, and above 0 where count is. */
struct lb_slot_area {
	lb_phys_addr first;
	uint64_t count;
	uint64_t stride;
};

/*
 * All places of a draw: areas[0, count), in the order in which the placer counts them, which is
 * that of its memory map and not always that of the addresses. The kernel takes the place of rank
 * `random mod total` (placer A, slots_fetch_random()) or `total * seed >> 32` (efi_random_alloc()),
 * so that all are equally likely. Areas can overlap where the ranges of the map do; a place in
 * both then counts twice, as it does for the placer.
 */
struct lb_slots {
	/* The caller's, for capacity areas. What is in them before a draw does not matter, and
	 * after one that failed is not defined. */
	struct lb_slot_area *areas;
	size_t capacity;
	/* How many are filled. */
	size_t count;
	/* Places in all of them together. */
	uint64_t total;
};

/*
 * One range of memory the placer may look at, in the firmware's order: an entry of e820 (only
 * usable can be set then) or a descriptor of the EFI map, usable or not: A looks for mirrored
 * memory among all of them.
 */
struct lb_kaslr_memory {
	struct lb_range range;
	/* e820 RAM, or EFI Conventional. */
	bool usable;
	/* EFI Unaccepted: of a confidential guest that has not taken it over yet. A draws from it
	 * too where the kernel can accept memory (memory_type_is_free(), 6.5). */
	bool unaccepted;
	/* EFI_MEMORY_MORE_RELIABLE, mirrored: where there is any, A draws from no other memory; the
	 * stub (5.19) where it has room for the image. */
	bool more_reliable;
	/* EFI_MEMORY_SP: set aside for a driver; counts only with efi=nosoftreserve. */
	bool soft_reserved;
	/* EFI_MEMORY_HOT_PLUGGABLE: not drawn from by the stub since 6.14 and in stable series. */
	bool hot_pluggable;
};

/*
 * What placer A draws from, and with. Its minimum is the lower of output and 512 MiB, rounded up
 * to align; it keeps clear of its work area, of avoid, and of the ranges of memmap=
 * (mem_avoid_init(), process_mem_region()).
 */
struct lb_kaslr_decompressor {
	/* LB_LINUX(). */
	uint32_t version;
	const struct lb_kaslr_memory *memory;
	size_t memory_count;
	/* memory is the EFI map, not e820 (process_efi_entries(), tried first). */
	bool efi_map;
	/* Of the SRAT (compressed/acpi.c): without the hot-pluggable ones, in table order; may be
	 * none. No image straddles two of them. */
	const struct lb_range *srat;
	size_t srat_count;
	/* initrd, command line, boot_params, setup_data: what the kernel still needs. */
	const struct lb_range *avoid;
	size_t avoid_count;
	/* `out`: where it would unpack in place. 0: not known, but in memory that is not usable,
	 * above 512 MiB, as the firmware loads a PE image; a place of 0 is then not known. */
	lb_phys_addr output;
	/* Bytes that must fit: the unpacked image with its relocations; > 0. */
	uint64_t image_size;
	/* Of the header, as payload_offset: both bound the work area. */
	uint64_t init_size;
	uint64_t payload_offset;
	/* zo: the run size of the compressed image (lb_kaslr_compressed_size); 0: not known. */
	uint64_t compressed_size;
	/* CONFIG_PHYSICAL_ALIGN, 2 MiB unless built otherwise; a power of two. */
	uint64_t align;
	/* MAXMEM: 2^46, or 2^52 with five levels of page tables. mem= lowers it. */
	lb_phys_addr limit;
	/* NUL-terminated; NULL: empty. */
	const char *cmdline;
	/* 1 GiB pages of hugepages= are kept free: where the CPU has them. */
	bool gbpages_honoured;
};

/*
 * What placer B, or the stub of arm64 and riscv64, draws from and with (efi_random_alloc() of
 * randomalloc.c; efi_kaslr_relocate_kernel() of kaslr.c, before 6.6 of arm64-stub.c).
 */
struct lb_kaslr_stub {
	enum lb_arch arch;
	/* LB_LINUX(), with the patch level: the floor, the memory options and hot-pluggable memory
	 * came into stable series at different ones. */
	uint32_t version;
	const struct lb_kaslr_memory *memory;
	size_t memory_count;
	/* Bytes, before rounding to the stub's unit (policy/linux/kaslr_row.h); > 0. */
	uint64_t image_size;
	/* Of a drawn place, a power of two: x86 2 MiB; arm64 64 KiB, 128 KiB with pages of 64. */
	uint64_t align;
	/* NUL-terminated; NULL: empty. */
	const char *cmdline;
	/* False: the seed is 0 (nokaslr, old AMI firmware, no source of random numbers). */
	bool random;

	/* arm64 and riscv64 only, for a boot that is not a draw; 0 unless known. */

	/* Where the firmware put the PE image. */
	lb_phys_addr loaded;
	/* End of the firmware's first memory bank (lb_kaslr_first_bank_end); 0: no bound. */
	lb_phys_addr bank_end;
	/* vmlinuz.efi, whose unpacker asks for the highest slot, not for the fixed place. */
	bool zboot;
};

/* Whether a boot draws at all. A boot may be pinned although nothing on its command line asks for
 * it: no place holds the image, or the firmware has no random numbers. */
enum lb_kaslr_result {
	/* One of the slots, each with probability 1/total. */
	LB_KASLR_RANDOM,
	/* *ret_place, always. */
	LB_KASLR_PINNED,
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

/* Placer A remembers this many areas and no more (MAX_SLOT_AREA of compressed/kaslr.c); what it
 * finds later is never drawn. */
#define LB_KASLR_AREAS_MAX 100

enum lb_status LB_MUST_CHECK lb_kaslr_decompressor_slots(
	const struct lb_kaslr_decompressor *request, struct lb_slots *slots,
	enum lb_kaslr_result *ret, lb_phys_addr *ret_place);
enum lb_status LB_MUST_CHECK lb_kaslr_stub_slots(const struct lb_kaslr_stub *request,
	struct lb_slots *slots, enum lb_kaslr_result *ret, lb_phys_addr *ret_place);

/* Appends an area behind those that there are; count 0 is no area and no change. LB_NO_STORAGE,
 * LB_OUT_OF_RANGE as above, and slots is then as before. */
enum lb_status LB_MUST_CHECK lb_slots_add(struct lb_slots *slots, struct lb_slot_area area);

/* The place with the given rank, in the order of the draw. Asserts that rank is below total. */
lb_phys_addr lb_slots_at(const struct lb_slots *slots, uint64_t rank);

/*
 * True if the place is one of the slots; *ret_rank (may be NULL) is its first rank then, and
 * untouched otherwise. A boot that drew and whose place is no slot was drawn from another map than
 * the one that the slots are of: whoever asks can tell a stale map so.
 */
bool lb_slots_rank(const struct lb_slots *slots, lb_phys_addr place, uint64_t *ret_rank);

/* How many slots lie in [range.start, range.end), counted as the draw counts them. Cost is that of
 * the areas. Slots whose image of length bytes touches a
 * window are those in [window.start - length + 1, window.end). */
uint64_t lb_slots_in(const struct lb_slots *slots, struct lb_range range);

/* How many slots put an image of length bytes onto at least one byte of window; 0 where either is
 * empty. This over total is the probability that the kernel is in the way of a region there. */
uint64_t lb_slots_touching(const struct lb_slots *slots, struct lb_range window, uint64_t length);

/*
 * What a snapshot shows of how the kernel was started. Zero what is not known. The fields of
 * boot_params are at the offsets of Documentation/arch/x86/zero-page.rst and boot.rst, as
 * /sys/kernel/boot_params/data has them.
 */
struct lb_kaslr_start {
	enum lb_arch arch;
	/* LB_LINUX(). */
	uint32_t version;
	/* Booted through EFI: "efi: EFI v2.7 by ..." in the log, or /sys/firmware/efi. */
	bool efi;
	/* The hypervisor's loader placed the ELF image, and nobody moves it. */
	bool xen_pv;
	/* arm64, riscv64: "RNG=0x.." among the EFI tables, so there was a seed. */
	bool rng_table;
	/* x86: the fields below were read from the page itself. */
	bool boot_params;
	/* "EL64" or "EL32" at 0x1c0, which kexec leaves out. */
	bool efi_signature;
	/* At 0x210: who loaded it, in the high four bits. */
	unsigned int type_of_loader;
	/* At 0x214: where the 32-bit entry is, or was before a loader changed it. */
	uint32_t code32_start;
	/* At 0x230, bytes. */
	uint32_t kernel_alignment;
	/* At 0x260, bytes: image and work area. */
	uint32_t init_size;
};

/* Who decides where the kernel image lies. */
enum lb_placer {
	/* Nobody moves it: it stays where the loader put it. */
	LB_PLACER_LOADER,
	/* A over the e820 map. */
	LB_PLACER_E820,
	/* A over the final EFI map. */
	LB_PLACER_EFI_MAP,
	/* B, or the stub of arm64 and riscv64. */
	LB_PLACER_STUB,
};

/* How a boot comes to its place, as far as the traces tell. */
struct lb_kaslr_path {
	enum lb_placer placer;
	/* False: the other x86 placer cannot be ruled out, as with a release that does not show its
	 * patch level or a snapshot without boot_params. */
	bool sure;
	/* B, but the loader placed the initrd before the draw (GRUB's linuxefi). */
	bool handover;
	/* arm64, riscv64: the firmware has random numbers. */
	bool random;
	/* A: `out`, for struct lb_kaslr_decompressor. 0: near the top of memory, not shown here;
	 * lb_kaslr_read_final_map tells (loaded). The slots are the same without it. */
	lb_phys_addr output;
};

/*
 * Which placer ran, from the traces that loaders leave (docs/kaslr.md has the table): the EFI
 * signature, the loader's type (0x21: the kernel's own EFI entry, 0x72: GRUB, 0xd0: kexec),
 * code32_start, and the version: the x86 stub places the kernel since 6.6 and 6.1.81 (commit
 * a1b87d54f4e4, "Avoid legacy decompressor when doing EFI boot"). Cannot fail: what is not shown
 * takes `sure` away.
 */
struct lb_kaslr_path lb_kaslr_which_placer(const struct lb_kaslr_start *start);

/*
 * One descriptor of the firmware's memory map; type and attributes as the UEFI specification
 * (2.10, section 7.2) numbers them: 1 loader code, 2 loader data, 3 and 4 boot services, 7
 * conventional. range is in whole pages of 4 KiB, whatever the kernel's page size.
 */
struct lb_kaslr_efi_range {
	struct lb_range range;
	uint32_t type;
	uint64_t attributes;
};

/* A firmware map as a kernel reports it: the map when boot services ended. */
/* A firmware map as a kernel reports it: the map when boot services ended. */
struct lb_kaslr_final_map {
	/* In the firmware's order, which is that of the draw. */
	const struct lb_kaslr_efi_range *descriptors;
	size_t count;
	/* What was allocated after the draw of that boot, and was free memory before. Empty where
	 * there is none: for placer A, that reads the final map itself, all of them. */

	/* lb_kaslr_image_in_map(), or [base, base + image_size). */
	struct lb_range image;
	/* The initrd, but not if the loader placed it (handover). */
	struct lb_range ramdisk;
	/* arm64, riscv64: the device tree lies beside the initrd. */
	bool fdt;
};

/*
 * The map at the moment of the draw: loader memory in image and ramdisk turned back to free
 * memory, neighbours merged; in the firmware's order. *ret_count entries of memory are filled.
 * LB_NO_STORAGE: capacity is too small; count + 2 * 2 always suffices: each of the two ranges cuts
 * at most two descriptors. memory is the caller's and may not be the map's own array.
 */
enum lb_status LB_MUST_CHECK lb_kaslr_map_at_draw(const struct lb_kaslr_final_map *map,
	struct lb_kaslr_memory *memory, size_t capacity, size_t *ret_count);

/*
 * The superset of it, when no map is shown: every RAM range as free memory, except what lies in
 * one of the hidden ranges (known not to be free then: the firmware's, the loader's, or, where
 * the recorded boot took the lowest slot, all that lies below the kernel). LB_NO_STORAGE:
 * capacity is too small; ram_count + hidden_count always suffices. Every slot of the real map is a
 * slot of the superset, not the other way round: a share of boots that is read off it is too small
 * for the true places (docs/kaslr.md has by how much).
 */
enum lb_status LB_MUST_CHECK lb_kaslr_map_superset(const struct lb_range *ram, size_t ram_count,
	const struct lb_range *hidden, size_t hidden_count, struct lb_kaslr_memory *memory,
	size_t capacity, size_t *ret_count);

/* The names of /proc/iomem that tell where the kernel is; empty where not shown. */
/* The names of /proc/iomem that tell where the kernel is; empty where not shown. */
struct lb_kaslr_iomem {
	/* "Kernel code": from _text on, on arm64 without a head that some versions hide. */
	struct lb_range code;
	/* "Kernel data": on arm64 up to _end. */
	struct lb_range data;
	/* "Kernel bss": x86 and riscv64. */
	struct lb_range bss;
	/* arm64 only, for the first 64 KiB; 0 and false: not known. */

	/* LB_LINUX(). */
	uint32_t version;
	/* That boot drew: the image need not lie on a 2 MiB boundary. */
	bool random;
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
 * runs where the firmware loaded it, or it is merged with a neighbour. The map is of the boot that
 * kept is from; one of another boot gives LB_NOT_FOUND, or by chance a wrong range.
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

/* All that one map tells of the kernel's place. */
struct lb_kaslr_map_facts {
	/* To be turned back to free memory; empty: nothing was allocated for it. */
	struct lb_range image;
	/* What had to fit; 0: the map does not tell. */
	uint64_t image_size;
	/* The kept block, with the first 64 KiB set right. */
	struct lb_range kept;
	/* Where the firmware loaded the PE image; 0: not told. */
	lb_phys_addr loaded;
	/* End of the first memory bank; 0: not told. */
	lb_phys_addr bank_end;
};

/* The questions above, asked of one map. kept: of the boot the map is from. init_size: x86, of the
 * header, 0 where it is not shown. Cannot fail: what the map does not tell is 0 or empty. */
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

/* x86, from the size of the kept block, in bytes. All multiples of align (a power of two); all 0
 * when kept is 0 or makes no sense. What uses them is not exact, and says so. */
struct lb_kaslr_size_guess lb_kaslr_guess_image_size(
	uint32_t version, uint64_t kept, uint64_t align);

/* zo, the run size of the compressed image, from the header (payload_offset at 0x248 and
 * payload_length at 0x24c, Documentation/arch/x86/boot.rst); a little too large rather than too
 * small, since nothing may be drawn onto it. 0: cannot be told. */
uint64_t lb_kaslr_compressed_size(uint32_t payload_offset, uint32_t payload_length);

/*
 * image_size of placer A from the header alone, where no kernel file is at hand: the unpacked
 * payload that the header's init_size was computed from (arch/x86/boot/header.S, 5.10 to 7.2),
 * with the middle of the observed tails of the compressed image. Right for 15 of 15 Debian
 * kernels (docs/kaslr.md). 0: cannot be told.
 */
uint64_t lb_kaslr_image_size(uint32_t init_size, uint32_t payload_offset);

#endif
