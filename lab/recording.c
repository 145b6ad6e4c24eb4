/* SPDX-License-Identifier: MIT */
/* recording: see recording.h. */
#include "lab/recording.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/cpio.h"

static bool is_safe(const char *name)
{
	if (!name || !*name || *name == '/' || strlen(name) > 255) {
		return false;
	}
	for (const char *at = name; *at; at += strcspn(at, "/"), at += *at == '/') {
		if (!strncmp(at, "..", 2) && (!at[2] || at[2] == '/')) {
			return false;
		}
	}
	return true;
}

static bool add_entry(const struct lab_cpio_entry *entry, struct lab_recording *recording,
	struct lab_error *error)
{
	struct lab_recorded_file *file = &recording->files[recording->count];

	if (!is_safe(entry->name)) {
		lab_fail(error, "the recording has a file called \"%.60s\"", entry->name);
		return false;
	}
	if (entry->mode != LAB_CPIO_FILE) {
		return true;
	}
	if (recording->count == LAB_RECORDING_FILES_MAX) {
		lab_fail(error, "the recording has too many files");
		return false;
	}
	*file = (struct lab_recorded_file){.name = strdup(entry->name),
		.bytes = calloc(1, (size_t)entry->size + 1), .size = entry->size};
	recording->count++;
	if (!file->name || !file->bytes) {
		lab_fail(error, "out of memory");
		return false;
	}
	memcpy(file->bytes, entry->bytes, entry->size);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct lab_recorded_file *)a)->name,
		((const struct lab_recorded_file *)b)->name);
}

bool lab_recording_unpack(const uint8_t *bytes, size_t size, struct lab_recording *ret,
	struct lab_error *error)
{
	struct lab_cpio_entry entry;
	enum lb_status status;
	size_t offset = 0;

	*ret = (struct lab_recording){
		.files = calloc(LAB_RECORDING_FILES_MAX, sizeof(*ret->files))};
	if (!ret->files) {
		lab_fail(error, "out of memory");
		return false;
	}
	while ((status = lab_cpio_next(bytes, size, &offset, &entry)) == LB_OK) {
		if (!add_entry(&entry, ret, error)) {
			lab_recording_free(ret);
			return false;
		}
	}
	if (status != LB_NOT_FOUND || !ret->count) {
		lab_fail(error, "the recording is cut short or damaged at byte %zu", offset);
		lab_recording_free(ret);
		return false;
	}
	qsort(ret->files, ret->count, sizeof(*ret->files), by_name);
	return true;
}

void lab_recording_free(struct lab_recording *recording)
{
	for (size_t i = 0; i < recording->count; i++) {
		free(recording->files[i].name);
		free(recording->files[i].bytes);
	}
	free(recording->files);
	*recording = (struct lab_recording){0};
}

const struct lab_recorded_file *lab_recording_find(
	const struct lab_recording *recording, const char *name)
{
	for (size_t i = 0; i < recording->count; i++) {
		if (!strcmp(recording->files[i].name, name)) {
			return &recording->files[i];
		}
	}
	return NULL;
}

static bool put_file(struct archive *archive, const struct lab_recorded_file *file)
{
	struct archive_entry *entry = archive_entry_new();
	bool put;

	if (!entry) {
		return false;
	}
	archive_entry_set_pathname(entry, file->name);
	archive_entry_set_size(entry, (la_int64_t)file->size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	put = archive_write_header(archive, entry) == ARCHIVE_OK &&
		archive_write_data(archive, file->bytes, file->size) == (la_ssize_t)file->size;
	archive_entry_free(entry);
	return put;
}

bool lab_recording_write(
	const struct lab_recording *recording, const char *path, struct lab_error *error)
{
	struct archive *archive = archive_write_new();
	bool written = archive && archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
		archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
		archive_write_set_options(archive, "gzip:!timestamp") == ARCHIVE_OK &&
		archive_write_open_filename(archive, path) == ARCHIVE_OK;

	for (size_t i = 0; written && i < recording->count; i++) {
		written = put_file(archive, &recording->files[i]);
	}
	written = written && archive_write_close(archive) == ARCHIVE_OK;
	if (!written) {
		lab_fail(error, "cannot write %s: %s", path,
			archive ? archive_error_string(archive) : "out of memory");
	}
	archive_write_free(archive);
	return written;
}
