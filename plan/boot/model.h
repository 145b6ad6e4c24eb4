/* SPDX-License-Identifier: MIT */
/*
 * model: what a machine's physical memory looks like at the moment its kernel reserves crash
 * memory, as far as the machine shows it.
 *
 * What is known for certain and what is not are kept apart, because an answer is only called
 * exact when it does not depend on what is not known. Every piece of taken memory is a holder:
 *
 *	LB_HELD         taken, for certain
 *	LB_HELD_LIKELY  taken as far as one can tell
 *	LB_FREE_LIKELY  seen as taken, or possibly taken; most likely free at that moment
 *
 * Three views follow: LOWER (only what is certain is taken), BEST (what is most likely) and UPPER
 * (everything that might be taken is). A search for the highest (or lowest) free place is
 * monotone: taking more memory never moves its result up. So when LOWER and UPPER give the same
 * answer, every possible state between them gives it too (docs/decisions, "sandwich").
 */
#ifndef LIFEBOAT_PLAN_BOOT_MODEL_H
#define LIFEBOAT_PLAN_BOOT_MODEL_H

#include "lifeboat/journal.h"
#include "lifeboat/memory_map.h"
#include "machine/machine.h"
#include "plan/boot/arch.h"
#include "plan/boot/arena.h"
#include "plan/boot/evidence.h"
#include "plan/boot/holder.h"
#include "policy/linux/kaslr.h"
#include "policy/linux/vendor.h"
#include "policy/reservation.h"

enum lb_view { LB_VIEW_LOWER, LB_VIEW_BEST, LB_VIEW_UPPER };

/* Where the kernel image is at that moment. */
enum lb_kernel_place {
	LB_KERNEL_FIXED,   /* always at kernel_at */
	LB_KERNEL_DRAWN,   /* on one of slots, each equally likely */
	LB_KERNEL_UNKNOWN, /* somewhere; kernel_at is a guess */
};

/* How much of an answer a reason puts in doubt. */
enum lb_weight {
	LB_WEIGHT_ALL,    /* whether it is about this machine and this kernel at all */
	LB_WEIGHT_PLACE,  /* memory that is not known */
	LB_WEIGHT_MARGIN, /* a few MiB, or what is unlikely */
};

#define LB_MODEL_REASONS_MAX 16 /* the last one says so where there are more */

/* Memory that the kernel itself takes before the crash kernel memory, by search, in order. Where
 * it lands depends on where the kernel image is. */
#define LB_EARLY_ALLOCATIONS_MAX 64
struct lb_early_allocation {
	const char *owner;
	uint64_t size;
	uint64_t kept; /* bytes from its start that stay; 0: all */
	uint64_t align;
	struct lb_range window;
	int32_t node; /* preferred; LB_NO_NODE: any */
	bool spares_low; /* from 4 GiB upwards, and only then in the whole window from the top */
	lb_phys_addr observed; /* where the recorded boot had it; 0 unknown */
	bool pinned;           /* goes where it was observed, if that is free */
	bool doubtful;         /* may not be there at all */
	uint64_t unsure;       /* so much larger at most; what comes later may tell */
};

struct lb_model {
	const struct lb_machine *machine;
	struct lb_arena *arena;
	enum lb_arch arch;
	const struct lb_boot_arch *row; /* of arch; set by lb_boot_rebuild() */
	uint32_t version;
	const struct lb_linux_vendor *vendor; /* whose kernel it is; NULL: not known */
	const char *cmdline;
	bool same_boot_options; /* the options that shape memory are those of the recorded boot */
	bool other_request;     /* asked about something else than what the recorded boot did */
	/* Those of the machine's whose options shape memory as the question's do. */
	const struct lb_other_boot *other_boots[LB_OTHER_BOOTS_MAX];
	size_t other_boot_count;
	struct lb_reserve_env env;

	struct lb_region *memory; /* as the kernel has it; disjoint, sorted */
	size_t memory_count, memory_capacity;
	struct lb_holder *holders; /* at a given place; without the kernel image */
	size_t holder_count, holder_capacity;
	struct lb_early_allocation early[LB_EARLY_ALLOCATIONS_MAX];
	size_t early_count;

	lb_phys_addr booted_at; /* where the kernel image was in the recorded boot; 0 unknown */
	enum lb_kernel_place kernel_place;
	lb_phys_addr kernel_at;
	uint64_t kernel_size_min; /* bytes kept from kernel_at on: at least, */
	uint64_t kernel_size;     /* most likely, */
	uint64_t kernel_size_max; /* and at most */
	struct lb_slots slots;

	bool firmware_hidden; /* by EFI, and nothing shows the firmware's map */
	/* What the crash kernel memory of the recorded boot proves where the firmware's map is
	 * hidden. Only about other requests: about its own it would prove itself. */
	struct lb_evidence evidence[LB_EVIDENCE_MAX];
	size_t evidence_count;
	uint64_t least_size; /* smaller searches find holes that count as taken here */

	const char *reasons[LB_MODEL_REASONS_MAX]; /* why the answer may not be exact, by weight */
	enum lb_weight weights[LB_MODEL_REASONS_MAX];
	size_t reason_count;
	bool never_exact;    /* something is assumed that no view covers */
	bool foreign_rules;  /* a vendor may have changed the rules, or what is taken early */
	bool outside;        /* the version is none of those whose rules are known */
	bool contradicted;   /* a problem of the machine is not proved to be harmless */
	bool request_unsure; /* it is the machine's own, which may not be shown whole */
	const char *missing; /* the source without which nothing can be said; NULL: none */
	struct lb_journal *journal;
};

/* Room for what the machine can bring; LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_model_init(struct lb_model *model, const struct lb_machine *machine,
	struct lb_arena *arena, struct lb_journal *journal);

/* Adds RAM; regions come in ascending order or not, and may overlap. */
void lb_model_memory(struct lb_model *model, struct lb_range range, int32_t node, uint32_t flags);
void lb_model_hold(
	struct lb_model *model, struct lb_range range, const char *owner, enum lb_holding holding);
void lb_model_allocate_early(struct lb_model *model, struct lb_early_allocation wanted);
/* A sentence without a full stop, once; behind those of more weight. */
void lb_model_doubt_as(struct lb_model *model, enum lb_weight weight, const char *reason);
/* As LB_WEIGHT_PLACE. */
void lb_model_doubt(struct lb_model *model, const char *reason);

/* The same, and however the views agree, the answer is not to be called exact. */
void lb_model_assume_as(struct lb_model *model, enum lb_weight weight, const char *reason);
void lb_model_assume(struct lb_model *model, const char *reason);

/* The kernel image's block at a place, in a view. */
struct lb_range lb_model_kernel(const struct lb_model *model, enum lb_view view, lb_phys_addr at);

/* The kernel image is where the recorded boot had it, at every boot. */
bool lb_model_stays_as_booted(const struct lb_model *model);

/* The free hole that holds `address` ends here: the end of its memory region, or the lowest
 * holder or kernel image above, whichever is lower. */
lb_phys_addr lb_model_hole_end(const struct lb_model *model, lb_phys_addr address);

/* Where the kernel image is, from what the machine shows (plan/boot/kernel_place.c). */
enum lb_status LB_MUST_CHECK lb_model_place_kernel(struct lb_model *model);

/* RAM from the best source for this boot: the memblock listing, the log's node ranges, or
 * /proc/iomem. False if none of them is there. */
bool lb_model_memory_as_booted(struct lb_model *model);

/* Bytes of a base page of the machine's kernel (4 KiB where it is not shown), and of the huge page
 * that one table of them makes. */
uint32_t lb_model_page_size(const struct lb_model *model);
uint64_t lb_huge_page(uint32_t page_size);

/* True if the log shows NODE_DATA of each node whose memory it lists. */
bool lb_model_all_node_data(const struct lb_model *model);

/* First byte and end of RAM in the model. */
struct lb_range lb_model_span(const struct lb_model *model);
/* True if part of the range is RAM. */
bool lb_model_has_memory_in(const struct lb_model *model, struct lb_range range);
/* The memory region that holds the address; NULL if none. */
const struct lb_region *lb_model_region_at(const struct lb_model *model, lb_phys_addr address);

#endif
