/* SPDX-License-Identifier: MIT */
/*
 * linux_initrd: the first file system that a distribution's kernel gets in the lab: the user's
 * initrd if there is one, and over it our own first process. Files are memfds, which QEMU inherits.
 */
#ifndef LIFEBOAT_LAB_LINUX_INITRD_H
#define LIFEBOAT_LAB_LINUX_INITRD_H

#include "lab/qemu.h"
#include "lifeboat/arch.h"

/* Where our first process is in every such file system: for rdinit=. */
#define LAB_LINUX_INIT "/lifeboat/init"

struct lab_linux_initrd {
	enum lb_arch arch;
	const char *images;  /* where lifeboat-init is; as for lab_find_image */
	const char *under;   /* the user's initrd, or NULL */
	/* What a crashing Linux loads: NULL, or an image that becomes /lifeboat/kernel; the same
	 * file system without it becomes /lifeboat/initrd. */
	const char *capture;
};

/* A memfd with the file system; -1 after a failure. The caller closes it. */
int lab_linux_initrd_make(const struct lab_linux_initrd *initrd, struct lab_error *error);

/* A memfd with the contents of a file, then of another descriptor (-1: none). */
int lab_linux_join(const char *path, int second, struct lab_error *error);

#endif
