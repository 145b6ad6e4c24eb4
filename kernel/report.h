/* SPDX-License-Identifier: MIT */
/* report: the lines that `lifeboat drill` parses (protocol/drill.h). */
#ifndef LIFEBOAT_KERNEL_REPORT_H
#define LIFEBOAT_KERNEL_REPORT_H

#include "lifeboat/base.h"
#include "protocol/drill.h"

/* "stage: NAME": the run has come this far. */
void report_stage(enum lb_drill_stage stage);

/* "proof: ID passed: EVIDENCE" or "proof: ID failed: EVIDENCE". Returns passed. */
__attribute__((format(printf, 3, 4))) bool report_proof(
	enum lb_drill_proof_id proof, bool passed, const char *format, ...);

/* "region: NAME A-B", "time: NAME N us". */
void report_region(const char *name, struct lb_range range);
void report_time(const char *name, uint64_t microseconds);

/* Proofs that failed so far. */
unsigned int report_failures(void);

/*
 * With the option pause=NAME,... on the command line: prints "pause: NAME" and waits for a byte on
 * the serial line, so that memory can be looked at from outside.
 */
void report_pause(enum lb_drill_pause pause);

#endif
