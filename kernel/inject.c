/* SPDX-License-Identifier: MIT */
/* inject: see inject.h. */
#include "inject.h"

#include "purgatory/purgatory.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "cpu.h"
#include "crash.h"
#include "load.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "text.h"

__attribute__((noinline)) static uint64_t overflow(volatile uint64_t *from_caller)
{
	volatile uint64_t frame[64];

	frame[0] = *from_caller + 1;
	return frame[0] ? overflow(frame) + frame[0] : 0;
}

static uint32_t reached;

/* The other CPU has begun; what it does after this takes it less than the delay. */
static void wait_until_reached(void)
{
	while (!__atomic_load_n(&reached, __ATOMIC_ACQUIRE)) {
		arch_relax();
	}
	delay_microseconds(20000);
}

/* Interrupts off, registers known, and no way out but the interrupt that stops a CPU. */
static void stuck(void *argument)
{
	static void (*volatile never)(void *);

	(void)argument;
	arch_interrupts(false);
	__atomic_store_n(&reached, 1, __ATOMIC_RELEASE);
	arch_wait_with_pattern(this_cpu()->pattern, &never);
}

/* Not even that one: the CPU is out of reach for software. */
static void lost(void *argument)
{
	(void)argument;
	__atomic_store_n(&reached, 1, __ATOMIC_RELEASE);
	arch_stop_deaf();
}

static void panic_here(void *argument)
{
	(void)argument;
	panic("asked for, on cpu %u", this_cpu()->index);
}

static struct cpu *other_cpu(void)
{
	LB_ASSERT(cpu_count > 1);
	return &cpus[1];
}

/* Where a bit can be turned over: the option flip=NAME. The structure's entry and the upper half of
 * its first segment's address are words that purgatory follows. */
static lb_phys_addr flip_place(void)
{
	static const char *const segments[] = {[LOAD_CORE_HEADER] = "core-header",
		[LOAD_TABLES] = "tables", [LOAD_PURGATORY] = "purgatory",
		[LOAD_HANDOVER] = "handover", [LOAD_BOOT_DATA] = "boot-data",
		[LOAD_KERNEL] = "kernel"};
	lb_phys_addr structure = crash_exit.argument;
	char name[OPTION_BYTES];

	if (!option_text(boot_info.cmdline, "flip", name)) {
		text_copy(name, sizeof(name), "kernel");
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(segments); i++) {
		if (text_equal(name, segments[i])) {
			return load_segment_place((enum load_segment)i).start + 300;
		}
	}
	if (text_equal(name, "entry")) {
		return structure + offsetof(struct lb_purgatory, entry);
	}
	if (text_equal(name, "segment")) {
		return structure + offsetof(struct lb_purgatory, segments[0].start) + 5;
	}
	if (text_equal(name, "stack")) {
		return structure - LB_PURGATORY_STACK_BYTES / 2;
	}
	panic("flip=%s: there is no such place", name);
}

/* One flipped bit in what is loaded, as a wild DMA would leave it. */
static void flip_bit(struct lb_range region)
{
	volatile uint8_t *victim = phys_pointer(flip_place());
	enum lb_status status = lb_linear_map_unprotect(&paging, region);

	if (status == LB_OK) {
		*victim ^= 0x10;
		status = lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE);
	}
	print(LB_LINE_INJECT "one bit at 0x%llx flipped: %s\n",
		(unsigned long long)pointer_phys(victim), lb_status_text(status));
}

static lb_phys_addr forbidden; /* in the crash region: an access faults */

static void fault_again(void)
{
	*(volatile uint64_t *)phys_pointer(forbidden) = 0;
}

/* Most of them do not come back. */
static void do_fault(enum lb_drill_fault fault, struct lb_range region)
{
	switch (fault) {
	case LB_DRILL_FAULT_NMI:
		arch_interrupt_self();
		delay_microseconds(1000000);
		break;
	case LB_DRILL_FAULT_WILD_WRITE:
		*(volatile uint64_t *)phys_pointer(region.start + 0x1000) = 0;
		break;
	case LB_DRILL_FAULT_SECOND_FAULT:
		forbidden = region.start;
		crash_add_last_step(fault_again);
		break;
	case LB_DRILL_FAULT_WILD_CPU_POINTER:
		arch_set_this_cpu(phys_pointer(region.start));
		break;
	case LB_DRILL_FAULT_STACK_OVERFLOW:
		overflow(&(volatile uint64_t){0});
		break;
	case LB_DRILL_FAULT_STUCK_CPU:
		cpu_start_work(other_cpu(), stuck, NULL);
		wait_until_reached();
		break;
	case LB_DRILL_FAULT_LOST_CPU:
		cpu_start_work(other_cpu(), lost, NULL);
		wait_until_reached();
		break;
	case LB_DRILL_FAULT_SECOND_CPU:
		cpu_start_work(other_cpu(), panic_here, NULL);
		delay_microseconds(1000000);
		break;
	case LB_DRILL_FAULT_FLIP_BIT:
		flip_bit(region);
		break;
	case LB_DRILL_FAULT_PANIC:
	case LB_DRILL_FAULTS:
		break;
	}
}

_Noreturn void inject(enum lb_drill_fault fault, struct lb_range region)
{
	const char *name = lb_drill_fault_facts(fault)->name;

	print(LB_LINE_INJECT "%s\n", name);
	do_fault(fault, region);
	panic("asked for (%s)", name);
}
