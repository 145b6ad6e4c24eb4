/* SPDX-License-Identifier: MIT */
/*
 * cpio: writes an archive in the "newc" format, which is what Linux unpacks as its first file
 * system (Linux 6.12, Documentation/driver-api/early-userspace/buffer-format.rst). Freestanding:
 * the lab's init writes with it what it records.
 *
 * Writing, each entry: lab_cpio_begin, exactly `size` bytes of contents into the same sink,
 * lab_cpio_end.
 */
#ifndef LIFEBOAT_LAB_CPIO_H
#define LIFEBOAT_LAB_CPIO_H

#include "lifeboat/sink.h"

enum { LAB_CPIO_FOLDER = 0040755, LAB_CPIO_FILE = 0100644, LAB_CPIO_PROGRAM = 0100755,
	LAB_CPIO_DEVICE = 0020600 };

struct lab_cpio {
	struct lb_sink sink;
	uint32_t next_inode;
	uint32_t open_size; /* of the entry that was begun */
};

void lab_cpio_init(struct lab_cpio *cpio, struct lb_sink sink);
/* name: without a leading slash, up to 255 bytes. mode: as above. */
void lab_cpio_begin(struct lab_cpio *cpio, const char *name, uint32_t mode, uint32_t size);
void lab_cpio_end(struct lab_cpio *cpio);
void lab_cpio_folder(struct lab_cpio *cpio, const char *name);
void lab_cpio_device(struct lab_cpio *cpio, const char *name, uint32_t major, uint32_t minor);
/* Contents and all. */
void lab_cpio_file(
	struct lab_cpio *cpio, const char *name, uint32_t mode, const void *bytes, uint32_t size);
/* The entry that ends the archive. */
void lab_cpio_finish(struct lab_cpio *cpio);

struct lab_cpio_entry {
	const char *name; /* in the archive, NUL-terminated; as it stands there, safe or not */
	uint32_t mode;
	const uint8_t *bytes;
	uint32_t size;
};

/*
 * The entry at *offset (0: the first), which then is the next one's. LB_NOT_FOUND: the entry that
 * ends the archive. LB_TRUNCATED: the archive ends inside an entry, or without that one.
 * LB_INVALID: no entry in this format.
 */
enum lb_status LB_MUST_CHECK lab_cpio_next(
	const uint8_t *archive, size_t size, size_t *offset, struct lab_cpio_entry *ret);

#endif
