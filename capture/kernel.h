/* SPDX-License-Identifier: MIT */
/*
 * kernel: what the capture kernel's image file says about the memory it takes: while it starts, and
 * once it runs. The file is untrusted; what is packed in it is unpacked up to a bound.
 */
#ifndef LIFEBOAT_CAPTURE_KERNEL_H
#define LIFEBOAT_CAPTURE_KERNEL_H

#include "capture/unpack.h"

#define LB_CAPTURE_KERNEL_UNPACKED_MAX LB_GIB
#define LB_CAPTURE_KERNEL_LOAD_MAX (2 * LB_GIB) /* load_bytes; more is refused */

/* All sizes in bytes. */
struct lb_capture_kernel {
	enum lb_kernel_image kind; /* of the file */
	enum lb_arch arch;
	char release[128];       /* "6.1.0-50-amd64"; "" where the image does not tell */
	uint64_t file_bytes;
	uint64_t load_bytes;     /* free in one piece when it starts; > 0 */
	uint64_t load_align;     /* of that piece; a power of two */
	uint64_t resident_bytes; /* of it, what the kernel keeps: code, data, bss; > 0 */
	bool resident_known;     /* false: load_bytes stands for it */
	uint32_t page_size;      /* 4096, 16384, 65536; 0: not told */
	const char *load_source; /* which field says so; static */
	const char *resident_source;
};

/*
 * Reads a whole file: a bzImage, an arm64 Image, an EFI zboot image of one, or an ELF executable.
 * LB_INVALID, LB_TRUNCATED, LB_UNSUPPORTED, LB_NO_STORAGE; error says what was expected where.
 */
enum lb_status LB_MUST_CHECK lb_capture_kernel_read(const uint8_t *file, size_t size,
	struct lb_capture_kernel *ret, struct lb_capture_error *error);

#endif
