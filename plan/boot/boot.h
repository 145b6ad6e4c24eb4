/* SPDX-License-Identifier: MIT */
/*
 * boot: the moment at which a machine's kernel searches for crash memory, rebuilt: the steps of its
 * architecture (plan/boot/arch.h) are taken one after the other, and each adds to the model what
 * that part of the boot takes.
 */
#ifndef LIFEBOAT_PLAN_BOOT_BOOT_H
#define LIFEBOAT_PLAN_BOOT_BOOT_H

#include "plan/boot/arch.h"
#include "plan/boot/model.h"
#include "plan/boot/observed_reserved.h"
#include "plan/boot/vmemmap.h"

/* A boot on its way: the model, and what one step leaves for later ones. */
struct lb_boot {
	struct lb_model *model;
	struct lb_observed observed; /* reserved by the running system and not yet explained */
	struct lb_vmemmap vmemmap[LB_VMEMMAP_NODES_MAX];
	size_t vmemmap_count;
	bool cma_taken; /* the default CMA area is taken already */
	bool reached;   /* this kernel reserves crash memory here; later steps come after */
	enum lb_status status;
};

/* The row of an architecture; NULL for LB_ARCH_UNKNOWN. */
const struct lb_boot_arch *lb_boot_arch(enum lb_arch arch);

/*
 * Fills a model that lb_model_init() made, whose version, cmdline and same_boot_options are set.
 * LB_UNSUPPORTED: the kernel is of an architecture that is not modelled, model->missing names it.
 * LB_NOT_FOUND: a source without which nothing can be said is missing, model->missing names it;
 * LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_boot_rebuild(struct lb_model *model);

#endif
