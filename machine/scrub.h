/* SPDX-License-Identifier: MIT */
/*
 * scrub: takes out of a snapshot's files what is nobody's business: serial numbers, hardware
 * addresses, host names, who built the kernel, and values of command line options that are
 * secrets. What is masked keeps its length, because lengths (of the command line, of the device
 * tree) are part of what is predicted.
 */
#ifndef LIFEBOAT_MACHINE_SCRUB_H
#define LIFEBOAT_MACHINE_SCRUB_H

#include "machine/reader.h"

/* Changes file->data in place; the size may shrink. Only the boot part of a log is kept. */
void scrub_file(struct machine_file *file);

/* The parts, for tests. Text is NUL-terminated and masked in place. */
void scrub_command_line(char *text);
void scrub_addresses(char *text);
void scrub_banner(char *text);

#endif
