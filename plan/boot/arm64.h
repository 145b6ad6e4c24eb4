/* SPDX-License-Identifier: MIT */
/* arm64: the row of this architecture. */
#ifndef LIFEBOAT_PLAN_BOOT_ARM64_H
#define LIFEBOAT_PLAN_BOOT_ARM64_H

#include "plan/boot/arch.h"

extern const struct lb_boot_arch lb_boot_arm64;

#endif
