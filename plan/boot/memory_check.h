/* SPDX-License-Identifier: MIT */
/*
 * memory_check: does what one source says about RAM agree with what another says?
 *
 * Logs lose lines, listings gain memory that was added later. An answer is only called exact when
 * two listings of RAM agree, or one that cannot lose parts (boot_params) stands alone.
 */
#ifndef LIFEBOAT_PLAN_BOOT_MEMORY_CHECK_H
#define LIFEBOAT_PLAN_BOOT_MEMORY_CHECK_H

#include "plan/boot/model.h"

/* Doubts the model's memory where no second source confirms it; where a log is all there is, puts
 * back RAM whose lines it lost. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_memory_confirm(struct lb_model *model);

/* True if every byte of the model's usable memory lies in a descriptor of the firmware's map. */
bool lb_memory_map_covered(const struct lb_model *model);

#endif
