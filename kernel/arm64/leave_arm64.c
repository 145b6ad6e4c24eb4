/* SPDX-License-Identifier: MIT */
/* leave_arm64: the last steps of the production kernel on arm64. */
#include "../crash.h"

#include "frame.h"

/* The first 34 words of the frame are in the order of the core file. */
void arch_frame_registers(const struct frame *frame, uint64_t ret[CRASH_REGISTERS_MAX])
{
	__builtin_memcpy(ret, frame, CRASH_REGISTERS_MAX * sizeof(ret[0]));
}

/* The lower half of the address space becomes the identity map; the image stays in the upper. */
_Noreturn void arch_leave(const struct crash_exit *exit)
{
	register uint64_t argument __asm__("x0") = exit->argument;

	__asm__ volatile("msr daifset, #0xf\n\t"
			 "msr ttbr0_el1, %0\n\t"
			 "isb\n\t"
			 "tlbi vmalle1\n\t"
			 "dsb nsh\n\t"
			 "isb\n\t"
			 "br %1"
		: : "r"(exit->tables), "r"(exit->entry), "r"(argument) : "memory");
	__builtin_unreachable();
}
