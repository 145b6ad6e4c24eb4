/* SPDX-License-Identifier: MIT */
/* options: what the capture kernel's command line decides about the memory that it takes. */
#ifndef LIFEBOAT_PLAN_SIZE_OPTIONS_H
#define LIFEBOAT_PLAN_SIZE_OPTIONS_H

#include "machine/machine.h"

struct lb_size_options {
	/* CPUs that get per-CPU memory: those that are possible, not those that are started.
	 * nr_cpus= limits them, maxcpus= does not (kernel/smp.c, 5.10 to 7.3). > 0. */
	uint64_t cpus;
	const char *cpus_source;
	bool cpus_assumed; /* the machine does not show how many it has: 1 is taken */

	/* swiotlb= (kernel/dma/swiotlb.c): bytes of the bounce pool; 0: not told. */
	uint64_t bounce_bytes;
	bool bounce_never; /* noforce (any), or iommu=off on x86-64 */
	bool bounce_always; /* force */

	/* The initrd is unpacked into a tmpfs, which holds this share of the memory that is left,
	 * in percent; 0: into ramfs, which has no limit (root= is given: init/do_mounts.c,
	 * init_rootfs). 50 unless initramfs_options=size=N% says otherwise (6.18 on). */
	unsigned int tmpfs_percent;

	/* cma=: bytes that the kernel keeps for devices' contiguous buffers
	 * (kernel/dma/contiguous.c); as it is built, where it is not told. */
	uint64_t cma_bytes;
	bool cma_told;

	bool no_huge_pages; /* transparent_hugepage=never */
	bool no_kfence;     /* kfence.sample_interval=0 */
};

/* Bytes of the bounce pool that a kernel makes where it makes one; 0: it never does. */
uint64_t lb_size_pool(const struct lb_size_options *options);

/* cmdline: as the capture kernel gets it. version: as LB_LINUX(); 0 unknown. */
struct lb_size_options lb_size_options_of(
	const char *cmdline, const struct lb_machine *machine, uint32_t version);

#endif
