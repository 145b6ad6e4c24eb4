/* SPDX-License-Identifier: MIT */
/*
 * bounce_segment: which of the 128 slots of a segment are free, for any number of CPUs at once and
 * without a lock. A CPU that stops for ever between any two instructions keeps at most the slots
 * that it was taking; nobody waits for it.
 *
 * A slot is free if its bit is set. Whoever clears the bit owns the slot until it sets it again.
 *
 * `longest` spares searches: no run of free slots is longer. It may be too high, never too low.
 * Searches lower it, and that is the delicate part: slots may become free while it is being worked
 * out. So a search first marks it LOWERING, then reads the bits, and lowers it only if the mark is
 * still there. Who frees slots sets their bits first and looks at `longest` after: then it either
 * finds the mark, or a value that is too low, and replaces it; or it looked before the mark was
 * set, and the search sees its bits.
 */
#ifndef LIFEBOAT_CORE_BOUNCE_SEGMENT_H
#define LIFEBOAT_CORE_BOUNCE_SEGMENT_H

#include "core/slot_set.h"
#include "lifeboat/bounce_pool.h"

/* All of the first `count` slots are free; not for use beside other CPUs. */
void lb_bounce_segment_init(struct lb_bounce_segment *segment, uint32_t count);

/* The free slots at this moment, more or less: each word by itself. */
struct lb_slot_set lb_bounce_segment_free(struct lb_bounce_segment *segment);

/* False: there is no run of `count` free slots, and none comes before somebody frees some. */
bool lb_bounce_segment_may_have(struct lb_bounce_segment *segment, uint32_t count);

/*
 * Takes [first, first + count); false: not all of them were free, and nothing is taken. If they
 * lie in both words, the first's are taken for a moment before that is found out.
 */
bool lb_bounce_segment_take(struct lb_bounce_segment *segment, uint32_t first, uint32_t count);

/* Gives back slots that the caller took. */
void lb_bounce_segment_give(struct lb_bounce_segment *segment, uint32_t first, uint32_t count);

/* A search found no run of `count`: lowers `longest`, if that is so. */
void lb_bounce_segment_lower(struct lb_bounce_segment *segment, uint32_t count);

#endif
