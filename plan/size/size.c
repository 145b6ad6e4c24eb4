/* SPDX-License-Identifier: MIT */
/* size: terms, their sums, and what to ask for. */
#include "plan/size/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/size/estimates.h"
#include "plan/size/recommend.h"
#include "plan/size/with_cma.h"
#include "plan/size/wrapper.h"
#include "policy/linux/version.h"

const char *lb_size_moment_name(enum lb_size_moment moment)
{
	static const char *const names[] = {
		[LB_AT_START] = "start",
		[LB_AT_UNPACK] = "unpack",
		[LB_AT_DUMP] = "dump",
	};

	LB_ASSERT((size_t)moment < LB_ARRAY_COUNT(names));
	return names[moment];
}

static enum lb_status fail(struct lb_size_error *error, enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return status;
}

/* Which kernel, for which machine; the images decide where they say. */
static enum lb_status understand(
	struct lb_size *size, const struct lb_size_input *input, struct lb_size_error *error)
{
	const struct lb_machine *machine = input->machine;
	const struct lb_capture_kernel *kernel = input->kernel;

	size->arch = kernel ? kernel->arch : machine->arch;
	if (size->arch == LB_ARCH_UNKNOWN) {
		return fail(error, LB_INVALID, "the architecture cannot be told: give --kernel");
	}
	if (machine->arch != LB_ARCH_UNKNOWN && machine->arch != size->arch) {
		snprintf(error->text, sizeof(error->text),
			"the kernel image is for %s, the machine is %s", lb_arch_name(size->arch),
			lb_arch_name(machine->arch));
		return LB_INVALID;
	}
	size->release = kernel ? kernel->release : machine->kernel.release;
	if (!lb_linux_version_parse(size->release, &size->version)) {
		size->version = 0;
	}
	size->page_size = kernel && kernel->page_size   ? kernel->page_size
			  : machine->kernel.page_size ? machine->kernel.page_size
						      : 4096;
	size->memory_bytes = machine->memory.counted ? machine->memory.counted
						     : machine->memory.total;
	size->has_kernel = kernel != NULL;
	size->has_initrd = input->initrd != NULL;
	size->cmdline_assumed = !input->append && machine->kdump.wrapper == LB_KDUMP_NONE;
	size->cmdline_source = "given";
	size->cmdline = input->append ? input->append
				      : lb_wrapper_cmdline(machine, &size->arena,
						&size->cmdline_source);
	if (!size->cmdline) {
		return LB_NO_STORAGE;
	}
	size->options = lb_size_options_of(size->cmdline, machine, size->version);
	return LB_OK;
}

static enum lb_status fill(
	struct lb_size *size, const struct lb_size_input *input, struct lb_size_error *error)
{
	enum lb_status status = understand(size, input, error);

	if (!status) {
		status = lb_size_recommend(size, input);
	}
	if (!status) {
		status = lb_size_add_cma(size, input);
	}
	if (!status) {
		status = lb_size_estimate_others(size, input);
	}
	return status;
}

enum lb_status lb_size_make(
	const struct lb_size_input *input, struct lb_size **ret, struct lb_size_error *error)
{
	struct lb_size *size = calloc(1, sizeof(*size));
	enum lb_status status;

	error->text[0] = 0;
	if (!size) {
		return fail(error, LB_NO_STORAGE, "out of memory");
	}
	status = fill(size, input, error);
	if (status) {
		if (!error->text[0]) {
			fail(error, status, lb_status_text(status));
		}
		lb_size_free(size);
		return status;
	}
	*ret = size;
	return LB_OK;
}

void lb_size_free(struct lb_size *size)
{
	if (size) {
		lb_arena_free(&size->arena);
		free(size);
	}
}
