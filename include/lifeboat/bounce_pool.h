/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: memory that a device can reach, through which data travel to and from memory that
 * it cannot (Linux calls it SWIOTLB). It lies at a given address, in RAM or outside it, for the
 * whole system, a bus or one device, and it can be handed to the next kernel as what it then is:
 * memory that devices may still be writing.
 *
 *	lb_bounce_pool_init(&pool, &config, slots, count);
 *	lb_bounce_map(&pool, &(struct lb_bounce_request){.original = buffer, .size = 512,
 *		.direction = LB_BOUNCE_FROM_DEVICE, .device = id, .dma_last = UINT32_MAX}, &bus);
 *	... the device writes at bus ...
 *	lb_bounce_unmap(&pool, bus, LB_BOUNCE_FROM_DEVICE);
 *
 * Geometry as in Linux (kernel/dma/swiotlb.c, 7.3): slots of 2 KiB; a mapping never crosses a
 * segment of 128 slots, so it is at most 256 KiB.
 *
 * Bytes are copied to the pool at map whatever the direction: a device that writes less than was
 * mapped must not make stale bytes of somebody else appear in the buffer when the whole of it is
 * copied back (the flaw of CVE-2022-0854). Copies back happen only for FROM_DEVICE and BOTH.
 *
 * Invariant: each slot is free, used or quarantined; a used slot belongs to exactly one mapping; a
 * quarantined one is never handed out. The caller serialises calls on one pool.
 */
#ifndef LIFEBOAT_BOUNCE_POOL_H
#define LIFEBOAT_BOUNCE_POOL_H

#include "lifeboat/base.h"
#include "lifeboat/handover.h"

#define LB_BOUNCE_SLOT_BYTES UINT32_C(2048)
#define LB_BOUNCE_SEGMENT_SLOTS UINT32_C(128)
/* For lb_bounce_pool_device_quiet: every device there is. */
#define LB_BOUNCE_ALL_DEVICES UINT64_MAX

/*
 * One slot; the caller provides one for each, and never looks inside. What describes a mapping
 * stands in its first slot.
 */
struct lb_bounce_slot {
	lb_phys_addr original; /* first slot: where the mapped bytes come from */
	uint64_t device;       /* used or quarantined: whose it is */
	uint32_t bytes;        /* first slot: mapped bytes */
	uint32_t skip;         /* first slot: bytes before the first mapped one */
	uint16_t run;          /* free slots from here to the end of the segment; 0: not free */
	uint16_t slots;        /* first slot: how many belong to the mapping; 0 elsewhere */
	uint8_t state;
	uint8_t direction;     /* first slot */
};

enum lb_bounce_direction { LB_BOUNCE_TO_DEVICE, LB_BOUNCE_FROM_DEVICE, LB_BOUNCE_BOTH };

struct lb_bounce_config {
	lb_phys_addr base;      /* aligned to the slot size */
	uint64_t size;          /* a multiple of the slot size */
	enum lb_bounce_scope scope;
	uint64_t scope_id;      /* which bus or device; 0 for the system */
	bool in_ram;
	bool shared;            /* not encrypted */
	/*
	 * A pointer through which [address, address + bytes) can be read and written now; used
	 * for the pool and for the memory it stands for. Never NULL. Device memory outside RAM is
	 * accessed as the caller has mapped it.
	 */
	void *(*access)(void *context, lb_phys_addr address, size_t bytes);
	void *context;
};

struct lb_bounce_pool {
	struct lb_bounce_config config;
	struct lb_bounce_slot *slots;
	uint32_t slot_count;
	uint32_t next;         /* where the next search starts */
	uint32_t used;
	uint32_t quarantined;
	uint32_t used_highest;
	uint64_t failures;     /* calls of map that found no room */
	uint64_t *hot_devices; /* adopted pool: devices not yet known quiet; the caller's array */
	size_t hot_count;
};

/*
 * A pool whose memory is idle; it is not cleared. slots: at least config->size /
 * LB_BOUNCE_SLOT_BYTES of them, the caller's, kept.
 * LB_INVALID: address, size or scope makes no sense. LB_NO_STORAGE: too few slots.
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_init(struct lb_bounce_pool *pool,
	const struct lb_bounce_config *config, struct lb_bounce_slot *slots, size_t slot_count);

struct lb_bounce_request {
	lb_phys_addr original;
	uint32_t size;             /* bytes, 1 to 256 KiB (less what the masks cost) */
	enum lb_bounce_direction direction;
	uint64_t device;           /* who will use it; not LB_BOUNCE_ALL_DEVICES */
	lb_phys_addr dma_last;     /* highest address the device can reach; 0: no limit */
	uint64_t align_mask;       /* these low bits of the bounce address equal the original's */
	uint64_t alloc_align_mask; /* nothing else shares a block of alloc_align_mask + 1 bytes */
	/* the mapping does not cross a multiple of it + 1; 0: no limit */
	uint64_t boundary_mask;
};

/*
 * Finds room, copies the original there, and returns the address to give to the device. Masks are
 * 2^n - 1. LB_INVALID: masks or size; LB_OUT_OF_RANGE: the device cannot reach the pool;
 * LB_NO_STORAGE: no room now.
 */
enum lb_status LB_MUST_CHECK lb_bounce_map(struct lb_bounce_pool *pool,
	const struct lb_bounce_request *request, lb_phys_addr *ret_address);

/* The address that lb_bounce_map returned. Copies back for FROM_DEVICE and BOTH, then frees.
 * LB_NOT_FOUND: no mapping starts there. */
enum lb_status LB_MUST_CHECK lb_bounce_unmap(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/* The same without copying back (the transfer failed or the contents are not wanted). */
enum lb_status LB_MUST_CHECK lb_bounce_discard(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/*
 * Part of a mapping, while it stays mapped. for_cpu copies pool to original for FROM_DEVICE and
 * BOTH; for_device the other way for TO_DEVICE and BOTH. LB_NOT_FOUND: nothing is mapped at the
 * address; LB_OUT_OF_RANGE: the mapping ends before address + bytes. Nothing is copied on failure.
 */
enum lb_status LB_MUST_CHECK lb_bounce_sync_for_cpu(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes);
enum lb_status LB_MUST_CHECK lb_bounce_sync_for_device(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes);

/*
 * Ends a mapping whose device did not stop: its slots stay in quarantine until the device is
 * quiet.
 */
enum lb_status LB_MUST_CHECK lb_bounce_abandon(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/*
 * The device is known quiet (it was reset, or bus mastering is off and its writes have had time
 * to land): quarantined slots that waited for it are scrubbed and free again. In an adopted pool
 * the slots wait for all hot devices. Unknown devices are a no-op. Returns how many slots became
 * free.
 */
uint32_t lb_bounce_pool_device_quiet(struct lb_bounce_pool *pool, uint64_t device);

/*
 * The record for the next kernel; hot if any slot is used or quarantined. It says nothing about
 * which devices: LB_HANDOVER_DEVICE records do.
 */
void lb_bounce_pool_export(
	const struct lb_bounce_pool *pool, struct lb_handover_bounce_pool *ret);

/*
 * Takes a pool over from the kernel before. If it is hot every slot is in quarantine until each
 * of hot_devices (the caller's array, kept and reordered) is quiet; with hot_count 0 until
 * lb_bounce_pool_device_quiet is called with LB_BOUNCE_ALL_DEVICES. Nothing in it is read or
 * cleared before. config: access, context; the rest comes from the record. LB_INVALID: another
 * geometry than this one's.
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_adopt(struct lb_bounce_pool *pool,
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_config *config,
	struct lb_bounce_slot *slots, size_t slot_count, uint64_t *hot_devices, size_t hot_count);

/* True if the address lies in the pool. */
bool lb_bounce_pool_has(const struct lb_bounce_pool *pool, lb_phys_addr address);

/* True if every invariant holds; for tests and fuzzers. */
bool lb_bounce_pool_check(const struct lb_bounce_pool *pool);

#endif
