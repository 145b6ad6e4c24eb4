/* SPDX-License-Identifier: MIT */
/*
 * hidden_firmware: a UEFI machine of x86-64 that does not show its firmware's map. What the
 * firmware held while the kernel searched left traces: tables of its own, what the kernel keeps of
 * them, the place of the initrd, and of what the kernel itself placed by search.
 */
#ifndef LIFEBOAT_PLAN_BOOT_HIDDEN_FIRMWARE_H
#define LIFEBOAT_PLAN_BOOT_HIDDEN_FIRMWARE_H

#include "plan/boot/boot.h"

/* Holds what is sure, likely and possible, doubts the answer, and reads the evidence of crash
 * memory that was seen (plan/boot/evidence.h). */
void lb_boot_hidden_firmware(struct lb_model *model);

/* EDK II names itself in the firmware of real machines too, whose layout is another. */
bool lb_efi_is_edk2_in_qemu(const struct lb_machine *machine);

#endif
