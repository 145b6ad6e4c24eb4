/* SPDX-License-Identifier: MIT */
/* cma: areas taken before the crash kernel memory; the default one of arm64 and riscv64. */
#ifndef LIFEBOAT_PLAN_BOOT_CMA_H
#define LIFEBOAT_PLAN_BOOT_CMA_H

#include "plan/boot/model.h"

/* CMA_MIN_ALIGNMENT_BYTES of the kernel that the model is of. */
uint64_t lb_cma_align(const struct lb_model *model);

/* Doubts a model whose command line asks for areas beside the default one: hugetlb_cma=
 * (mm/hugetlb.c), numa_cma= and cma_pernuma= (kernel/dma/contiguous.c). */
void lb_cma_doubt_others(struct lb_model *model);

/* Adds the area where the kernel will search for it, or a doubt where it is not shown. */
void lb_cma_allocate(struct lb_model *model);

/*
 * Adds an area of size bytes, rounded up to the alignment, below limit; nothing if size is 0 or
 * above 1 TiB. base 0: where the kernel finds it (cma_declare_contiguous, mm/cma.c): since 5.12
 * from 4 GiB upwards, where RAM reaches so far below the limit, else from the top; else there.
 * observed: where the recorded boot had it; 0 unknown.
 */
void lb_cma_declare(struct lb_model *model, uint64_t size, lb_phys_addr base, lb_phys_addr limit,
	lb_phys_addr observed);

/* The last cma=SIZE[@BASE] of the command line, in bytes; *ret_base 0: none is given. False, and
 * *ret_size untouched: there is no such option, or it has no size (kernel/dma/contiguous.c). */
bool LB_MUST_CHECK lb_cma_option(
	const struct lb_model *model, uint64_t *ret_size, lb_phys_addr *ret_base);

#endif
