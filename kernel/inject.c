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
#include "pattern.h"
#include "text.h"

__attribute__((noinline)) static uint64_t overflow(volatile uint64_t *from_caller)
{
	volatile uint64_t frame[64];

	frame[0] = *from_caller + 1;
	return frame[0] ? overflow(frame) + frame[0] : 0;
}

extern uint8_t boot_stack[];

static uint64_t reached;
static void (*volatile never)(void *); /* work that does not come */

/* The other CPU has begun; what it does after this takes it less than the delay. */
static void wait_until_set(const uint64_t *word)
{
	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE)) {
		arch_relax();
	}
	delay_microseconds(20000);
}

/* Until the CPU has gone round the loop once more: only then its registers are what they should be,
 * however long the emulator has let it wait. */
static void wait_for_round(struct cpu *cpu)
{
	__atomic_store_n(&cpu->in_loop, 0, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&cpu->in_loop, __ATOMIC_ACQUIRE)) {
		arch_relax();
	}
}

/* Interrupts off, registers known, and no way out but the interrupt that stops a CPU. */
static void stuck(void *argument)
{
	(void)argument;
	arch_interrupts(false);
	arch_wait_with_pattern(this_cpu()->pattern, &this_cpu()->waiting_sp, &never);
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
	struct cpu *cpu = this_cpu();
	char reason[64];
	struct lb_text text = LB_TEXT(reason);

	(void)argument;
	lb_format(&text, LB_PANIC_ASKED_FOR ", on cpu %u", cpu->index);
	panic_with_pattern(cpu->pattern, pattern_know_panicking(cpu->index), reason);
}

static void panic_when_another_has(void *argument)
{
	__atomic_store_n(&reached, 1, __ATOMIC_RELEASE);
	while (!crash_in_progress()) {
		arch_relax();
	}
	panic_here(argument);
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

/* Faults in the middle of a line, when it holds the console. */
static void say_what_cannot_be_read(struct frame *frame, const void *cause)
{
	(void)frame;
	console_bust_lock();
	console_write(cause, 1);
}

static void crash_unsaid(struct frame *frame, void *cause)
{
	crash(frame, say_what_cannot_be_read, cause);
}

#define SECOND_PATIENCE_US 1000000

/* Before anybody stops the other CPU, it is there too. */
static void say_and_wait_for_second(struct frame *frame, const void *cause)
{
	uint64_t start = arch_ticks();

	(void)frame;
	print(LB_LINE_PANIC "%s\n", (const char *)cause);
	while (!__atomic_load_n(&other_cpu()->stopped, __ATOMIC_ACQUIRE) &&
		ticks_to_microseconds(arch_ticks() - start) < SECOND_PATIENCE_US) {
		arch_relax();
	}
}

static void crash_with_second(struct frame *frame, void *cause)
{
	crash(frame, say_and_wait_for_second, cause);
}

#define SP_ROOM 4096 /* of a few calls */

/* This CPU, the first, is somewhere in what is called from the frame at here; the others wait. */
static void know_cpus(enum lb_drill_fault fault, uintptr_t here)
{
	bool overflows = fault == LB_DRILL_FAULT_STACK_OVERFLOW;

	pattern_know_calling(0, overflows ? (uintptr_t)boot_stack : here,
		overflows ? sizeof(boot_stack_guard) : SP_ROOM);
	for (uint32_t i = 1; i < cpu_count; i++) {
		wait_for_round(&cpus[i]);
		pattern_know_waiting(i, &cpus[i].work, true);
	}
	for (uint32_t i = 1; i <= lb_drill_fault_facts(fault)->lost_cpus; i++) {
		pattern_table.expected_cpus &= ~(UINT64_C(1) << i);
	}
}

/* Most of them do not come back. */
static void do_fault(enum lb_drill_fault fault, struct lb_range region)
{
	switch (fault) {
	case LB_DRILL_FAULT_NMI:
		arch_interrupts(false);
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
	case LB_DRILL_FAULT_REPORT_FAULT:
		arch_frame_with_pattern(cpu_here()->pattern,
			pattern_know_panicking(cpu_here()->index), crash_unsaid,
			phys_pointer(region.start));
	case LB_DRILL_FAULT_WILD_CPU_POINTER:
		arch_set_this_cpu(phys_pointer(region.start));
		break;
	case LB_DRILL_FAULT_STACK_OVERFLOW:
		overflow(&(volatile uint64_t){0});
		break;
	case LB_DRILL_FAULT_STUCK_CPU:
		other_cpu()->waiting_sp = 0;
		cpu_start_work(other_cpu(), stuck, NULL);
		wait_until_set(&other_cpu()->waiting_sp);
		wait_for_round(other_cpu());
		pattern_know_waiting(1, (const void *)(uintptr_t)&never, false);
		break;
	case LB_DRILL_FAULT_LOST_CPU:
		cpu_start_work(other_cpu(), lost, NULL);
		wait_until_set(&reached);
		break;
	case LB_DRILL_FAULT_SECOND_CPU:
		cpu_start_work(other_cpu(), panic_here, NULL);
		delay_microseconds(1000000);
		break;
	case LB_DRILL_FAULT_SECOND_PANIC:
		cpu_start_work(other_cpu(), panic_when_another_has, NULL);
		wait_until_set(&reached);
		arch_frame_with_pattern(cpu_here()->pattern,
			pattern_know_panicking(cpu_here()->index), crash_with_second,
			(void *)(uintptr_t)LB_PANIC_ASKED_FOR);
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
	struct cpu *cpu = cpu_here();
	char reason[64];
	struct lb_text text = LB_TEXT(reason);

	print(LB_LINE_INJECT "%s\n", name);
	know_cpus(fault, (uintptr_t)__builtin_frame_address(0));
	do_fault(fault, region);
	lb_format(&text, LB_PANIC_ASKED_FOR " (%s)", name);
	panic_with_pattern(cpu->pattern, pattern_know_panicking(cpu->index), reason);
}
