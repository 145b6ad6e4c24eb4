/* SPDX-License-Identifier: MIT */
/* measure: see measure.h. */
#include "cli/measure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/machine_options.h"
#include "lab/measure_cache.h"
#include "plan/size/recommend.h"
#include "render/drill.h"
#include "render/out.h"
#include "render/size.h"

#define TIMEOUT_MS 180000
#define LIMIT_BYTES (2 * LB_GIB)

struct lb_measuring {
	struct lab_measure_spec spec;
	struct lab_measure_cache cache;
	struct lab_error error;
	char *cmdline; /* of the capture kernel: sizes come and go meanwhile */
	bool shows;
	/* The region that stays as it is while the other is searched for; both 0: there is one. */
	uint64_t low, high;
};

static void show_line(void *context, const char *line)
{
	const struct lb_measuring *measuring = context;

	lb_render_drill_console(measuring->spec.arch, line, lb_file_sink(stderr));
}

static bool make(void *context, uint64_t size, struct lb_trial *ret)
{
	struct lb_measuring *measuring = context;
	uint64_t low = measuring->high ? size - measuring->high : measuring->low;

	if (!lab_measure_cache_take(&measuring->cache, size, low, ret)) {
		if (!lab_measure_try(&measuring->spec, size, low, ret, &measuring->error)) {
			return false;
		}
		lab_measure_cache_add(&measuring->cache, ret);
	}
	if (measuring->shows) {
		lb_render_trial(ret, lb_file_sink(stderr));
		fflush(stderr);
	}
	return true;
}

static int complain(const struct lab_error *error)
{
	lb_complain("%s", error->text);
	return lb_lab_status(error);
}

/* Whether there is such a machine here, and what is known of it. */
static bool prepare(struct lb_measuring *measuring, enum lb_drill_accelerator accelerator)
{
	const struct lab_measure_spec *spec = &measuring->spec;
	struct lb_drill_spec machine = {.arch = spec->arch, .accelerator = accelerator,
		.memory_bytes = LB_GIB, .cpus = spec->cpus};

	if (!lab_qemu_machine_of(spec->arch)) {
		measuring->error.kind = LAB_ERROR_MISSING;
		lab_fail(&measuring->error, "--measure knows no machine for %s",
			lb_arch_name(spec->arch));
		return false;
	}
	return lb_drill_check(&machine, &measuring->error) &&
		lab_measure_cache_open(&measuring->cache, spec, &measuring->error);
}

static int search(
	struct lb_measuring *measuring, const struct lb_size_search *ask, struct lb_measured *ret)
{
	*ret = (struct lb_measured){.count = 0};
	snprintf(ret->machine, sizeof(ret->machine), "%.150s, %s, %u CPU%s",
		measuring->cache.version, measuring->spec.accelerator, measuring->spec.cpus,
		measuring->spec.cpus == 1 ? "" : "s");
	if (!lb_size_search_run(ask, ret)) {
		return complain(&measuring->error);
	}
	if (!ret->smallest) {
		lb_complain("could not be measured: %s", ret->why);
		return LB_EXIT_INPUT;
	}
	return -1;
}

int lb_measure_search(
	struct lb_measuring *measuring, const struct lb_size *size, struct lb_measured *ret)
{
	struct lb_size_search ask = {.make = make, .context = measuring,
		.at_least = size->total.at_least - lb_min(size->total.at_least, size->low.at_least),
		.at_most = size->total.at_most - lb_min(size->total.at_most, size->low.at_most)};

	ask.limit = lb_max(2 * lb_min(ask.at_most, LB_GIB), 256 * LB_MIB);
	measuring->low = measuring->high = 0;
	return search(measuring, &ask, ret);
}

int lb_measure_apart(struct lb_measuring *measuring, const struct lb_size *size,
	struct lb_measured_apart *ret)
{
	uint64_t high = lb_size_in_steps(size->needed - size->needed_low);
	struct lb_size_search ask = {.make = make, .context = measuring,
		.at_least = high + size->low.at_least, .at_most = high + size->low.at_most,
		.limit = 2 * (high + size->low.at_most)};
	int status;

	measuring->low = 0;
	measuring->high = high;
	status = search(measuring, &ask, &ret->of_low);
	if (status >= 0) {
		return status;
	}
	ret->low = ret->of_low.smallest - high;
	measuring->high = 0;
	measuring->low = ret->low;
	ask.at_least = size->total.at_least;
	ask.at_most = lb_size_in_steps(size->measured->smallest) + ret->low;
	status = search(measuring, &ask, &ret->of_high);
	ret->high = ret->of_high.smallest - ret->low;
	return status;
}

static struct lab_measure_spec spec_of(const struct lb_measure_request *request,
	const struct lb_size *size, struct lb_measuring *measuring)
{
	uint64_t cpus = request->cpus ? request->cpus
				      : lb_min(size->options.cpus, LB_MACHINE_CPUS_MAX);

	return (struct lab_measure_spec){.arch = size->arch,
		.accelerator = lb_accelerator_name(request->accelerator),
		.images = request->images, .kernel = request->kernel, .initrd = request->initrd,
		.cmdline = measuring->cmdline, .files = request->files,
		.page_size = size->page_size, .section = size->section,
		.cpus = (unsigned int)cpus, .pool_bytes = lb_size_pool(&size->options),
		.timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS,
		.line = request->verbose ? show_line : NULL, .context = measuring};
}

int lb_measure_begin(const struct lb_measure_request *request, const struct lb_size *size,
	struct lb_measuring **ret)
{
	struct lb_measuring *measuring = calloc(1, sizeof(*measuring));
	char *cmdline = strdup(size->cmdline);
	int status;

	if (!measuring || !cmdline) {
		free(cmdline);
		free(measuring);
		lb_complain("out of memory");
		return LB_EXIT_REFUSED;
	}
	measuring->shows = !request->quiet;
	measuring->cmdline = cmdline;
	measuring->spec = spec_of(request, size, measuring);
	if (!prepare(measuring, request->accelerator)) {
		status = complain(&measuring->error);
		lb_measure_end(measuring);
		return status;
	}
	*ret = measuring;
	return -1;
}

void lb_measure_end(struct lb_measuring *measuring)
{
	if (measuring) {
		free(measuring->cmdline);
		free(measuring);
	}
}

static const struct lb_trial *completed(const struct lb_measured *measured, uint64_t size)
{
	for (size_t i = 0; i < measured->count; i++) {
		const struct lb_trial *trial = &measured->trials[i];

		if (trial->size == size && trial->end == LB_TRIAL_COMPLETED) {
			return trial;
		}
	}
	return NULL;
}

int lb_measure_prove(struct lb_measuring *measuring, const struct lb_size *size,
	struct lb_measured *measured)
{
	uint64_t low = size->apart ? size->needed_low : 0;
	uint64_t asked = lb_size_in_steps(size->needed - size->needed_low) + low;

	measuring->high = 0;
	measuring->low = low;
	while (!completed(measured, asked) && measured->count < LB_TRIALS_MAX &&
		asked <= LIMIT_BYTES) {
		if (!make(measuring, asked, &measured->trials[measured->count])) {
			return complain(&measuring->error);
		}
		measured->count++;
		asked = completed(measured, asked) ? asked : lb_size_in_steps(asked + asked / 8);
	}
	if (!completed(measured, asked)) {
		lb_complain("could not be measured: the smallest that completes is %llu MiB, and "
			"nothing that was tried above it does",
			(unsigned long long)(measured->smallest / LB_MIB));
		return LB_EXIT_INPUT;
	}
	measured->proved = asked;
	return -1;
}
