/* SPDX-License-Identifier: MIT */
/* steps: what several architectures do before they reserve crash memory; for their tables. */
#ifndef LIFEBOAT_PLAN_BOOT_STEPS_H
#define LIFEBOAT_PLAN_BOOT_STEPS_H

#include "plan/boot/boot.h"

/* True if kernels of that version take the step. */
bool lb_boot_step_taken(const struct lb_boot_step *step, uint32_t version);

/* Takes the steps of the model's version in order, until the reservation is reached or a step
 * fails. */
void lb_boot_take(struct lb_boot *boot, const struct lb_boot_step *steps, size_t count);

/* Doubts memory that no second source confirms. */
void lb_boot_confirm_memory(struct lb_boot *boot);
/* What the kernel knows about itself when it reserves: model->env. Memory is listed. */
void lb_boot_set_limits(struct lb_boot *boot);
void lb_boot_place_kernel(struct lb_boot *boot);

/* LB_BOUNCE_POOL_DEFAULT, whatever the model. */
uint64_t lb_boot_default_bounce_pool(const struct lb_model *model);

/* arm64 and riscv64: memory, and what firmware and boot loader put there before the kernel took any
 * itself; a table of steps of its own. */
void lb_boot_take_placed(struct lb_boot *boot);
/* The search for struct page of all memory. */
void lb_boot_allocate_vmemmap(struct lb_boot *boot);
/* The default CMA area. */
void lb_boot_allocate_cma(struct lb_boot *boot);
/* Doubts a firmware's map that leaves memory out. */
void lb_boot_check_firmware_map(struct lb_boot *boot);
/* mem= keeps the memory of the kernel image (arch/arm64/mm/init.c, arm64_memblock_init). */
void lb_boot_add_kernel_memory(struct lb_boot *boot);

#endif
