/* SPDX-License-Identifier: MIT */
/* measure_console: what the lines on the console of a trial mean, by themselves: no machine. */
#ifndef LIFEBOAT_LAB_MEASURE_CONSOLE_H
#define LIFEBOAT_LAB_MEASURE_CONSOLE_H

#include "plan/size/measured.h"

#define LAB_MEASURE_LOADED_MAX 8

/* Start with zeros and the trial. */
struct lab_measure_console {
	struct lb_trial *trial;
	uint64_t files_wanted; /* 0: whatever there is */
	uint64_t pool_wanted;  /* bytes that its bounce pool is to have; 0: whatever it has */
	uint64_t kernel_bytes; /* of the image: what follows in its place is only room */
	struct lb_range crash; /* the crash memory */
	struct lb_range low_crash; /* the rest of it, in low memory; or empty */
	struct lb_range loaded[LAB_MEASURE_LOADED_MAX];
	size_t loaded_count;
	bool waits;        /* at a pause: for a byte */
	bool captured;     /* "result: captured" */
	bool user_space;   /* our first process spoke */
	bool too_small;    /* for what is loaded */
	bool files_lost;
	bool pool_told;
	bool out_of_memory;
	bool panicked;
	uint64_t files;
	char last_words[160]; /* of a kernel that gave up */
};

/* Takes one line. */
void lab_measure_line(struct lab_measure_console *console, const char *line);

/* The machine has ended, or (late) was given up: fills trial->end and trial->why. */
void lab_measure_judge(struct lab_measure_console *console, bool late);

#endif
