/* SPDX-License-Identifier: MIT */
/* lifeboat snapshot: what a plan needs to know of a machine, in one file. */
#include "cli/cli.h"
#include "cli/style.h"
#include "lifeboat/json.h"
#include "machine/snapshot.h"
#include "render/out.h"
#include "render/paper.h"

struct state {
	const char *output;
	bool json;
	bool quiet;
};

static const struct lb_option options[] = {
	{"output", 'o', "FILE", "where to (lifeboat-snapshot.tar.gz)",
		.member = offsetof(struct state, output)},
	{"json", 'j', NULL, "what was written, as JSON", .member = offsetof(struct state, json)},
	{"quiet", 'q', NULL, "say nothing", .member = offsetof(struct state, quiet)},
	{0},
};

static void print_left_out(struct lb_json *json, const struct lb_left_out *left_out)
{
	lb_json_begin_object(json, LB_JSON_LINE);
	lb_json_key(json, "log_lines");
	lb_json_unsigned(json, left_out->log_lines);
	lb_json_key(json, "options");
	lb_json_unsigned(json, left_out->options);
	lb_json_key(json, "properties");
	lb_json_unsigned(json, left_out->properties);
	lb_json_end(json);
}

static void print_json(const char *path, const struct lb_snapshot *snapshot)
{
	struct lb_json json;

	lb_json_init(&json, lb_file_sink(stdout));
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	lb_json_key(&json, "schema");
	lb_json_string(&json, "lifeboat.snapshot/1");
	lb_json_key(&json, "file");
	lb_json_string(&json, path);
	lb_json_key(&json, "files");
	lb_json_unsigned(&json, snapshot->files);
	lb_json_key(&json, "bytes");
	lb_json_unsigned(&json, snapshot->bytes);
	lb_json_key(&json, "efi_map");
	lb_json_bool(&json, snapshot->efi_map);
	lb_json_key(&json, "left_out");
	print_left_out(&json, &snapshot->left_out);
	lb_json_key(&json, "missing");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (unsigned int i = 0; i < snapshot->missing_count; i++) {
		lb_json_string(&json, snapshot->missing[i]);
	}
	lb_json_end(&json);
	lb_json_end(&json);
}

static void print_report(const char *path, const struct lb_snapshot *snapshot)
{
	const struct lb_text_style style = lb_style_of_output(false, false);
	const struct lb_paper paper = {lb_file_sink(stdout), &style};
	const struct lb_left_out *left_out = &snapshot->left_out;

	lb_say(&paper, LB_INK_PLAIN, "Wrote %s: %u files, %s before packing.\n", path,
		snapshot->files, lb_size_text(snapshot->bytes).text);
	printf("Left out: %zu of %zu lines of the log, which tell nothing about memory.\n"
	       "Masked: %zu options of command lines, %zu values of the device tree, who\n"
	       "built the kernel, host name. The README in it says what is kept.\n",
		left_out->log_lines, left_out->log_lines + left_out->log_lines_kept,
		left_out->options, left_out->properties);
	for (unsigned int i = 0; i < snapshot->missing_count; i++) {
		printf("Not in it: %s\n", snapshot->missing[i]);
	}
	lb_say(&paper, LB_INK_PLAIN, "Ask it: lifeboat plan %s\n", path);
}

static int run(void *context, int count, char **arguments)
{
	struct state *state = context;
	const char *path = state->output ? state->output : "lifeboat-snapshot.tar.gz";
	struct lb_snapshot snapshot = {0};
	struct lb_machine_error error = {""};
	enum lb_status status;

	if (count > 1) {
		lb_complain("snapshot takes one root, not %d", count);
		return LB_EXIT_USAGE;
	}
	status = lb_snapshot_write(count ? arguments[0] : "/", path, &snapshot, &error);
	if (status != LB_OK) {
		lb_complain("%s", error.text);
		return status == LB_CONFLICT ? LB_EXIT_REFUSED : LB_EXIT_INPUT;
	}
	if (state->json) {
		print_json(path, &snapshot);
	} else if (!state->quiet) {
		print_report(path, &snapshot);
	}
	return LB_EXIT_GOOD;
}

const struct lb_command lb_command_snapshot = {
	.name = "snapshot",
	.summary = "Write what a plan needs to know of this machine into one file",
	.arguments = "[ROOT]",
	.details = "FILE is a tar by its name (.tar .tar.gz .tar.xz .tar.zst), else a folder.\n"
		   "Run it as root: without, addresses are hidden. ROOT is another machine's\n"
		   "root, report, snapshot or log instead of /; - is standard input.\n"
		   "\n"
		   "Exit status: 0 written; 2 wrong usage; 3 unreadable input; 4 the system\n"
		   "refused.\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
