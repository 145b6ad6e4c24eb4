/* SPDX-License-Identifier: MIT */
/* What devices wrote after their kernel's death, read from outside: the pool has their messages,
 * and nothing else has changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/drill_internal.h"
#include "protocol/pattern.h"
#include "tests/harness/test.h"

#define PAGE UINT64_C(4096)
#define BASE UINT64_C(0x40000000)
#define RAM_BYTES (32 * PAGE)
#define POOL (BASE + 8 * PAGE)
#define CRASH (BASE + 16 * PAGE)
#define SENT 1000
#define FIRST 0x8
#define SECOND 0x10

/* RAM with a pool in its first half; the second half is crash memory. */
struct world {
	struct lb_drill_spec spec;
	struct lb_drill_result result;
	struct drill drill;
};

static uint8_t *at(const struct world *world, lb_phys_addr address)
{
	return world->drill.memory.bytes + (address - BASE);
}

static void tell(struct world *world, const char *text)
{
	char line[80];

	snprintf(line, sizeof(line), LB_LINE_DMA "%s", text);
	CHECK(drill_line(&world->drill, line));
}

static void write_message(struct world *world, uint64_t device, lb_phys_addr place)
{
	for (size_t i = 0; i < SENT; i++) {
		at(world, place)[i] = lb_pattern_message(device, i);
	}
}

/* Loaded, and about to crash: two devices have been told to write. */
static struct world *make_world(void)
{
	struct world *world = calloc(1, sizeof(*world));
	int descriptor = memfd_create("ram", MFD_CLOEXEC);

	if (!world || descriptor < 0 || ftruncate(descriptor, RAM_BYTES)) {
		abort();
	}
	world->drill.spec = &world->spec;
	world->drill.result = &world->result;
	world->drill.memory = (struct lab_ram){.descriptor = descriptor,
		.bytes = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
		.size = RAM_BYTES, .piece_count = 1, .pieces = {{{BASE, BASE + RAM_BYTES}, 0}}};
	if (world->drill.memory.bytes == MAP_FAILED) {
		abort();
	}
	memset(world->drill.memory.bytes, 0xa5, RAM_BYTES);
	world->drill.pool = (struct lb_range){POOL, POOL + 4 * PAGE};
	world->drill.allowed[world->drill.allowed_count++] = (struct lb_range){CRASH, CRASH + PAGE};
	world->drill.allowed[world->drill.allowed_count++] = world->drill.pool;
	tell(world, "0x8: 0x40008000-0x400083e7");
	tell(world, "0x10: 0x40008800-0x40008be7");
	return world;
}

static void crash(struct world *world)
{
	world->drill.before =
		lab_ram_copy_make(&world->drill.memory, &world->result.problem);
	if (!world->drill.before) {
		abort();
	}
	drill_expect_late_writes(&world->drill);
	memset(at(world, CRASH), 0x90, PAGE / 2); /* the capture kernel's own */
}

static struct world *make_crashed(void)
{
	struct world *world = make_world();

	crash(world);
	write_message(world, FIRST, POOL);
	write_message(world, SECOND, POOL + 0x800);
	return world;
}

static bool passes(struct world *world)
{
	const struct lb_drill_proof *proof = &world->result.proofs[LB_DRILL_PROOF_DMA_IN_FLIGHT];

	CHECK(drill_judge_late_writes(&world->drill));
	CHECK_EQUAL(proof->witnesses, LB_DRILL_BY_OUTSIDE);
	return proof->passed;
}

static void end(struct world *world)
{
	close(world->drill.memory.descriptor);
	lab_ram_close(&world->drill.memory);
	lab_ram_copy_free(world->drill.before);
	free(world);
}

TEST(lab_drill_late_writes, pass_where_they_were_expected)
{
	struct world *world = make_crashed();

	CHECK(passes(world));
	end(world);
}

TEST(lab_drill_late_writes, must_land)
{
	struct world *world = make_crashed();

	at(world, POOL + 0x800)[SENT - 1] ^= 1;
	CHECK(!passes(world));
	end(world);
}

/* What had landed before purgatory began was not in flight. */
TEST(lab_drill_late_writes, must_have_been_pending)
{
	struct world *world = make_world();

	write_message(world, FIRST, POOL);
	crash(world);
	write_message(world, SECOND, POOL + 0x800);
	CHECK(!passes(world));
	end(world);
}

TEST(lab_drill_late_writes, must_be_of_two_devices)
{
	struct world *world = make_world();

	world->drill.late_count = 1;
	crash(world);
	write_message(world, FIRST, POOL);
	CHECK(!passes(world));
	end(world);
}

TEST(lab_drill_late_writes, change_no_other_byte_of_the_pool)
{
	struct world *world = make_crashed();

	at(world, POOL)[SENT] ^= 1;
	CHECK(!passes(world));
	end(world);
}

TEST(lab_drill_late_writes, change_no_old_memory)
{
	struct world *world = make_crashed();

	at(world, BASE)[0] ^= 1;
	CHECK(!passes(world));
	end(world);
}

/* Not even a part of a message may lie in the capture kernel's memory. */
TEST(lab_drill_late_writes, reach_nothing_of_the_capture_kernel)
{
	struct world *world = make_crashed();

	for (size_t i = 0; i < 16; i++) {
		at(world, CRASH + PAGE - 16)[i] = lb_pattern_message(SECOND, SENT - 16 + i);
	}
	CHECK(!passes(world));
	end(world);
}

static bool judged(struct world *world, bool (*judge)(struct drill *drill),
	enum lb_drill_proof_id id)
{
	CHECK(judge(&world->drill));
	CHECK_EQUAL(world->result.proofs[id].witnesses, LB_DRILL_BY_OUTSIDE);
	return world->result.proofs[id].passed;
}

/* Where the pool was used as RAM, the messages stand in it; all else is the capture kernel's. */
TEST(lab_drill_late_writes, corrupt_what_was_given_away)
{
	struct world *world = make_crashed();

	memset(at(world, POOL + 2 * PAGE), 0, PAGE);
	CHECK(judged(world, drill_judge_corruption, LB_DRILL_PROOF_NAIVE_CORRUPTS));
	end(world);
	world = make_crashed();
	at(world, POOL)[0] ^= 1;
	CHECK(!judged(world, drill_judge_corruption, LB_DRILL_PROOF_NAIVE_CORRUPTS));
	end(world);
}

/* Where the crash stops devices, nothing may land, and nothing else may change. */
TEST(lab_drill_late_writes, must_not_land_when_devices_were_stopped)
{
	for (int changed = 0; changed < 3; changed++) {
		struct world *world = make_world();

		world->spec.policy = LB_DRILL_POLICY_STOP_DMA;
		crash(world);
		if (changed == 1) {
			write_message(world, SECOND, POOL + 0x800);
		} else if (changed == 2) {
			at(world, BASE)[0] ^= 1;
		}
		CHECK_EQUAL(judged(world, drill_judge_stopped, LB_DRILL_PROOF_DMA_STOPPED),
			!changed);
		end(world);
	}
}

/* A line that makes no sense is no device. */
TEST(lab_drill_late_writes, stand_a_guest_gone_mad)
{
	static const char *const lines[] = {"", ": ", "0x8", "0x8: ", "0x8: 0x9-0x1",
		"0x8: 0x0-0xffffffff", "0x8: 0x0-0xffffffffffffffff",
		"0x18: 0x90000000-0x900003e7"};
	struct world *world = make_world();

	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		tell(world, lines[i]);
	}
	CHECK_EQUAL(world->drill.late_count, 3);
	crash(world);
	CHECK(!passes(world));
	for (size_t i = 0; i < 2 * DRILL_LATE_MAX; i++) {
		tell(world, "0x8: 0x40008000-0x400083e7");
	}
	CHECK_EQUAL(world->drill.late_count, DRILL_LATE_MAX);
	end(world);
}
