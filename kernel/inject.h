/* SPDX-License-Identifier: MIT */
/* inject: the crashes that can be asked for with inject=KIND. */
#ifndef LIFEBOAT_KERNEL_INJECT_H
#define LIFEBOAT_KERNEL_INJECT_H

#include "lifeboat/base.h"

/* True if there is such a fault. */
bool inject_known(const char *kind);

/* Crashes this machine. region: the protected crash region. */
_Noreturn void inject(const char *kind, struct lb_range region);

/* Architecture: an interrupt to this CPU that cannot be masked. */
void arch_interrupt_self(void);

#endif
