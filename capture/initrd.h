/* SPDX-License-Identifier: MIT */
/*
 * initrd: what an initrd takes once Linux has unpacked it, and what is in it. A file may hold
 * several archives, packed or not, one after the other with zeros between (early microcode in
 * front is one). It is untrusted: what is unpacked and the number of entries are bounded, and
 * nothing of it is kept.
 */
#ifndef LIFEBOAT_CAPTURE_INITRD_H
#define LIFEBOAT_CAPTURE_INITRD_H

#include "capture/cpio.h"

#define LB_INITRD_UNPACKED_MAX (4 * LB_GIB)
#define LB_INITRD_ENTRIES_MAX 1000000

/* All in bytes, unless said otherwise. */
struct lb_initrd {
	uint64_t packed;        /* of the file */
	uint64_t plain;         /* of the file: in archives that are not packed */
	uint64_t unpacked;      /* of all archives, headers included */
	uint64_t unpacking;     /* that Linux takes besides while it unpacks: the largest window */
	uint64_t archives;      /* how many, > 0 */
	uint64_t entries;       /* how many */
	uint64_t data;          /* of files */
	uint64_t data_in_pages; /* the same, each file in whole pages, as tmpfs keeps it */
	uint64_t modules;       /* how many kernel modules */
	uint64_t module_data;   /* of them, as they are stored */
	uint64_t module_packed; /* of these, the ones that are packed themselves */
	uint64_t firmware_data; /* of files below lib/firmware */
	bool makedumpfile;      /* the program is in it */
	bool systemd;           /* is its first process */
	bool crypttab;          /* unlocks a volume */
};

/*
 * Reads a whole file; page_size is the capture kernel's. visit (may be NULL) is shown every entry.
 *   LB_INVALID      no archive, or a damaged one; or it unpacks to more than
 *                   LB_INITRD_UNPACKED_MAX bytes or LB_INITRD_ENTRIES_MAX entries
 *   LB_TRUNCATED    it ends within an entry or a compressed stream
 *   LB_UNSUPPORTED  packed in a way that is not read
 *   LB_NO_STORAGE
 */
enum lb_status LB_MUST_CHECK lb_initrd_read(const uint8_t *file, size_t size, uint32_t page_size,
	lb_cpio_visit *visit, void *context, struct lb_initrd *ret,
	struct lb_capture_error *error);

#endif
