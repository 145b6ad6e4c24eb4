/* SPDX-License-Identifier: MIT */
/* lifeboat compare: the same machines under several policies, side by side. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/question.h"
#include "lifeboat/json.h"
#include "render/out.h"
#include "render/paper.h"
#include "render/render.h"
#include "render/term.h"

struct state {
	struct lb_asked asked;
	struct lb_values policies;
	bool as_json;
	bool quiet;
	struct lb_json json;
	int status; /* the worst so far */
};

static int take_policy(void *context, const char *argument)
{
	struct state *state = context;

	return lb_values_add(&state->policies, "policy", argument);
}

static const struct lb_option options[] = {
	{"policy", 'p', "NAME", "a policy to compare (at least two)", .take = take_policy,
		.value = lb_policy_value},
	LB_ASKED_OPTIONS,
	{"json", 'j', NULL, "the answer as JSON", .member = offsetof(struct state, as_json)},
	{"quiet", 'q', NULL, "say nothing; the exit status is the answer",
		.member = offsetof(struct state, quiet)},
	{0},
};

static void worsen(struct state *state, int status)
{
	state->status = status > state->status ? status : state->status;
}

static void write_json_answer(struct lb_json *json, const char *policy, const struct lb_plan *plan)
{
	const struct lb_reservation *reservation = plan->reservation;

	lb_json_begin_object(json, LB_JSON_BLOCK);
	lb_json_key(json, "policy");
	lb_json_string(json, policy);
	lb_json_key(json, "outcome");
	lb_json_string(json, lb_outcome_name(reservation->outcome));
	lb_json_key(json, "certainty");
	lb_json_string(json, lb_certainty_name(plan->certainty));
	lb_render_reservation_json(reservation, json);
	lb_json_end(json);
}

static void print_answer(const char *policy, size_t width, const struct lb_plan *plan)
{
	struct lb_text_style style = {.width = 80, .quiet = true};

	printf("  %-*s  ", (int)width, policy);
	lb_render_plan_text(plan, &style, lb_file_sink(stdout));
}

static size_t widest(const struct lb_values *values)
{
	size_t width = 0;

	for (size_t i = 0; i < values->count; i++) {
		width = lb_max(width, strlen(values->items[i]));
	}
	return width;
}

static void compare_policies(struct state *state, const struct lb_machine *machine)
{
	for (size_t i = 0; i < state->policies.count; i++) {
		struct lb_question question = state->asked.question;
		struct lb_plan_error error = {0};
		struct lb_plan *plan;

		question.policy = state->policies.items[i];
		question.no_advice = true;
		if (lb_plan_make(machine, &question, &plan, &error) != LB_OK) {
			lb_complain("%s: %s", question.policy, error.text);
			worsen(state, error.usage ? LB_EXIT_USAGE : LB_EXIT_INPUT);
			continue;
		}
		if (lb_plan_is_bad_news(plan)) {
			worsen(state, LB_EXIT_BAD_NEWS);
		}
		if (state->as_json) {
			write_json_answer(&state->json, question.policy, plan);
		} else if (!state->quiet) {
			print_answer(question.policy, widest(&state->policies), plan);
		}
		lb_plan_free(plan);
	}
}

static void print_root(const char *root)
{
	struct lb_text_style style = {.utf8 = lb_terminal_of(stdout).utf8};
	struct lb_paper paper = {lb_file_sink(stdout), &style};

	lb_say(&paper, LB_INK_PLAIN, "%s\n", root);
}

static void compare_snapshot(struct state *state, const char *root)
{
	struct lb_machine *machine;
	struct lb_machine_error error = {""};

	if (lb_machine_open(root, &machine, &error) != LB_OK) {
		lb_complain("%s", error.text);
		worsen(state, LB_EXIT_INPUT);
		return;
	}
	if (!state->as_json) {
		if (!state->quiet) {
			print_root(root);
		}
		compare_policies(state, machine);
	} else {
		lb_json_begin_object(&state->json, LB_JSON_BLOCK);
		lb_json_key(&state->json, "snapshot");
		lb_json_string(&state->json, root);
		lb_json_key(&state->json, "answers");
		lb_json_begin_array(&state->json, LB_JSON_BLOCK);
		compare_policies(state, machine);
		lb_json_end(&state->json);
		lb_json_end(&state->json);
	}
	lb_machine_close(machine);
}

static void compare_all(struct state *state, int count, char **roots)
{
	static char this_machine[] = "/";
	char *only[] = {this_machine};

	roots = count ? roots : only;
	count = count ? count : 1;
	for (int i = 0; i < count; i++) {
		lb_progress("snapshots", (uint64_t)i, (uint64_t)count);
		compare_snapshot(state, roots[i]);
	}
	lb_progress_end();
}

static int run(void *context, int count, char **arguments)
{
	struct state *state = context;

	if (state->policies.count < 2) {
		lb_complain("compare needs at least two --policy NAME");
		return LB_EXIT_USAGE;
	}
	if (!state->as_json) {
		compare_all(state, count, arguments);
		return state->status;
	}
	lb_json_init(&state->json, lb_file_sink(stdout));
	lb_json_begin_object(&state->json, LB_JSON_BLOCK);
	lb_json_key(&state->json, "schema");
	lb_json_string(&state->json, "lifeboat.compare/1");
	lb_json_key(&state->json, "snapshots");
	lb_json_begin_array(&state->json, LB_JSON_BLOCK);
	compare_all(state, count, arguments);
	lb_json_end(&state->json);
	lb_json_end(&state->json);
	return state->status;
}

const struct lb_command lb_command_compare = {
	.name = "compare",
	.summary = "Put several policies side by side on the same machines",
	.arguments = "--policy A --policy B [SNAPSHOT]...",
	.details = "Exit status: 0 every policy reserves everywhere; 1 one of them does not;\n"
		   "2 wrong usage; 3 a snapshot cannot be read.\n"
		   "\n"
		   "Example:\n"
		   "  lifeboat compare --policy linux --policy lifeboat server.tar.gz\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
