/* SPDX-License-Identifier: MIT */
/* What is loaded, read from outside: all of it is in the digest, and the rest becomes noise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/drill_internal.h"
#include "lifeboat/sha256.h"
#include "purgatory/purgatory.h"
#include "tests/harness/test.h"

#define PAGE UINT64_C(4096)
#define BASE UINT64_C(0x40000000)
#define RAM_BYTES (32 * PAGE)
#define CODE_BYTES 256
#define TABLES (BASE + 16 * PAGE)
#define CORE_HEADER (BASE + 17 * PAGE)
#define KERNEL (BASE + 20 * PAGE)
#define KERNEL_BYTES 5000
#define KERNEL_ROOM (2 * PAGE)
#define PURGATORY (BASE + 24 * PAGE)
#define SELF (PURGATORY + CODE_BYTES + LB_PURGATORY_STACK_BYTES)

/* RAM whose upper half is crash memory with four loaded parts. */
struct world {
	struct lb_drill_spec spec;
	struct lb_drill_result result;
	struct drill drill;
	struct lb_purgatory *structure;
};

static void *at(const struct world *world, lb_phys_addr address)
{
	return world->drill.memory.bytes + (address - BASE);
}

static void tell(struct world *world, const char *name, lb_phys_addr start, uint64_t bytes)
{
	struct drill_loaded *loaded = &world->drill.loaded[world->drill.loaded_count++];

	snprintf(loaded->name, sizeof(loaded->name), "%s", name);
	loaded->range = (struct lb_range){start, start + bytes};
}

static void seal(struct world *world)
{
	struct lb_purgatory *purgatory = world->structure;
	struct lb_sha256 digest;

	memset(purgatory->digest, 0, sizeof(purgatory->digest));
	lb_sha256_init(&digest, LB_SHA256_PORTABLE);
	for (uint32_t i = 0; i < purgatory->segment_count; i++) {
		lb_sha256_update(&digest, at(world, purgatory->segments[i].start),
			purgatory->segments[i].bytes);
	}
	lb_sha256_update(&digest, purgatory, sizeof(*purgatory));
	lb_sha256_finish(&digest, purgatory->digest);
}

static struct world *make_world(void)
{
	struct world *world = calloc(1, sizeof(*world));
	uint8_t *bytes = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!world || bytes == MAP_FAILED) {
		abort();
	}
	world->drill.spec = &world->spec;
	world->drill.result = &world->result;
	world->drill.memory = (struct lab_ram){.descriptor = -1, .bytes = bytes,
		.size = RAM_BYTES, .piece_count = 1, .pieces = {{{BASE, BASE + RAM_BYTES}, 0}}};
	world->drill.tables.crash = (struct lb_range){TABLES, BASE + RAM_BYTES};
	world->drill.purgatory =
		(struct lb_range){PURGATORY, SELF + sizeof(struct lb_purgatory)};
	tell(world, LB_SEGMENT_PAGE_TABLES, TABLES, PAGE);
	tell(world, LB_SEGMENT_CORE_HEADER, CORE_HEADER, PAGE);
	tell(world, LB_SEGMENT_KERNEL, KERNEL, KERNEL_ROOM);
	tell(world, LB_SEGMENT_PURGATORY, PURGATORY, lb_range_size(world->drill.purgatory));
	memset(at(world, KERNEL), 0x90, KERNEL_BYTES);
	world->structure = at(world, SELF);
	*world->structure = (struct lb_purgatory){.magic = LB_PURGATORY_MAGIC, .self = SELF,
		.entry = KERNEL + 0x200, .segment_count = 4,
		.segments = {{PURGATORY, CODE_BYTES}, {CORE_HEADER, PAGE},
			{KERNEL, KERNEL_BYTES}, {TABLES, PAGE}}};
	seal(world);
	return world;
}

static void end(struct world *world)
{
	lab_ram_close(&world->drill.memory);
	free(world);
}

static const struct lb_drill_proof *judged(struct world *world)
{
	const struct lb_drill_proof *proof =
		&world->result.proofs[LB_DRILL_PROOF_DIGEST_COVERS_ALL];

	CHECK(drill_judge_loaded(&world->drill));
	CHECK_EQUAL(proof->witnesses, LB_DRILL_BY_OUTSIDE);
	return proof;
}

/* Ends the world. */
static void check_fails(struct world *world, const char *evidence)
{
	const struct lb_drill_proof *proof = judged(world);

	CHECK(!proof->passed);
	CHECK_TEXT(proof->evidence, evidence);
	end(world);
}

TEST(lab_drill_loaded, finds_every_part_in_the_digest)
{
	struct world *world = make_world();

	CHECK(judged(world)->passed);
	CHECK_EQUAL(world->drill.entry, KERNEL + 0x200);
	end(world);
}

/* Whatever is not in the digest may be anything, so it becomes something else than it was. */
TEST(lab_drill_loaded, makes_noise_of_the_rest_alone)
{
	struct world *world = make_world();
	uint8_t *was = malloc(RAM_BYTES);

	REQUIRE(was);
	memcpy(was, world->drill.memory.bytes, RAM_BYTES);
	CHECK(judged(world)->passed);
	for (lb_phys_addr byte = BASE; byte < BASE + RAM_BYTES; byte++) {
		bool kept = byte < CORE_HEADER + PAGE ||
			(byte >= KERNEL && byte < KERNEL + KERNEL_BYTES) ||
			(byte >= PURGATORY && byte < PURGATORY + CODE_BYTES) ||
			(byte >= SELF && byte < SELF + sizeof(struct lb_purgatory));
		bool same = was[byte - BASE] == *(uint8_t *)at(world, byte);

		if (same != kept) {
			CHECK_EQUAL(byte, 0);
			break;
		}
	}
	free(was);
	end(world);
}

TEST(lab_drill_loaded, notices_each_part_that_the_digest_leaves_out)
{
	static const char *const evidence[] = {
		"from outside: purgatory is not in the digest, or not all of it",
		"from outside: core header is not in the digest, or not all of it",
		"from outside: kernel is not in the digest, or not all of it",
		"from outside: page tables is not in the digest, or not all of it"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(evidence); i++) {
		struct world *world = make_world();

		world->structure->segments[i] =
			world->structure->segments[--world->structure->segment_count];
		seal(world);
		check_fails(world, evidence[i]);
	}
}

TEST(lab_drill_loaded, notices_a_part_that_lacks_its_last_byte)
{
	struct world *world = make_world();

	world->structure->segments[1].bytes--;
	seal(world);
	check_fails(world, "from outside: core header is not in the digest, or not all of it");
}

/* Each byte of the structure, and one of each segment. */
TEST(lab_drill_loaded, notices_any_byte_that_the_digest_does_not_know)
{
	for (size_t i = 0; i < sizeof(struct lb_purgatory); i++) {
		struct world *world = make_world();

		((uint8_t *)world->structure)[i] ^= 0x10;
		CHECK(!judged(world)->passed);
		end(world);
	}
	for (size_t i = 0; i < 4; i++) {
		struct world *world = make_world();

		((uint8_t *)at(world, world->structure->segments[i].start))[99] ^= 0x10;
		check_fails(world,
			"from outside: the segments and the structure have another digest");
	}
}

TEST(lab_drill_loaded, does_not_follow_segments_out_of_the_crash_memory)
{
	struct world *world = make_world();

	world->structure->segments[3] = (struct lb_purgatory_segment){BASE, PAGE};
	check_fails(world, "from outside: a segment at 0x40000000 is not in the crash memory");
	world = make_world();
	world->structure->segments[3].bytes = UINT64_MAX;
	check_fails(world, "from outside: a segment at 0x40010000 is not in the crash memory");
	world = make_world();
	world->drill.purgatory.end = PURGATORY + 100;
	check_fails(world, "from outside: purgatory has no structure");
}

/* Each part has a bit of its own to be turned over, and it is one that the digest covers. */
TEST(lab_drill_loaded, turns_a_bit_over_in_the_part_that_is_named)
{
	static const char *const parts[] = {LB_SEGMENT_PAGE_TABLES, LB_SEGMENT_CORE_HEADER,
		LB_SEGMENT_KERNEL, LB_SEGMENT_PURGATORY, DRILL_STRUCTURE};
	struct world *world = make_world();
	struct lb_range structure = {SELF, SELF + sizeof(struct lb_purgatory)};

	for (size_t i = 0; i < LB_ARRAY_COUNT(parts); i++) {
		bool in_structure = !strcmp(parts[i], DRILL_STRUCTURE);
		lb_phys_addr place;
		uint8_t *byte;

		world->drill.flips = parts[i];
		place = drill_flip_place(&world->drill);
		CHECK(lb_range_has(in_structure ? structure : drill_loaded(&world->drill, parts[i]),
			place));
		CHECK_EQUAL(in_structure, lb_range_has(structure, place));
		byte = at(world, place);
		*byte ^= 2;
		CHECK(!judged(world)->passed);
		*byte ^= 2;
		world->result = (struct lb_drill_result){0};
	}
	world->drill.flips = LB_SEGMENT_INITRD;
	CHECK_EQUAL(drill_flip_place(&world->drill), 0);
	end(world);
}
