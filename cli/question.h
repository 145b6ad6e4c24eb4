/* SPDX-License-Identifier: MIT */
/* question: the options that say what is asked, the same in every command that asks. */
#ifndef LIFEBOAT_CLI_QUESTION_H
#define LIFEBOAT_CLI_QUESTION_H

#include "cli/cli.h"
#include "plan/plan.h"

#define LB_VALUES_MAX 64

/* Values of repeated options. */
struct lb_values {
	const char *items[LB_VALUES_MAX];
	size_t count;
};

/* What is asked: the first member of the state of a command with the options below. */
struct lb_asked {
	struct lb_question question;
	struct lb_values crashkernel; /* what question.crashkernel points to */
};

/* The rows of a command's options that fill it. */
#define LB_ASKED_OPTIONS \
	{"crashkernel", 'c', "VALUE", "what if crashkernel=VALUE? (may be repeated)", \
		.take = lb_take_crashkernel}, \
	{"cmdline", 0, "TEXT", "what if this were the whole command line?", \
		.member = offsetof(struct lb_asked, question.cmdline)}, \
	{"kernel", 'k', "VERSION", "what if Linux VERSION (6.12.107) booted?", \
		.take = lb_take_kernel}

/* -1, or LB_EXIT_USAGE after a message when there are too many. */
int lb_values_add(struct lb_values *values, const char *option, const char *value);

/* --crashkernel, repeated or not; `crashkernel=256M` means the same as `256M`. */
int lb_take_crashkernel(void *asked, const char *value);

/* --kernel: -1, or LB_EXIT_USAGE after a message when it is no version of Linux. */
int lb_take_kernel(void *asked, const char *value);

/* The policies, as values of an option. */
bool lb_policy_value(size_t index, struct lb_value *ret);

/*
 * Opens root and answers the question; messages go to stderr. Returns -1 and both results, or
 * the exit status to stop with and neither.
 */
int lb_ask(const char *root, const struct lb_question *question, struct lb_machine **ret_machine,
	struct lb_plan **ret_plan);

/* True if the plan is bad news (exit status 1). */
bool lb_plan_is_bad_news(const struct lb_plan *plan);

#endif
