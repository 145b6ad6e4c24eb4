/* SPDX-License-Identifier: MIT */
/* kernel_draw: the inputs of the placers of policy/linux/kaslr.h, found in what a machine shows. */
#ifndef LIFEBOAT_PLAN_BOOT_KERNEL_DRAW_H
#define LIFEBOAT_PLAN_BOOT_KERNEL_DRAW_H

#include "plan/boot/model.h"

struct lb_kernel_draw {
	struct lb_model *model;
	struct lb_kaslr_path path;
	bool booted_known;
	struct lb_range booted;         /* the kept block of the recorded boot */
	struct lb_kaslr_memory *memory; /* what the placer may look at */
	size_t memory_count;
	struct lb_kaslr_map_facts facts; /* zero without the firmware's map */
	bool superset;                   /* memory holds more than was free */
	bool size_guessed;
};

/* Fills memory and facts. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_kernel_draw_prepare(struct lb_kernel_draw *draw);

/* As lb_kaslr_stub_slots and lb_kaslr_decompressor_slots. */
enum lb_status LB_MUST_CHECK lb_kernel_draw_by_stub(struct lb_kernel_draw *draw,
	const char *cmdline, bool random, struct lb_slots *slots, enum lb_kaslr_result *result,
	lb_phys_addr *place);
enum lb_status LB_MUST_CHECK lb_kernel_draw_by_decompressor(struct lb_kernel_draw *draw,
	const char *cmdline, struct lb_slots *slots, enum lb_kaslr_result *result,
	lb_phys_addr *place);

#endif
