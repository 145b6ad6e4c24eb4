/* SPDX-License-Identifier: MIT */
/* command_line: what the capture kernel is told, as its service makes it (plan/size/wrapper.h). */
#include "plan/check/checks.h"
#include "policy/linux/cmdline.h"

static const char no_configuration[] =
	"no configuration of a kdump service is shown (etc/sysconfig/kdump, "
	"etc/default/kdump-tools)";

/* NULL: it is not known, or none is needed. */
static const char *capture_cmdline(const struct checker *checker)
{
	return checker->size && !checker->size->cmdline_assumed ? checker->size->cmdline : NULL;
}

static const char *line_evidence(const struct checker *checker)
{
	return lb_arena_printf(checker->arena, "%s: %s", checker->size->cmdline_source,
		checker->size->cmdline);
}

struct answer check_maxcpus(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);

	if (!cmdline) {
		return not_read(no_configuration);
	}
	if (!lb_linux_has_option(cmdline, "maxcpus") || lb_linux_has_option(cmdline, "nr_cpus")) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "the capture kernel is told maxcpus=, which starts fewer CPUs and "
			     "still takes the memory of all %llu",
			     (unsigned long long)checker->size->options.cpus),
		"write nr_cpus= instead of maxcpus= into the service's configuration",
		line_evidence(checker));
}
