/* SPDX-License-Identifier: MIT */
/*
 * unpack: compressed bytes in memory, unpacked piece by piece. What a Linux build can choose for
 * its kernel and its initrd (init/Kconfig, usr/Kconfig; 6.12), but for lzo.
 */
#ifndef LIFEBOAT_CAPTURE_UNPACK_H
#define LIFEBOAT_CAPTURE_UNPACK_H

#include "lifeboat/kernel_image.h"

struct lb_capture_error {
	char text[256]; /* one line without a full stop: what is wrong, where, what was expected */
};

/* LB_OK goes on; every other status ends the unpacking and becomes its result. The bytes are lent
 * for the call. */
typedef enum lb_status lb_unpack_take(void *context, const uint8_t *bytes, size_t size);

/*
 * Unpacks the stream, or the streams of one kind, at the start of data. *ret_used: bytes of data
 * that they take. Nothing is kept: memory is bounded by the window that the stream asks for, at
 * most some hundred MiB.
 *   LB_INVALID      damaged, or no compressed stream
 *   LB_TRUNCATED    the stream ends before its end
 *   LB_UNSUPPORTED  lzo, or a kind that this build cannot unpack
 *   LB_NO_STORAGE
 *   any status of take; error is then take's own
 */
enum lb_status LB_MUST_CHECK lb_unpack(const uint8_t *data, size_t size, lb_unpack_take *take,
	void *context, size_t *ret_used, struct lb_capture_error *error);

/* error->text, printed; returns status. */
enum lb_status lb_capture_fail(struct lb_capture_error *error, enum lb_status status,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
