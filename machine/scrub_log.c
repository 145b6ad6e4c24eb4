/* SPDX-License-Identifier: MIT */
/*
 * scrub_log: keeps the lines that a row of the log_*.c tables reads, and those about crash kernel
 * memory. Of these only words and figures that the readers know stay (scrub_words.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "machine/log.h"
#include "machine/log_lines.h"
#include "machine/scrub.h"
#include "machine/scrub_words.h"

#define STAMP_BYTES 40

struct scrubbing {
	struct log_lines lines;
	struct log_rules rules;
	struct lb_left_out *left_out;
	FILE *out;
	char stamp[STAMP_BYTES]; /* of the last line that had one; "" so far none */
	bool shows_efi;          /* a line that mentions EFI was written */
};

/* What stays of a line, rest being what follows the row's prefix. False: nothing. */
typedef bool scrub_rest(struct scrubbing *scrubbing, char *text, char *rest);

static bool keep_words(struct scrubbing *scrubbing, char *text, char *rest)
{
	(void)scrubbing;
	(void)text;
	scrub_words(rest);
	return true;
}

static bool keep_prefix(struct scrubbing *scrubbing, char *text, char *rest)
{
	(void)scrubbing;
	(void)text;
	*rest = 0;
	return true;
}

static bool keep_banner(struct scrubbing *scrubbing, char *text, char *rest)
{
	(void)scrubbing;
	(void)rest;
	scrub_banner(text);
	return true;
}

static bool keep_command_line(struct scrubbing *scrubbing, char *text, char *rest)
{
	(void)text;
	scrubbing->left_out->options += scrub_command_line(rest, strlen(rest));
	return true;
}

/* "FACP 0x00000000BFFE1C7F 000074 (v01 BOCHS ...": name, address and length of a table, and the
 * maker where that is QEMU. */
static bool keep_acpi_table(struct scrubbing *scrubbing, char *text, char *rest)
{
	const size_t maker = sizeof(" (v01 BOCHS ") - 1;
	const char *at = rest + 4;
	uint64_t figure;

	(void)scrubbing;
	(void)text;
	if (strcspn(rest, " ") != 4 || !text_skip(&at, " ") || !text_starts(at, "0x") ||
		!text_hex(&at, &figure)) {
		return false;
	}
	if (text_skip(&at, " ") && !text_hex(&at, &figure)) {
		at--;
	}
	if (text_starts(at, " (v") && strlen(at) >= maker && text_starts(at + 5, " BOCHS ")) {
		at += maker;
	}
	rest[at - rest] = 0;
	return true;
}

/* "0000:00:1f.2: Adding to iommu group 3": that there is one. */
static bool keep_iommu_group(struct scrubbing *scrubbing, char *text, char *rest)
{
	static const char group[] = ": Adding to iommu group ";

	(void)scrubbing;
	(void)text;
	if (!strstr(rest, group)) {
		return false;
	}
	memcpy(rest, group, sizeof(group));
	return true;
}

/* "0x48000000..0x480fffff (1024 KiB) map non-reusable NAME@48000000": with the node's name, which
 * the device tree shows too. */
static bool keep_reserved_node(struct scrubbing *scrubbing, char *text, char *rest)
{
	char *name = strrchr(rest, ' ');
	char *at = name ? strchr(name, '@') : NULL;

	(void)scrubbing;
	(void)text;
	if (!text_starts(rest, "0x") || !at || at[1 + strspn(at + 1, "0123456789abcdef")]) {
		scrub_words(rest);
		return true;
	}
	*name = 0;
	scrub_words(rest);
	*name = ' ';
	return true;
}

/* Rows whose text is more than words and figures, or less. */
static const struct {
	const char *prefix;
	scrub_rest *keep;
} ways[] = {
	{"Linux version ", keep_banner},
	{"Kernel command line: ", keep_command_line},
	{"Command line: ", keep_command_line},
	{"ACPI: ", keep_acpi_table},
	{"pci ", keep_iommu_group},
	{"platform ", keep_iommu_group},
	{"arm-smmu", keep_iommu_group},
	{"OF: reserved mem: ", keep_reserved_node},
	{"smpboot: ", keep_prefix},
	{"x86/fpu: ", keep_prefix},
	{"riscv: ", keep_prefix},
};

static bool keep_line(struct scrubbing *scrubbing, char *text)
{
	const char *found;
	const struct log_rule *rule = log_rules_find(&scrubbing->rules, text, &found);
	char *rest = rule ? text + (found - text) : text;

	if (!rule && !log_is_crash_line(text) && !strstr(text, LOG_CAPTURE_KERNEL)) {
		return false;
	}
	for (size_t i = 0; rule && i < LB_ARRAY_COUNT(ways); i++) {
		if (!strcmp(rule->prefix, ways[i].prefix)) {
			return ways[i].keep(scrubbing, text, rest);
		}
	}
	return keep_words(scrubbing, text, rest);
}

/* The kernel's own time stamp among what was taken off the line. Without it a reader could not
 * tell a line from the other half of the one before it. */
static void find_stamp(struct scrubbing *scrubbing, const char *text)
{
	for (const char *at = scrubbing->lines.before; at < text; at++) {
		const char *end;
		size_t length;

		/* Where two lines ran together the bracket is the NUL that parts them. */
		if ((*at && *at != '[') || (at[1] != ' ' && !text_is_digit(at[1]))) {
			continue;
		}
		end = memchr(at, ']', (size_t)(text - at));
		length = end ? (size_t)(end - at) : 0;
		if (end && length + 2 < STAMP_BYTES &&
			strspn(at + 1, " .0123456789") + 1 == length) {
			memcpy(scrubbing->stamp, at, length + 1);
			scrubbing->stamp[0] = '[';
			scrubbing->stamp[length + 1] = 0;
			return;
		}
	}
}

static void write_line(struct scrubbing *scrubbing, const char *text)
{
	const char *blank = *scrubbing->stamp ? " " : "";

	fprintf(scrubbing->out, "%s%s%s\n", scrubbing->stamp, blank, text);
	scrubbing->left_out->log_lines_kept++;
}

static bool take_line(void *context, char *text, unsigned int number)
{
	struct scrubbing *scrubbing = context;
	bool mentions_efi = log_mentions_efi(text);
	bool kept = keep_line(scrubbing, text);

	(void)number;
	find_stamp(scrubbing, text);
	if (kept) {
		write_line(scrubbing, text);
		scrubbing->shows_efi |= log_mentions_efi(text);
	} else {
		scrubbing->left_out->log_lines++;
	}
	if (mentions_efi && !scrubbing->shows_efi) {
		write_line(scrubbing, "efi:");
		scrubbing->shows_efi = true;
	}
	return true;
}

enum lb_status scrub_log(struct machine_reader *reader, struct machine_file *file,
	struct lb_left_out *left_out)
{
	struct scrubbing scrubbing = {.left_out = left_out};
	char *data = NULL;
	size_t size = 0;
	bool written;

	scrubbing.out = open_memstream(&data, &size);
	if (scrubbing.out) {
		scrubbing.lines = (struct log_lines){.take = take_line, .context = &scrubbing,
			.at = file->data, .end = file->data + file->size};
		log_rules_index(&scrubbing.rules);
		log_lines_read(&scrubbing.lines);
		written = !ferror(scrubbing.out);
		written = !fclose(scrubbing.out) && written;
		file->data = written ? machine_arena_text(reader->arena, data, size) : NULL;
		file->size = size;
		free(data);
	}
	if (!scrubbing.out || !file->data) {
		file->size = 0;
		machine_no_room(reader, file->path, size);
		return reader->status;
	}
	return LB_OK;
}
