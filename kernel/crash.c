/* SPDX-License-Identifier: MIT */
/*
 * crash: see crash.h. Nothing here allocates, waits without bound, or trusts what the crash may
 * have damaged more than it must: the hardware says which CPU this is, the way out is in
 * crash_exit, and the digest in purgatory decides whether what lies there may run.
 */
#include "crash.h"

#include "lifeboat/core_header.h"

#include "arch.h"
#include "console.h"
#include "frame.h"
#include "pattern.h"
#include "report.h"

#define STOP_PATIENCE_US 1000000
#define LAST_STEPS_MAX 4
#define NOBODY UINT32_MAX

uint8_t crash_notes[CPUS_MAX][CRASH_NOTE_BYTES] __attribute__((aligned(4096)));
struct crash_exit crash_exit;

static uint32_t owner = NOBODY;
static void (*last_steps[LAST_STEPS_MAX])(void);
static uint32_t last_step_count;

/* Of the owner: what it came with, and the first step that it has not begun. */
static struct {
	struct frame *frame;
	panic_report *report;
	const void *cause;
	uint64_t ticks;
	uint32_t next_step;
	uint32_t faults;
	uint32_t returns; /* how often it came back when all steps had begun */
} way;

bool crash_in_progress(void)
{
	return __atomic_load_n(&owner, __ATOMIC_ACQUIRE) != NOBODY;
}

void crash_add_last_step(void (*act)(void))
{
	LB_ASSERT(last_step_count < LAST_STEPS_MAX);
	last_steps[last_step_count++] = act;
}

static void save_registers(const struct frame *frame)
{
	uint64_t registers[FRAME_REGISTERS_MAX];
	struct cpu *cpu = cpu_here();
	size_t written;

	arch_frame_registers(frame, registers);
	if (lb_cpu_note_write(ARCH, registers, cpu->index, crash_notes[cpu->index],
		    CRASH_NOTE_BYTES, &written) != LB_OK) {
		print(LB_LINE_CRASH "cpu %u: no room for its registers\n", cpu->index);
	}
	__atomic_store_n(&cpu->stopped, 1, __ATOMIC_RELEASE);
}

/* What cannot be masked may come to a CPU that has just stopped by itself: its registers stay those
 * with which it stopped. */
_Noreturn void crash_stop_here(struct frame *frame)
{
	if (!cpu_here()->stopped) {
		cpu_here()->interruptible = arch_frame_interruptible(frame);
		save_registers(frame);
	}
	arch_stop();
}

/* Before anything is said: a second fault may have the stack of the first. */
static void save_own(void)
{
	pattern_table.crash_ticks = way.ticks;
	pattern_table.crash_cpu = cpu_here()->index;
	save_registers(way.frame);
}

static void say_why(void)
{
	const struct cpu *cpu = cpu_here();
	uintptr_t pointer = arch_cpu_pointer();

	way.report(way.frame, way.cause);
	if (pointer != (uintptr_t)cpu) {
		print(LB_LINE_CRASH "cpu %u: " LB_CRASH_WILD_POINTER "0x%llx\n", cpu->index,
			(unsigned long long)pointer);
	}
}

static void begin_to_leave(void)
{
	arch_interrupts(false);
	if (!crash_exit.entry) {
		print(LB_LINE_CRASH "no capture kernel is loaded\n");
		arch_exit(LB_DRILL_EXIT_NO_CAPTURE);
	}
	report_stage(LB_DRILL_STAGE_PANIC);
}

static uint32_t count_others_stopped(void)
{
	uint32_t stopped = 0;

	for (uint32_t i = 0; i < cpu_count; i++) {
		stopped += i != owner && __atomic_load_n(&cpus[i].stopped, __ATOMIC_ACQUIRE);
	}
	return stopped;
}

static void say_how_others_stopped(void)
{
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (i != owner && !cpus[i].stopped) {
			print(LB_LINE_CRASH "cpu %u does not stop\n", i);
		} else if (i != owner && cpus[i].crashed) {
			print(LB_LINE_CRASH "cpu %u " LB_CRASH_TOO "\n", i);
		} else if (i != owner && !cpus[i].interruptible) {
			print(LB_LINE_CRASH "cpu %u " LB_CRASH_UNINTERRUPTIBLE "\n", i);
		}
	}
}

/* A CPU that cannot be stopped is left: it shares no memory with the capture kernel. */
static void stop_others(void)
{
	uint64_t start = arch_ticks();

	arch_interrupt_others();
	while (count_others_stopped() < cpu_count - 1 &&
		ticks_to_microseconds(arch_ticks() - start) < STOP_PATIENCE_US) {
		arch_relax();
	}
	say_how_others_stopped();
	print(LB_LINE_CRASH "cpu %u crashed, %u of %u others stopped in %llu us\n", owner,
		count_others_stopped(), cpu_count - 1,
		(unsigned long long)ticks_to_microseconds(arch_ticks() - start));
}

static void announce_purgatory(void)
{
	report_stage(LB_DRILL_STAGE_PURGATORY);
	report_pause(LB_DRILL_PAUSE_PURGATORY);
}

/* The way from the crash to purgatory; the steps that were added come before the last of these. */
static const struct {
	const char *name;
	void (*act)(void);
} steps[] = {
	{"saving registers", save_own},
	{LB_CRASH_STEP_REPORT, say_why},
	{"leaving", begin_to_leave},
	{"stopping the others", stop_others},
	{"a last step", NULL},
	{"a last step", NULL},
	{"a last step", NULL},
	{"a last step", NULL},
	{"the last words", announce_purgatory},
};
#define FIRST_ADDED 4

_Static_assert(LB_ARRAY_COUNT(steps) == FIRST_ADDED + LAST_STEPS_MAX + 1, "room for added steps");

static void (*step_at(uint32_t index))(void)
{
	return steps[index].act ? steps[index].act : last_steps[index - FIRST_ADDED];
}

/* Each step is marked as begun before it begins. Whoever comes back because of a fault goes on with
 * the next; says so once, because saying it may be what faults. Whoever comes back twice when there
 * is none has tried to leave, and ends the machine. */
static _Noreturn void go_on(void)
{
	while (way.next_step < LB_ARRAY_COUNT(steps)) {
		void (*act)(void) = step_at(way.next_step++);

		if (act) {
			act();
		}
	}
	/* From here on nothing of old memory is written. */
	arch_leave(crash_exit.tables, crash_exit.entry, crash_exit.argument);
}

_Noreturn void crash(struct frame *frame, panic_report *report, const void *cause)
{
	uint64_t ticks = arch_ticks();
	uint32_t expected = NOBODY;
	uint32_t self = cpu_here()->index;

	if (__atomic_compare_exchange_n(
		    &owner, &expected, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		way.frame = frame;
		way.report = report;
		way.cause = cause;
		way.ticks = ticks;
	} else if (expected != self) {
		cpu_here()->crashed = 1;
		crash_stop_here(frame);
	} else if (way.next_step == LB_ARRAY_COUNT(steps) && way.returns++) {
		console_bust_lock();
		print(LB_LINE_CRASH "cpu %u cannot leave for purgatory\n", self);
		arch_exit(LB_DRILL_EXIT_NO_CAPTURE);
	} else if (!way.faults++) {
		console_bust_lock();
		print(LB_LINE_CRASH "cpu %u " LB_CRASH_AGAIN "%s: going on without it\n", self,
			steps[way.next_step - 1].name);
	}
	go_on();
}
