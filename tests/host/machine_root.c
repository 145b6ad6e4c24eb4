/* SPDX-License-Identifier: MIT */
/* machine_root: plain files, and nftw to take them away again. */
#include "machine_root.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void machine_root_make(struct machine_root *root)
{
	snprintf(root->path, sizeof(root->path), "/tmp/lifeboat-test.XXXXXX");
	LB_ASSERT(mkdtemp(root->path) != NULL);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void machine_root_remove(struct machine_root *root)
{
	nftw(root->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void machine_root_put_bytes(
	struct machine_root *root, const char *path, const void *data, size_t size)
{
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", root->path, path);
	for (char *at = whole + strlen(root->path) + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		mkdir(whole, 0700);
		*at = '/';
	}
	file = fopen(whole, "w");
	LB_ASSERT(file && fwrite(data, 1, size, file) == size);
	fclose(file);
}

void machine_root_put(struct machine_root *root, const char *path, const char *text)
{
	machine_root_put_bytes(root, path, text, strlen(text));
}

struct lb_machine *machine_root_open(struct machine_root *root, enum lb_status *ret_status,
	struct lb_machine_error *error)
{
	struct lb_machine *machine;

	*ret_status = lb_machine_open(root->path, &machine, error);
	return machine;
}

struct lb_machine *machine_of_file(const char *path, const char *text, enum lb_status *ret_status,
	struct lb_machine_error *error)
{
	struct machine_root root;
	struct lb_machine *machine;

	machine_root_make(&root);
	machine_root_put(&root, path, text);
	machine = machine_root_open(&root, ret_status, error);
	machine_root_remove(&root);
	return machine;
}

struct lb_machine *machine_of_log(const char *text)
{
	struct lb_machine_error error;
	enum lb_status status;

	return machine_of_file("dmesg", text, &status, &error);
}

struct lb_machine *machine_of_files(const struct machine_root_file *files, size_t count)
{
	struct machine_root root;
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine;

	machine_root_make(&root);
	for (size_t i = 0; i < count; i++) {
		if (files[i].text) {
			machine_root_put(&root, files[i].path, files[i].text);
		}
	}
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	return machine;
}
