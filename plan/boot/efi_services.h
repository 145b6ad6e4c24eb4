/* SPDX-License-Identifier: MIT */
/*
 * efi_services: x86-64 keeps the memory of the firmware's boot services reserved until after the
 * crash kernel memory is chosen (arch/x86/platform/efi/quirks.c, efi_reserve_boot_services).
 */
#ifndef LIFEBOAT_PLAN_BOOT_EFI_SERVICES_H
#define LIFEBOAT_PLAN_BOOT_EFI_SERVICES_H

#include "plan/boot/boot.h"

/* Holds that memory; where the firmware's map is not shown, what its traces make likely. */
void lb_boot_efi_services(struct lb_boot *boot);

/* EDK II names itself in the firmware of real machines too, whose layout is another. */
bool lb_efi_is_edk2_in_qemu(const struct lb_machine *machine);

#endif
