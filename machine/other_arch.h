/* SPDX-License-Identifier: MIT */
/*
 * other_arch: the architecture that a machine or a release names, also where it is one that Linux
 * runs on and that is not modelled. Those are refused by name: an i686 kernel looks like an x86-64
 * one in its e820 map and in every line about it, and reserves by other limits.
 */
#ifndef LIFEBOAT_MACHINE_OTHER_ARCH_H
#define LIFEBOAT_MACHINE_OTHER_ARCH_H

#include "lifeboat/arch.h"

/* The architecture that a release names: "6.1.0-50-arm64", "5.14.0-427.el9.x86_64". Those of
 * upstream name none: LB_ARCH_UNKNOWN. */
enum lb_arch lb_arch_of_release(const char *release);

/* "i686" for "6.1.0-50-686-pae": how distributions end the releases of such kernels. NULL: none of
 * them. Static. */
const char *lb_other_arch_of_release(const char *release);

/* The same of a line of uname: one of its words is what `uname -m` prints on such a machine. */
const char *lb_other_arch_of_uname(const char *line);

/* The same of a banner: the compiler's name, "(powerpc64le-linux-gnu-gcc-14". */
const char *lb_other_arch_of_banner(const char *banner);

#endif
