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

#endif
