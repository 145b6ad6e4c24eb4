/* SPDX-License-Identifier: MIT */
/*
 * handover: what the next kernel must know, as one stream of self-describing records. The bytes
 * are a contract, described in docs/handover-format.md; the structures below are its tables.
 *
 * In the kernel that hands over, when it loads the next one:
 *
 *	lb_handover_begin(&writer, buffer, sizeof(buffer), &(struct lb_handover_origin){
 *		.generation = 1, .writer = "reference"});
 *	lb_handover_add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp));
 *	lb_bounce_pool_seal(&pool, devices, device_count, &writer);
 *	lb_handover_finish(&writer, &bytes);
 *
 * In the next one, whose command line says where the stream is:
 *
 *	size_t cursor = 0;
 *
 *	if (lb_handover_verify(buffer, bytes, &view, &error_offset)) {
 *		... say so and go on as if there were no stream: the dump does not need it ...
 *	}
 *	while (lb_handover_next(&view, &cursor, &record)) {
 *		... switch (record.type), record.payload ...
 *	}
 *
 * What is written when a capture kernel is loaded must be true whenever that starts, which is at a
 * crash that nobody can foresee: so no state that changes meanwhile.
 *
 *	+--------------------+-------------------+-----+-------------------+
 *	| header, 64 bytes   | record            | ... | record            |
 *	+--------------------+-------------------+-----+-------------------+
 *	                     each: header, 16 bytes | payload | zeros up to a multiple of 8
 *
 * Little-endian; every 64-bit field lies at a multiple of 8 from the start of the stream. Each
 * record has its own type, version and checksum, so a reader skips what it does not know, unless
 * the record says that it must be understood. The stream begins at an address aligned to 8.
 *
 * Whoever reads a stream that another kernel wrote reads untrusted bytes: checksums find accidents,
 * not attacks, so lb_handover_verify also checks that contents make sense and agree. What it cannot
 * know is whether the addresses are this machine's: that is the reader's to check.
 */
#ifndef LIFEBOAT_HANDOVER_H
#define LIFEBOAT_HANDOVER_H

#include "lifeboat/base.h"

#define LB_HANDOVER_MAGIC UINT64_C(0x52564f444e41484c) /* "LHANDOVR" */
/* Reads as 0x04030201 on a machine of the other byte order, which cannot read on. */
#define LB_HANDOVER_BYTE_ORDER UINT32_C(0x01020304)
#define LB_HANDOVER_FORMAT 1

/* The first 64 bytes. Longer headers are read, too: header_bytes says where records begin. */
struct lb_handover_header {
	uint64_t magic;        /* LB_HANDOVER_MAGIC */
	uint32_t byte_order;   /* LB_HANDOVER_BYTE_ORDER */
	uint16_t format;       /* changes only when old readers must not read on */
	uint16_t header_bytes; /* where the first record begins; a multiple of 8 */
	uint64_t total_bytes;  /* the whole stream */
	uint32_t record_count; /* how many follow; with total_bytes, what an end marker would say */
	uint32_t crc;          /* CRC-32C of the header with this field 0 */
	uint64_t generation;   /* 1 in the first kernel after power-on, one more at each handover */
	char writer[16];       /* who wrote it: text, filled with zero bytes */
	uint64_t address;      /* physical address of the stream; 0: not said */
};

/* Flags of a record. Unknown ones are ignored. */
enum {
	/*
	 * A reader that does not know the record, or its version, must refuse the stream: who went
	 * on would take for free what is not, or miss what must be waited for.
	 */
	LB_HANDOVER_MUST_UNDERSTAND = 0x1,
	/*
	 * Only true for this handover. A kernel that hands over in turn passes on records that it
	 * does not know, but not these: devices that have been quiet since are running no more.
	 */
	LB_HANDOVER_VOLATILE = 0x2,
};

/* 16 bytes before each payload. */
struct lb_handover_record_header {
	uint32_t type;     /* enum lb_handover_type, or unknown; never 0; from 0x8000 on private */
	uint16_t version;  /* of this type; a reader of version n reads n and refuses higher ones */
	uint16_t flags;    /* LB_HANDOVER_MUST_UNDERSTAND, ... */
	uint32_t bytes;    /* payload; the next record follows at the next multiple of 8 */
	uint32_t crc;      /* CRC-32C of this header with the field 0, then payload and padding */
};

/*
 * What a record is about, and the structure of its payload. Numbers are for ever: one that is not
 * used any more is not given out again.
 *
 * What a reader does with each record, beyond what its type says:
 *   RANGES       takes USABLE as RAM, and nothing else; keeps DEVICE_WRITABLE out of everything
 *   BOUNCE_POOL  lb_bounce_pool_adopt, or leaves the memory alone
 *   RSDP         looks at signature and checksum before it follows a pointer
 *   IOMMU        does not switch it off while a DEVICE may be writing
 *   DEVICE       tells it to stop, waits for its drain time, then its memory is quiet
 *   CORE_HEADER  lb_core_header_parse, bounded by size
 *   BACKUP       reads the copy where the dump's addresses are in the source
 */
enum lb_handover_type {
	LB_HANDOVER_RANGES = 1,      /* lb_handover_range[]: what memory is what */
	LB_HANDOVER_BOUNCE_POOL = 2, /* lb_handover_bounce_pool */
	LB_HANDOVER_RSDP = 3,        /* lb_handover_rsdp */
	LB_HANDOVER_IOMMU = 4,       /* lb_handover_iommu */
	LB_HANDOVER_DEVICE = 5,      /* lb_handover_device: left running */
	LB_HANDOVER_CORE_HEADER = 6, /* lb_handover_core_header */
	LB_HANDOVER_BACKUP = 7,      /* lb_handover_backup: memory that was copied away */
	LB_HANDOVER_LAST = LB_HANDOVER_BACKUP,
};

/*
 * What a range is to the next kernel. USABLE excludes all others: what may be overwritten is
 * nothing else (docs/handover-format.md has the whole table).
 */
enum lb_handover_class {
	LB_RANGE_USABLE = 1,    /* RAM, never a target of DMA */
	LB_RANGE_PRESERVED = 2, /* pages that must keep their contents */
	LB_RANGE_CRASH = 3,     /* crash memory */
	LB_RANGE_DEVICE_WRITABLE = 4, /* RAM that a device may still be writing */
	LB_RANGE_FIRMWARE = 5,  /* tables and run-time services: not to be overwritten */
	LB_RANGE_METADATA = 6,  /* this stream and what it points to */
};

/* One entry of LB_HANDOVER_RANGES; any number of them, at least one, are its payload. */
struct lb_handover_range {
	uint64_t start; /* physical */
	uint64_t size;  /* bytes, > 0 */
	uint32_t class; /* enum lb_handover_class */
	uint32_t reserved; /* written 0, ignored when read */
};

/* Flags of a pool; others make the record invalid. */
enum {
	LB_POOL_IN_RAM = 0x1,  /* else outside RAM (device memory, SRAM) */
	LB_POOL_HOT = 0x2,     /* devices may still be writing */
	LB_POOL_SHARED = 0x4,  /* not encrypted: the hypervisor can read it */
};

/* Who may use a pool: every device, those behind one bridge, one. */
enum lb_bounce_scope { LB_BOUNCE_SYSTEM = 1, LB_BOUNCE_BUS = 2, LB_BOUNCE_DEVICE = 3 };

/*
 * A bounce pool: never RAM to the next kernel, whatever the flags. lb_bounce_pool_seal and _export
 * fill it, lb_bounce_pool_adopt reads it.
 */
struct lb_handover_bounce_pool {
	uint64_t base;       /* physical, not 0 */
	uint64_t size;       /* bytes, > 0 */
	uint32_t slot_bytes; /* a power of two; 2048 in this version's pools */
	uint32_t segment_slots; /* > 0; 128 in this version's pools */
	uint32_t flags;      /* LB_POOL_* */
	uint32_t scope;      /* enum lb_bounce_scope */
	uint64_t scope_id;   /* which bus or device; 0 for the system */
	uint64_t slots_used; /* when it was written; at most size / slot_bytes */
};

/*
 * Where ACPI's tables begin (ACPI 6.5, 5.2.5): a kernel that was not started by firmware cannot
 * find them by itself on UEFI machines. At most one record.
 */
struct lb_handover_rsdp {
	uint64_t address; /* physical, not 0 */
};

/* An IOMMU as it was left: what it translates stays reachable for devices until it is changed. */
struct lb_handover_iommu {
	uint64_t registers;   /* physical base of its registers, as DMAR, IVRS or IORT say */
	/*
	 * Physical address of its root, device or stream table. The memory of the tables is the old
	 * kernel's: as long as the IOMMU reads them it must stay as it is.
	 */
	uint64_t tables;
	uint32_t kind;        /* 1 VT-d, 2 AMD-Vi, 3 SMMUv3 */
	uint32_t translating; /* 1: on */
};

/* A device that may still be writing when the reader starts. */
struct lb_handover_device {
	/*
	 * PCI: segment << 16 | bus << 8 | device << 3 | function, which is what a driver of the
	 * next kernel finds it by; the bus numbers must not be given out anew before.
	 */
	uint64_t id;
	uint64_t dma_mask;    /* highest address it can reach */
	uint64_t pool_base;   /* the bounce pool that it uses; 0: none */
	/* its writes have landed this long after it is told to stop; 0: unknown, reset it */
	uint64_t drain_nanoseconds;
	uint32_t kind;        /* 1 PCI, 2 platform */
	uint32_t bus_master;  /* 1: it can still start transfers */
};

/* Where the core header is (lifeboat/core_header.h). At most one record. */
struct lb_handover_core_header {
	uint64_t address; /* physical */
	uint64_t size;    /* bytes, > 0 */
};

/* The dump must read [source, source + size) from [copy, copy + size). */
struct lb_handover_backup {
	uint64_t source; /* physical: what the dump calls it */
	uint64_t copy;   /* physical: where it is */
	uint64_t size;   /* bytes, > 0 */
};

/* Who writes a stream. */
struct lb_handover_origin {
	uint64_t generation;  /* 1, or one more than that of the stream that was handed to us */
	const char *writer;   /* at most 16 characters are kept */
	lb_phys_addr address; /* where the stream will lie; 0: not said */
};

/*
 * A stream that is being written. Invariant: used <= bytes, used is a multiple of 8, and what lies
 * in [0, used) is a header and `records` whole records. A copy of the struct is a place to go back
 * to: records that were added since are forgotten.
 */
struct lb_handover_writer {
	uint8_t *buffer; /* the caller's, aligned to 8 */
	size_t bytes;    /* of the buffer */
	size_t used;
	uint32_t records;
};

/*
 * Begins a stream in the caller's buffer, which must be aligned to 8 (a bug of the caller if not).
 * origin is copied. Until lb_handover_finish the bytes are no stream that would verify.
 * LB_NO_STORAGE: the buffer is smaller than a header; nothing is written.
 */
enum lb_status LB_MUST_CHECK lb_handover_begin(struct lb_handover_writer *writer, void *buffer,
	size_t bytes, const struct lb_handover_origin *origin);

/*
 * Appends a record of a known type in its present version. The flag LB_HANDOVER_MUST_UNDERSTAND
 * is set for BOUNCE_POOL, IOMMU, DEVICE and BACKUP, and for RANGES that name other classes than
 * USABLE and FIRMWARE: a reader that ignored those would overwrite or misread something.
 * LB_INVALID: the contents would not verify, by themselves or beside what is there already.
 * LB_NO_STORAGE: it does not fit. The writer is then as it was.
 */
enum lb_status LB_MUST_CHECK lb_handover_add(struct lb_handover_writer *writer,
	enum lb_handover_type type, const void *payload, size_t bytes);

/*
 * Appends any record, also of a type that this version does not know (passing on what was handed to
 * us, private use). Contents are not checked: a known type with nonsense in it is refused by
 * readers.
 *   LB_INVALID     type or version is 0, or bytes does not fit in 32 bits
 *   LB_NO_STORAGE  it does not fit; the writer is as it was
 */
enum lb_status LB_MUST_CHECK lb_handover_add_raw(struct lb_handover_writer *writer, uint32_t type,
	uint16_t version, uint16_t flags, const void *payload, size_t bytes);

/*
 * Writes the header: now the first *ret_bytes bytes of the buffer are a stream. More records may be
 * added and finish called again. Always LB_OK.
 */
enum lb_status LB_MUST_CHECK lb_handover_finish(
	struct lb_handover_writer *writer, size_t *ret_bytes);

/* A stream that was verified. Refers to the caller's data, which must not change meanwhile. */
struct lb_handover_view {
	const uint8_t *data;
	size_t bytes;          /* of the stream, not of what was given to verify */
	uint16_t header_bytes;
	uint32_t record_count;
	uint64_t generation;   /* these three as in the header */
	uint64_t address;
	char writer[17];       /* terminated */
};

/* One record of a view. A payload of a known type may be read as its structure: */
struct lb_handover_record {
	uint32_t type;
	uint16_t version;    /* higher than this reader's (1): the payload means nothing */
	uint16_t flags;
	size_t offset;       /* of the record's header in the stream */
	const void *payload; /* aligned to 8 */
	size_t bytes;
};

/*
 * Verifies the whole stream: header, every checksum, every payload of a known type, and that no two
 * records contradict each other (docs/handover-format.md has the rules). Only what this answers
 * LB_OK for may be used. bytes may be more than the stream has. data must be aligned to 8. The
 * time grows with the square of the number of ranges. On failure *ret_error_offset is where, and
 * *ret is untouched:
 *   LB_TRUNCATED    bytes ends before the stream does; offset bytes
 *   LB_CORRUPT      a checksum does not match; offset of the record, or of the header's field
 *   LB_INVALID      a size or content makes no sense; offset of the field or entry. Two records
 *                   contradict each other; offset of the later one
 *   LB_UNSUPPORTED  another byte order or format, a record that must be understood and is not
 *                   known, or is of a version too new
 */
enum lb_status LB_MUST_CHECK lb_handover_verify(const void *data, size_t bytes,
	struct lb_handover_view *ret, size_t *ret_error_offset);

/*
 * Walks the records in the order in which they were added, also unknown ones. Start with
 * *cursor = 0; false at the end, *ret untouched. The cursor is private to the walk.
 */
bool lb_handover_next(const struct lb_handover_view *view, size_t *cursor,
	struct lb_handover_record *ret);

/*
 * The next record of one type and of a version that this reader has, from *cursor on; false if
 * there is none. Start each search with *cursor = 0:
 *
 *	size_t cursor = 0;
 *
 *	while (lb_handover_find(&view, LB_HANDOVER_DEVICE, &cursor, &record)) {
 *		const struct lb_handover_device *device = record.payload;
 *		...
 *	}
 */
bool lb_handover_find(const struct lb_handover_view *view, enum lb_handover_type type,
	size_t *cursor, struct lb_handover_record *ret);

/*
 * "ranges", "bounce pool", "rsdp", "iommu", "device left running", "core header", "backup";
 * "unknown" for what this version does not know. Static.
 */
const char *lb_handover_type_name(uint32_t type);

#endif
