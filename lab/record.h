/* SPDX-License-Identifier: MIT */
/*
 * record: boots a distribution's kernel in QEMU and brings back what it says about the machine, as
 * the files of a snapshot (docs/recording.md).
 */
#ifndef LIFEBOAT_LAB_RECORD_H
#define LIFEBOAT_LAB_RECORD_H

#include "lab/qemu.h"
#include "lifeboat/arch.h"

#define LAB_RECORDING_FILES_MAX 2048
#define LAB_RECORDING_BYTES_MAX (64 * LB_MIB)

struct lab_recorded_file {
	char *name; /* "proc/iomem" */
	uint8_t *bytes; /* NUL-terminated for convenience */
	size_t size;
};

struct lab_recording {
	struct lab_recorded_file *files; /* ascending by name */
	size_t count;
};

struct lab_record_spec {
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
bool lab_record(const struct lab_record_spec *spec, struct lab_recording *ret, bool *ret_hangs,
	struct lab_error *error);

/* The files in a cpio archive. What a name may not be (absolute, "..") is an error. */
bool lab_recording_unpack(const uint8_t *archive, size_t size, struct lab_recording *ret,
	struct lab_error *error);
void lab_recording_free(struct lab_recording *recording);

/* NULL: it has no such file. */
const struct lab_recorded_file *lab_recording_find(
	const struct lab_recording *recording, const char *name);

/* Writes a packed tar: the same bytes for the same files. */
bool lab_recording_write(
	const struct lab_recording *recording, const char *path, struct lab_error *error);

/*
 * Base64 as record.c of the lab's init sends it (RFC 4648, padded). Appends to *bytes, which has
 * room for capacity. False: other characters, or no room.
 */
bool lab_base64_decode(
	const char *text, uint8_t *bytes, size_t capacity, size_t *used);

#endif
