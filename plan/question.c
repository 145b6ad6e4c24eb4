/* SPDX-License-Identifier: MIT */
/* question: policy, version and command line. */
#include "plan/question.h"

#include <stdio.h>
#include <string.h>

#include "machine/other_arch.h"
#include "plan/options.h"
#include "policy/linux/crashkernel.h"
#include "policy/linux/version.h"

static enum lb_status fail(struct lb_plan_error *error, enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return status;
}

/* The kernel that was named: a version, and for the machine's architecture if it says which. */
static enum lb_status understand_kernel(struct lb_plan *plan, struct lb_plan_error *error)
{
	const char *other = lb_other_arch_of_release(plan->kernel);
	enum lb_arch arch = lb_arch_of_release(plan->kernel);

	error->usage = true;
	if (other) {
		snprintf(error->text, sizeof(error->text),
			"--kernel %.100s: %s kernels are known and not modelled: expected "
			"one of x86-64, arm64 or riscv64", plan->kernel, other);
		return LB_INVALID;
	}
	if (!lb_linux_version_parse(plan->kernel, &plan->version)) {
		snprintf(error->text, sizeof(error->text),
			"--kernel %.100s: expected a Linux version such as 6.12.107",
			plan->kernel);
		return LB_INVALID;
	}
	if (arch != LB_ARCH_UNKNOWN && plan->arch != LB_ARCH_UNKNOWN && arch != plan->arch) {
		snprintf(error->text, sizeof(error->text),
			"--kernel %.100s: a kernel for %s, and this machine is %s", plan->kernel,
			lb_arch_name(arch), lb_arch_name(plan->arch));
		return LB_INVALID;
	}
	error->usage = false;
	return LB_OK;
}

static enum lb_status understand_version(
	struct lb_plan *plan, const struct lb_question *question, struct lb_plan_error *error)
{
	const struct lb_machine *machine = plan->machine;

	if (question->kernel) {
		plan->kernel = question->kernel;
		return understand_kernel(plan, error);
	}
	plan->kernel = machine->kernel.release;
	if (!lb_linux_version_of(machine->kernel.release, machine->kernel.banner, &plan->version)) {
		return fail(error, LB_NOT_FOUND,
			"the kernel version is not shown: expected proc/version, uname or the "
			"log's "
			"\"Linux version\" line; name it with --kernel");
	}
	return LB_OK;
}

static enum lb_status understand_cmdline(struct lb_plan *plan, struct lb_arena *arena,
	const struct lb_question *question, struct lb_plan_error *error)
{
	const char *base = question->cmdline ? question->cmdline : plan->machine->boot.cmdline;

	if (!base && !question->crashkernel_count) {
		return fail(error, LB_NOT_FOUND,
			"the kernel command line is not shown: expected proc/cmdline or the log's "
			"\"Kernel command line:\"; give it with --cmdline");
	}
	if (!base) {
		base = "";
	}
	plan->cmdline = question->crashkernel_count
				? lb_option_replace_crashkernel(arena, base, question->crashkernel,
					  question->crashkernel_count)
				: lb_arena_text(arena, base);
	return plan->cmdline ? LB_OK : LB_NO_STORAGE;
}

/* The values of all crashkernel= tokens, for display. */
static enum lb_status list_values(struct lb_plan *plan, struct lb_arena *arena)
{
	size_t length = strlen(plan->cmdline);
	const char **values = lb_arena_array(arena, length / 12 + 1, sizeof(*values));
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	if (!values) {
		return LB_NO_STORAGE;
	}
	while (lb_crashkernel_next(plan->cmdline, length, &cursor, &token)) {
		values[plan->crashkernel_count] = lb_arena_printf(arena, "%.*s",
			(int)lb_min(token.end - token.value, 4096), plan->cmdline + token.value);
		if (!values[plan->crashkernel_count++]) {
			return LB_NO_STORAGE;
		}
	}
	plan->crashkernel = values;
	return LB_OK;
}

enum lb_status lb_question_understand(const struct lb_question *question, struct lb_plan *plan,
	struct lb_arena *arena, const struct lb_policy **ret, struct lb_plan_error *error)
{
	const struct lb_policy *policy =
		lb_policy_find(question->policy ? question->policy : "linux");
	enum lb_status status;

	if (!policy) {
		snprintf(error->text, sizeof(error->text), "--policy %.100s: no such policy",
			question->policy);
		error->usage = true;
		return LB_INVALID;
	}
	plan->policy = policy->name;
	plan->capture_cmdline = question->capture_cmdline;
	plan->arch = plan->machine->arch;
	plan->what_if = question->crashkernel_count || question->cmdline || question->kernel ||
			question->policy;
	status = understand_version(plan, question, error);
	if (!status) {
		status = understand_cmdline(plan, arena, question, error);
	}
	if (!status) {
		status = list_values(plan, arena);
	}
	if (!status) {
		*ret = policy;
	}
	return status;
}
