/* SPDX-License-Identifier: MIT */
/*
 * replay: the proof of a model. The recorded boot is simulated with the kernel image where it
 * was; what the kernel took by search must land where the machine shows it. Where it does not,
 * the model misses something, and no answer from it is called exact.
 */
#ifndef LIFEBOAT_PLAN_REPLAY_H
#define LIFEBOAT_PLAN_REPLAY_H

#include "plan/evaluate.h"

/* Adjusts sizes that the machine does not show, then compares; adds a doubt on a mismatch, and pins
 * what mismatches to where it was seen. */
enum lb_status LB_MUST_CHECK lb_replay(struct lb_model *model, struct lb_evaluator *evaluator);

#endif
