/* SPDX-License-Identifier: MIT */
/* fuzz_boot_params: any bytes as the x86 boot_params page, and as the other binary sources: the
 * first byte chooses. */
#include "machine_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size) {
		return 0;
	}
	switch (data[0] % 4) {
	case 0:
		return fuzz_one_file(MACHINE_SRAT, "sys/firmware/acpi/tables/SRAT", data + 1,
			size - 1);
	case 1:
		return fuzz_one_file(MACHINE_EFI_MEMMAP, "efi-memmap", data + 1, size - 1);
	default:
		return fuzz_one_file(MACHINE_BOOT_PARAMS, "sys/kernel/boot_params/data",
			data + 1, size - 1);
	}
}
