/* SPDX-License-Identifier: MIT */
/* dma_limit: where "low" crash memory ends on arm64 and riscv64. */
#ifndef LIFEBOAT_PLAN_BOOT_DMA_LIMIT_H
#define LIFEBOAT_PLAN_BOOT_DMA_LIMIT_H

#include "plan/boot/model.h"

/*
 * arm64_dma_phys_limit (arch/arm64/mm/init.c) or dma32_phys_limit (arch/riscv/mm/init.c), end
 * exclusive: the log's zone ranges say it; else the device tree's dma-ranges and 4 GiB do.
 */
lb_phys_addr lb_model_dma_limit(struct lb_model *model);

/*
 * True if the log shows an arm64 kernel built without DMA zones. Before 6.4 such a kernel reserves
 * crash memory in arm64_memblock_init, before it takes any memory itself (arch/arm64/mm/init.c,
 * defer_reserve_crashkernel).
 */
bool lb_model_reserves_first(const struct lb_model *model);

#endif
