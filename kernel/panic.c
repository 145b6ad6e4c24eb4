/* SPDX-License-Identifier: MIT */
/* panic: see panic.h. */
#include "panic.h"

#include "arch.h"
#include "console.h"

static panic_exit *way_out;

void panic_set_exit(panic_exit *leave)
{
	way_out = leave;
}

static void say_reason(struct frame *frame, const void *cause)
{
	(void)frame;
	console_bust_lock();
	print(LB_LINE_PANIC "%s\n", (const char *)cause);
}

static void leave(struct frame *frame, void *reason)
{
	if (way_out) {
		way_out(frame, say_reason, reason);
	}
	say_reason(frame, reason);
	arch_exit(LB_DRILL_EXIT_NO_CAPTURE);
}

_Noreturn void panic(const char *format, ...)
{
	char reason[CONSOLE_LINE_BYTES - sizeof(LB_LINE_PANIC)];
	struct lb_text text = LB_TEXT(reason);
	va_list arguments;

	va_start(arguments, format);
	lb_format_list(&text, format, arguments);
	va_end(arguments);
	arch_with_frame(leave, reason);
	arch_stop();
}

_Noreturn void panic_with_pattern(
	const uint64_t pattern[LB_PATTERN_CPU_WORDS], uint64_t *ret_sp, const char *reason)
{
	arch_frame_with_pattern(pattern, ret_sp, leave, (void *)(uintptr_t)reason);
}

void must(enum lb_status status, const char *what)
{
	if (status != LB_OK) {
		panic("%s: %s", what, lb_status_text(status));
	}
}

_Noreturn void give_up(
	enum lb_drill_exit code, const char *what, const char *format, va_list arguments)
{
	char bytes[CONSOLE_LINE_BYTES];
	struct lb_text line = LB_TEXT(bytes);

	lb_format(&line, LB_LINE_ERROR "%s: ", what);
	lb_format_list(&line, format, arguments);
	lb_text_put_char(&line, '\n');
	console_print(&line);
	arch_exit(code);
}

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	panic("%s:%d: assertion failed: %s", file, line, expression);
}
