/* SPDX-License-Identifier: MIT */
/* handover: what is written verifies and reads back; every damage is refused, with its place. */
#include "tests/harness/test.h"

#include "lifeboat/crc32c.h"
#include "lifeboat/handover.h"

static uint64_t storage[512];
static uint8_t *const stream = (uint8_t *)storage;

static const struct lb_handover_range ranges[] = {
	{.start = 0x6f000000, .size = 0x10000000, .class = LB_RANGE_CRASH},
	{.start = 0x100000, .size = 0x1000, .class = LB_RANGE_PRESERVED},
};
static const struct lb_handover_bounce_pool pool = {.base = 0xab000000, .size = 64 * LB_MIB,
	.slot_bytes = 2048, .segment_slots = 128, .flags = LB_POOL_IN_RAM | LB_POOL_HOT,
	.scope = LB_BOUNCE_SYSTEM, .slots_used = 3};
static const struct lb_handover_rsdp rsdp = {.address = 0xf59d0};

static size_t write_example(void)
{
	const struct lb_handover_origin origin = {
		.generation = 2, .writer = "reference", .address = 0x6f000000};
	struct lb_handover_writer writer;
	size_t bytes = 0;

	CHECK_EQUAL(lb_handover_begin(&writer, storage, sizeof(storage), &origin), LB_OK);
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_RANGES, ranges, sizeof(ranges)), LB_OK);
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_BOUNCE_POOL, &pool, sizeof(pool)), LB_OK);
	CHECK_EQUAL(lb_handover_add_raw(&writer, 0x8000, 9, 0, "private", 7), LB_OK);
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp)), LB_OK);
	CHECK_EQUAL(lb_handover_finish(&writer, &bytes), LB_OK);
	return bytes;
}

TEST(handover, reads_back_what_was_written)
{
	size_t bytes = write_example();
	struct lb_handover_view view;
	struct lb_handover_record record;
	size_t at, cursor = 0;

	REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
	CHECK_EQUAL(view.generation, 2);
	CHECK_EQUAL(view.address, 0x6f000000);
	CHECK_TEXT(view.writer, "reference");
	CHECK_EQUAL(view.record_count, 4);
	REQUIRE(lb_handover_next(&view, &cursor, &record));
	CHECK_EQUAL(record.type, LB_HANDOVER_RANGES);
	CHECK_EQUAL(record.flags, LB_HANDOVER_MUST_UNDERSTAND);
	CHECK(record.bytes == sizeof(ranges) &&
		!__builtin_memcmp(record.payload, ranges, sizeof(ranges)));
	REQUIRE(lb_handover_find(&view, LB_HANDOVER_RSDP, &cursor, &record));
	CHECK_EQUAL(record.flags, 0);
	CHECK(!__builtin_memcmp(record.payload, &rsdp, sizeof(rsdp)));
	CHECK(!lb_handover_next(&view, &cursor, &record));
	cursor = 0;
	CHECK(!lb_handover_find(&view, LB_HANDOVER_DEVICE, &cursor, &record));
}

TEST(handover, unknown_records_are_passed_over_unless_they_must_be_understood)
{
	const struct lb_handover_origin origin = {.writer = "x"};

	for (unsigned int must = 0; must < 2; must++) {
		struct lb_handover_writer writer;
		struct lb_handover_view view;
		struct lb_handover_record record;
		size_t bytes, at, cursor = 0;

		REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
		/* An unknown type, and a known type in a version of the future. */
		REQUIRE(!lb_handover_add_raw(&writer, 99, 1, 0, "?", 1));
		REQUIRE(!lb_handover_add_raw(&writer, LB_HANDOVER_RSDP, 2,
			must ? LB_HANDOVER_MUST_UNDERSTAND : 0, "?", 1));
		REQUIRE(!lb_handover_finish(&writer, &bytes));
		CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at),
			must ? LB_UNSUPPORTED : LB_OK);
		if (must) {
			CHECK_EQUAL(at, 64 + 24);
			continue;
		}
		CHECK(!lb_handover_find(&view, LB_HANDOVER_RSDP, &cursor, &record));
		cursor = 0;
		REQUIRE(lb_handover_next(&view, &cursor, &record));
		CHECK_EQUAL(record.type, 99);
		CHECK_TEXT(lb_handover_type_name(record.type), "unknown");
	}
}

/* docs/handover-format.md shows the same bytes. */
TEST(handover, bytes_are_the_contract)
{
	static const uint8_t golden[] = {
		'L', 'H', 'A', 'N', 'D', 'O', 'V', 'R',         /* magic */
		0x04, 0x03, 0x02, 0x01, 1, 0, 64, 0,            /* byte order, format, header */
		88, 0, 0, 0, 0, 0, 0, 0,                        /* total bytes */
		1, 0, 0, 0, 0xf7, 0xb8, 0x47, 0x57,             /* records, crc */
		7, 0, 0, 0, 0, 0, 0, 0,                         /* generation */
		'a', 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* writer */
		0, 0, 0, 0x40, 0, 0, 0, 0,                      /* address */
		3, 0, 0, 0, 1, 0, 0, 0,                         /* RSDP, version 1, no flags */
		8, 0, 0, 0, 0x00, 0x99, 0x9b, 0x7d,             /* payload bytes, crc */
		0xd0, 0x59, 0x0f, 0, 0, 0, 0, 0,                /* its address */
	};
	const struct lb_handover_origin origin = {
		.generation = 7, .writer = "ab", .address = 0x40000000};
	struct lb_handover_writer writer;
	size_t bytes = 0;

	REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
	REQUIRE(!lb_handover_add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp)));
	REQUIRE(!lb_handover_finish(&writer, &bytes));
	CHECK_EQUAL(bytes, sizeof(golden));
	for (size_t i = 0; i < sizeof(golden); i++) {
		CHECK_EQUAL(stream[i], golden[i]);
	}
}

TEST(handover, refuses_every_flipped_bit)
{
	size_t bytes = write_example();

	for (size_t bit = 0; bit < bytes * 8; bit++) {
		struct lb_handover_view view;
		size_t at = SIZE_MAX;

		stream[bit / 8] ^= (uint8_t)(1U << bit % 8);
		CHECK(lb_handover_verify(stream, bytes, &view, &at));
		CHECK(at <= bytes);
		stream[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

/* Somebody who gets the checksum right and the rest wrong. */
static void check_header(size_t field, uint8_t value, enum lb_status expected)
{
	size_t bytes = write_example();
	struct lb_handover_header header;
	struct lb_handover_view view;
	size_t at;

	stream[field] = value;
	__builtin_memcpy(&header, stream, sizeof(header));
	header.crc = 0;
	header.crc = lb_crc32c(0, &header, sizeof(header));
	__builtin_memcpy(stream, &header, sizeof(header));
	CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at), expected);
	CHECK_EQUAL(at, field);
}

TEST(handover, refuses_a_header_that_contradicts_the_records)
{
	check_header(offsetof(struct lb_handover_header, record_count), 5, LB_INVALID);
	check_header(offsetof(struct lb_handover_header, record_count), 3, LB_INVALID);
	check_header(offsetof(struct lb_handover_header, header_bytes), 65, LB_INVALID);
	check_header(offsetof(struct lb_handover_header, header_bytes), 56, LB_INVALID);
	check_header(offsetof(struct lb_handover_header, format), 2, LB_UNSUPPORTED);
	check_header(offsetof(struct lb_handover_header, byte_order), 1, LB_UNSUPPORTED);
}

TEST(handover, names_the_record_that_is_corrupt)
{
	size_t bytes = write_example();
	struct lb_handover_view view;
	size_t at;

	stream[64 + 16 + 48 + 16 + 3] ^= 1; /* in the second record's payload */
	CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at), LB_CORRUPT);
	CHECK_EQUAL(at, 64 + 16 + 48);
}

TEST(handover, refuses_every_truncation)
{
	size_t bytes = write_example();

	for (size_t end = 0; end < bytes; end++) {
		struct lb_handover_view view;
		size_t at;

		CHECK_EQUAL(lb_handover_verify(stream, end, &view, &at), LB_TRUNCATED);
		CHECK_EQUAL(at, end);
	}
}

TEST(handover, a_full_buffer_changes_nothing)
{
	const struct lb_handover_origin origin = {.writer = "0123456789abcdefghij"};

	for (size_t room = 0; room < 300; room++) {
		struct lb_handover_writer writer;
		struct lb_handover_view view;
		size_t used, bytes, at;

		if (lb_handover_begin(&writer, storage, room, &origin)) {
			CHECK(room < 64);
			continue;
		}
		while (!lb_handover_add(&writer, LB_HANDOVER_BOUNCE_POOL, &pool, sizeof(pool))) {
		}
		used = writer.used;
		CHECK(used <= room && room - used < 64);
		REQUIRE(!lb_handover_finish(&writer, &bytes));
		REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
		CHECK_EQUAL(view.record_count, (used - 64) / 64);
		CHECK_TEXT(view.writer, "0123456789abcdef");
	}
}

static void check_nonsense(enum lb_handover_type type, const void *payload, size_t bytes)
{
	const struct lb_handover_origin origin = {.writer = "x"};
	struct lb_handover_writer writer;
	struct lb_handover_view view;
	size_t written, at;

	REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
	CHECK_EQUAL(lb_handover_add(&writer, type, payload, bytes), LB_INVALID);
	CHECK_EQUAL(writer.used, 64);
	/* A writer that does not care meets a reader that does. */
	REQUIRE(!lb_handover_add_raw(&writer, type, 1, 0, payload, bytes));
	REQUIRE(!lb_handover_finish(&writer, &written));
	CHECK_EQUAL(lb_handover_verify(stream, written, &view, &at), LB_INVALID);
	CHECK(at >= 64);
}

TEST(handover, refuses_contents_that_make_no_sense)
{
	struct lb_handover_range range = ranges[0];
	struct lb_handover_bounce_pool other = pool;
	const struct lb_handover_backup backup = {.source = UINT64_MAX - 5, .size = 7};
	const struct lb_handover_iommu iommu = {.kind = 4};
	const struct lb_handover_device device = {.kind = 1, .bus_master = 2};
	const struct lb_handover_core_header core = {.address = 0x1000};
	const struct lb_handover_rsdp none = {.address = 0};

	check_nonsense(LB_HANDOVER_RANGES, ranges, sizeof(ranges) - 1);
	check_nonsense(LB_HANDOVER_RANGES, ranges, 0);
	range.size = UINT64_MAX;
	check_nonsense(LB_HANDOVER_RANGES, &range, sizeof(range));
	range = ranges[0];
	range.class = 7;
	check_nonsense(LB_HANDOVER_RANGES, &range, sizeof(range));
	other.slot_bytes = 3000;
	check_nonsense(LB_HANDOVER_BOUNCE_POOL, &other, sizeof(other));
	other = pool;
	other.slots_used = 64 * LB_MIB / 2048 + 1;
	check_nonsense(LB_HANDOVER_BOUNCE_POOL, &other, sizeof(other));
	check_nonsense(LB_HANDOVER_BACKUP, &backup, sizeof(backup));
	check_nonsense(LB_HANDOVER_IOMMU, &iommu, sizeof(iommu));
	check_nonsense(LB_HANDOVER_DEVICE, &device, sizeof(device));
	check_nonsense(LB_HANDOVER_CORE_HEADER, &core, sizeof(core));
	check_nonsense(LB_HANDOVER_RSDP, &none, sizeof(none));
	check_nonsense(LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp) - 1);
}
