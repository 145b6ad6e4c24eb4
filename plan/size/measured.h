/* SPDX-License-Identifier: MIT */
/*
 * measured: the smallest crash memory in which a capture kernel completed, found by trying: what a
 * trial says, and which size is tried next. Who tries is the caller's: lab/measure.h in QEMU, a
 * table in the tests.
 */
#ifndef LIFEBOAT_PLAN_SIZE_MEASURED_H
#define LIFEBOAT_PLAN_SIZE_MEASURED_H

#include "lifeboat/base.h"

#define LB_TRIALS_MAX 40
/* Crash memory is asked for, and tried, in multiples of this: more than any kernel's alignment of
 * sizes. */
#define LB_SIZE_STEP (4 * LB_MIB)

/* How a capture kernel ended. All but the first are failures of that size. */
enum lb_trial_end {
	LB_TRIAL_COMPLETED,     /* user space ran, all files were there, the dump was read */
	LB_TRIAL_NOT_LOADED,    /* kernel and initrd did not fit */
	LB_TRIAL_FILES_LOST,    /* the initrd was not unpacked whole */
	LB_TRIAL_OUT_OF_MEMORY, /* the kernel said so */
	LB_TRIAL_POOL_CUT,      /* its bounce pool is smaller than it is to be, or not there */
	LB_TRIAL_HUNG,          /* no end in time */
	LB_TRIAL_FAILED,        /* something else: why says what */
};
#define LB_TRIAL_ENDS 7

/* "completed", "not_loaded", ...: stable, for machines. */
const char *lb_trial_end_name(enum lb_trial_end end);
/* False: there is no such name. */
bool lb_trial_end_of(const char *name, enum lb_trial_end *ret);

/* All in bytes. What was not seen is 0. */
struct lb_trial {
	uint64_t size;      /* of the crash memory */
	uint64_t low;       /* of it, in a second region that 32-bit devices reach; 0: one region */
	enum lb_trial_end end;
	char why[160];      /* in the machine's words where it said something; "" if it completed */
	uint64_t total;     /* MemTotal of the capture kernel */
	uint64_t free;      /* the least MemFree seen from inside */
	uint64_t available; /* the least MemAvailable */
	uint64_t touched;   /* of the crash memory, ever written, seen from outside */
	uint64_t dump;      /* read through /proc/vmcore */
	uint64_t pool;      /* the capture kernel's bounce pool */
	unsigned int milliseconds;
	bool kept;          /* from an earlier run */
};

struct lb_measured {
	struct lb_trial trials[LB_TRIALS_MAX]; /* in the order in which they were made */
	size_t count;
	uint64_t smallest; /* completed twice, one step less failed; 0: not found, why says why */
	uint64_t free;     /* the least that was free, and available, in runs of that size */
	uint64_t available;
	uint64_t touched;  /* the most that was written in runs of that size */
	uint64_t proved;   /* what is asked for, or the least tried above it that completed; or 0 */
	bool steady;       /* no size both completed and failed */
	char machine[200]; /* in which the trials were made */
	char why[240];
};

/* With two regions, as crashkernel=,high and ,low make them. Sizes of trials are those of both. */
struct lb_measured_apart {
	uint64_t low;  /* the smallest low region, beside a high one that is enough */
	uint64_t high; /* the smallest high region, beside that low one */
	struct lb_measured of_low, of_high; /* the searches for them */
};

/* Makes one trial. False: it cannot be made at all, and the search ends. */
typedef bool lb_trial_make(void *context, uint64_t size, struct lb_trial *ret);

struct lb_size_search {
	uint64_t at_least, at_most; /* the model's range: where to begin */
	uint64_t limit;             /* nothing larger is tried */
	lb_trial_make *make;
	void *context;
};

/*
 * Finds the smallest size that completes, in steps of LB_SIZE_STEP. That more memory is always as
 * good is not taken for granted: the smallest must complete twice, and the size one step below it
 * must have failed. False: a trial could not be made. Otherwise ret->smallest says whether it was
 * found. ret->machine is left as it is.
 */
bool lb_size_search_run(const struct lb_size_search *search, struct lb_measured *ret);

#endif
