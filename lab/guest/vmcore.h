/* SPDX-License-Identifier: MIT */
/* vmcore: /proc/vmcore, opened, and its header read; and how a capture that cannot go on ends. */
#ifndef LIFEBOAT_LAB_GUEST_VMCORE_H
#define LIFEBOAT_LAB_GUEST_VMCORE_H

#include "lifeboat/core_header.h"

#define VMCORE_HEADER_MAX (256 * LB_KIB)

struct vmcore {
	long file;
	struct lb_core_header header; /* in bytes */
	uint8_t bytes[VMCORE_HEADER_MAX]; /* the file's first: notes are in them */
};

/* Reads the header. Gives up where there is none. */
void vmcore_open(struct vmcore *vmcore);

/* Says why, and that the dump is lost; the machine ends. */
_Noreturn void give_up_capture(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
