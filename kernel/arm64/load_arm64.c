/* SPDX-License-Identifier: MIT */
/* load_arm64: an Image and its device tree (Linux 6.12, Documentation/arch/arm64/booting.rst). */
#include "../load.h"

#include "lifeboat/kernel_image.h"
#include "purgatory/purgatory.h"

#include "../arch.h"
#include "../boot.h"
#include "../console.h"
#include "../panic.h"
#include "device_tree_edit.h"
#include "platform.h"

bool arch_load_open(struct load_image *image)
{
	struct lb_image_error error;
	struct lb_arm64_image parsed;

	if (lb_arm64_image_open(&parsed, image->file, image->file_bytes, &error) != LB_OK) {
		print(LB_LINE_ERROR "load: capture kernel: %s at offset 0x%llx: expected %s\n",
			lb_status_text(error.status), (unsigned long long)error.offset,
			error.expected);
		return false;
	}
	image->kernel = image->file;
	image->kernel_bytes = parsed.file_size;
	image->room = parsed.image_size;
	image->align = 2 * LB_MIB;
	image->offset = parsed.text_offset;
	return true;
}

uint64_t arch_boot_data_bytes(void)
{
	return lb_range_size(boot_info.device_tree) + DEVICE_TREE_EDIT_BYTES;
}

void arch_boot_data_write(
	void *at, lb_phys_addr phys, uint64_t bytes, const struct load_boot_data *data)
{
	struct device_tree_chosen chosen = {.bootargs = data->cmdline, .initrd = data->initrd,
		.core_header = data->core_header, .usable = {data->region, load.low}};
	struct lb_fdt fdt;
	enum lb_status status;

	(void)phys;
	status = lb_fdt_open(&fdt, phys_pointer(boot_info.device_tree.start),
		lb_range_size(boot_info.device_tree), NULL);
	if (status == LB_OK) {
		status = device_tree_edit(&fdt, &chosen, at, bytes);
	}
	if (status != LB_OK) {
		panic("load: device tree: %s", lb_status_text(status));
	}
}

void arch_clean(struct lb_range range)
{
	uint64_t line;
	uint64_t step;

	__asm__ volatile("mrs %0, ctr_el0" : "=r"(line));
	step = UINT64_C(4) << (line >> 16 & 0xf);
	for (uint64_t at = range.start; at < range.end; at += step) {
		__asm__ volatile("dc civac, %0" : : "r"(phys_pointer(at)) : "memory");
	}
	__asm__ volatile("dsb sy" : : : "memory");
}

void arch_purgatory_fill(struct lb_purgatory *purgatory)
{
	purgatory->protocol = LB_PURGATORY_ARM64;
	purgatory->console_kind = LB_PURGATORY_PL011;
	purgatory->console = serial_phys();
	purgatory->reset_kind = psci_conduit() == PSCI_SMC ? LB_PURGATORY_RESET_SMC
		: psci_conduit() == PSCI_HVC ? LB_PURGATORY_RESET_HVC
					     : LB_PURGATORY_RESET_NONE;
}

struct lb_range arch_purgatory_device(void)
{
	lb_phys_addr start = lb_align_down(serial_phys(), 4096);

	return (struct lb_range){start, start + 4096};
}
