/* SPDX-License-Identifier: MIT */
/* dma_limit: where "low" crash memory ends on arm64 and riscv64. */
#ifndef LIFEBOAT_PLAN_BOOT_DMA_LIMIT_H
#define LIFEBOAT_PLAN_BOOT_DMA_LIMIT_H

#include "plan/boot/model.h"

/*
 * arm64_dma_phys_limit (arch/arm64/mm/init.c), end exclusive: the log's zone ranges say it; else
 * the device tree's dma-ranges and 4 GiB do. Where there is no DMA zone and memory is reserved
 * before one would be made, everything is low.
 */
lb_phys_addr lb_arm64_dma_limit(const struct lb_model *model);

/* dma32_phys_limit (arch/riscv/mm/init.c), end exclusive: from the log's zone ranges, else 4 GiB.
 */
lb_phys_addr lb_riscv64_dma32_limit(const struct lb_model *model);

/*
 * True if the log shows an arm64 kernel before 6.4 that was built without DMA zones: the normal
 * zone begins where RAM does. That no line tells of another zone would be no evidence. It reserves
 * crash memory in arm64_memblock_init, before it takes any memory itself (arch/arm64/mm/init.c,
 * defer_reserve_crashkernel).
 */
bool lb_arm64_reserves_first(const struct lb_model *model);

/* Assumes where the log does not bear out the zone whose end is the limit of this architecture's
 * devices: it is not shown, or does not end where the next zone or RAM does. */
void lb_dma_limit_confirm(struct lb_model *model, const struct lb_zone *zone);

#endif
