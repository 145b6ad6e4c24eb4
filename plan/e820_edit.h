/* SPDX-License-Identifier: MIT */
/* e820_edit: what mem= and memmap= make of the firmware's map on x86. */
#ifndef LIFEBOAT_PLAN_E820_EDIT_H
#define LIFEBOAT_PLAN_E820_EDIT_H

#include "plan/model.h"

/*
 * Adds the RAM of an e820 map to the model as arch/x86/kernel/e820.c leaves it: page 0 and
 * 640 KiB to 1 MiB out, mem= and memmap= of the model's command line applied in order, pages
 * rounded inwards. False if no RAM is left or memory is out.
 */
bool lb_e820_edited(struct lb_model *model, const struct lb_e820_entry *entries, size_t count);

#endif
