/* SPDX-License-Identifier: MIT */
/* question: from a root and options to a plan, with messages that say what to do. */
#include "cli/question.h"

#include <string.h>
#include <unistd.h>

#include "policy/linux/version.h"
#include "policy/policy.h"

int lb_values_add(struct lb_values *values, const char *option, const char *value)
{
	if (values->count == LB_VALUES_MAX) {
		lb_complain("--%s: more than %d values", option, LB_VALUES_MAX);
		return LB_EXIT_USAGE;
	}
	values->items[values->count++] = value;
	return -1;
}

int lb_take_crashkernel(void *asked, const char *value)
{
	static const char prefix[] = "crashkernel=";
	bool whole = !strncmp(value, prefix, strlen(prefix));
	struct lb_asked *own = asked;

	own->question.crashkernel = own->crashkernel.items;
	own->question.crashkernel_count = own->crashkernel.count + 1;
	return lb_values_add(
		&own->crashkernel, "crashkernel", whole ? value + strlen(prefix) : value);
}

bool lb_policy_value(size_t index, struct lb_value *ret)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	if (index >= count) {
		return false;
	}
	*ret = (struct lb_value){policies[index].name, policies[index].description};
	return true;
}

int lb_take_kernel(void *asked, const char *value)
{
	struct lb_asked *own = asked;
	uint32_t version;

	if (!lb_linux_version_parse(value, &version)) {
		lb_complain("--kernel %s: expected a Linux version such as 6.12.107", value);
		return LB_EXIT_USAGE;
	}
	own->question.kernel = value;
	return -1;
}

/* This machine hides its addresses from everyone but root. */
static bool hidden_from_us(const struct lb_machine *machine)
{
	return !strcmp(machine->root, "/") && geteuid() != 0 &&
		lb_machine_has(machine, LB_SOURCE_IOMEM_ZEROED);
}

int lb_ask(const char *root, const struct lb_question *question, struct lb_machine **ret_machine,
	struct lb_plan **ret_plan)
{
	struct lb_machine *machine = NULL;
	struct lb_machine_error machine_error = {""};
	struct lb_plan_error plan_error = {0};

	if (lb_machine_open(root, &machine, &machine_error) != LB_OK) {
		lb_complain("%s", machine_error.text);
		return LB_EXIT_INPUT;
	}
	if (lb_plan_make(machine, question, ret_plan, &plan_error) != LB_OK) {
		bool hidden = !plan_error.usage && hidden_from_us(machine);

		lb_complain("%s", plan_error.text);
		if (hidden) {
			lb_complain("only root sees addresses in /proc/iomem: run it as root");
		}
		lb_machine_close(machine);
		return plan_error.usage ? LB_EXIT_USAGE : hidden ? LB_EXIT_REFUSED : LB_EXIT_INPUT;
	}
	*ret_machine = machine;
	return -1;
}

bool lb_plan_is_bad_news(const struct lb_plan *plan)
{
	if (plan->reservation->outcome != LB_OUTCOME_RESERVED) {
		return true;
	}
	for (size_t i = 0; i < plan->finding_count; i++) {
		if (plan->findings[i].level == LB_ERROR) {
			return true;
		}
	}
	return false;
}
