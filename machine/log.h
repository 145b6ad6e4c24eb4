/* SPDX-License-Identifier: MIT */
/*
 * log: what the readers of boot log lines share.
 *
 * A kind of line is one row, {prefix, reader}, in the table of its topic (log_memory.c and its
 * neighbours); what the reader learns is a checked field of the machine. Nobody behind machine/
 * sees a line's text, but for what the kernel says about crash memory, which is shown as printed.
 * To add a kind: the row, the field, and a sample line in tests/host/test_machine_log_rows.c,
 * which fails while a row has none. The comment above a row names the kernel file that prints it;
 * without a version it has been the same since before 5.10.
 */
#ifndef LIFEBOAT_MACHINE_LOG_H
#define LIFEBOAT_MACHINE_LOG_H

#include "machine/reader.h"
#include "machine/text.h"

struct log_reader {
	struct machine_reader *reader;
	struct lb_machine *machine;
	const char *path;
	unsigned int line;
	size_t lines;          /* of the boot, after cutting and joining */
	bool node_ranges;      /* "Early memory node ranges" was seen, its lines follow */
	bool zone_ranges;      /* "Zone ranges:" was seen, its lines follow */
	bool efi_map_ended;    /* a later copy of the map, of other content, is to be ignored */
	unsigned int efi_next; /* expected number of the next "efi: memNN:" line */
	size_t efi_compared;   /* entries held against the firmware's own bytes */
};

/* A line that begins like one that matters: rest is what follows the prefix that picked the
 * handler. False when the line makes no sense; then nothing is taken from it, which is noted. */
typedef bool log_handler(struct log_reader *log, const char *rest);

struct log_rule {
	const char *prefix; /* of the line, after leading blanks; of several the longest counts */
	log_handler *handle;
};

/* The rules of a topic. */
struct log_topic {
	const struct log_rule *rules;
	size_t count;
};

extern const struct log_topic log_memory, log_kernel_memory, log_firmware, log_system;

/* Every topic, for whoever goes through all rules. */
#define LOG_TOPICS_COUNT 4
extern const struct log_topic *const log_topics[LOG_TOPICS_COUNT];

/* All rules by the first letter of their prefix. */
#define LOG_RULES_MAX 96
struct log_rules {
	const struct log_rule *rules[LOG_RULES_MAX];
	unsigned int count;
	uint8_t first[256]; /* 1 + place of the first rule with that letter; 0 none */
	uint8_t next[LOG_RULES_MAX];
};

void log_rules_index(struct log_rules *ret);

/* The rule that a line belongs to; NULL: to none. *ret_rest is what follows its prefix. */
const struct log_rule *log_rules_find(
	const struct log_rules *index, const char *text, const char **ret_rest);

/* A piece of a log: whole lines. */
struct log_piece {
	char *start, *end;
};

/* What shows that lines of several boots stand between each other: a kernel says it once. */
struct log_mixture {
	const char *phrase;
	unsigned int first_line, second_line;
};

struct log_choice {
	struct log_piece boot; /* to read */
	struct log_piece others[LB_OTHER_BOOTS_MAX]; /* the nearest first; no capture kernel's */
	size_t other_count;
	struct log_mixture mixed;
};

/*
 * Chooses from a whole log the boot to read: the last that is not a capture kernel's; of several,
 * one that shows the banner and the command line of the running kernel. log->line is the number of
 * lines before it. False: lines of several boots are mixed, as ret->mixed says.
 */
bool log_choose_boot(struct log_reader *log, struct log_piece whole, struct log_choice *ret);

/* Hands every line of the piece to its rule. */
void log_read_piece(struct log_reader *log, struct log_piece piece);

/* Whoever says it, a driver of the firmware's frame buffer too: a machine whose log is silent
 * about EFI was not booted by it. */
bool log_mentions_efi(const char *text);

/*
 * What a line about crash kernel memory says: phrase may stand anywhere in it, because prefixes
 * come and go ("kexec: "). read is given what follows the phrase; NULL: the phrase is enough.
 */
struct log_crash_phrase {
	const char *phrase;
	enum lb_crash_line_kind kind;
	bool (*read)(const char *rest, struct lb_range *ret);
};

/* The first that fits counts. */
extern const struct log_crash_phrase log_crash_phrases[];
extern const size_t log_crash_phrases_count;

/* A kernel that was given another one's core header by the device tree says so (drivers/of/fdt.c,
 * before 5.15 arch/arm64/mm/init.c): "Reserving 4 KiB of memory at 0x... for elfcorehdr". */
#define LOG_CAPTURE_KERNEL " for elfcorehdr"

/* True for what the kernel prints about crash kernel memory. */
bool log_is_crash_line(const char *text);

/* Keeps the line if it is about crash kernel memory. text lives as long as the machine. */
void log_take_crash_line(struct log_reader *log, const char *text);

/*
 * Takes everything off a line that is not the kernel's: quoting marks, syslog prefix, priority,
 * time stamp, caller column. What is left keeps its own leading blanks.
 */
char *log_strip(char *line);

/* Makes of a coloured line, and of a record of the journal in one of its own forms, the line that
 * the kernel printed. In place. */
void log_unpack(char *line);

/* True for a stripped line that begins with the date of a system's log: another program's words,
 * because those of the kernel have lost it. */
bool log_is_foreign(const char *text);

/* A time stamp "[    0.000000] " inside text, where two lines ran together; NULL none. */
char *log_find_stamp(char *text, size_t length);

#endif
