/* SPDX-License-Identifier: MIT */
/* log: what the readers of boot log lines share. */
#ifndef LIFEBOAT_MACHINE_LOG_H
#define LIFEBOAT_MACHINE_LOG_H

#include "machine/reader.h"
#include "machine/text.h"

struct log_reader {
	struct machine_reader *reader;
	struct lb_machine *machine;
	const char *path;
	unsigned int line;
	bool node_ranges;      /* "Early memory node ranges" was seen, its lines follow */
	bool efi_map_ended;    /* a later copy of the map, of other content, is to be ignored */
	unsigned int efi_next; /* expected number of the next "efi: memNN:" line */
	size_t efi_compared;   /* entries held against the firmware's own bytes */
};

/* A line that begins like one that matters: rest is what follows the prefix that picked the
 * handler. False when the line makes no sense; that is noted as a problem. */
typedef bool log_handler(struct log_reader *log, const char *rest);

struct log_rule {
	const char *prefix;
	log_handler *handle;
};

/* The rules of a topic, and how many. */
extern const struct log_rule log_memory_rules[];
extern const size_t log_memory_rules_count;
extern const struct log_rule log_firmware_rules[];
extern const size_t log_firmware_rules_count;
extern const struct log_rule log_system_rules[];
extern const size_t log_system_rules_count;

/*
 * Takes everything off a line that is not the kernel's: quoting marks, syslog prefix, priority,
 * time stamp, caller column. What is left keeps its own leading blanks.
 */
char *log_strip(char *line);

/* A time stamp "[    0.000000] " inside text, where two lines ran together; NULL none. */
char *log_find_stamp(char *text, size_t length);

#endif
