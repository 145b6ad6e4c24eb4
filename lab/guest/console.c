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

void say_stage(const char *name)
{
	say("stage: %s", name);
}

void say_proof(const char *id, bool passed, const char *format, ...)
{
	char line[512];
	struct lb_text text = LB_TEXT(line);
	va_list arguments;

	failed += !passed;
	lb_format(&text, "proof: %s %s: ", id, passed ? "passed" : "failed");
	va_start(arguments, format);
	lb_format_list(&text, format, arguments);
	va_end(arguments);
	say_text(&text);
}

unsigned int proofs_failed(void)
{
	return failed;
}

void say_pause(const char *name)
{
	char wanted[64];
	char byte;

	if (!cmdline_value("pause", wanted, sizeof(wanted))) {
		return;
	}
	say("pause: %s", name);
	syscall_read(CONSOLE_INPUT, &byte, 1);
}
