/* SPDX-License-Identifier: MIT */
/*
 * The boot log: hands each line of the boot to the rule whose prefix it begins with.
 *
 * Logs come as people post them, so a line that makes no sense is a problem and never an error.
 */
#include "machine/log.h"
#include "machine/log_lines.h"

#define LOG_LINES_MAX 200000
#define LOG_RAW_LINES_MAX 1000000 /* with empty ones */

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
	/* Nothing is taken from it, so it is as good as lost: what lacks then is a doubt there. */
	if (rule && !rule->handle(log, rest)) {
		machine_remark(log->reader, machine_at_line(log->path, log->line),
			"a \"%s\" line that makes no sense is left out: \"%.80s\"",
			rule->prefix, text);
	}
	return log->reader->status == LB_OK;
}

void log_read_piece(struct log_reader *log, struct log_piece piece)
{
	struct reading reading = {.log = log, .first = log->line};
	struct log_lines lines = {
		.take = take_line, .context = &reading, .at = piece.start, .end = piece.end};

	log_rules_index(&reading.rules);
	log_lines_read(&lines);
}
