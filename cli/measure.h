/* SPDX-License-Identifier: MIT */
/* measure: `lifeboat size --measure`: trials in QEMU, one after the other, told as they end. */
#ifndef LIFEBOAT_CLI_MEASURE_H
#define LIFEBOAT_CLI_MEASURE_H

#include "cli/cli.h"
#include "lab/drill.h"
#include "plan/size/size.h"

struct lb_measure_request {
	const char *kernel, *initrd;
	const char *images;      /* where the reference kernel is; NULL: looks for it */
	enum lb_drill_accelerator accelerator;
	uint64_t files;          /* that the initrd holds */
	unsigned int cpus;       /* 0: as many as the capture kernel may have, 8 at most */
	unsigned int timeout_ms; /* for one boot; 0: 180 s */
	bool quiet;              /* no word on each trial */
	bool verbose;            /* the machines' consoles as well */
};

/* One session: the images are read, and trials that are kept are found, once. */
struct lb_measuring;

/* Begins for the kernel and command line that size describes; the images named in request must
 * outlive it. -1 and a session, to be ended by the caller, or the exit status to stop with, after a
 * message. */
int lb_measure_begin(const struct lb_measure_request *request, const struct lb_size *size,
	struct lb_measuring **ret);
void lb_measure_end(struct lb_measuring *measuring); /* NULL is fine */

/* Measures what the size describes. -1 and a result with a smallest size, or the exit status to
 * stop with, after a message. */
int lb_measure_search(
	struct lb_measuring *measuring, const struct lb_size *size, struct lb_measured *ret);

/* The same in two regions, low and high, for a size that was measured in one: first the low one,
 * beside as much high memory as is asked for; then the high one, beside that. */
int lb_measure_apart(struct lb_measuring *measuring, const struct lb_size *size,
	struct lb_measured_apart *ret);

/* Tries what the size asks for after it was measured, and more until that completes: more memory is
 * not always better. -1 and measured->proved, or the exit status to stop with, after a message.
 * measured is size's own, or the last search of its two regions. */
int lb_measure_prove(struct lb_measuring *measuring, const struct lb_size *size,
	struct lb_measured *measured);

#endif
