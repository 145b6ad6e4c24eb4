/* SPDX-License-Identifier: MIT */
/* files: see files.h. */
#include "capture/files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* FNV-1a, 64 bits: of a million paths, two have the same once in 10^7 times. */
static uint64_t digest_of(const char *path)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (; *path; path++) {
		digest = (digest ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
	}
	return digest;
}

static bool counts(const struct lb_cpio_entry *entry)
{
	return S_ISREG(entry->mode) && strncmp(entry->path, "proc/", 5) &&
		strncmp(entry->path, "sys/", 4);
}

void lb_files_visit(void *context, const struct lb_cpio_entry *entry)
{
	struct lb_files *files = context;

	if (!counts(entry) || files->failed) {
		return;
	}
	if (files->count == files->capacity) {
		size_t capacity = files->capacity ? 2 * files->capacity : 1024;
		uint64_t *grown = realloc(files->names, capacity * sizeof(*grown));

		if (!grown) {
			files->failed = true;
			return;
		}
		files->names = grown;
		files->capacity = capacity;
	}
	files->names[files->count++] = digest_of(entry->path);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;

	return *left < *right ? -1 : *left > *right;
}

uint64_t lb_files_count(struct lb_files *files)
{
	uint64_t distinct = 0;

	if (files->failed || !files->count) {
		return 0;
	}
	qsort(files->names, files->count, sizeof(*files->names), compare);
	for (size_t i = 0; i < files->count; i++) {
		distinct += !i || files->names[i] != files->names[i - 1];
	}
	return distinct;
}

void lb_files_free(struct lb_files *files)
{
	free(files->names);
	*files = (struct lb_files){0};
}
