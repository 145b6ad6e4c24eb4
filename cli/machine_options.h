/* SPDX-License-Identifier: MIT */
/* machine_options: the options that describe a machine in QEMU, the same in every command that
 * starts one. */
#ifndef LIFEBOAT_CLI_MACHINE_OPTIONS_H
#define LIFEBOAT_CLI_MACHINE_OPTIONS_H

#include "cli/cli.h"
#include "lab/drill.h"

#define LB_MACHINE_CPUS_MAX 8

/* A decimal number from low to high. */
bool lb_parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *ret);

/* "--OPTION ARGUMENT: expected EXPECTED"; returns LB_EXIT_USAGE. */
int lb_complain_usage(const char *option, const char *argument, const char *expected);

/* --cpus and --timeout (in seconds): -1, or LB_EXIT_USAGE after a message. */
int lb_take_cpus(const char *argument, unsigned int *ret);
int lb_take_timeout(const char *argument, unsigned int *ret_ms);

/* --accel: its values, and which one a name is. */
bool lb_accelerator_value(size_t index, struct lb_value *ret);
enum lb_drill_accelerator lb_accelerator_of(const char *name);
const char *lb_accelerator_name(enum lb_drill_accelerator accelerator);

/* The exit status for what a lab says. */
int lb_lab_status(const struct lab_error *error);

#endif
