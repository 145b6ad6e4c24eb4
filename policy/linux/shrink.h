/* SPDX-License-Identifier: MIT */
/*
 * shrink: what a running kernel leaves of its crash kernel memory when a smaller size is written to
 * /sys/kernel/kexec_crash_size.
 *
 * Memory goes from the end of the main region; what is freed is System RAM again until the next
 * boot. The size counts the main region up to 6.4, and the low one with it from 6.5 on, where the
 * low region is touched only when less than its own size is asked for. Nothing is given back while
 * a capture kernel is loaded.
 *
 * Sources: crash_shrink_memory() and crash_get_memory_size() of kernel/kexec_core.c (5.10 to 6.8)
 * and kernel/crash_core.c (6.9 on); KEXEC_CRASH_MEM_ALIGN of include/linux/kexec.h is a page on
 * x86-64, arm64 and riscv64. From 5.10 to 5.18 the new end is rounded instead of the new size; a
 * region begins at a page, so that is the same.
 */
#ifndef LIFEBOAT_POLICY_LINUX_SHRINK_H
#define LIFEBOAT_POLICY_LINUX_SHRINK_H

#include "lifeboat/base.h"

/* Crash kernel memory as /proc/iomem shows it; both are named "Crash kernel" there. */
struct lb_linux_crash {
	struct lb_range main; /* crashk_res: what a capture kernel is loaded into; may be empty */
	struct lb_range low;  /* crashk_low_res; may be empty */
};

/* Whether /sys/kernel/kexec_crash_size counts the low region; version: LB_LINUX(). A vendor may
 * have taken the change into an older kernel. */
bool lb_linux_size_counts_low(uint32_t version);

/* What /sys/kernel/kexec_crash_size says of these regions, in bytes. */
uint64_t lb_linux_crash_size(const struct lb_linux_crash *crash, bool counts_low);

/*
 * What is left after `size` bytes were written. page_size: of the kernel, a power of two. The same
 * size as now changes nothing and is no error.
 *   LB_OUT_OF_RANGE  more than there is (EINVAL)
 *   LB_UNSUPPORTED   it would take from the low region. From 6.5 to 6.18 that leaves the kernel's
 *                    own record of it wrong, and a second write like it crashes the machine
 *                    ("crash: fix crashkernel resource shrink", 6.19 and stable series)
 */
enum lb_status LB_MUST_CHECK lb_linux_shrink(const struct lb_linux_crash *crash, bool counts_low,
	uint64_t page_size, uint64_t size, struct lb_linux_crash *ret);

#endif
