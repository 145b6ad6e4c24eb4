/* SPDX-License-Identifier: MIT */
/*
 * reserve, held against a model: memory is an array of 4 MiB cells around the 4 GiB line, a place
 * is found by trying every aligned base, and the rules of the versions are written down a second
 * time, as plainly as possible. Random maps, requests and versions.
 */
#include "lifeboat/format.h"
#include "policy/linux/linux.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define CELL (4 * LB_MIB)
#define CELLS 256
#define LINE (4 * LB_GIB)
#define BASE (LINE - CELLS / 2 * CELL)
#define END (LINE + CELLS / 2 * CELL)
#define NOWHERE 0
#define TAPES 4000

static unsigned char storage[LB_MEMORY_MAP_BYTES(CELLS)] __attribute__((aligned(16)));
static unsigned char memory[CELLS]; /* 0: none; else node + 1 */
static bool taken[CELLS];
static struct lb_memory_map map;
static struct lb_reserve_env env;
static struct lb_reservation answer;
static uint64_t seed;

static unsigned int random_below(unsigned int limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(seed >> 33) % limit;
}

/* A request, in cells; offset 0: automatic; low -1: no `,low`. */
struct request {
	bool high;
	unsigned int size;
	lb_phys_addr offset;
	int low;
};

struct result {
	enum lb_outcome outcome;
	lb_phys_addr main, low;
	uint64_t low_size;
};

static bool is_free(lb_phys_addr start, uint64_t size)
{
	size_t first;

	if (start < BASE || start + size > END) {
		return false;
	}
	first = (size_t)((start - BASE) / CELL);
	for (size_t i = first; BASE + i * CELL < start + size; i++) {
		if (!memory[i] || taken[i] || memory[i] != memory[first]) {
			return false;
		}
	}
	return true;
}

static void mark(lb_phys_addr start, uint64_t size, bool as)
{
	for (size_t i = 0; i < CELLS; i++) {
		if (BASE + (i + 1) * CELL > start && BASE + i * CELL < start + size) {
			taken[i] = as;
		}
	}
}

/* Every aligned base, from the top; 0 if none will do. */
static lb_phys_addr place(uint64_t size, uint64_t align, lb_phys_addr start, lb_phys_addr end)
{
	for (lb_phys_addr base = lb_align_down(END, align); base >= BASE; base -= align) {
		if (base >= start && base + size <= end && is_free(base, size)) {
			mark(base, size, true);
			return base;
		}
	}
	return NOWHERE;
}

static bool since(unsigned int major, unsigned int minor)
{
	return env.version >= V(major, minor, 0);
}

static uint64_t default_low(void)
{
	return env.arch == LB_ARCH_X86_64 ? 256 * LB_MIB : 128 * LB_MIB;
}

/* Whether `,high` may follow where the kernel stands, and the size of low memory. */
static uint64_t low_size(const struct request *request, bool fell_back)
{
	bool x86_own = env.arch == LB_ARCH_X86_64 && !since(6, 7);
	bool has_default = env.arch != LB_ARCH_ARM64 || since(6, 2);

	if (x86_own) {
		return request->low < 0 ? default_low() : (uint64_t)request->low * CELL;
	}
	if (env.arch == LB_ARCH_RISCV64 && !since(6, 6)) {
		return 0;
	}
	if (fell_back) {
		return default_low();
	}
	if (!request->high) {
		return 0;
	}
	if (request->low >= 0) {
		return (uint64_t)request->low * CELL;
	}
	return has_default ? default_low() : 0;
}

static lb_phys_addr first_window(const struct request *request, uint64_t size, uint64_t align)
{
	bool all = (env.arch == LB_ARCH_X86_64 && !since(6, 7)) ||
		(env.arch == LB_ARCH_ARM64 && !since(6, 5));

	if (env.arch == LB_ARCH_RISCV64 && !since(5, 15)) {
		return place(size, align, 0, END);
	}
	if (request->high) {
		return place(size, align, all ? 0 : env.low_max, env.high_max);
	}
	if (env.arch == LB_ARCH_RISCV64 && since(6, 5) && !since(6, 6)) {
		return place(size, align, 0, lb_min(env.low_max, LINE - 1));
	}
	return place(size, align, 0, env.low_max);
}

static lb_phys_addr second_window(const struct request *request, uint64_t size, uint64_t align)
{
	bool same_limit = env.low_max == env.high_max;

	if (env.arch == LB_ARCH_ARM64 && (!since(6, 2) || (request->high && !since(6, 5)))) {
		return NOWHERE;
	}
	if (request->high) {
		return same_limit && since(6, 12) ? NOWHERE :
			place(size, align, 0, env.low_max);
	}
	/* Up to 6.4 (riscv64: 6.5, x86: 6.6) the second window holds the first. */
	if (!since(6, 5) || (env.arch == LB_ARCH_RISCV64 && !since(6, 6)) ||
		(env.arch == LB_ARCH_X86_64 && !since(6, 7))) {
		return place(size, align, 0, env.high_max);
	}
	return place(size, align, env.low_max, env.high_max);
}

static bool hangs(const struct request *request)
{
	bool loops = since(6, 7) || (env.arch == LB_ARCH_ARM64 && since(6, 2));

	if (env.arch == LB_ARCH_ARM64 && request->high && !since(6, 5)) {
		return false;
	}
	return loops && env.low_max == env.high_max && !(request->high && since(6, 12));
}

static bool understood(const struct request *request)
{
	if (request->high && env.arch == LB_ARCH_ARM64 && !since(5, 19)) {
		return false;
	}
	if (request->high && env.arch == LB_ARCH_RISCV64 && !since(6, 6)) {
		return false;
	}
	return !(since(6, 12) && request->size * CELL >= env.system_ram);
}

static struct result model(const struct request *request)
{
	struct result result = {.outcome = LB_OUTCOME_REJECTED};
	uint64_t size = request->size * CELL;
	bool x86_own = env.arch == LB_ARCH_X86_64 && !since(6, 7);
	uint64_t align = env.arch == LB_ARCH_X86_64 ? 16 * LB_MIB : 2 * LB_MIB;
	lb_phys_addr limit = env.low_max;
	bool fell_back = false;

	if (!understood(request)) {
		return result;
	}
	result.outcome = LB_OUTCOME_FAILED;
	if (request->offset) {
		result.main = place(size, x86_own ? LB_MIB : align, request->offset,
			request->offset + size);
	} else {
		result.main = first_window(request, size, align);
		if (!result.main) {
			fell_back = !request->high && !x86_own;
			result.main = second_window(request, size, align);
			if (!result.main && hangs(request)) {
				result.outcome = LB_OUTCOME_HANGS;
			}
		}
	}
	if (!result.main) {
		return result;
	}
	result.low_size = low_size(request, fell_back);
	if (env.arch == LB_ARCH_ARM64 && since(6, 2) && !since(6, 5)) {
		limit -= result.low_size;
	}
	if (result.main >= limit && result.low_size) {
		result.low = place(result.low_size, align, 0, env.low_max);
		if (!result.low) {
			mark(result.main, size, false);
			return (struct result){.outcome = LB_OUTCOME_FAILED};
		}
	} else {
		result.low_size = 0;
	}
	result.outcome = LB_OUTCOME_RESERVED;
	return result;
}

/* Pieces of memory with nodes, pieces taken; seldom much. */
static void random_map(void)
{
	LB_ASSERT(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	for (size_t i = 0; i < CELLS;) {
		size_t piece = 1 + random_below(random_below(2) ? CELLS : 24);
		unsigned char node = (unsigned char)random_below(4);
		bool used = !random_below(3);

		for (; piece && i < CELLS; piece--, i++) {
			struct lb_range cell = {BASE + i * CELL, BASE + (i + 1) * CELL};

			memory[i] = node;
			taken[i] = used && random_below(8);
			LB_ASSERT(!node || lb_memory_map_add(&map, cell, node - 1, 0) == LB_OK);
			LB_ASSERT(!taken[i] || lb_memory_map_reserve(&map, cell, LB_NO_NODE, 0) ==
				LB_OK);
		}
	}
}

static void random_kernel(void)
{
	static const uint32_t versions[] = {V(5, 10, 0), V(5, 13, 0), V(5, 15, 0), V(5, 19, 0),
		V(6, 1, 0), V(6, 2, 0), V(6, 5, 0), V(6, 6, 0), V(6, 7, 0), V(6, 11, 0),
		V(6, 12, 0), V(6, 17, 0), V(7, 3, 0)};
	static const enum lb_arch archs[] = {LB_ARCH_X86_64, LB_ARCH_ARM64, LB_ARCH_RISCV64};

	env = (struct lb_reserve_env){.page_size = 4096, .swiotlb_bytes = 64 * LB_MIB,
		.system_ram = lb_memory_map_total(&map), .low_max = LINE, .high_max = 64 * LB_TIB};
	env.arch = archs[random_below(3)];
	env.version = versions[random_below(LB_ARRAY_COUNT(versions))];
	if (env.arch == LB_ARCH_RISCV64) {
		env.version = env.version < V(5, 13, 0) ? V(5, 13, 0) : env.version;
		env.high_max = lb_memory_map_span(&map).end;
		env.low_max = lb_min(LINE, env.high_max);
	}
}

static struct request random_request(char *cmdline, size_t capacity)
{
	struct lb_text text = lb_text_in(cmdline, capacity);
	struct request request = {.high = random_below(2), .low = -1};

	request.size = 1 + random_below(random_below(3) ? 32 : CELLS);
	lb_format(&text, "crashkernel=%uM", request.size * 4);
	if (request.high) {
		lb_text_put(&text, ",high");
	} else if (!random_below(4)) {
		request.offset = BASE + random_below(CELLS) * CELL + random_below(4) * LB_MIB;
		lb_format(&text, "@0x%llx", (unsigned long long)request.offset);
	}
	if (!random_below(3)) {
		request.low = (int)random_below(40);
		lb_format(&text, " crashkernel=%dM,low", request.low * 4);
	}
	return request;
}

static void describe(struct lb_text *text, enum lb_outcome outcome, lb_phys_addr main,
	lb_phys_addr low, uint64_t low_size_)
{
	lb_format(text, "%s main 0x%llx low 0x%llx size 0x%llx", lb_outcome_name(outcome),
		(unsigned long long)main, (unsigned long long)low, (unsigned long long)low_size_);
}

static bool same_cells(void)
{
	for (size_t i = 0; i < CELLS; i++) {
		if (taken[i] != lb_memory_map_overlaps_reserved(&map,
			(struct lb_range){BASE + i * CELL, BASE + (i + 1) * CELL})) {
			return false;
		}
	}
	return true;
}

/* Offsets between cells would need a finer model once they succeed. */
static bool within_model(const struct request *request)
{
	return !(request->offset % CELL);
}

static bool play(uint64_t tape)
{
	static char cmdline[128], want_bytes[320], got_bytes[320];
	struct lb_text want = LB_TEXT(want_bytes), got = LB_TEXT(got_bytes);
	struct lb_crash_range *ranges = answer.ranges;
	struct request request;
	struct result result;

	seed = tape;
	random_map();
	random_kernel();
	request = random_request(cmdline, sizeof(cmdline));
	CHECK(lb_linux_reserve(&env, cmdline, &map, NULL, NULL, &answer) == LB_OK);
	CHECK(lb_memory_map_check(&map));
	if (!within_model(&request)) {
		return true;
	}
	result = model(&request);
	lb_format(&want, "tape %llu, %s on %s %u.%u: ", (unsigned long long)tape, cmdline,
		lb_arch_name(env.arch), env.version >> 24, env.version >> 16 & 255);
	lb_text_put(&got, want_bytes);
	describe(&want, result.outcome, result.main, result.low, result.low_size);
	describe(&got, answer.outcome, ranges[0].range.start, ranges[1].range.start,
		lb_range_size(ranges[1].range));
	CHECK_TEXT(got_bytes, want_bytes);
	CHECK(same_cells());
	return answer.outcome == result.outcome;
}

TEST(reserve, random_requests_on_random_maps_end_as_in_the_model)
{
	for (uint64_t tape = 1; tape <= TAPES; tape++) {
		if (!play(tape)) {
			return;
		}
	}
}
