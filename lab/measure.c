/* SPDX-License-Identifier: MIT */
/* measure: see measure.h. */
#include "lab/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/guest_ram.h"
#include "lab/image_files.h"
#include "lab/linux_image.h"
#include "lab/linux_initrd.h"
#include "lab/measure_console.h"
#include "lab/qemu_machine.h"
#include "lab/qemu_socket.h"
#include "lab/qmp.h"

#define ARGUMENTS_MAX 16
#define PAGE UINT64_C(4096)
/* What the crash memory is filled with; no kernel writes a whole page of it. */
#define FILL UINT64_C(0x6c6966656d656d21)
/* In front of the crash memory, beside the images: where the kernel that crashes is, and what QEMU
 * puts there; and behind it. */
#define FRONT_BYTES (128 * LB_MIB)
#define BACK_BYTES (64 * LB_MIB)
#define BLOCK (2 * LB_MIB)
#define LOW_MAX (4 * LB_GIB)
/* A kernel that has panicked resets the machine, unless that was too early for panic=. */
#define PANIC_PATIENCE_MS 5000

struct trial {
	const struct lab_measure_spec *spec;
	const struct lab_qemu_machine *machine;
	struct lab_measure_console seen;
	struct lab_qemu qemu;
	struct lab_socket console;
	struct lab_qmp qmp;
	struct lab_ram memory;
	uint64_t memory_bytes;
	struct lb_range crash; /* where it is to lie: above start, up to end */
	char kernel[4096];
	char module[64];
	char board[96]; /* -machine */
	char cmdline[2048];
	const char *arguments[ARGUMENTS_MAX];
	struct lab_error *error;
};

/* Words that make a kernel tell us in time what ails it, and start our first process. */
static bool write_cmdline(struct trial *trial)
{
	const struct lab_measure_spec *spec = trial->spec;
	const struct lb_trial *asked = trial->seen.trial;
	int length = snprintf(trial->cmdline, sizeof(trial->cmdline),
		"mode=drill proofs=none pause=loaded capture=linux crash-size=%" PRIu64
		" crash-low-size=%" PRIu64 " crash-min=0x%" PRIx64 " crash-max=0x%" PRIx64
		" capture-kernel-size=%" PRIu64
		" -- %s console=%s %s loglevel=4 panic=-1 rdinit=" LAB_LINUX_INIT
		" lifeboat.measure",
		asked->size - asked->low, asked->low, trial->crash.start, trial->crash.end,
		trial->seen.kernel_bytes, spec->cmdline, trial->machine->console,
		trial->machine->early_words);

	if (length > 0 && (size_t)length < sizeof(trial->cmdline)) {
		return true;
	}
	lab_fail(trial->error, "the capture kernel's command line is too long");
	return false;
}

/* Kernel and initrd as one module; -1 after a failure. */
static int make_module(struct trial *trial)
{
	const struct lab_measure_spec *spec = trial->spec;
	struct lab_linux_initrd initrd = {
		.arch = spec->arch, .images = spec->images, .under = spec->initrd};
	struct lab_linux_image image;
	int descriptor;
	int module;

	if (!lab_linux_image_identify(spec->kernel, &image, trial->error)) {
		trial->error->kind = LAB_ERROR_MISSING;
		return -1;
	}
	trial->seen.kernel_bytes = image.bytes;
	descriptor = lab_linux_initrd_make(&initrd, trial->error);
	if (descriptor < 0) {
		return -1;
	}
	module = lab_linux_join(spec->kernel, descriptor, trial->error);
	close(descriptor);
	return module;
}

/* Where RAM below 4 GiB ends; what is loaded lies there, and the low region. */
static lb_phys_addr low_end(struct trial *trial, uint64_t room)
{
	const struct lab_qemu_machine *machine = trial->machine;
	uint64_t low = FRONT_BYTES + room + trial->seen.trial->low + BACK_BYTES;

	if (!machine->low_limit) {
		return LOW_MAX;
	}
	snprintf(trial->board, sizeof(trial->board), "%s,%s=%" PRIu64, machine->machine,
		machine->low_limit, low);
	return machine->memory_start + low;
}

/* Half of the region on either side of the end of a section. QEMU loads the images in front of it
 * (arm64) or at the end of memory; of a region above 4 GiB, below that. */
static bool lay_out(struct trial *trial, uint64_t images)
{
	const struct lb_trial *asked = trial->seen.trial;
	uint64_t size = asked->size - asked->low;
	uint64_t half = lb_align_down(size / 2, BLOCK);
	lb_phys_addr front = trial->machine->memory_start + FRONT_BYTES;
	uint64_t room;
	lb_phys_addr middle;

	if (!lb_align_up(images, BLOCK, &room) ||
		!lb_align_up((asked->low ? LOW_MAX : front + room) + half, trial->spec->section,
			&middle)) {
		lab_fail(trial->error, "kernel and initrd are too large");
		return false;
	}
	trial->crash = (struct lb_range){asked->low ? LOW_MAX : 0, middle - half + size};
	trial->memory_bytes = trial->crash.end + room + BACK_BYTES - trial->machine->memory_start;
	snprintf(trial->board, sizeof(trial->board), "%s", trial->machine->machine);
	if (asked->low) {
		trial->memory_bytes -= LOW_MAX - low_end(trial, room);
	}
	return true;
}

static void fill_arguments(struct trial *trial, int module)
{
	size_t count = 0;

	snprintf(trial->module, sizeof(trial->module), "/proc/self/fd/%d", module);
	trial->arguments[count++] = "-cpu";
	trial->arguments[count++] = trial->spec->page_size == 4096
		? trial->machine->cpu : trial->machine->cpu_any_page;
	count += lab_qemu_machine_exit(trial->machine, &trial->arguments[count]);
	trial->arguments[count++] = "-kernel";
	trial->arguments[count++] = trial->kernel;
	trial->arguments[count++] = "-initrd";
	trial->arguments[count++] = trial->module;
	trial->arguments[count++] = "-append";
	trial->arguments[count++] = trial->cmdline;
	trial->arguments[count] = NULL;
}

static bool start_qemu(struct trial *trial, int module)
{
	const struct lab_qemu_machine *machine = trial->machine;
	struct lab_qemu_spec qemu = {.program = machine->program, .package = machine->package,
		.machine = trial->board, .accelerator = trial->spec->accelerator,
		.memory_bytes = trial->memory_bytes, .cpus = trial->spec->cpus,
		.arguments = trial->arguments, .inherited = {module, -1}};

	return lab_qemu_start(&qemu, &trial->qemu, trial->error);
}

static bool connect(struct trial *trial)
{
	char messages[300];

	lab_socket_init(&trial->console, trial->qemu.serial);
	if (lab_qmp_open(&trial->qmp, trial->qemu.monitor, trial->error) &&
		lab_ram_open(&trial->memory, &trial->qemu, trial->memory_bytes, &trial->qmp,
			trial->error) &&
		lab_qmp_command(&trial->qmp, "cont", trial->error)) {
		return true;
	}
	lab_qemu_messages(&trial->qemu, messages, sizeof(messages));
	if (messages[0]) {
		lab_fail(trial->error, "%s: %s", trial->machine->program, messages);
	}
	return false;
}

static bool start(struct trial *trial)
{
	bool started = false;
	int module = make_module(trial);

	if (module < 0) {
		return false;
	}
	fill_arguments(trial, module);
	started = lay_out(trial, (uint64_t)lseek(module, 0, SEEK_END)) &&
		lab_find_image(trial->spec->arch, trial->spec->images,
			  trial->machine->production_image, trial->kernel,
			  sizeof(trial->kernel), trial->error) &&
		write_cmdline(trial) && start_qemu(trial, module);
	close(module);
	return started && connect(trial);
}

static bool is_loaded(const struct trial *trial, struct lb_range page)
{
	for (size_t i = 0; i < trial->seen.loaded_count; i++) {
		if (lb_range_overlaps(trial->seen.loaded[i], page)) {
			return true;
		}
	}
	return false;
}

typedef void visit_page(struct trial *trial, lb_phys_addr at, uint64_t *words);

static void visit_range(struct trial *trial, struct lb_range range, visit_page *visit)
{
	for (lb_phys_addr at = range.start; at < range.end; at += PAGE) {
		uint64_t *words = lab_ram_at(&trial->memory, at, PAGE);

		if (words) {
			visit(trial, at, words);
		}
	}
}

/* Calls for each page of the crash memory. */
static void visit_pages(struct trial *trial, visit_page *visit)
{
	visit_range(trial, trial->seen.crash, visit);
	visit_range(trial, trial->seen.low_crash, visit);
}

static void fill_page(struct trial *trial, lb_phys_addr at, uint64_t *words)
{
	for (size_t i = 0; !is_loaded(trial, (struct lb_range){at, at + PAGE}) &&
		i < PAGE / sizeof(*words); i++) {
		words[i] = FILL;
	}
}

static void count_page(struct trial *trial, lb_phys_addr at, uint64_t *words)
{
	(void)at;
	for (size_t i = 0; i < PAGE / sizeof(*words); i++) {
		if (words[i] != FILL) {
			trial->seen.trial->touched += PAGE;
			return;
		}
	}
}

/* Loaded, and ready to crash. */
static bool go_on(struct trial *trial)
{
	visit_pages(trial, fill_page);
	trial->seen.waits = false;
	return lab_socket_send(&trial->console, "\n", 1, lab_now() + PANIC_PATIENCE_MS) ==
		LAB_SOCKET_OK;
}

/* To the machine's end, or to the deadline: then true. */
static bool listen_to(struct trial *trial)
{
	uint64_t until = lab_now() + trial->spec->timeout_ms;
	bool panicked = false;
	char *line;

	while (!trial->seen.captured) {
		enum lab_socket_state state = lab_socket_line(&trial->console, until, &line);

		if (state != LAB_SOCKET_OK) {
			return state == LAB_SOCKET_LATE;
		}
		lab_make_printable(line);
		if (trial->spec->line) {
			trial->spec->line(trial->spec->context, line);
		}
		lab_measure_line(&trial->seen, line);
		if (trial->seen.waits && !go_on(trial)) {
			return false;
		}
		if (trial->seen.panicked && !panicked) {
			panicked = true;
			until = lb_min(until, lab_now() + PANIC_PATIENCE_MS);
		}
	}
	return false;
}

bool lab_measure_try(const struct lab_measure_spec *spec, uint64_t size, uint64_t low,
	struct lb_trial *ret, struct lab_error *error)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	uint64_t began = lab_now();
	bool started;

	LB_ASSERT(low < size);
	*ret = (struct lb_trial){.size = size, .low = low};
	if (!trial) {
		lab_fail(error, "out of memory");
		return false;
	}
	*trial = (struct trial){.spec = spec, .machine = lab_qemu_machine_of(spec->arch),
		.seen = {.trial = ret, .files_wanted = spec->files,
			.pool_wanted = low ? spec->pool_bytes : 0},
		.error = error};
	trial->qemu = (struct lab_qemu){
		.serial = -1, .monitor = -1, .debugger = -1, .memory = -1, .messages = -1};
	started = start(trial);
	if (started) {
		lab_measure_judge(&trial->seen, listen_to(trial));
		visit_pages(trial, count_page);
		ret->milliseconds = (unsigned int)(lab_now() - began);
	}
	lab_ram_close(&trial->memory);
	lab_qemu_end(&trial->qemu);
	free(trial);
	return started;
}
