/* SPDX-License-Identifier: MIT */
/* e820_edit: what mem= and memmap= make of the firmware's map on x86. */
#ifndef LIFEBOAT_PLAN_BOOT_E820_EDIT_H
#define LIFEBOAT_PLAN_BOOT_E820_EDIT_H

#include "plan/boot/model.h"

/*
 * The firmware's map: as the loader passed it (boot_params), else as the log or
 * /sys/firmware/memmap list it. *ret_count is 0 where none of them is there.
 */
const struct lb_e820_entry *lb_e820_as_passed(const struct lb_machine *machine, size_t *ret_count);

/*
 * Adds the RAM of an e820 map to the model as arch/x86/kernel/e820.c leaves it: page 0 and
 * 640 KiB to 1 MiB out, mem= and memmap= of the model's command line applied in order, pages
 * rounded inwards. False if no RAM is left or memory is out.
 */
bool lb_e820_edited(struct lb_model *model, const struct lb_e820_entry *entries, size_t count);

#endif
