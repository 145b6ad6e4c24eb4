/* SPDX-License-Identifier: MIT */
/* gic: GICv2 and GICv3 (Arm IHI 0048B, IHI 0069H), software-generated interrupt 1 only. */
#include "gic.h"

#include "../arch.h"
#include "../cpu.h"
#include "../early_map.h"
#include "../inject.h"

enum {
	GICD_CTLR = 0x000,
	GICD_SGIR = 0xf00,
	GICR_WAKER = 0x014,
	GICR_TYPER = 0x008,
	GICR_SGI_FRAME = 0x10000,
	GICR_IGROUPR0 = 0x080,
	GICX_ISENABLER0 = 0x100,
	GICX_IPRIORITYR0 = 0x400,
	GICR_STRIDE = 0x20000,
	GICC_CTLR = 0x000,
	GICC_PMR = 0x004,
	GICC_IAR = 0x00c,
};

#define STOP_INTERRUPT 1
#define STOP_PRIORITY 0x20
#define MASK_NOTHING 0xf0
#define MASK_ALL_BUT_STOP 0x80

static struct {
	unsigned int version;
	volatile uint8_t *distributor;
	volatile uint8_t *second;
	uint64_t second_bytes;
} gic;

static volatile uint32_t *reg(volatile uint8_t *base, size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(base + offset);
}

void gic_init(unsigned int version, struct lb_range distributor, struct lb_range second)
{
	gic.version = version;
	gic.distributor = device_map(distributor);
	gic.second = device_map(second);
	gic.second_bytes = lb_range_size(second);
	/* Version 3: affinity routing, group 1; version 2: forwarding on. */
	*reg(gic.distributor, GICD_CTLR) = version == 3 ? 0x12 : 0x1;
}

static volatile uint8_t *own_redistributor(void)
{
	uint64_t mpidr;
	uint32_t affinity;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	affinity = (uint32_t)((mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000));
	for (uint64_t at = 0; at + GICR_STRIDE <= gic.second_bytes; at += GICR_STRIDE) {
		if (*reg(gic.second + at, GICR_TYPER + 4) == affinity) {
			return gic.second + at;
		}
	}
	return NULL;
}

static void set_priority(volatile uint8_t *frame)
{
	volatile uint32_t *priority = reg(frame, GICX_IPRIORITYR0);

	*priority = (*priority & ~UINT32_C(0xff00)) | STOP_PRIORITY << 8;
	*reg(frame, GICX_ISENABLER0) = 1u << STOP_INTERRUPT;
}

static void init_cpu_v3(void)
{
	volatile uint8_t *own = own_redistributor();

	if (!own) {
		return;
	}
	*reg(own, GICR_WAKER) &= ~UINT32_C(2);
	for (int i = 0; i < 100000 && *reg(own, GICR_WAKER) & 4; i++) {
		arch_relax();
	}
	*reg(own + GICR_SGI_FRAME, GICR_IGROUPR0) = UINT32_MAX;
	set_priority(own + GICR_SGI_FRAME);
	__asm__ volatile("msr s3_0_c12_c12_5, %0\n\tisb" : : "r"(UINT64_C(7))); /* ICC_SRE */
	__asm__ volatile("msr s3_0_c12_c12_7, %0\n\tisb" : : "r"(UINT64_C(1))); /* ICC_IGRPEN1 */
}

void gic_init_cpu(void)
{
	if (gic.version == 3) {
		init_cpu_v3();
	} else if (gic.version == 2) {
		set_priority(gic.distributor);
		*reg(gic.second, GICC_CTLR) = 1;
	} else {
		return;
	}
	gic_mask(false);
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

void gic_mask(bool masked)
{
	uint64_t priority = masked ? MASK_ALL_BUT_STOP : MASK_NOTHING;

	if (gic.version == 3) {
		__asm__ volatile("msr s3_0_c4_c6_0, %0\n\tisb" : : "r"(priority)); /* ICC_PMR */
	} else if (gic.version == 2) {
		*reg(gic.second, GICC_PMR) = (uint32_t)priority;
	}
}

bool gic_is_masked(void)
{
	uint64_t priority = MASK_NOTHING;

	if (gic.version == 3) {
		__asm__ volatile("mrs %0, s3_0_c4_c6_0" : "=r"(priority)); /* ICC_PMR */
	} else if (gic.version == 2) {
		priority = *reg(gic.second, GICC_PMR);
	}
	return priority <= MASK_ALL_BUT_STOP;
}

bool gic_acknowledge(uint64_t *ret_id)
{
	*ret_id = UINT64_MAX;
	if (gic.version == 3) {
		__asm__ volatile("mrs %0, s3_0_c12_c12_0" : "=r"(*ret_id)); /* ICC_IAR1 */
	} else if (gic.version == 2) {
		*ret_id = *reg(gic.second, GICC_IAR) & 0x3ff;
	}
	return *ret_id == STOP_INTERRUPT;
}

void arch_interrupt_others(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
	if (gic.version == 3) {
		/* ICC_SGI1R: to all others. */
		__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" : :
			"r"(UINT64_C(1) << 40 | (uint64_t)STOP_INTERRUPT << 24));
	} else if (gic.version == 2) {
		*reg(gic.distributor, GICD_SGIR) = 1u << 24 | STOP_INTERRUPT;
	}
}

/* The stop interrupt also goes to the CPU that asks. */
void arch_interrupt_self(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	if (gic.version == 3) {
		uint64_t target = (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 |
			(mpidr >> 8 & 0xff) << 16 | UINT64_C(1) << (mpidr & 0xf);
		__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" : :
			"r"(target | (uint64_t)STOP_INTERRUPT << 24));
	} else if (gic.version == 2) {
		*reg(gic.distributor, GICD_SGIR) = 2u << 24 | STOP_INTERRUPT;
	}
}
