/* SPDX-License-Identifier: MIT */
/* lifeboat plan: where the crash kernel memory of a machine will be, and why. */
#include "cli/cli.h"
#include "cli/question.h"
#include "cli/style.h"
#include "render/out.h"
#include "render/render.h"

struct state {
	struct lb_asked asked;
	const char *svg;
	const char *html;
	bool json;
	bool explain;
	bool quiet;
};

static const struct lb_option options[] = {
	LB_ASKED_OPTIONS,
	{"policy", 'p', "NAME", "another way to reserve than Linux's own",
		.member = offsetof(struct state, asked.question.policy), .value = lb_policy_value},
	{"json", 'j', NULL, "the answer as JSON", .member = offsetof(struct state, json)},
	{"svg", 0, "FILE", "write a picture as well", .member = offsetof(struct state, svg)},
	{"html", 0, "FILE", "write a page as well", .member = offsetof(struct state, html)},
	{"explain", 'e', NULL, "every step of the simulated boot as well",
		.member = offsetof(struct state, explain)},
	{"quiet", 'q', NULL, "the verdict only", .member = offsetof(struct state, quiet)},
	{0},
};

static bool write_file(const struct lb_plan *plan, const char *path,
	enum lb_status (*render)(const struct lb_plan *, struct lb_sink))
{
	struct lb_output output;

	if (!path) {
		return true;
	}
	if (!lb_output_open(&output, path)) {
		return false;
	}
	if (render(plan, lb_file_sink(output.file)) != LB_OK) {
		lb_complain("cannot draw %s: out of memory", path);
		lb_output_discard(&output);
		return false;
	}
	return lb_output_close(&output);
}

static void print_plan(const struct state *state, const struct lb_plan *plan)
{
	struct lb_text_style style = lb_style_of_output(state->quiet, state->explain);

	if (state->json) {
		lb_render_plan_json(plan, lb_file_sink(stdout));
	} else {
		lb_render_plan_text(plan, &style, lb_file_sink(stdout));
	}
}

static int run(void *context, int count, char **arguments)
{
	struct state *state = context;
	struct lb_machine *machine;
	struct lb_plan *plan;
	int status;

	if (count > 1) {
		lb_complain("plan takes one snapshot, not %d", count);
		return LB_EXIT_USAGE;
	}
	status = lb_ask(count ? arguments[0] : "/", &state->asked.question, &machine, &plan);
	if (status >= 0) {
		return status;
	}
	print_plan(state, plan);
	status = lb_plan_is_bad_news(plan) ? LB_EXIT_BAD_NEWS : LB_EXIT_GOOD;
	if (!write_file(plan, state->svg, lb_render_plan_svg) ||
		!write_file(plan, state->html, lb_render_plan_html)) {
		status = LB_EXIT_REFUSED;
	}
	lb_plan_free(plan);
	lb_machine_close(machine);
	return status;
}

const struct lb_command lb_command_plan = {
	.name = "plan",
	.summary = "Say where the crash kernel memory of a machine will be, and why",
	.arguments = "[SNAPSHOT]",
	.details = "SNAPSHOT is a folder or a tar laid out like a root file system, a sosreport,\n"
		   "or a boot log; packed or not (.gz .xz .bz2 .zst); - is standard input.\n"
		   "Without it: this machine (only root sees addresses).\n"
		   "\n"
		   "Without a what-if option: what this boot did, and what it shows.\n"
		   "\n"
		   "Exit status: 0 it will work; 1 bad news (no reservation, or an error);\n"
		   "2 wrong usage; 3 unreadable input; 4 the system refused.\n"
		   "\n"
		   "Examples:\n"
		   "  lifeboat plan\n"
		   "  lifeboat plan --crashkernel 512M,high --crashkernel 128M,low\n"
		   "  lifeboat plan server.tar.gz --kernel 6.12.107 --json\n"
		   "  ssh server dmesg | lifeboat plan -\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
