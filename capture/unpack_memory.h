/* SPDX-License-Identifier: MIT */
/* unpack_memory: what Linux takes besides to unpack an initrd: the window that the stream was
 * packed with, because it is unpacked piece by piece (lib/decompress_*.c and lib/xz, 6.12). */
#ifndef LIFEBOAT_CAPTURE_UNPACK_MEMORY_H
#define LIFEBOAT_CAPTURE_UNPACK_MEMORY_H

#include "lifeboat/base.h"

/* Bytes, for the stream that data begins with, by what its head says: untrusted. 0: it needs next
 * to nothing, or its head is cut or makes no sense. */
uint64_t lb_unpack_memory(const uint8_t *data, size_t size);

#endif
