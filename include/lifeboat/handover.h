/* SPDX-License-Identifier: MIT */
/*
 * handover: what the next kernel must know, as one stream of self-describing records. The bytes
 * are a contract, described in docs/handover-format.md; the structures below are its tables.
 *
 *	lb_handover_begin(&writer, buffer, sizeof(buffer), &(struct lb_handover_origin){
 *		.generation = 1, .writer = "reference"});
 *	lb_handover_add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp));
 *	lb_handover_finish(&writer, &bytes);
 *
 *	lb_handover_verify(buffer, bytes, &view, &error_offset);
 *	while (lb_handover_next(&view, &cursor, &record)) { ... }
 *
 * Little-endian; every 64-bit field lies at a multiple of 8 from the start of the stream. Each
 * record has its own type, version and checksum, so a reader skips what it does not know, unless
 * the record says that it must be understood. The stream begins at an address aligned to 8.
 */
#ifndef LIFEBOAT_HANDOVER_H
#define LIFEBOAT_HANDOVER_H

#include "lifeboat/base.h"

#define LB_HANDOVER_MAGIC UINT64_C(0x52564f444e41484c) /* "LHANDOVR" */
#define LB_HANDOVER_BYTE_ORDER UINT32_C(0x01020304)
#define LB_HANDOVER_FORMAT 1

struct lb_handover_header {
	uint64_t magic;
	uint32_t byte_order;
	uint16_t format;       /* changes only when old readers must not read on */
	uint16_t header_bytes; /* where the first record begins; a multiple of 8 */
	uint64_t total_bytes;  /* the whole stream */
	uint32_t record_count;
	uint32_t crc;          /* CRC-32C of the header with this field 0 */
	uint64_t generation;   /* 1 in the first kernel after power-on, one more at each handover */
	char writer[16];       /* who wrote it: text, filled with zero bytes */
	uint64_t address;      /* physical address of the stream; 0: not said */
};

enum {
	LB_HANDOVER_MUST_UNDERSTAND = 0x1, /* a reader that does not know the record must stop */
	LB_HANDOVER_VOLATILE = 0x2,        /* only true for this handover; not to be passed on */
};

struct lb_handover_record_header {
	uint32_t type;
	uint16_t version;  /* of this type; a reader of version n reads n and refuses higher ones */
	uint16_t flags;
	uint32_t bytes;    /* payload; the next record follows at the next multiple of 8 */
	uint32_t crc;      /* CRC-32C of this header with the field 0, then payload and padding */
};

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

/* What a range is to the next kernel. */
enum lb_handover_class {
	LB_RANGE_USABLE = 1,    /* RAM, never a target of DMA */
	LB_RANGE_PRESERVED = 2, /* pages that must keep their contents */
	LB_RANGE_CRASH = 3,     /* crash memory */
	LB_RANGE_DEVICE_WRITABLE = 4, /* RAM that a device may still be writing */
	LB_RANGE_FIRMWARE = 5,
	LB_RANGE_METADATA = 6,  /* this stream and what it points to */
};

struct lb_handover_range {
	uint64_t start;
	uint64_t size;  /* bytes, > 0 */
	uint32_t class; /* enum lb_handover_class */
	uint32_t reserved; /* written 0, ignored when read */
};

enum {
	LB_POOL_IN_RAM = 0x1,  /* else outside RAM (device memory, SRAM) */
	LB_POOL_HOT = 0x2,     /* devices may still be writing */
	LB_POOL_SHARED = 0x4,  /* not encrypted: the hypervisor can read it */
};

enum lb_bounce_scope { LB_BOUNCE_SYSTEM = 1, LB_BOUNCE_BUS = 2, LB_BOUNCE_DEVICE = 3 };

/* A bounce pool: never RAM to the next kernel. */
struct lb_handover_bounce_pool {
	uint64_t base;
	uint64_t size;
	uint32_t slot_bytes;
	uint32_t segment_slots;
	uint32_t flags;      /* LB_POOL_* */
	uint32_t scope;      /* enum lb_bounce_scope */
	uint64_t scope_id;   /* which bus or device; 0 for the system */
	uint64_t slots_used; /* when it was written */
};

struct lb_handover_rsdp {
	uint64_t address;
};

struct lb_handover_iommu {
	uint64_t registers;   /* physical base of its registers */
	uint64_t tables;      /* physical address of its root, device or stream table */
	uint32_t kind;        /* 1 VT-d, 2 AMD-Vi, 3 SMMUv3 */
	uint32_t translating; /* 1: on */
};

/* A device that may still be writing when the reader starts. */
struct lb_handover_device {
	uint64_t id;          /* PCI: segment << 16 | bus << 8 | device << 3 | function */
	uint64_t dma_mask;    /* highest address it can reach */
	uint64_t pool_base;   /* the bounce pool that it uses; 0: none */
	/* its writes have landed this long after it is told to stop; 0: unknown, reset it */
	uint64_t drain_nanoseconds;
	uint32_t kind;        /* 1 PCI, 2 platform */
	uint32_t bus_master;  /* 1: it can still start transfers */
};

struct lb_handover_core_header {
	uint64_t address;
	uint64_t size;
};

/* The dump must read [source, source + size) from [copy, copy + size). */
struct lb_handover_backup {
	uint64_t source;
	uint64_t copy;
	uint64_t size;
};

struct lb_handover_origin {
	uint64_t generation;
	const char *writer;   /* at most 16 characters are kept */
	lb_phys_addr address; /* where the stream will lie; 0: not said */
};

struct lb_handover_writer {
	uint8_t *buffer;
	size_t bytes;
	size_t used;
	uint32_t records;
};

/* LB_NO_STORAGE: the buffer is smaller than a header. It must be aligned to 8. */
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

/* Appends any record, also of a type that this version does not know (passing on, private use). */
enum lb_status LB_MUST_CHECK lb_handover_add_raw(struct lb_handover_writer *writer, uint32_t type,
	uint16_t version, uint16_t flags, const void *payload, size_t bytes);

/*
 * Writes the header; the stream is *ret_bytes long. More records may be added and finish called
 * again.
 */
enum lb_status LB_MUST_CHECK lb_handover_finish(
	struct lb_handover_writer *writer, size_t *ret_bytes);

/* A stream that was verified. Refers to the caller's data, which must not change meanwhile. */
struct lb_handover_view {
	const uint8_t *data;
	size_t bytes;
	uint16_t header_bytes;
	uint32_t record_count;
	uint64_t generation;
	uint64_t address;
	char writer[17]; /* terminated */
};

struct lb_handover_record {
	uint32_t type;
	uint16_t version;
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

/* Walks the records, also unknown ones. Start with *cursor = 0; false at the end. */
bool lb_handover_next(const struct lb_handover_view *view, size_t *cursor,
	struct lb_handover_record *ret);

/* The next record of one type, from *cursor on; false if there is none. */
bool lb_handover_find(const struct lb_handover_view *view, enum lb_handover_type type,
	size_t *cursor, struct lb_handover_record *ret);

/* "bounce pool", "rsdp", ...; "unknown" for what this version does not know. */
const char *lb_handover_type_name(uint32_t type);

#endif
