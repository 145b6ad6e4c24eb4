/* SPDX-License-Identifier: MIT */
/*
 * snapshot: writes what lifeboat needs to know of a machine into one file or folder that can be
 * carried elsewhere (docs/snapshot.md). Only the files that the readers know are taken, private
 * matters are masked (scrub.h), and a README inside says so.
 */
#ifndef LIFEBOAT_MACHINE_SNAPSHOT_H
#define LIFEBOAT_MACHINE_SNAPSHOT_H

#include "machine/machine.h"

/* What of the files that were taken is not in the snapshot (docs/snapshot.md). */
struct lb_left_out {
	size_t log_lines;      /* of the log, left out */
	size_t log_lines_kept; /* ... and kept */
	size_t options;        /* of command lines, masked */
	size_t properties;     /* of the device tree, zeroed */
};

/* What a snapshot came to. */
struct lb_snapshot {
	unsigned int files;       /* that were taken, without the README */
	uint64_t bytes;           /* of these, before packing */
	uint32_t sources;         /* as in lb_machine.sources */
	struct lb_left_out left_out;
	bool efi_map;             /* the firmware's map is in it, from the log or read back */
	const char *missing[16];  /* what is not in it and would matter, one phrase each */
	unsigned int missing_count;
};

/*
 * Reads root ("/" for this machine; a report or another snapshot works too) and writes it to
 * output: .tar, .tar.gz, .tgz, .tar.xz or .tar.zst by its name, else a folder. The machine that
 * the snapshot shows is opened once from what is written, so that a snapshot that cannot be read
 * is never kept.
 *
 * Errors as of lb_machine_open for the root; LB_CONFLICT when output cannot be written. The text
 * is in error. On failure nothing is left under output's name that was not there before.
 */
enum lb_status LB_MUST_CHECK lb_snapshot_write(const char *root, const char *output,
	struct lb_snapshot *ret, struct lb_machine_error *error);

#endif
