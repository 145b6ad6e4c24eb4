/* SPDX-License-Identifier: MIT */
/* lifeboat: picks the command. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

static const struct lb_command *const commands[] = {
	&lb_command_plan,
	&lb_command_size,
	&lb_command_check,
	&lb_command_compare,
	&lb_command_snapshot,
	&lb_command_drill,
};

static void print_help(FILE *file)
{
	fprintf(file, "Usage: lifeboat COMMAND [OPTION]... [ARGUMENT]...\n\n"
		"Crash kernel memory, made visible: where it will be, whether it will do, "
		"and why.\n\nCommands:\n");
	for (size_t i = 0; i < LB_ARRAY_COUNT(commands); i++) {
		fprintf(file, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	}
	fprintf(file, "\n  --version  print the version\n"
		"  --help     this text; 'lifeboat COMMAND --help' for a command\n");
}

static const struct lb_command *find(const char *name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(commands); i++) {
		if (!strcmp(commands[i]->name, name)) {
			return commands[i];
		}
	}
	return NULL;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

static int dispatch(int argc, char **argv)
{
	static char own_name[] = "lifeboat";
	const struct lb_command *command;

	if (argc < 2) {
		print_help(stderr);
		return LB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("lifeboat " LB_VERSION);
		return LB_EXIT_GOOD;
	}
	if (is_help(argv[1])) {
		static char help[] = "--help";
		char *words[] = {argv[0], help, NULL};

		command = argc > 2 ? find(argv[2]) : NULL;
		if (command) {
			return lb_command_main(command, 2, words);
		}
		print_help(stdout);
		return LB_EXIT_GOOD;
	}
	command = find(argv[1]);
	if (!command) {
		lb_complain("no command '%s'; see 'lifeboat --help'", argv[1]);
		return LB_EXIT_USAGE;
	}
	argv[1] = own_name; /* getopt begins its messages with it */
	return lb_command_main(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	/* An answer that did not reach its reader is no answer. */
	if (fflush(stdout) || ferror(stdout)) {
		lb_complain("cannot write the answer: %s", strerror(errno));
		return LB_EXIT_REFUSED;
	}
	return status;
}
