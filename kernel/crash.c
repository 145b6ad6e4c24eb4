/* SPDX-License-Identifier: MIT */
/*
 * crash: from the first sign of trouble to purgatory. Nothing here allocates, waits without bound,
 * or trusts what the crash may have damaged more than it must: the way out is in crash_exit, and
 * the digest in purgatory decides whether what lies there may run.
 */
#include "crash.h"

#include "lifeboat/core_header.h"

#include "arch.h"
#include "bounce.h"
#include "console.h"
#include "pattern.h"
#include "report.h"
#include "trap.h"

#define STOP_PATIENCE_US 1000000
#define NOBODY UINT32_MAX

uint8_t crash_notes[CPUS_MAX][CRASH_NOTE_BYTES] __attribute__((aligned(4096)));
struct crash_exit crash_exit;
static uint32_t owner = NOBODY;

bool crash_in_progress(void)
{
	return __atomic_load_n(&owner, __ATOMIC_ACQUIRE) != NOBODY;
}

static void save_registers(const struct frame *frame)
{
	uint64_t registers[CRASH_REGISTERS_MAX];
	struct cpu *cpu = this_cpu();
	size_t written;

	arch_frame_registers(frame, registers);
	if (lb_cpu_note_write(ARCH, registers, cpu->index, crash_notes[cpu->index],
		    CRASH_NOTE_BYTES, &written) == LB_OK) {
		__atomic_fetch_or(
			&pattern_table.stopped_cpus, UINT64_C(1) << cpu->index, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&cpu->stopped, 1, __ATOMIC_RELEASE);
}

_Noreturn void crash_stop_here(struct frame *frame)
{
	save_registers(frame);
	arch_stop();
}

static uint32_t count_stopped(void)
{
	uint32_t stopped = 0;

	for (uint32_t i = 0; i < cpu_count; i++) {
		stopped += __atomic_load_n(&cpus[i].stopped, __ATOMIC_ACQUIRE);
	}
	return stopped;
}

/* A CPU that cannot be stopped is left: it shares no memory with the capture kernel. */
static void stop_others(void)
{
	uint64_t start = arch_ticks();

	arch_interrupt_others();
	while (count_stopped() < cpu_count - 1 &&
		ticks_to_microseconds(arch_ticks() - start) < STOP_PATIENCE_US) {
		arch_relax();
	}
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (&cpus[i] != this_cpu() && !cpus[i].stopped) {
			print("crash: cpu %u does not stop\n", i);
		}
	}
	print("crash: cpu %u crashed, %u of %u others stopped in %llu us\n", this_cpu()->index,
		count_stopped(), cpu_count - 1,
		(unsigned long long)ticks_to_microseconds(arch_ticks() - start));
}

/* One CPU leads the way out. Another that crashes meanwhile stops like those that did not; the
 * leader crashing again has nothing left to try. */
static void become_owner(struct frame *frame)
{
	uint32_t expected = NOBODY;
	uint32_t self = this_cpu()->index;

	if (__atomic_compare_exchange_n(
		    &owner, &expected, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		return;
	}
	if (expected != self) {
		crash_stop_here(frame);
	}
	print("crash: crashed again on the way to the capture kernel\n");
	arch_exit(LB_DRILL_EXIT_NO_CAPTURE);
}

_Noreturn void crash(struct frame *frame)
{
	uint64_t ticks = arch_ticks();

	become_owner(frame);
	pattern_table.crash_ticks = ticks;
	pattern_table.crash_cpu = this_cpu()->index;
	arch_interrupts(false);
	if (!crash_exit.entry) {
		print("crash: no capture kernel is loaded\n");
		arch_exit(LB_DRILL_EXIT_NO_CAPTURE);
	}
	report_stage(LB_DRILL_STAGE_PANIC);
	stop_others();
	save_registers(frame);
	bounce_start_late_write();
	report_stage(LB_DRILL_STAGE_PURGATORY);
	report_pause(LB_DRILL_PAUSE_PURGATORY);
	/* From here on nothing of old memory is written. */
	arch_leave(crash_exit.tables, crash_exit.entry, crash_exit.argument);
}

static void crash_with(struct frame *frame, void *argument)
{
	(void)argument;
	crash(frame);
}

_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	console_bust_lock();
	va_start(arguments, format);
	print(LB_LINE_PANIC);
	print_va(format, arguments);
	print("\n");
	va_end(arguments);
	arch_with_frame(crash_with, NULL);
	arch_stop();
}
