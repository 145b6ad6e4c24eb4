/* SPDX-License-Identifier: MIT */
/*
 * bounce_route: whether data can travel between memory and a device directly, and if not through
 * which pool; for single transfers and for scatter lists.
 *
 *	struct lb_bounce_device disk = {.id = 0x18, .dma_mask = UINT32_MAX};
 *	struct lb_bounce_pool *all[] = {&disk_pool, &system_pool};
 *	struct lb_bounce_pools pools = {all, 2};
 *	struct lb_bounce_transfer transfer = {.original = buffer, .size = 4096,
 *		.direction = LB_BOUNCE_FROM_DEVICE};
 *
 *	if (lb_bounce_route_map(&pools, &disk, &transfer, &mapped)) {
 *		... lb_bounce_route(&pools, &disk, &transfer) says why ...
 *	}
 *	... the device writes at mapped.address ...
 *	lb_bounce_route_unmap(&mapped);
 *
 * How it is decided, in this order; the first that holds is the reason:
 *
 *	why not directly                        which pool
 *	RESTRICTED    it has own_pool           own_pool, or none
 *	FORCED        force                     \
 *	ENCRYPTED     private data, and the      | the nearest that is for this device, can be
 *	              device sees what is shared | reached by it, is of its kind (shared or not)
 *	DEVICE_REACH  beyond dma_mask            | and can hold the transfer; if that is full the
 *	BUS_REACH     beyond bus_last            | next one
 *	BOUNDARY      crosses one of the device  |
 *	GRANULE       shares an IOMMU's granule  |
 *	CACHE_LINE    shares a cache line        /
 *
 * The nearest is a device's pool, then that of its bus, then the system's (enum lb_bounce_scope);
 * among equals the first. The rules are those of Linux's direct mappings (dma_direct_map_phys and
 * dma_capable, kernel/dma/direct.h; dma_kmalloc_needs_bounce, include/linux/dma-map-ops.h; for
 * GRANULE drivers/iommu/dma-iommu.c; 7.3), with two differences: Linux has one pool for a device
 * and leaves boundaries of direct mappings to drivers.
 *
 * Nothing is kept here: calls for different transfers may run at once on any number of CPUs, as
 * those of the pools do. Addresses are physical; where a bus translates, masks are given as what
 * they mean in physical addresses.
 */
#ifndef LIFEBOAT_BOUNCE_ROUTE_H
#define LIFEBOAT_BOUNCE_ROUTE_H

#include "lifeboat/bounce_pool.h"

/*
 * A device, as its bus, firmware and driver describe it. Masks are 2^n - 1; 0 asks for nothing.
 * Some that there are:
 *
 *	sound card of 28 bits      .dma_mask = 0x0fffffff
 *	behind a bus of 1 GiB      .dma_mask = UINT64_MAX, .bus_last = 0x3fffffff
 *	NVMe                       .dma_mask = UINT64_MAX, .align_mask = 0xfff
 *	in an encrypted guest      .dma_mask = UINT64_MAX, .must_share = true
 *	plugged in from outside    .dma_mask = UINT64_MAX, .alloc_align_mask = 0xfff
 *	not coherent, on arm64     .dma_mask = UINT32_MAX, .line_mask = 127
 *	restricted-dma-pool        .dma_mask = UINT32_MAX, .own_pool = &its_pool
 */
struct lb_bounce_device {
	/* As in struct lb_handover_device. */
	uint64_t id;
	/* Which pools of LB_BOUNCE_BUS are for it. */
	uint64_t bus_id;
	/* The highest address that it can name; not 0. */
	lb_phys_addr dma_mask;
	/* The highest that its bus carries (dma-ranges; bus_dma_limit in Linux); 0: all. */
	lb_phys_addr bus_last;
	/* Of one piece (dma_get_max_seg_size in Linux); 0: any. */
	uint64_t max_bytes;
	/* No piece crosses a multiple of it + 1 (dma_get_seg_boundary). */
	uint64_t boundary_mask;
	/* These bits of a bounced address are the original's (dma_get_min_align_mask). */
	uint64_t align_mask;
	/* Behind an IOMMU, and not trusted: the IOMMU's granule - 1. */
	uint64_t alloc_align_mask;
	/*
	 * Not coherent: a line of the CPU's caches - 1. What the device writes beside other data in
	 * one line, or the CPU writes back beside what the device wrote, would be lost.
	 */
	uint64_t line_mask;
	/* Memory of this machine is encrypted, and the device reads only what is shared. */
	bool must_share;
	/* It always bounces: swiotlb=force, or nobody trusts it. */
	bool force;
	/*
	 * One of the pools: the device uses this and nothing else, always (restricted-dma-pool,
	 * Linux 5.15). NULL: none.
	 */
	const struct lb_bounce_pool *own_pool;
};

/*
 * The pools of a machine. The array and the pools are the caller's, in any order: nearness is in
 * their scopes. They do not overlap, and none that is in use may be taken out.
 */
struct lb_bounce_pools {
	struct lb_bounce_pool *const *pools;
	size_t count;
};

/*
 * What is to travel. The memory stays the caller's; it must not change place until it was
 * unmapped, and if it bounces the CPU sees what the device wrote only then, or after a sync.
 */
struct lb_bounce_transfer {
	/* Not in a pool: what bounces once need not bounce twice, and unmap could not tell. */
	lb_phys_addr original;
	/* Bytes, > 0; bounced at most 256 KiB, less what the device's masks cost. */
	uint64_t size;
	enum lb_bounce_direction direction;
	/* The original is not encrypted: a device that must share needs no pool for it. */
	bool shared;
	/* As in struct lb_bounce_request. */
	uint32_t cpu;
	uint64_t waited;
};

/* Where it goes: to and from the original itself, through a pool, or nowhere. */
enum lb_bounce_way { LB_BOUNCE_DIRECT, LB_BOUNCE_VIA_POOL, LB_BOUNCE_IMPOSSIBLE };

/* Why it does not go directly. */
enum lb_bounce_why {
	LB_WHY_NOT,          /* it does */
	LB_WHY_RESTRICTED,   /* the device may use its own pool only */
	LB_WHY_FORCED,
	LB_WHY_ENCRYPTED,    /* the device cannot read private memory */
	LB_WHY_DEVICE_REACH, /* the last byte is beyond dma_mask */
	LB_WHY_BUS_REACH,    /* beyond bus_last */
	LB_WHY_BOUNDARY,     /* it crosses a boundary of the device */
	LB_WHY_GRANULE,      /* other data lie in a granule that the IOMMU would open */
	LB_WHY_CACHE_LINE,   /* other data lie in a cache line that the device writes */
};

/* Why it does not go at all: what was wrong with the nearest pool, where there is one. */
enum lb_bounce_obstacle {
	LB_OBSTACLE_NONE,
	LB_OBSTACLE_NONSENSE, /* a mask, the size or the direction */
	LB_OBSTACLE_IN_POOL,  /* the original lies in a pool */
	LB_OBSTACLE_TOO_LONG, /* more than max_bytes */
	LB_OBSTACLE_NO_POOL,  /* none is for this device */
	LB_OBSTACLE_KIND,     /* the pool is private and must be shared, or the reverse */
	LB_OBSTACLE_REACH,    /* the device cannot reach the pool */
	LB_OBSTACLE_SIZE,     /* no segment can ever hold it, with these masks */
};

/* The decision. */
struct lb_bounce_route {
	enum lb_bounce_way way;
	enum lb_bounce_why why;           /* LB_WHY_NOT if DIRECT, or if nothing was decided */
	enum lb_bounce_obstacle obstacle; /* if IMPOSSIBLE */
	size_t pool;                      /* if VIA_POOL: its index */
};

/*
 * Where a transfer would go. Pure: whether the pool has room now only lb_bounce_route_map finds
 * out. (align_mask may ask for what no slot of a small pool has; that, too, shows there.)
 */
struct lb_bounce_route lb_bounce_route(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer);

/* One lower-case phrase, for messages: "beyond what the device can name". Static, never NULL. */
const char *lb_bounce_why_text(enum lb_bounce_why why);
const char *lb_bounce_obstacle_text(enum lb_bounce_obstacle obstacle);

/* What a device is given, and what it takes to end it. */
struct lb_bounce_mapped {
	/* For the device. */
	lb_phys_addr address;
	/* Where it bounces; NULL: the address is that of the original itself. A part of it is
	 * synced with the calls of bounce_pool, and a direct one needs no sync here (that of the
	 * CPU's caches, for a device that is not coherent, is the kernel's own). */
	struct lb_bounce_pool *pool;
};

/*
 * Decides and maps: in the nearest pool that would do and has room.
 *   LB_INVALID     LB_OBSTACLE_NONSENSE, _IN_POOL or _TOO_LONG
 *   LB_NOT_FOUND   it must bounce, and no pool does; lb_bounce_route says why
 *   LB_NO_STORAGE  every pool that would do is full
 */
enum lb_status LB_MUST_CHECK lb_bounce_route_map(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer,
	struct lb_bounce_mapped *ret);

/* Ends it: lb_bounce_unmap if it went through a pool, else nothing. LB_NOT_FOUND as there. */
enum lb_status LB_MUST_CHECK lb_bounce_route_unmap(const struct lb_bounce_mapped *mapped);

/*
 * Scatter lists: several pieces of memory for one transfer. Each bounces or goes directly by
 * itself. All calls do all or nothing:
 *
 *	struct lb_bounce_piece pieces[] = {{.original = a, .size = 512}, {.original = b, ...}};
 *	struct lb_bounce_list list = {.pieces = pieces, .count = 2,
 *		.direction = LB_BOUNCE_TO_DEVICE};
 *
 *	lb_bounce_list_map(&pools, &device, &list, &failed);
 *	lb_bounce_list_merge(&device, &list, spans, LB_ARRAY_COUNT(spans), &span_count);
 *	... the device gets the spans ...
 *	lb_bounce_list_unmap(&list);
 */
struct lb_bounce_piece {
	/* As in struct lb_bounce_transfer; pieces may touch, and must not overlap. */
	lb_phys_addr original;
	uint64_t size;
	/* Written by lb_bounce_list_map, read by all other calls. */
	struct lb_bounce_mapped mapped;
};

struct lb_bounce_list {
	struct lb_bounce_piece *pieces; /* the caller's, from map to unmap */
	size_t count;                   /* 0: nothing to do, and all is well */
	enum lb_bounce_direction direction;
	bool shared;                    /* these three as in struct lb_bounce_transfer */
	uint32_t cpu;
	uint64_t waited;
};

/*
 * Maps every piece, or none. Errors are those of lb_bounce_route_map for the piece *ret_failed;
 * what was mapped for those before it is then given back, nothing is copied, and `mapped` of the
 * pieces means nothing.
 */
enum lb_status LB_MUST_CHECK lb_bounce_list_map(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, struct lb_bounce_list *list, size_t *ret_failed);

/* Ends all, or, if one of them is not mapped (LB_NOT_FOUND), none. */
enum lb_status LB_MUST_CHECK lb_bounce_list_unmap(const struct lb_bounce_list *list);

/* lb_bounce_sync_for_cpu and _for_device of all of it. LB_NOT_FOUND: a piece is not mapped, and
 * nothing was copied. */
enum lb_status LB_MUST_CHECK lb_bounce_list_sync_for_cpu(const struct lb_bounce_list *list);
enum lb_status LB_MUST_CHECK lb_bounce_list_sync_for_device(const struct lb_bounce_list *list);

/* What the device is given of a list: addresses as it sees them. */
struct lb_bounce_span {
	lb_phys_addr address;
	uint64_t size;
};

/*
 * The pieces of a mapped list as the device gets them, in their order:
 *
 *	pieces   |direct 1||direct 2|   |direct 3|   |bounced 4||bounced 5|   |direct 6|
 *	spans    |        1         |   |   2    |   |    3    ||    4    |   |   5    |
 *
 * A piece joins the span
 * before it if both go directly, it begins where that ends, and together they are at most
 * max_bytes and cross no boundary. Bounced pieces stay by themselves: around each of them are
 * zeros, not the next one. LB_NO_STORAGE: more than capacity; count always suffices.
 */
enum lb_status LB_MUST_CHECK lb_bounce_list_merge(const struct lb_bounce_device *device,
	const struct lb_bounce_list *list, struct lb_bounce_span *spans, size_t capacity,
	size_t *ret_count);

#endif
