/* SPDX-License-Identifier: MIT */
/* words: sizes, ranges and shares of boots as people read them, the same in every sentence. */
#ifndef LIFEBOAT_PLAN_WORDS_H
#define LIFEBOAT_PLAN_WORDS_H

#include "lifeboat/base.h"

/* "256 MiB", "4.99 GiB", "17 bytes". Cut off, never rounded up: a hole must not look larger than
 * it is. */
struct lb_size_text {
	char text[48];
};
struct lb_size_text lb_size_text(uint64_t bytes);

/* Inclusive, as /proc/iomem writes it: "0xaf000000-0xbeffffff"; "nothing" for an empty range. */
struct lb_range_text {
	char text[48];
};
struct lb_range_text lb_range_text(struct lb_range range);

/* The share of boots: "3 of 100 boots", "every boot", "fewer than 1 of 1000000 boots"; below 0: it
 * is not known. */
struct lb_share_text {
	char text[48];
};
struct lb_share_text lb_share_text(double probability);

#endif
