/* SPDX-License-Identifier: MIT */
/* files: how many regular files an initrd leaves behind, each path counted once: what must be there
 * when it was unpacked whole. */
#ifndef LIFEBOAT_CAPTURE_FILES_H
#define LIFEBOAT_CAPTURE_FILES_H

#include "capture/cpio.h"

/* Start with zeros; end with lb_files_free. */
struct lb_files {
	uint64_t *names; /* digests of paths */
	size_t count;
	size_t capacity;
	bool failed;     /* memory ran out */
};

/* To be given to lb_initrd_read; context is a struct lb_files. What lies below proc and sys does
 * not count: there the kernel's own file systems are mounted. */
void lb_files_visit(void *context, const struct lb_cpio_entry *entry);

/* How many there are; 0 when memory ran out. May be called once, at the end. */
uint64_t lb_files_count(struct lb_files *files);
void lb_files_free(struct lb_files *files);

#endif
