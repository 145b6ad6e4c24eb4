/* SPDX-License-Identifier: MIT */
/*
 * cli: what the commands share: exit statuses, one table of options per command from which the
 * parser and --help are both made, error messages, and files that appear whole or not at all.
 */
#ifndef LIFEBOAT_CLI_CLI_H
#define LIFEBOAT_CLI_CLI_H

#include <stddef.h>
#include <stdio.h>

#include "lifeboat/base.h"

/* Exit statuses (docs/json.md and the manual page list them too). */
enum {
	LB_EXIT_GOOD = 0,    /* it will work */
	LB_EXIT_BAD_NEWS = 1,/* no reservation, or a finding of level error */
	LB_EXIT_USAGE = 2,   /* the command line makes no sense */
	LB_EXIT_INPUT = 3,   /* input cannot be read or makes no sense */
	LB_EXIT_REFUSED = 4, /* the system refused: permission, lockdown, disk full */
};

/* One of the values that an option knows. */
struct lb_value {
	const char *name;
	const char *meaning; /* half a sentence; "": the name says it */
};

struct lb_option {
	const char *name;     /* without dashes */
	char letter;          /* short form; 0: none */
	const char *argument; /* what it is called in --help; NULL: takes none */
	const char *help;
	/* Where it goes in the command's state, by offsetof: a const char * with an argument, a
	 * bool without. Not looked at where there is a take. */
	size_t member;
	/* NULL, or handles it; returns -1, or an exit status to stop with, after a message. */
	int (*take)(void *state, const char *argument);
	/* NULL: any value; else value number index, false behind the last: --help lists them,
	 * others are refused. */
	bool (*value)(size_t index, struct lb_value *ret);
};

struct lb_command {
	const char *name;
	const char *summary;   /* half a line, for the list of commands */
	const char *arguments; /* after the options in the usage line */
	const char *details;   /* below the options in --help; NULL: nothing */
	const struct lb_option *options; /* ends with a NULL name; --help is added */
	/* The rest of the arguments, after all options. Returns the exit status. */
	int (*run)(void *state, int count, char **arguments);
	size_t state_bytes; /* zeroed memory handed to the options and run */
};

extern const struct lb_command lb_command_plan;
extern const struct lb_command lb_command_size;
extern const struct lb_command lb_command_check;
extern const struct lb_command lb_command_compare;
extern const struct lb_command lb_command_snapshot;
extern const struct lb_command lb_command_drill;

/* Parses argv[1..] by the command's table and runs it. */
int lb_command_main(const struct lb_command *command, int argc, char **argv);

/* "lifeboat: ..." on stderr. */
void lb_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A file under a temporary name beside its final one. */
struct lb_output {
	FILE *file;
	const char *path;
	char *temporary; /* NULL: path is no regular file and is written directly */
};

/* False after a message; path must outlive the output. */
bool lb_output_open(struct lb_output *output, const char *path);
/* Gives the file its name if all was written; false after a message. Frees. */
bool lb_output_close(struct lb_output *output);
/* Takes it back. */
void lb_output_discard(struct lb_output *output);

#endif
