/* SPDX-License-Identifier: MIT */
/*
 * scrub: makes of a file what a snapshot keeps of it: what a reader looks for, and nothing else.
 * The rules are allow-lists, one per kind of file; what they do not name is left out, masked with
 * 'x' or zeroed (docs/snapshot.md). What lengths tell stays.
 */
#ifndef LIFEBOAT_MACHINE_SCRUB_H
#define LIFEBOAT_MACHINE_SCRUB_H

#include "machine/reader.h"
#include "machine/snapshot.h"

/* Changes file->data, in place or for another buffer of the reader's memory; the size may change.
 * What was left out is added to the account. Not LB_OK: the reader failed. */
enum lb_status scrub_file(struct machine_reader *reader, struct machine_file *file,
	struct lb_left_out *left_out);

/* Lines of etc/kdump.conf, and of the files that a shell reads; false: the line is left out. */
bool scrub_kdump_conf_line(char *line, unsigned int *state);
bool scrub_shell_line(char *line, unsigned int *state);

/* The kinds that take more than a few lines. */
enum lb_status scrub_log(struct machine_reader *reader, struct machine_file *file,
	struct lb_left_out *left_out);
void scrub_fdt(struct machine_file *file, struct lb_left_out *left_out);
void scrub_boot_params(struct machine_file *file);
void scrub_efi_memmap(struct machine_file *file);
void scrub_srat(struct machine_file *file);

#endif
