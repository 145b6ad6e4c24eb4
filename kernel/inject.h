/* SPDX-License-Identifier: MIT */
/* inject: the crashes that can be asked for with inject=NAME (protocol/drill.h). */
#ifndef LIFEBOAT_KERNEL_INJECT_H
#define LIFEBOAT_KERNEL_INJECT_H

#include "lifeboat/base.h"
#include "protocol/drill.h"

/* Crashes this machine, which has the CPUs that the fault needs. region: the protected crash
 * region. */
_Noreturn void inject(enum lb_drill_fault fault, struct lb_range region);

/* Architecture: an interrupt to this CPU that cannot be masked. */
void arch_interrupt_self(void);

#endif
