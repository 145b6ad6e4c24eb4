/* SPDX-License-Identifier: MIT */
/* drill_setup: which machine, which files, which words: everything that is decided before QEMU is
 * started. */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/image_files.h"
#include "lab/linux_image.h"
#include "lab/linux_initrd.h"

#define IMAGE_PATH_BYTES 4096
#define ARGUMENTS_MAX 24
#define CMDLINE_BYTES 2048 /* all that a Linux reads, and the reference kernel */

/* The files and words of one run. */
struct setup {
	struct drill *drill;
	char kernel[IMAGE_PATH_BYTES];
	char capture[IMAGE_PATH_BYTES];
	char module[64];
	char cmdline[CMDLINE_BYTES];
	const char *arguments[ARGUMENTS_MAX];
	int descriptors[LAB_QEMU_INHERITED_MAX]; /* files that QEMU inherits; -1: none */
};

/* lb_drill_check has seen to it that there is room. */
__attribute__((format(printf, 2, 3))) static void write_cmdline(
	struct setup *setup, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(setup->cmdline, sizeof(setup->cmdline), format, arguments);
	va_end(arguments);
	LB_ASSERT(length > 0 && (size_t)length < sizeof(setup->cmdline));
}

static bool find(struct setup *setup, const char *name, char *path)
{
	const struct lb_drill_spec *spec = setup->drill->spec;

	return lab_find_image(spec->arch, spec->images, name, path, IMAGE_PATH_BYTES,
		&setup->drill->result->problem);
}

static bool identify(struct setup *setup, const char *path, char name[160], uint64_t *ret_bytes)
{
	struct lab_linux_image image;
	struct lab_error *problem = &setup->drill->result->problem;

	if (!lab_linux_image_identify(path, &image, problem)) {
		problem->kind = LAB_ERROR_MISSING;
		return false;
	}
	if (image.arch != setup->drill->spec->arch) {
		problem->kind = LAB_ERROR_MISSING;
		lab_fail(problem, "%s is for %s", path, lb_arch_name(image.arch));
		return false;
	}
	snprintf(name, 160, "%s", image.name);
	*ret_bytes = image.bytes;
	return true;
}

static bool make_initrd(struct setup *setup, const char *capture)
{
	const struct lb_drill_spec *spec = setup->drill->spec;
	struct lab_linux_initrd initrd = {.arch = spec->arch, .images = spec->images,
		.under = spec->initrd, .capture = capture};

	setup->descriptors[0] = lab_linux_initrd_make(&initrd, &setup->drill->result->problem);
	return setup->descriptors[0] >= 0;
}

/* What the kernel is to do; a bit is turned over from outside instead, and then it panics. */
static const char *injected(const struct setup *setup)
{
	enum lb_drill_fault fault =
		setup->drill->flips ? LB_DRILL_FAULT_PANIC : setup->drill->spec->fault;

	return lb_drill_fault_facts(fault)->name;
}

/* Formats of page tables that the CPU must have; of this computer's own, nothing is known. */
static unsigned int formats(const struct setup *setup)
{
	bool emulated = setup->drill->spec->accelerator == LB_DRILL_TCG;

	return emulated ? setup->drill->machine->other_formats : 0;
}

/* The reference kernel crashes; what captures is it, too. */
static bool prepare_reference(struct setup *setup)
{
	const struct lb_drill_spec *spec = setup->drill->spec;
	const char *mask = spec->limited_device ? setup->drill->machine->limited_words : "";
	const char *policy = lb_drill_policy_name(spec->policy);

	write_cmdline(setup,
		"mode=drill inject=%s cpus=%u formats=%u policy=%s pause=loaded%s"
		" -- pause=late-writes,verified%s",
		injected(setup), spec->cpus, formats(setup), policy, mask, mask);
	snprintf(setup->drill->result->capture, sizeof(setup->drill->result->capture),
		"reference");
	return find(setup, setup->drill->machine->capture_image, setup->capture);
}

/* The reference kernel crashes, a Linux captures: it comes as one module with its initrd. */
static bool prepare_linux_capture(struct setup *setup)
{
	const struct lb_drill_spec *spec = setup->drill->spec;
	uint64_t kernel_bytes;

	if (!identify(setup, spec->capture, setup->drill->result->capture, &kernel_bytes) ||
		!make_initrd(setup, NULL)) {
		return false;
	}
	setup->descriptors[1] = lab_linux_join(
		spec->capture, setup->descriptors[0], &setup->drill->result->problem);
	snprintf(setup->capture, sizeof(setup->capture), "/proc/self/fd/%d",
		setup->descriptors[1]);
	write_cmdline(setup,
		"mode=drill inject=%s cpus=%u formats=%u pause=loaded capture=linux"
		" capture-kernel-size=%" PRIu64
		" -- reset_devices nr_cpus=1 console=%s quiet panic=-1"
		" rdinit=" LAB_LINUX_INIT " lifeboat.capture pause=verified%s%s",
		injected(setup), spec->cpus, formats(setup), kernel_bytes,
		setup->drill->machine->console, spec->append ? " " : "",
		spec->append ? spec->append : "");
	return setup->descriptors[1] >= 0;
}

/* A Linux crashes, and loads what captures itself. The reference kernel is entered with four levels
 * of page tables, so that Linux must not use five. */
static bool prepare_linux_production(struct setup *setup)
{
	const struct lb_drill_spec *spec = setup->drill->spec;
	const char *capture = spec->capture ? spec->capture : spec->production;
	char own[IMAGE_PATH_BYTES];
	uint64_t bytes;

	if (spec->capture_reference) {
		capture = find(setup, setup->drill->machine->capture_image, own) ? own : NULL;
	}
	if (!capture ||
		!identify(setup, spec->production, setup->drill->result->production, &bytes) ||
		!identify(setup, capture, setup->drill->result->capture, &bytes) ||
		!make_initrd(setup, capture)) {
		return false;
	}
	if (spec->capture_reference) {
		snprintf(setup->drill->result->capture, sizeof(setup->drill->result->capture),
			"reference");
	}
	snprintf(setup->kernel, sizeof(setup->kernel), "%s", spec->production);
	snprintf(setup->capture, sizeof(setup->capture), "/proc/self/fd/%d",
		setup->descriptors[0]);
	write_cmdline(setup,
		"console=%s quiet panic=-1 rdinit=" LAB_LINUX_INIT
		" lifeboat.drill=%s crashkernel=%s%s%s",
		setup->drill->machine->console,
		spec->capture_reference ? "reference no5lvl" : "linux",
		spec->crashkernel ? spec->crashkernel : "256M", spec->append ? " " : "",
		spec->append ? spec->append : "");
	return true;
}

static void fill_arguments(struct setup *setup)
{
	size_t count = 0;

	setup->arguments[count++] = "-cpu";
	setup->arguments[count++] = setup->drill->machine->cpu;
	count += lab_qemu_machine_exit(setup->drill->machine, &setup->arguments[count]);
	for (size_t i = 0; setup->drill->spec->limited_device &&
		i < LB_ARRAY_COUNT(setup->drill->machine->limited_devices); i++) {
		setup->arguments[count++] = setup->drill->machine->limited_devices[i];
	}
	if (setup->drill->spec->policy == LB_DRILL_POLICY_STOP_DMA) {
		setup->arguments[count++] = "-device";
		setup->arguments[count++] = "bochs-display"; /* which must be left alone */
	}
	setup->arguments[count++] = "-kernel";
	setup->arguments[count++] = setup->kernel;
	setup->arguments[count++] = "-initrd";
	setup->arguments[count++] = setup->capture;
	setup->arguments[count++] = "-append";
	setup->arguments[count++] = setup->cmdline;
	setup->arguments[count] = NULL;
}

static bool prepare(struct setup *setup)
{
	const struct lb_drill_spec *spec = setup->drill->spec;
	struct lb_drill_result *result = setup->drill->result;
	bool prepared;

	if (spec->production) {
		prepared = prepare_linux_production(setup);
	} else {
		snprintf(result->production, sizeof(result->production), "reference");
		prepared = find(setup, setup->drill->machine->production_image, setup->kernel) &&
			(spec->capture ? prepare_linux_capture(setup)
				       : prepare_reference(setup));
	}
	fill_arguments(setup);
	return prepared;
}

static bool start_qemu(struct setup *setup)
{
	struct drill *drill = setup->drill;
	const struct lab_qemu_machine *machine = drill->machine;
	struct lab_qemu_spec qemu = {.program = machine->program,
		.package = machine->package, .machine = machine->machine,
		.accelerator = drill->spec->accelerator == LB_DRILL_KVM ? "kvm" : "tcg",
		.memory_bytes = drill->spec->memory_bytes, .cpus = drill->spec->cpus,
		.arguments = setup->arguments};

	for (size_t i = 0; i < LAB_QEMU_INHERITED_MAX; i++) {
		qemu.inherited[i] = setup->descriptors[i];
	}
	return lab_qemu_start(&qemu, &drill->qemu, &drill->result->problem);
}

static bool connect(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;
	char messages[300];

	lab_socket_init(&drill->console, drill->qemu.serial);
	lab_gdb_init(&drill->gdb, drill->qemu.debugger);
	if (lab_qmp_open(&drill->qmp, drill->qemu.monitor, problem) &&
		lab_qmp_command(&drill->qmp, "cont", problem)) {
		return true;
	}
	lab_qemu_messages(&drill->qemu, messages, sizeof(messages));
	if (messages[0]) {
		lab_fail(problem, "%s: %s", drill->machine->program, messages);
	}
	return false;
}

bool drill_start(struct drill *drill)
{
	struct setup *setup = calloc(1, sizeof(*setup));
	bool started;

	if (!setup) {
		lab_fail(&drill->result->problem, "out of memory");
		return false;
	}
	setup->drill = drill;
	for (size_t i = 0; i < LAB_QEMU_INHERITED_MAX; i++) {
		setup->descriptors[i] = -1;
	}
	started = prepare(setup) && start_qemu(setup);
	for (size_t i = 0; i < LAB_QEMU_INHERITED_MAX; i++) {
		if (setup->descriptors[i] >= 0) {
			close(setup->descriptors[i]);
		}
	}
	free(setup);
	return started && connect(drill);
}
