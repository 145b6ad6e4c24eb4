/* SPDX-License-Identifier: MIT */
/*
 * tree_settle: all files of one machine. Where several lie side by side none is the one that was
 * meant, so the root is refused with the list.
 */
#include <stdio.h>
#include <string.h>

#include "machine/text.h"
#include "machine/tree.h"

#define LISTED_MAX 8

/* Names for a message, each once. */
struct list {
	const char *names[LISTED_MAX];
	size_t lengths[LISTED_MAX];
	size_t count; /* of all, also of those that found no room */
};

static void add(struct list *list, const char *name, size_t length)
{
	for (size_t i = 0; i < list->count && i < LISTED_MAX; i++) {
		if (list->lengths[i] == length && !memcmp(list->names[i], name, length)) {
			return;
		}
	}
	if (list->count < LISTED_MAX) {
		list->names[list->count] = name;
		list->lengths[list->count] = length;
	}
	list->count++;
}

/* Fails with "what: one, two, three". */
static void refuse(struct machine_reader *reader, const struct list *list, const char *what)
{
	char text[400] = "";
	size_t used = 0;

	for (size_t i = 0; i < list->count && i < LISTED_MAX; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s",
			i ? ", " : "", (int)lb_min(list->lengths[i], 40), list->names[i]);
	}
	machine_fail(reader, LB_INVALID, machine_at_line(reader->machine->name, 0), "%s: %s%s",
		what, text, list->count > LISTED_MAX ? " and more" : "");
}

static const struct machine_file *shortest_prefix(const struct machine_reader *reader)
{
	const struct machine_file *best = NULL;

	for (size_t i = 0; i < reader->files_count; i++) {
		if (!best || reader->files[i].prefix < best->prefix) {
			best = &reader->files[i];
		}
	}
	return best;
}

/* "" or "sosreport-x/": what lies below that, in a folder of its own, is a copy or a container. */
static void choose_prefix(struct machine_reader *reader)
{
	const struct machine_file *best = shortest_prefix(reader);
	struct list others = {.count = 0};
	size_t prefix, kept = 0;
	const char *path;

	if (!best) {
		return;
	}
	prefix = best->prefix;
	path = best->path;
	add(&others, path, prefix);
	for (size_t i = 0; i < reader->files_count; i++) {
		const struct machine_file *file = &reader->files[i];

		if (file->prefix < prefix || memcmp(file->path, path, prefix)) {
			add(&others, file->path, file->prefix);
		} else if (file->prefix == prefix) {
			reader->files[kept++] = *file;
		}
	}
	reader->files_count = kept;
	if (others.count > 1) {
		refuse(reader, &others, "several machines, and a plan is of one");
	}
}

static void unpack_logs(struct machine_reader *reader)
{
	for (size_t i = 0; i < reader->files_count && reader->status == LB_OK; i++) {
		if (reader->files[i].kind == MACHINE_LOG) {
			tree_unpack_log(reader, &reader->files[i]);
		}
	}
}

enum sharing { SHARE_NOTHING_TO_COMPARE, SHARE_NONE, SHARE_SOME };

/* Whether one of a's lines with mark is in b too, as far as the form of a log leaves it alone. */
static enum sharing share_line(
	const struct machine_file *a, const struct machine_file *b, const char *mark)
{
	const char *end = a->data + a->size;
	const char *at = a->data;
	enum sharing sharing = SHARE_NOTHING_TO_COMPARE;

	if (!memmem(b->data, b->size, mark, strlen(mark))) {
		return sharing;
	}
	while ((at = memmem(at, (size_t)(end - at), mark, strlen(mark)))) {
		size_t length = strcspn(at, "\r\n\033\"\\");

		if (memmem(b->data, b->size, at, length)) {
			return SHARE_SOME;
		}
		sharing = SHARE_NONE;
		at += length;
	}
	return sharing;
}

/* Two logs show one boot if what a kernel says once of itself and its memory is in both. */
static bool of_one_boot(const struct machine_file *a, const struct machine_file *b)
{
	static const char *const marks[] = {
		"Linux version ", "Command line: ", "Kernel command line: ", "] Memory: "};

	for (size_t i = 0; i < LB_ARRAY_COUNT(marks); i++) {
		if (share_line(a, b, marks[i]) == SHARE_NONE &&
			share_line(b, a, marks[i]) == SHARE_NONE) {
			return false;
		}
	}
	return true;
}

/* What somebody put beside each other; files that a system keeps may be of earlier boots. */
static bool is_the_log(const struct machine_file *file)
{
	return file->kind == MACHINE_LOG && file->rank < MACHINE_LOG_FILE_RANK;
}

static void compare_logs(struct machine_reader *reader)
{
	const struct machine_file *first = NULL;
	struct list logs = {.count = 0};
	bool differ = false;

	for (size_t i = 0; i < reader->files_count; i++) {
		const struct machine_file *file = &reader->files[i];

		if (!is_the_log(file)) {
			continue;
		}
		differ |= first && !of_one_boot(first, file);
		first = first ? first : file;
		add(&logs, file->path, strlen(file->path));
	}
	if (differ) {
		refuse(reader, &logs, "logs of several machines or boots, and a plan is of one");
	}
}

void tree_settle(struct machine_reader *reader)
{
	choose_prefix(reader);
	unpack_logs(reader);
	if (reader->status == LB_OK) {
		compare_logs(reader);
	}
}
