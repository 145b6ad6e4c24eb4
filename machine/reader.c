/* SPDX-License-Identifier: MIT */
/* reader: errors, problems and lists for all readers. */
#include "machine/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Input is quoted in messages: what is not printable ASCII becomes '?', so that a hostile file
 * cannot speak to the terminal. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~') {
			*text = '?';
		}
	}
}

enum lb_status machine_fail(struct machine_reader *reader, enum lb_status status,
	struct lb_position position, const char *format, ...)
{
	char *text = reader->error->text;
	size_t size = sizeof(reader->error->text);
	size_t used;
	va_list arguments;

	if (reader->status != LB_OK) {
		return reader->status;
	}
	reader->status = status;
	if (position.line) {
		snprintf(text, size, "%.200s:%u: ", position.source, position.line);
	} else if (position.offset) {
		snprintf(text, size, "%.200s: offset %llu: ", position.source,
			(unsigned long long)position.offset);
	} else {
		snprintf(text, size, "%.200s: ", position.source);
	}
	used = strlen(text);
	va_start(arguments, format);
	vsnprintf(text + used, size - used, format, arguments);
	va_end(arguments);
	make_printable(text);
	return status;
}

void machine_no_room(struct machine_reader *reader, const char *path, uint64_t bytes)
{
	machine_fail(reader, LB_NO_STORAGE, machine_at_line(path, 0),
		"out of memory: %llu bytes more, with %llu MiB of this machine held already, of "
		"at most %llu MiB",
		(unsigned long long)bytes, (unsigned long long)(reader->arena->total / LB_MIB),
		(unsigned long long)(MACHINE_ARENA_BYTES_MAX / LB_MIB));
}

static void note(struct machine_reader *reader, enum lb_problem_class class_,
	struct lb_position position, const char *format, va_list arguments)
{
	struct lb_machine *machine = reader->machine;
	char text[256];
	char *copy;

	if (machine->problems_count > MACHINE_PROBLEMS_MAX) {
		return;
	}
	if (machine->problems_count == MACHINE_PROBLEMS_MAX) {
		class_ = LB_PROBLEM_CONTRADICTION;
		snprintf(text, sizeof(text), "more problems were found and are not listed");
	} else {
		vsnprintf(text, sizeof(text), format, arguments);
	}
	make_printable(text);
	copy = machine_arena_text(reader->arena, text, strlen(text));
	if (copy) {
		MACHINE_APPEND(reader, machine->problems, {position, copy, class_});
	}
}

void machine_problem(struct machine_reader *reader, struct lb_position position,
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(reader, LB_PROBLEM_CONTRADICTION, position, format, arguments);
	va_end(arguments);
}

void machine_remark(struct machine_reader *reader, struct lb_position position,
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note(reader, LB_PROBLEM_HARMLESS, position, format, arguments);
	va_end(arguments);
}

struct machine_file *machine_find(struct machine_reader *reader, enum machine_kind kind)
{
	struct machine_file *best = NULL;

	for (size_t i = 0; i < reader->files_count; i++) {
		struct machine_file *file = &reader->files[i];

		if (file->kind == kind && (!best || file->rank <= best->rank)) {
			best = file;
		}
	}
	return best;
}

/* What is being read, for messages. */
static const char *place_of(const struct machine_reader *reader)
{
	return reader->current ? reader->current : reader->machine->name;
}

const char *machine_text(struct machine_reader *reader, const char *text, size_t length)
{
	const char *copy = machine_arena_text(reader->arena, text, length);

	if (!copy) {
		machine_no_room(reader, place_of(reader), length);
	}
	return copy ? copy : "";
}

void *machine_append(struct machine_reader *reader, const void *list, size_t *count,
	size_t item_size, const void *item)
{
	char *items = (char *)list;

	if (*count >= MACHINE_LIST_MAX) {
		machine_fail(reader, LB_INVALID, machine_at_line(place_of(reader), 0),
			"more than %u entries", MACHINE_LIST_MAX);
		return items;
	}
	/* Capacity is 16, then the next power of two: it need not be stored. */
	if (!*count || (*count >= 16 && lb_is_power_of_two(*count))) {
		size_t bytes = (*count ? 2 * *count : 16) * item_size;
		char *grown = machine_arena_allocate(reader->arena, bytes);

		if (!grown) {
			machine_no_room(reader, place_of(reader), bytes);
			return items;
		}
		if (*count) {
			memcpy(grown, items, *count * item_size);
		}
		items = grown;
	}
	memcpy(items + *count * item_size, item, item_size);
	(*count)++;
	return items;
}
