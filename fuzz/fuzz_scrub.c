/* SPDX-License-Identifier: MIT */
/*
 * fuzz_scrub: any bytes as each kind of file that a snapshot takes. The input is [kind, position
 * low, position high, bytes]. What is left of a file that could be read can still be read, doing it
 * again changes nothing (in a log, whose lines may have run together, it may), and a word that no
 * rule knows, put anywhere, is not in it.
 */
#include "machine/scrub.h"
#include "machine_fuzz.h"

#define HEADER_BYTES 3

static const char canary[] = "Qzvxwjk";

/* A file in a reader of its own, with the word at a place when that is inside of it. */
static struct machine_file *make(struct machine_reader *reader, struct lb_machine_error *error,
	const uint8_t *data, size_t size, size_t place)
{
	size_t bytes = size - HEADER_BYTES;
	char *text = malloc(bytes + sizeof(canary));

	fuzz_require(text != NULL);
	memcpy(text, data + HEADER_BYTES, bytes);
	if (place < bytes) {
		memmove(text + place + strlen(canary), text + place, bytes - place);
		memcpy(text + place, canary, strlen(canary));
		bytes += strlen(canary);
	}
	fuzz_start(reader, error);
	fuzz_add(reader, data[0] % MACHINE_NONE, 0, "file", (const uint8_t *)text, bytes);
	free(text);
	return &reader->files[0];
}

static bool is_readable(const uint8_t *data, size_t size, size_t place, bool scrubbed)
{
	struct lb_left_out left_out = {0};
	struct lb_machine_error error;
	struct machine_reader reader;
	struct machine_file *file = make(&reader, &error, data, size, place);
	bool readable;

	if (scrubbed) {
		fuzz_require(scrub_file(&reader, file, &left_out) == LB_OK);
	}
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	readable = reader.status == LB_OK || reader.status == LB_NOT_FOUND;
	fuzz_end(&reader);
	return readable;
}

static bool holds(const struct machine_file *file, const char *text)
{
	return memmem(file->data, file->size, text, strlen(text)) != NULL;
}

/* Where any word may stay: releases and builds, values of options about memory, names of nodes in a
 * device tree and of what a CPU can do. Files with one value are taken as they are: they are
 * figures, or they cannot be read. */
static bool may_keep_words(const struct machine_file *file)
{
	switch (file->kind) {
	case MACHINE_LOG:
		return holds(file, "Linux version ") || holds(file, "ommand line: ") ||
			holds(file, "OF: reserved mem: ");
	case MACHINE_IOMEM:
	case MACHINE_MEMINFO:
	case MACHINE_MEMBLOCK_MEMORY:
	case MACHINE_MEMBLOCK_RESERVED:
	case MACHINE_MEMMAP_TYPE:
		return false;
	default:
		return true;
	}
}

static void check_twice(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_left_out left_out = {0};
	size_t size = file->size;
	char *once = malloc(size ? size : 1);

	fuzz_require(once != NULL);
	memcpy(once, file->data, size);
	fuzz_require(scrub_file(reader, file, &left_out) == LB_OK);
	fuzz_require(file->size == size && !memcmp(file->data, once, size));
	free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_left_out left_out = {0};
	struct lb_machine_error error;
	struct machine_reader reader;
	struct machine_file *file;
	size_t place;
	bool readable, free_of_it;

	if (size <= HEADER_BYTES) {
		return 0;
	}
	place = (size_t)(data[1] | data[2] << 8);
	readable = is_readable(data, size, place, false);
	file = make(&reader, &error, data, size, place);
	free_of_it = readable && !may_keep_words(file);
	fuzz_require(scrub_file(&reader, file, &left_out) == LB_OK);
	fuzz_require(!free_of_it || !holds(file, canary));
	if (file->kind != MACHINE_LOG) {
		check_twice(&reader, file);
	}
	fuzz_end(&reader);
	fuzz_require(!readable || is_readable(data, size, place, true));
	return 0;
}
