/* SPDX-License-Identifier: MIT */
/* What the lab finds in a core header: all RAM that the kernel could use, each program header in
 * agreement with itself, and one note for each CPU. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lab/drill_internal.h"
#include "tests/harness/test.h"

#define LINEAR UINT64_C(0xffff888000000000)
#define HEADER UINT64_C(0x300000)
#define RAM_BYTES UINT64_C(0x400000)
#define PHDR(n) (HEADER + LB_CORE_EHDR_BYTES + (n) * LB_CORE_PHDR_BYTES)
/* In a program header. */
#define OFFSET 8
#define VIRTUAL 16
#define FILE_BYTES 32

/* Two pieces of RAM, between them a hole; the crash memory is the end of the second. Program
 * headers: two CPUs, VMCOREINFO, the image, then memory. */
struct world {
	struct lb_drill_spec spec;
	struct lb_drill_result result;
	struct drill drill;
};

static const struct lb_range memory[] = {{0x1000, 0x100000}, {0x200000, RAM_BYTES}};
static const struct lb_range crash = {0x300000, RAM_BYTES};
static const struct lb_range notes[] = {{0x2000, 0x2800}, {0x3000, 0x3800}};

static void write_header(struct world *world, struct lb_range excluded, size_t note_count)
{
	struct lb_range without[] = {crash, excluded};
	struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64, .notes = notes,
		.note_count = note_count, .vmcoreinfo = {0x4000, 0x5000},
		.kernel_text = {0x10000, 0x20000}, .kernel_text_va = LAB_IMAGE_VIRTUAL,
		.memory = memory, .memory_count = LB_ARRAY_COUNT(memory), .excluded = without,
		.excluded_count = LB_ARRAY_COUNT(without), .va_offset = LINEAR};
	size_t written;

	if (lb_core_header_write(
		    &spec, world->drill.memory.bytes + HEADER, LB_CORE_HEADER_ALIGN, &written)) {
		abort();
	}
}

static struct world *make_world(void)
{
	struct world *world = calloc(1, sizeof(*world));
	uint8_t *bytes = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!world || bytes == MAP_FAILED) {
		abort();
	}
	world->spec = (struct lb_drill_spec){.arch = LB_ARCH_X86_64, .cpus = 2};
	world->drill.spec = &world->spec;
	world->drill.result = &world->result;
	world->drill.memory = (struct lab_ram){.descriptor = -1, .bytes = bytes,
		.size = RAM_BYTES, .piece_count = 1, .pieces = {{{0, RAM_BYTES}, 0}}};
	world->drill.core_header = HEADER;
	world->drill.tables.linear = LINEAR;
	world->drill.tables.ram[0] = (struct lb_range){0x400, 0x100800}; /* no whole pages */
	world->drill.tables.ram[1] = memory[1];
	world->drill.tables.ram_count = 2;
	world->drill.allowed[0] = crash;
	world->drill.allowed_count = 1;
	write_header(world, (struct lb_range){0, 0}, 2);
	return world;
}

static bool complete(struct world *world)
{
	const struct lb_drill_proof *proof =
		&world->result.proofs[LB_DRILL_PROOF_VMCORE_COMPLETE];

	world->result = (struct lb_drill_result){0};
	drill_judge_dump(&world->drill);
	CHECK_EQUAL(proof->witnesses, LB_DRILL_BY_OUTSIDE);
	return proof->passed;
}

static void end(struct world *world)
{
	lab_ram_close(&world->drill.memory);
	free(world);
}

TEST(lab_drill_complete, passes_where_all_of_ram_is_named)
{
	struct world *world = make_world();

	CHECK(complete(world));
	CHECK(strstr(world->result.proofs[LB_DRILL_PROOF_VMCORE_COMPLETE].evidence, "3 notes"));
	end(world);
}

/* A page of RAM at either end of a range or within, and one that is not the kernel's. */
TEST(lab_drill_complete, misses_each_page)
{
	static const struct lb_range missing[] = {{0x1000, 0x2000}, {0x80000, 0x81000},
		{0xff000, 0x100000}, {0x200000, 0x201000}, {0x2ff000, 0x300000}};
	struct world *world = make_world();

	for (size_t i = 0; i < LB_ARRAY_COUNT(missing); i++) {
		write_header(world, missing[i], 2);
		CHECK(!complete(world));
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(missing); i++) {
		write_header(world, (struct lb_range){0, 0}, 2);
		CHECK(complete(world));
		world->drill.allowed[1] = missing[i];
		world->drill.allowed_count = 2;
		CHECK(!complete(world));
		world->drill.allowed_count = 1;
	}
	end(world);
}

TEST(lab_drill_complete, counts_a_note_for_each_cpu)
{
	struct world *world = make_world();

	write_header(world, (struct lb_range){0, 0}, 1);
	CHECK(!complete(world));
	world->spec.cpus = 1;
	CHECK(complete(world));
	world->spec.cpus = 3;
	CHECK(!complete(world));
	end(world);
}

/* By its file offset, its size in the file, and its virtual address. */
TEST(lab_drill_complete, believes_no_program_header_that_contradicts_itself)
{
	static const unsigned int fields[] = {OFFSET, VIRTUAL, FILE_BYTES};
	struct world *world = make_world();

	for (unsigned int header = 0; header < 6; header++) {
		for (size_t i = 0; i < LB_ARRAY_COUNT(fields); i++) {
			bool is_note = header < 3;
			uint8_t *byte = (uint8_t *)world->drill.memory.bytes + PHDR(header) +
				fields[i] + 1;

			*byte ^= 0x10;
			CHECK_EQUAL(complete(world), is_note && fields[i] == VIRTUAL);
			*byte ^= 0x10;
			CHECK(complete(world));
		}
	}
	end(world);
}

TEST(lab_drill_complete, wants_a_core_header)
{
	struct world *world = make_world();

	world->drill.core_header = 0x200000;
	CHECK(!complete(world));
	world->drill.core_header = RAM_BYTES;
	CHECK(!complete(world));
	end(world);
}
