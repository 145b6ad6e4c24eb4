/* SPDX-License-Identifier: MIT */
/* measure_cache: see measure_cache.h. */
#include "lab/measure_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/image_files.h"
#include "lab/mapped_file.h"
#include "lab/qemu_machine.h"
#include "lifeboat/sha256.h"

#define FIRST_LINE "lifeboat-trials 2"
#define LINE_BYTES 512
#define NAME_BYTES 16 /* of the digest */

void lab_measure_cache_write(const struct lb_trial *trial, char *line, size_t bytes)
{
	snprintf(line, bytes,
		"%" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 " %u %s",
		trial->size, trial->low, lb_trial_end_name(trial->end), trial->total, trial->free,
		trial->available, trial->touched, trial->dump, trial->pool, trial->milliseconds,
		trial->why);
}

bool lab_measure_cache_read(const char *line, struct lb_trial *ret)
{
	struct lb_trial trial = {.kept = true};
	char end[32];
	int used = 0;

	if (sscanf(line,
		    "%" SCNu64 " %" SCNu64 " %31s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		    " %" SCNu64 " %" SCNu64 " %u%n",
		    &trial.size, &trial.low, end, &trial.total, &trial.free, &trial.available,
		    &trial.touched, &trial.dump, &trial.pool, &trial.milliseconds, &used) != 10 ||
		!used || line[used] != ' ' || !lb_trial_end_of(end, &trial.end) || !trial.size ||
		trial.size % LB_SIZE_STEP || trial.low > trial.size) {
		return false;
	}
	snprintf(trial.why, sizeof(trial.why), "%.*s", (int)strcspn(line + used + 1, "\n"),
		line + used + 1);
	*ret = trial;
	return true;
}

static void add_text(struct lb_sha256 *digest, const char *text)
{
	lb_sha256_update(digest, text, strlen(text) + 1);
}

static bool add_file(struct lb_sha256 *digest, const char *path, struct lab_error *error)
{
	struct lab_mapped_file file;

	if (!lab_mapped_file_open(path, &file, error)) {
		return false;
	}
	lb_sha256_update(digest, &file.size, sizeof(file.size));
	lb_sha256_update(digest, file.bytes, file.size);
	lab_mapped_file_close(&file);
	return true;
}

/* What runs in the machine besides what was given. */
static bool add_own(struct lb_sha256 *digest, const struct lab_measure_spec *spec,
	const char *name, struct lab_error *error)
{
	char path[4096];

	return lab_find_image(spec->arch, spec->images, name, path, sizeof(path), error) &&
		add_file(digest, path, error);
}

static bool name_inputs(struct lab_measure_cache *cache, const struct lab_measure_spec *spec,
	char name[2 * NAME_BYTES + 1], struct lab_error *error)
{
	const struct lab_qemu_machine *machine = lab_qemu_machine_of(spec->arch);
	uint8_t bytes[LB_SHA256_BYTES];
	struct lb_sha256 digest;
	char cpus[32];

	lb_sha256_init(&digest, lb_sha256_detect());
	if (!lab_qemu_version(machine->program, machine->package, cache->version,
		    sizeof(cache->version), error) ||
		!add_file(&digest, spec->kernel, error) ||
		!add_file(&digest, spec->initrd, error) ||
		!add_own(&digest, spec, machine->production_image, error) ||
		!add_own(&digest, spec, "lifeboat-init", error)) {
		return false;
	}
	snprintf(cpus, sizeof(cpus), "%u", spec->cpus);
	add_text(&digest, cache->version);
	add_text(&digest, lb_arch_name(spec->arch));
	add_text(&digest, spec->accelerator);
	add_text(&digest, spec->cmdline);
	add_text(&digest, cpus);
	lb_sha256_finish(&digest, bytes);
	for (size_t i = 0; i < NAME_BYTES; i++) {
		snprintf(name + 2 * i, 3, "%02x", bytes[i]);
	}
	return true;
}

/* Makes the folders; "" in path when there is no place for them. */
static void find_folder(char *path, size_t bytes)
{
	static const char *const below[] = {"/lifeboat", "/measure"};
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	size_t used;

	path[0] = '\0';
	if (cache && cache[0] == '/') {
		used = (size_t)snprintf(path, bytes, "%s", cache);
	} else if (home && home[0] == '/') {
		used = (size_t)snprintf(path, bytes, "%s/.cache", home);
	} else {
		return;
	}
	for (size_t i = 0; used < bytes && i < LB_ARRAY_COUNT(below); i++) {
		mkdir(path, 0700);
		used += (size_t)snprintf(path + used, bytes - used, "%s", below[i]);
	}
	if (used >= bytes || (mkdir(path, 0700) && access(path, W_OK))) {
		path[0] = '\0';
	}
}

static void read_trials(struct lab_measure_cache *cache)
{
	char line[LINE_BYTES];
	FILE *file = fopen(cache->path, "re");

	if (!file) {
		return;
	}
	if (fgets(line, sizeof(line), file) && !strcmp(line, FIRST_LINE "\n")) {
		while (cache->count < LAB_MEASURE_KEPT_MAX && fgets(line, sizeof(line), file) &&
			lab_measure_cache_read(line, &cache->trials[cache->count])) {
			cache->count++;
		}
	}
	fclose(file);
}

bool lab_measure_cache_open(struct lab_measure_cache *cache, const struct lab_measure_spec *spec,
	struct lab_error *error)
{
	char name[2 * NAME_BYTES + 1];
	char folder[3072];

	*cache = (struct lab_measure_cache){0};
	if (!name_inputs(cache, spec, name, error)) {
		return false;
	}
	find_folder(folder, sizeof(folder));
	if (folder[0]) {
		snprintf(cache->path, sizeof(cache->path), "%s/%s.trials", folder, name);
		read_trials(cache);
	}
	return true;
}

bool lab_measure_cache_take(
	struct lab_measure_cache *cache, uint64_t size, uint64_t low, struct lb_trial *ret)
{
	for (size_t i = 0; i < cache->count; i++) {
		if (cache->trials[i].size == size && cache->trials[i].low == low &&
			!cache->taken[i]) {
			cache->taken[i] = true;
			*ret = cache->trials[i];
			return true;
		}
	}
	return false;
}

static bool write_trials(const struct lab_measure_cache *cache, FILE *file)
{
	char line[LINE_BYTES];

	fprintf(file, FIRST_LINE "\n");
	for (size_t i = 0; i < cache->count; i++) {
		lab_measure_cache_write(&cache->trials[i], line, sizeof(line));
		fprintf(file, "%s\n", line);
	}
	return !fflush(file) && !ferror(file);
}

static void write_file(const struct lab_measure_cache *cache)
{
	char temporary[sizeof(cache->path) + 8];
	int descriptor;
	FILE *file;
	bool written;

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", cache->path);
	descriptor = mkstemp(temporary);
	file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	if (!file) {
		if (descriptor >= 0) {
			close(descriptor);
			unlink(temporary);
		}
		return;
	}
	written = write_trials(cache, file);
	if (fclose(file) || !written || rename(temporary, cache->path)) {
		unlink(temporary);
	}
}

void lab_measure_cache_add(struct lab_measure_cache *cache, const struct lb_trial *trial)
{
	if (cache->count == LAB_MEASURE_KEPT_MAX || trial->end == LB_TRIAL_HUNG) {
		return;
	}
	cache->taken[cache->count] = true;
	cache->trials[cache->count++] = *trial;
	if (cache->path[0]) {
		write_file(cache);
	}
}
