/* SPDX-License-Identifier: MIT */
/*
 * explore: runs code that several CPUs may run at once in every order that there is. Threads are
 * coroutines; they can be switched before every atomic operation (core/atomic.h, built with
 * LB_ATOMIC_HOOK), and nowhere else, so the code that is tried is the code that is shipped. All
 * operations there are sequentially consistent or releases of what only the owner writes, so an
 * order of them is all that can differ.
 */
#ifndef LIFEBOAT_TESTS_RACES_EXPLORE_H
#define LIFEBOAT_TESTS_RACES_EXPLORE_H

#include "lifeboat/base.h"

#define RACE_THREADS_MAX 4

struct race {
	unsigned int threads;
	/* How often a thread may be stopped in the midst of its work; RACE_ANY: as often as there
	 * are operations. Few suffice for most mistakes, and let larger cases be tried. */
	unsigned int interruptions;
	void (*begin)(void);               /* before each order */
	void (*run)(unsigned int thread);  /* what each thread does, once */
	void (*end)(void);                 /* after each order, when all are through */
};

#define RACE_ANY UINT32_MAX

/* Returns how many orders there were. */
uint64_t race_explore(const struct race *race);

#endif
