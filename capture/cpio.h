/* SPDX-License-Identifier: MIT */
/*
 * cpio: the archives that Linux unpacks at boot, fed piece by piece, one after the other
 * (Documentation/driver-api/early-userspace/buffer-format.rst; init/initramfs.c, 6.12). Only what
 * they hold is told; nothing is kept, nothing is written.
 */
#ifndef LIFEBOAT_CAPTURE_CPIO_H
#define LIFEBOAT_CAPTURE_CPIO_H

#include "capture/unpack.h"

#define LB_CPIO_HEADER_BYTES 110
#define LB_CPIO_NAME_MAX 4096 /* PATH_MAX, its NUL included: what Linux takes */

struct lb_cpio_entry {
	const char *path; /* terminated; without a leading "/" or "./" */
	uint32_t mode;    /* with the file type, as in stat(2) */
	uint64_t bytes;   /* of data; 0 for all but one of the names of a file with several */
};

typedef void lb_cpio_visit(void *context, const struct lb_cpio_entry *entry);

/* Start with lb_cpio_begin; fields are the reader's. */
struct lb_cpio {
	enum lb_cpio_state {
		LB_CPIO_PADDING, /* before an archive */
		LB_CPIO_HEADER,
		LB_CPIO_NAME,
		LB_CPIO_DATA,
	} state;
	lb_cpio_visit *visit;
	void *context;
	/* Of the next byte, as Linux counts: in the file, or in what one stream unpacks to. The
	 * caller's, who sets it where another of these begins. */
	uint64_t at;
	uint64_t entries;  /* trailers not counted */
	uint64_t archives; /* that began */
	uint64_t skip;     /* DATA: bytes that are left, padding included */
	size_t held;       /* bytes of head */
	size_t wanted;     /* NAME: bytes of name and padding */
	uint64_t data;     /* bytes of the entry */
	uint32_t mode;
	char head[LB_CPIO_NAME_MAX + 4];
};

/* visit may be NULL. */
void lb_cpio_begin(struct lb_cpio *cpio, lb_cpio_visit *visit, void *context);

/*
 * Takes bytes, up to the first one between two archives that is neither 0 nor begins another one;
 * *ret_taken says how many. LB_INVALID: an entry that makes no sense, or an archive that does not
 * begin at a multiple of 4, which Linux does not take ("broken padding", init/initramfs.c).
 */
enum lb_status LB_MUST_CHECK lb_cpio_feed(struct lb_cpio *cpio, const uint8_t *bytes, size_t size,
	size_t *ret_taken, struct lb_capture_error *error);

/* False inside an entry: what was fed was cut off. */
bool lb_cpio_is_between(const struct lb_cpio *cpio);

#endif
