/* SPDX-License-Identifier: MIT */
/* lifeboat check: what will go wrong when this machine crashes. */
#include "cli/cli.h"
#include "cli/style.h"
#include "plan/check/check.h"
#include "plan/pages/pages.h"
#include "render/check.h"
#include "render/out.h"
#include "render/pages.h"

struct state {
	const char *output;
	const char *dump;
	bool linear_map;
	bool explain;
	bool json;
	bool prometheus;
	bool quiet;
};

static const struct lb_option options[] = {
	{"explain", 'e', NULL, "what was checked and is fine as well",
		.member = offsetof(struct state, explain)},
	{"json", 'j', NULL, "the answer as JSON", .member = offsetof(struct state, json)},
	{"prometheus", 'p', NULL, "the answer as metrics of Prometheus",
		.member = offsetof(struct state, prometheus)},
	{"linear-map", 'l', NULL, "instead: how the running kernel maps memory, measured",
		.member = offsetof(struct state, linear_map)},
	{"dump", 'd', "FILE", "the same of a dump, an ELF core with VMCOREINFO",
		.member = offsetof(struct state, dump)},
	{"output", 'o', "FILE", "write it to a file, whole or not at all",
		.member = offsetof(struct state, output)},
	{"quiet", 'q', NULL, "the verdict only", .member = offsetof(struct state, quiet)},
	{0},
};

static void print_check(const struct state *state, const struct lb_check *check, FILE *file)
{
	struct lb_text_style style = lb_style_of_output(state->quiet, state->explain);

	if (state->json) {
		lb_render_check_json(check, lb_file_sink(file));
	} else if (state->prometheus) {
		lb_render_check_prometheus(check, lb_file_sink(file));
	} else {
		style.colour = style.colour && file == stdout;
		lb_render_check_text(check, &style, lb_file_sink(file));
	}
}

static void print_pages(const struct state *state, const struct lb_pages *pages, FILE *file)
{
	struct lb_text_style style = lb_style_of_output(state->quiet, state->explain);

	if (state->json) {
		lb_render_pages_json(pages, lb_file_sink(file));
	} else {
		style.colour = style.colour && file == stdout;
		lb_render_pages_text(pages, &style, lb_file_sink(file));
	}
}

/* One of the two answers; the other is NULL. */
static void print_answer(const struct state *state, const struct lb_check *check,
	const struct lb_pages *pages, FILE *file)
{
	if (check) {
		print_check(state, check, file);
	} else {
		print_pages(state, pages, file);
	}
}

/* False after a message. */
static bool deliver(const struct state *state, const struct lb_check *check,
	const struct lb_pages *pages)
{
	struct lb_output output;

	if (!state->output) {
		print_answer(state, check, pages, stdout);
		return true;
	}
	if (!lb_output_open(&output, state->output)) {
		return false;
	}
	print_answer(state, check, pages, output.file);
	return lb_output_close(&output);
}

static int answer(const struct state *state, const struct lb_machine *machine)
{
	struct lb_check *check;
	int status;

	if (lb_check_make(machine, &check) != LB_OK) {
		lb_complain("out of memory");
		return LB_EXIT_REFUSED;
	}
	status = check->dump == LB_DUMP_LOST ? LB_EXIT_BAD_NEWS : LB_EXIT_GOOD;
	if (!deliver(state, check, NULL)) {
		status = LB_EXIT_REFUSED;
	}
	lb_check_free(check);
	return status;
}

/* machine: NULL if none is shown beside the dump. */
static int answer_linear_map(
	const struct state *state, const char *path, const struct lb_machine *machine)
{
	struct lb_machine_error error = {""};
	struct lb_core_file *core = NULL;
	struct lb_pages *pages = NULL;
	enum lb_status status = lb_core_file_open(path, &core, &error);
	bool good;

	if (!status) {
		status = lb_pages_read(core, machine, 0, &pages, &error);
	}
	if (status) {
		lb_complain("%s", error.text);
		lb_core_file_close(core);
		return status == LB_CONFLICT ? LB_EXIT_REFUSED : LB_EXIT_INPUT;
	}
	good = deliver(state, NULL, pages);
	lb_pages_free(pages);
	lb_core_file_close(core);
	return good ? LB_EXIT_GOOD : LB_EXIT_REFUSED;
}

/* NULL, or what is wrong with the words. */
static const char *misuse(const struct state *state, int count)
{
	bool measures = state->linear_map || state->dump;

	if (state->json && state->prometheus) {
		return "--json and --prometheus: one of them";
	}
	if (measures && state->prometheus) {
		return "--linear-map has no metrics: --json, or text";
	}
	return measures && !state->dump && count
		? "--linear-map is for this machine; a snapshot holds no page tables, a --dump does"
		: NULL;
}

static int run(void *context, int count, char **arguments)
{
	const struct state *state = context;
	struct lb_machine *machine = NULL;
	struct lb_machine_error error = {""};
	int status;

	if (count > 1) {
		lb_complain("check takes one snapshot, not %d", count);
		return LB_EXIT_USAGE;
	}
	if (misuse(state, count)) {
		lb_complain("%s", misuse(state, count));
		return LB_EXIT_USAGE;
	}
	if (state->dump && !count) {
		return answer_linear_map(state, state->dump, NULL);
	}
	if (lb_machine_open_closely(count ? arguments[0] : "/", &machine, &error) != LB_OK) {
		lb_complain("%s", error.text);
		return LB_EXIT_INPUT;
	}
	status = state->dump         ? answer_linear_map(state, state->dump, machine)
		 : state->linear_map ? answer_linear_map(state, "/proc/kcore", machine)
				     : answer(state, machine);
	lb_machine_close(machine);
	return status;
}

const struct lb_command lb_command_check = {
	.name = "check",
	.summary = "Say whether a crash will leave a dump, and what prevents it",
	.arguments = "[SNAPSHOT]",
	.details = "SNAPSHOT is as for plan, a sosreport too; without it: this machine.\n"
		   "What could not be read is listed, and never counts as fine.\n"
		   "With --dump a SNAPSHOT of the same boot shows the crash memory in it.\n"
		   "\n"
		   "Exit status: 0 no error was found; 1 one was: a crash will leave no dump;\n"
		   "2 wrong usage; 3 unreadable input; 4 the system refused.\n"
		   "\n"
		   "Example, for node_exporter's textfile collector:\n"
		   "  lifeboat check -p -o /var/lib/prometheus/node-exporter/lifeboat.prom\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
