/* SPDX-License-Identifier: MIT */
/*
 * settings: the few of /proc/sys that a crash depends on, from wherever they are shown: its files,
 * what sysctl -a prints (a sosreport has it), and the files that sysctl(8) reads at boot.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"
#include "machine/tree.h"

#define FOLDER "proc/sys/"

static const struct lb_setting *find(
	const struct lb_setting *settings, size_t count, const char *name)
{
	for (size_t i = count; i-- > 0;) {
		if (!strcmp(settings[i].name, name)) {
			return &settings[i];
		}
	}
	return NULL;
}

const struct lb_setting *lb_setting_now(
	const struct lb_machine_settings *settings, const char *name)
{
	return find(settings->now, settings->now_count, name);
}

const struct lb_setting *lb_setting_configured(
	const struct lb_machine_settings *settings, const char *name)
{
	return find(settings->configured, settings->configured_count, name);
}

/* "kernel/panic" and "kernel.panic" are one. */
static bool is_name_of(const char *text, size_t length, const char *path)
{
	const char *name = path + strlen(FOLDER);

	if (strlen(name) != length) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '/' ? text[i] != '/' && text[i] != '.' : text[i] != name[i]) {
			return false;
		}
	}
	return true;
}

/* The path of the setting below FOLDER; NULL: none that matters. */
static const char *known_path(const char *name, size_t length)
{
	for (size_t i = 0; i < tree_paths_count; i++) {
		if (tree_paths[i].kind == MACHINE_SETTING &&
			is_name_of(name, length, tree_paths[i].path)) {
			return tree_paths[i].path;
		}
	}
	return NULL;
}

static bool value_of(const char *at, int *ret)
{
	bool negative;

	text_skip_blanks(&at);
	negative = text_skip(&at, "-");
	if (!text_int(&at, ret)) {
		return false;
	}
	text_skip_blanks(&at);
	*ret = negative ? -*ret : *ret;
	return !*at;
}

bool machine_setting_line(const char *line, struct machine_setting *ret)
{
	size_t length;
	const char *at = line;

	text_skip_blanks(&at);
	if (*at == '-') {
		at++; /* sysctl.d(5): failure to set it is no failure */
	}
	length = strcspn(at, " \t=");
	ret->path = known_path(at, length);
	at += length;
	text_skip_blanks(&at);
	return ret->path && *at == '=' && value_of(at + 1, &ret->value);
}

/* "proc/sys/kernel/panic" is "kernel.panic". */
static const char *name_of_path(struct machine_reader *reader, const char *path)
{
	char name[64] = "";
	const char *below = path + strlen(FOLDER);
	size_t length = strlen(below);

	LB_ASSERT(length < sizeof(name));
	memcpy(name, below, length);
	for (size_t i = 0; i < length; i++) {
		name[i] = name[i] == '/' ? '.' : name[i];
	}
	return machine_text(reader, name, length);
}

static void read_one(struct machine_reader *reader, const struct machine_file *file)
{
	struct lb_machine_settings *settings = &reader->machine->settings;
	char *at = file->data;
	char *line;
	int value;

	if (text_next_line(&at, file->data + file->size, &line) && value_of(line, &value)) {
		MACHINE_APPEND(reader, settings->now,
			{name_of_path(reader, file->path + file->prefix), value,
				machine_at_line(file->path, 1)});
	} else {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected one number");
	}
}

static void read_lines(struct machine_reader *reader, const struct machine_file *file)
{
	struct lb_machine_settings *settings = &reader->machine->settings;
	bool live = file->kind == MACHINE_SETTINGS_LIST;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		struct machine_setting setting;

		number++;
		if (!machine_setting_line(line, &setting)) {
			continue;
		}
		if (live) {
			MACHINE_APPEND(reader, settings->now,
				{name_of_path(reader, setting.path), setting.value,
					machine_at_line(file->path, number)});
		} else {
			MACHINE_APPEND(reader, settings->configured,
				{name_of_path(reader, setting.path), setting.value,
					machine_at_line(file->path, number)});
		}
	}
}

static const char *base_of(const struct machine_file *file)
{
	const char *slash = strrchr(file->path, '/');

	return slash ? slash + 1 : file->path;
}

/* By name whatever their folder (sysctl.d(5)); of one name those of a better folder come last. */
static int by_name(const void *a, const void *b)
{
	const struct machine_file *const *left = a, *const *right = b;
	int order = strcmp(base_of(*left), base_of(*right));

	return order ? order : (int)(*left)->rank - (int)(*right)->rank;
}

size_t machine_files_of(struct machine_reader *reader, enum machine_kind kind,
	struct machine_file ***ret)
{
	size_t count = 0;

	*ret = machine_arena_allocate(
		reader->arena, (reader->files_count + 1) * sizeof(struct machine_file *));
	if (!*ret) {
		machine_no_room(reader, reader->machine->name, reader->files_count);
		return 0;
	}
	for (size_t i = 0; i < reader->files_count; i++) {
		if (reader->files[i].kind == kind) {
			(*ret)[count++] = &reader->files[i];
		}
	}
	qsort(*ret, count, sizeof(**ret), by_name);
	return count;
}

bool machine_is_masked(struct machine_file *const *files, size_t count, size_t index)
{
	return index + 1 < count && !strcmp(base_of(files[index]), base_of(files[index + 1]));
}

static void read_all_of(struct machine_reader *reader, enum machine_kind kind,
	void (*read)(struct machine_reader *, const struct machine_file *))
{
	struct machine_file **files;
	size_t count = machine_files_of(reader, kind, &files);

	for (size_t i = 0; i < count && reader->status == LB_OK; i++) {
		if (kind != MACHINE_SETTINGS_CONF || !machine_is_masked(files, count, i)) {
			read(reader, files[i]);
		}
	}
}

void machine_read_settings(struct machine_reader *reader)
{
	struct machine_file *last = machine_find(reader, MACHINE_SYSCTL_CONF);

	/* Of several values the last one counts. */
	read_all_of(reader, MACHINE_SETTINGS_LIST, read_lines);
	read_all_of(reader, MACHINE_SETTING, read_one);
	read_all_of(reader, MACHINE_SETTINGS_CONF, read_lines);
	if (last && reader->status == LB_OK) {
		read_lines(reader, last);
	}
}
