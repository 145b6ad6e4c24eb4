/* SPDX-License-Identifier: MIT */
/* report: see report.h. */
#include "report.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "options.h"

static unsigned int failures;

void report_stage(const char *name)
{
	print("stage: %s\n", name);
}

bool report_proof(const char *id, bool passed, const char *format, ...)
{
	char evidence[256];
	va_list arguments;

	va_start(arguments, format);
	print_to_va(evidence, sizeof(evidence), format, arguments);
	va_end(arguments);
	print("proof: %s %s: %s\n", id, passed ? "passed" : "failed", evidence);
	failures += !passed;
	return passed;
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

void report_pause(const char *name)
{
	char list[OPTION_BYTES];
	char byte = '\n'; /* as a rule what comes, so that memory is as it was */

	if (!option_text(boot_info.cmdline, "pause", list) || !is_listed(list, name)) {
		return;
	}
	print("pause: %s\n", name);
	while (!arch_serial_get(&byte)) {
		arch_relax();
	}
}
