/* SPDX-License-Identifier: MIT */
/* bounce_parts: what the production and the capture kernel do alike with the pools, for bounce*.c
 * alone. */
#ifndef LIFEBOAT_KERNEL_BOUNCE_PARTS_H
#define LIFEBOAT_KERNEL_BOUNCE_PARTS_H

#include "lifeboat/bounce_route.h"

#include "edu.h"

/*
 * The pool in RAM is for the devices that reach the least. One that reaches further has a pool of
 * its own if another device offers memory for it (QEMU's ivshmem-plain): a window that is no RAM.
 */
enum { BOUNCE_RAM, BOUNCE_WINDOW, BOUNCE_POOLS };
#define BOUNCE_SLOTS 2048
#define BOUNCE_WINDOW_SLOTS 512
/* Bytes that a device sends; more are mapped for it. */
#define BOUNCE_SENT 1000
#define BOUNCE_MAPPED 1500
/* What the dead kernel's data in the pool look like, where no device wrote. */
#define BOUNCE_LEFT UINT64_C(0xa5a5a5a5a5a5a5a5)

struct bounce {
	struct lb_bounce_pool pool;
	struct lb_bounce_storage storage;
	struct edu devices[EDU_DEVICES_MAX]; /* who uses it; all reach equally far */
	size_t device_count;                 /* 0: there is no such pool */
	struct lb_range window;      /* what is mapped at `mapped`; empty: the pool is in RAM */
	volatile uint8_t *mapped;
	lb_phys_addr originals[EDU_DEVICES_MAX]; /* a page for each device */
	lb_phys_addr standing[EDU_DEVICES_MAX];  /* bounce addresses of mappings that stay */
	/* In the capture kernel: what was handed over, NULL: nothing; whom it waits for; and where
	 * each device's message was found. */
	const struct lb_handover_bounce_pool *record;
	struct lb_bounce_hot_device hot[EDU_DEVICES_MAX];
	lb_phys_addr landed[EDU_DEVICES_MAX];
};
extern struct bounce bounce_pools[BOUNCE_POOLS];

/* Finds the devices, and gives each its pool. False: there are none. */
bool bounce_find_devices(void);

/* Memory at a physical address: of RAM, or of the pool's window. */
void *bounce_at(const struct bounce *bounce, lb_phys_addr address);

/* That of struct lb_bounce_config; context is the pool's struct bounce. */
void *bounce_access(void *context, lb_phys_addr address, size_t bytes);

/* Memory that the devices cannot reach, if there is any; else any memory. */
lb_phys_addr bounce_far_memory(const struct bounce *bounce, uint64_t bytes);

/* True if what the device's buffer holds after a round trip is what lies there. */
bool bounce_is_message(const struct edu *edu, const volatile uint8_t *bytes);

/*
 * For each device: the message goes through the pool into it, and from there into another buffer.
 * Each time somebody else's data lay in the slots before. True if the message arrived, nothing
 * beside it changed, and there were nothing but zeros around the mapping. Bus mastering is on.
 */
bool bounce_round_trips(struct bounce *bounce);

/* Production: proves that data travel on all CPUs at once, however they are to be mapped; says how
 * full the pools were. */
void bounce_prove_roundtrip(void);

#endif
