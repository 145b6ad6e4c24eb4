/* SPDX-License-Identifier: MIT */
/*
 * The boot log: picks the boot to read when the log holds several, cuts it into lines, and hands
 * each line to the rule whose prefix it begins with. One pass; the text stays where it is.
 *
 * Logs come as people post them, so a line that makes no sense is a problem and never an error.
 */
#include "machine/log.h"

#define LOG_LINES_MAX 200000
#define LOG_RULES_MAX 96
#define LOG_BOOTS_MAX 32
#define CMDLINE_REACH (64 * LB_KIB) /* how far behind its first line a boot shows its command line */

static const char banner[] = "Linux version ";

/* The rules by the first letter of their prefix. */
struct rule_index {
	const struct log_rule *rules[LOG_RULES_MAX];
	unsigned int count;
	uint8_t first[256]; /* 1 + place of the first rule with that letter; 0 none */
	uint8_t next[LOG_RULES_MAX];
};

/* Longer prefixes come first in a chain: "ACPI: SRAT: Node " before "ACPI: ". */
static void add_rules(struct rule_index *index, const struct log_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *link = &index->first[(uint8_t)rules[i].prefix[0]];
		size_t length = strlen(rules[i].prefix);

		LB_ASSERT(index->count < LOG_RULES_MAX);
		while (*link && strlen(index->rules[*link - 1]->prefix) > length) {
			link = &index->next[*link - 1];
		}
		index->rules[index->count] = &rules[i];
		index->next[index->count] = *link;
		*link = (uint8_t)++index->count;
	}
}

static void apply_rules(struct log_reader *log, const struct rule_index *index, const char *text)
{
	const char *at = text;

	while (*at == ' ') {
		at++;
	}
	for (unsigned int i = index->first[(uint8_t)*at]; i; i = index->next[i - 1]) {
		const struct log_rule *rule = index->rules[i - 1];
		const char *rest = at;

		if (text_skip(&rest, rule->prefix)) {
			if (!rule->handle(log, rest)) {
				machine_problem(log->reader, machine_at_line(log->path, log->line),
					"a \"%s\" line that makes no sense: \"%.80s\"",
					rule->prefix, at);
			}
			return;
		}
	}
}

/* True for what the kernel prints about crash kernel memory, whatever version (kernel/
 * crash_reserve.c, crash_core.c and arch/.../setup.c from 5.10 on). The command line, quoted in
 * several lines, holds the same word. */
static bool about_crash_kernel(const char *text)
{
	const char *at = strstr(text, "rashkernel");

	if (at) {
		return at[10] != '=' && !text_starts(text, "Command line:") &&
			!text_starts(text, "Kernel command line:") &&
			!text_starts(text, "Unknown kernel command line");
	}
	return text_starts(text, "crahskernel:") || text_starts(text, "Memory value expected") ||
		text_starts(text, "Crash kernel ") ||
		strstr(text, "memory region reserved for crash kernel");
}

static void take_line(struct log_reader *log, const struct rule_index *index, char *text)
{
	struct lb_machine *machine = log->machine;

	MACHINE_APPEND(log->reader, machine->log, {text, log->line});
	if (about_crash_kernel(text)) {
		MACHINE_APPEND(log->reader, machine->crash_log, {text});
	}
	apply_rules(log, index, text);
}

/* One line, or several that ran together without a line break. */
static void take_lines(struct log_reader *log, const struct rule_index *index, char *line)
{
	const char *end = line + strlen(line);
	char *second;

	line = log_strip(line);
	while ((second = log_find_stamp(line, (size_t)(end - line)))) {
		char *stripped = log_strip(second);

		if (log->machine->log_count >= LOG_LINES_MAX) {
			return;
		}
		*second = 0;
		take_line(log, index, line);
		line = stripped;
	}
	if (*line) {
		take_line(log, index, line);
	}
}

static void read_lines(struct log_reader *log, char *at, char *end)
{
	struct rule_index index = {0};
	char *line;

	add_rules(&index, log_memory_rules, log_memory_rules_count);
	add_rules(&index, log_firmware_rules, log_firmware_rules_count);
	add_rules(&index, log_system_rules, log_system_rules_count);
	while (log->reader->status == LB_OK && text_next_line(&at, end, &line)) {
		log->line++;
		if (log->machine->log_count >= LOG_LINES_MAX) {
			machine_problem(log->reader, machine_at_line(log->path, log->line),
				"the log is read up to here, %u lines", LOG_LINES_MAX);
			return;
		}
		take_lines(log, &index, line);
	}
}

struct boots {
	char *start[LOG_BOOTS_MAX]; /* a ring of the last ones */
	size_t count;               /* of all */
};

/* Every line that is a kernel's first, in order. */
static void find_boots(char *data, char *end, struct boots *ret)
{
	char *at = data;

	ret->count = 0;
	while ((at = memmem(at, (size_t)(end - at), banner, sizeof(banner) - 1))) {
		/* What log_strip takes off is never longer than this. */
		char *reach = at - data > 256 ? at - 256 : data;
		char *line = memrchr(reach, '\n', (size_t)(at - reach));

		line = line ? line + 1 : reach;
		if ((line > reach || reach == data) && log_strip(line) == at) {
			ret->start[ret->count++ % LOG_BOOTS_MAX] = line;
		}
		at += sizeof(banner) - 1;
	}
}

/* A capture kernel's command line names the core header of the kernel that crashed. */
static bool is_capture_kernel(const char *start, const char *end)
{
	size_t length = (size_t)lb_min((uint64_t)(end - start), CMDLINE_REACH);

	return memmem(start, length, "elfcorehdr=", 11) != NULL;
}

/* The boot to read: the last that is not a capture kernel's. One boot: the whole text. */
static void choose_boot(struct log_reader *log, char **start, char **end)
{
	struct boots boots;
	size_t oldest, chosen;
	char *boot_end = *end;

	find_boots(*start, *end, &boots);
	if (boots.count < 2) {
		return;
	}
	oldest = boots.count > LOG_BOOTS_MAX ? boots.count - LOG_BOOTS_MAX : 0;
	for (chosen = boots.count; chosen-- > oldest;) {
		char *boot = boots.start[chosen % LOG_BOOTS_MAX];

		if (!is_capture_kernel(boot, boot_end) || chosen == oldest) {
			for (char *p = *start; p < boot; p++) {
				log->line += *p == '\n';
			}
			*start = boot;
			*end = boot_end;
			break;
		}
		boot_end = boot;
	}
	machine_problem(log->reader, machine_at_line(log->path, log->line + 1),
		"the log holds %zu boots; number %zu, from this line on, is read", boots.count,
		chosen + 1);
}

void machine_read_log(struct machine_reader *reader, struct machine_file *file)
{
	struct log_reader log = {
		.reader = reader, .machine = reader->machine, .path = file->path};
	char *start = file->data;
	char *end = file->data + file->size;

	choose_boot(&log, &start, &end);
	read_lines(&log, start, end);
	if (reader->machine->log_count) {
		machine_found(reader, LB_SOURCE_LOG);
		reader->log_path = file->path;
	}
	if (reader->machine->efi_map_count && reader->efi_map_from_log) {
		machine_found(reader, LB_SOURCE_EFI_MAP_LOG);
	}
}
