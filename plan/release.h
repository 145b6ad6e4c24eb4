/* SPDX-License-Identifier: MIT */
/* release: what the release of the kernel that is asked about does to the answer. */
#ifndef LIFEBOAT_PLAN_RELEASE_H
#define LIFEBOAT_PLAN_RELEASE_H

#include "plan/boot/model.h"

/*
 * Finds whose kernel it is (policy/linux/vendor.h), and says where the rules are not known to be
 * its own: another vendor's, or a version that nobody has read. release: as `uname -r` prints it;
 * model->version is its version already. Texts go to the model's arena.
 */
void lb_model_take_release(struct lb_model *model, const char *release);

#endif
