/* SPDX-License-Identifier: MIT */
/* log_lines: the text stays where it is; a line that is handed on is a piece of it. */
#include "machine/log_lines.h"

#include "machine/log.h"

#define WRAPPED_MIN 64 /* mails are wrapped at 66 to 80 columns, with quoting marks a few more */
#define WRAPPED_MAX 140
#define PIECES_MAX 64

/* A piece of a command line: options, where the kernel would begin a sentence. */
static bool looks_like_options(const char *text)
{
	size_t word = strcspn(text, " ");

	return *text && !strstr(text, ": ") &&
		((*text >= 'a' && *text <= 'z') || memchr(text, '=', word));
}

static bool is_command_line(const char *text)
{
	return text_starts(text, "Command line: ") || text_starts(text, "Kernel command line: ");
}

/* True if a mail program would have broken the line before this piece, and at its last blank: the
 * first word of the piece would not have fitted. The decompressor's lines on an early console
 * have no time stamp either ("Memory KASLR using RDRAND RDTSC..."). */
static bool was_wrapped_before(const struct log_lines *lines, const char *piece)
{
	return !strstr(piece, "KASLR using ") && lines->width <= WRAPPED_MAX &&
		lines->width + 1 + strcspn(piece, " ") > WRAPPED_MIN;
}

/*
 * Mail programs wrap long lines at a blank. Such a piece has no time stamp of its own; it is
 * joined in place, because both lie in the same buffer. False: the next line is none.
 */
static bool join_next(struct log_lines *lines, char *text)
{
	char *line = lines->at;
	char *newline, *stop, *piece;
	char kept;

	if (!lines->stamped || line >= lines->end) {
		return false;
	}
	newline = memchr(line, '\n', (size_t)(lines->end - line));
	stop = newline ? newline : lines->end;
	stop -= stop > line && stop[-1] == '\r';
	kept = *stop;
	*stop = 0;
	log_unpack(line); /* if it stays a line of its own: doing so again changes nothing */
	piece = log_strip(line);
	if (!*piece || log_is_foreign(piece) || memchr(line, '[', (size_t)(piece - line)) ||
		!was_wrapped_before(lines, piece) ||
		(is_command_line(text) && !looks_like_options(piece))) {
		*stop = kept;
		return false;
	}
	lines->width = (size_t)(stop - line);
	lines->at = newline ? newline + 1 : lines->end;
	lines->number++;
	text += strlen(text);
	*text = ' ';
	memmove(text + 1, piece, strlen(piece) + 1);
	return true;
}

static bool take_line(struct log_lines *lines, char *text)
{
	unsigned int number = lines->number;

	for (int i = 0; i < PIECES_MAX && join_next(lines, text); i++) {
	}
	return lines->take(lines->context, text, number);
}

/* One line, or several that ran together without a line break. */
static bool take_lines(struct log_lines *lines, char *line)
{
	const char *end;
	char *second, *text;

	log_unpack(line);
	text = log_strip(line);
	end = text + strlen(text);
	lines->before = line;
	lines->stamped = memchr(line, '[', (size_t)(text - line)) != NULL;
	lines->width = (size_t)(end - line);
	if (log_is_foreign(text)) {
		return true;
	}
	line = text;
	while ((second = log_find_stamp(line, (size_t)(end - line)))) {
		char *stripped = log_strip(second);

		*second = 0;
		lines->stamped = false; /* what follows in the file is not its other half */
		if (*line && !take_line(lines, line)) {
			return false;
		}
		lines->before = second;
		line = stripped;
	}
	return !*line || take_line(lines, line);
}

/* A raw line that stands in the file twice, one behind the other, with one time stamp: somebody
 * copied it, and it says nothing new. Without a stamp it may be that of another boot. */
static bool is_copied(const struct log_lines *lines, char *line)
{
	size_t length = strlen(line);
	const char *next = lines->at;

	return length && (size_t)(lines->end - next) > length && !memcmp(line, next, length) &&
		(next[length] == '\n' || next[length] == '\r') &&
		(*line == '[' || log_find_stamp(line, length));
}

void log_lines_read(struct log_lines *lines)
{
	char *line;

	while (text_next_line(&lines->at, lines->end, &line)) {
		lines->number++;
		if (!is_copied(lines, line) && !take_lines(lines, line)) {
			return;
		}
	}
}
