/* SPDX-License-Identifier: MIT */
/*
 * kaslr in small worlds: the kernel is put at every address of a grid and looked at, for every
 * pair of borders, every mix of kinds of memory, and every way not to draw.
 */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define KIB(n) ((uint64_t)(n) * LB_KIB)
#define MIB(n) ((uint64_t)(n) * LB_MIB)
#define MEMORIES 2

static struct lb_slot_area storage[LB_KASLR_AREAS_MAX];

/* How a stub's kernel may lie: what counts of its request, written down again. */
struct stub_world {
	enum lb_arch arch;
	uint32_t version;
	uint64_t align, granule; /* the image's size is rounded up to the granule */
	lb_phys_addr floor;
};

static const struct stub_world stub_worlds[] = {
	{LB_ARCH_X86_64, V(6, 1, 78), MIB(2), 4096, 0},
	{LB_ARCH_X86_64, V(6, 12, 0), MIB(2), 4096, MIB(16)},
	{LB_ARCH_ARM64, V(6, 12, 0), KIB(64), KIB(64), 0},
	{LB_ARCH_RISCV64, V(6, 12, 0), MIB(2), 4096, 0},
};

/* The ranks that do not agree when every grid point up to `end` is tried. */
static uint64_t disagreements(const struct stub_world *world, const struct lb_kaslr_memory *memory,
	const bool *counts, uint64_t size, lb_phys_addr end, const struct lb_slots *slots)
{
	uint64_t rank = 0, wrong = 0;

	size = (size + world->granule - 1) / world->granule * world->granule;
	for (size_t i = 0; i < MEMORIES; i++) {
		for (lb_phys_addr at = world->floor; counts[i] && at < end; at += world->align) {
			if (!lb_range_contains(memory[i].range, (struct lb_range){at, at + size})) {
				continue;
			}
			wrong += rank >= slots->total || lb_slots_at(slots, rank) != at;
			rank++;
		}
	}
	return wrong + (rank != slots->total);
}

static enum lb_status ask_stub(const struct stub_world *world, const struct lb_kaslr_memory *memory,
	const char *cmdline, uint64_t size, struct lb_slots *slots)
{
	const struct lb_kaslr_stub request = {.arch = world->arch, .version = world->version,
		.memory = memory, .memory_count = MEMORIES, .image_size = size,
		.align = world->align, .cmdline = cmdline, .random = true, .loaded = MIB(512)};
	enum lb_kaslr_result result;
	lb_phys_addr place;

	*slots = (struct lb_slots){.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
	return lb_kaslr_stub_slots(&request, slots, &result, &place);
}

/* Every pair of borders in quarters of the grid, beside a second range that does not move. */
TEST(kaslr_worlds, stub_slots_are_the_grid_points_where_the_image_fits)
{
	static const bool both[MEMORIES] = {true, true};

	for (size_t i = 0; i < LB_ARRAY_COUNT(stub_worlds); i++) {
		const struct stub_world *world = &stub_worlds[i];
		uint64_t quarter = world->align / 4;
		lb_phys_addr base = world->floor ? world->floor - 2 * world->align : 0;

		for (unsigned int pair = 0; pair < 24 * 24; pair++) {
			struct lb_range moving = {base + pair % 24 * quarter,
				base + (pair % 24 + pair / 24) * quarter};
			const struct lb_kaslr_memory memory[MEMORIES] = {
				{.range = moving, .usable = true},
				{.range = {base + 64 * quarter, base + 90 * quarter},
					.usable = true}};

			for (uint64_t size = 1; size < 12 * quarter; size += 5 * quarter / 2) {
				struct lb_slots slots;
				enum lb_status status =
					ask_stub(world, memory, "", size, &slots);

				CHECK(status == LB_OK || status == LB_NOT_FOUND);
				CHECK_EQUAL(disagreements(world, memory, both, size,
					base + 100 * quarter, &slots), 0);
			}
		}
	}
}

/* The kinds of memory, a bit each. */
enum { USABLE = 1, UNACCEPTED = 2, RELIABLE = 4, SOFT = 8, HOT = 16, KINDS = 32 };

static struct lb_kaslr_memory of_kind(struct lb_range range, unsigned int kind)
{
	return (struct lb_kaslr_memory){.range = range, .usable = kind & USABLE,
		.unaccepted = kind & UNACCEPTED, .more_reliable = kind & RELIABLE,
		.soft_reserved = kind & SOFT, .hot_pluggable = kind & HOT};
}

/* Soft-reserved memory counts if told so, memory that may go since 2025 never, unaccepted memory
 * never; and where reliable memory has a place (since 5.19), nothing else counts. */
static void stub_counts(const unsigned int *kinds, uint32_t version, bool keep_soft, bool *counts)
{
	bool reliable = false;

	for (size_t i = 0; i < MEMORIES; i++) {
		counts[i] = (kinds[i] & USABLE) && (keep_soft || !(kinds[i] & SOFT)) &&
			(version < V(6, 14, 0) || !(kinds[i] & HOT));
		reliable |= version >= V(5, 19, 0) && counts[i] && (kinds[i] & RELIABLE);
	}
	for (size_t i = 0; i < MEMORIES; i++) {
		counts[i] &= !reliable || (kinds[i] & RELIABLE);
	}
}

TEST(kaslr_worlds, stub_takes_the_kinds_of_memory_that_count)
{
	static const uint32_t versions[] = {V(5, 15, 0), V(5, 19, 0), V(6, 13, 0), V(6, 14, 0)};

	for (unsigned int mix = 0; mix < KINDS * KINDS * 2; mix++) {
		unsigned int kinds[MEMORIES] = {mix % KINDS, mix / KINDS % KINDS};
		bool keep_soft = mix / KINDS / KINDS, counts[MEMORIES];
		const struct lb_kaslr_memory memory[MEMORIES] = {
			of_kind((struct lb_range){MIB(16), MIB(28)}, kinds[0]),
			of_kind((struct lb_range){MIB(32), MIB(40)}, kinds[1])};

		for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
			const struct stub_world world = {LB_ARCH_X86_64, versions[i], MIB(2),
				4096, 0};
			struct lb_slots slots;

			stub_counts(kinds, versions[i], keep_soft, counts);
			CHECK(ask_stub(&world, memory, keep_soft ? "efi=nosoftreserve" : "",
				MIB(3), &slots) == (slots.total ? LB_OK : LB_NOT_FOUND));
			CHECK_EQUAL(disagreements(&world, memory, counts, MIB(3), MIB(48),
				&slots), 0);
		}
	}
}

/* The decompressor on the EFI map: unaccepted memory since 6.5; if any range at all is reliable,
 * only reliable ones; nothing may go, as far as it knows. On e820 there are no kinds. */
static void decompressor_counts(const unsigned int *kinds, uint32_t version, bool efi,
	bool keep_soft, bool *counts)
{
	bool any_reliable = efi && ((kinds[0] | kinds[1]) & RELIABLE);

	for (size_t i = 0; i < MEMORIES; i++) {
		counts[i] = kinds[i] & USABLE;
		if (efi) {
			counts[i] |= version >= V(6, 5, 0) && (kinds[i] & UNACCEPTED);
			counts[i] &= keep_soft || !(kinds[i] & SOFT);
			counts[i] &= !any_reliable || (kinds[i] & RELIABLE);
		}
	}
}

TEST(kaslr_worlds, decompressor_takes_the_kinds_of_memory_that_count)
{
	static const uint32_t versions[] = {V(6, 4, 0), V(6, 5, 0)};

	for (unsigned int mix = 0; mix < KINDS * KINDS * 4; mix++) {
		unsigned int kinds[MEMORIES] = {mix % KINDS, mix / KINDS % KINDS};
		bool efi = mix / KINDS / KINDS & 1, keep_soft = mix / KINDS / KINDS & 2;
		const struct lb_kaslr_memory memory[MEMORIES] = {
			of_kind((struct lb_range){MIB(20), MIB(28)}, kinds[0]),
			of_kind((struct lb_range){MIB(32), MIB(40)}, kinds[1])};

		for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
			const struct stub_world world = {.align = MIB(2), .granule = 1,
				.floor = MIB(16)};
			const struct lb_kaslr_decompressor request = {.version = versions[i],
				.memory = memory, .memory_count = MEMORIES, .efi_map = efi,
				.output = MIB(16), .image_size = MIB(3), .init_size = MIB(1),
				.align = MIB(2), .limit = MIB(64),
				.cmdline = keep_soft ? "efi=nosoftreserve" : ""};
			struct lb_slots slots = {.areas = storage, .capacity = 100};
			enum lb_kaslr_result result;
			lb_phys_addr place;
			bool counts[MEMORIES];

			decompressor_counts(kinds, versions[i], efi, keep_soft, counts);
			REQUIRE(!lb_kaslr_decompressor_slots(&request, &slots, &result, &place));
			CHECK((result == LB_KASLR_RANDOM) == (slots.total != 0));
			CHECK_EQUAL(disagreements(&world, memory, counts, MIB(3), MIB(48),
				&slots), 0);
		}
	}
}

/* Nothing is below the floor of the draw, beyond the limit, in the work area, or in the pages that
 * hugepages= keeps free; each border at every place. */
static bool may_lie(lb_phys_addr at, lb_phys_addr output, lb_phys_addr limit, struct lb_range work)
{
	struct lb_range image = {at, at + MIB(3)};

	return at >= output && image.end <= limit &&
		!lb_range_overlaps(image, work);
}

TEST(kaslr_worlds, decompressor_keeps_to_its_borders)
{
	const struct lb_kaslr_memory memory = {.range = {MIB(1), MIB(47)}, .usable = true};

	for (unsigned int mix = 0; mix < 12 * 24 * 8 * 2; mix++) {
		lb_phys_addr output = mix % 12 * MIB(2) + MIB(2), limit = mix / 12 % 24 * MIB(2);
		uint64_t size = mix / 12 / 24 % 8 * KIB(1536), rank = 0;
		uint64_t run = mix / 12 / 24 / 8 * MIB(1);
		struct lb_range work = {run && size ? output + size - KIB(512) : output,
			output + size};
		const struct lb_kaslr_decompressor request = {.version = V(6, 12, 0),
			.memory = &memory, .memory_count = 1, .output = output,
			.image_size = MIB(3), .init_size = size, .compressed_size = run,
			.payload_offset = KIB(512), .align = MIB(2), .limit = limit};
		struct lb_slots slots = {.areas = storage, .capacity = 100};
		enum lb_kaslr_result result;
		lb_phys_addr place;

		REQUIRE(!lb_kaslr_decompressor_slots(&request, &slots, &result, &place));
		for (lb_phys_addr at = MIB(2); at + MIB(3) <= MIB(47); at += MIB(2)) {
			if (may_lie(at, output, limit, work)) {
				CHECK(rank < slots.total && lb_slots_at(&slots, rank) == at);
				rank++;
			}
		}
		CHECK_EQUAL(slots.total, rank);
		CHECK(rank || (result == LB_KASLR_PINNED && place == output));
	}
}

/* A boot of arm64 or riscv64 that may not draw, from what is known of it. */
struct fixed_case {
	enum lb_arch arch;
	uint32_t version;
	bool random, nokaslr, zboot;
	lb_phys_addr loaded, bank_end;
};

/* The image that begins at the first aligned byte of the topmost block of size and slack. */
static lb_phys_addr model_top(const struct lb_range *blocks, size_t count, lb_phys_addr bank_end,
	uint64_t size, uint64_t align)
{
	uint64_t needed = size + align - 4096;
	lb_phys_addr best = 0;

	for (size_t i = 0; i < count; i++) {
		lb_phys_addr end = bank_end ? lb_min(blocks[i].end, bank_end) : blocks[i].end;

		if (end >= blocks[i].start + needed && end > best) {
			best = end;
		}
	}
	return best ? (best - needed + align - 1) / align * align : 0;
}

/* UINT64_MAX: it draws; 0: not known or none. */
static lb_phys_addr model_fixed(const struct fixed_case *boot, const struct lb_range *blocks,
	size_t count, uint64_t size, lb_phys_addr highest)
{
	bool draws = boot->random && !boot->nokaslr;
	bool as_told = boot->nokaslr || (boot->version >= V(6, 6, 0) && !boot->random);
	uint64_t align = as_told ? MIB(2) : KIB(64);

	if (draws) {
		return UINT64_MAX;
	}
	if (boot->zboot) {
		return highest;
	}
	if (boot->loaded && boot->loaded % align == 0) {
		return boot->loaded;
	}
	return !boot->loaded && align < MIB(2) ? 0 :
		model_top(blocks, count, boot->bank_end, size, align);
}

static void check_fixed(const struct fixed_case *boot)
{
	static const struct lb_range blocks[] = {{MIB(4), MIB(20)}, {MIB(33), MIB(40)},
		{MIB(64), MIB(67) + KIB(132)}};
	struct lb_kaslr_memory memory[LB_ARRAY_COUNT(blocks)];
	struct lb_kaslr_stub request = {.arch = boot->arch, .version = boot->version,
		.memory = memory, .memory_count = LB_ARRAY_COUNT(blocks), .image_size = MIB(2),
		.align = KIB(64), .cmdline = boot->nokaslr ? "nokaslr" : "",
		.random = boot->random, .loaded = boot->loaded, .bank_end = boot->bank_end,
		.zboot = boot->zboot};
	struct lb_slots slots = {.areas = storage, .capacity = LB_KASLR_AREAS_MAX};
	enum lb_kaslr_result result = LB_KASLR_PINNED;
	lb_phys_addr place = 0, wanted;
	enum lb_status status;

	for (size_t i = 0; i < LB_ARRAY_COUNT(blocks); i++) {
		memory[i] = (struct lb_kaslr_memory){.range = blocks[i], .usable = true};
	}
	status = lb_kaslr_stub_slots(&request, &slots, &result, &place);
	wanted = model_fixed(boot, blocks, LB_ARRAY_COUNT(blocks), MIB(2),
		MIB(65) + KIB(128));
	CHECK((result == LB_KASLR_RANDOM) == (wanted == UINT64_MAX));
	CHECK(status == (wanted ? LB_OK : LB_NOT_FOUND));
	CHECK(wanted == UINT64_MAX || place == wanted);
}

TEST(kaslr_worlds, a_stub_that_does_not_draw_has_one_place)
{
	static const uint32_t versions[] = {V(5, 10, 0), V(6, 5, 99), V(6, 6, 0), V(7, 3, 0)};
	static const lb_phys_addr loads[] = {0, MIB(6), MIB(6) + KIB(64), MIB(6) + KIB(4)};
	static const lb_phys_addr ends[] = {0, MIB(21), MIB(38), MIB(66)};

	for (unsigned int mix = 0; mix < 4 * 4 * 4 * 8; mix++) {
		struct fixed_case boot = {.arch = LB_ARCH_ARM64, .version = versions[mix % 4],
			.loaded = loads[mix / 4 % 4], .bank_end = ends[mix / 16 % 4],
			.random = mix / 64 & 1, .nokaslr = mix / 64 & 2, .zboot = mix / 64 & 4};

		check_fixed(&boot);
		boot.arch = LB_ARCH_RISCV64;
		if (boot.version >= V(6, 6, 0)) {
			check_fixed(&boot);
		}
	}
}

TEST(kaslr_worlds, riscv64_before_6_6_is_not_spoken_of)
{
	const struct lb_kaslr_memory memory = {.range = {MIB(2), MIB(64)}, .usable = true};
	const struct lb_kaslr_stub request = {.arch = LB_ARCH_RISCV64, .version = V(6, 5, 0),
		.memory = &memory, .memory_count = 1, .image_size = MIB(2), .align = MIB(2)};
	struct lb_slots slots = {.areas = storage, .capacity = 1};
	enum lb_kaslr_result result;
	lb_phys_addr place;

	CHECK(lb_kaslr_stub_slots(&request, &slots, &result, &place) == LB_UNSUPPORTED);
}

#define BYTES 9 /* of memory, each marked for itself */
#define PAIRS 45 /* ranges in them, and one that is empty */

static struct lb_range pair_of(unsigned int which)
{
	for (lb_phys_addr start = 0; start < BYTES; start++) {
		if (which < BYTES - start) {
			return (struct lb_range){start, start + which + 1};
		}
		which -= (unsigned int)(BYTES - start);
	}
	return (struct lb_range){0, 0};
}

static void check_superset(const struct lb_range *ram, const struct lb_range *hidden)
{
	static struct lb_kaslr_memory memory[4];
	size_t used = 0;

	REQUIRE(!lb_kaslr_map_superset(ram, 2, hidden, 2, memory, 4, &used));
	for (lb_phys_addr at = 0; at < BYTES; at++) {
		bool wanted = (lb_range_has(ram[0], at) || lb_range_has(ram[1], at)) &&
			!lb_range_has(hidden[0], at) && !lb_range_has(hidden[1], at);
		unsigned int found = 0;

		for (size_t i = 0; i < used; i++) {
			found += lb_range_has(memory[i].range, at);
		}
		CHECK_EQUAL(found, wanted);
	}
	for (size_t i = 0; i < used; i++) {
		CHECK(memory[i].usable && !lb_range_empty(memory[i].range));
		/* Neighbours would be one range: a kernel fits across them. */
		CHECK(!i || memory[i - 1].range.end < memory[i].range.start);
	}
}

TEST(kaslr_worlds, the_superset_is_all_ram_but_what_is_hidden)
{
	static const struct lb_range rams[][2] = {{{0, 9}, {9, 9}}, {{0, 4}, {4, 9}},
		{{1, 3}, {5, 8}}, {{0, 2}, {3, 9}}};

	for (unsigned int mix = 0; mix < PAIRS * PAIRS * LB_ARRAY_COUNT(rams); mix++) {
		const struct lb_range hidden[2] = {pair_of(mix % PAIRS),
			pair_of(mix / PAIRS % PAIRS)};

		check_superset(rams[mix / PAIRS / PAIRS], hidden);
	}
}
