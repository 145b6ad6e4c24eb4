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
	bool optional;
};

/* How the name of a packed log may end; "" first. */
#define TREE_PACKED_COUNT 5
extern const char *const tree_packed[TREE_PACKED_COUNT];

extern const struct tree_path tree_paths[];
extern const size_t tree_paths_count;

/* A folder of files that count by how their names begin and end, at most TREE_FOLDER_FILES_MAX. */
struct tree_folder {
	const char *folder; /* with its slash */
	const char *beginning, *ending; /* of the name, not all of it */
	enum machine_kind kind;
	unsigned int rank;
};

extern const struct tree_folder tree_folders[];
extern const size_t tree_folders_count;

#define TREE_FOLDER_FILES_MAX 256

/* True if a file of that name in the folder counts. */
bool tree_is_name_in(const char *name, const struct tree_folder *folder);

/* A file in a numbered folder: FOLDER/N/NAME. */
struct tree_numbered {
	const char *folder;
	const char *name;
	enum machine_kind kind;
};

extern const struct tree_numbered tree_numbered[];
extern const size_t tree_numbered_count;

#define TREE_INDEX_MAX 8191 /* Linux keeps 128 + 3 * 1024 entries at most */

/* What the path (without leading "./" or "/") is; a log may be packed. False: of no interest. */
bool tree_lookup(const char *path, struct machine_file *ret);

/* Adds a file; data need not be terminated. It is copied. */
void tree_add(struct machine_reader *reader, const struct machine_file *like, const char *path,
	const void *data, size_t size);

/* A copy of a file's bytes in the machine's memory, with a NUL behind. NULL: the reader failed. */
char *tree_keep(struct machine_reader *reader, const char *path, const void *data, size_t size);

/* Room in the reader's scratch buffer for at least size bytes. NULL: the reader failed. */
char *tree_scratch(struct machine_reader *reader, size_t size);

/* Fails the reader: the file at path is larger than any file of interest may be. */
void tree_too_large(struct machine_reader *reader, const char *path);

/* The forms of a root. All end in reader->files. */
void tree_load_folder(struct machine_reader *reader, const char *root);
void tree_load_file(struct machine_reader *reader, const char *root);
void tree_load_stream(struct machine_reader *reader, int fd);
/* What only the running kernel can tell, after tree_load_folder("/"). */
void tree_load_live(struct machine_reader *reader);

/* Unpacks a log that is packed (.gz .xz .bz2 .zst, by what it begins with). */
void tree_unpack_log(struct machine_reader *reader, struct machine_file *file);

/*
 * Unpacks logs, and sees to it that all files are of one machine: those of a folder inside of the
 * machine's own are dropped; the reader fails with the list when there are several machines side by
 * side, or logs of different ones in the same place.
 */
void tree_settle(struct machine_reader *reader);

#endif
