/* SPDX-License-Identifier: MIT */
/*
 * replay: runs a fuzz target over files instead of a fuzzing engine, so that every seed and every
 * input that once broke something runs in `make check`, with any compiler and under valgrind.
 * Arguments are files and folders of files.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int runs;

static _Noreturn void stop(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0) {
		stop(path);
	}
	rewind(file);
	/* Exactly as large as the input, so that a byte read too far is seen. */
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) {
		stop(path);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	runs++;
}

static void replay(const char *path);

static void replay_folder(const char *path)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);

	if (count < 0) {
		stop(path);
	}
	for (int i = 0; i < count; i++) {
		char *full = NULL;

		if (names[i]->d_name[0] != '.') {
			if (asprintf(&full, "%s/%s", path, names[i]->d_name) < 0) {
				stop(path);
			}
			replay(full);
			free(full);
		}
		free(names[i]);
	}
	free(names);
}

static void replay(const char *path)
{
	struct stat status;

	if (stat(path, &status)) {
		stop(path);
	}
	if (S_ISDIR(status.st_mode)) {
		replay_folder(path);
	} else {
		replay_file(path);
	}
}

int main(int argc, char **argv)
{
	/* The empty input is everybody's first seed. */
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	runs++;
	for (int i = 1; i < argc; i++) {
		replay(argv[i]);
	}
	printf("%u passed, 0 failed, 0 skipped\n", runs);
	return 0;
}
