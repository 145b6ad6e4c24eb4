/* SPDX-License-Identifier: MIT */
/* lifeboat drill: crashes a machine in QEMU and shows whether the dump comes out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/machine_options.h"
#include "lab/linux_image.h"
#include "render/drill.h"
#include "render/out.h"
#include "render/term.h"

#define MEMORY_DEFAULT LB_GIB
#define MEMORY_BEYOND_REACH (4 * LB_GIB)
#define CPUS_DEFAULT 2
#define TIMEOUT_DEFAULT_S 30

struct state {
	const char *arch;
	struct lb_drill_spec spec;
	bool as_json;
	bool quiet;
	bool verbose;
	const char *record;
};

static bool arch_value(size_t index, struct lb_value *ret)
{
	bool known = index < LB_DRILL_ARCHS;

	*ret = (struct lb_value){known ? lb_arch_name(lb_drill_arch(index)) : "", ""};
	return known;
}

static bool fault_value(size_t index, struct lb_value *ret)
{
	bool known = index < LB_DRILL_FAULTS;
	const struct lb_drill_fault_facts *facts =
		lb_drill_fault_facts((enum lb_drill_fault)(known ? index : 0));

	*ret = (struct lb_value){facts->name, facts->meaning};
	return known;
}

static bool policy_value(size_t index, struct lb_value *ret)
{
	bool known = index < LB_DRILL_POLICIES;
	enum lb_drill_policy policy = (enum lb_drill_policy)(known ? index : 0);

	*ret = (struct lb_value){lb_drill_policy_name(policy), lb_drill_policy_meaning(policy)};
	return known;
}

static bool parse_memory(const char *text, uint64_t *ret)
{
	static const char suffixes[] = "MGT";
	static const uint64_t factors[] = {LB_MIB, LB_GIB, 1024 * LB_GIB};
	char *end;
	const char *suffix;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	suffix = *end ? strchr(suffixes, *end) : NULL;
	return !errno && end != text && text[0] != '-' && suffix && !end[1] &&
		lb_mul(*ret, factors[suffix - suffixes], ret) && *ret >= 256 * LB_MIB &&
		*ret <= 1024 * LB_GIB;
}

static int take_memory(void *context, const char *argument)
{
	struct state *state = context;

	return parse_memory(argument, &state->spec.memory_bytes)
		? -1
		: lb_complain_usage("memory", argument, "256M to 1T");
}

static int take_cpus(void *context, const char *argument)
{
	struct state *state = context;

	return lb_take_cpus(argument, &state->spec.cpus);
}

static int take_timeout(void *context, const char *argument)
{
	struct state *state = context;

	return lb_take_timeout(argument, &state->spec.timeout_ms);
}

static int take_accelerator(void *context, const char *argument)
{
	struct state *state = context;

	state->spec.accelerator = lb_accelerator_of(argument);
	return -1;
}

static int take_capture(void *context, const char *argument)
{
	struct state *state = context;

	state->spec.capture_reference = !strcmp(argument, "reference");
	state->spec.capture = state->spec.capture_reference ? NULL : argument;
	return -1;
}

static int take_fault(void *context, const char *argument)
{
	struct state *state = context;

	lb_drill_find_fault(argument, &state->spec.fault);
	return -1;
}

/* There is a pool only where a device needs one. */
static int take_policy(void *context, const char *argument)
{
	struct state *state = context;

	state->spec.limited_device = true;
	lb_drill_find_policy(argument, &state->spec.policy);
	return -1;
}

static const struct lb_option options[] = {
	{"arch", 'a', "ARCH", "what is crashed (both)", .member = offsetof(struct state, arch),
		.value = arch_value},
	{"memory", 'm', "SIZE", "the machine's RAM, 256M to 1T (1G); x86_64 ends at 960G",
		.take = take_memory},
	{"cpus", 'n', "N", "its CPUs, 1 to 8 (2)", .take = take_cpus},
	{"accel", 0, "HOW", "what runs its CPUs (tcg)", .take = take_accelerator,
		.value = lb_accelerator_value},
	{"capture", 0, "IMAGE", "a Linux that captures, or 'reference'", .take = take_capture},
	{"kernel", 'k', "IMAGE", "a Linux that crashes, instead of ours",
		.member = offsetof(struct state, spec.production)},
	{"initrd", 'r', "FILE", "the initrd of the Linux that captures",
		.member = offsetof(struct state, spec.initrd)},
	{"crashkernel", 'c', "VALUE", "for the Linux that crashes (256M)",
		.member = offsetof(struct state, spec.crashkernel)},
	{"append", 0, "TEXT", "more for that Linux's command line",
		.member = offsetof(struct state, spec.append)},
	{"inject", 'i', "FAULT", "how it crashes (panic)", .take = take_fault,
		.value = fault_value},
	{"limited-device", 0, NULL, "with devices that do not reach all of memory",
		.member = offsetof(struct state, spec.limited_device)},
	{"policy", 0, "POLICY", "what becomes of their bounce pool (quarantine)",
		.take = take_policy, .value = policy_value},
	{"dump", 'd', "FILE", "save the dump, a sparse ELF core file",
		.member = offsetof(struct state, spec.dump)},
	{"record", 0, "FILE", "write what came of it, for lifeboat check",
		.member = offsetof(struct state, record)},
	{"images", 0, "DIR", "where <arch>/lifeboat-kernel.* are",
		.member = offsetof(struct state, spec.images)},
	{"timeout", 't', "SECONDS", "how long a stage may take (30)", .take = take_timeout},
	{"verbose", 'v', NULL, "show the machines' consoles (stderr)",
		.member = offsetof(struct state, verbose)},
	{"json", 'j', NULL, "the answer as JSON", .member = offsetof(struct state, as_json)},
	{"quiet", 'q', NULL, "one line for each machine", .member = offsetof(struct state, quiet)},
	{0},
};

/* As things happen: to stdout for people, to stderr on a terminal when the answer is JSON. */
static void show_stage(
	void *context, enum lb_arch arch, enum lb_drill_stage stage, double seconds)
{
	const struct state *state = context;
	FILE *file = state->as_json ? stderr : stdout;

	lb_render_drill_stage(arch, stage, seconds, lb_file_sink(file));
	fflush(file);
}

static void show_line(void *context, enum lb_arch arch, const char *line)
{
	(void)context;
	lb_render_drill_console(arch, line, lb_file_sink(stderr));
}

/* A Linux image decides what it runs on. What is wrong with it is said when it is to be run. */
static void arch_from_image(struct state *state)
{
	const char *path =
		state->spec.production ? state->spec.production : state->spec.capture;
	struct lab_error ignored = {0};
	struct lab_linux_image image;

	if (!state->arch && path && lab_linux_image_identify(path, &image, &ignored)) {
		state->arch = lb_arch_name(image.arch);
	}
}

/* One specification for each architecture that is asked for; returns how many. */
static size_t choose(struct state *state, struct lb_drill_spec specs[LB_DRILL_ARCHS])
{
	size_t count = 0;

	arch_from_image(state);
	for (size_t i = 0; i < LB_DRILL_ARCHS; i++) {
		enum lb_arch arch = lb_drill_arch(i);

		if (!state->arch || !strcmp(state->arch, lb_arch_name(arch))) {
			specs[count] = state->spec;
			specs[count++].arch = arch;
		}
	}
	return count;
}

/* -1 if all of them can be run; else an exit status, after a message. */
static int check(const struct lb_drill_spec *specs, size_t count)
{
	struct lab_error error;

	for (size_t i = 0; i < count; i++) {
		if (!lb_drill_check(&specs[i], &error)) {
			lb_complain("%s", error.text);
			return lb_lab_status(&error);
		}
	}
	return -1;
}

static int exit_status(const struct lb_drill_result *results, size_t count)
{
	int status = LB_EXIT_GOOD;

	for (size_t i = 0; i < count; i++) {
		const struct lb_drill_result *result = &results[i];
		int own = result->captured ? LB_EXIT_GOOD
			: result->ran	   ? LB_EXIT_BAD_NEWS
					   : lb_lab_status(&result->problem);

		status = own > status ? own : status;
	}
	return status;
}

static int report(
	const struct state *state, const struct lb_drill_result *results, size_t count)
{
	struct lb_terminal terminal = lb_terminal_of(stdout);
	struct lb_text_style style = {.colour = terminal.colour, .utf8 = terminal.utf8,
		.width = terminal.width, .quiet = state->quiet};
	int status = exit_status(results, count);

	if (state->as_json && status <= LB_EXIT_BAD_NEWS) {
		lb_render_drill_json(results, count, lb_file_sink(stdout));
	}
	for (size_t i = 0; i < count; i++) {
		if (!results[i].ran) {
			lb_complain("%s", results[i].problem.text);
		} else if (!state->as_json) {
			lb_render_drill_text(&results[i], &style, lb_file_sink(stdout));
		}
	}
	return status;
}

/* Options for a Linux where there is none would be left aside silently. */
static bool makes_sense(const struct state *state)
{
	const struct lb_drill_spec *spec = &state->spec;
	const char *problem = NULL;

	if (spec->crashkernel && !spec->production) {
		problem = "--crashkernel is for a Linux that crashes: --kernel IMAGE";
	} else if (spec->dump && !state->arch && !spec->production && !spec->capture) {
		problem = "--dump is for one machine: --arch ARCH";
	} else if ((spec->initrd || spec->append) && !spec->production && !spec->capture) {
		problem = "--initrd and --append are for a Linux: --kernel or --capture IMAGE";
	} else if (state->record && (!spec->production || !spec->initrd)) {
		problem = "--record is for your own images: --kernel IMAGE and --initrd FILE";
	} else if (spec->limited_device && (spec->production || spec->capture)) {
		problem = "--limited-device and --policy are for the reference kernel";
	} else if (spec->production && spec->fault != LB_DRILL_FAULT_PANIC) {
		problem = "--inject: a Linux that crashes can only panic";
	}
	if (problem) {
		lb_complain("%s", problem);
	}
	return !problem;
}

/* For `lifeboat check` (docs/drill.md); false after a message. */
static bool write_record(const struct state *state, const struct lb_drill_result *result)
{
	const struct lb_drill_spec *spec = &state->spec;
	struct lb_machine_trial trial = {.when = (uint64_t)time(NULL),
		.outcome = result->captured ? LB_TRIED_WORKED
			   : result->saved  ? LB_TRIED_SAVED
					    : LB_TRIED_FAILED,
		.crashkernel = spec->crashkernel};
	char text[LB_TRIAL_TEXT_BYTES];
	struct lb_output output;
	struct stat initrd;

	if (!stat(spec->initrd, &initrd)) {
		trial.initrd_bytes = (uint64_t)initrd.st_size;
	}
	if (!lb_output_open(&output, state->record)) {
		return false;
	}
	lb_trial_text(&trial, text);
	fputs(text, output.file);
	return lb_output_close(&output);
}

static void set_defaults(struct state *state)
{
	struct lb_drill_spec *spec = &state->spec;
	bool shows = !state->quiet && (!state->as_json || lb_terminal_of(stderr).tty);

	if (!spec->memory_bytes) {
		spec->memory_bytes = spec->limited_device ? MEMORY_BEYOND_REACH : MEMORY_DEFAULT;
	}
	spec->cpus = spec->cpus ? spec->cpus : CPUS_DEFAULT;
	spec->timeout_ms = spec->timeout_ms ? spec->timeout_ms : TIMEOUT_DEFAULT_S * 1000;
	spec->refusal_too = !spec->capture && !spec->production &&
		spec->fault == LB_DRILL_FAULT_PANIC && spec->policy == LB_DRILL_POLICY_QUARANTINE;
	spec->observer = (struct lb_drill_observer){.stage = shows ? show_stage : NULL,
		.line = state->verbose ? show_line : NULL, .context = state};
}

static int run(void *context, int count, char **arguments)
{
	struct state *state = context;
	struct lb_drill_spec specs[LB_DRILL_ARCHS];
	struct lb_drill_result *results;
	size_t machines;
	int status;

	if (count) {
		lb_complain("drill takes no argument ('%s')", arguments[0]);
		return LB_EXIT_USAGE;
	}
	if (!makes_sense(state)) {
		return LB_EXIT_USAGE;
	}
	set_defaults(state);
	machines = choose(state, specs);
	status = check(specs, machines);
	if (status >= 0) {
		return status;
	}
	results = calloc(machines, sizeof(*results));
	if (!results) {
		lb_complain("out of memory");
		return LB_EXIT_REFUSED;
	}
	lb_drill_run_parallel(specs, results, machines);
	status = report(state, results, machines);
	if (state->record && results[0].ran && !write_record(state, &results[0])) {
		status = LB_EXIT_REFUSED;
	}
	free(results);
	return status;
}

const struct lb_command lb_command_drill = {
	.name = "drill",
	.summary = "Crash a machine in QEMU and see whether the dump comes out",
	.arguments = "",
	.details = "After flip-bit the dump is lost, and must be. --policy means\n"
		   "--limited-device; with naive the capture kernel is corrupted, and must be.\n"
		   "\n"
		   "Exit status: 0 the dump came out and every proof passed; 1 one did not, or\n"
		   "the dump was lost; 2 wrong usage; 3 QEMU or a kernel image is missing; 4 the\n"
		   "system refused.\n"
		   "\n"
		   "Example:\n"
		   "  lifeboat drill --arch arm64 --cpus 4 --memory 5G --inject wild-write\n"
		   "  lifeboat drill --kernel vmlinuz --initrd kdump.img --crashkernel 192M\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
