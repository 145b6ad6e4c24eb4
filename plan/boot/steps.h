/* SPDX-License-Identifier: MIT */
/* steps: what several architectures do before they reserve crash memory; for their tables. */
#ifndef LIFEBOAT_PLAN_BOOT_STEPS_H
#define LIFEBOAT_PLAN_BOOT_STEPS_H

#include "plan/boot/boot.h"

/* Doubts memory that no second source confirms. */
void lb_boot_confirm_memory(struct lb_boot *boot);
/* What the kernel knows about itself when it reserves: model->env. Memory is listed. */
void lb_boot_set_limits(struct lb_boot *boot);
void lb_boot_place_kernel(struct lb_boot *boot);

/* 64 MiB, IO_TLB_DEFAULT_SIZE (include/linux/swiotlb.h). */
uint64_t lb_boot_default_bounce_pool(const struct lb_model *model);

/* arm64 and riscv64: memory as the recorded boot had it. */
void lb_boot_list_memory(struct lb_boot *boot);
/* The initrd that the device tree names, in whole pages. */
void lb_boot_hold_initrd(struct lb_boot *boot);
/* /reserved-memory of the device tree. */
void lb_boot_hold_device_tree(struct lb_boot *boot);
/* What the running system shows as reserved, and what of it the model already knows. */
void lb_boot_collect_reserved(struct lb_boot *boot);
void lb_boot_explain_reserved(struct lb_boot *boot);
/* struct page of all memory: where the running system has it, and the search for it. */
void lb_boot_find_vmemmap(struct lb_boot *boot);
void lb_boot_allocate_vmemmap(struct lb_boot *boot);
/* What firmware or boot loader put there, among what is still not explained. */
void lb_boot_hold_placed(struct lb_boot *boot);
/* The default CMA area. */
void lb_boot_allocate_cma(struct lb_boot *boot);
/* Doubts a firmware's map that leaves memory out. */
void lb_boot_check_firmware_map(struct lb_boot *boot);
/* mem= keeps the memory of the kernel image (arch/arm64/mm/init.c, arm64_memblock_init). */
void lb_boot_add_kernel_memory(struct lb_boot *boot);

#endif
