/* SPDX-License-Identifier: MIT */
/*
 * kernel_image: what a kernel's boot image says about itself: how much room it needs, where, how
 * it is entered, what is packed in it.
 *
 * Four formats: the x86 bzImage (Documentation/arch/x86/boot.rst, protocol 2.12 and later, Linux
 * 3.8), the arm64 Image (Documentation/arch/arm64/booting.rst), the EFI zboot image (Linux 6.1,
 * drivers/firmware/efi/libstub/zboot-header.S), and an ELF64 executable. The file is untrusted:
 * nothing outside [file, file + size) is touched, every field that is handed out is checked
 * against the file, and nothing is copied or allocated. What is opened points into the file,
 * which stays the caller's.
 *
 * Every failure is one status, one offset into the file, and what was expected there:
 *	LB_TRUNCATED    the file ends before what the header promises
 *	LB_INVALID      a field makes no sense, or the file is of another kind
 *	LB_UNSUPPORTED  understood, and of a kind that is not handled
 */
#ifndef LIFEBOAT_KERNEL_IMAGE_H
#define LIFEBOAT_KERNEL_IMAGE_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

struct lb_image_error {
	enum lb_status status;
	uint64_t offset;      /* into the file */
	const char *expected; /* an English phrase without a full stop; static */
};

/* A part of the file, inside it for certain. */
struct lb_file_part {
	uint64_t offset;
	uint64_t size;
};

enum lb_compression {
	LB_COMPRESSION_UNKNOWN,
	LB_COMPRESSION_NONE, /* the payload is an ELF file */
	LB_COMPRESSION_GZIP,
	LB_COMPRESSION_BZIP2,
	LB_COMPRESSION_LZMA,
	LB_COMPRESSION_XZ,
	LB_COMPRESSION_LZO,
	LB_COMPRESSION_LZ4,
	LB_COMPRESSION_ZSTD,
};

/* "gzip", "xz", ...; "unknown". Never NULL. */
const char *lb_compression_name(enum lb_compression compression);

/* By its first bytes. */
enum lb_compression lb_compression_of(const void *data, size_t size);

enum lb_kernel_image {
	LB_KERNEL_IMAGE_BZIMAGE,
	LB_KERNEL_IMAGE_ARM64,
	LB_KERNEL_IMAGE_ZBOOT,
	LB_KERNEL_IMAGE_ELF,
};

/* "bzImage", "arm64 Image", "EFI zboot image", "ELF". Never NULL. */
const char *lb_kernel_image_name(enum lb_kernel_image kind);

/*
 * Which of them the file is, by its magic numbers; opening it may still fail. LB_UNSUPPORTED for
 * kinds that are recognised and not handled (a compressed file, another EFI program, a bare boot
 * sector), LB_INVALID for the rest. error may be NULL.
 */
enum lb_status LB_MUST_CHECK lb_kernel_image_identify(const void *file, size_t size,
	enum lb_kernel_image *ret, struct lb_image_error *error);

struct lb_bzimage {
	const uint8_t *file;
	unsigned int protocol;      /* 0x20f: 2.15 */
	/* "6.1.0-50-amd64 (...) #1 SMP ...", not terminated at its length; NULL: not told */
	const char *version;
	size_t version_length;
	struct lb_file_part header; /* to be copied to boot_params at 0x1f1 */
	struct lb_file_part kernel; /* what is loaded: the protected-mode part */
	struct lb_file_part payload;/* packed kernel; size 0: not told */
	enum lb_compression compression;
	/* Bytes of the payload once unpacked: the size that placer A and B make room for
	 * (policy/linux/kaslr.h, image_size, after rounding up). 0: not told. */
	uint64_t unpacked_size;
	uint64_t init_size;         /* bytes that must be free from the load address on */
	lb_phys_addr pref_address;
	uint64_t alignment;         /* of the load address; a power of two */
	bool relocatable;           /* false: pref_address is the only load address */
	uint32_t cmdline_max;       /* bytes, without the NUL */
	lb_phys_addr initrd_last;   /* highest address of the initrd's last byte; see above_4g */
	bool entry_64;              /* may be entered in long mode at 0x200 */
	bool above_4g;              /* kernel, initrd and command line may lie above 4 GiB */
	bool efi_handover_64;
	bool efi_kexec;
	bool five_level;            /* may be entered with five-level paging on */
};

/* Offset of the 64-bit entry from the load address (boot.rst, "64-bit boot protocol"). */
#define LB_BZIMAGE_ENTRY_64 0x200

enum lb_status LB_MUST_CHECK lb_bzimage_open(struct lb_bzimage *image, const void *file,
	size_t size, struct lb_image_error *error);

struct lb_arm64_image {
	const uint8_t *file;
	uint64_t file_size;     /* bytes to copy; at most image_size */
	uint64_t text_offset;   /* from a 2 MiB boundary to the first byte */
	uint64_t image_size;    /* bytes that must be free from the first byte on, BSS included */
	bool big_endian;
	uint32_t page_size;     /* 4096, 16384, 65536; 0: not told */
	bool anywhere;          /* any 2 MiB boundary; false: near the start of RAM */
	bool efi;               /* has an EFI entry */
};

/* LB_UNSUPPORTED: an Image from before 3.17, which does not tell its size. */
enum lb_status LB_MUST_CHECK lb_arm64_image_open(struct lb_arm64_image *image, const void *file,
	size_t size, struct lb_image_error *error);

struct lb_zboot {
	const uint8_t *file;
	enum lb_arch arch;           /* of the EFI program around it; LB_ARCH_UNKNOWN: another */
	struct lb_file_part payload; /* the packed Image */
	enum lb_compression compression;
	const char *compression_text;/* as the header names it, "gzip", "zstd22"; terminated */
	uint64_t unpacked_size;      /* what the trailer of the payload says; to be checked */
};

enum lb_status LB_MUST_CHECK lb_zboot_open(struct lb_zboot *image, const void *file, size_t size,
	struct lb_image_error *error);

#define LB_ELF_KERNEL_SEGMENTS_MAX 32

struct lb_elf_segment {
	struct lb_file_part part;    /* may be empty */
	struct lb_range memory;      /* physical; at least part.size bytes, the rest is zeroed */
	uint64_t virtual_address;
	bool writable, executable;
};

struct lb_elf_kernel {
	const uint8_t *file;
	enum lb_arch arch;
	uint64_t entry;              /* as in the header: virtual, or physical, by linker script */
	/* entry as a physical address, through the segment that holds it */
	lb_phys_addr entry_physical;
	struct lb_range span;        /* of all segments */
	size_t segment_count;        /* > 0; ascending or not, but never overlapping */
	struct lb_elf_segment segments[LB_ELF_KERNEL_SEGMENTS_MAX];
	bool pvh;                    /* has the PVH entry note (Xen, type 18) */
	lb_phys_addr pvh_entry;
};

/* Little-endian 64-bit executables for x86-64, arm64 and riscv64. Other ELF files (objects, core
 * files, modules) are LB_UNSUPPORTED. The structure is large: not for small stacks. */
enum lb_status LB_MUST_CHECK lb_elf_kernel_open(struct lb_elf_kernel *image, const void *file,
	size_t size, struct lb_image_error *error);

#endif
