/* SPDX-License-Identifier: MIT */
/* crash: from the first sign of trouble to the capture kernel. */
#include "arch.h"
#include "console.h"
#include "cpu.h"
#include "trap.h"

bool crash_in_progress(void);

bool crash_in_progress(void)
{
	return false;
}

_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	console_bust_lock();
	va_start(arguments, format);
	print("panic: ");
	print_va(format, arguments);
	print("\n");
	va_end(arguments);
	arch_exit(EXIT_PANIC);
}

_Noreturn void crash(struct frame *frame)
{
	(void)frame;
	arch_exit(EXIT_PANIC);
}

_Noreturn void crash_stop_here(struct frame *frame)
{
	(void)frame;
	arch_stop();
}
