/* SPDX-License-Identifier: MIT */
/* platform: set-up of what platform.c offers, before its first use. */
#ifndef LIFEBOAT_KERNEL_X86_64_PLATFORM_H
#define LIFEBOAT_KERNEL_X86_64_PLATFORM_H

void serial_init(void);
void legacy_interrupts_off(void);
void timer_calibrate(void);

#endif
