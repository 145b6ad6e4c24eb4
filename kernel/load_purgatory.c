/* SPDX-License-Identifier: MIT */
/* load_purgatory: the way out: purgatory with the digest of everything that is loaded, and the page
 * tables on which it runs. */
#include "load_parts.h"

#include "purgatory/purgatory.h"

#include "arch.h"
#include "boot.h"
#include "crash.h"
#include "options.h"
#include "paging.h"
#include "text.h"

uint64_t load_purgatory_bytes(void)
{
	uint64_t code = (uint64_t)(purgatory_end - purgatory_start);

	return ((code + 15) & ~UINT64_C(15)) + LB_PURGATORY_STACK_BYTES;
}

static void add_segment(struct lb_purgatory *purgatory, lb_phys_addr start, uint64_t bytes)
{
	LB_ASSERT(purgatory->segment_count < LB_PURGATORY_SEGMENTS_MAX);
	purgatory->segments[purgatory->segment_count++] =
		(struct lb_purgatory_segment){start, bytes};
}

static void digest(struct lb_purgatory *purgatory)
{
	uint64_t start = arch_ticks();

	lb_purgatory_digest(purgatory, LINEAR_VIRTUAL, purgatory->digest);
	memcpy(load.digest, purgatory->digest, sizeof(load.digest));
	load.digest_us = ticks_to_microseconds(arch_ticks() - start);
}

/* Linux reads the BIOS data area, and tries out paging modes from a page below 1 MiB, before it has
 * tables of its own (arch/x86/boot/compressed/pgtable_64.c, 6.1). */
static lb_phys_addr build_identity(void)
{
	const struct lb_range ranges[] = {load.region, {0, LB_MIB}};

	return paging_build_identity(load_segment_place(LOAD_TABLES), ranges,
		ARCH_HAS_LOW_MEGABYTE ? 2 : 1, arch_purgatory_device());
}

void load_arm_purgatory(void)
{
	lb_phys_addr code = load_segment_place(LOAD_PURGATORY).start;
	lb_phys_addr self = code + load_purgatory_bytes();
	struct lb_purgatory *purgatory = phys_pointer(self);
	struct lb_range kernel = load_segment_place(LOAD_KERNEL);
	lb_phys_addr tables;

	*purgatory = (struct lb_purgatory){.magic = LB_PURGATORY_MAGIC, .self = self,
		.entry = kernel.start + load.image.offset + load.image.entry_offset,
		.argument = load_segment_place(LOAD_BOOT_DATA).start,
		.path = option_is(boot_info.cmdline, "sha", "portable") ? LB_SHA256_PORTABLE
									: lb_sha256_detect()};
	arch_purgatory_fill(purgatory);
	add_segment(purgatory, code, (uint64_t)(purgatory_end - purgatory_start));
	for (size_t i = 0; i < load.segment_count; i++) {
		if (i == LOAD_KERNEL) {
			add_segment(purgatory, kernel.start + load.image.offset,
				load.image.kernel_bytes);
		} else if (i != LOAD_PURGATORY) {
			add_segment(purgatory, load.segments[i].start, load.segments[i].size);
		}
	}
	tables = build_identity();
	digest(purgatory);
	arch_clean(load.region);
	crash_exit = (struct crash_exit){.tables = tables, .entry = code, .argument = self};
}
