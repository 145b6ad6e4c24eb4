/* SPDX-License-Identifier: MIT */
/* linear_map: how the first kernel's linear map will cover crash memory, as far as rules tell. */
#ifndef LIFEBOAT_PLAN_BOOT_LINEAR_MAP_H
#define LIFEBOAT_PLAN_BOOT_LINEAR_MAP_H

#include "lifeboat/base.h"

struct lb_linear_map_prediction {
	bool known;       /* false: there is no crash memory to cover; nothing else is meant */
	uint64_t block;   /* largest block that covers the crash region, bytes */
	bool page_mapped; /* the whole linear map is in base pages */
	bool protected_;  /* made inaccessible or read-only after loading */
	const char *why;  /* a static phrase without a full stop */
};

#endif
