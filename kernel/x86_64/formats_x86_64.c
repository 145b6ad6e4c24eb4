/* SPDX-License-Identifier: MIT */
/* formats_x86_64: there is one other format, five levels, and no way into it without leaving long
 * mode: it is not tried. */
#include "../formats.h"

bool arch_format(size_t index, struct formats_trial *ret)
{
	(void)index;
	(void)ret;
	return false;
}

void arch_format_begin(const struct formats_trial *trial, lb_phys_addr root)
{
	(void)trial;
	(void)root;
}

void arch_format_end(void)
{
}

bool arch_format_translate(uint64_t va, lb_phys_addr *ret)
{
	(void)va;
	(void)ret;
	return false;
}
