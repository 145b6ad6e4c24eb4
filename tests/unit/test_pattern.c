/* SPDX-License-Identifier: MIT */
/* pattern: what was written is told from everything else, by each word and each register. */
#include "protocol/pattern.h"
#include "tests/harness/test.h"

#define WORDS (LB_PATTERN_PAGE / 8)
#define PAGE UINT64_C(0x12345000)
#define SEED 7
#define CPU 2

TEST(pattern, a_page_with_one_other_word_is_another)
{
	static uint64_t words[WORDS];

	lb_pattern_fill(SEED, words, PAGE);
	CHECK(lb_pattern_matches(SEED, words, PAGE));
	CHECK(!lb_pattern_matches(SEED + 1, words, PAGE));
	CHECK(!lb_pattern_matches(SEED, words, PAGE + LB_PATTERN_PAGE));
	for (size_t i = 0; i < WORDS; i += __STDC_HOSTED__ ? 1 : 37) {
		words[i] ^= UINT64_C(1) << i % 64;
		CHECK(!lb_pattern_matches(SEED, words, PAGE));
		words[i] ^= UINT64_C(1) << i % 64;
	}
}

/* No two CPUs hold the same word, and no two registers of one. */
TEST(pattern, every_register_of_every_cpu_has_a_word_of_its_own)
{
	for (uint32_t i = 0; i < 4 * LB_PATTERN_CPU_WORDS; i++) {
		for (uint32_t k = 0; k < i; k++) {
			CHECK(lb_pattern_register(SEED, i % 4, i / 4) !=
				lb_pattern_register(SEED, k % 4, k / 4));
		}
		CHECK(lb_pattern_register(SEED, i % 4, i / 4) !=
			lb_pattern_register(SEED + 1, i % 4, i / 4));
	}
}

struct world {
	struct lb_pattern_table table;
	struct lb_pattern_places places;
	uint16_t whole; /* a register that is known whole, */
	uint16_t part;  /* and one of which bits 6 to 9 are */
	uint64_t registers[64];
};

/* A CPU that waits with all that can be known of it. */
static void make(struct world *world, const struct lb_pattern_places *places, uint16_t part)
{
	uint16_t whole = (uint16_t)(places->registers - 1);

	*world = (struct world){
		.places = *places, .table = {.seed = SEED}, .whole = whole, .part = part};
	world->table.cpus[CPU] = (struct lb_pattern_cpu){.pc_first = 0x1000, .pc_last = 0x1fff,
		.sp = 0x8000, .sp_room = 0x100, .words = places->count, .known_count = 2,
		.known = {{whole, 64, 0, 0xffff0000}, {part, 4, 6, 0xd}}};
	world->registers[whole] = 0xffff0000;
	world->registers[part] = 0xf340;
	for (uint32_t i = 0; i < places->count; i++) {
		world->registers[places->words[i]] = lb_pattern_register(SEED, CPU, i);
	}
	world->registers[places->pc] = 0x1234;
	world->registers[places->sp] = 0x7f80;
}

static bool matches(const struct world *world)
{
	return lb_pattern_cpu_matches(&world->table, CPU, world->registers, &world->places);
}

static void check_each_register(struct world *world)
{
	CHECK(matches(world));
	for (uint32_t i = 0; i < world->places.count; i++) {
		world->registers[world->places.words[i]] ^= 0x100;
		CHECK(!matches(world));
		world->registers[world->places.words[i]] ^= 0x100;
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		world->registers[world->whole] ^= UINT64_C(1) << bit;
		CHECK(!matches(world));
		world->registers[world->whole] ^= UINT64_C(1) << bit;
		world->registers[world->part] ^= UINT64_C(1) << bit;
		CHECK_EQUAL(matches(world), bit < 6 || bit > 9);
		world->registers[world->part] ^= UINT64_C(1) << bit;
	}
}

static void check_places(struct world *world)
{
	static const struct {
		uint64_t pc, sp;
		bool matches;
	} rows[] = {{0x1000, 0x8000, true}, {0x1fff, 0x7f00, true}, {0xfff, 0x8000, false},
		{0x2000, 0x8000, false}, {0x1000, 0x8001, false}, {0x1000, 0x7eff, false}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		world->registers[world->places.pc] = rows[i].pc;
		world->registers[world->places.sp] = rows[i].sp;
		CHECK_EQUAL(matches(world), rows[i].matches);
	}
}

TEST(pattern, a_cpu_with_one_other_register_is_another)
{
	static struct world world;
	static const struct lb_pattern_places x86_64 = LB_PATTERN_PLACES_X86_64;
	static const struct lb_pattern_places arm64 = LB_PATTERN_PLACES_ARM64;

	make(&world, &x86_64, 25);
	check_each_register(&world);
	check_places(&world);
	make(&world, &arm64, 30);
	check_each_register(&world);
	check_places(&world);
}

/* The table comes from a kernel that crashed: what makes no sense in it matches nothing. */
TEST(pattern, nonsense_in_the_table_matches_nothing)
{
	static struct world world;
	static const struct lb_pattern_places places = LB_PATTERN_PLACES_X86_64;
	static const struct lb_pattern_known nonsense[] = {
		{27, 64, 0, 0}, {0, 0, 0, 0}, {0, 65, 0, 0}, {0, 1, 64, 0}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(nonsense); i++) {
		make(&world, &places, 25);
		world.table.cpus[CPU].known[0] = nonsense[i];
		CHECK(!matches(&world));
	}
}
