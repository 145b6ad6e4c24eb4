/* SPDX-License-Identifier: MIT */
/* measure_console: see measure_console.h. */
#include "lab/measure_console.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocol/drill.h"

static const char *after(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) ? NULL : line + length;
}

/* "NAME: 0x1000-0x1fff" or "NAME 0x1000-0x1fff", inclusive; empty if it is no range. */
static struct lb_range range_after(const char *text)
{
	const char *at = strstr(text, " 0x");
	uint64_t first;
	uint64_t last;

	if (!at || sscanf(at, " %" SCNx64 "-%" SCNx64, &first, &last) != 2 || last < first ||
		last == LB_PHYS_ADDR_MAX) {
		return (struct lb_range){0, 0};
	}
	return (struct lb_range){first, last + 1};
}

static void take_measured(struct lab_measure_console *console, const char *text)
{
	struct lb_trial *trial = console->trial;
	uint64_t kib[3];

	console->user_space = true;
	if (sscanf(text, LB_MEASURED_MEMORY " %" SCNu64 " %" SCNu64 " %" SCNu64, &kib[0], &kib[1],
		    &kib[2]) == 3) {
		trial->total = lb_min(kib[0], UINT32_MAX) * LB_KIB;
		trial->free = lb_min(kib[1], UINT32_MAX) * LB_KIB;
		trial->available = lb_min(kib[2], UINT32_MAX) * LB_KIB;
	}
	if (sscanf(text, LB_MEASURED_FILES " %" SCNu64, &console->files) == 1) {
		console->files_lost |= console->files < console->files_wanted;
	}
	sscanf(text, LB_MEASURED_DUMP " %" SCNu64, &trial->dump);
	console->pool_told |= sscanf(text, LB_MEASURED_POOL " %" SCNu64, &trial->pool) == 1;
}

static void remember(struct lab_measure_console *console, const char *words)
{
	snprintf(console->last_words, sizeof(console->last_words), "%s", words);
}

/* A reference kernel that does not go on: as a rule before the crash. */
static void take_error(struct lab_measure_console *console, const char *text)
{
	console->too_small |= strstr(text, LB_ERROR_TOO_SMALL) || strstr(text, "load: no room");
	remember(console, text);
}

/* Whether these words of a kernel are about memory that it does not get. */
static bool wants_memory(const char *words)
{
	static const char *const signs[] = {"memory", "alloc", "can't create", "cannot create"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(signs); i++) {
		if (strcasestr(words, signs[i])) {
			return true;
		}
	}
	return false;
}

static void take_linux(struct lab_measure_console *console, const char *line)
{
	const char *panic = strstr(line, "Kernel panic - not syncing: ");
	const char *unpacking = strstr(line, "Initramfs unpacking failed: ");

	console->out_of_memory |= strstr(line, "Out of memory") ||
		strstr(line, "page allocation failure") || strstr(line, "invoked oom-killer");
	if (unpacking) {
		remember(console, unpacking);
		/* A full tmpfs; else the file is damaged, or packed as this kernel cannot. */
		console->files_lost |= strstr(unpacking, "write error") || wants_memory(unpacking);
	}
	if (panic) {
		console->panicked = true;
		console->out_of_memory |= wants_memory(panic);
		if (!console->files_lost) {
			remember(console, panic);
		}
	}
}

static void take_loaded(struct lab_measure_console *console, const char *text)
{
	struct lb_range range = range_after(text);

	if (lb_range_empty(range) || console->loaded_count == LAB_MEASURE_LOADED_MAX) {
		return;
	}
	if (after(text, LB_SEGMENT_KERNEL ":")) {
		range.end = lb_min(range.end, range.start + console->kernel_bytes);
	}
	console->loaded[console->loaded_count++] = range;
}

void lab_measure_line(struct lab_measure_console *console, const char *line)
{
	const char *text;

	if ((text = after(line, LB_LINE_REGION LB_REGION_CRASH " "))) {
		console->crash = range_after(text - 1);
	} else if ((text = after(line, LB_LINE_REGION LB_REGION_LOW_CRASH " "))) {
		console->low_crash = range_after(text - 1);
	} else if ((text = after(line, LB_LINE_LOAD))) {
		take_loaded(console, text);
	} else if (after(line, LB_LINE_PAUSE)) {
		console->waits = true;
	} else if ((text = after(line, LB_LINE_MEASURED))) {
		take_measured(console, text);
	} else if ((text = after(line, LB_LINE_RESULT))) {
		console->captured = !strcmp(text, LB_RESULT_CAPTURED);
	} else if ((text = after(line, LB_LINE_ERROR))) {
		take_error(console, text);
	} else if ((text = after(line, LB_LINE_PANIC)) && !after(text, LB_PANIC_ASKED_FOR)) {
		take_error(console, text);
	} else {
		take_linux(console, line);
	}
}

__attribute__((format(printf, 3, 4))) static void end(
	struct lab_measure_console *console, enum lb_trial_end how, const char *format, ...)
{
	va_list arguments;

	console->trial->end = how;
	va_start(arguments, format);
	vsnprintf(console->trial->why, sizeof(console->trial->why), format, arguments);
	va_end(arguments);
}

void lab_measure_judge(struct lab_measure_console *console, bool late)
{
	const char *words = console->last_words;

	if (console->too_small) {
		end(console, LB_TRIAL_NOT_LOADED, "kernel and initrd do not fit");
	} else if (console->files_lost && console->user_space) {
		end(console, LB_TRIAL_FILES_LOST, "%" PRIu64 " of %" PRIu64 " files were there",
			console->files, console->files_wanted);
	} else if (console->files_lost) {
		end(console, LB_TRIAL_FILES_LOST, "%s", words);
	} else if (console->captured && console->pool_told &&
		console->trial->pool < console->pool_wanted) {
		end(console, LB_TRIAL_POOL_CUT, "the bounce pool has %" PRIu64 " KiB",
			console->trial->pool / LB_KIB);
	} else if (console->captured) {
		end(console, LB_TRIAL_COMPLETED, "%s", "");
	} else if (console->out_of_memory) {
		end(console, LB_TRIAL_OUT_OF_MEMORY, "%s", words[0] ? words : "processes killed");
	} else if (late && !console->panicked) {
		end(console, LB_TRIAL_HUNG, "%s", console->user_space ? "while the dump was read"
								      : "before user space");
	} else {
		end(console, LB_TRIAL_FAILED, "%s",
			words[0] ? words : "the machine was reset without a word");
	}
}
