/* SPDX-License-Identifier: MIT */
/*
 * checks: one function for each thing that is checked. It reads the machine and answers; it changes
 * nothing. Internal to plan/check.
 */
#ifndef LIFEBOAT_PLAN_CHECK_CHECKS_H
#define LIFEBOAT_PLAN_CHECK_CHECKS_H

#include "plan/check/check.h"

/* What the functions are given. */
struct checker {
	const struct lb_machine *machine;
	const struct lb_plan *plan; /* NULL: why_no_plan */
	const char *why_no_plan;
	const struct lb_size *size; /* NULL: why_no_size */
	const char *why_no_size;
	struct lb_arena *arena; /* for texts */
};

/* Made by the functions below alone. */
struct answer {
	enum lb_check_result result;
	const char *text, *fix, *evidence; /* NULL: memory is out */
};

static inline struct answer fine(void)
{
	return (struct answer){LB_CHECK_FINE, "", "", ""};
}

/* It does not matter on this machine, or another finding says it. */
static inline struct answer not_asked(void)
{
	return (struct answer){LB_CHECK_NOT_ASKED, "", "", ""};
}

static inline struct answer not_read(const char *why)
{
	return (struct answer){LB_CHECK_NOT_READ, why, "", ""};
}

static inline struct answer found(const char *text, const char *fix, const char *evidence)
{
	return (struct answer){LB_CHECK_FOUND, text, fix, evidence};
}

/* load.c: is a capture kernel loaded, and may one be? */
struct answer check_not_loaded(const struct checker *checker);
struct answer check_load_disabled(const struct checker *checker);
struct answer check_lockdown(const struct checker *checker);
struct answer check_secure_boot(const struct checker *checker);
struct answer check_load_call(const struct checker *checker);
struct answer check_unsigned_kernel(const struct checker *checker);
struct answer check_service_off(const struct checker *checker);
struct answer check_memory_added(const struct checker *checker);
struct answer check_cpus_added(const struct checker *checker);

/* memory.c: does it have memory, and enough? */
struct answer check_nothing_reserved(const struct checker *checker);
struct answer check_not_enough(const struct checker *checker);
struct answer check_no_bounce_room(const struct checker *checker);

/* command_line.c: what is it told? */
struct answer check_maxcpus(const struct checker *checker);
struct answer check_mem_option(const struct checker *checker);
struct answer check_swiotlb_option(const struct checker *checker);
struct answer check_hugepages_option(const struct checker *checker);
struct answer check_numa_on(const struct checker *checker);
struct answer check_rsdp_hidden(const struct checker *checker);

/* trouble.c: does trouble become a crash, and is the dump left in peace? */
struct answer check_oops_goes_on(const struct checker *checker);
struct answer check_hang_goes_on(const struct checker *checker);
struct answer check_nmi_unnoticed(const struct checker *checker);
struct answer check_no_restart(const struct checker *checker);
struct answer check_notifiers_first(const struct checker *checker);
struct answer check_watchdog_short(const struct checker *checker);

/* initrd.c: has the capture initrd what it takes to reach the place of the dump? */
struct answer check_initrd_lacks_program(const struct checker *checker);
struct answer check_initrd_lacks_driver(const struct checker *checker);
struct answer check_initrd_of_other_kernel(const struct checker *checker);
struct answer check_initrd_outdated(const struct checker *checker);
struct answer check_loaded_before(const struct checker *checker);

/* dump.c: is there room for the dump, and does the program that filters it know this kernel? */
struct answer check_no_space(const struct checker *checker);
struct answer check_little_space(const struct checker *checker);
struct answer check_makedumpfile_old(const struct checker *checker);

/* trial.c: was it ever tried, and is that still true? */
struct answer check_trial_failed(const struct checker *checker);
struct answer check_trial_outdated(const struct checker *checker);
struct answer check_never_tried(const struct checker *checker);

/* platform.c: does it work on machines of this kind? */
struct answer check_platform(const struct checker *checker);

struct check {
	const char *id;
	enum lb_level level;
	struct answer (*ask)(const struct checker *checker);
};

/* All of them, in the order in which they are shown. */
extern const struct check lb_checks[];
extern const size_t lb_checks_count;

/* Bytes of crash memory that there are now, CMA not counted; 0: none, or no plan. */
uint64_t crash_bytes(const struct checker *checker);

/* Bytes of crash memory below 4 GiB as it was reserved, CMA not counted: the bounce pool does not
 * lie in what the first kernel uses, too. There must be a plan. */
uint64_t low_crash_bytes(const struct checker *checker);

/* The capture kernel's command line as the service's configuration makes it; NULL: none is shown,
 * and no_configuration says so. */
extern const char no_configuration[];
const char *capture_cmdline(const struct checker *checker);

/* "path: value" or "path:line: name = value". */
const char *setting_evidence(const struct checker *checker, const struct lb_setting *setting);

#endif
