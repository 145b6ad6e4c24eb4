/* SPDX-License-Identifier: MIT */
/* trap: see trap.h. */
#include "trap.h"

#include "arch.h"
#include "console.h"
#include "cpu.h"

/* The instructions in exceptions.S that may fault, and where they go on when they do. */
extern const char probe_store[], probe_load[], probe_failed[];

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

static void report(struct frame *frame, const struct trap *trap)
{
	uint32_t owner;

	console_bust_lock();
	print("trap: cpu %u: %s (0x%llx) at pc 0x%llx", this_cpu()->index, trap->what,
		(unsigned long long)trap->code, (unsigned long long)arch_frame_pc(frame));
	if (trap->has_address) {
		print(", %s address 0x%llx", trap->is_write ? "writing" : "reading",
			(unsigned long long)trap->address);
	}
	print("\n");
	if (trap->has_address && cpu_guard_has(trap->address, &owner)) {
		print("trap: stack overflow: the address is in the guard page of cpu %u\n", owner);
	}
	arch_frame_print(frame);
}

void trap_handle(struct frame *frame, const struct trap *trap)
{
	if (trap->is_stop) {
		crash_stop_here(frame);
	}
	if (expected(frame, trap)) {
		return;
	}
	report(frame, trap);
	crash(frame);
}
