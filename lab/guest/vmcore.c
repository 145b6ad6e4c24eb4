/* SPDX-License-Identifier: MIT */
/* vmcore: see vmcore.h. */
#include "lab/guest/vmcore.h"

#include "lab/guest/console.h"
#include "lab/guest/syscalls.h"
#include "lifeboat/format.h"

void give_up_capture(const char *format, ...)
{
	char line[256];
	struct lb_text text = LB_TEXT(line);
	va_list arguments;

	va_start(arguments, format);
	lb_format_list(&text, format, arguments);
	va_end(arguments);
	say(LB_LINE_ERROR "capture: %s", line);
	say(LB_LINE_RESULT LB_RESULT_LOST);
	syscall_end(LB_DRILL_EXIT_FAILED);
}

void vmcore_open(struct vmcore *vmcore)
{
	size_t used = 0;
	size_t offset = 0;
	long got;
	enum lb_status status;

	vmcore->file = syscall_open("/proc/vmcore", false);
	while (used < VMCORE_HEADER_MAX &&
		(got = syscall_read_at(vmcore->file, vmcore->bytes + used,
			 VMCORE_HEADER_MAX - used, used)) > 0) {
		used += (size_t)got;
	}
	status = lb_core_header_parse(vmcore->bytes, used, &vmcore->header, &offset);
	if (status != LB_OK) {
		give_up_capture("/proc/vmcore: %s at offset %lu", lb_status_text(status),
			(unsigned long)offset);
	}
}
