/* SPDX-License-Identifier: MIT */
/* machine_root: a root folder in the temporary directory, made file by file for a test. */
#ifndef LIFEBOAT_TESTS_MACHINE_ROOT_H
#define LIFEBOAT_TESTS_MACHINE_ROOT_H

#include "machine/machine.h"

struct machine_root {
	char path[64];
};

/* An empty folder. */
void machine_root_make(struct machine_root *root);
void machine_root_remove(struct machine_root *root);

/* Puts a file there, with the folders that it needs. */
void machine_root_put(struct machine_root *root, const char *path, const char *text);
void machine_root_put_bytes(
	struct machine_root *root, const char *path, const void *data, size_t size);

/* Opens it. NULL: it failed, as status and text say. */
struct lb_machine *machine_root_open(struct machine_root *root, enum lb_status *ret_status,
	struct lb_machine_error *error);

/* A root with one file only, opened; the folder is gone afterwards. */
struct lb_machine *machine_of_file(const char *path, const char *text, enum lb_status *ret_status,
	struct lb_machine_error *error);

/* A root with these files, opened; one without a text is left out. NULL if it cannot be read. */
struct machine_root_file {
	const char *path;
	const char *text;
};
struct lb_machine *machine_of_files(const struct machine_root_file *files, size_t count);

/* A root that holds this boot log only; NULL if it cannot be read. */
struct lb_machine *machine_of_log(const char *text);

#endif
