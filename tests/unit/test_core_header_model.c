/* SPDX-License-Identifier: MIT */
/*
 * core_header against a reader of ELF that stands in this file, and a bitmap of what is to be
 * dumped: every memory of six units with every pair of excluded ranges, every field of a header
 * at its bounds, every truncation; notes taken apart by a second walker.
 */
#include "tests/harness/test.h"

#include "lifeboat/core_header.h"
#include "tests/prop/damage.h"

#define EHDR 64
#define PHDR 56
#define UNITS 6
#define UNIT UINT64_C(0x1000)
#define BUFFER_BYTES 8192

static uint8_t buffer[BUFFER_BYTES] __attribute__((aligned(8)));
static uint8_t kept[BUFFER_BYTES] __attribute__((aligned(8)));

/* A program header, read where the System V ABI says. */
struct seen {
	uint64_t type, flags, offset, va, pa, file_bytes, bytes;
};

static struct seen see(const uint8_t *data, size_t index)
{
	const uint8_t *at = data + get_little(data + 32, 8) + index * PHDR;

	return (struct seen){.type = get_little(at, 4), .flags = get_little(at + 4, 4),
		.offset = get_little(at + 8, 8), .va = get_little(at + 16, 8),
		.pa = get_little(at + 24, 8), .file_bytes = get_little(at + 32, 8),
		.bytes = get_little(at + 40, 8)};
}

static size_t seen_count(const uint8_t *data)
{
	return (size_t)get_little(data + 56, 2);
}

/* A segment of memory as a dump shows it: at its physical address, of its size. */
static bool shows(const struct seen *seen, uint64_t type, struct lb_range range, uint64_t va)
{
	return seen->type == type && seen->offset == range.start && seen->pa == range.start &&
		seen->file_bytes == lb_range_size(range) && seen->bytes == seen->file_bytes &&
		seen->va == va && seen->flags == (type == 1 ? 7 : 0);
}

/* What is dumped of memory ranges made of units, when two ranges of units are left out. */
struct scene {
	lb_phys_addr base;
	unsigned int memory;    /* bitmap of units */
	bool apart;             /* each unit is a range of its own; else runs are */
	struct lb_range excluded[2];
	struct lb_range ranges[UNITS];
	size_t range_count;
};

static void make_ranges(struct scene *scene)
{
	scene->range_count = 0;
	for (unsigned int i = 0; i < UNITS; i++) {
		lb_phys_addr start = scene->base + i * UNIT;
		size_t count = scene->range_count;

		if (!(scene->memory >> i & 1)) {
			continue;
		}
		if (scene->apart || !count || scene->ranges[count - 1].end != start) {
			scene->ranges[scene->range_count++] =
				(struct lb_range){start, start + UNIT};
		} else {
			scene->ranges[count - 1].end += UNIT;
		}
	}
}

static bool unit_dumped(const struct scene *scene, struct lb_range range, lb_phys_addr unit)
{
	return lb_range_has(range, unit) && !lb_range_has(scene->excluded[0], unit) &&
		!lb_range_has(scene->excluded[1], unit);
}

/* The next run of dumped units of one memory range at or after *at; false: none. */
static bool next_run(const struct scene *scene, struct lb_range range, lb_phys_addr *at,
	struct lb_range *ret)
{
	while (*at < range.end && !unit_dumped(scene, range, *at)) {
		*at += UNIT;
	}
	ret->start = *at;
	while (unit_dumped(scene, range, *at)) {
		*at += UNIT;
	}
	ret->end = *at;
	return !lb_range_empty(*ret);
}

static void check_loads(const struct scene *scene, uint64_t va_offset)
{
	size_t index = 0;

	for (size_t i = 0; i < scene->range_count; i++) {
		lb_phys_addr at = scene->ranges[i].start;
		struct lb_range run;

		while (next_run(scene, scene->ranges[i], &at, &run)) {
			struct seen seen = see(buffer, index++);

			CHECK(shows(&seen, 1, run, run.start + va_offset));
		}
	}
	CHECK_EQUAL(seen_count(buffer), index);
}

static void check_scene(struct scene *scene)
{
	struct lb_core_header_spec spec = {.arch = LB_ARCH_ARM64, .memory = scene->ranges,
		.excluded = scene->excluded, .excluded_count = 2,
		.va_offset = 0xffff000000000000};
	size_t bytes = 0, written = 0;

	make_ranges(scene);
	spec.memory_count = scene->range_count;
	REQUIRE(!lb_core_header_size(&spec, &bytes));
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &written));
	CHECK_EQUAL(written, bytes);
	check_loads(scene, spec.va_offset);
}

TEST(core_header_model, every_small_memory_without_every_two_ranges)
{
	static const lb_phys_addr bases[] = {0, 5 * UNIT};
	unsigned int step = __STDC_HOSTED__ ? 1 : 7;

	for (unsigned int memory = 0; memory < 1U << UNITS; memory++) {
		for (unsigned int cut = memory % step; cut < 49 * 49; cut += step) {
			unsigned int edges[] = {cut % 7, cut / 7 % 7, cut / 49 % 7, cut / 343};
			struct scene scene = {.base = bases[memory % 2], .memory = memory,
				.apart = cut % 3 == 0};

			if (edges[0] > edges[1] || edges[2] > edges[3]) {
				continue;
			}
			for (unsigned int i = 0; i < 2; i++) {
				scene.excluded[i].start = scene.base + edges[2 * i] * UNIT;
				scene.excluded[i].end = scene.base + edges[2 * i + 1] * UNIT;
			}
			check_scene(&scene);
		}
	}
}

/* Ranges that are no multiple of anything keep their odd ends. */
TEST(core_header_model, memory_is_described_to_the_byte)
{
	static const struct lb_range memory[] = {{1, 0x9fc01}, {0x100003, 0x7fffffff}};
	static const struct lb_range excluded[] = {{0x500001, 0x600007}, {0x9fc00, 0x100004}};
	static const struct lb_range expected[] = {
		{1, 0x9fc00}, {0x100004, 0x500001}, {0x600007, 0x7fffffff}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64, .memory = memory,
		.memory_count = 2, .excluded = excluded, .excluded_count = 2};
	size_t written;

	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &written));
	REQUIRE(seen_count(buffer) == 3);
	for (size_t i = 0; i < 3; i++) {
		struct seen seen = see(buffer, i);

		CHECK(shows(&seen, 1, expected[i], expected[i].start));
	}
}

static const struct lb_range touching[] = {{0x1000, 0x1178}, {0x1178, 0x12f0}, {0x12f0, 0x1468},
	{0x1468, 0x15e0}};

/* Everything that is optional, in every combination and in its order. */
static void check_options(unsigned int options)
{
	static const struct lb_range memory[] = {{0x100000, 0x200000}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_RISCV64, .notes = touching,
		.note_count = options & 7, .merge_notes = options & 8, .memory = memory,
		.memory_count = options >> 4 & 1, .va_offset = 0x8000};
	size_t index = 0;
	size_t written;
	struct seen seen;

	if (options & 32) {
		spec.vmcoreinfo = (struct lb_range){0x8000, 0x9000};
	}
	if (options & 64) {
		spec.kernel_text = (struct lb_range){0x110000, 0x120000};
		spec.kernel_text_va = 0xffffffff80000000;
	}
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &written));
	for (size_t i = 0; !spec.merge_notes && i < spec.note_count; i++) {
		seen = see(buffer, index++);
		CHECK(shows(&seen, 4, touching[i], 0));
	}
	if (spec.merge_notes && spec.note_count) {
		seen = see(buffer, index++);
		CHECK(shows(&seen, 4, (struct lb_range){0x1000, touching[spec.note_count - 1].end},
			0));
	}
	if (options & 32) {
		seen = see(buffer, index++);
		CHECK(shows(&seen, 4, spec.vmcoreinfo, 0));
	}
	if (options & 64) {
		seen = see(buffer, index++);
		CHECK(shows(&seen, 1, spec.kernel_text, spec.kernel_text_va));
	}
	if (options & 16) {
		seen = see(buffer, index++);
		CHECK(shows(&seen, 1, memory[0], 0x108000));
	}
	CHECK_EQUAL(seen_count(buffer), index);
	CHECK_EQUAL(written % 4096, 0);
	CHECK(bytes_are(buffer + EHDR + index * PHDR, written - EHDR - index * PHDR, 0));
}

TEST(core_header_model, what_is_optional_in_every_combination)
{
	for (unsigned int options = 0; options < 128; options++) {
		if ((options & 7) <= LB_ARRAY_COUNT(touching)) {
			check_options(options);
		}
	}
}

/* The size rises by a page where the program headers pass one; a byte less is refused. */
TEST(core_header_model, the_size_is_what_is_written_and_a_byte_less_writes_nothing)
{
	static struct lb_range notes[200];
	size_t step = __STDC_HOSTED__ ? 1 : 11;

	for (size_t i = 0; i < LB_ARRAY_COUNT(notes); i++) {
		notes[i] = (struct lb_range){0x10000 + 0x200 * i, 0x10100 + 0x200 * i};
	}
	for (size_t count = 0; count <= 140; count += step) {
		struct lb_core_header_spec spec = {
			.arch = LB_ARCH_X86_64, .notes = notes, .note_count = count};
		size_t expected = (EHDR + PHDR * count + 4095) / 4096 * 4096;
		size_t bytes = 0, written = 77;

		REQUIRE(!lb_core_header_size(&spec, &bytes));
		CHECK_EQUAL(bytes, expected);
		__builtin_memset(buffer, 0xd4, sizeof(buffer));
		CHECK_EQUAL(
			lb_core_header_write(&spec, buffer, bytes - 1, &written), LB_NO_STORAGE);
		CHECK_EQUAL(written, 77);
		CHECK(bytes_are(buffer, sizeof(buffer), 0xd4));
		REQUIRE(!lb_core_header_write(&spec, buffer, bytes, &written));
		CHECK_EQUAL(written, bytes);
		CHECK(bytes_are(buffer + bytes, sizeof(buffer) - bytes, 0xd4));
		CHECK_EQUAL(seen_count(buffer), count);
	}
}

#if __STDC_HOSTED__
/* 65534 program headers are the most that a capture kernel can count. */
TEST(core_header_model, as_many_segments_as_elf_can_count_and_no_more)
{
	static struct lb_range notes[65535];

	for (size_t i = 0; i < LB_ARRAY_COUNT(notes); i++) {
		notes[i] = (struct lb_range){0x1000 * i, 0x1000 * i + 0x178};
	}
	for (unsigned int others = 0; others < 4; others++) {
		struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64, .notes = notes,
			.note_count = 65534 - others % 2 - others / 2};
		size_t bytes = 0;

		spec.kernel_text.end = others % 2;
		spec.vmcoreinfo.end = others / 2;
		CHECK_EQUAL(lb_core_header_size(&spec, &bytes), LB_OK);
		CHECK_EQUAL(bytes, (EHDR + PHDR * 65534 + 4095) / 4096 * 4096);
		spec.note_count++;
		CHECK_EQUAL(lb_core_header_size(&spec, &bytes), LB_OUT_OF_RANGE);
	}
}
#endif

/* What makes no sense: each mistake alone, for both calls, and nothing is written. */
static void check_senseless(const struct lb_core_header_spec *spec)
{
	size_t bytes = 11;

	__builtin_memset(buffer, 0x6b, sizeof(buffer));
	CHECK_EQUAL(lb_core_header_size(spec, &bytes), LB_INVALID);
	CHECK_EQUAL(lb_core_header_write(spec, buffer, sizeof(buffer), &bytes), LB_INVALID);
	CHECK_EQUAL(bytes, 11);
	CHECK(bytes_are(buffer, sizeof(buffer), 0x6b));
}

TEST(core_header_model, a_specification_without_sense_is_refused)
{
	static const struct lb_range falling[] = {{0x2000, 0x3000}, {0x1000, 0x2000}};
	static const struct lb_range crossing[] = {{0x1000, 0x3000}, {0x2fff, 0x4000}};
	static const struct lb_range twisted[] = {{0x3000, 0x1000}};
	static const struct lb_range apart[] = {{0x1000, 0x1100}, {0x1101, 0x1200}};
	static const struct lb_range empty[] = {{0x1000, 0x1100}, {0x1100, 0x1100}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64};

	check_senseless(&(struct lb_core_header_spec){.arch = LB_ARCH_UNKNOWN});
	spec.memory_count = 2;
	spec.memory = falling;
	check_senseless(&spec);
	spec.memory = crossing;
	check_senseless(&spec);
	spec.memory = twisted;
	spec.memory_count = 1;
	check_senseless(&spec);
	spec = (struct lb_core_header_spec){
		.arch = LB_ARCH_ARM64, .notes = apart, .note_count = 2, .merge_notes = true};
	check_senseless(&spec);
	spec.notes = empty;
	check_senseless(&spec);
	spec.merge_notes = false;
	check_senseless(&spec);
}

/* Now the reader. Its verdict on a header, from the ABI and the header file alone. */
static enum lb_status judge(const uint8_t *data, size_t bytes, size_t *ret_at)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	uint64_t first, count, machine;

	*ret_at = bytes;
	if (bytes < EHDR) {
		return LB_TRUNCATED;
	}
	for (*ret_at = 0; *ret_at < sizeof(ident); ++*ret_at) {
		if (data[*ret_at] != ident[*ret_at]) {
			bool kind = *ret_at == 4 || *ret_at == 5;

			*ret_at = *ret_at < 4 ? 0 : *ret_at;
			return kind ? LB_UNSUPPORTED : LB_INVALID;
		}
	}
	machine = get_little(data + 18, 2);
	if (get_little(data + (*ret_at = 16), 2) != 4) {
		return LB_INVALID;
	}
	if (machine != 62 && machine != 183 && machine != 243) {
		*ret_at = 18;
		return LB_UNSUPPORTED;
	}
	if (get_little(data + (*ret_at = 20), 4) != 1 ||
		get_little(data + (*ret_at = 52), 2) != EHDR ||
		get_little(data + (*ret_at = 54), 2) != PHDR ||
		!get_little(data + (*ret_at = 56), 2)) {
		return LB_INVALID;
	}
	count = get_little(data + 56, 2);
	first = get_little(data + 32, 8);
	if (count == 0xffff) {
		return LB_UNSUPPORTED;
	}
	*ret_at = 32;
	if (first > bytes || count * PHDR > bytes - first) {
		return LB_TRUNCATED;
	}
	for (uint64_t i = 0; i < count; i++) {
		struct seen seen = see(data, i);
		size_t at = (size_t)(first + i * PHDR);

		if (seen.type != 1 && seen.type != 4) {
			continue;
		}
		*ret_at = at + 32;
		if (seen.file_bytes > seen.bytes) {
			return LB_INVALID;
		}
		*ret_at = at + 8;
		if (seen.offset > UINT64_MAX - seen.file_bytes) {
			return LB_OUT_OF_RANGE;
		}
		*ret_at = at + 24;
		if (seen.pa > UINT64_MAX - seen.bytes) {
			return LB_OUT_OF_RANGE;
		}
	}
	return LB_OK;
}

static bool same_segment(const struct lb_core_segment *segment, const struct seen *seen)
{
	bool known = seen->type == 1 || seen->type == 4;

	return segment->kind == (seen->type == 1 ? LB_CORE_LOAD
				      : seen->type == 4 ? LB_CORE_NOTE : LB_CORE_OTHER) &&
		segment->flags == seen->flags && segment->va == seen->va &&
		segment->file_offset == seen->offset && segment->file_bytes == seen->file_bytes &&
		segment->range.start == (known ? seen->pa : 0) &&
		segment->range.end == (known ? seen->pa + seen->bytes : 0);
}

/* Every address at an edge of a segment: the first PT_LOAD whose file part has it wins. */
static void check_find(const struct lb_core_header *header, lb_phys_addr address)
{
	uint64_t expected = 5, found = 5;
	enum lb_status status = LB_NOT_FOUND;

	for (uint32_t i = header->segment_count; i-- > 0;) {
		struct seen seen = see(header->data, i);

		if (seen.type == 1 && address >= seen.pa && address - seen.pa < seen.file_bytes) {
			expected = seen.offset + (address - seen.pa);
			status = LB_OK;
		}
	}
	CHECK_EQUAL(lb_core_header_find(header, address, &found), status);
	CHECK_EQUAL(found, expected);
}

static void check_reader(const uint8_t *data, size_t bytes)
{
	struct lb_core_header header;
	size_t expected_at = 0, at = SIZE_MAX;
	enum lb_status expected = judge(data, bytes, &expected_at);

	CHECK_EQUAL(lb_core_header_parse(data, bytes, &header, &at), expected);
	if (expected) {
		CHECK_EQUAL(at, expected_at);
		return;
	}
	CHECK_EQUAL(header.segment_count, seen_count(data));
	for (uint32_t i = 0; i < header.segment_count; i++) {
		struct seen seen = see(data, i);
		struct lb_core_segment segment;

		lb_core_header_segment(&header, i, &segment);
		CHECK(same_segment(&segment, &seen));
		for (unsigned int edge = 0; edge < 3; edge++) {
			check_find(&header, seen.pa + edge - 1);
			check_find(&header, seen.pa + seen.bytes + edge - 1);
			check_find(&header, seen.pa + seen.file_bytes + edge - 1);
		}
	}
}

/* A header with a note, three loads (one shorter in the file) and a segment of another kind. */
static size_t write_sample(void)
{
	static const struct lb_range notes[] = {{0x5000, 0x5178}};
	static const struct lb_range memory[] = {{0x1000, 0x9f000}, {0x100000, 0x200000},
		{0x300000, 0x400000}, {0x400000, 0x500000}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64, .notes = notes, .note_count = 1,
		.memory = memory, .memory_count = 4, .va_offset = 0xffff888000000000};
	size_t written = 0;

	CHECK_EQUAL(lb_core_header_write(&spec, buffer, sizeof(buffer), &written), LB_OK);
	put_little(buffer + EHDR + 2 * PHDR + 32, 8, 0x80000);
	put_little(buffer + EHDR + 4 * PHDR, 4, 0x6474e551);
	return EHDR + 5 * PHDR;
}

/* Fields of the file header, and of the program headers that differ. */
static const struct field fields[] = {{0, 4}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {16, 2}, {18, 2},
	{20, 4}, {24, 8}, {32, 8}, {48, 4}, {52, 2}, {54, 2}, {56, 2}, {58, 2}, {EHDR, 4},
	{EHDR + 8, 8}, {EHDR + 24, 8}, {EHDR + 32, 8}, {EHDR + 40, 8}, {EHDR + PHDR, 4},
	{EHDR + PHDR + 8, 8}, {EHDR + PHDR + 24, 8}, {EHDR + PHDR + 32, 8}, {EHDR + PHDR + 40, 8},
	{EHDR + 4 * PHDR + 24, 8}, {EHDR + 4 * PHDR + 40, 8}};

/* The sample at the end of its array, where a byte too far is seen. */
static struct sample end_sample(void)
{
	struct sample sample = {kept, sizeof(kept), write_sample()};

	__builtin_memcpy(sample_file(&sample), buffer, sample.bytes);
	return sample;
}

TEST(core_header_model, every_field_every_pair_every_byte_every_cut_is_judged_alike)
{
	struct sample sample = end_sample();

	damage_fields(&sample, fields, LB_ARRAY_COUNT(fields), check_reader);
	damage_pairs(&sample, fields, LB_ARRAY_COUNT(fields), check_reader);
	damage_bytes(&sample, sample.bytes, check_reader);
	damage_cuts(&sample, check_reader);
}

/* Machines and types by number, and the program headers at every place in the file. */
TEST(core_header_model, every_machine_and_every_place_of_the_program_headers)
{
	size_t bytes = write_sample();

	for (unsigned int i = 0; i < 0x200; i++) {
		put_little(buffer + 18, 2, i);
		check_reader(buffer, bytes);
		put_little(buffer + 18, 2, 183);
		put_little(buffer + 16, 2, i);
		check_reader(buffer, bytes);
		put_little(buffer + 16, 2, 4);
	}
	for (size_t place = 0; place <= bytes + 8; place++) {
		put_little(buffer + 32, 8, place);
		check_reader(buffer, bytes);
	}
}

/* Notes: a second walker, over buffers of a few words of every interesting value. */
static enum lb_status note_model(const uint8_t *data, size_t bytes, size_t *cursor,
	struct lb_note *ret)
{
	size_t at = *cursor;
	uint64_t name, desc, desc_at;

	if (at == bytes) {
		return LB_NOT_FOUND;
	}
	if (bytes - at < 12) {
		return LB_TRUNCATED;
	}
	name = get_little(data + at, 4);
	desc = get_little(data + at + 4, 4);
	if (!name) {
		return LB_NOT_FOUND;
	}
	desc_at = at + 12 + (name + 3) / 4 * 4;
	if (desc_at > bytes || desc_at + desc > bytes) {
		return LB_TRUNCATED;
	}
	*ret = (struct lb_note){.type = (uint32_t)get_little(data + at + 8, 4),
		.name = (const char *)data + at + 12, .name_bytes = name,
		.desc = data + desc_at, .desc_bytes = desc};
	*cursor = (size_t)lb_min(desc_at + (desc + 3) / 4 * 4, bytes);
	return LB_OK;
}

static void check_notes(const uint8_t *data, size_t bytes)
{
	size_t cursor = 0, expected_cursor = 0;

	for (unsigned int i = 0; i < 10; i++) {
		struct lb_note note = {0}, expected = {0};
		enum lb_status status = note_model(data, bytes, &expected_cursor, &expected);

		CHECK_EQUAL(lb_note_next(data, bytes, &cursor, &note), status);
		CHECK_EQUAL(cursor, expected_cursor);
		if (status) {
			return;
		}
		CHECK(note.type == expected.type && note.name == expected.name &&
			note.name_bytes == expected.name_bytes && note.desc == expected.desc &&
			note.desc_bytes == expected.desc_bytes);
	}
}

TEST(core_header_model, every_small_buffer_of_notes)
{
	static const uint32_t words[] = {0, 1, 4, 5, 7, 12, UINT32_MAX - 2, UINT32_MAX};

	for (uint32_t code = 0; code < 1U << 15; code += __STDC_HOSTED__ ? 1 : 13) {
		uint8_t *data = buffer + sizeof(buffer) - 32;

		__builtin_memset(data, 0, 32);
		for (unsigned int i = 0; i < 5; i++) {
			/* Header of one note, and sizes of the one that may follow it. */
			static const uint8_t places[] = {0, 4, 12, 16, 20};

			put_little(data + places[i], 4, words[code >> (3 * i) & 7]);
		}
		for (size_t bytes = 0; bytes <= 32; bytes += 1 + code % 3) {
			uint8_t *moved = kept + sizeof(kept) - bytes;

			__builtin_memcpy(moved, data, bytes);
			check_notes(moved, bytes);
		}
	}
}

/* elf_prstatus by hand: where gdb and crash look for the process and the registers. */
static void check_cpu_note(enum lb_arch arch, size_t registers, size_t room)
{
	size_t needed = 12 + 8 + 112 + 8 * registers + 8 + 12;
	uint64_t values[40];
	size_t written = 3;
	enum lb_status status;

	for (size_t i = 0; i < registers; i++) {
		values[i] = UINT64_C(0x0101010101010101) * (i + 1);
	}
	__builtin_memset(buffer, 0xee, 600);
	status = lb_cpu_note_write(arch, values, 0xabcd1234, buffer, room, &written);
	CHECK_EQUAL(status, room < needed ? LB_NO_STORAGE : LB_OK);
	if (status) {
		CHECK_EQUAL(written, 3);
		CHECK(bytes_are(buffer, 600, 0xee));
		return;
	}
	CHECK_EQUAL(written, needed);
	CHECK_EQUAL(get_little(buffer, 4), 5);
	CHECK_EQUAL(get_little(buffer + 4, 4), 112 + 8 * registers + 8);
	CHECK_EQUAL(get_little(buffer + 8, 4), 1);
	CHECK(!__builtin_memcmp(buffer + 12, "CORE\0\0\0", 8));
	CHECK(bytes_are(buffer + 20, 32, 0));
	CHECK_EQUAL(get_little(buffer + 52, 4), 0xabcd1234);
	CHECK(bytes_are(buffer + 56, 112 - 36, 0));
	CHECK(!__builtin_memcmp(buffer + 132, values, 8 * registers));
	CHECK(bytes_are(buffer + 132 + 8 * registers, 8 + 12, 0));
	CHECK(bytes_are(buffer + needed, 600 - needed, 0xee));
}

TEST(core_header_model, a_cpu_note_fits_or_is_not_begun)
{
	uint64_t values[40] = {0};
	size_t written;

	for (size_t room = 0; room < 440; room++) {
		check_cpu_note(LB_ARCH_X86_64, 27, room);
		check_cpu_note(LB_ARCH_ARM64, 34, room);
	}
	CHECK_EQUAL(lb_cpu_note_write(LB_ARCH_RISCV64, values, 0, buffer, 4096, &written),
		LB_UNSUPPORTED);
	CHECK_EQUAL(lb_cpu_note_write(LB_ARCH_UNKNOWN, values, 0, buffer, 4096, &written),
		LB_UNSUPPORTED);
}

/* Buffers of several CPUs side by side, each begun over the empty note of the one before. */
TEST(core_header_model, merged_cpu_notes_are_walked_to_the_last_cpu)
{
	for (size_t cpus = 1; cpus <= 8; cpus++) {
		uint64_t values[LB_X86_64_REGISTERS] = {0};
		size_t at = 0, written, cursor = 0;
		struct lb_note note;

		__builtin_memset(buffer, 0xff, sizeof(buffer));
		for (size_t cpu = 0; cpu < cpus; cpu++) {
			at -= cpu ? LB_NOTE_END_BYTES : 0;
			REQUIRE(!lb_cpu_note_write(LB_ARCH_X86_64, values, (uint32_t)cpu + 100,
				buffer + at, sizeof(buffer) - at, &written));
			at += written;
		}
		for (size_t cpu = 0; cpu < cpus; cpu++) {
			REQUIRE(!lb_note_next(buffer, at, &cursor, &note));
			CHECK_EQUAL(get_little(note.desc + 32, 4), cpu + 100);
		}
		CHECK_EQUAL(lb_note_next(buffer, at, &cursor, &note), LB_NOT_FOUND);
	}
}

/* The text that a VMCOREINFO note should hold, put together by the test. */
struct lines {
	char text[512];
	size_t length;
};

static void put_text(struct lines *lines, const char *text)
{
	__builtin_memcpy(lines->text + lines->length, text, text_length(text));
	lines->length += text_length(text);
}

static void put_number(struct lines *lines, uint64_t value, unsigned int base)
{
	if (value >= base) {
		put_number(lines, value / base, base);
	}
	lines->text[lines->length++] = "0123456789abcdef"[value % base];
}

static const struct {
	const char *key;
	const char *text;
	int64_t number;
	uint64_t hex;
	char kind;
} vmcoreinfo_lines[] = {
	{.key = "OSRELEASE", .kind = 't', .text = "6.12.0"},
	{.key = "A", .kind = 'n', .number = 0},
	{.key = "PAGESIZE", .kind = 'n', .number = 4096},
	{.key = "NUMBER(x)", .kind = 'n', .number = INT64_MIN},
	{.key = "B", .kind = 'n', .number = INT64_MAX},
	{.key = "C", .kind = 'n', .number = -1},
	{.key = "", .kind = 't', .text = ""},
	{.key = "SYMBOL(s)", .kind = 'x', .hex = UINT64_MAX},
	{.key = "KERNELOFFSET", .kind = 'x', .hex = 0},
	{.key = "D", .kind = 'x', .hex = 0xdeadbeef},
};

static void add_line(struct lb_vmcoreinfo *info, size_t line)
{
	switch (vmcoreinfo_lines[line].kind) {
	case 't':
		lb_vmcoreinfo_add_text(
			info, vmcoreinfo_lines[line].key, vmcoreinfo_lines[line].text);
		return;
	case 'n':
		lb_vmcoreinfo_add_number(
			info, vmcoreinfo_lines[line].key, vmcoreinfo_lines[line].number);
		return;
	default:
		lb_vmcoreinfo_add_hex(
			info, vmcoreinfo_lines[line].key, vmcoreinfo_lines[line].hex);
	}
}

static void model_line(struct lines *lines, size_t line)
{
	int64_t number = vmcoreinfo_lines[line].number;

	put_text(lines, vmcoreinfo_lines[line].key);
	put_text(lines, "=");
	if (vmcoreinfo_lines[line].kind == 't') {
		put_text(lines, vmcoreinfo_lines[line].text);
	} else if (vmcoreinfo_lines[line].kind == 'x') {
		put_number(lines, vmcoreinfo_lines[line].hex, 16);
	} else {
		put_text(lines, number < 0 ? "-" : "");
		put_number(lines, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
	}
	put_text(lines, "\n");
}

/* Every room: lines go in whole until one does not fit; then the note says so and stays. */
TEST(core_header_model, vmcoreinfo_holds_whole_lines_in_any_room)
{
	for (size_t room = 0; room < 320; room++) {
		struct lb_vmcoreinfo info;
		struct lines lines = {.length = 0};
		bool full = false;
		size_t written = 1;

		__builtin_memset(buffer, 0x99, 400);
		if (lb_vmcoreinfo_begin(&info, buffer, room)) {
			CHECK(room < 36);
			CHECK(bytes_are(buffer, 400, 0x99));
			continue;
		}
		for (size_t i = 0; i < LB_ARRAY_COUNT(vmcoreinfo_lines); i++) {
			struct lines longer = lines;

			model_line(&longer, i);
			full = full || 24 + (longer.length + 3) / 4 * 4 + 12 > room;
			lines = full ? lines : longer;
			add_line(&info, i);
			CHECK_EQUAL(info.overflowed, full);
			CHECK_EQUAL(info.text, lines.length);
		}
		CHECK(bytes_are(buffer + room, 400 - room, 0x99));
		CHECK_EQUAL(lb_vmcoreinfo_finish(&info, &written), full ? LB_NO_STORAGE : LB_OK);
		if (full) {
			CHECK_EQUAL(written, 1);
			continue;
		}
		CHECK_EQUAL(written, 24 + (lines.length + 3) / 4 * 4 + 12);
		CHECK_EQUAL(get_little(buffer, 4), 11);
		CHECK_EQUAL(get_little(buffer + 4, 4), lines.length);
		CHECK_EQUAL(get_little(buffer + 8, 4), 0);
		CHECK(!__builtin_memcmp(buffer + 12, "VMCOREINFO\0", 12));
		CHECK(!__builtin_memcmp(buffer + 24, lines.text, lines.length));
		CHECK(bytes_are(buffer + 24 + lines.length, written - 24 - lines.length, 0));
	}
}

/* Every text of up to six characters of "k", "=" and newline, and keys of up to two. */
static bool model_value(const char *text, size_t bytes, const char *key, size_t *ret_at,
	size_t *ret_length)
{
	size_t length = text_length(key);

	for (size_t at = 0; at < bytes; at++) {
		bool starts = !at || text[at - 1] == '\n';

		if (!starts || bytes - at <= length || __builtin_memcmp(text + at, key, length) ||
			text[at + length] != '=') {
			continue;
		}
		*ret_at = at + length + 1;
		for (*ret_length = 0; *ret_at + *ret_length < bytes; ++*ret_length) {
			if (text[*ret_at + *ret_length] == '\n') {
				break;
			}
		}
		return true;
	}
	return false;
}

TEST(core_header_model, every_small_text_is_searched_for_every_small_key)
{
	static const char *const keys[] = {"", "k", "kk", "=", "k="};

	for (unsigned int code = 0; code < 729; code++) {
		for (size_t bytes = 0; bytes <= 6; bytes++) {
			char *text = (char *)buffer + sizeof(buffer) - bytes;

			for (unsigned int i = 0, rest = code; i < bytes; i++, rest /= 3) {
				text[i] = "k=\n"[rest % 3];
			}
			for (size_t k = 0; k < LB_ARRAY_COUNT(keys); k++) {
				const char *value = NULL;
				size_t at = 0, length = 0, found = 0;
				bool exists = model_value(text, bytes, keys[k], &at, &length);

				CHECK_EQUAL(
					lb_vmcoreinfo_find(text, bytes, keys[k], &value, &found),
					exists ? LB_OK : LB_NOT_FOUND);
				CHECK(!exists || (value == text + at && found == length));
			}
		}
	}
}
