/* SPDX-License-Identifier: MIT */
/* x86_64: the row of this architecture. */
#ifndef LIFEBOAT_PLAN_BOOT_X86_64_H
#define LIFEBOAT_PLAN_BOOT_X86_64_H

#include "plan/boot/arch.h"

extern const struct lb_boot_arch lb_boot_x86_64;

#endif
