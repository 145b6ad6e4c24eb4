/* SPDX-License-Identifier: MIT */
/* start: C begins here on the boot CPU. */
#include "../arch.h"
#include "../boot.h"
#include "../cpu.h"
#include "device_tree.h"
#include "gic.h"

void arm64_start(lb_phys_addr device_tree, lb_phys_addr phys);

void arm64_start(lb_phys_addr device_tree, lb_phys_addr phys)
{
	boot_info.start_ticks = arch_ticks();
	image_phys = phys;
	cpu_init_first();
	device_tree_read(device_tree);
	gic_init_cpu();
	kernel_main();
}
