/* SPDX-License-Identifier: MIT */
/* holder: somebody who holds memory at the moment of the reservation. */
#ifndef LIFEBOAT_PLAN_BOOT_HOLDER_H
#define LIFEBOAT_PLAN_BOOT_HOLDER_H

#include "lifeboat/base.h"

/* How sure it is that the memory is taken at that moment. */
enum lb_holding {
	LB_HELD,        /* surely taken */
	LB_HELD_LIKELY, /* taken, as far as one can tell */
	LB_FREE_LIKELY, /* seen as taken later, free at that moment as far as one can tell */
};

struct lb_holder {
	struct lb_range range; /* not empty; in a model it may overlap another holder's */
	const char *owner;     /* for people: "initrd" */
	enum lb_holding holding;
};

#endif
