/* SPDX-License-Identifier: MIT */
/* console: see console.h. */
#include "lab/guest/console.h"

#include "lab/guest/cmdline.h"
#include "lab/guest/syscalls.h"
#include "lifeboat/format.h"

#define CONSOLE_INPUT 0
#define CONSOLE 1

static unsigned int failed;

static void say_text(struct lb_text *text)
{
	if (text->truncated) {
		text->length = text->capacity - 1;
	}
	lb_text_put_char(text, '\n');
	syscall_write(CONSOLE, text->bytes, text->length);
}

void say(const char *format, ...)
{
	char line[512];
	struct lb_text text = LB_TEXT(line);
	va_list arguments;

	va_start(arguments, format);
	lb_format_list(&text, format, arguments);
	va_end(arguments);
	say_text(&text);
}

void say_stage(enum lb_drill_stage stage)
{
	say(LB_LINE_STAGE "%s", lb_drill_stage_name(stage));
}

void say_proof(enum lb_drill_proof_id id, bool passed, const char *format, ...)
{
	char line[512];
	struct lb_text text = LB_TEXT(line);
	va_list arguments;

	failed += !passed;
	lb_format(&text, LB_LINE_PROOF "%s %s: ", lb_drill_proof_name(id),
		passed ? LB_VERDICT_PASSED : LB_VERDICT_FAILED);
	va_start(arguments, format);
	lb_format_list(&text, format, arguments);
	va_end(arguments);
	say_text(&text);
}

unsigned int proofs_failed(void)
{
	return failed;
}

void say_pause(enum lb_drill_pause pause)
{
	enum lb_drill_pause wanted;
	char name[64];
	char byte;

	if (!cmdline_value("pause", name, sizeof(name)) || !lb_drill_find_pause(name, &wanted) ||
		wanted != pause) {
		return;
	}
	say(LB_LINE_PAUSE "%s", name);
	syscall_read(CONSOLE_INPUT, &byte, 1);
}
