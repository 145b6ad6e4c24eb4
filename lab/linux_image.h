/* SPDX-License-Identifier: MIT */
/* linux_image: what kind of kernel a distribution's image file is. */
#ifndef LIFEBOAT_LAB_LINUX_IMAGE_H
#define LIFEBOAT_LAB_LINUX_IMAGE_H

#include "lab/qemu.h"
#include "lifeboat/arch.h"

struct lab_linux_image {
	enum lb_arch arch;
	char name[160]; /* "linux 6.1.0-56-cloud-amd64"; "linux" if it does not say */
	uint64_t bytes; /* of the image */
};

/* Knows the uncompressed Image of arm64, and the bzImage of x86-64. False: it cannot be read, or is
 * something else; error says which. */
bool lab_linux_image_identify(
	const char *path, struct lab_linux_image *ret, struct lab_error *error);

#endif
