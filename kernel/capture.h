/* SPDX-License-Identifier: MIT */
/* capture: the capture kernel's life: find old memory, look at it, say what it found. */
#ifndef LIFEBOAT_KERNEL_CAPTURE_H
#define LIFEBOAT_KERNEL_CAPTURE_H

_Noreturn void capture_run(void);

#endif
