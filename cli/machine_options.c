/* SPDX-License-Identifier: MIT */
/* machine_options: see machine_options.h. */
#include "cli/machine_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct lb_value accelerators[] = {
	[LB_DRILL_TCG] = {"tcg", "CPUs are emulated"},
	[LB_DRILL_KVM] = {"kvm", "CPUs are this computer's"},
};

bool lb_parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && end != text && !*end && text[0] != '-' && *ret >= low && *ret <= high;
}

int lb_complain_usage(const char *option, const char *argument, const char *expected)
{
	lb_complain("--%s %s: expected %s", option, argument, expected);
	return LB_EXIT_USAGE;
}

int lb_take_cpus(const char *argument, unsigned int *ret)
{
	uint64_t value;

	if (!lb_parse_number(argument, 1, LB_MACHINE_CPUS_MAX, &value)) {
		return lb_complain_usage("cpus", argument, "1 to 8");
	}
	*ret = (unsigned int)value;
	return -1;
}

int lb_take_timeout(const char *argument, unsigned int *ret_ms)
{
	uint64_t value;

	if (!lb_parse_number(argument, 1, 3600, &value)) {
		return lb_complain_usage("timeout", argument, "seconds, 1 to 3600");
	}
	*ret_ms = (unsigned int)value * 1000;
	return -1;
}

bool lb_accelerator_value(size_t index, struct lb_value *ret)
{
	bool known = index < LB_ARRAY_COUNT(accelerators);

	*ret = accelerators[known ? index : 0];
	return known;
}

enum lb_drill_accelerator lb_accelerator_of(const char *name)
{
	return strcmp(name, accelerators[LB_DRILL_KVM].name) ? LB_DRILL_TCG : LB_DRILL_KVM;
}

const char *lb_accelerator_name(enum lb_drill_accelerator accelerator)
{
	return accelerators[accelerator].name;
}

int lb_lab_status(const struct lab_error *error)
{
	static const int statuses[] = {[LAB_ERROR_SYSTEM] = LB_EXIT_REFUSED,
		[LAB_ERROR_MISSING] = LB_EXIT_INPUT, [LAB_ERROR_USAGE] = LB_EXIT_USAGE};

	return statuses[error->kind];
}
