/* SPDX-License-Identifier: MIT */
/* bounce_taken: pools that were taken over, for bounce_take_over.c, bounce_sight.c and
 * bounce_quiet.c alone. */
#ifndef LIFEBOAT_KERNEL_BOUNCE_TAKEN_H
#define LIFEBOAT_KERNEL_BOUNCE_TAKEN_H

#include "bounce_parts.h"

const struct edu *bounce_last_device(const struct bounce *bounce);

/* No slot is handed out. */
bool bounce_all_in_quarantine(struct bounce *bounce);

bool bounce_all_zeros(const struct bounce *bounce);

/* Where in the pool the device's message lies; false: nowhere. */
bool bounce_find_message(
	const struct bounce *bounce, const struct edu *edu, lb_phys_addr *ret);

/* The messages of none of its devices lie there. */
bool bounce_nothing_came(const struct bounce *bounce);

/* Every slot but those where messages landed holds what the dead kernel left there. */
bool bounce_others_untouched(const struct bounce *bounce);

/* Makes the last device write its message once more; and whether it landed where the first did, in
 * quarantine, and nobody has cleared anything. */
void bounce_write_again(const struct bounce *bounce);
bool bounce_has_written_again(struct bounce *bounce);

/* Ends bus mastering of the device, and lets its drain time pass; how long that was. */
uint64_t bounce_stop(const struct bounce *bounce, const struct edu *edu);

/* Proves that the pool in RAM can be used when its last device was stopped; `beside`: and that the
 * other one is left alone meanwhile. */
void bounce_prove_reused(bool beside);

/* Proves the same of a pool whose devices the crash has stopped. */
void bounce_prove_stopped(void);

#endif
