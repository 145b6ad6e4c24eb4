/* SPDX-License-Identifier: MIT */
/*
 * plan: where a machine's crash kernel memory will be, how sure that is, and why.
 *
 * A plan is one value that all renderings (text, JSON, SVG) share. Everything it points to
 * belongs to it or to the machine it was made from, which must outlive it.
 */
#ifndef LIFEBOAT_PLAN_PLAN_H
#define LIFEBOAT_PLAN_PLAN_H

#include "lifeboat/arch.h"
#include "lifeboat/journal.h"
#include "lifeboat/memory_map.h"
#include "machine/machine.h"
#include "plan/boot/holder.h"
#include "plan/boot/linear_map.h"
#include "policy/reservation.h"

/* How sure an answer is (docs/json.md, "certainty"). */
enum lb_certainty {
	LB_EXACT,            /* byte for byte, on every boot of this machine */
	LB_LIKELY,           /* randomisation decides; see outcomes */
	LB_WITHIN_ALIGNMENT, /* off_by_at_most bytes off, no more than the alignment */
	LB_UNKNOWN,          /* something that the answer depends on is not to be seen */
};
const char *lb_certainty_name(enum lb_certainty certainty); /* "exact", "likely", ... */

/* What is asked. NULL or 0: as this boot. */
struct lb_question {
	const char *const *crashkernel; /* values that replace every crashkernel= */
	size_t crashkernel_count;
	const char *cmdline; /* whole command line */
	const char *kernel;  /* release, e.g. "6.12.107" */
	const char *policy;  /* a name of policy/policy.h; NULL: "linux" */
	/* NULL: as the machine's kdump service would give it; lasts as long as the plan. */
	const char *capture_cmdline;
	bool no_advice;      /* leave findings that need further simulations out */
};

/* One answer with its share of the boots. probability < 0: cannot be known. */
struct lb_possible {
	double probability;
	const struct lb_reservation *reservation;
	struct lb_range kernel; /* one place of the kernel image that leads here; empty: any */
	bool unseen_firmware;   /* mostly because the firmware may hold more than is shown */
	struct lb_range kernel_last; /* the last place that was looked at and leads here */
};

enum lb_level { LB_INFO, LB_WARNING, LB_ERROR };
const char *lb_level_name(enum lb_level level); /* "info", "warning", "error" */

struct lb_finding {
	const char *id; /* stable, e.g. "no-low-memory" */
	enum lb_level level;
	const char *text; /* what is wrong, in a sentence or two */
	const char *fix;  /* what to do; "" when there is nothing */
};

#define LB_ADVICE_MAX 4

/* What else could be asked for, tried by the same simulation on every boot. */
struct lb_advice {
	const char *const *crashkernel; /* the values, one for each occurrence */
	size_t crashkernel_count;
	enum lb_certainty certainty;
	double probability;                       /* that it is reserved; < 0: cannot be known */
	const struct lb_reservation *reservation; /* the most probable; reserved */
	const char *why;                          /* what it is, without a full stop */
};

/* What the capture kernel needs crash memory for. */
struct lb_need {
	const char *name;
	const char *source; /* where the figure comes from */
	uint64_t size;
	uint64_t align;
	lb_phys_addr limit; /* must end below; LB_PHYS_ADDR_MAX: anywhere */
};

/* The capture kernel's bounce pool. */
struct lb_bounce_prediction {
	bool known;
	bool needed;   /* its devices do not reach all crash memory, or memory is encrypted */
	uint64_t size; /* bytes it will ask for, or the policy has set aside; 0: it makes none */
	bool fits;     /* low crash memory holds it */
	bool inherited; /* swiotlb= of the command line here is passed on to it */
	struct lb_range range; /* where the policy has placed it; empty: the capture kernel does */
	const char *source;    /* where the size comes from */
	const char *why;
};

/* A pool of the device tree that is for the devices that name it, and nobody else. */
struct lb_restricted_pool {
	const char *name;
	struct lb_range range; /* empty: the kernel finds `size` bytes */
	uint64_t size;
};

/* The bounce pool of the kernel that the question is about (plan/boot/boot_pool.h). */
struct lb_boot_pool {
	bool known;  /* the rules of its version and architecture are */
	bool made;
	bool sure;   /* whether, and how large, depends on nothing that is not shown */
	bool forced; /* every device bounces */
	bool may_grow; /* 6.6 on: if built with CONFIG_SWIOTLB_DYNAMIC, by pools elsewhere */
	uint64_t size; /* bytes that it asks for, or has */
	struct lb_range range; /* empty: nowhere, or not known */
	bool as_read;          /* size and range are what this boot's log says */
	const char *source;    /* of the size */
	const char *why;       /* it is made or not */
	const struct lb_restricted_pool *restricted; /* besides */
	size_t restricted_count;
};

/* What has become of crash kernel memory since it was reserved: sys/kernel/kexec_crash_size takes
 * a smaller figure at any time (kernel/kexec_core.c, crash_shrink_memory). */
enum lb_since_boot {
	LB_SINCE_UNCHANGED,
	LB_SINCE_SHRUNK,
	LB_SINCE_RELEASED,
};
const char *lb_since_boot_name(enum lb_since_boot since); /* "unchanged", "shrunk", "released" */

/* What the machine shows of the boot that it is in, and what the rules say of that boot. */
struct lb_observation {
	bool known;                        /* it shows, and which boot; else the rest is 0 */
	bool in_iomem, in_log;             /* where: /proc/iomem, the boot log */
	bool confirmed;                    /* something bears it out (plan/confirm.h) */
	struct lb_reservation reservation; /* as it was made when that boot began */
	enum lb_since_boot since;
	struct lb_crash_range left[2]; /* what is left of it, where it was shrunk */
	size_t left_count;

	bool agrees;  /* it is the likeliest that the rules give for that boot */
	bool differs; /* it is none that they give, whatever of the doubtful memory was taken */
	const char *const *differences;
	size_t difference_count;
};

/* Whether an answer of the rules is what was read; CMA regions, which neither source shows, do not
 * count. */
bool lb_observation_is(
	const struct lb_observation *observation, const struct lb_reservation *reservation);

struct lb_plan {
	const struct lb_machine *machine;
	/* The question as it was understood. */
	enum lb_arch arch;
	const char *kernel; /* release asked about */
	uint32_t version;   /* LB_LINUX() of it */
	const char *policy;
	const char *cmdline;
	const char *const *crashkernel; /* the values found in cmdline */
	size_t crashkernel_count;
	bool what_if;          /* anything differs from this boot */
	uint64_t memory_bytes; /* system RAM as the kernel counts it */

	/* The verdict. A what-if: outcomes[0] spelled out. Else what this boot shows of itself, if
	 * it does (as_read), and the outcomes, with their certainty, are about its other boots. */
	bool as_read;
	const struct lb_reservation *reservation;
	enum lb_certainty certainty;
	const char *const *why_uncertain;
	size_t why_uncertain_count;
	uint64_t off_by_at_most; /* bytes, with LB_WITHIN_ALIGNMENT; else 0 */
	/* Most probable first; at least one. What this boot shows and the rules do not explain
	 * stands before all of them. */
	const struct lb_possible *outcomes;
	size_t outcome_count;

	/* Why. */
	const struct lb_journal *journal;
	struct lb_range kernel_image;    /* in the boot that is told; empty: nowhere */
	const struct lb_memory_map *map; /* just before the reservation, in that boot */
	const struct lb_holder *holders; /* sorted by address, disjoint */
	size_t holder_count;
	const struct lb_searches *searches; /* what the policy tried, in its order */
	/* The first window searched for the main region that ends in low memory, and the first that
	 * reaches beyond; empty if there was none. A given place counts as a window. */
	struct lb_range search_low;
	struct lb_range search_high;
	struct lb_range largest_hole; /* largest free range of the windows searched for the part
				       * that failed, else for the main region; empty where nothing
				       * was searched */
	const char *hole_below;       /* who holds the memory below and above it */
	const char *hole_above;
	uint64_t align; /* of the main region's start, bytes; 0: nothing was searched */

	struct lb_observation observed;

	const struct lb_need *needs;
	size_t need_count;
	const char *capture_cmdline; /* of the question, or the kdump service's */
	struct lb_bounce_prediction bounce;
	struct lb_boot_pool boot_pool;
	struct lb_linear_map_prediction linear_map;
	const struct lb_finding *findings; /* errors first */
	size_t finding_count;
	const struct lb_advice *advice; /* the least change first */
	size_t advice_count;

	struct lb_plan_private *private_;
};

struct lb_plan_error {
	char text[512];
	bool usage; /* the question is wrong, whatever the machine */
};

/*
 * Answers. LB_NOT_FOUND: a source without which nothing can be said is missing (error names it);
 * LB_INVALID: the question or the machine makes no sense; LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_plan_make(const struct lb_machine *machine,
	const struct lb_question *question, struct lb_plan **ret, struct lb_plan_error *error);
void lb_plan_free(struct lb_plan *plan); /* NULL is fine */

#endif
