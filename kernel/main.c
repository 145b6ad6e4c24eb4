/* SPDX-License-Identifier: MIT */
/* main: from the loader's facts to what the command line asks for. */
#include "arch.h"
#include "boot.h"
#include "capture.h"
#include "console.h"
#include "crash.h"
#include "drill.h"
#include "options.h"
#include "panic.h"
#include "text.h"
#include "unit.h"

_Noreturn void kernel_main(void)
{
	char mode[OPTION_BYTES];
	char filter[OPTION_BYTES];

	panic_set_exit(crash);
	print("lifeboat: reference kernel " LB_VERSION ", " ARCH_NAME ", image at 0x%llx, %s\n",
		(unsigned long long)image_phys, boot_info.protocol);
	/* Longer than a line may be. */
	print("lifeboat: command line: ");
	console_write(boot_info.cmdline, text_length(boot_info.cmdline));
	print("\n");
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
