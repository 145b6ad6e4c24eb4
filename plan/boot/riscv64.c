/* SPDX-License-Identifier: MIT */
/* riscv64: memory of a riscv64 machine just before crash memory is reserved. */
#include "plan/boot/riscv64.h"

#include "plan/boot/boot.h"
#include "plan/boot/cma.h"
#include "plan/boot/dma_limit.h"
#include "plan/boot/node_data.h"
#include "plan/boot/steps.h"

/* memblock_end_of_DRAM(). */
static lb_phys_addr high_end(const struct lb_model *model)
{
	return lb_model_span(model).end;
}

static uint64_t section_bytes(const struct lb_model *model)
{
	(void)model;
	return 128 * LB_MIB;
}

static struct lb_linear_map_prediction linear_map(const struct lb_model *model)
{
	(void)model;
	return (struct lb_linear_map_prediction){
		.block = 2 * LB_MIB, .why = "riscv64 does not protect the loaded image"};
}

static void confirm_limit(struct lb_boot *boot)
{
	lb_dma_limit_confirm(boot->model, &boot->model->machine->dma.zone_dma32);
}

/* setup_arch (arch/riscv/kernel/setup.c), setup_bootmem, paging_init and misc_mem_init
 * (mm/init.c). Unlike on arm64, CMA comes before everything that the kernel searches for. */
static const struct lb_boot_step steps[] = {
	{"memory, and what was placed in it", 0, 0, lb_boot_take_placed},
	{"the zone of the DMA limit", 0, 0, confirm_limit},
	{"CMA", 0, 0, lb_boot_allocate_cma},
	{"the firmware's map", 0, 0, lb_boot_check_firmware_map},
	{"NODE_DATA as booted", 0, 0, lb_boot_check_node_data},
	{"KFENCE pool", LB_LINUX(6, 1, 0), LB_LINUX(6, 4, 0), lb_boot_allocate_shown_kfence},
	{"KFENCE pool", LB_LINUX(6, 4, 0), 0, lb_boot_allocate_kfence},
	{"page tables and NODE_DATA", 0, 0, lb_boot_allocate_node_data},
	{"vmemmap", 0, LB_LINUX(7, 0, 0), lb_boot_allocate_vmemmap},
	{"memory of the image under mem=", 0, 0, lb_boot_add_kernel_memory},
};

const struct lb_boot_arch lb_boot_riscv64 = {
	.steps = steps,
	.step_count = LB_ARRAY_COUNT(steps),
	.e820 = LB_NO,
	.nomap = LB_YES,
	.firmware_seed = LB_YES,
	.brk_unlisted = LB_NO,
	.image_guess = 2 * LB_MIB,
	.image_align = 2 * LB_MIB,
	.image_align_64k = 2 * LB_MIB,
	.low_end_name = "the DMA limit",
	.low_devices = "devices with a DMA limit",
	.low_end = lb_riscv64_dma32_limit,
	.high_end = high_end,
	.bounce_pool = lb_boot_default_bounce_pool,
	.physical_bits = 56,
	.section_bytes = section_bytes,
	.cma_align = lb_cma_align,
	.linear_map = linear_map,
};
