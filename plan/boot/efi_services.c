/* SPDX-License-Identifier: MIT */
/* efi_services: boot services memory of x86-64, from the firmware's map where one is shown. */
#include "plan/boot/efi_services.h"

#include "plan/boot/hidden_firmware.h"
#include "plan/boot/steps.h"

/* efi_reserve_boot_services (arch/x86/platform/efi/quirks.c). */
static void hold_boot_services(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->efi.map_count; i++) {
		const struct lb_efi_descriptor *descriptor = &machine->efi.map[i];

		if ((descriptor->type == LB_EFI_BOOT_CODE ||
			    descriptor->type == LB_EFI_BOOT_DATA) &&
			lb_model_has_memory_in(model, descriptor->range)) {
			lb_model_hold(model, descriptor->range, "EFI boot services", LB_HELD);
		}
	}
}

/* A log that begins with the firmware's map and never speaks of EFI is that of a BIOS boot
 * (arch/x86/platform/efi/efi.c prints "efi: EFI v..." right behind the map). */
static bool booted_by_bios(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	if (machine->efi.known) {
		return !machine->efi.booted;
	}
	return machine->e820.heading && !machine->efi.mentioned;
}

void lb_boot_efi_services(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (model->machine->efi.map_count) {
		lb_boot_check_firmware_map(boot);
		hold_boot_services(model);
	} else if (!booted_by_bios(model)) {
		lb_boot_hidden_firmware(model);
	}
}
