/* SPDX-License-Identifier: MIT */
/* image_files: where what is booted lies, in a build tree and when installed: the reference kernel,
 * and the first process of a Linux in the lab. */
#ifndef LIFEBOAT_LAB_IMAGE_FILES_H
#define LIFEBOAT_LAB_IMAGE_FILES_H

#include "lab/qemu.h"
#include "lifeboat/arch.h"

/*
 * Finds <arch>/<name> in the folder images; without one (NULL) beside the running program (build/)
 * and in lib/lifeboat of its prefix. Writes the path, NUL-terminated. False: it cannot be read, and
 * error says where it was looked for.
 */
bool lab_find_image(enum lb_arch arch, const char *images, const char *name, char *buffer,
	size_t bytes, struct lab_error *error);

#endif
