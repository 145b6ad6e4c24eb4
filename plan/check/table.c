/* SPDX-License-Identifier: MIT */
/* table: every check with its id and the level of what it finds; docs/findings.md has each. */
#include "plan/check/checks.h"

const struct check lb_checks[] = {
	{"nothing-reserved", LB_ERROR, check_nothing_reserved},
	{"not-loaded", LB_ERROR, check_not_loaded},
	{"not-enough", LB_ERROR, check_not_enough},
	{"no-bounce-room", LB_ERROR, check_no_bounce_room},
	{"mem-option", LB_ERROR, check_mem_option},
	{"hugepages-option", LB_ERROR, check_hugepages_option},
	{"initrd-of-other-kernel", LB_ERROR, check_initrd_of_other_kernel},
	{"initrd-lacks-driver", LB_ERROR, check_initrd_lacks_driver},
	{"initrd-lacks-program", LB_ERROR, check_initrd_lacks_program},
	{"no-space", LB_ERROR, check_no_space},
	{"little-space", LB_WARNING, check_little_space},
	{"loaded-before", LB_WARNING, check_loaded_before},
	{"initrd-outdated", LB_WARNING, check_initrd_outdated},
	{"makedumpfile-old", LB_WARNING, check_makedumpfile_old},
	{"swiotlb-option", LB_WARNING, check_swiotlb_option},
	{"maxcpus", LB_WARNING, check_maxcpus},
	{"rsdp-hidden", LB_WARNING, check_rsdp_hidden},
	{"load-disabled", LB_WARNING, check_load_disabled},
	{"load-call", LB_WARNING, check_load_call},
	{"service-off", LB_WARNING, check_service_off},
	{"memory-added", LB_WARNING, check_memory_added},
	{"watchdog-short", LB_WARNING, check_watchdog_short},
	{"platform", LB_WARNING, check_platform},
	{"notifiers-first", LB_INFO, check_notifiers_first},
	{"numa-on", LB_INFO, check_numa_on},
	{"lockdown", LB_INFO, check_lockdown},
	{"oops-goes-on", LB_INFO, check_oops_goes_on},
	{"hang-goes-on", LB_INFO, check_hang_goes_on},
	{"nmi-unnoticed", LB_INFO, check_nmi_unnoticed},
	{"no-restart", LB_INFO, check_no_restart},
};
const size_t lb_checks_count = LB_ARRAY_COUNT(lb_checks);
