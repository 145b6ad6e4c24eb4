/* SPDX-License-Identifier: MIT */
/* recording: see record.h. Here: the files, and the archives that they come and go in. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/record.h"

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

static bool read_contents(struct archive *archive, struct archive_entry *entry,
	struct lab_recorded_file *ret)
{
	int64_t size = archive_entry_size(entry);

	if (size < 0 || (uint64_t)size > LAB_RECORDING_BYTES_MAX) {
		return false;
	}
	*ret = (struct lab_recorded_file){.name = strdup(archive_entry_pathname(entry)),
		.bytes = calloc(1, (size_t)size + 1), .size = (size_t)size};
	if (ret->name && ret->bytes &&
		archive_read_data(archive, ret->bytes, ret->size) == (la_ssize_t)size) {
		return true;
	}
	free(ret->name);
	free(ret->bytes);
	return false;
}

static bool add_entry(struct archive *archive, struct archive_entry *entry,
	struct lab_recording *recording, struct lab_error *error)
{
	const char *name = archive_entry_pathname(entry);

	if (!is_safe(name)) {
		lab_fail(error, "the recording has a file called \"%.60s\"", name ? name : "");
		return false;
	}
	if (archive_entry_filetype(entry) != AE_IFREG) {
		return true;
	}
	if (recording->count == LAB_RECORDING_FILES_MAX ||
		!read_contents(archive, entry, &recording->files[recording->count])) {
		lab_fail(error, "the recording has too many files, or %s is cut short", name);
		return false;
	}
	recording->count++;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct lab_recorded_file *)a)->name,
		((const struct lab_recorded_file *)b)->name);
}

static bool unpack(struct archive *archive, const uint8_t *bytes, size_t size,
	struct lab_recording *recording, struct lab_error *error)
{
	struct archive_entry *entry;
	int status;

	archive_read_support_format_cpio(archive);
	if (archive_read_open_memory(archive, bytes, size) != ARCHIVE_OK) {
		lab_fail(error, "the recording is no archive");
		return false;
	}
	while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
		if (!add_entry(archive, entry, recording, error)) {
			return false;
		}
	}
	if (status != ARCHIVE_EOF || !recording->count) {
		lab_fail(error, "the recording is cut short");
		return false;
	}
	return true;
}

bool lab_recording_unpack(const uint8_t *bytes, size_t size, struct lab_recording *ret,
	struct lab_error *error)
{
	struct archive *archive = archive_read_new();
	bool unpacked;

	*ret = (struct lab_recording){
		.files = calloc(LAB_RECORDING_FILES_MAX, sizeof(*ret->files))};
	if (!archive || !ret->files) {
		lab_fail(error, "out of memory");
		archive_read_free(archive);
		lab_recording_free(ret);
		return false;
	}
	unpacked = unpack(archive, bytes, size, ret, error);
	archive_read_free(archive);
	if (!unpacked) {
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
