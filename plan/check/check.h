/* SPDX-License-Identifier: MIT */
/*
 * check: will a crash of this machine leave a dump? What plan and size say of the memory, and what
 * else is read of the machine, as findings; and what could not be read, as such.
 */
#ifndef LIFEBOAT_PLAN_CHECK_CHECK_H
#define LIFEBOAT_PLAN_CHECK_CHECK_H

#include "plan/boot/arena.h"
#include "plan/plan.h"
#include "plan/size/size.h"

enum lb_check_result {
	LB_CHECK_FINE,        /* it was read, and nothing is wrong */
	LB_CHECK_FOUND,       /* it was read, and something is */
	LB_CHECK_NOT_READ,    /* it could not be read, so nothing is known */
	LB_CHECK_NOT_ASKED,   /* it does not matter on this machine */
};

/* What became of one thing that is checked. Texts are static or the check's, none is NULL. */
struct lb_checked {
	const char *id;       /* stable; docs/findings.md has each */
	enum lb_level level;  /* of the finding */
	enum lb_check_result result;
	bool of_plan;         /* one of the plan's own findings */
	const char *text;     /* FOUND: what is wrong; NOT_READ: why; else "" */
	const char *fix;      /* FOUND: what to do, "" when there is nothing; else "" */
	const char *evidence; /* FOUND: what was read, and where; else "" */
};

/* The sum of it. */
enum lb_dump {
	LB_DUMP_EXPECTED, /* nothing is wrong, as far as the checks go */
	LB_DUMP_DOUBTFUL, /* a warning */
	LB_DUMP_UNKNOWN,  /* something that would be an error could not be read */
	LB_DUMP_LOST,     /* an error */
};
const char *lb_dump_name(enum lb_dump dump); /* "expected", "doubtful", "unknown", "lost" */

struct lb_check {
	const struct lb_machine *machine;
	const struct lb_plan *plan; /* NULL: the machine does not show enough for one */
	const struct lb_size *size; /* NULL: the same */
	enum lb_dump dump;
	uint64_t crash_bytes; /* of crash memory now, CMA not counted; 0: none, or no plan */
	/* The plan's findings and the checks, one of each id but for the plan's: what is found
	 * first, errors before warnings. */
	const struct lb_checked *items;
	size_t count;
	struct lb_check_private *private_;
};

/*
 * Checks a machine, which must outlive the result. Whatever the machine does not show is
 * LB_CHECK_NOT_READ, never LB_CHECK_FINE. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_check_make(const struct lb_machine *machine, struct lb_check **ret);
void lb_check_free(struct lb_check *check); /* NULL is fine */

#endif
