/* SPDX-License-Identifier: MIT */
/*
 * look: what of a running machine is in none of the files that a snapshot takes: the capture
 * initrd, the disks below the dump's directory, the room there, times. Internal to machine/.
 */
#ifndef LIFEBOAT_MACHINE_LOOK_H
#define LIFEBOAT_MACHINE_LOOK_H

#include "machine/reader.h"

#define LOOK_PATH_MAX 512

/* A path below the root that is looked at, which is "" for this machine. False: it is too long. */
bool look_path(char ret[LOOK_PATH_MAX], const char *root, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* When the file was written, in seconds since 1970; 0: there is none. */
uint64_t look_written(const char *path);

/* The last part of where a link leads; false: it is none, or the name finds no room. */
bool look_link_name(const char *path, char *ret, size_t size);

/* The bytes of a file to be read; NULL: there is none of a size that makes sense. */
const uint8_t *look_map(const char *path, size_t *ret_size);
void look_unmap(const uint8_t *bytes, size_t size); /* NULL is fine */

/* Whether an image has a certificate table (PE/COFF specification, data directory 4). False: it is
 * no PE32+ image. */
bool look_is_signed(const uint8_t *bytes, size_t size, bool *ret);

/* Fills machine->target's room, layers and drivers. */
void look_at_disks(struct machine_reader *reader, const char *root);

/* Fills machine->initrd, ->makedumpfile and the times of machine->kexec. An initrd that cannot be
 * read is remarked. */
void look_at_files(struct machine_reader *reader, const char *root);

/* Fills what machine->kexec says of what is loaded, after look_at_files. */
void look_at_loaded(struct machine_reader *reader, const char *root);

#endif
