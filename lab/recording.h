/* SPDX-License-Identifier: MIT */
/* recording: a machine as the files of a snapshot (docs/recording.md), and the archives that they
 * come and go in. */
#ifndef LIFEBOAT_LAB_RECORDING_H
#define LIFEBOAT_LAB_RECORDING_H

#include "lab/qemu.h"

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

#endif
