/* SPDX-License-Identifier: MIT */
/* lifeboat size: how much crash memory a machine's capture kernel needs, and why. */
#include <string.h>

#include "capture/files.h"
#include "cli/cli.h"
#include "cli/machine_options.h"
#include "cli/measure.h"
#include "cli/release.h"
#include "cli/style.h"
#include "lab/mapped_file.h"
#include "plan/size/recommend.h"
#include "plan/size/size.h"
#include "render/out.h"
#include "render/size.h"

struct state {
	const char *kernel;
	const char *initrd;
	const char *append;
	bool measure;
	struct lb_measure_request measuring;
	bool release;
	bool apply;
	bool explain;
	bool json;
	bool quiet;
	/* What the files say. */
	struct lb_capture_kernel capture_kernel;
	struct lb_initrd capture_initrd;
	struct lb_drivers drivers;
	struct lb_files files;
};

static int take_cpus(void *context, const char *argument)
{
	struct state *state = context;

	return lb_take_cpus(argument, &state->measuring.cpus);
}

static int take_timeout(void *context, const char *argument)
{
	struct state *state = context;

	return lb_take_timeout(argument, &state->measuring.timeout_ms);
}

static int take_accelerator(void *context, const char *argument)
{
	struct state *state = context;

	state->measuring.accelerator = lb_accelerator_of(argument);
	return -1;
}

static const struct lb_option options[] = {
	{"kernel", 'k', "IMAGE", "the capture kernel's image",
		.member = offsetof(struct state, kernel)},
	{"initrd", 'i', "FILE", "its initrd (with --kernel)",
		.member = offsetof(struct state, initrd)},
	{"append", 0, "CMDLINE", "its command line", .member = offsetof(struct state, append)},
	{"measure", 'm', NULL, "find the smallest that completes, in QEMU",
		.member = offsetof(struct state, measure)},
	{"cpus", 'n', "N", "CPUs of the machine in QEMU, 1 to 8", .take = take_cpus},
	{"accel", 0, "HOW", "what runs its CPUs (tcg)", .take = take_accelerator,
		.value = lb_accelerator_value},
	{"images", 0, "DIR", "where <arch>/lifeboat-kernel.* are",
		.member = offsetof(struct state, measuring.images)},
	{"timeout", 't', "SECONDS", "how long a boot may take (180)", .take = take_timeout},
	{"verbose", 'v', NULL, "show the machine's console (stderr)",
		.member = offsetof(struct state, measuring.verbose)},
	{"release", 0, NULL, "what of the memory that is reserved is too much",
		.member = offsetof(struct state, release)},
	{"apply", 0, NULL, "give it back (with --release, this machine only)",
		.member = offsetof(struct state, apply)},
	{"explain", 'e', NULL, "formula and source of every figure as well",
		.member = offsetof(struct state, explain)},
	{"json", 'j', NULL, "the answer as JSON", .member = offsetof(struct state, json)},
	{"quiet", 'q', NULL, "one line only", .member = offsetof(struct state, quiet)},
	{0},
};

static void visit(void *context, const struct lb_cpio_entry *entry)
{
	struct state *state = context;

	lb_drivers_visit(&state->drivers, entry);
	lb_files_visit(&state->files, entry);
}

/* Two passes: the initrd's pages are those of the kernel. */
static enum lb_status read_mapped(struct state *state, const struct lab_mapped_file *file,
	bool is_kernel, uint32_t page_size, struct lb_capture_error *error)
{
	if (is_kernel) {
		return lb_capture_kernel_read(
			file->bytes, file->size, &state->capture_kernel, error);
	}
	return lb_initrd_read(file->bytes, file->size, page_size, visit, state,
		&state->capture_initrd, error);
}

/* False after a message. */
static bool read_image(struct state *state, const char *path, bool is_kernel, uint32_t page_size)
{
	struct lab_mapped_file file;
	struct lab_error missing;
	struct lb_capture_error error;
	enum lb_status status;

	if (!lab_mapped_file_open(path, &file, &missing)) {
		lb_complain("%s", missing.text);
		return false;
	}
	status = read_mapped(state, &file, is_kernel, page_size, &error);
	lab_mapped_file_close(&file);
	if (status) {
		lb_complain("%s: %s", path, error.text);
	}
	return status == LB_OK;
}

static uint32_t page_size_of(const struct state *state, const struct lb_machine *machine)
{
	uint32_t size = state->kernel ? state->capture_kernel.page_size : 0;

	size = size ? size : machine->kernel.page_size;
	return size ? size : 4096;
}

static void print_size(const struct state *state, const struct lb_size *size)
{
	struct lb_text_style style = lb_style_of_output(state->quiet, state->explain);

	if (state->json) {
		lb_render_size_json(size, lb_file_sink(stdout));
	} else {
		lb_render_size_text(size, &style, lb_file_sink(stdout));
	}
}

/* What can be given back, and that it was, where that is asked for. */
static int give_back(const struct state *state, const struct lb_machine *machine,
	struct lb_size *size, struct lb_give_back *give)
{
	if (!state->release) {
		return LB_EXIT_GOOD;
	}
	lb_give_back_make(machine, size, give);
	size->give_back = give;
	return state->apply ? lb_release_apply("/", give) : LB_EXIT_GOOD;
}

static bool read_images(struct state *state, const struct lb_machine *machine)
{
	state->drivers.machine = machine;
	return (!state->kernel || read_image(state, state->kernel, true, 0)) &&
		(!state->initrd ||
			read_image(state, state->initrd, false, page_size_of(state, machine)));
}

/* -1, or the exit status to stop with. */
static int make_size(const struct lb_size_input *input, struct lb_size **ret)
{
	struct lb_size_error error;

	if (lb_size_make(input, ret, &error) != LB_OK) {
		lb_complain("%s", error.text);
		return LB_EXIT_INPUT;
	}
	return -1;
}

static int make_size_again(const struct lb_size_input *input, struct lb_size **size)
{
	lb_size_free(*size);
	*size = NULL;
	return make_size(input, size);
}

struct measured {
	struct lb_measured whole;
	struct lb_measured_apart apart;
};

/* Where what is asked for lies in two regions, their smallest are found as well. */
static int measure_apart(struct lb_measuring *measuring, struct lb_size_input *input,
	struct lb_measured_apart *apart, struct lb_size **size)
{
	int status = lb_measure_apart(measuring, *size, apart);

	if (status < 0) {
		input->apart = apart;
		status = make_size_again(input, size);
	}
	return status;
}

/* Searches; computes once more with what was found; and tries what is asked for then. */
static int measure_in(struct lb_measuring *measuring, struct lb_size_input *input,
	struct measured *measured, struct lb_size **size)
{
	int status = lb_measure_search(measuring, *size, &measured->whole);

	if (status < 0) {
		input->measured = &measured->whole;
		status = make_size_again(input, size);
	}
	if (status < 0 && lb_size_is_apart(*size)) {
		status = measure_apart(measuring, input, &measured->apart, size);
	}
	if (status < 0) {
		status = lb_measure_prove(measuring, *size,
			(*size)->apart ? &measured->apart.of_high : &measured->whole);
	}
	return status < 0 ? make_size_again(input, size) : status;
}

/* What was computed says where to begin. */
static int measure(struct state *state, struct lb_size_input *input, struct measured *measured,
	struct lb_size **size)
{
	struct lb_measuring *measuring = NULL;
	int status;

	state->measuring.kernel = state->kernel;
	state->measuring.initrd = state->initrd;
	state->measuring.quiet = state->quiet;
	state->measuring.files = lb_files_count(&state->files);
	status = lb_measure_begin(&state->measuring, *size, &measuring);
	if (status < 0) {
		status = measure_in(measuring, input, measured, size);
	}
	lb_measure_end(measuring);
	return status;
}

static int report(const struct state *state, const struct lb_machine *machine,
	struct lb_size *size)
{
	struct lb_give_back give;
	int status = give_back(state, machine, size, &give);

	if (status == LB_EXIT_GOOD || status == LB_EXIT_BAD_NEWS) {
		print_size(state, size);
	}
	if (status == LB_EXIT_GOOD && !size->found && size->recommended.tried) {
		status = LB_EXIT_BAD_NEWS;
	}
	return status;
}

static int answer(struct state *state, const struct lb_machine *machine)
{
	struct lb_size_input input = {.machine = machine, .append = state->append,
		.kernel = state->kernel ? &state->capture_kernel : NULL,
		.initrd = state->initrd ? &state->capture_initrd : NULL,
		.drivers = &state->drivers};
	struct measured measured;
	struct lb_size *size = NULL;
	int status;

	status = read_images(state, machine) ? make_size(&input, &size) : LB_EXIT_INPUT;
	if (status < 0 && state->measure) {
		status = measure(state, &input, &measured, &size);
	}
	if (status < 0) {
		status = report(state, machine, size);
	}
	lb_size_free(size);
	lb_files_free(&state->files);
	return status;
}

static int run(void *context, int count, char **arguments)
{
	struct state *state = context;
	struct lb_machine *machine;
	struct lb_machine_error error = {""};
	int status;

	if (count > 1) {
		lb_complain("size takes one snapshot, not %d", count);
		return LB_EXIT_USAGE;
	}
	if (state->apply && (count || !state->release)) {
		lb_complain("--apply is for --release, on this machine");
		return LB_EXIT_USAGE;
	}
	if (state->measure && (!state->kernel || !state->initrd)) {
		lb_complain("--measure needs --kernel and --initrd");
		return LB_EXIT_USAGE;
	}
	if (lb_machine_open(count ? arguments[0] : "/", &machine, &error) != LB_OK) {
		lb_complain("%s", error.text);
		return LB_EXIT_INPUT;
	}
	status = answer(state, machine);
	lb_machine_close(machine);
	return status;
}

const struct lb_command lb_command_size = {
	.name = "size",
	.summary = "Say how much crash kernel memory is needed, and why",
	.arguments = "[SNAPSHOT]",
	.details = "SNAPSHOT is as for plan; without it: this machine. Figures are computed;\n"
		   "without --kernel and --initrd the range is wide. --measure needs QEMU.\n"
		   "\n"
		   "Exit status: 0 a crashkernel= was found that gets it (or could not be tried);\n"
		   "1 none was; 2 wrong usage; 3 unreadable input, images of another machine, or\n"
		   "what could not be measured; 4 the system refused.\n"
		   "\n"
		   "Example:\n"
		   "  lifeboat size --kernel /boot/vmlinuz --initrd /var/lib/kdump/initrd.img\n"
		   "  lifeboat size --measure --kernel vmlinuz --initrd initrd.img\n",
	.options = options,
	.run = run,
	.state_bytes = sizeof(struct state),
};
