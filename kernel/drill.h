/* SPDX-License-Identifier: MIT */
/* drill: the production kernel's life: boot, reserve, map, load, crash. */
#ifndef LIFEBOAT_KERNEL_DRILL_H
#define LIFEBOAT_KERNEL_DRILL_H

_Noreturn void drill_run(void);

#endif
