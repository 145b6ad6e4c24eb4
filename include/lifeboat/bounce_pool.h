/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: memory that a device can reach, through which data travel to and from memory that
 * it cannot (Linux calls it SWIOTLB). It lies at a given address, in RAM or outside it, for the
 * whole system, a bus or one device, and it can be handed to the next kernel as what it then is:
 * memory that devices may still be writing.
 *
 * In a kernel's life:
 *
 *	lb_bounce_pool_init(&pool, &config, &storage);
 *	lb_bounce_map(&pool, &(struct lb_bounce_request){.original = buffer, .size = 512,
 *		.direction = LB_BOUNCE_FROM_DEVICE, .device = id, .dma_last = UINT32_MAX}, &bus);
 *	... the device writes at bus ...
 *	lb_bounce_unmap(&pool, bus);
 *
 * When the capture kernel is loaded, and then in the capture kernel:
 *
 *	lb_bounce_pool_seal(&pool, &device, 1, &writer);
 *
 *	lb_bounce_hot_devices(&view, record->base, hot, LB_ARRAY_COUNT(hot), &hot_count);
 *	lb_bounce_pool_adopt(&pool, record, &config, &storage, hot, hot_count);
 *	... the device is told to stop; lb_bounce_pool_drain(&pool, id) nanoseconds pass ...
 *	lb_bounce_pool_device_stopped(&pool, id, waited);
 *
 * Geometry as in Linux (IO_TLB_SHIFT and IO_TLB_SEGSIZE, include/linux/swiotlb.h, 7.3): slots of
 * 2 KiB; a mapping never crosses a segment of 128 slots, so it is at most 256 KiB. Segments are
 * counted from the pool's base; the last may be shorter.
 *
 * What a device may see: the mapped bytes, and zeros in the rest of the mapping's slots. Bytes are
 * copied to the pool at map whatever the direction: a device that writes less than was mapped must
 * not make stale bytes of somebody else appear in the buffer when the whole of it is copied back
 * (the flaw of CVE-2022-0854). Copies back happen only for FROM_DEVICE and BOTH.
 *
 * Where mappings go: up to LB_BOUNCE_SMALL_BYTES to the lowest place that suits, larger ones to
 * the highest. So small mappings, freed in any order, leave holes only below the highest place
 * that they needed at once; what config.large_bytes keeps from them stays whole even after they
 * filled all the rest.
 *
 * A slot's life:
 *
 *	        map                    unmap, discard
 *	free ---------> used --------------------------> free
 *	                 | abandon                         ^
 *	                 v                                 | scrubbed
 *	            quarantined ---------------------------+
 *	                 ^          device quiet, or stopped for long enough
 *	adopt, hot ------+
 *
 * Invariant: each slot is free, used or quarantined; a used slot belongs to exactly one mapping; a
 * quarantined one is never handed out, read or cleared before the devices it waits for are quiet.
 * Every function that fails changes nothing.
 *
 * Any number of CPUs may map, unmap, discard, abandon and sync at once, in interrupts too: there is
 * no lock, so nobody waits for a CPU that a crash stopped, and an interrupted call delays nobody.
 * (One mapping is still one CPU's at a time; of two that end it, one is told LB_NOT_FOUND.) What a
 * capture kernel does early, adopting and declaring devices quiet, the caller serialises.
 */
#ifndef LIFEBOAT_BOUNCE_POOL_H
#define LIFEBOAT_BOUNCE_POOL_H

#include "lifeboat/base.h"
#include "lifeboat/handover.h"

/* Bytes of a slot: the unit in which room is given. */
#define LB_BOUNCE_SLOT_BYTES UINT32_C(2048)
/* Slots of a segment, which no mapping crosses. */
#define LB_BOUNCE_SEGMENT_SLOTS UINT32_C(128)
/* Mappings whose slots are at most so many bytes are small, and are kept together. */
#define LB_BOUNCE_SMALL_BYTES UINT32_C(8192)
/* For lb_bounce_pool_device_quiet and _stopped: every device there is. */
#define LB_BOUNCE_ALL_DEVICES UINT64_MAX
/* From lb_bounce_pool_drain: no time is long enough, only a reset makes this device quiet. */
#define LB_BOUNCE_DRAIN_UNKNOWN UINT64_MAX

/*
 * One slot; the caller provides one for each, and never looks inside. What describes a mapping
 * stands in its first slot.
 */
struct lb_bounce_slot {
	lb_phys_addr original; /* where the mapped bytes come from */
	uint64_t device;       /* whose it is; LB_BOUNCE_ALL_DEVICES: of every hot one */
	uint32_t bytes;        /* mapped bytes */
	uint32_t skip;         /* bytes before the first mapped one */
	uint32_t life;         /* what begins here: core/bounce_slots.h */
	uint32_t direction;    /* enum lb_bounce_direction */
};

/*
 * One for each segment; the caller provides them, too, and never looks inside. A cache line each,
 * so that CPUs in different segments do not disturb each other. Nothing in them needs to be right
 * before lb_bounce_pool_init.
 */
struct lb_bounce_segment {
	uint64_t free[2];  /* a bit for each slot, set if it is free */
	uint64_t fresh[2]; /* the same, set if it never was anything else */
	uint64_t longest;  /* no free run is longer; core/bounce_segment.h */
} __attribute__((aligned(64)));

/*
 * What the bookkeeping of a pool needs, the caller's, in use until the pool is: 32 bytes a slot
 * and 64 a segment, so 1.6 % of the pool (Linux: 24 bytes a slot, kernel/dma/swiotlb.c, 6.1). Not
 * in the pool itself, which devices write; and not handed over: the next kernel brings its own.
 */
struct lb_bounce_storage {
	struct lb_bounce_slot *slots;       /* at least pool bytes / LB_BOUNCE_SLOT_BYTES */
	size_t slot_count;
	struct lb_bounce_segment *segments; /* at least LB_BOUNCE_SEGMENTS(slots) */
	size_t segment_count;
};

/* Segments of a pool of so many slots; the last may be shorter. */
#define LB_BOUNCE_SEGMENTS(slots) \
	(((slots) + LB_BOUNCE_SEGMENT_SLOTS - 1) / LB_BOUNCE_SEGMENT_SLOTS)

/* Which way the data travel, as seen from memory: enum dma_data_direction in Linux. */
enum lb_bounce_direction {
	LB_BOUNCE_TO_DEVICE,   /* the device reads; nothing is copied back */
	LB_BOUNCE_FROM_DEVICE, /* the device writes; unmap copies back */
	LB_BOUNCE_BOTH,
};

struct lb_bounce_config {
	lb_phys_addr base;      /* aligned to the slot size */
	uint64_t size;          /* bytes, a multiple of the slot size, > 0 */
	enum lb_bounce_scope scope;
	uint64_t scope_id;      /* which bus or device; 0 for the system */
	/* RAM, which the next kernel must not take for its own. Else a window that a device offers:
	 * each access to it is aligned, of 1 or 8 bytes. */
	bool in_ram;
	bool shared;            /* not encrypted; only handed on */
	/*
	 * Bytes at the pool's end that small mappings leave alone, a multiple of the slot size; 0:
	 * none. They fail with LB_NO_STORAGE while this is free: the price for a large mapping
	 * that finds room however small ones were freed.
	 */
	uint64_t large_bytes;
	/*
	 * Counts how many slots are not free at once, at most: an atomic operation on one place
	 * for each map and each end (swiotlb=track_hiwater in Linux 7.3).
	 */
	bool counts_use;
	/*
	 * A pointer through which [address, address + bytes) can be read and written now; used
	 * for the pool and for the memory it stands for, at most 256 KiB at a time, and not kept
	 * after the call. Never NULL. Two of its pointers are in use at once. A window outside RAM
	 * is mapped as its device asks for.
	 */
	void *(*access)(void *context, lb_phys_addr address, size_t bytes);
	void *context;          /* the caller's, passed to access */
};

/* A device that a dead kernel left running. */
struct lb_bounce_hot_device {
	uint64_t id;                /* as in struct lb_handover_device */
	uint64_t drain_nanoseconds; /* from its stop to its last write; 0: unknown */
};

/* Fields are the core's. */
struct lb_bounce_pool {
	struct lb_bounce_config config;
	struct lb_bounce_slot *slots; /* the caller's, slot_count of them in use */
	struct lb_bounce_segment *segments;
	uint32_t slot_count;
	uint64_t failures;
	uint64_t longest_wait;
	uint64_t taken;      /* slots that are not free now, and at most; with counts_use */
	uint64_t high_water;
	/* adopted pool: devices not yet known quiet; the caller's array, reordered */
	struct lb_bounce_hot_device *hot_devices;
	size_t hot_count;
};

/*
 * How full a pool is, in slots: at one moment if nobody maps meanwhile, else of several close ones.
 * used + quarantined + free is always all of them.
 */
struct lb_bounce_usage {
	uint32_t used;        /* of mappings */
	uint32_t quarantined; /* waiting for a device */
	uint32_t free;
	uint32_t ever_used;   /* not free now or before: no more were ever taken at once */
	uint32_t high_water;  /* not free at once, at most; ever_used without config.counts_use */
	uint64_t failures;    /* calls of map that found no room */
	uint64_t longest_wait; /* of all requests; in their units */
};

/*
 * Counts, by looking at every slot: unless config.counts_use says so no count is kept, because CPUs
 * that map at once would wait for each other's changes of it.
 */
struct lb_bounce_usage lb_bounce_pool_usage(const struct lb_bounce_pool *pool);

/*
 * A pool whose memory is idle: no device writes it. It need not be cleared, and is not.
 * config and storage are copied. config->access must be there (a bug of the caller if not).
 *   LB_INVALID     base, size, large_bytes or scope makes no sense
 *   LB_NO_STORAGE  too few slots or segments
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_init(struct lb_bounce_pool *pool,
	const struct lb_bounce_config *config, const struct lb_bounce_storage *storage);

/* What to map. Masks are 2^n - 1; 0 asks for nothing. */
struct lb_bounce_request {
	lb_phys_addr original;     /* the first byte in the memory that the device cannot reach */
	uint32_t size;             /* bytes, 1 to 256 KiB (less what the masks cost) */
	enum lb_bounce_direction direction;
	uint64_t device;           /* who will use it; not LB_BOUNCE_ALL_DEVICES */
	lb_phys_addr dma_last;     /* highest address the device can reach; 0: no limit */
	/*
	 * These low bits of the bounce address equal the original's: a device that addresses
	 * blocks by their offset needs it (dma_set_min_align_mask, Linux 5.12).
	 */
	uint64_t align_mask;
	/*
	 * Nothing else shares a block of alloc_align_mask + 1 bytes, because an IOMMU lets the
	 * device reach whole blocks; < 256 KiB.
	 */
	uint64_t alloc_align_mask;
	uint64_t boundary_mask;    /* the mapping does not cross a multiple of it + 1 */
	/* Where to begin to look: CPUs with different numbers begin in different segments. Any
	 * number is right. */
	uint32_t cpu;
	/* Since the caller first asked for this, and was told that there is no room: in units of
	 * its clock. 0: it asks for the first time. Only counted. */
	uint64_t waited;
};

/*
 * Finds room, copies the original there, zeroes the rest of its slots, and returns the address to
 * give to the device, which stays the mapping's name. The original must stay until unmap.
 * Cost: one look at each segment without room, and a few at those that have some.
 *   LB_INVALID       a mask, the size, the direction or the device makes no sense, or the
 *                    request can never fit a segment
 *   LB_OUT_OF_RANGE  the device cannot reach the pool, or not size bytes of it
 *   LB_NO_STORAGE    no room now. Beside other CPUs it may be room that one of them held for an
 *                    instant in vain, when two slots lie in two words of a segment.
 */
enum lb_status LB_MUST_CHECK lb_bounce_map(struct lb_bounce_pool *pool,
	const struct lb_bounce_request *request, lb_phys_addr *ret_address);

/*
 * Ends a mapping, by the address that lb_bounce_map returned: copies back for FROM_DEVICE and
 * BOTH, then frees. The device must have finished: else lb_bounce_abandon.
 * LB_NOT_FOUND: no mapping starts there.
 */
enum lb_status LB_MUST_CHECK lb_bounce_unmap(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/*
 * The same without copying back: the transfer failed, or nobody wants the contents
 * (DMA_ATTR_SKIP_CPU_SYNC in Linux). LB_NOT_FOUND: no mapping starts there.
 */
enum lb_status LB_MUST_CHECK lb_bounce_discard(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/*
 * Part of a mapping, from any address inside it, while it stays mapped. for_cpu copies pool to
 * original for FROM_DEVICE and BOTH; for_device the other way for TO_DEVICE and BOTH; otherwise
 * nothing is copied and all is well.
 *   LB_NOT_FOUND     nothing is mapped at the address
 *   LB_OUT_OF_RANGE  the mapping ends before address + bytes
 */
enum lb_status LB_MUST_CHECK lb_bounce_sync_for_cpu(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes);
enum lb_status LB_MUST_CHECK lb_bounce_sync_for_device(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes);

/*
 * Ends a mapping whose device did not stop: nothing is copied, and its slots stay in quarantine
 * until that device is quiet. LB_NOT_FOUND: no mapping starts at the address.
 */
enum lb_status LB_MUST_CHECK lb_bounce_abandon(
	struct lb_bounce_pool *pool, lb_phys_addr address);

/*
 * The caller knows that the device writes no more (it was reset, or it finished what it had):
 * quarantined slots that waited for it are scrubbed and free again. Slots of an adopted pool wait
 * for the last hot device. A device that nothing waits for is a no-op. For a device that was only
 * told to stop: lb_bounce_pool_device_stopped. Returns how many slots became free.
 */
uint32_t lb_bounce_pool_device_quiet(struct lb_bounce_pool *pool, uint64_t device);

/*
 * How many nanoseconds must pass between telling a hot device to stop (bus mastering off) and
 * taking it for quiet: what the dead kernel handed over. LB_BOUNCE_ALL_DEVICES: the longest of
 * all. 0: nothing waits for it. LB_BOUNCE_DRAIN_UNKNOWN: the dead kernel did not know; nor does
 * anybody of the device of an abandoned mapping, or of a hot pool that came without names.
 */
uint64_t lb_bounce_pool_drain(const struct lb_bounce_pool *pool, uint64_t device);

/*
 * The device was told to stop so long ago. If its drain time has passed this is
 * lb_bounce_pool_device_quiet; if it has not, or is unknown, nothing changes and 0 is returned.
 */
uint32_t lb_bounce_pool_device_stopped(
	struct lb_bounce_pool *pool, uint64_t device, uint64_t nanoseconds_ago);

/*
 * The record for a next kernel that starts now, in good order: hot only if a slot is used or
 * quarantined at this moment. It says nothing about which devices. A record that is written when
 * a capture kernel is loaded speaks of a later moment: lb_bounce_pool_seal.
 */
void lb_bounce_pool_export(
	const struct lb_bounce_pool *pool, struct lb_handover_bounce_pool *ret);

/*
 * Writes what a capture kernel must know at any later crash: the pool's record, hot whatever is
 * mapped now, and one LB_HANDOVER_DEVICE record for each of devices[0..count), all those that may
 * ever use the pool; their pool_base is filled in. drain_nanoseconds should be there: without it
 * only a reset gives the pool back. With count 0 the capture kernel waits for all devices.
 * Errors are those of lb_handover_add; the writer is then as it was.
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_seal(const struct lb_bounce_pool *pool,
	const struct lb_handover_device *devices, size_t count,
	struct lb_handover_writer *writer);

/*
 * The devices that a verified handover names for the pool at pool_base, in its order, into the
 * caller's array; *ret_count may be 0. LB_NO_STORAGE: more than capacity; adopt with none then,
 * and wait for all.
 */
enum lb_status LB_MUST_CHECK lb_bounce_hot_devices(const struct lb_handover_view *view,
	lb_phys_addr pool_base, struct lb_bounce_hot_device *devices, size_t capacity,
	size_t *ret_count);

/*
 * Whether a pool could be taken over with this storage, by its record alone: nothing of its memory
 * is touched, so it can be asked before that is mapped.
 *   LB_INVALID     another geometry than this one's, or no sense in the record
 *   LB_NO_STORAGE  too few slots or segments
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_can_adopt(
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_storage *storage);

/*
 * Takes a pool over from the kernel before. If the record is hot every slot is in quarantine until
 * each of hot_devices (the caller's array, kept and reordered) is quiet; with hot_count 0 until
 * lb_bounce_pool_device_quiet is called with LB_BOUNCE_ALL_DEVICES; nothing in it is read or
 * cleared before. If it is not hot it is cleared now and ready.
 * config: access, context and large_bytes; the rest comes from the record. storage as for
 * lb_bounce_pool_init. Whether the record's memory is where a pool may be (not this kernel's own,
 * say) is the caller's to check first. Errors as for lb_bounce_pool_can_adopt; then the pool is
 * best left alone: it is no RAM, so nothing else depends on it.
 */
enum lb_status LB_MUST_CHECK lb_bounce_pool_adopt(struct lb_bounce_pool *pool,
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_config *config,
	const struct lb_bounce_storage *storage, struct lb_bounce_hot_device *hot_devices,
	size_t hot_count);

/* True if the address lies in the pool, mapped or not (is_swiotlb_buffer in Linux). */
bool lb_bounce_pool_has(const struct lb_bounce_pool *pool, lb_phys_addr address);

/* True if every invariant holds; looks at every slot. For tests and fuzzers. */
bool lb_bounce_pool_check(const struct lb_bounce_pool *pool);

#endif
