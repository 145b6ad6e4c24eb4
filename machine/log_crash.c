/* SPDX-License-Identifier: MIT */
/* Boot log lines about crash kernel memory: which they are, and what they say. */
#include "machine/log.h"

/* True for what the kernel prints about crash kernel memory, whatever version (kernel/
 * crash_reserve.c, crash_core.c and arch/.../setup.c from 5.10 on). The command line, quoted in
 * several lines, holds the same word. */
bool log_is_crash_line(const char *text)
{
	const char *at = strstr(text, "rashkernel");

	if (at) {
		return at[10] != '=' && !text_starts(text, "Command line:") &&
			!text_starts(text, "Kernel command line:") &&
			!text_starts(text, "Unknown kernel command line");
	}
	return text_starts(text, "crahskernel:") || text_starts(text, "Memory value expected") ||
		text_starts(text, "Crash kernel ") ||
		strstr(text, "memory region reserved for crash kernel");
}

/* "0x000000006f000000 - 0x000000007f000000 (256 MB)": the second is the first byte after it. */
static bool read_addresses(const char *rest, struct lb_range *ret)
{
	struct lb_range range;

	if (!text_starts(rest, "0x") || !text_hex(&rest, &range.start) ||
		!text_skip(&rest, " - ") || !text_hex(&rest, &range.end) ||
		range.start >= range.end) {
		return false;
	}
	*ret = range;
	return true;
}

/* "256MB of memory at 1776MB", what stands between the figures being given. */
static bool read_megabytes(const char *rest, const char *between, struct lb_range *ret)
{
	uint64_t size, start, end;

	if (!text_decimal(&rest, &size) || !text_skip(&rest, between) ||
		!text_decimal(&rest, &start) || !lb_mul(size, LB_MIB, &size) ||
		!lb_mul(start, LB_MIB, &start) || !lb_add(start, size, &end)) {
		return false;
	}
	*ret = (struct lb_range){start, end};
	return true;
}

static bool read_main_megabytes(const char *rest, struct lb_range *ret)
{
	return read_megabytes(rest, "MB of memory at ", ret);
}

static bool read_low_megabytes(const char *rest, struct lb_range *ret)
{
	return read_megabytes(rest, "MB of low memory at ", ret);
}

const struct log_crash_phrase log_crash_phrases[] = {
	/* arch/arm64/mm/init.c up to 6.6; kernel/crash_core.c 6.7, kernel/crash_reserve.c 6.9 on */
	{"low memory reserved: ", LB_CRASH_LINE_LOW, read_addresses},
	{"reserved: ", LB_CRASH_LINE_MAIN, read_addresses},
	/* arch/riscv/mm/init.c, 5.13 to 6.6 */
	{"crashkernel: reserved ", LB_CRASH_LINE_MAIN, read_addresses},
	{"couldn't allocate", LB_CRASH_LINE_REFUSED, NULL},
	/* arch/x86/kernel/setup.c up to 6.6 */
	{"Reserving ", LB_CRASH_LINE_LOW, read_low_megabytes},
	{"Reserving ", LB_CRASH_LINE_MAIN, read_main_megabytes},
	/* "crashkernel reservation failed", "cannot allocate", "Cannot reserve" (all of them) */
	{"fail", LB_CRASH_LINE_REFUSED, NULL},
	{"annot", LB_CRASH_LINE_REFUSED, NULL},
	/* kernel/crash_core.c up to 6.8, kernel/crash_reserve.c since: "unrecognized char" */
	{"unrecognized", LB_CRASH_LINE_REFUSED, NULL},
};
const size_t log_crash_phrases_count = LB_ARRAY_COUNT(log_crash_phrases);

static struct lb_crash_line read_line(const char *text)
{
	struct lb_crash_line line = {
		.text = text, .names_option = strstr(text, "crashkernel") != NULL};

	for (size_t i = 0; i < log_crash_phrases_count; i++) {
		const struct log_crash_phrase *phrase = &log_crash_phrases[i];
		const char *at = strstr(text, phrase->phrase);

		if (at && (!phrase->read ||
				  phrase->read(at + strlen(phrase->phrase), &line.range))) {
			line.kind = phrase->kind;
			break;
		}
	}
	return line;
}

void log_take_crash_line(struct log_reader *log, const char *text)
{
	if (log_is_crash_line(text)) {
		struct lb_crash_line line = read_line(text);

		MACHINE_APPEND(log->reader, log->machine->crash.log,
			{line.text, line.kind, line.range, line.names_option});
	}
}
