/* SPDX-License-Identifier: MIT */
/* main: from the loader's facts to what the command line asks for. */
#include "arch.h"
#include "boot.h"
#include "capture.h"
#include "console.h"
#include "drill.h"
#include "options.h"
#include "text.h"
#include "trap.h"
#include "unit.h"

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	panic("%s:%d: assertion failed: %s", file, line, expression);
}

_Noreturn void kernel_main(void)
{
	char mode[OPTION_BYTES];
	char filter[OPTION_BYTES];

	print("lifeboat: reference kernel " LB_VERSION ", " ARCH_NAME ", image at 0x%llx, %s\n",
		(unsigned long long)image_phys, boot_info.protocol);
	print("lifeboat: command line: %s\n", boot_info.cmdline);
	if (!option_text(boot_info.cmdline, "mode", mode)) {
		text_copy(mode, sizeof(mode), "drill");
	}
	if (text_equal(mode, "unit")) {
		unit_run(option_text(boot_info.cmdline, "filter", filter) ? filter : NULL);
	} else if (text_equal(mode, "drill")) {
		drill_run();
	} else if (text_equal(mode, "capture")) {
		capture_run();
	}
	print(LB_LINE_ERROR "mode=%s: there is no such mode\n", mode);
	arch_exit(LB_DRILL_EXIT_REFUSED);
}
