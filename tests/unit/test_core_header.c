/* SPDX-License-Identifier: MIT */
/* core_header: what is written is read back, golden bytes, and hostile headers are refused. */
#include "tests/harness/test.h"

#include "lifeboat/core_header.h"

static uint8_t buffer[16384] __attribute__((aligned(8)));

static const struct lb_range cpu_notes[] = {{0x1000, 0x1178}, {0x2000, 0x2178}};

static struct lb_core_header_spec example(void)
{
	static const struct lb_range memory[] = {{0x1000, 0x9fc00}, {0x100000, 0x80000000}};
	static const struct lb_range excluded[] = {{0x60000000, 0x70000000}, {0, 0x100000}};

	return (struct lb_core_header_spec){.arch = LB_ARCH_X86_64, .notes = cpu_notes,
		.note_count = 2, .vmcoreinfo = {0x3000, 0x4000},
		.kernel_text = {0x1000000, 0x2000000}, .kernel_text_va = 0xffffffff81000000,
		.memory = memory, .memory_count = 2, .excluded = excluded, .excluded_count = 2,
		.va_offset = 0xffff888000000000};
}

static void check_segment(const struct lb_core_header *header, uint32_t index,
	enum lb_core_segment_kind kind, struct lb_range range, uint64_t va)
{
	struct lb_core_segment segment;

	lb_core_header_segment(header, index, &segment);
	CHECK_EQUAL(segment.kind, kind);
	CHECK_EQUAL(segment.range.start, range.start);
	CHECK_EQUAL(segment.range.end, range.end);
	CHECK_EQUAL(segment.file_offset, range.start);
	CHECK_EQUAL(segment.file_bytes, lb_range_size(range));
	CHECK_EQUAL(segment.va, va);
}

TEST(core_header, describes_notes_then_text_then_memory)
{
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	size_t bytes, at;

	REQUIRE(!lb_core_header_size(&spec, &bytes));
	CHECK_EQUAL(bytes, 4096);
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	REQUIRE(!lb_core_header_parse(buffer, bytes, &header, &at));
	CHECK_EQUAL(header.arch, LB_ARCH_X86_64);
	REQUIRE(header.segment_count == 6);
	check_segment(&header, 0, LB_CORE_NOTE, cpu_notes[0], 0);
	check_segment(&header, 1, LB_CORE_NOTE, cpu_notes[1], 0);
	check_segment(&header, 2, LB_CORE_NOTE, spec.vmcoreinfo, 0);
	check_segment(&header, 3, LB_CORE_LOAD, spec.kernel_text, spec.kernel_text_va);
	check_segment(&header, 4, LB_CORE_LOAD, (struct lb_range){0x100000, 0x60000000},
		0xffff888000100000);
	check_segment(&header, 5, LB_CORE_LOAD, (struct lb_range){0x70000000, 0x80000000},
		0xffff8880f0000000 - 0x80000000);
}

/* Field by field: Elf64_Ehdr, then the first Elf64_Phdr. */
TEST(core_header, bytes_are_those_of_the_format)
{
	static const uint8_t golden[64 + 56] = {
		0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* e_ident */
		4, 0, 183, 0, 1, 0, 0, 0,             /* ET_CORE, EM_AARCH64, EV_CURRENT */
		0, 0, 0, 0, 0, 0, 0, 0,               /* e_entry */
		64, 0, 0, 0, 0, 0, 0, 0,              /* e_phoff */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   /* e_shoff, e_flags */
		/* e_ehsize e_phentsize e_phnum = 3, no sections */
		64, 0, 56, 0, 3, 0, 0, 0, 0, 0, 0, 0,
		4, 0, 0, 0, 0, 0, 0, 0,               /* PT_NOTE, no flags */
		0x00, 0x10, 0, 0, 0, 0, 0, 0,         /* p_offset: the physical address */
		0, 0, 0, 0, 0, 0, 0, 0,               /* p_vaddr */
		0x00, 0x10, 0, 0, 0, 0, 0, 0,         /* p_paddr */
		0x78, 0x01, 0, 0, 0, 0, 0, 0,         /* p_filesz */
		0x78, 0x01, 0, 0, 0, 0, 0, 0,         /* p_memsz */
	};
	static const struct lb_range memory[] = {{0x40000000, 0x80000000}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_ARM64, .notes = cpu_notes,
		.note_count = 2, .memory = memory, .memory_count = 1};
	size_t bytes;

	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	for (size_t i = 0; i < sizeof(golden); i++) {
		CHECK_EQUAL(buffer[i], golden[i]);
	}
}

TEST(core_header, merges_notes_only_where_they_touch)
{
	static const struct lb_range touching[] = {{0x1000, 0x116c}, {0x116c, 0x12e4}};
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	size_t bytes, at;

	spec.merge_notes = true;
	CHECK_EQUAL(lb_core_header_size(&spec, &bytes), LB_INVALID);
	spec.notes = touching;
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	REQUIRE(!lb_core_header_parse(buffer, bytes, &header, &at));
	CHECK_EQUAL(header.segment_count, 5);
	check_segment(&header, 0, LB_CORE_NOTE, (struct lb_range){0x1000, 0x12e4}, 0);
}

/* Memory and two excluded ranges over a universe of 8 points, against a bitmap. */
static void check_exclusion(const struct lb_range excluded[2])
{
	static const struct lb_range memory[] = {{1, 4}, {4, 5}, {6, 8}};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_ARM64, .memory = memory,
		.memory_count = 3, .excluded = excluded, .excluded_count = 2,
		.notes = cpu_notes, .note_count = 1};
	struct lb_core_header header;
	unsigned int expected = 0, found = 0;
	size_t bytes, at;

	for (unsigned int i = 0; i < 9; i++) {
		bool there = lb_range_has(memory[0], i) || lb_range_has(memory[1], i) ||
			lb_range_has(memory[2], i);

		if (there && !lb_range_has(excluded[0], i) && !lb_range_has(excluded[1], i)) {
			expected |= 1U << i;
		}
	}
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	REQUIRE(!lb_core_header_parse(buffer, bytes, &header, &at));
	for (uint32_t i = 1; i < header.segment_count; i++) {
		struct lb_core_segment segment;

		lb_core_header_segment(&header, i, &segment);
		CHECK(!lb_range_empty(segment.range));
		for (lb_phys_addr a = segment.range.start; a < segment.range.end; a++) {
			CHECK(!(found >> a & 1));
			found |= 1U << a;
		}
	}
	CHECK_EQUAL(found, expected);
}

TEST(core_header, leaves_out_exactly_what_is_excluded)
{
	for (uint64_t a = 0; a < 9; a++) {
		for (uint64_t b = a; b < 9; b++) {
			for (uint64_t c = 0; c < 9; c++) {
				for (uint64_t d = c; d < 9; d++) {
					check_exclusion((struct lb_range[]){{a, b}, {c, d}});
				}
			}
		}
	}
}

TEST(core_header, refuses_what_it_cannot_write)
{
	static const struct lb_range twisted[] = {{5, 6}, {1, 2}};
	struct lb_core_header_spec spec = example();
	size_t bytes;

	CHECK_EQUAL(lb_core_header_write(&spec, buffer, 4095, &bytes), LB_NO_STORAGE);
	spec.arch = LB_ARCH_UNKNOWN;
	CHECK_EQUAL(lb_core_header_size(&spec, &bytes), LB_INVALID);
	spec = example();
	spec.memory = twisted;
	CHECK_EQUAL(lb_core_header_size(&spec, &bytes), LB_INVALID);
}

TEST(core_header, finds_an_address)
{
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	uint64_t offset;
	size_t bytes, at;

	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	REQUIRE(!lb_core_header_parse(buffer, bytes, &header, &at));
	REQUIRE(!lb_core_header_find(&header, 0x7fffffff, &offset));
	CHECK_EQUAL(offset, 0x7fffffff);
	/* Memory of which the file holds only the beginning. */
	buffer[64 + 5 * 56 + 32 + 3] = 0x01; /* p_filesz */
	CHECK_EQUAL(lb_core_header_find(&header, 0x7fffffff, &offset), LB_NOT_FOUND);
	CHECK_EQUAL(lb_core_header_find(&header, 0x70000000, &offset), LB_OK);
	CHECK_EQUAL(lb_core_header_find(&header, 0x60000000, &offset), LB_NOT_FOUND);
	CHECK_EQUAL(lb_core_header_find(&header, 0x80000000, &offset), LB_NOT_FOUND);
}

static void check_refused(size_t field, uint8_t value, enum lb_status expected)
{
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	size_t bytes, at = 9999;

	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	buffer[field] = value;
	CHECK_EQUAL(lb_core_header_parse(buffer, bytes, &header, &at), expected);
	CHECK(at <= field && field - at < 8);
}

TEST(core_header, names_the_offset_of_what_is_wrong)
{
	check_refused(0, 'E', LB_INVALID);
	check_refused(4, 1, LB_UNSUPPORTED);
	check_refused(5, 2, LB_UNSUPPORTED);
	check_refused(16, 2, LB_INVALID);
	check_refused(18, 3, LB_UNSUPPORTED);
	check_refused(32 + 7, 0xff, LB_TRUNCATED);
	check_refused(52, 63, LB_INVALID);
	check_refused(54, 32, LB_INVALID);
	check_refused(56, 0, LB_INVALID);
	check_refused(64 + 5 * 56 + 32 + 7, 0xff, LB_INVALID);
}

TEST(core_header, refuses_a_segment_that_wraps)
{
	const size_t last = 64 + 5 * 56;
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	size_t bytes, at;

	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	buffer[last + 24 + 7] = 0xff; /* p_paddr */
	buffer[last + 40 + 7] = 0xff; /* p_memsz */
	CHECK_EQUAL(lb_core_header_parse(buffer, bytes, &header, &at), LB_OUT_OF_RANGE);
	CHECK_EQUAL(at, last + 24);
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	buffer[last + 8 + 7] = 0xff; /* p_offset */
	buffer[last + 32 + 7] = 0xf0; /* p_filesz */
	buffer[last + 40 + 7] = 0xf0;
	CHECK_EQUAL(lb_core_header_parse(buffer, bytes, &header, &at), LB_OUT_OF_RANGE);
	CHECK_EQUAL(at, last + 8);
}

/* Whatever one byte is changed to, and wherever the data end, the reader stays inside them. */
TEST(core_header, survives_every_changed_byte_and_every_truncation)
{
	struct lb_core_header_spec spec = example();
	struct lb_core_header header;
	struct lb_core_segment segment;
	size_t bytes, at;

	for (size_t i = 0; i < 64 + 6 * 56; i++) {
		for (unsigned int value = 0; value < 256; value += 17) {
			REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
			buffer[i] = (uint8_t)value;
			if (lb_core_header_parse(buffer, bytes, &header, &at)) {
				CHECK(at < bytes);
				continue;
			}
			for (uint32_t n = 0; n < header.segment_count; n++) {
				lb_core_header_segment(&header, n, &segment);
				CHECK(segment.range.start <= segment.range.end);
			}
		}
	}
	REQUIRE(!lb_core_header_write(&spec, buffer, sizeof(buffer), &bytes));
	for (size_t end = 0; end < 64 + 6 * 56; end++) {
		CHECK_EQUAL(lb_core_header_parse(buffer, end, &header, &at), LB_TRUNCATED);
	}
}

static void check_cpu_note(enum lb_arch arch, size_t registers, size_t note_bytes)
{
	uint64_t values[LB_ARM64_REGISTERS];
	struct lb_note note;
	size_t bytes, cursor = 0;
	uint32_t pid;

	for (size_t i = 0; i < LB_ARM64_REGISTERS; i++) {
		values[i] = 0x1111111111111111 * (i % 15 + 1);
	}
	__builtin_memset(buffer, 0xff, sizeof(buffer));
	REQUIRE(!lb_cpu_note_write(arch, values, 77, buffer, sizeof(buffer), &bytes));
	CHECK_EQUAL(bytes, note_bytes);
	REQUIRE(!lb_note_next(buffer, bytes, &cursor, &note));
	CHECK_EQUAL(note.type, LB_NT_PRSTATUS);
	CHECK_TEXT(note.name, "CORE");
	CHECK_EQUAL(note.desc_bytes, 112 + 8 * registers + 8);
	__builtin_memcpy(&pid, note.desc + 32, 4);
	CHECK_EQUAL(pid, 77);
	CHECK(!__builtin_memcmp(note.desc + 112, values, 8 * registers));
	CHECK_EQUAL(lb_note_next(buffer, bytes, &cursor, &note), LB_NOT_FOUND);
	CHECK_EQUAL(lb_cpu_note_write(arch, values, 0, buffer, bytes - 1, &bytes), LB_NO_STORAGE);
}

TEST(core_header, saves_registers_as_elf_prstatus)
{
	check_cpu_note(LB_ARCH_X86_64, LB_X86_64_REGISTERS, LB_CPU_NOTE_BYTES_X86_64);
	check_cpu_note(LB_ARCH_ARM64, LB_ARM64_REGISTERS, LB_CPU_NOTE_BYTES_ARM64);
}

TEST(core_header, builds_vmcoreinfo_line_by_line)
{
	static const char expected[] = "OSRELEASE=lifeboat\nPAGESIZE=4096\n"
		"NUMBER(low)=-9223372036854775808\n"
		"SYMBOL(_stext)=ffffffff81000000\nLENGTH(none)=0\n";
	struct lb_vmcoreinfo info;
	struct lb_note note;
	const char *value;
	size_t bytes, length, cursor = 0;

	REQUIRE(!lb_vmcoreinfo_begin(&info, buffer, 4096));
	lb_vmcoreinfo_add_text(&info, "OSRELEASE", "lifeboat");
	lb_vmcoreinfo_add_number(&info, "PAGESIZE", 4096);
	lb_vmcoreinfo_add_number(&info, "NUMBER(low)", INT64_MIN);
	lb_vmcoreinfo_add_hex(&info, "SYMBOL(_stext)", 0xffffffff81000000);
	lb_vmcoreinfo_add_number(&info, "LENGTH(none)", 0);
	REQUIRE(!lb_vmcoreinfo_finish(&info, &bytes));
	REQUIRE(!lb_note_next(buffer, bytes, &cursor, &note));
	CHECK_TEXT(note.name, "VMCOREINFO");
	CHECK_EQUAL(note.type, 0);
	REQUIRE(note.desc_bytes == sizeof(expected) - 1);
	CHECK(!__builtin_memcmp(note.desc, expected, note.desc_bytes));
	CHECK_EQUAL(lb_note_next(buffer, bytes, &cursor, &note), LB_NOT_FOUND);
	REQUIRE(!lb_vmcoreinfo_find(expected, sizeof(expected) - 1, "PAGESIZE", &value, &length));
	CHECK(length == 4 && !__builtin_memcmp(value, "4096", 4));
	REQUIRE(!lb_vmcoreinfo_find(
		expected, sizeof(expected) - 1, "LENGTH(none)", &value, &length));
	CHECK(length == 1 && *value == '0');
	CHECK_EQUAL(lb_vmcoreinfo_find(expected, sizeof(expected) - 1, "PAGE", &value, &length),
		LB_NOT_FOUND);
}

TEST(core_header, says_when_vmcoreinfo_does_not_fit)
{
	for (size_t room = 0; room < 200; room++) {
		struct lb_vmcoreinfo info;
		enum lb_status status;
		size_t bytes = 0;

		__builtin_memset(buffer, 0xee, 256);
		if (lb_vmcoreinfo_begin(&info, buffer, room)) {
			CHECK(room < 36);
			continue;
		}
		lb_vmcoreinfo_add_text(&info, "KEY", "some text that is 40 bytes long, exactly");
		status = lb_vmcoreinfo_finish(&info, &bytes);
		CHECK_EQUAL(status, room < 24 + 48 + 12 ? LB_NO_STORAGE : LB_OK);
		CHECK(bytes <= room);
		CHECK_EQUAL(buffer[room], 0xee);
	}
}

TEST(core_header, walks_damaged_notes_without_leaving_them)
{
	uint64_t values[LB_ARM64_REGISTERS] = {0};
	size_t bytes;

	for (size_t i = 0; i < 20; i++) {
		for (unsigned int value = 0; value < 256; value++) {
			struct lb_note note;
			size_t cursor = 0;

			REQUIRE(!lb_cpu_note_write(LB_ARCH_X86_64, values, 0, buffer,
				sizeof(buffer), &bytes));
			buffer[i] = (uint8_t)value;
			while (!lb_note_next(buffer, bytes, &cursor, &note)) {
				CHECK(cursor <= bytes);
				CHECK(note.desc + note.desc_bytes <= buffer + bytes);
			}
		}
	}
}
