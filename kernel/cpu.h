/* SPDX-License-Identifier: MIT */
/*
 * cpu: what the kernel knows about each CPU, and how one CPU has others do something. There is
 * no scheduler: a CPU that has nothing to do waits in cpu_idle() for work.
 */
#ifndef LIFEBOAT_KERNEL_CPU_H
#define LIFEBOAT_KERNEL_CPU_H

#include "lifeboat/base.h"
#include "protocol/pattern.h"

#define CPUS_MAX LB_PATTERN_CPUS_MAX
#define CPU_STACK_BYTES 16384

struct frame; /* the registers at an exception; the architecture's */

struct cpu {
	struct cpu *self;       /* x86-64 reads it through GS: stays first */
	uint32_t index;
	uint32_t online;        /* set by the CPU itself */
	uint64_t hardware_id;   /* APIC id, or MPIDR affinity */
	uintptr_t stack_top;
	uintptr_t trap_stack_top;
	void (*work)(void *argument);
	void *argument;
	uint64_t fault_address; /* of the last fault that probe_write survived */
	uint32_t stopped;       /* its registers are in its note and it will not run again */
	uint32_t deaf;          /* it has put itself out of reach (inject.c) */
	uint32_t interruptible; /* when it was stopped, it took other interrupts as well */
	uint32_t crashed;       /* while another CPU did: nobody stopped it */
	uint64_t pattern[LB_PATTERN_CPU_WORDS]; /* in its registers while it waits */
	uint64_t in_loop;       /* not 0 after a round in which they all were; follows pattern */
	uint64_t waiting_sp;    /* its stack pointer then */
};

/* Only the first cpu_count entries are in use; entry 0 is the CPU that booted. */
extern struct cpu cpus[CPUS_MAX];
extern uint32_t cpu_count;

/* Stacks with an unmapped page below each (paging.c leaves it out). */
struct cpu_stack {
	uint8_t guard[4096];
	uint8_t bytes[CPU_STACK_BYTES];
};
extern struct cpu_stack cpu_stacks[CPUS_MAX];
extern struct cpu_stack cpu_trap_stacks[CPUS_MAX];
/* The same for the stack on which CPU 0 runs. */
extern uint8_t boot_stack_guard[4096];

/* True if the address lies in a guard page: whose, in *ret_cpu. */
bool cpu_guard_has(uint64_t virtual_address, uint32_t *ret_cpu);

struct cpu *this_cpu(void);
void cpu_init_first(void);

/* Which CPU this is, by what the hardware calls it: also when the pointer that this_cpu() reads has
 * been overwritten. The first one before they are known. */
struct cpu *cpu_here(void);

/* Prepares entry `index` for a CPU that is about to be started. */
struct cpu *cpu_prepare(uint32_t index, uint64_t hardware_id);

/* What a started CPU does for the rest of its life. */
_Noreturn void cpu_idle(void);

/* Runs work on another CPU and waits for it. False if the CPU does not finish in time. */
bool cpu_run(struct cpu *cpu, void (*work)(void *argument), void *argument);

/* On every other CPU at once. */
bool cpu_run_others(void (*work)(void *argument), void *argument);

/* On every CPU at once, this one included. */
bool cpu_run_all(void (*work)(void *argument), void *argument);

/* On one, without waiting. */
void cpu_start_work(struct cpu *cpu, void (*work)(void *argument), void *argument);

/*
 * Stores to an address that may fault. True if it did not; else *ret_fault is the address that
 * the CPU reported. Works on every CPU.
 */
bool probe_write(volatile uint64_t *at, uint64_t value, uint64_t *ret_fault);
bool probe_read(const volatile uint64_t *at, uint64_t *ret_value, uint64_t *ret_fault);

/* Architecture: starts every other CPU, at most CPUS_MAX - 1; waits until `expected` CPUs (0: as
 * many as there are) run. Sets cpu_count. */
void arch_start_cpus(uint32_t expected);

/* Architecture: the hardware_id of this CPU. */
uint64_t arch_hardware_id(void);

/* Architecture: makes this_cpu() work, by a pointer that this CPU keeps; and that pointer, which
 * whatever crashed may have overwritten. */
void arch_set_this_cpu(struct cpu *cpu);
uintptr_t arch_cpu_pointer(void);

/* Architecture: waits until *work is not NULL, in a loop from wait_loop to wait_loop_end, with the
 * pattern in all registers to spare and its first word where the stack pointer, *ret_sp, points.
 * The pattern is that of a struct cpu, whose in_loop is set in every round. */
void arch_wait_with_pattern(const uint64_t pattern[LB_PATTERN_CPU_WORDS], uint64_t *ret_sp,
	void (*volatile *work)(void *argument));
extern const char wait_loop[], wait_loop_end[];

/* Architecture: what a CPU that waits so for `work` has in other registers; returns how many. */
size_t arch_waiting_registers(const struct cpu *cpu, const void *work, bool interruptible,
	struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX]);

/* The same of the calling CPU, which is about to panic. */
size_t arch_panicking_registers(struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX]);

/* Architecture: interrupts of this CPU on or off. Off leaves the one that stops it for a crash. */
void arch_interrupts(bool on);

/* Architecture: interrupts every other CPU in a way that "interrupts off" does not stop. */
void arch_interrupt_others(void);

#endif
