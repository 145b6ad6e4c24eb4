/* SPDX-License-Identifier: MIT */
/* main: finds out what this Linux was booted for. */
#include "lab/init/init.h"
#include "lab/init/system.h"
#include "lifeboat/format.h"

#define CONSOLE 1

_Noreturn void init_main(void);

static unsigned int failed;
static char cmdline[4096];

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	say("error: init: %s:%d: assertion failed: %s", file, line, expression);
	system_end(INIT_FAILED);
}

static void say_text(struct lb_text *text)
{
	if (text->truncated) {
		text->length = text->capacity - 1;
	}
	lb_text_put_char(text, '\n');
	system_write(CONSOLE, text->bytes, text->length);
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

static const char *find_word(const char *name)
{
	const char *at = cmdline;

	while (*at) {
		const char *word = name;

		while (*word && *at == *word) {
			at++;
			word++;
		}
		if (!*word && (!*at || *at == ' ' || *at == '\n' || *at == '=')) {
			return at;
		}
		while (*at && *at != ' ') {
			at++;
		}
		at += *at == ' ';
	}
	return NULL;
}

bool cmdline_has(const char *name)
{
	return find_word(name) != NULL;
}

bool cmdline_value(const char *name, char *buffer, size_t bytes)
{
	const char *at = find_word(name);
	size_t used = 0;

	if (!at || *at != '=') {
		return false;
	}
	for (at++; *at && *at != ' ' && *at != '\n' && used < bytes - 1; at++) {
		buffer[used++] = *at;
	}
	buffer[used] = '\0';
	return true;
}

uint64_t cmdline_number(const char *name, uint64_t fallback)
{
	char text[32];
	uint64_t value = 0;

	if (!cmdline_value(name, text, sizeof(text)) || text[0] != '0' || text[1] != 'x') {
		return fallback;
	}
	for (const char *at = text + 2; (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f');
		at++) {
		value = value << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	}
	return value;
}

void say_pause(const char *name)
{
	char wanted[64];
	char byte;

	if (!cmdline_value("pause", wanted, sizeof(wanted))) {
		return;
	}
	say("pause: %s", name);
	system_read(0, &byte, 1);
}

long read_file(const char *path, char *buffer, size_t bytes)
{
	long file = system_open(path, false);
	size_t used = 0;
	long got;

	buffer[0] = '\0';
	if (file < 0) {
		return -1;
	}
	while (used < bytes - 1 &&
		(got = system_read(file, buffer + used, bytes - 1 - used)) > 0) {
		used += (size_t)got;
	}
	system_close(file);
	buffer[used] = '\0';
	return (long)used;
}

_Noreturn void init_main(void)
{
	long dump;

	system_make_folder("/proc");
	system_make_folder("/sys");
	system_mount("proc", "/proc");
	system_mount("sysfs", "/sys");
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
	dump = system_open("/proc/vmcore", false);
	if (dump >= 0) {
		system_close(dump);
		verify_dump();
	}
	if (cmdline_has("lifeboat.capture")) {
		say_stage("capture");
		say("error: capture: there is no /proc/vmcore");
		system_end(INIT_FAILED);
	}
	if (cmdline_has("lifeboat.drill")) {
		crash_machine();
	}
	record_machine();
}
