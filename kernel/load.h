/* SPDX-License-Identifier: MIT */
/*
 * load: puts a capture kernel into the crash region, keeps its digest, prepares the way there.
 *
 * The capture image comes as the module: an x86 bzImage or arm64 Image, our own or a Linux, alone
 * or followed by an initrd (option capture-kernel-size says where the image ends).
 */
#ifndef LIFEBOAT_KERNEL_LOAD_H
#define LIFEBOAT_KERNEL_LOAD_H

#include "lifeboat/base.h"
#include "lifeboat/placement.h"
#include "lifeboat/sha256.h"

struct load_image {
	const uint8_t *file;   /* the module */
	uint64_t file_bytes;
	const uint8_t *kernel; /* what is copied */
	uint64_t kernel_bytes;
	uint64_t room;         /* bytes it needs from its load address on */
	uint64_t align;
	uint64_t offset;       /* of its first byte from a multiple of align */
	uint64_t entry_offset;
	const uint8_t *initrd; /* NULL: none */
	uint64_t initrd_bytes;
	uint64_t header_offset, header_bytes; /* x86: what goes to boot_params */
};

enum load_segment {
	LOAD_CORE_HEADER,
	LOAD_TABLES,
	LOAD_PURGATORY,
	LOAD_HANDOVER,
	LOAD_BOOT_DATA,
	LOAD_KERNEL,
	LOAD_INITRD,
	LOAD_SEGMENTS,
};

struct load_state {
	struct load_image image;
	struct lb_range region; /* the crash memory in which all of it lies */
	struct lb_range low;    /* more of it, in which nothing is loaded; empty: none */
	struct lb_segment segments[LOAD_SEGMENTS];
	size_t segment_count;
	char cmdline[2048];
	uint64_t digest_us;
	uint8_t digest[LB_SHA256_BYTES];
};
extern struct load_state load;

/* Reads the module. False, after an error line, if it is no kernel for this machine. */
bool load_open(void);

/* Bytes of each segment, by enum load_segment; 0: the segment is not needed. */
uint64_t load_segment_bytes(enum load_segment which);

/* Places, copies, digests, and arms crash_exit; also a second time. Panics if it does not fit. */
void load_into(struct lb_range region);

struct lb_range load_segment_place(enum load_segment which);

/* What the architecture needs to write for the capture kernel: zero page or device tree. */
struct load_boot_data {
	const struct load_image *image;
	struct lb_range region;
	struct lb_range core_header;
	struct lb_range initrd;
	const char *cmdline;
};
bool arch_load_open(struct load_image *image);
uint64_t arch_boot_data_bytes(void);
/* Writes at `at`, which is physical address phys and `bytes` long. */
void arch_boot_data_write(
	void *at, lb_phys_addr phys, uint64_t bytes, const struct load_boot_data *data);
/* Makes the range visible to code that runs without caches. */
void arch_clean(struct lb_range range);

/* purgatory.bin, linked in. */
extern const uint8_t purgatory_start[], purgatory_end[];
struct lb_purgatory;
/* Protocol, console and way to reset. */
void arch_purgatory_fill(struct lb_purgatory *purgatory);
/* Device registers that purgatory uses; empty: none. */
struct lb_range arch_purgatory_device(void);

#endif
