/* SPDX-License-Identifier: MIT */
/* command: from one table of options to parsing and --help. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "render/out.h"
#include "render/paper.h"
#include "render/term.h"

#define OPTIONS_MAX 32
#define HELP_INDEX 1000
#define HELP_WIDTH 79

struct names {
	char text[40];
};

static size_t count_options(const struct lb_option *options)
{
	size_t count = 0;

	while (options[count].name) {
		count++;
	}
	LB_ASSERT(count < OPTIONS_MAX);
	return count;
}

/* "-p, --policy" */
static struct names names_of(const struct lb_option *option)
{
	struct names names;
	int length = 0;

	if (option->letter) {
		length = snprintf(names.text, sizeof(names.text), "-%c, ", option->letter);
	}
	snprintf(names.text + length, sizeof(names.text) - (size_t)length, "--%s", option->name);
	return names;
}

static void print_option(const struct lb_option *option)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s", names_of(option).text, option->argument ? " " : "",
		option->argument ? option->argument : "");
	printf("  %-24s %s\n", left, option->help);
}

static bool value_of(const struct lb_option *option, size_t index, struct lb_value *ret)
{
	return option->value && option->value(index, ret);
}

/* The section that completions read, too. */
static void print_values(const struct lb_option *option)
{
	static const struct lb_text_style style = {.width = HELP_WIDTH, .utf8 = true};
	const struct lb_paper paper = {lb_file_sink(stdout), &style};
	struct lb_value value;
	char first[64];
	int width = 0;

	for (size_t i = 0; value_of(option, i, &value); i++) {
		width = (int)lb_max((uint64_t)width, strlen(value.name));
	}
	if (width) {
		printf("\nValues of %s:\n", names_of(option).text);
	}
	for (size_t i = 0; value_of(option, i, &value); i++) {
		if (!*value.meaning) {
			printf("  %s\n", value.name);
			continue;
		}
		snprintf(first, sizeof(first), "  %-*s  ", width, value.name);
		lb_say_wrapped(&paper, LB_INK_PLAIN, first, value.meaning);
	}
}

static void print_help(const struct lb_command *command)
{
	printf("Usage: lifeboat %s [OPTION]...%s%s\n\n%s.\n\nOptions:\n", command->name,
		*command->arguments ? " " : "", command->arguments, command->summary);
	for (const struct lb_option *option = command->options; option->name; option++) {
		print_option(option);
	}
	print_option(&(struct lb_option){.name = "help", .letter = 'h', .help = "this text"});
	for (const struct lb_option *option = command->options; option->name; option++) {
		print_values(option);
	}
	if (command->details) {
		printf("\n%s", command->details);
	}
}

struct table {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 5];
};

/* Long options return HELP_INDEX or OPTIONS_MAX.. + index; short ones their letter. */
static void fill_table(struct table *table, const struct lb_option *options, size_t count)
{
	size_t at = 0;

	memset(table, 0, sizeof(*table));
	table->shorts[at++] = ':'; /* a value that is missing is ':', and nothing is printed */
	table->shorts[at++] = 'h';
	for (size_t i = 0; i < count; i++) {
		table->longs[i] = (struct option){options[i].name,
			options[i].argument ? required_argument : no_argument, NULL,
			(int)(HELP_INDEX + 1 + i)};
		if (options[i].letter) {
			table->shorts[at++] = options[i].letter;
			if (options[i].argument) {
				table->shorts[at++] = ':';
			}
		}
	}
	table->longs[count] = (struct option){"help", no_argument, NULL, HELP_INDEX};
}

static size_t index_of(const struct lb_option *options, size_t count, int code)
{
	if (code > HELP_INDEX) {
		return (size_t)(code - HELP_INDEX - 1);
	}
	for (size_t i = 0; i < count; i++) {
		if (options[i].letter == code) {
			return i;
		}
	}
	return count;
}

static void complain_of_value(const struct lb_option *option, const char *argument)
{
	struct lb_buffer text = {0};
	struct lb_value value, next;

	for (size_t i = 0; value_of(option, i, &value); i++) {
		bool last = !value_of(option, i + 1, &next);

		lb_print(lb_buffer_sink(&text), "%s%s", !i ? "" : last ? " or " : ", ", value.name);
	}
	lb_complain("--%s %s: expected %s", option->name, argument, text.bytes ? text.bytes : "");
	free(text.bytes);
}

/* True if it is one of the option's values, or the option has no list of them. */
static bool knows(const struct lb_option *option, const char *argument)
{
	struct lb_value value;

	for (size_t i = 0; value_of(option, i, &value); i++) {
		if (!strcmp(value.name, argument)) {
			return true;
		}
	}
	return !option->value;
}

/* -1, or the exit status to stop with. */
static int take(const struct lb_option *option, void *state, const char *argument)
{
	char *member = (char *)state + option->member;

	if (!knows(option, argument)) {
		complain_of_value(option, argument);
		return LB_EXIT_USAGE;
	}
	if (option->take) {
		return option->take(state, argument);
	}
	if (option->argument) {
		*(const char **)(void *)member = argument;
	} else {
		*(bool *)member = true;
	}
	return -1;
}

/* getopt would print the word as it is; code is what it returned. */
static void complain_of_option(const char *word, int code)
{
	char letter[] = {'-', (char)optopt, 0};
	const char *option = word[0] == '-' && word[1] == '-' ? word : letter;

	if (code == ':') {
		lb_complain("option '%s' requires an argument", option);
	} else {
		lb_complain("unrecognized option '%s'", option);
	}
}

static int parse(const struct lb_command *command, void *state, int argc, char **argv)
{
	size_t count = count_options(command->options);
	struct table table;
	int code;

	fill_table(&table, command->options, count);
	optind = 1;
	while ((code = getopt_long(argc, argv, table.shorts, table.longs, NULL)) != -1) {
		size_t index;
		int status;

		if (code == HELP_INDEX || code == 'h') {
			print_help(command);
			return LB_EXIT_GOOD;
		}
		index = index_of(command->options, count, code);
		if (code == '?' || code == ':' || index == count) {
			complain_of_option(argv[optind - 1], code);
			fprintf(stderr, "Try 'lifeboat %s --help'.\n", command->name);
			return LB_EXIT_USAGE;
		}
		status = take(&command->options[index], state, optarg);
		if (status >= 0) {
			return status;
		}
	}
	return command->run(state, argc - optind, argv + optind);
}

int lb_command_main(const struct lb_command *command, int argc, char **argv)
{
	void *state = calloc(1, command->state_bytes);
	int status;

	if (!state) {
		lb_complain("out of memory");
		return LB_EXIT_REFUSED;
	}
	status = parse(command, state, argc, argv);
	free(state);
	return status;
}

void lb_complain(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length >= 0) {
		lb_defuse(text, lb_terminal_of(stderr).utf8);
		fprintf(stderr, "lifeboat: %s\n", text);
		free(text);
	}
}
