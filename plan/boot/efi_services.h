/* SPDX-License-Identifier: MIT */
/*
 * efi_services: x86-64 keeps the memory of the firmware's boot services reserved until after the
 * crash kernel memory is chosen (arch/x86/platform/efi/quirks.c, efi_reserve_boot_services).
 */
#ifndef LIFEBOAT_PLAN_BOOT_EFI_SERVICES_H
#define LIFEBOAT_PLAN_BOOT_EFI_SERVICES_H

#include "plan/boot/boot.h"

/* Holds that memory; where the firmware's map is not shown, see plan/boot/hidden_firmware.h. */
void lb_boot_efi_services(struct lb_boot *boot);

#endif
