/* SPDX-License-Identifier: MIT */
/*
 * measure_cache: trials that were made, kept for the next run: below $XDG_CACHE_HOME, or
 * ~/.cache, in lifeboat/measure, a file for each combination of inputs: kernel and initrd (their
 * contents), command line, CPUs, architecture, accelerator, QEMU's version, and what of lifeboat
 * itself runs in the machine. A file is written under another name and renamed after each trial, so
 * that one that is interrupted goes on where it was.
 */
#ifndef LIFEBOAT_LAB_MEASURE_CACHE_H
#define LIFEBOAT_LAB_MEASURE_CACHE_H

#include "lab/measure.h"

/* A search, and one for each region where there are two. */
#define LAB_MEASURE_KEPT_MAX (3 * LB_TRIALS_MAX)

struct lab_measure_cache {
	char version[160]; /* of QEMU, as it says it */
	char path[4096]; /* "": nothing is kept, because there is no place */
	struct lb_trial trials[LAB_MEASURE_KEPT_MAX];
	size_t count;
	bool taken[LAB_MEASURE_KEPT_MAX]; /* those that were handed out, or made in this run */
};

/* Reads what is kept. False: the inputs cannot be read; error says which. A file that makes no
 * sense counts as none. */
bool lab_measure_cache_open(struct lab_measure_cache *cache, const struct lab_measure_spec *spec,
	struct lab_error *error);

/* A trial of that size, so much of it low, that was not taken yet. */
bool lab_measure_cache_take(
	struct lab_measure_cache *cache, uint64_t size, uint64_t low, struct lb_trial *ret);

/* Keeps one more; not one that hung, which may have been the time that it was given. That it cannot
 * be written is no failure: the next run makes it again. */
void lab_measure_cache_add(struct lab_measure_cache *cache, const struct lb_trial *trial);

/* The line of a trial, without its end, and back; for the file and for tests. */
void lab_measure_cache_write(const struct lb_trial *trial, char *line, size_t bytes);
bool lab_measure_cache_read(const char *line, struct lb_trial *ret);

#endif
