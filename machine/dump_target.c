/* SPDX-License-Identifier: MIT */
/*
 * dump_target: where the distribution's kdump service writes the dump. etc/kdump.conf (kdump-utils,
 * kdump.conf(5)): "NAME VALUE", the last one counts. Which host, device or user that is does not
 * matter, and is not kept.
 */
#include <string.h>

#include "machine/dump_target.h"
#include "machine/text.h"

#define USUAL_DIRECTORY "/var/crash"

/* The word of the line that is its name, and the rest. */
static bool split(const char *line, size_t *ret_length, const char **ret_value)
{
	const char *at = line;
	size_t length = strcspn(at, " \t");

	if (!length || *at == '#') {
		return false;
	}
	at += length;
	text_skip_blanks(&at);
	*ret_length = length;
	*ret_value = at;
	return true;
}

static bool is(const char *name, size_t length, const char *wanted)
{
	return strlen(wanted) == length && !memcmp(name, wanted, length);
}

enum lb_target_kind machine_kdump_conf_kind(const char *name, size_t length)
{
	static const struct {
		const char *name;
		enum lb_target_kind kind;
	} kinds[] = {{"nfs", LB_TARGET_NFS}, {"nfs4", LB_TARGET_NFS}, {"net", LB_TARGET_OTHER},
		{"ssh", LB_TARGET_SSH}, {"raw", LB_TARGET_RAW}, {"virtiofs", LB_TARGET_OTHER},
		{"ext2", LB_TARGET_LOCAL}, {"ext3", LB_TARGET_LOCAL}, {"ext4", LB_TARGET_LOCAL},
		{"xfs", LB_TARGET_LOCAL}, {"btrfs", LB_TARGET_LOCAL}, {"minix", LB_TARGET_LOCAL}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(kinds); i++) {
		if (is(name, length, kinds[i].name)) {
			return kinds[i].kind;
		}
	}
	return LB_TARGET_UNKNOWN;
}

bool machine_is_filtering(const char *command)
{
	const char *at = strstr(command, "-d");
	uint64_t level;

	if (!at || (at != command && at[-1] != ' ')) {
		return false;
	}
	at += 2;
	text_skip_blanks(&at);
	return text_decimal(&at, &level) && level > 0;
}

static void take_line(struct machine_reader *reader, const char *line)
{
	struct lb_machine_target *target = &reader->machine->target;
	enum lb_target_kind kind;
	const char *value;
	size_t length;

	if (!split(line, &length, &value)) {
		return;
	}
	kind = machine_kdump_conf_kind(line, length);
	if (kind != LB_TARGET_UNKNOWN) {
		target->kind = kind;
		target->filesystem = kind == LB_TARGET_LOCAL
					     ? machine_text(reader, line, length)
					     : NULL;
	} else if (is(line, length, "path")) {
		target->directory = machine_text(reader, value, strcspn(value, " \t"));
	} else if (is(line, length, "core_collector")) {
		target->filtered = machine_is_filtering(value);
	}
}

void machine_read_kdump_conf(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_target *target = &reader->machine->target;
	char *at = file->data;
	char *line;

	*target = (struct lb_machine_target){.kind = LB_TARGET_LOCAL,
		.path = file->path,
		.directory = USUAL_DIRECTORY,
		.filtered = true};
	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		const char *begin = line;

		text_skip_blanks(&begin);
		take_line(reader, begin);
	}
	/* With a target of its own the path is on that, which need not be mounted. */
	if (target->kind != LB_TARGET_LOCAL || target->filesystem) {
		target->directory = NULL;
	}
}

void machine_target_default(struct machine_reader *reader, const char *path)
{
	reader->machine->target = (struct lb_machine_target){.kind = LB_TARGET_LOCAL,
		.path = path,
		.directory = USUAL_DIRECTORY,
		.filtered = true};
}

enum lb_target_kind machine_savedir_kind(const char *value)
{
	static const struct {
		const char *scheme;
		enum lb_target_kind kind;
	} schemes[] = {{"file:", LB_TARGET_LOCAL}, {"/", LB_TARGET_LOCAL}, {"nfs:", LB_TARGET_NFS},
		{"ssh:", LB_TARGET_SSH}, {"sftp:", LB_TARGET_SSH}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(schemes); i++) {
		if (text_starts(value, schemes[i].scheme)) {
			return schemes[i].kind;
		}
	}
	return LB_TARGET_OTHER;
}

bool machine_target_line(struct machine_reader *reader, const char *line,
	const char *(*value_of)(struct machine_reader *reader, const char *at))
{
	struct lb_machine_target *target = &reader->machine->target;
	const char *at = line;

	if (text_skip(&at, "KDUMP_SAVEDIR=")) {
		const char *value = value_of(reader, at);
		const char *directory = value;

		text_skip(&directory, "file://");
		target->kind = machine_savedir_kind(value);
		target->directory = target->kind == LB_TARGET_LOCAL ? directory : NULL;
	} else if (text_skip(&at, "KDUMP_COREDIR=")) {
		target->directory = target->directory ? value_of(reader, at) : NULL;
	} else if (text_starts(at, "NFS=") || text_starts(at, "SSH=")) {
		target->kind = *at == 'N' ? LB_TARGET_NFS : LB_TARGET_SSH;
		target->directory = NULL;
	} else if (text_skip(&at, "MAKEDUMP_ARGS=")) {
		target->filtered = machine_is_filtering(value_of(reader, at));
	} else {
		return false;
	}
	return true;
}
