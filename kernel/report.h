/* SPDX-License-Identifier: MIT */
/* report: the lines that `lifeboat drill` parses. Their form is documented in README.md. */
#ifndef LIFEBOAT_KERNEL_REPORT_H
#define LIFEBOAT_KERNEL_REPORT_H

#include "lifeboat/base.h"

/* "stage: NAME": the run has come this far. */
void report_stage(const char *name);

/* "proof: ID passed: EVIDENCE" or "proof: ID failed: EVIDENCE". Returns passed. */
__attribute__((format(printf, 3, 4))) bool report_proof(
	const char *id, bool passed, const char *format, ...);

/* Proofs that failed so far. */
unsigned int report_failures(void);

/*
 * With the option pause=NAME,... on the command line: prints "pause: NAME" and waits for a byte on
 * the serial line, so that memory can be looked at from outside.
 */
void report_pause(const char *name);

#endif
