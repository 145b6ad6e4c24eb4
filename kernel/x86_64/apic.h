/* SPDX-License-Identifier: MIT */
/* apic: the local APIC, as far as one CPU starting and stopping others needs it. */
#ifndef LIFEBOAT_KERNEL_X86_64_APIC_H
#define LIFEBOAT_KERNEL_X86_64_APIC_H

#include "lifeboat/base.h"

/* Interrupt commands to all CPUs but this one. */
#define APIC_ALL_INIT 0x000c4500u
#define APIC_ALL_STARTUP 0x000c4600u /* | physical address >> 12 */

/* Switches this CPU's on. */
void apic_enable(void);

void apic_send(uint32_t command);

#endif
