/* SPDX-License-Identifier: MIT */
/* console: lines on the machine's console, which the lab reads (protocol/drill.h). */
#ifndef LIFEBOAT_LAB_GUEST_CONSOLE_H
#define LIFEBOAT_LAB_GUEST_CONSOLE_H

#include "protocol/drill.h"

/* One line; cut if it is longer than 511 bytes. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_stage(enum lb_drill_stage stage);
void say_proof(enum lb_drill_proof_id id, bool passed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Waits for a byte, so that the machine can be looked at from outside; if the command line has
 * pause= with this one. */
void say_pause(enum lb_drill_pause pause);

/* Proofs that failed so far. */
unsigned int proofs_failed(void);

#endif
