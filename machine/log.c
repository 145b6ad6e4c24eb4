/* SPDX-License-Identifier: MIT */
/*
 * The boot log: picks the boot to read when the log holds several, cuts it into lines, and hands
 * each line to the rule whose prefix it begins with. One pass; the text stays where it is.
 *
 * Logs come as people post them, so a line that makes no sense is a problem and never an error.
 */
#include "machine/log.h"

#define LOG_LINES_MAX 200000
#define LOG_RAW_LINES_MAX 1000000 /* with empty ones */
#define LOG_RULES_MAX 96
#define WRAPPED_MIN 64 /* mails are wrapped at 66 to 80 columns, with quoting marks a few more */
#define WRAPPED_MAX 140
#define PIECES_MAX 64
#define LOG_BOOTS_MAX 32
#define CMDLINE_REACH (64 * LB_KIB) /* behind its first line a boot shows its command line */

static const char banner[] = "Linux version ";

const struct log_topic *const log_topics[LOG_TOPICS_COUNT] = {
	&log_memory, &log_kernel_memory, &log_firmware, &log_system};

/* The rules by the first letter of their prefix. */
struct rule_index {
	const struct log_rule *rules[LOG_RULES_MAX];
	unsigned int count;
	uint8_t first[256]; /* 1 + place of the first rule with that letter; 0 none */
	uint8_t next[LOG_RULES_MAX];
};

/* A pass over the lines. */
struct lines {
	struct log_reader *log;
	struct rule_index index;
	char *at;     /* the line after the one in hand */
	char *end;
	bool stamped; /* the line in hand has a time stamp, so a piece of it has none */
	size_t width; /* of the last raw line in hand */
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

/* The rule that a line belongs to; NULL: to none. *ret_rest is what follows its prefix. */
static const struct log_rule *find_rule(
	const struct rule_index *index, const char *text, const char **ret_rest)
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
static bool was_wrapped_before(const struct lines *lines, const char *piece)
{
	return !strstr(piece, "KASLR using ") && lines->width <= WRAPPED_MAX &&
		lines->width + 1 + strcspn(piece, " ") > WRAPPED_MIN;
}

/*
 * Mail programs wrap long lines at a blank. Such a piece has no time stamp of its own; it is
 * joined in place, because both lie in the same buffer. False: the next line is none.
 */
static bool join_next(struct lines *lines, char *text)
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
	piece = log_strip(line);
	if (!*piece || memchr(line, '[', (size_t)(piece - line)) ||
		!was_wrapped_before(lines, piece) ||
		(is_command_line(text) && !looks_like_options(piece))) {
		*stop = kept;
		return false;
	}
	lines->width = (size_t)(stop - line);
	lines->at = newline ? newline + 1 : lines->end;
	lines->log->line++;
	text += strlen(text);
	*text = ' ';
	memmove(text + 1, piece, strlen(piece) + 1);
	return true;
}

/* Whoever says it, a driver of the firmware's frame buffer too: a machine whose log is silent
 * about EFI was not booted by it. */
static bool mentions_efi(const char *text)
{
	return strstr(text, "efi:") || strstr(text, "EFI v");
}

static void take_line(struct lines *lines, char *text)
{
	struct log_reader *log = lines->log;
	const struct log_rule *rule;
	const char *rest = text;
	unsigned int number = log->line;

	for (int i = 0; i < PIECES_MAX && join_next(lines, text); i++) {
	}
	log->lines++;
	log_take_crash_line(log, text);
	log->machine->efi.mentioned |= mentions_efi(text);
	rule = find_rule(&lines->index, text, &rest);
	if (rule && !rule->handle(log, rest)) {
		machine_problem(log->reader, machine_at_line(log->path, number),
			"a \"%s\" line that makes no sense: \"%.80s\"", rule->prefix, text);
	}
}

/* One line, or several that ran together without a line break. */
static void take_lines(struct lines *lines, char *line)
{
	const char *end = line + strlen(line);
	char *text = log_strip(line);
	char *second;

	lines->stamped = memchr(line, '[', (size_t)(text - line)) != NULL;
	lines->width = (size_t)(end - line);
	line = text;
	while ((second = log_find_stamp(line, (size_t)(end - line)))) {
		char *stripped = log_strip(second);

		if (lines->log->lines >= LOG_LINES_MAX) {
			return;
		}
		*second = 0;
		lines->stamped = false; /* what follows in the file is not its other half */
		take_line(lines, line);
		line = stripped;
	}
	if (*line) {
		take_line(lines, line);
	}
}

static void read_lines(struct log_reader *log, char *start, char *end)
{
	unsigned int last = log->line + LOG_RAW_LINES_MAX;
	struct lines lines = {.log = log, .at = start, .end = end};
	char *line;

	for (size_t i = 0; i < LOG_TOPICS_COUNT; i++) {
		add_rules(&lines.index, log_topics[i]->rules, log_topics[i]->count);
	}
	while (log->reader->status == LB_OK && text_next_line(&lines.at, end, &line)) {
		log->line++;
		if (log->lines >= LOG_LINES_MAX || log->line > last) {
			machine_problem(log->reader, machine_at_line(log->path, log->line),
				"the log is longer than any boot's and is read up to here");
			return;
		}
		take_lines(&lines, line);
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
	if (log.lines) {
		machine_found(reader, LB_SOURCE_LOG);
		reader->log_path = file->path;
	}
	if (reader->machine->efi.map_count && reader->efi_map_from_log) {
		machine_found(reader, LB_SOURCE_EFI_MAP_LOG);
	}
}
