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
		struct lb_handover_bounce_pool next = pool;
		struct lb_handover_writer writer;
		struct lb_handover_view view;
		size_t used, bytes, at;

		if (lb_handover_begin(&writer, storage, room, &origin)) {
			CHECK(room < 64);
			continue;
		}
		while (!lb_handover_add(&writer, LB_HANDOVER_BOUNCE_POOL, &next, sizeof(next))) {
			next.base += next.size;
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
	other = pool;
	other.base = 0;
	check_nonsense(LB_HANDOVER_BOUNCE_POOL, &other, sizeof(other));
	check_nonsense(LB_HANDOVER_BACKUP, &backup, sizeof(backup));
	check_nonsense(LB_HANDOVER_IOMMU, &iommu, sizeof(iommu));
	check_nonsense(LB_HANDOVER_DEVICE, &device, sizeof(device));
	check_nonsense(LB_HANDOVER_CORE_HEADER, &core, sizeof(core));
	check_nonsense(LB_HANDOVER_RSDP, &none, sizeof(none));
	check_nonsense(LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp) - 1);
}

/*
 * Memory is pages 0 to 7 from MEMORY on, and what is said of it: every pair of things, at every
 * distance, against a table that is written down here a second time.
 */
#define MEMORY UINT64_C(0x100000)
enum thing { USABLE, PRESERVED, CRASH, DEVICE_WRITABLE, FIRMWARE, METADATA, POOL, COPY, THINGS };

static const char *const opposites[THINGS] = {
	[USABLE] = ".xxxxxxx",
	[PRESERVED] = "x..x..x.",
	[CRASH] = "x.......",
	[DEVICE_WRITABLE] = "xx...x.x",
	[FIRMWARE] = "x.......",
	[METADATA] = "x..x..x.",
	[POOL] = "xx...xxx",
	[COPY] = "x..x..xx",
};

/* Adds [page, page + 2) as that thing; raw: as a writer does that does not care. */
static enum lb_status add_thing(
	struct lb_handover_writer *writer, enum thing thing, uint64_t page, bool raw)
{
	const struct lb_handover_range range = {.start = MEMORY + page * 4096, .size = 8192,
		.class = LB_RANGE_USABLE + (uint32_t)thing};
	const struct lb_handover_bounce_pool two = {.base = MEMORY + page * 4096, .size = 8192,
		.slot_bytes = 2048, .segment_slots = 128, .scope = LB_BOUNCE_SYSTEM};
	const struct lb_handover_backup backup = {
		.source = 64 * LB_MIB + page * LB_MIB, .copy = MEMORY + page * 4096, .size = 8192};
	enum lb_handover_type type = thing == POOL ? LB_HANDOVER_BOUNCE_POOL
		: thing == COPY ? LB_HANDOVER_BACKUP : LB_HANDOVER_RANGES;
	const void *payload = thing == POOL ? (const void *)&two
		: thing == COPY ? (const void *)&backup : (const void *)&range;
	size_t bytes = thing == POOL ? sizeof(two) : thing == COPY ? sizeof(backup) : sizeof(range);

	return raw ? lb_handover_add_raw(writer, type, 1, 0, payload, bytes)
		   : lb_handover_add(writer, type, payload, bytes);
}

static void check_pair(enum thing first, enum thing second, uint64_t page, bool refused)
{
	const struct lb_handover_origin origin = {.writer = "x"};
	struct lb_handover_writer writer;
	struct lb_handover_view view = {.record_count = 77};
	size_t place, bytes, at;

	REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
	REQUIRE(!add_thing(&writer, first, 2, false));
	place = writer.used;
	CHECK_EQUAL(add_thing(&writer, second, page, false), refused ? LB_INVALID : LB_OK);
	CHECK_EQUAL(writer.used != place, !refused);
	if (refused) {
		REQUIRE(!add_thing(&writer, second, page, true));
	}
	REQUIRE(!lb_handover_finish(&writer, &bytes));
	CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at), refused ? LB_INVALID : LB_OK);
	CHECK(!refused || (at == place && view.record_count == 77));
}

TEST(handover, refuses_what_contradicts_itself_at_every_distance)
{
	for (unsigned int first = 0; first < THINGS; first++) {
		for (unsigned int second = 0; second < THINGS; second++) {
			for (uint64_t page = 0; page < 6; page++) {
				bool overlaps = page > 0 && page < 4;

				check_pair((enum thing)first, (enum thing)second, page,
					overlaps && opposites[first][second] == 'x');
			}
		}
	}
}

TEST(handover, refuses_a_second_of_what_there_is_one)
{
	static const enum lb_handover_type types[] = {
		LB_HANDOVER_CORE_HEADER, LB_HANDOVER_RSDP};
	const struct lb_handover_origin origin = {.writer = "x"};
	const uint64_t payload[] = {0x1000, 0x1000};

	for (size_t i = 0; i < LB_ARRAY_COUNT(types); i++) {
		size_t size = types[i] == LB_HANDOVER_RSDP ? 8 : 16;
		struct lb_handover_writer writer;
		struct lb_handover_view view;
		size_t place, bytes, at;

		REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
		REQUIRE(!lb_handover_add(&writer, types[i], payload, size));
		REQUIRE(!lb_handover_add_raw(&writer, 0x8000, 1, 0, "between", 7));
		place = writer.used;
		CHECK_EQUAL(lb_handover_add(&writer, types[i], payload, size), LB_INVALID);
		REQUIRE(!lb_handover_add_raw(&writer, types[i], 1, 0, payload, size));
		REQUIRE(!lb_handover_finish(&writer, &bytes));
		CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at), LB_INVALID);
		CHECK_EQUAL(at, place);
	}
}

TEST(handover, refuses_one_list_that_says_two_things_of_a_byte)
{
	const struct lb_handover_origin origin = {.writer = "x"};
	struct lb_handover_range list[] = {
		{.start = MEMORY, .size = 8192, .class = LB_RANGE_USABLE},
		{.start = 16 * LB_MIB, .size = 4096, .class = LB_RANGE_CRASH},
		{.start = MEMORY + 8191, .size = 1, .class = LB_RANGE_PRESERVED},
	};
	struct lb_handover_writer writer;

	REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_RANGES, list, sizeof(list)), LB_INVALID);
	list[2].start++;
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_RANGES, list, sizeof(list)), LB_OK);
}

/* Nonsense that a careless writer left is no reason to look beyond it. */
TEST(handover, a_raw_record_of_nonsense_does_not_stop_the_writer)
{
	const struct lb_handover_origin origin = {.writer = "x"};
	struct lb_handover_writer writer;

	REQUIRE(!lb_handover_begin(&writer, storage, sizeof(storage), &origin));
	REQUIRE(!lb_handover_add_raw(&writer, LB_HANDOVER_BOUNCE_POOL, 1, 0, "?", 1));
	CHECK_EQUAL(lb_handover_add(&writer, LB_HANDOVER_BOUNCE_POOL, &pool, sizeof(pool)), LB_OK);
}
