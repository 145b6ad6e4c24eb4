/* SPDX-License-Identifier: MIT */
/* bounce_parts: what the production and the capture kernel do alike with the pool, for bounce*.c
 * alone. */
#ifndef LIFEBOAT_KERNEL_BOUNCE_PARTS_H
#define LIFEBOAT_KERNEL_BOUNCE_PARTS_H

#include "lifeboat/bounce_pool.h"

#include "edu.h"

#define BOUNCE_SLOTS 2048
/* Bytes that a device sends; more are mapped for it. */
#define BOUNCE_SENT 1000
#define BOUNCE_MAPPED 1500
/* What the dead kernel's data in the pool look like, where no device wrote. */
#define BOUNCE_LEFT UINT64_C(0xa5a5a5a5a5a5a5a5)

struct bounce {
	struct lb_bounce_pool pool;
	struct lb_bounce_slot slots[BOUNCE_SLOTS];
	struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(BOUNCE_SLOTS)];
	struct edu devices[EDU_DEVICES_MAX]; /* all reach equally far */
	size_t device_count;
};
extern struct bounce bounce;

/* What describes the pool. */
struct lb_bounce_storage bounce_storage(void);

void *bounce_access(void *context, lb_phys_addr address, size_t bytes);

/* Memory that the devices cannot reach, if there is any; else any memory. */
lb_phys_addr bounce_far_memory(uint64_t bytes);

/* True if what the device's buffer holds after a round trip is what lies there. */
bool bounce_is_message(const struct edu *edu, const volatile uint8_t *bytes);

/*
 * For each device: the message goes through the pool into it, and from there into another buffer.
 * Each time somebody else's data lay in the slots before. True if the message arrived, nothing
 * beside it changed, and there were nothing but zeros around the mapping. Bus mastering is on.
 */
bool bounce_round_trips(void);

#endif
