/* SPDX-License-Identifier: MIT */
/* file: small files, read whole. */
#ifndef LIFEBOAT_LAB_GUEST_FILE_H
#define LIFEBOAT_LAB_GUEST_FILE_H

#include "lifeboat/base.h"

/* How many bytes were read, at most bytes - 1; -1 if it cannot be opened. The text is
 * terminated. */
long read_file(const char *path, char *buffer, size_t bytes);

#endif
