/* SPDX-License-Identifier: MIT */
/*
 * size: how much crash memory a capture kernel needs, as a sum of named terms, and the cheapest
 * crashkernel= that gets it on a machine.
 *
 * Each term is a range: less than at_least is never enough, at_most is enough as far as is known.
 * Memory is not needed all at once. Three moments are summed apart, and the largest counts:
 *
 *	start   the image unpacks itself beside the packed initrd; all in one region
 *	unpack  the kernel runs, and the initrd is there packed and unpacked
 *	dump    the packed initrd is gone; programs write the dump
 */
#ifndef LIFEBOAT_PLAN_SIZE_SIZE_H
#define LIFEBOAT_PLAN_SIZE_SIZE_H

#include "capture/initrd.h"
#include "capture/kernel.h"
#include "plan/boot/arena.h"
#include "plan/plan.h"
#include "plan/size/drivers.h"
#include "plan/size/measured.h"
#include "plan/size/options.h"

struct lb_give_back;

enum lb_size_moment { LB_AT_START, LB_AT_UNPACK, LB_AT_DUMP };
#define LB_SIZE_MOMENTS 3

/* "start", "unpack", "dump": stable, for machines. */
const char *lb_size_moment_name(enum lb_size_moment moment);

/* Where the memory may lie. */
enum lb_size_place {
	LB_PLACE_HIGH, /* anywhere in the main region */
	LB_PLACE_LOW,  /* within reach of 32-bit devices */
	LB_PLACE_CMA,  /* anywhere, in `,cma` too */
};

/* Texts are phrases without a full stop; static, or the size's. Sizes in bytes. */
struct lb_size_term {
	const char *name;    /* stable */
	uint64_t at_least;
	uint64_t at_most;    /* >= at_least */
	enum lb_size_place place;
	bool unseen; /* a virtual machine does not show it: lab/measure.h */
	bool later; /* taken while the kernel runs: for tmpfs, part of the memory that is left */
	unsigned int moments; /* bit set of 1 << enum lb_size_moment */
	const char *formula; /* how it was computed, with its inputs */
	const char *source;  /* where the figures come from */
};
#define LB_SIZE_TERMS_MAX 48

struct lb_size_sum {
	uint64_t at_least, at_most;
};

/* What others compute or recommend for the same machine and images. */
struct lb_size_estimate {
	const char *name;
	bool known;
	uint64_t bytes;
	const char *formula; /* or why it is not known */
	const char *source;
};
#define LB_SIZE_ESTIMATES_MAX 16

/* A crashkernel= that was tried on the machine. */
struct lb_size_request {
	const char *crashkernel[2]; /* values, one for each occurrence */
	size_t crashkernel_count;
	bool tried; /* false: the machine does not show enough to try it; the rest is empty then */
	enum lb_certainty certainty;
	double probability; /* that it is reserved; < 0: cannot be known */
	struct lb_reservation reservation;
	uint64_t cost; /* bytes that the running system loses */
	const char *why;
};

struct lb_size {
	/* The question as it was understood. */
	enum lb_arch arch;
	const char *release; /* of the capture kernel; "" unknown */
	uint32_t version;    /* LB_LINUX() of it; 0 unknown */
	uint32_t page_size;
	uint64_t section; /* for whole ones of which the kernel keeps struct page; a power of two */
	uint64_t memory_bytes; /* of the machine; 0 unknown */
	const char *cmdline;   /* of the capture kernel */
	bool cmdline_assumed;
	const char *cmdline_source; /* "given", the file that says so, or that it is assumed */
	struct lb_size_options options;
	bool has_kernel, has_initrd; /* the images were given */

	struct lb_size_term terms[LB_SIZE_TERMS_MAX];
	size_t term_count;
	struct lb_size_sum moments[LB_SIZE_MOMENTS];
	struct lb_size_sum total; /* of the largest moment */
	struct lb_size_sum low;   /* of it, what must lie in low memory */
	uint64_t one_piece;       /* free in one region to start: at least */

	const struct lb_measured *measured; /* NULL: not measured */
	const struct lb_measured_apart *apart; /* in two regions; NULL: not measured so */
	uint64_t unseen; /* what is added to it, unless it is free anyway: the terms' at_most */
	uint64_t needed; /* what is asked for: as computed at most, or as measured and added to */
	uint64_t needed_low;      /* of it, in low memory */
	uint64_t needed_to_start; /* of it, in one piece */

	bool found; /* a request that gets it is known */
	struct lb_size_request recommended;
	const char *why_not; /* if !found */
	bool cma_found;      /* the same with a part as `,cma` is known to succeed, too */
	struct lb_size_request with_cma;

	struct lb_size_estimate estimates[LB_SIZE_ESTIMATES_MAX];
	size_t estimate_count;

	const struct lb_give_back *give_back; /* what is reserved in excess; NULL: not asked */

	struct lb_arena arena;
};

struct lb_size_input {
	const struct lb_machine *machine;
	const struct lb_capture_kernel *kernel; /* NULL: as the one that runs */
	const struct lb_initrd *initrd;         /* NULL: as the one of this boot */
	const struct lb_drivers *drivers;       /* found in the initrd; NULL: none */
	const char *append; /* the capture kernel's command line; NULL: as its service does */
	const struct lb_measured *measured; /* with a smallest size; NULL: the model decides */
	const struct lb_measured_apart *apart; /* the same in two regions; NULL: not measured */
};

struct lb_size_error {
	char text[512];
};

/*
 * Computes. The result is ended with lb_size_free; machine and input must outlive it. LB_INVALID:
 * the images are not for this machine; LB_NO_STORAGE. Then there is nothing to free.
 */
enum lb_status LB_MUST_CHECK lb_size_make(
	const struct lb_size_input *input, struct lb_size **ret, struct lb_size_error *error);
void lb_size_free(struct lb_size *size); /* NULL is fine */

#endif
