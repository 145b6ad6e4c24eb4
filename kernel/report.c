/* SPDX-License-Identifier: MIT */
/* report: see report.h. */
#include "report.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "options.h"

static unsigned int failures;

void report_stage(enum lb_drill_stage stage)
{
	print(LB_LINE_STAGE "%s\n", lb_drill_stage_name(stage));
}

bool report_proof(enum lb_drill_proof_id proof, bool passed, const char *format, ...)
{
	char bytes[CONSOLE_LINE_BYTES];
	struct lb_text line = LB_TEXT(bytes);
	va_list arguments;

	lb_format(&line, LB_LINE_PROOF "%s %s: ", lb_drill_proof_name(proof),
		passed ? LB_VERDICT_PASSED : LB_VERDICT_FAILED);
	va_start(arguments, format);
	lb_format_list(&line, format, arguments);
	va_end(arguments);
	lb_text_put_char(&line, '\n');
	console_print(&line);
	failures += !passed;
	return passed;
}

void report_region(const char *name, struct lb_range range)
{
	print(LB_LINE_REGION "%s 0x%llx-0x%llx\n", name, (unsigned long long)range.start,
		(unsigned long long)range.end - 1);
}

void report_time(const char *name, uint64_t microseconds)
{
	print(LB_LINE_TIME "%s %llu us\n", name, (unsigned long long)microseconds);
}

unsigned int report_failures(void)
{
	return failures;
}

/* True if name is one of the words between commas. */
static bool is_listed(const char *list, const char *name)
{
	while (*list) {
		size_t length = 0;

		while (name[length] && list[length] == name[length]) {
			length++;
		}
		if (!name[length] && (!list[length] || list[length] == ',')) {
			return true;
		}
		while (*list && *list++ != ',') {
		}
	}
	return false;
}

void report_pause(enum lb_drill_pause pause)
{
	char list[OPTION_BYTES];
	char byte = '\n'; /* as a rule what comes, so that memory is as it was */

	if (!option_text(boot_info.cmdline, "pause", list) ||
		!is_listed(list, lb_drill_pause_name(pause))) {
		return;
	}
	print(LB_LINE_PAUSE "%s\n", lb_drill_pause_name(pause));
	while (!arch_serial_get(&byte)) {
		arch_relax();
	}
}
