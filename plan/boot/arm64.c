/* SPDX-License-Identifier: MIT */
/* arm64: memory of an arm64 machine just before crash memory is reserved. */
#include "plan/boot/arm64.h"

#include "plan/boot/boot.h"
#include "plan/boot/cma.h"
#include "plan/boot/dma_limit.h"
#include "plan/boot/node_data.h"
#include "plan/boot/steps.h"

static void confirm_limit(struct lb_boot *boot)
{
	lb_dma_limit_confirm(boot->model, &boot->model->machine->dma.zone_dma);
}

static void reserve_first(struct lb_boot *boot)
{
	boot->reached = lb_arm64_reserves_first(boot->model);
}

/* CRASH_ADDR_HIGH_MAX: arm64_dma_phys_limit is below, and PHYS_MASK + 1 with 48 bits. */
static lb_phys_addr high_end(const struct lb_model *model)
{
	(void)model;
	return UINT64_C(1) << 48;
}

/* SECTION_SIZE_BITS: 30 up to 5.11, then 27 (29 with 64K pages). */
static uint64_t section_bytes(const struct lb_model *model)
{
	if (model->version < LB_LINUX(5, 12, 0)) {
		return LB_GIB;
	}
	return lb_model_page_size(model) == 65536 ? 512 * LB_MIB : 128 * LB_MIB;
}

/* arch/arm64/kernel/machine_kexec.c protects up to 6.3. */
static struct lb_linear_map_prediction linear_map(const struct lb_model *model)
{
	bool protects = model->version < LB_LINUX(6, 4, 0);

	return (struct lb_linear_map_prediction){.block = model->env.page_size,
		.page_mapped = true,
		.protected_ = protects,
		.why = protects ? "rodata=full maps RAM in base pages; the loaded image is unmapped"
				: "rodata=full maps RAM in base pages unless the CPUs split blocks "
				  "safely; the loaded image stays mapped"};
}

/* setup_arch (arch/arm64/kernel/setup.c), arm64_memblock_init and bootmem_init (mm/init.c),
 * paging_init (mm/mmu.c). What firmware and boot loader placed, then what the kernel takes itself,
 * from the top of RAM down. */
static const struct lb_boot_step steps[] = {
	{"memory, and what was placed in it", 0, 0, lb_boot_take_placed},
	{"the zone of the DMA limit", 0, 0, confirm_limit},
	{"crash memory, without DMA zones", 0, 0, reserve_first},
	{"the firmware's map", 0, 0, lb_boot_check_firmware_map},
	{"NODE_DATA as booted", 0, 0, lb_boot_check_node_data},
	{"page tables in small holes", 0, 0, lb_boot_hold_filled_holes},
	{"KFENCE pool", LB_LINUX(6, 1, 0), 0, lb_boot_allocate_shown_kfence},
	{"page tables and NODE_DATA", 0, 0, lb_boot_allocate_node_data},
	{"vmemmap", 0, LB_LINUX(7, 0, 0), lb_boot_allocate_vmemmap},
	{"CMA", 0, 0, lb_boot_allocate_cma},
	{"memory of the image under mem=", 0, 0, lb_boot_add_kernel_memory},
};

const struct lb_boot_arch lb_boot_arm64 = {
	.steps = steps,
	.step_count = LB_ARRAY_COUNT(steps),
	.e820 = LB_NO,
	.nomap = LB_YES,
	.firmware_seed = LB_YES,
	.brk_unlisted = LB_NO,
	.image_guess = 2 * LB_MIB,
	.image_align = 64 * LB_KIB,
	.image_align_64k = 128 * LB_KIB,
	.low_end_name = "the DMA limit",
	.low_devices = "devices with a DMA limit",
	.low_end = lb_arm64_dma_limit,
	.high_end = high_end,
	.bounce_pool = lb_boot_default_bounce_pool,
	.physical_bits = 48,
	.section_bytes = section_bytes,
	.cma_align = lb_cma_align,
	.linear_map = linear_map,
};
