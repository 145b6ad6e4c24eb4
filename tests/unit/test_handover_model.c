/* SPDX-License-Identifier: MIT */
/*
 * handover against a reader of its own: it takes the stream apart byte by byte, computes the
 * checksum bit by bit, and has its own table of what a payload may say. Random streams, every
 * field at its bounds, and changed bytes under checksums that were made right again.
 */
#include "tests/harness/test.h"

#include "lifeboat/handover.h"
#include "tests/prop/material.h"

#define STREAM_MAX 2048
#define HEADER 64
#define RECORD 16

static uint64_t stream_words[STREAM_MAX / 8];
static uint64_t copy_words[STREAM_MAX / 8];
static uint8_t *const stream = (uint8_t *)stream_words;
static uint8_t *const copy = (uint8_t *)copy_words;

static struct dice dice;

/* RFC 3720 B.4, bit by bit; `hole` and the three bytes after it count as zero. */
static uint32_t slow_crc(const uint8_t *data, size_t bytes, size_t hole)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= i - hole < 4 ? 0 : data[i];
		for (unsigned int bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		}
	}
	return ~crc;
}

/* Makes every checksum right again, as far as the sizes lead. */
static void seal(uint8_t *data, size_t bytes)
{
	size_t header = (size_t)lb_min(get_little(data + 14, 2), bytes);

	for (size_t at = header; bytes - at >= RECORD;) {
		uint64_t padded = (get_little(data + at + 8, 4) + 7) & ~UINT64_C(7);

		if (padded > bytes - at - RECORD) {
			break;
		}
		put_little(data + at + 12, 4, slow_crc(data + at, RECORD + padded, 12));
		at += RECORD + padded;
	}
	put_little(data + 28, 4, slow_crc(data, header, 28));
}

static bool wraps(uint64_t start, uint64_t size)
{
	return !size || start > UINT64_MAX - size;
}

static bool ranges_say_sense(const uint8_t *at, size_t bytes)
{
	for (size_t i = 0; i + 24 <= bytes; i += 24) {
		uint64_t class = get_little(at + i + 16, 4);

		if (wraps(get_little(at + i, 8), get_little(at + i + 8, 8)) || !class ||
			class > 6) {
			return false;
		}
	}
	return bytes && bytes % 24 == 0;
}

static bool pool_says_sense(const uint8_t *at)
{
	uint64_t size = get_little(at + 8, 8);
	uint64_t slot = get_little(at + 16, 4);
	uint64_t scope = get_little(at + 28, 4);
	unsigned int ones = 0;

	for (unsigned int bit = 0; bit < 32; bit++) {
		ones += slot >> bit & 1;
	}
	return get_little(at, 8) && !wraps(get_little(at, 8), size) && ones == 1 &&
		get_little(at + 20, 4) && get_little(at + 24, 4) < 8 && scope >= 1 && scope <= 3 &&
		get_little(at + 40, 8) <= size / slot;
}

/* Sizes of the payloads by type; 0: any number of ranges. */
static const uint8_t payload_bytes[] = {[2] = 48, [3] = 8, [4] = 24, [5] = 40, [6] = 16, [7] = 24};

/* What the header file says of each payload. */
static bool payload_says_sense(uint64_t type, const uint8_t *at, size_t bytes)
{
	if (type != 1 && bytes != payload_bytes[type]) {
		return false;
	}
	switch (type) {
	case 1:
		return ranges_say_sense(at, bytes);
	case 2:
		return pool_says_sense(at);
	case 3:
		return get_little(at, 8);
	case 4:
		return get_little(at + 16, 4) - 1 < 3 && get_little(at + 20, 4) < 2;
	case 5:
		return get_little(at + 32, 4) - 1 < 2 && get_little(at + 36, 4) < 2;
	case 6:
		return !wraps(get_little(at, 8), get_little(at + 8, 8));
	default:
		return !wraps(get_little(at, 8), get_little(at + 16, 8)) &&
			!wraps(get_little(at + 8, 8), get_little(at + 16, 8));
	}
}

static enum lb_status judge_header(const uint8_t *data, size_t bytes)
{
	uint64_t header = bytes < HEADER ? 0 : get_little(data + 14, 2);

	if (bytes < HEADER) {
		return LB_TRUNCATED;
	}
	if (__builtin_memcmp(data, "LHANDOVR", 8)) {
		return LB_INVALID;
	}
	if (get_little(data + 8, 4) != 0x01020304 || get_little(data + 12, 2) != 1) {
		return LB_UNSUPPORTED;
	}
	if (header < HEADER || header % 8 || get_little(data + 16, 8) < header) {
		return LB_INVALID;
	}
	if (get_little(data + 16, 8) > bytes) {
		return LB_TRUNCATED;
	}
	return get_little(data + 28, 4) == slow_crc(data, header, 28) ? LB_OK : LB_CORRUPT;
}

static enum lb_status judge_record(const uint8_t *at, size_t bytes)
{
	uint64_t type = get_little(at, 4);
	uint64_t version = get_little(at + 4, 2);
	bool must = at[6] & 1;

	if (slow_crc(at, bytes, 12) != get_little(at + 12, 4)) {
		return LB_CORRUPT;
	}
	if (!type || !version) {
		return LB_INVALID;
	}
	if (type > 7 || version > 1) {
		return must ? LB_UNSUPPORTED : LB_OK;
	}
	return payload_says_sense(type, at + RECORD, (size_t)get_little(at + 8, 4)) ? LB_OK
									       : LB_INVALID;
}

/* The verdict on a stream, from the format's description alone. */
static enum lb_status judge(const uint8_t *data, size_t bytes)
{
	enum lb_status status = judge_header(data, bytes);
	uint64_t records = 0;
	size_t at, end;

	if (status) {
		return status;
	}
	end = (size_t)get_little(data + 16, 8);
	for (at = (size_t)get_little(data + 14, 2); at < end; records++) {
		uint64_t padded = end - at < RECORD
					  ? UINT64_MAX
					  : (get_little(data + at + 8, 4) + 7) & ~UINT64_C(7);

		if (end - at < RECORD || padded > end - at - RECORD) {
			return LB_INVALID;
		}
		status = judge_record(data + at, RECORD + (size_t)padded);
		if (status) {
			return status;
		}
		at += RECORD + (size_t)padded;
	}
	return records == get_little(data + 24, 4) ? LB_OK : LB_INVALID;
}

/* One record as it was asked for. */
struct asked {
	uint32_t type;
	uint16_t version;
	uint16_t flags;
	uint8_t payload[96];
	size_t bytes;
	bool raw;
};

#define RECORDS_MAX 8

static struct asked asked[RECORDS_MAX];
static size_t asked_count;

/* Numbers that make sense for every type, and no two records that contradict each other. */
static void draw_payload(struct asked *record, size_t index)
{
	uint64_t base = (index + 1) * LB_GIB;
	uint8_t *at = record->payload;

	record->bytes = payload_bytes[record->type];
	for (size_t i = 0; i < sizeof(record->payload); i++) {
		at[i] = 0;
	}
	switch (record->type) {
	case LB_HANDOVER_RANGES:
		record->bytes = 24 * (1 + roll(&dice, 3));
		for (size_t i = 0; i < record->bytes; i += 24) {
			put_little(at + i, 8, base + i * 4096);
			put_little(at + i + 8, 8, 1 + roll(&dice, 4096));
			put_little(at + i + 16, 4, 1 + roll(&dice, 6));
			put_little(at + i + 20, 4, roll(&dice, 2) * 77);
		}
		return;
	case LB_HANDOVER_BOUNCE_POOL:
		put_little(at, 8, base);
		put_little(at + 8, 8, 2048 * (1 + roll(&dice, 100)));
		put_little(at + 16, 4, 2048);
		put_little(at + 20, 4, 128);
		put_little(at + 24, 4, roll(&dice, 8));
		put_little(at + 28, 4, 1 + roll(&dice, 3));
		put_little(at + 32, 8, roll(&dice, 1000));
		put_little(at + 40, 8, roll(&dice, 2));
		return;
	case LB_HANDOVER_IOMMU:
		put_little(at, 8, base);
		put_little(at + 16, 4, 1 + roll(&dice, 3));
		put_little(at + 20, 4, roll(&dice, 2));
		return;
	case LB_HANDOVER_DEVICE:
		put_little(at, 8, index);
		put_little(at + 32, 4, 1 + roll(&dice, 2));
		put_little(at + 36, 4, roll(&dice, 2));
		return;
	default:
		put_little(at, 8, base);
		put_little(at + 8, 8, base + 4096);
		put_little(at + 16, 8, 1 + roll(&dice, 4096));
	}
}

/* A reader that ignores anything but usable and firmware ranges, the firmware's tables and the
 * core header would overwrite or misread something. */
static uint16_t expected_flags(const struct asked *record)
{
	bool must = record->type != LB_HANDOVER_RSDP && record->type != LB_HANDOVER_CORE_HEADER &&
		record->type != LB_HANDOVER_RANGES;

	for (size_t i = 0; record->type == LB_HANDOVER_RANGES && i < record->bytes; i += 24) {
		uint64_t class = get_little(record->payload + i + 16, 4);

		must = must || (class != LB_RANGE_USABLE && class != LB_RANGE_FIRMWARE);
	}
	return must ? LB_HANDOVER_MUST_UNDERSTAND : 0;
}

/* There is at most one RSDP and one core header. */
static bool is_second(size_t index)
{
	uint32_t type = asked[index].type;

	for (size_t i = 0; i < index; i++) {
		if (asked[i].type == type) {
			return type == LB_HANDOVER_RSDP || type == LB_HANDOVER_CORE_HEADER;
		}
	}
	return false;
}

static void draw_records(uint32_t seed)
{
	dice.state = seed;
	asked_count = roll(&dice, RECORDS_MAX + 1);
	for (size_t i = 0; i < asked_count; i++) {
		struct asked *record = &asked[i];

		record->raw = !roll(&dice, 3);
		if (record->raw) {
			record->type = 8 + roll(&dice, 100000);
			record->version = (uint16_t)(1 + roll(&dice, 9));
			record->flags = (uint16_t)(roll(&dice, 2) * LB_HANDOVER_VOLATILE);
			record->bytes = roll(&dice, 33);
			for (size_t b = 0; b < record->bytes; b++) {
				record->payload[b] = (uint8_t)roll(&dice, 256);
			}
			continue;
		}
		record->type = 1 + roll(&dice, 7);
		record->type = is_second(i) ? LB_HANDOVER_IOMMU : record->type;
		record->version = 1;
		draw_payload(record, i);
		record->flags = expected_flags(record);
	}
}

static enum lb_status add(struct lb_handover_writer *writer, const struct asked *record)
{
	return record->raw ? lb_handover_add_raw(writer, record->type, record->version,
				     record->flags, record->payload, record->bytes)
			   : lb_handover_add(writer, (enum lb_handover_type)record->type,
				     record->payload, record->bytes);
}

static const struct lb_handover_origin origin = {
	.generation = 0x1122334455667788, .writer = "a test of it", .address = 0x99887766554433};

static size_t write_stream(void)
{
	struct lb_handover_writer writer;
	size_t bytes = 0;

	CHECK_EQUAL(lb_handover_begin(&writer, stream, STREAM_MAX, &origin), LB_OK);
	for (size_t i = 0; i < asked_count; i++) {
		CHECK_EQUAL(add(&writer, &asked[i]), LB_OK);
	}
	CHECK_EQUAL(lb_handover_finish(&writer, &bytes), LB_OK);
	return bytes;
}

/* The stream's bytes, looked at one by one. */
static void check_bytes(size_t bytes)
{
	size_t at = HEADER;

	CHECK_EQUAL(judge(stream, bytes), LB_OK);
	CHECK_EQUAL(get_little(stream + 16, 8), bytes);
	CHECK_EQUAL(get_little(stream + 24, 4), asked_count);
	CHECK_EQUAL(get_little(stream + 32, 8), origin.generation);
	CHECK_EQUAL(get_little(stream + 56, 8), origin.address);
	CHECK(!__builtin_memcmp(stream + 40, "a test of it\0\0\0", 16));
	for (size_t i = 0; i < asked_count; i++) {
		const struct asked *record = &asked[i];

		CHECK_EQUAL(get_little(stream + at, 4), record->type);
		CHECK_EQUAL(get_little(stream + at + 4, 2), record->version);
		CHECK_EQUAL(get_little(stream + at + 6, 2), record->flags);
		CHECK_EQUAL(get_little(stream + at + 8, 4), record->bytes);
		CHECK(!__builtin_memcmp(stream + at + RECORD, record->payload, record->bytes));
		for (at += RECORD + record->bytes; at % 8; at++) {
			CHECK_EQUAL(stream[at], 0);
		}
	}
	CHECK_EQUAL(at, bytes);
}

static void check_walk(const struct lb_handover_view *view)
{
	struct lb_handover_record record;
	size_t cursor = 0;

	for (size_t i = 0; i < asked_count; i++) {
		REQUIRE(lb_handover_next(view, &cursor, &record));
		CHECK_EQUAL(record.type, asked[i].type);
		CHECK_EQUAL(record.version, asked[i].version);
		CHECK_EQUAL(record.flags, asked[i].flags);
		REQUIRE(record.bytes == asked[i].bytes);
		CHECK(!__builtin_memcmp(record.payload, asked[i].payload, record.bytes));
		CHECK_EQUAL((uintptr_t)record.payload % 8, 0);
		CHECK_EQUAL(record.offset + RECORD,
			(size_t)((const uint8_t *)record.payload - stream));
	}
	CHECK(!lb_handover_next(view, &cursor, &record));
	CHECK(!lb_handover_next(view, &cursor, &record));
}

/* Each type by itself: the records of that type and of a version that is known, in order. */
static void check_find(const struct lb_handover_view *view)
{
	for (uint32_t type = 1; type <= LB_HANDOVER_LAST; type++) {
		struct lb_handover_record record;
		size_t cursor = 0;

		for (size_t i = 0; i < asked_count; i++) {
			if (asked[i].type != type || asked[i].version > 1) {
				continue;
			}
			REQUIRE(lb_handover_find(
				view, (enum lb_handover_type)type, &cursor, &record));
			CHECK(record.bytes == asked[i].bytes &&
				!__builtin_memcmp(record.payload, asked[i].payload, record.bytes));
		}
		CHECK(!lb_handover_find(view, (enum lb_handover_type)type, &cursor, &record));
	}
}

TEST(handover_model, random_streams_say_what_was_asked)
{
	for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 2000 : 200); seed++) {
		struct lb_handover_view view;
		size_t at = 0;
		size_t bytes;

		draw_records(seed * 2654435761U);
		bytes = write_stream();
		check_bytes(bytes);
		REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
		CHECK_EQUAL(view.generation, origin.generation);
		CHECK_EQUAL(view.address, origin.address);
		CHECK_TEXT(view.writer, origin.writer);
		check_walk(&view);
		check_find(&view);
	}
}

/* A writer with room for n bytes: what does not fit leaves writer and buffer bit for bit. */
TEST(handover_model, a_record_too_many_leaves_every_bit_where_it_was)
{
	for (uint32_t seed = 0; seed < 12; seed++) {
		size_t whole;

		draw_records(seed * 7919 + 13);
		whole = write_stream();
		for (size_t room = HEADER; room < whole; room++) {
			struct lb_handover_writer writer;
			size_t bytes = 0;

			__builtin_memset(stream, 0xc7, STREAM_MAX);
			REQUIRE(!lb_handover_begin(&writer, stream, room, &origin));
			for (size_t i = 0; i < asked_count; i++) {
				struct lb_handover_writer kept = writer;
				enum lb_status status;

				__builtin_memcpy(copy, stream, STREAM_MAX);
				status = add(&writer, &asked[i]);
				CHECK_EQUAL(
					status, writer.used != kept.used ? LB_OK : LB_NO_STORAGE);
				if (status) {
					CHECK(!__builtin_memcmp(&writer, &kept, sizeof(kept)));
					CHECK(!__builtin_memcmp(stream, copy, STREAM_MAX));
					CHECK(writer.used + RECORD + asked[i].bytes > room - 7);
				}
			}
			CHECK(writer.used <= room);
			CHECK_EQUAL(stream[room], 0xc7);
			REQUIRE(!lb_handover_finish(&writer, &bytes));
			CHECK_EQUAL(judge(stream, bytes), LB_OK);
		}
	}
}

/* Every byte changed, all checksums right again: the verdict is that of the description. */
TEST(handover_model, changed_bytes_under_right_checksums_are_judged_by_their_sense)
{
	static const uint8_t changes[] = {
		0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x08, 0x80, 0xff};

	for (uint32_t type = 1; type <= LB_HANDOVER_LAST; type++) {
		size_t bytes;

		asked_count = 1;
		dice.state = type;
		asked[0] = (struct asked){.type = type, .version = 1};
		draw_payload(&asked[0], 0);
		bytes = write_stream();
		__builtin_memcpy(copy, stream, STREAM_MAX);
		for (size_t i = 0; i < bytes * LB_ARRAY_COUNT(changes); i++) {
			struct lb_handover_view view;
			size_t at = SIZE_MAX;
			enum lb_status status;

			__builtin_memcpy(stream, copy, STREAM_MAX);
			stream[i / LB_ARRAY_COUNT(changes)] ^= changes[i % LB_ARRAY_COUNT(changes)];
			seal(stream, bytes);
			status = lb_handover_verify(stream, bytes, &view, &at);
			CHECK_EQUAL(status, judge(stream, bytes));
			CHECK(!status || at <= bytes);
		}
	}
}

/* The same stream in a file that goes on, in one that ends early, and with a longer header. */
TEST(handover_model, every_cut_of_random_streams_is_truncated_and_longer_data_are_not)
{
	for (uint32_t seed = 0; seed < 12; seed++) {
		struct lb_handover_view view;
		size_t at = 0;
		size_t bytes;

		draw_records(seed * 31 + 5);
		bytes = write_stream();
		__builtin_memset(stream + bytes, 0xff, STREAM_MAX - bytes);
		for (size_t end = 0; end < bytes; end++) {
			CHECK_EQUAL(lb_handover_verify(stream, end, &view, &at), LB_TRUNCATED);
			CHECK_EQUAL(at, end);
		}
		for (size_t end = bytes; end < bytes + 40; end++) {
			CHECK_EQUAL(lb_handover_verify(stream, end, &view, &at), LB_OK);
			CHECK_EQUAL(view.bytes, bytes);
		}
	}
}

/* A total that is said to be smaller, larger or crooked, under a right checksum. */
TEST(handover_model, every_total_of_a_stream_is_judged)
{
	draw_records(4242);
	for (size_t total = 0; total < 400; total++) {
		struct lb_handover_view view;
		size_t bytes = write_stream();
		size_t at = SIZE_MAX;
		enum lb_status expected;

		put_little(stream + 16, 8, total);
		put_little(stream + 28, 4, slow_crc(stream, HEADER, 28));
		expected = total == bytes ? LB_OK
			: total > bytes   ? LB_TRUNCATED
					  : judge(stream, bytes);
		CHECK_EQUAL(lb_handover_verify(stream, bytes, &view, &at), expected);
		CHECK(total == bytes || (expected && at <= bytes));
	}
}

TEST(handover_model, a_header_of_the_future_is_longer_and_still_read)
{
	for (size_t more = 0; more <= 64; more++) {
		struct lb_handover_view view;
		size_t bytes, at = 0;

		draw_records(99);
		bytes = write_stream();
		__builtin_memmove(stream + HEADER + more, stream + HEADER, bytes - HEADER);
		__builtin_memset(stream + HEADER, 0x5c, more);
		put_little(stream + 14, 2, HEADER + more);
		put_little(stream + 16, 8, bytes + more);
		put_little(stream + 28, 4, slow_crc(stream, HEADER + more, 28));
		if (more % 8) {
			CHECK_EQUAL(
				lb_handover_verify(stream, bytes + more, &view, &at), LB_INVALID);
			CHECK_EQUAL(at, 14);
			continue;
		}
		REQUIRE(!lb_handover_verify(stream, bytes + more, &view, &at));
		CHECK_EQUAL(view.header_bytes, HEADER + more);
		check_walk(&view);
		if (more) {
			stream[HEADER + more - 1] ^= 1;
			CHECK_EQUAL(
				lb_handover_verify(stream, bytes + more, &view, &at), LB_CORRUPT);
			CHECK_EQUAL(at, 28);
		}
	}
}

/* Type, version and flags in every combination that decides. */
TEST(handover_model, a_record_is_passed_over_refused_or_read)
{
	for (uint32_t type = 0; type < 10; type++) {
		for (unsigned int i = 0; i < 12; i++) {
			uint16_t version = (uint16_t)(i % 3);
			uint16_t flags = (uint16_t)(i / 3);
			struct asked record = {.type = type ? type : 1};
			struct lb_handover_writer writer;
			struct lb_handover_record found;
			struct lb_handover_view view;
			size_t bytes, at, cursor = 0;
			enum lb_status status;

			dice.state = type;
			if (type && type <= LB_HANDOVER_LAST) {
				draw_payload(&record, 0);
			}
			REQUIRE(!lb_handover_begin(&writer, stream, STREAM_MAX, &origin));
			status = lb_handover_add_raw(&writer, type, version, flags, record.payload,
				record.bytes);
			CHECK_EQUAL(status, type && version ? LB_OK : LB_INVALID);
			if (status) {
				CHECK_EQUAL(writer.used, HEADER);
				continue;
			}
			REQUIRE(!lb_handover_finish(&writer, &bytes));
			status = lb_handover_verify(stream, bytes, &view, &at);
			CHECK_EQUAL(status, judge(stream, bytes));
			if (!status) {
				CHECK_EQUAL(lb_handover_find(&view, (enum lb_handover_type)type,
						    &cursor, &found),
					version == 1);
			}
		}
	}
}

/* Records may follow a finish; the stream before stays what it was until the next. */
TEST(handover_model, finish_may_be_called_after_each_record)
{
	struct lb_handover_writer writer;
	size_t bytes, at;

	draw_records(31337);
	asked_count = asked_count ? asked_count : 1;
	REQUIRE(!lb_handover_begin(&writer, stream, STREAM_MAX, &origin));
	for (size_t i = 0; i <= asked_count; i++) {
		struct lb_handover_view view;

		REQUIRE(!lb_handover_finish(&writer, &bytes));
		CHECK_EQUAL(judge(stream, bytes), LB_OK);
		REQUIRE(!lb_handover_verify(stream, STREAM_MAX, &view, &at));
		CHECK_EQUAL(view.record_count, i);
		if (i < asked_count) {
			REQUIRE(!add(&writer, &asked[i]));
		}
	}
}

/* Payloads of every length for every type: only its own length will do. */
TEST(handover_model, a_payload_of_another_length_is_refused_by_writer_and_reader)
{
	for (uint32_t type = 1; type <= LB_HANDOVER_LAST; type++) {
		struct asked record = {.type = type};

		dice.state = type + 50;
		draw_payload(&record, 0);
		put_little(record.payload + 24, 8, 4096);
		put_little(record.payload + 32, 8, 4096);
		for (size_t bytes = 0; bytes <= 96; bytes++) {
			struct lb_handover_writer writer;
			struct lb_handover_view view;
			bool sense = payload_says_sense(type, record.payload, bytes);
			size_t written, at;

			REQUIRE(!lb_handover_begin(&writer, stream, STREAM_MAX, &origin));
			CHECK_EQUAL(lb_handover_add(&writer, (enum lb_handover_type)type,
					    record.payload, bytes),
				sense ? LB_OK : LB_INVALID);
			REQUIRE(!lb_handover_begin(&writer, stream, STREAM_MAX, &origin));
			REQUIRE(!lb_handover_add_raw(&writer, type, 1, 0, record.payload, bytes));
			REQUIRE(!lb_handover_finish(&writer, &written));
			CHECK_EQUAL(lb_handover_verify(stream, written, &view, &at),
				sense ? LB_OK : LB_INVALID);
		}
	}
}

TEST(handover_model, each_known_type_has_a_name_of_its_own)
{
	static const char *const names[] = {"unknown", "ranges", "bounce pool", "rsdp", "iommu",
		"device left running", "core header", "backup", "unknown"};

	for (uint32_t type = 0; type < LB_ARRAY_COUNT(names); type++) {
		CHECK_TEXT(lb_handover_type_name(type), names[type]);
	}
	CHECK_TEXT(lb_handover_type_name(UINT32_MAX), "unknown");
}

TEST(handover_model, a_buffer_smaller_than_a_header_is_no_stream)
{
	for (size_t room = 0; room < HEADER; room++) {
		struct lb_handover_writer writer;

		__builtin_memset(stream, 0x3d, STREAM_MAX);
		CHECK_EQUAL(lb_handover_begin(&writer, stream, room, &origin), LB_NO_STORAGE);
		for (size_t i = 0; i <= HEADER; i++) {
			CHECK_EQUAL(stream[i], 0x3d);
		}
	}
}
