/* SPDX-License-Identifier: MIT */
/* term: ask the system about the terminal. */
#include "render/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MIN 40
#define WIDTH_MAX 400

static bool names_utf8(const char *locale)
{
	return strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
}

/* The first of the three that is set and not empty decides (POSIX 1003.1-2017, 8.2). */
static bool locale_is_utf8(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value && *value) {
			return names_utf8(value);
		}
	}
	return false;
}

static unsigned int columns(FILE *file)
{
	struct winsize size;
	unsigned long width = 0;
	const char *variable = getenv("COLUMNS");

	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0) {
		width = size.ws_col;
	}
	if (!width && variable) {
		width = strtoul(variable, NULL, 10);
	}
	if (!width) {
		return WIDTH_DEFAULT;
	}
	return (unsigned int)lb_max(WIDTH_MIN, lb_min(width, WIDTH_MAX));
}

struct lb_terminal lb_terminal_of(FILE *file)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *kind = getenv("TERM");
	struct lb_terminal terminal = {.tty = isatty(fileno(file)), .utf8 = locale_is_utf8()};

	terminal.width = columns(file);
	terminal.colour = terminal.tty && !(no_colour && *no_colour) && kind && *kind &&
		strcmp(kind, "dumb");
	return terminal;
}

void lb_progress(const char *what, uint64_t done, uint64_t total)
{
	static struct timespec shown;
	struct timespec now;
	int64_t passed;

	if (!isatty(STDERR_FILENO) || clock_gettime(CLOCK_MONOTONIC, &now)) {
		return;
	}
	passed = (int64_t)(now.tv_sec - shown.tv_sec) * 1000 +
		(now.tv_nsec - shown.tv_nsec) / 1000000;
	if (shown.tv_sec && passed < 100) {
		return;
	}
	shown = now;
	fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " %s", done, total, what);
	fflush(stderr);
}

void lb_progress_end(void)
{
	if (isatty(STDERR_FILENO)) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
}
