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
 *	format      begins with               lies where            entered at
 *	bzImage     0xaa55 at 0x1fe, "HdrS"   multiple of alignment +0x200, 64-bit mode
 *	Image       "ARM\x64" at 56           2 MiB + text_offset   its first byte
 *	zboot       "MZ", "zimg" at 4         holds one of the others, packed
 *	ELF         "\x7f" "ELF"              as its segments say   e_entry, or its PVH note
 *
 * Every failure is one status, one offset into the file, and what was expected there:
 *	LB_TRUNCATED    the file ends before what the header promises
 *	LB_INVALID      a field makes no sense, or the file is of another kind
 *	LB_UNSUPPORTED  understood, and of a kind that is not handled
 * A structure that could not be opened is of no use, whatever stands in it by then.
 *
 *	struct lb_image_error error;
 *	enum lb_kernel_image kind;
 *
 *	if (!lb_kernel_image_identify(file, size, &kind, &error) &&
 *		kind == LB_KERNEL_IMAGE_BZIMAGE && !lb_bzimage_open(&image, file, size, &error)) {
 *		... image.init_size bytes at a multiple of image.alignment ...
 *	} else {
 *		... error.expected at error.offset ...
 *	}
 */
#ifndef LIFEBOAT_KERNEL_IMAGE_H
#define LIFEBOAT_KERNEL_IMAGE_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

/* Why a file was refused. Written on failure only; a NULL for it asks for the status alone. */
struct lb_image_error {
	enum lb_status status; /* what the call returned */
	uint64_t offset;      /* into the file */
	const char *expected; /* an English phrase without a full stop; static */
};

/* A part of the file, inside it for certain: offset + size is at most the file's size. */
struct lb_file_part {
	uint64_t offset; /* from the file's first byte */
	uint64_t size;   /* bytes */
};

/* How a payload is packed; what a kernel build can choose (init/Kconfig, 6.12), and none. */
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

/* "none", "gzip", "xz", ...; "unknown", also for another number. Static, never NULL. */
const char *lb_compression_name(enum lb_compression compression);

/*
 * By its first bytes, as the kernel itself tells them apart (lib/decompress.c, 6.12): two to six of
 * them, so a match is a guess until it is unpacked. UNKNOWN for fewer bytes than that.
 */
enum lb_compression lb_compression_of(const void *data, size_t size);

/* The formats of boot images, by what they are called. */
enum lb_kernel_image {
	LB_KERNEL_IMAGE_BZIMAGE,
	LB_KERNEL_IMAGE_ARM64,
	LB_KERNEL_IMAGE_ZBOOT,
	LB_KERNEL_IMAGE_ELF,
};

/* "bzImage", "arm64 Image", "EFI zboot image", "ELF". Static, never NULL. */
const char *lb_kernel_image_name(enum lb_kernel_image kind);

/*
 * Which of them the file is, by its magic numbers; opening it may still fail. LB_UNSUPPORTED for
 * kinds that are recognised and not handled (a compressed file, another EFI program, a bare boot
 * sector), LB_INVALID for the rest. error may be NULL.
 */
enum lb_status LB_MUST_CHECK lb_kernel_image_identify(const void *file, size_t size,
	enum lb_kernel_image *ret, struct lb_image_error *error);

/*
 * The setup header of a bzImage; names and offsets in comments are boot.rst's. Checked: the parts
 * lie in the file, alignment is a power of two, init_size holds the kernel, pref_address +
 * init_size does not pass 2^64.
 */
struct lb_bzimage {
	const uint8_t *file;        /* the caller's */
	unsigned int protocol;      /* 0x206: 0x20f is 2.15 */
	/* "6.1.0-50-amd64 (...) #1 SMP ...", not terminated at its length; NULL: not told */
	const char *version;
	size_t version_length;      /* bytes; at most what is left of the real-mode part */
	struct lb_file_part header; /* to be copied to boot_params at 0x1f1 */
	struct lb_file_part kernel; /* what is loaded: the protected-mode part */
	struct lb_file_part payload;/* packed kernel; size 0: not told */
	enum lb_compression compression; /* of the payload, by its first bytes */
	/* Bytes of the payload once unpacked: the size that placer A and B make room for
	 * (policy/linux/kaslr.h, image_size, after rounding up). 0: not told. */
	uint64_t unpacked_size;
	uint64_t init_size;         /* 0x260: bytes that must be free from the load address on */
	lb_phys_addr pref_address;  /* 0x258: where it would like to be */
	uint64_t alignment;         /* of the load address; a power of two */
	/*
	 * 0x234. A relocatable kernel that is loaded at another multiple of alignment runs there,
	 * but may still move itself (kaslr) unless the command line says nokaslr.
	 */
	bool relocatable;           /* false: pref_address is the only load address */
	uint32_t cmdline_max;       /* bytes, without the NUL */
	/* 0x22c. Old kernels say 0x37ffffff; above_4g lifts it. */
	lb_phys_addr initrd_last;   /* highest address of the initrd's last byte; see above_4g */
	bool entry_64;              /* may be entered in long mode at 0x200 */
	bool above_4g;              /* kernel, initrd and command line may lie above 4 GiB */
	bool efi_handover_64;       /* 0x236 bit 3: has the 64-bit EFI handover entry */
	bool efi_kexec;             /* 0x236 bit 4: keeps EFI run-time services over kexec */
	bool five_level;            /* may be entered with five-level paging on */
};

/*
 * Offset of the 64-bit entry from the load address (boot.rst, "64-bit boot protocol"): to be jumped
 * to with paging on, kernel, boot_params and command line mapped one to one, interrupts off, and
 * the address of boot_params in RSI.
 */
#define LB_BZIMAGE_ENTRY_64 0x200

/*
 * Opens a bzImage of protocol 2.12 or later.
 *   LB_TRUNCATED    the file ends before the header or the protected-mode part does
 *   LB_INVALID      no boot flag or no "HdrS"; a size, alignment or address that makes no sense
 *   LB_UNSUPPORTED  an older protocol, or a zImage, which is loaded below 1 MiB
 */
enum lb_status LB_MUST_CHECK lb_bzimage_open(struct lb_bzimage *image, const void *file,
	size_t size, struct lb_image_error *error);

/*
 * The 64-byte header of an arm64 Image (booting.rst, "Call the kernel image"). Checked: the file
 * fits into image_size, that is at most 1 TiB, and text_offset is whole pages below 2 MiB.
 */
struct lb_arm64_image {
	const uint8_t *file;    /* the caller's */
	uint64_t file_size;     /* bytes to copy; at most image_size */
	/* From a 2 MiB boundary to the first byte: 0 since Linux 5.8, 0x80000 before. */
	uint64_t text_offset;
	/* Bytes that must be free from the first byte on, BSS included; the file may be shorter. */
	uint64_t image_size;
	bool big_endian;        /* the kernel's data; the header is always little-endian */
	uint32_t page_size;     /* 4096, 16384, 65536; 0: not told */
	bool anywhere;          /* any 2 MiB boundary; false: near the start of RAM */
	bool efi;               /* has an EFI entry */
};

/*
 * Opens an arm64 Image, unpacked.
 *   LB_TRUNCATED    fewer than 64 bytes
 *   LB_INVALID      no magic number; a size or offset that makes no sense
 *   LB_UNSUPPORTED  an Image from before 3.17, which does not tell its size
 */
enum lb_status LB_MUST_CHECK lb_arm64_image_open(struct lb_arm64_image *image, const void *file,
	size_t size, struct lb_image_error *error);

/* An EFI program that unpacks the kernel in it; firmware starts it, kexec takes the payload. */
struct lb_zboot {
	const uint8_t *file;         /* the caller's */
	enum lb_arch arch;           /* of the EFI program around it; LB_ARCH_UNKNOWN: another */
	struct lb_file_part payload; /* the packed Image */
	enum lb_compression compression;
	const char *compression_text;/* as the header names it, "gzip", "zstd22"; terminated */
	uint64_t unpacked_size;      /* what the trailer of the payload says; to be checked */
};

/*
 * Opens a zboot image. The payload is not unpacked: an lb_arm64_image, or another, is in it.
 *   LB_TRUNCATED    the file ends before the header or the payload does
 *   LB_INVALID      a magic number is missing; a name without an end; no payload
 */
enum lb_status LB_MUST_CHECK lb_zboot_open(struct lb_zboot *image, const void *file, size_t size,
	struct lb_image_error *error);

/* PT_LOADs that are taken; a kernel has a handful. */
#define LB_ELF_KERNEL_SEGMENTS_MAX 32

/* One PT_LOAD. */
struct lb_elf_segment {
	struct lb_file_part part;    /* may be empty */
	struct lb_range memory;      /* physical; at least part.size bytes, the rest is zeroed */
	uint64_t virtual_address;    /* p_vaddr */
	bool writable, executable;   /* p_flags */
};

/*
 * An executable, such as vmlinux; addresses are checked against each other, not against a machine.
 */
struct lb_elf_kernel {
	const uint8_t *file;         /* the caller's */
	enum lb_arch arch;           /* e_machine */
	/*
	 * As in the header: virtual or physical, by linker script. arm64's vmlinux has the virtual
	 * one, x86-64's the physical one of a segment whose addresses are virtual.
	 */
	uint64_t entry;
	/* entry as a physical address, through the segment that holds it */
	lb_phys_addr entry_physical;
	struct lb_range span;        /* of all segments */
	size_t segment_count;        /* > 0; ascending or not, but never overlapping */
	struct lb_elf_segment segments[LB_ELF_KERNEL_SEGMENTS_MAX];
	bool pvh;                    /* has the PVH entry note (Xen, type 18) */
	lb_phys_addr pvh_entry;      /* 32-bit protected mode, if pvh */
};

/*
 * Little-endian 64-bit executables for x86-64, arm64 and riscv64. The structure is large: not for
 * small stacks.
 *   LB_TRUNCATED    a header or a segment passes the end of the file
 *   LB_INVALID      no ELF file; segments that overlap or wrap; an entry outside all of them
 *   LB_UNSUPPORTED  objects, core files, modules; another machine, class or byte order; more than
 *                   128 program headers or LB_ELF_KERNEL_SEGMENTS_MAX segments
 */
enum lb_status LB_MUST_CHECK lb_elf_kernel_open(struct lb_elf_kernel *image, const void *file,
	size_t size, struct lb_image_error *error);

#endif
