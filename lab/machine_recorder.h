/* SPDX-License-Identifier: MIT */
/*
 * machine_recorder: boots a distribution's kernel in QEMU and brings back what it says about the
 * machine, as the files of a snapshot (docs/recording.md).
 */
#ifndef LIFEBOAT_LAB_MACHINE_RECORDER_H
#define LIFEBOAT_LAB_MACHINE_RECORDER_H

#include "lab/recording.h"
#include "lifeboat/arch.h"

struct lab_recorder_spec {
	enum lb_arch arch;
	const char *kernel;
	const char *images;   /* where lifeboat-init is; NULL: beside the program */
	const char *machine;  /* QEMU's -machine; NULL: the usual one */
	const char *firmware; /* QEMU's -bios; NULL: none */
	const char *cmdline;  /* all of it but rdinit= */
	uint64_t memory_bytes;
	unsigned int cpus;
	unsigned int timeout_ms; /* for the whole boot */
	/* Every line on the console but the recording itself; may be NULL. */
	void (*line)(void *context, const char *line);
	void *context;
};

/* Boots and records. *ret_hangs: it did not get that far in time (then false is returned too). */
bool lab_record_machine(const struct lab_recorder_spec *spec, struct lab_recording *ret,
	bool *ret_hangs, struct lab_error *error);

#endif
