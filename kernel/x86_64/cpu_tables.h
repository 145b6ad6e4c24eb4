/* SPDX-License-Identifier: MIT */
/* cpu_tables: descriptor tables, one set per CPU. */
#ifndef LIFEBOAT_KERNEL_X86_64_CPU_TABLES_H
#define LIFEBOAT_KERNEL_X86_64_CPU_TABLES_H

#include "../cpu.h"

#define CODE_SELECTOR 0x10
#define DATA_SELECTOR 0x18
#define TASK_SELECTOR 0x20

/* Loads GDT, IDT and task state of the CPU: every exception runs on a stack of its own, so that
 * a stack overflow is an exception like any other. */
void cpu_tables_load(struct cpu *cpu);

#endif
