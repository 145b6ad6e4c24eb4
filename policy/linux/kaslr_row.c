/* SPDX-License-Identifier: MIT */
/* kaslr_row: the rows. */
#include "policy/linux/kaslr_row.h"

static const struct lb_kaslr_row x86_64 = {
	.arch = LB_ARCH_X86_64,
	.section_align = 2 * LB_MIB, /* kernel_alignment */
	.stub_unit = 4096,
	.floor = 16 * LB_MIB,
	.limit = LB_PHYS_ADDR_MAX,
	.unpacks = true,
	.ends_in_bss = true,
};

static const struct lb_kaslr_row arm64 = {
	.arch = LB_ARCH_ARM64,
	.section_align = 64 * LB_KIB, /* SEGMENT_ALIGN */
	.stub_unit = 64 * LB_KIB,     /* EFI_KIMG_ALIGN with 4 and 16 KiB pages */
	.limit = UINT64_C(1) << 48,
	.hides_head = true,
};

static const struct lb_kaslr_row riscv64 = {
	.arch = LB_ARCH_RISCV64,
	.section_align = 4096,
	.stub_unit = 4096,
	.limit = LB_PHYS_ADDR_MAX,
	.draws_since = LB_LINUX(6, 6, 0),
};

/* No default: the compiler names this switch when an architecture is added. */
const struct lb_kaslr_row *lb_kaslr_row(enum lb_arch arch)
{
	const struct lb_kaslr_row *row = NULL;

	switch (arch) {
	case LB_ARCH_X86_64:
		row = &x86_64;
		break;
	case LB_ARCH_ARM64:
		row = &arm64;
		break;
	case LB_ARCH_RISCV64:
		row = &riscv64;
		break;
	case LB_ARCH_UNKNOWN:
		break;
	}
	LB_ASSERT(row && row->arch == arch);
	return row;
}
