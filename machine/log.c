/* SPDX-License-Identifier: MIT */
/*
 * The boot log: picks the boot to read when the log holds several, and hands each line to the
 * rule whose prefix it begins with.
 *
 * Logs come as people post them, so a line that makes no sense is a problem and never an error.
 */
#include "machine/log.h"
#include "machine/log_lines.h"

#define LOG_LINES_MAX 200000
#define LOG_RAW_LINES_MAX 1000000 /* with empty ones */
#define LOG_BOOTS_MAX 32
#define CMDLINE_REACH (64 * LB_KIB) /* behind its first line a boot shows its command line */

static const char banner[] = "Linux version ";

const struct log_topic *const log_topics[LOG_TOPICS_COUNT] = {
	&log_memory, &log_kernel_memory, &log_firmware, &log_system};

/* A pass over the lines. */
struct reading {
	struct log_reader *log;
	struct log_rules rules;
	unsigned int first; /* raw lines before the first that is read */
};

/* Longer prefixes come first in a chain: "ACPI: SRAT: Node " before "ACPI: ". */
static void add_rules(struct log_rules *index, const struct log_rule *rules, size_t count)
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

void log_rules_index(struct log_rules *ret)
{
	*ret = (struct log_rules){0};
	for (size_t i = 0; i < LOG_TOPICS_COUNT; i++) {
		add_rules(ret, log_topics[i]->rules, log_topics[i]->count);
	}
}

const struct log_rule *log_rules_find(
	const struct log_rules *index, const char *text, const char **ret_rest)
{
	const char *at = text;

	while (*at == ' ') {
		at++;
	}
	for (unsigned int i = index->first[(uint8_t)*at]; i; i = index->next[i - 1]) {
		*ret_rest = at;
		if (text_skip(ret_rest, index->rules[i - 1]->prefix)) {
			return index->rules[i - 1];
		}
	}
	return NULL;
}

bool log_mentions_efi(const char *text)
{
	return strstr(text, "efi:") || strstr(text, "EFI v");
}

static bool take_line(void *context, char *text, unsigned int number)
{
	struct reading *reading = context;
	struct log_reader *log = reading->log;
	const struct log_rule *rule;
	const char *rest = text;

	log->line = reading->first + number;
	if (log->lines >= LOG_LINES_MAX || number > LOG_RAW_LINES_MAX) {
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"the log is longer than any boot's and is read up to here");
		return false;
	}
	log->lines++;
	log_take_crash_line(log, text);
	log->machine->efi.mentioned |= log_mentions_efi(text);
	rule = log_rules_find(&reading->rules, text, &rest);
	if (rule && !rule->handle(log, rest)) {
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"a \"%s\" line that makes no sense: \"%.80s\"", rule->prefix, text);
	}
	return log->reader->status == LB_OK;
}

static void read_lines(struct log_reader *log, char *start, char *end)
{
	struct reading reading = {.log = log, .first = log->line};
	struct log_lines lines = {
		.take = take_line, .context = &reading, .at = start, .end = end};

	log_rules_index(&reading.rules);
	log_lines_read(&lines);
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
	machine_remark(log->reader, machine_at_line(log->path, log->line + 1),
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
	if (log.lines) {
		machine_found(reader, LB_SOURCE_LOG);
		reader->log_path = file->path;
	}
	if (reader->machine->efi.map_count && reader->efi_map_from_log) {
		machine_found(reader, LB_SOURCE_EFI_MAP_LOG);
	}
}
