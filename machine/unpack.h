/* SPDX-License-Identifier: MIT */
/*
 * unpack: reads what is packed (.gz, .xz, .bz2, .zst) and what is in a tar, in one pass, so that a
 * pipe will do, and never to disk. All is bounded: the bytes of one file, those of all together,
 * the entries, and packing inside of packing.
 */
#ifndef LIFEBOAT_MACHINE_UNPACK_H
#define LIFEBOAT_MACHINE_UNPACK_H

#include "machine/reader.h"

struct archive;
struct archive_entry;

struct unpack {
	struct machine_reader *reader;
	struct archive *archive;
	const char *name;     /* of the whole, for messages */
	unsigned int entries; /* begun so far */
};

/* What there was to take of an entry. */
enum unpack_result {
	UNPACK_WHOLE,
	UNPACK_TOO_LARGE, /* more than LB_MACHINE_FILE_BYTES_MAX; the rest can be passed over */
	UNPACK_FAILED,    /* the reader failed, with the reason */
};

/* Opens a file, pipe or socket that stands at its beginning. False: the reader failed, or there is
 * not a single byte in it (the reader did not fail). Close it in either case. */
bool unpack_open(struct unpack *unpack, struct machine_reader *reader, const char *name, int fd);

/* The same for bytes in memory that are no tar. */
bool unpack_open_bytes(struct unpack *unpack, struct machine_reader *reader, const char *name,
	const void *data, size_t size);
void unpack_close(struct unpack *unpack);

/* True if there is something packed. */
bool unpack_is_packed(const struct unpack *unpack);

/* The next entry; false at the end, or when the reader failed. An entry that cannot be read, and
 * behind which others can, is skipped. */
bool unpack_next(struct unpack *unpack, struct archive_entry **ret);

/* True if the entry is the only one and has no name: the bytes are no tar. */
bool unpack_is_bare(const struct unpack *unpack);

/* Reads the data of the entry into reader->scratch; keep false: passes over them. */
enum unpack_result unpack_read(struct unpack *unpack, bool keep, size_t *ret_size);

#endif
