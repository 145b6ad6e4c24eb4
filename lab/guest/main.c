/* SPDX-License-Identifier: MIT */
/* main: finds out what this Linux was booted for. */
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"

_Noreturn void init_main(void);

/* Where Linux starts the process: no frame above, the stack aligned as a call leaves it. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call init_main\n"
	"	ud2\n");
#else
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	bl init_main\n"
	"	udf #0\n");
#endif

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	say(LB_LINE_ERROR "init: %s:%d: assertion failed: %s", file, line, expression);
	syscall_end(LB_DRILL_EXIT_FAILED);
}

_Noreturn void init_main(void)
{
	long dump;

	syscall_make_folder("/proc");
	syscall_make_folder("/sys");
	syscall_mount("proc", "/proc");
	syscall_mount("sysfs", "/sys");
	cmdline_read();
	dump = syscall_open("/proc/vmcore", false);
	if (dump >= 0) {
		syscall_close(dump);
		if (cmdline_has("lifeboat.measure")) {
			measure_capture();
		}
		verify_dump();
	}
	if (cmdline_has("lifeboat.capture") || cmdline_has("lifeboat.measure")) {
		say_stage(LB_DRILL_STAGE_CAPTURE);
		say(LB_LINE_ERROR "capture: there is no /proc/vmcore");
		syscall_end(LB_DRILL_EXIT_FAILED);
	}
	if (cmdline_has("lifeboat.drill")) {
		crash_linux();
	}
	send_recording();
}
