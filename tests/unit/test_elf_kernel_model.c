/* SPDX-License-Identifier: MIT */
/*
 * elf_kernel against a second reader of ELF64: an executable of four segments built field by
 * field, every field at its bounds, every two, every cut; segments in every relation to each
 * other; notes of every size; entries at every place.
 */
#include "tests/harness/test.h"

#include "lifeboat/kernel_image.h"
#include "tests/prop/damage.h"

#define EHDR 64
#define PHDR 56
#define HEADERS 5
#define NOTES (EHDR + HEADERS * PHDR)
#define NOTE_BYTES 64
#define DATA (NOTES + NOTE_BYTES)
#define IMAGE (DATA + 96)
#define LOADS 3

static uint8_t arena[8192];
static struct sample sample = {arena, sizeof(arena), IMAGE};
static struct lb_elf_kernel image;

/* A program header as it is put down and as it is read again. */
struct header {
	uint64_t type, flags, offset, va, pa, file_bytes, bytes;
};

static void put_header(uint8_t *at, struct header header)
{
	put_little(at, 4, header.type);
	put_little(at + 4, 4, header.flags);
	put_little(at + 8, 8, header.offset);
	put_little(at + 16, 8, header.va);
	put_little(at + 24, 8, header.pa);
	put_little(at + 32, 8, header.file_bytes);
	put_little(at + 40, 8, header.bytes);
}

static struct header get_header(const uint8_t *file, uint64_t index)
{
	const uint8_t *at = file + get_little(file + 32, 8) + index * PHDR;

	return (struct header){get_little(at, 4), get_little(at + 4, 4), get_little(at + 8, 8),
		get_little(at + 16, 8), get_little(at + 24, 8), get_little(at + 32, 8),
		get_little(at + 40, 8)};
}

static uint64_t header_count(const uint8_t *file)
{
	return get_little(file + 56, 2);
}

static size_t put_note(uint8_t *at, const char *name, uint32_t type, size_t bytes, uint64_t value)
{
	size_t name_bytes = text_length(name) + 1;

	put_little(at, 4, name_bytes);
	put_little(at + 4, 4, bytes);
	put_little(at + 8, 4, type);
	__builtin_memcpy(at + 12, name, name_bytes);
	put_little(at + 12 + (name_bytes + 3) / 4 * 4, bytes < 8 ? bytes : 8, value);
	return 12 + (name_bytes + 3) / 4 * 4 + (bytes + 3) / 4 * 4;
}

static uint8_t *build(void)
{
	static const struct header loads[LOADS] = {
		{1, 5, DATA, 0xffffffff81000000, 0x1000000, 32, 0x1000},
		{1, 6, DATA + 32, 0xffffffff82000000, 0x2000000, 64, 64},
		{1, 6, 0, 0xffffffff83000000, 0x3000000, 0, 0x5000}};
	uint8_t *file;

	sample.bytes = IMAGE;
	file = sample_file(&sample);
	__builtin_memset(arena, 0, sizeof(arena));
	__builtin_memcpy(file, "\x7f" "ELF\2\1\1", 7);
	put_little(file + 16, 2, 2);
	put_little(file + 18, 2, 62);
	put_little(file + 24, 8, 0x1000000);
	put_little(file + 32, 8, EHDR);
	put_little(file + 54, 2, PHDR);
	put_little(file + 56, 2, HEADERS);
	for (size_t i = 0; i < LOADS; i++) {
		put_header(file + EHDR + i * PHDR, loads[i]);
	}
	put_header(file + EHDR + 3 * PHDR,
		(struct header){.type = 4, .offset = NOTES, .file_bytes = NOTE_BYTES});
	put_header(file + EHDR + 4 * PHDR, (struct header){.type = 0x6474e551});
	put_note(file + NOTES + put_note(file + NOTES, "GNU", 3, 5, 0x77), "Xen", 18, 8, 0x1000abc);
	return file;
}

struct verdict {
	enum lb_status status;
	uint64_t at;
};

static struct verdict judge_start(const uint8_t *file, size_t bytes)
{
	uint64_t machine, type;

	if (bytes < EHDR) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (__builtin_memcmp(file, "\x7f" "ELF", 4)) {
		return (struct verdict){LB_INVALID, 0};
	}
	if (__builtin_memcmp(file + 4, "\2\1\1", 3)) {
		return (struct verdict){LB_UNSUPPORTED, 4};
	}
	type = get_little(file + 16, 2);
	machine = get_little(file + 18, 2);
	if (type != 2 && type != 3) {
		return (struct verdict){LB_UNSUPPORTED, 16};
	}
	if (machine != 62 && machine != 183 && machine != 243) {
		return (struct verdict){LB_UNSUPPORTED, 18};
	}
	if (get_little(file + 54, 2) != PHDR) {
		return (struct verdict){LB_INVALID, 54};
	}
	if (header_count(file) > 128) {
		return (struct verdict){LB_UNSUPPORTED, 56};
	}
	if (get_little(file + 32, 8) > bytes ||
		header_count(file) * PHDR > bytes - get_little(file + 32, 8)) {
		return (struct verdict){LB_TRUNCATED, 32};
	}
	return (struct verdict){LB_OK, 0};
}

/* Two segments share a byte of memory; both are known not to wrap. */
static bool share(struct header a, struct header b)
{
	return a.bytes && b.bytes && a.pa < b.pa + b.bytes && b.pa < a.pa + a.bytes;
}

/* What is wrong with program header i, if those before it are right. */
static struct verdict judge_load(const uint8_t *file, size_t bytes, uint64_t i, uint64_t loads)
{
	struct header header = get_header(file, i);
	uint64_t at = get_little(file + 32, 8) + i * PHDR;

	if (header.bytes < header.file_bytes) {
		return (struct verdict){LB_INVALID, at + 40};
	}
	if (!header.bytes) {
		return (struct verdict){LB_OK, 0};
	}
	if (header.offset > bytes || header.file_bytes > bytes - header.offset) {
		return (struct verdict){LB_TRUNCATED, at + 8};
	}
	if (header.pa > UINT64_MAX - header.bytes) {
		return (struct verdict){LB_INVALID, at + 24};
	}
	if (loads == LB_ELF_KERNEL_SEGMENTS_MAX) {
		return (struct verdict){LB_UNSUPPORTED, at};
	}
	for (uint64_t j = 0; j < i; j++) {
		if (get_header(file, j).type == 1 && share(get_header(file, j), header)) {
			return (struct verdict){LB_INVALID, at + 24};
		}
	}
	return (struct verdict){LB_OK, 0};
}

/* The entry as a physical address, by virtual addresses first, then by physical ones. */
static bool model_entry(const uint8_t *file, uint64_t *ret)
{
	uint64_t entry = get_little(file + 24, 8);

	for (uint64_t i = 0; i < 2 * header_count(file); i++) {
		struct header header = get_header(file, i % header_count(file));
		uint64_t base = i < header_count(file) ? header.va : header.pa;

		if (header.type == 1 && entry >= base && entry - base < header.bytes) {
			*ret = header.pa + (entry - base);
			return true;
		}
	}
	return false;
}

static struct verdict judge(const uint8_t *file, size_t bytes)
{
	struct verdict verdict = judge_start(file, bytes);
	uint64_t loads = 0;
	uint64_t entry;

	for (uint64_t i = 0; !verdict.status && i < header_count(file); i++) {
		if (get_header(file, i).type == 1) {
			verdict = judge_load(file, bytes, i, loads);
			loads += get_header(file, i).bytes > 0;
		}
	}
	if (!verdict.status && !loads) {
		return (struct verdict){LB_INVALID, 56};
	}
	if (!verdict.status && !model_entry(file, &entry)) {
		return (struct verdict){LB_INVALID, 24};
	}
	return verdict;
}

/* The PVH entry: the last note of Xen's type 18 that a walk of each PT_NOTE reaches. */
static bool model_pvh(const uint8_t *file, size_t bytes, uint64_t *ret)
{
	bool found = false;

	for (uint64_t i = 0; i < header_count(file); i++) {
		struct header header = get_header(file, i);
		uint64_t at = header.offset;
		uint64_t end = at + header.file_bytes;

		if (header.type != 4 || at > bytes || header.file_bytes > bytes - at) {
			continue;
		}
		while (end - at >= 12) {
			uint64_t name = get_little(file + at, 4);
			uint64_t value = get_little(file + at + 4, 4);
			uint64_t value_at = at + 12 + (name + 3) / 4 * 4;

			if (value_at + (value + 3) / 4 * 4 > end) {
				break;
			}
			if (name == 4 && !__builtin_memcmp(file + at + 12, "Xen", 4) &&
				get_little(file + at + 8, 4) == 18 && value >= 4) {
				found = true;
				*ret = get_little(file + value_at, value >= 8 ? 8 : 4);
			}
			at = value_at + (value + 3) / 4 * 4;
		}
	}
	return found;
}

static void check_segments(const uint8_t *file)
{
	struct lb_range span = {UINT64_MAX, 0};
	size_t index = 0;

	for (uint64_t i = 0; i < header_count(file); i++) {
		struct header header = get_header(file, i);
		const struct lb_elf_segment *segment = &image.segments[index];

		if (header.type != 1 || !header.bytes) {
			continue;
		}
		REQUIRE(index++ < image.segment_count);
		CHECK_EQUAL(segment->part.offset, header.offset);
		CHECK_EQUAL(segment->part.size, header.file_bytes);
		CHECK_EQUAL(segment->memory.start, header.pa);
		CHECK_EQUAL(segment->memory.end, header.pa + header.bytes);
		CHECK_EQUAL(segment->virtual_address, header.va);
		CHECK_EQUAL(segment->writable, header.flags >> 1 & 1);
		CHECK_EQUAL(segment->executable, header.flags & 1);
		span.start = lb_min(span.start, header.pa);
		span.end = lb_max(span.end, header.pa + header.bytes);
	}
	CHECK_EQUAL(image.segment_count, index);
	CHECK_EQUAL(image.span.start, span.start);
	CHECK_EQUAL(image.span.end, span.end);
}

static void check(const uint8_t *file, size_t bytes)
{
	struct verdict verdict = judge(file, bytes);
	struct lb_image_error error = {LB_OK, 0, NULL};
	uint64_t entry = 0, pvh = 0;
	bool has_pvh;

	CHECK_EQUAL(lb_elf_kernel_open(&image, file, bytes, &error), verdict.status);
	if (verdict.status) {
		CHECK_EQUAL(error.status, verdict.status);
		CHECK_EQUAL(error.offset, verdict.at);
		CHECK(error.expected && error.expected[0]);
		CHECK_EQUAL(lb_elf_kernel_open(&image, file, bytes, NULL), verdict.status);
		return;
	}
	check_segments(file);
	CHECK_EQUAL(image.arch, file[18] == 62 ? LB_ARCH_X86_64
			: file[18] == 183      ? LB_ARCH_ARM64
					       : LB_ARCH_RISCV64);
	CHECK(model_entry(file, &entry));
	CHECK_EQUAL(image.entry, get_little(file + 24, 8));
	CHECK_EQUAL(image.entry_physical, entry);
	has_pvh = model_pvh(file, bytes, &pvh);
	CHECK_EQUAL(image.pvh, has_pvh);
	CHECK_EQUAL(image.pvh_entry, pvh);
}

static const struct field fields[] = {{0, 4}, {4, 1}, {5, 1}, {6, 1}, {16, 2}, {18, 2}, {24, 8},
	{32, 8}, {54, 2}, {56, 2}, {EHDR, 4}, {EHDR + 4, 4}, {EHDR + 8, 8}, {EHDR + 16, 8},
	{EHDR + 24, 8}, {EHDR + 32, 8}, {EHDR + 40, 8}, {EHDR + PHDR + 8, 8}, {EHDR + PHDR + 24, 8},
	{EHDR + PHDR + 32, 8}, {EHDR + PHDR + 40, 8}, {EHDR + 2 * PHDR + 24, 8},
	{EHDR + 2 * PHDR + 40, 8}, {EHDR + 3 * PHDR, 4}, {EHDR + 3 * PHDR + 8, 8},
	{EHDR + 3 * PHDR + 32, 8}, {NOTES, 4}, {NOTES + 4, 4}, {NOTES + 8, 4}, {NOTES + 24, 4},
	{NOTES + 28, 4}, {NOTES + 32, 4}};

TEST(elf_kernel_model, every_field_at_its_bounds)
{
	build();
	check(sample_file(&sample), IMAGE);
	CHECK(image.pvh);
	damage_fields(&sample, fields, LB_ARRAY_COUNT(fields), check);
}

TEST(elf_kernel_model, every_two_fields_together)
{
	build();
	damage_pairs(&sample, fields, LB_ARRAY_COUNT(fields), check);
}

TEST(elf_kernel_model, every_changed_byte_and_every_cut)
{
	build();
	damage_bytes(&sample, DATA, check);
	damage_cuts(&sample, check);
}

/* Three segments of up to three units at every place of a small memory. */
TEST(elf_kernel_model, segments_in_every_relation)
{
	uint8_t *file = build();
	unsigned int step = __STDC_HOSTED__ ? 1 : 7;

	for (unsigned int code = 0; code < 24 * 24 * 24; code += step) {
		for (size_t i = 0, rest = code; i < LOADS; i++, rest /= 24) {
			uint64_t place = rest % 24 % 6;
			uint64_t units = rest % 24 / 6;

			put_header(file + EHDR + i * PHDR,
				(struct header){.type = 1, .pa = 0x1000 * (place + 1),
					.va = 0x100000 * (i + 1), .bytes = 0x1000 * units});
		}
		put_little(file + 24, 8, 0x1000 * (code % 9));
		check(file, IMAGE);
	}
}

/* The same at the top of the address space, where an end may be 2^64 - 1 and not 2^64. */
TEST(elf_kernel_model, segments_at_the_top_of_memory)
{
	uint8_t *file = build();

	for (uint64_t i = 0; i < 64; i++) {
		put_header(file + EHDR,
			(struct header){.type = 1, .pa = UINT64_MAX - i / 8, .va = 0x1000,
				.bytes = i % 8});
		put_little(file + 24, 8, 0x1000);
		check(file, IMAGE);
	}
}

TEST(elf_kernel_model, entries_at_every_edge_of_every_segment)
{
	uint8_t *file = build();

	for (uint64_t i = 0; i < LOADS; i++) {
		struct header header = get_header(file, i);
		const uint64_t edges[] = {header.va, header.va + header.bytes, header.pa,
			header.pa + header.bytes};

		for (size_t edge = 0; edge < 4 * 3; edge++) {
			put_little(file + 24, 8, edges[edge / 3] + edge % 3 - 1);
			check(file, IMAGE);
		}
	}
}

/* As many segments as there is room for, and one more; as many program headers as are read. */
TEST(elf_kernel_model, thirty_two_segments_and_a_hundred_and_twenty_eight_headers)
{
	for (uint64_t count = 30; count <= 34; count++) {
		uint8_t *file;

		build();
		sample.bytes = EHDR + count * PHDR;
		file = sample_file(&sample);
		__builtin_memmove(file, arena + sizeof(arena) - IMAGE, EHDR);
		for (uint64_t i = 0; i < count; i++) {
			put_header(file + EHDR + i * PHDR,
				(struct header){.type = 1, .pa = 0x10000 * (count - i),
					.va = 0x10000 * i, .bytes = 0x8000 + i});
		}
		put_little(file + 24, 8, 0x10000);
		put_little(file + 56, 2, count);
		check(file, sample.bytes);
	}
	for (uint64_t count = 126; count <= 130; count++) {
		uint8_t *file;

		build();
		sample.bytes = EHDR + count * PHDR;
		file = sample_file(&sample);
		__builtin_memmove(file, arena + sizeof(arena) - IMAGE, EHDR + PHDR);
		__builtin_memset(file + EHDR + PHDR, 0, (count - 1) * PHDR);
		put_little(file + EHDR + 32, 8, 0);
		put_little(file + 56, 2, count);
		check(file, sample.bytes);
	}
}

/* Notes of every size of name and value, by both names, with every number of bytes left. */
TEST(elf_kernel_model, notes_of_every_size)
{
	for (unsigned int code = 0; code < 9 * 13 * 2; code++) {
		uint8_t *file = build();
		size_t value = code % 13;

		__builtin_memset(file + NOTES, 0, NOTE_BYTES);
		put_note(file + NOTES, code / 117 ? "Xen" : "Xem", 18, value, 0x1122334455667788);
		put_little(file + NOTES, 4, code / 13 % 9);
		for (uint64_t bytes = 0; bytes <= 40; bytes++) {
			put_little(file + EHDR + 3 * PHDR + 32, 8, bytes);
			check(file, IMAGE);
		}
	}
}
