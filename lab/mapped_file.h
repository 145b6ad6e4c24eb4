/* SPDX-License-Identifier: MIT */
/* mapped_file: the contents of a whole file, up to 2 GiB, to be read. */
#ifndef LIFEBOAT_LAB_MAPPED_FILE_H
#define LIFEBOAT_LAB_MAPPED_FILE_H

#include "lab/qemu.h"

struct lab_mapped_file {
	const uint8_t *bytes;
	size_t size; /* at least 1 */
};

/* False: there is none, it is empty, too large, or no regular file; error says which. The caller
 * ends it with lab_mapped_file_close. */
bool lab_mapped_file_open(
	const char *path, struct lab_mapped_file *ret, struct lab_error *error);

/* The same for an open file, which may be closed afterwards; name is for messages. */
bool lab_mapped_file_of(int descriptor, const char *name, struct lab_mapped_file *ret,
	struct lab_error *error);

void lab_mapped_file_close(struct lab_mapped_file *file);

#endif
