/* SPDX-License-Identifier: MIT */
/*
 * linux: the rows. What all ages of an architecture have in common stands before its table; a
 * row repeats what its predecessor changed, so that it reads by itself.
 */
#include "policy/linux/rules.h"

/* arch/x86/include/asm/setup.h, arch/x86/kernel/setup.c (CRASH_ALIGN, CRASH_ADDR_LOW_MAX), since
 * 6.7 arch/x86/include/asm/crash_reserve.h */
#define X86_64_COMMON                                                                            \
	.arch = LB_ARCH_X86_64, .cmdline_bytes = 2047, .align = 16 * LB_MIB,                      \
	.default_low = 256 * LB_MIB, .pool_in_low = true,                                         \
	.default_low_why = "bounce pool + 8 MiB, at least 256 MiB", .reserves = true,             \
	.knows_high = true, .refuses_xen_pv = true,                                               \
	.given_place_line = "crashkernel reservation failed - memory is in use."

/* reserve_crashkernel and reserve_crashkernel_low of its own */
#define X86_64_OWN                                                                               \
	X86_64_COMMON, .fixed_align = LB_MIB, .plain_gives_way = true, .low_read_late = true,     \
	.low_from = 4 * LB_GIB, .search = reserve_search_x86_64, .say = reserve_say_x86_64

#define X86_64_GENERIC                                                                           \
	X86_64_COMMON, .fixed_align = 16 * LB_MIB, .searches_again = true,                        \
	.splits_windows = true, .search = reserve_search_generic, .say = reserve_say_generic

/* Where old kexec-tools look for a place: CRASH_KERNEL_ADDR_LOW_MAX, later CRASH_ADDR_LOW_MAX. */
#define BELOW_896M .low_end = 896 * LB_MIB

/* Before 5.10 for its order alone: what such kernels take early was not read, and no answer about
 * them is exact (LB_LINUX_MODELLED_SINCE). */
static const struct lb_linux_row x86_64_rows[] = {
	/* RHEL 7, the kernel of this age that is met, looks below 4 GiB and above it as well
	 * (arch/x86/kernel/setup.c of github.com/OpenVZ/vzkernel, 0056ecd220e9). */
	{.since = LB_LINUX(3, 10, 0), X86_64_OWN, BELOW_896M, .searches_again = true},
	{.since = LB_LINUX(4, 0, 0), X86_64_OWN, BELOW_896M},
	/* "x86/kdump: Have crashkernel=X reserve under 4G by default", and "Fall back to reserve
	 * high crashkernel memory" */
	{.since = LB_LINUX(5, 2, 0), X86_64_OWN, .searches_again = true},
	/* at the latest: a boot of 5.5.0-rc7 says so */
	{.since = LB_LINUX(5, 5, 0), X86_64_OWN, .searches_again = true, .says_first_mib = true},
	/* "x86/setup: Always reserve the first 1M of RAM", with or without a crash kernel */
	{.since = LB_LINUX(5, 13, 0), X86_64_OWN, .searches_again = true},
	{.since = LB_LINUX(6, 7, 0), X86_64_GENERIC},
	/* in 6.11.y; the sources do not tell from which patch level on */
	{.since = LB_LINUX(6, 11, 3), X86_64_GENERIC, .gives_up_high = true},
	{.since = LB_LINUX(6, 12, 0), X86_64_GENERIC, .gives_up_high = true, .below_ram = true},
	{.since = LB_LINUX(6, 17, 0), X86_64_GENERIC, .gives_up_high = true, .below_ram = true,
		.knows_cma = true},
};

/* arch/arm64/include/uapi/asm/setup.h, arch/arm64/mm/init.c (CRASH_ALIGN, SZ_2M), since 6.7
 * arch/arm64/include/asm/crash_reserve.h */
#define ARM64_COMMON                                                                             \
	.arch = LB_ARCH_ARM64, .cmdline_bytes = 2047, .align = 2 * LB_MIB,                        \
	.fixed_align = 2 * LB_MIB, .reserves = true, .say = reserve_say_generic

#define ARM64_OWN ARM64_COMMON, .rounds_to_page = true, .search = reserve_search_arm64

/* DEFAULT_CRASH_KERNEL_LOW_SIZE, SZ_128M */
#define LOW_128M .default_low = 128 * LB_MIB, .default_low_why = "128 MiB by default"

#define PLACE_IN_USE .given_place_line = "crashkernel reservation failed - memory is in use."

#define ARM64_GENERIC                                                                            \
	ARM64_COMMON, LOW_128M, PLACE_IN_USE, .knows_high = true, .searches_again = true,         \
	.splits_windows = true, .search = reserve_search_generic

static const struct lb_linux_row arm64_rows[] = {
	{.since = LB_LINUX(5, 10, 0), ARM64_OWN, .refusals = &reserve_refusals_arm64},
	{.since = LB_LINUX(5, 15, 0), ARM64_OWN},
	{.since = LB_LINUX(5, 19, 0), ARM64_OWN, .knows_high = true},
	{.since = LB_LINUX(6, 2, 0), ARM64_OWN, LOW_128M, .knows_high = true,
		.searches_again = true, .low_margin = true},
	{.since = LB_LINUX(6, 5, 0), ARM64_OWN, LOW_128M, PLACE_IN_USE, .knows_high = true,
		.searches_again = true, .splits_windows = true},
	{.since = LB_LINUX(6, 7, 0), ARM64_GENERIC},
	{.since = LB_LINUX(6, 11, 3), ARM64_GENERIC, .gives_up_high = true},
	{.since = LB_LINUX(6, 12, 0), ARM64_GENERIC, .gives_up_high = true, .below_ram = true},
	{.since = LB_LINUX(7, 3, 0), ARM64_GENERIC, .gives_up_high = true, .below_ram = true,
		.knows_cma = true},
};

/* arch/riscv/include/uapi/asm/setup.h, arch/riscv/mm/init.c (PMD_SIZE), since 6.7
 * arch/riscv/include/asm/crash_reserve.h */
#define RISCV64_COMMON                                                                           \
	.arch = LB_ARCH_RISCV64, .cmdline_bytes = 1023, .align = 2 * LB_MIB,                      \
	.fixed_align = 2 * LB_MIB

#define RISCV64_OWN                                                                              \
	RISCV64_COMMON, .rounds_to_page = true, .search = reserve_search_riscv64,                 \
	.say = reserve_say_riscv64

/* Below 4 GiB first. A fix for 32-bit builds cut that by one byte, and so by 2 MiB where memory
 * is free across the line: "riscv: mm: fix truncation warning on RV32", 6.5 and stable. */
#define RISCV64_LOW_FIRST(end)                                                                   \
	RISCV64_OWN, .reserves = true, .searches_again = true, .low_end = (end)

#define RISCV64_GENERIC                                                                          \
	RISCV64_COMMON, LOW_128M, PLACE_IN_USE, .reserves = true, .knows_high = true,             \
	.searches_again = true, .splits_windows = true, .search = reserve_search_generic,         \
	.say = reserve_say_generic

static const struct lb_linux_row riscv64_rows[] = {
	{.since = LB_LINUX(5, 10, 0), RISCV64_OWN},
	{.since = LB_LINUX(5, 13, 0), RISCV64_OWN, .reserves = true,
		.refusals = &reserve_refusals_riscv64},
	{.since = LB_LINUX(5, 15, 0), RISCV64_LOW_FIRST(4 * LB_GIB)},
	{.since = LB_LINUX(5, 15, 121), RISCV64_LOW_FIRST(4 * LB_GIB - 1)},
	{.since = LB_LINUX(5, 16, 0), RISCV64_LOW_FIRST(4 * LB_GIB)},
	{.since = LB_LINUX(6, 1, 40), RISCV64_LOW_FIRST(4 * LB_GIB - 1)},
	{.since = LB_LINUX(6, 2, 0), RISCV64_LOW_FIRST(4 * LB_GIB)},
	{.since = LB_LINUX(6, 4, 5), RISCV64_LOW_FIRST(4 * LB_GIB - 1)},
	{.since = LB_LINUX(6, 6, 0), RISCV64_OWN, LOW_128M, .reserves = true, .knows_high = true,
		.searches_again = true, .splits_windows = true,
		.given_place_line = "crashkernel: allocating failed with given size@offset"},
	{.since = LB_LINUX(6, 7, 0), RISCV64_GENERIC},
	{.since = LB_LINUX(6, 11, 3), RISCV64_GENERIC, .gives_up_high = true},
	{.since = LB_LINUX(6, 12, 0), RISCV64_GENERIC, .gives_up_high = true, .below_ram = true},
	{.since = LB_LINUX(7, 3, 0), RISCV64_GENERIC, .gives_up_high = true, .below_ram = true,
		.knows_cma = true},
};

/* No default: the compiler names this switch when an architecture is added. */
const struct lb_linux_row *lb_linux_rows(enum lb_arch arch, size_t *ret_count)
{
	switch (arch) {
	case LB_ARCH_X86_64:
		*ret_count = LB_ARRAY_COUNT(x86_64_rows);
		return x86_64_rows;
	case LB_ARCH_ARM64:
		*ret_count = LB_ARRAY_COUNT(arm64_rows);
		return arm64_rows;
	case LB_ARCH_RISCV64:
		*ret_count = LB_ARRAY_COUNT(riscv64_rows);
		return riscv64_rows;
	case LB_ARCH_UNKNOWN:
		break;
	}
	*ret_count = 0;
	return NULL;
}

const struct lb_linux_row *lb_linux_row(enum lb_arch arch, uint32_t version)
{
	size_t count;
	const struct lb_linux_row *rows = lb_linux_rows(arch, &count);
	const struct lb_linux_row *row = rows;

	for (size_t i = 1; i < count && version >= rows[i].since; i++) {
		row = &rows[i];
	}
	return row;
}
