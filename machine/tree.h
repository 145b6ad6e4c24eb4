/* SPDX-License-Identifier: MIT */
/*
 * tree: finds the files of interest in a root, whatever its form, and holds them in memory.
 * Everything else is passed over unread.
 */
#ifndef LIFEBOAT_MACHINE_TREE_H
#define LIFEBOAT_MACHINE_TREE_H

#include "machine/reader.h"

/* A file that is known by its path. */
struct tree_path {
	const char *path;
	enum machine_kind kind;
	unsigned int rank;
	bool optional; /* too large or unreadable: passed over instead of refused */
};

extern const struct tree_path tree_paths[];
extern const size_t tree_paths_count;

/* A file in a numbered folder: FOLDER/N/NAME. */
struct tree_numbered {
	const char *folder;
	const char *name;
	enum machine_kind kind;
};

extern const struct tree_numbered tree_numbered[];
extern const size_t tree_numbered_count;

#define TREE_INDEX_MAX 8191 /* Linux keeps 128 + 3 * 1024 entries at most */

/* What the path (without leading "./" or "/") is. False: of no interest. */
bool tree_lookup(const char *path, struct machine_file *ret, bool *ret_optional);

/* Adds a file; data need not be terminated. It is copied. */
void tree_add(struct machine_reader *reader, const struct machine_file *like, const char *path,
	const void *data, size_t size);

/* Room in the reader's scratch buffer for at least size bytes. NULL: the reader failed. */
char *tree_scratch(struct machine_reader *reader, size_t size);

/* The three forms of a root. All end in reader->files. */
void tree_load_folder(struct machine_reader *reader, const char *root);
void tree_load_archive(struct machine_reader *reader, const char *root);
/* What only the running kernel can tell, after tree_load_folder("/"). */
void tree_load_live(struct machine_reader *reader);

/*
 * Keeps the files whose path has the shortest prefix ("" or "sosreport-x/"), so that a machine
 * is never put together from two.
 */
void tree_choose_prefix(struct machine_reader *reader);

#endif
