/* SPDX-License-Identifier: MIT */
/* table: every check with its id and the level of what it finds; docs/findings.md has each. */
#include "plan/check/checks.h"

const struct check lb_checks[] = {
	{"nothing-reserved", LB_ERROR, check_nothing_reserved},
	{"not-loaded", LB_ERROR, check_not_loaded},
	{"not-enough", LB_ERROR, check_not_enough},
	{"load-disabled", LB_WARNING, check_load_disabled},
	{"maxcpus", LB_WARNING, check_maxcpus},
	{"lockdown", LB_INFO, check_lockdown},
};
const size_t lb_checks_count = LB_ARRAY_COUNT(lb_checks);
