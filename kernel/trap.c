/* SPDX-License-Identifier: MIT */
/* trap: see trap.h. */
#include "trap.h"

#include "arch.h"
#include "console.h"
#include "cpu.h"
#include "crash.h"
#include "frame.h"

/* The instructions in exceptions.S that may fault, and where they go on when they do. */
extern const char probe_store[], probe_load[], probe_failed[];
/* The same places as functions: 0, or not 0 after a fault that was survived. */
uint64_t probe_store_at(volatile uint64_t *at, uint64_t value);
uint64_t probe_load_at(const volatile uint64_t *at, uint64_t *ret_value);

static bool expected(struct frame *frame, const struct trap *trap)
{
	uint64_t pc = arch_frame_pc(frame);

	if (!trap->has_address ||
		(pc != (uintptr_t)probe_store && pc != (uintptr_t)probe_load)) {
		return false;
	}
	this_cpu()->fault_address = trap->address;
	arch_frame_set_pc(frame, (uintptr_t)probe_failed);
	return true;
}

static void report(struct frame *frame, const void *cause)
{
	const struct trap *trap = cause;
	char bytes[CONSOLE_LINE_BYTES];
	struct lb_text line = LB_TEXT(bytes);
	uint32_t owner;

	console_bust_lock();
	lb_format(&line, LB_LINE_TRAP "cpu %u: %s (0x%llx) at pc 0x%llx", cpu_here()->index,
		trap->what, (unsigned long long)trap->code,
		(unsigned long long)arch_frame_pc(frame));
	if (trap->has_address) {
		lb_format(&line, ", %s" LB_TRAP_ADDRESS "0x%llx",
			trap->is_write ? LB_TRAP_WRITING : "reading",
			(unsigned long long)trap->address);
	}
	lb_text_put_char(&line, '\n');
	console_print(&line);
	if (trap->has_address && cpu_guard_has(trap->address, &owner)) {
		print(LB_LINE_TRAP LB_TRAP_STACK_OVERFLOW
			": the address is in the guard page of cpu %u\n", owner);
	}
	arch_frame_print(frame);
}

void trap_handle(struct frame *frame, const struct trap *trap)
{
	if (trap->is_stop) {
		crash_stop_here(frame);
	}
	if (!expected(frame, trap)) {
		crash(frame, report, trap);
	}
}

bool probe_write(volatile uint64_t *at, uint64_t value, uint64_t *ret_fault)
{
	if (!probe_store_at(at, value)) {
		return true;
	}
	*ret_fault = this_cpu()->fault_address;
	return false;
}

bool probe_read(const volatile uint64_t *at, uint64_t *ret_value, uint64_t *ret_fault)
{
	if (!probe_load_at(at, ret_value)) {
		return true;
	}
	*ret_fault = this_cpu()->fault_address;
	return false;
}
