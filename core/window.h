/* SPDX-License-Identifier: MIT */
/*
 * window: memory that is not RAM, as devices offer it: a shared-memory window of another machine,
 * SRAM, device memory. Each access to it is aligned and of 1 or 8 bytes: on arm64 any other stops a
 * CPU that has mapped it as device memory, and compilers make others out of memcpy and memset (Arm
 * ARM, B2.7.2). Memory on the other side is RAM.
 */
#ifndef LIFEBOAT_CORE_WINDOW_H
#define LIFEBOAT_CORE_WINDOW_H

#include "lifeboat/base.h"

/* `to`, or `from` of the second, is in the window; they do not overlap. */
void lb_window_write(void *to, const void *from, size_t bytes);
void lb_window_read(void *to, const void *from, size_t bytes);
/* Zeros. */
void lb_window_clear(void *to, size_t bytes);

#endif
