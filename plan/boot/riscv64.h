/* SPDX-License-Identifier: MIT */
/* riscv64: the row of this architecture. */
#ifndef LIFEBOAT_PLAN_BOOT_RISCV64_H
#define LIFEBOAT_PLAN_BOOT_RISCV64_H

#include "plan/boot/arch.h"

extern const struct lb_boot_arch lb_boot_riscv64;

#endif
