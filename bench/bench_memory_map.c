/* SPDX-License-Identifier: MIT */
/*
 * The memory map beside Linux's mm/memblock.c, in one process, in turns: nanoseconds of thread CPU
 * time per operation, medians, with the limits that the project has set itself. A report, never a
 * test: its exit status is 0 whatever the figures.
 *
 * Ranges are 32 KiB every 64 KiB, so nothing merges. For sizes up to 1000 an operation is timed
 * over a whole build; beyond, Linux is timed on a few hundred operations in a map of that size
 * (marked ~), because its changes take time proportional to the size.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>

#include "lifeboat/memory_map.h"
#include "tests/memblock/linux_map.h"

#ifndef LINUX_SOURCE
#define LINUX_SOURCE "unknown version"
#endif

#define RUNS 7
#define STEP 0x10000
#define TAKEN 0x8000
#define BASE 0x1000000
#define SAMPLE 200 /* operations on Linux's map where whole builds take too long */
#define LEAST_NS 300e3 /* of one timing, so that the clock does not matter */
#define HUGE_PAGE ((size_t)2 << 20)

enum operation {
	ADD_UP,
	ADD_DOWN,
	ADD_RANDOM,
	RESERVE_RANDOM,
	FREE_RANDOM,
	FIND_HARD,
	FIND_FIRST,
	WALK,
	BUILD_SORTED,
	BUILD_SHUFFLED,
	COPY,
	OPERATIONS
};

static const struct {
	const char *name;
	double limit; /* ns; 0: none */
	size_t limit_from;
	size_t limit_to;
} operations[OPERATIONS] = {
	[ADD_UP] = {"add, ascending", 500, 100000, 100000},
	[ADD_DOWN] = {"add, descending", 500, 100000, 100000},
	[ADD_RANDOM] = {"add, random order", 500, 100000, 100000},
	[RESERVE_RANDOM] = {"reserve, random order", 500, 100000, 100000},
	[FREE_RANDOM] = {"free, random order", 500, 100000, 100000},
	[FIND_HARD] = {"find, only the lowest gap fits", 2000, 1000000, 1000000},
	[FIND_FIRST] = {"find, the highest gap fits", 0, 0, 0},
	[WALK] = {"walk free ranges, per range", 3, 100000, 1000000},
	[BUILD_SORTED] = {"build from a sorted list, per range", 50, 1000, 1000000},
	[BUILD_SHUFFLED] = {"build from a shuffled list, per range", 50, 10000, 1000000},
	[COPY] = {"copy the map, per range", 0, 0, 0},
};

static const size_t sizes[] = {16, 100, 1000, 10000, 100000, 1000000};
#define SIZES LB_ARRAY_COUNT(sizes)

static struct lb_memory_map map;
static struct lb_memory_map copy;
static void *storage;
static void *copy_storage;
static size_t storage_bytes;
static uint32_t *order; /* a permutation of the indices */
static struct lb_region *list;
static volatile uint64_t sink; /* keeps results alive */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* What reading the clock twice costs; taken off every timing. */
static double clock_cost;

static double since(double start)
{
	return now() - start - clock_cost;
}

static void measure_clock(void)
{
	double least = 1e9;

	for (int i = 0; i < 10000; i++) {
		double start = now();
		double spent = now() - start;

		least = spent < least ? spent : least;
	}
	clock_cost = least;
}

static void *huge(size_t bytes)
{
	size_t rounded = (bytes + HUGE_PAGE - 1) & -HUGE_PAGE;
	void *memory = aligned_alloc(HUGE_PAGE, rounded);

	if (!memory) {
		perror("bench-memory_map");
		exit(3);
	}
	madvise(memory, rounded, MADV_HUGEPAGE);
	return memset(memory, 0, rounded);
}

static void must(bool holds)
{
	if (!holds) {
		fprintf(stderr, "bench-memory_map: an operation failed\n");
		exit(3);
	}
}

static void shuffle(size_t count)
{
	uint64_t state = 88172645463325252;

	for (size_t i = 0; i < count; i++) {
		order[i] = (uint32_t)i;
	}
	for (size_t i = count - 1; i > 0; i--) {
		size_t j;
		uint32_t swap = order[i];

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		j = state % (i + 1);
		order[i] = order[j];
		order[j] = swap;
	}
}

static struct lb_range nth(size_t index)
{
	lb_phys_addr start = BASE + index * (lb_phys_addr)STEP;

	return (struct lb_range){start, start + TAKEN};
}

/* Everything up to the last gap. */
static struct lb_range all(size_t count)
{
	return (struct lb_range){0, BASE + count * (lb_phys_addr)STEP};
}

static size_t index_of(enum operation operation, size_t i, size_t count)
{
	switch (operation) {
	case ADD_UP:
		return i;
	case ADD_DOWN:
		return count - 1 - i;
	case FREE_RANDOM:
		return order[count - 1 - i];
	default:
		return order[i];
	}
}

static void change(enum operation operation, struct lb_range range)
{
	enum lb_status status;

	if (operation == FREE_RANDOM) {
		status = lb_memory_map_release(&map, range);
	} else if (operation == RESERVE_RANDOM) {
		status = lb_memory_map_reserve(&map, range, LB_NO_NODE, 0);
	} else {
		status = lb_memory_map_add(&map, range, LB_NO_NODE, 0);
	}
	must(status == LB_OK);
}

static void linux_change(enum operation operation, struct lb_range range)
{
	int error;

	if (operation == FREE_RANDOM) {
		error = linux_map_release(range.start, range.end);
	} else if (operation == RESERVE_RANDOM) {
		error = linux_map_reserve(range.start, range.end, -1, 0);
	} else {
		error = linux_map_add(range.start, range.end, -1, 0);
	}
	must(!error);
}

/* One memory region, cut by `count` reservations, made in random order. */
static void prepare_reserved(size_t count)
{
	lb_memory_map_clear(&map);
	must(lb_memory_map_add(&map, all(count), LB_NO_NODE, 0) == LB_OK);
	for (size_t i = 0; i < count; i++) {
		change(RESERVE_RANDOM, nth(order[i]));
	}
}

static void linux_prepare_reserved(size_t count)
{
	struct lb_range range = all(count);

	linux_map_clear();
	must(!linux_map_add(range.start, range.end, -1, 0));
	linux_map_fill_reserved(BASE, STEP, TAKEN, count);
}

static void prepare(enum operation operation, size_t count)
{
	lb_memory_map_clear(&map);
	if (operation == FREE_RANDOM || operation == COPY) {
		prepare_reserved(count);
	} else if (operation == RESERVE_RANDOM) {
		must(lb_memory_map_add(&map, all(count), LB_NO_NODE, 0) == LB_OK);
	}
}

/* A whole build, or the way back; ns per operation. */
static double time_changes(enum operation operation, size_t count)
{
	double spent = 0;
	size_t done = 0;

	while (spent < LEAST_NS) {
		double start;

		prepare(operation, count);
		start = now();
		for (size_t i = 0; i < count; i++) {
			change(operation, nth(index_of(operation, i, count)));
		}
		spent += since(start);
		done += count;
	}
	return spent / (double)done;
}

static double linux_time_builds(enum operation operation, size_t count)
{
	double spent = 0;
	size_t done = 0;

	while (spent < LEAST_NS) {
		double start;

		linux_map_clear();
		if (operation == FREE_RANDOM) {
			linux_prepare_reserved(count);
		}
		start = now();
		for (size_t i = 0; i < count; i++) {
			linux_change(operation, nth(index_of(operation, i, count)));
		}
		spent += since(start);
		done += count;
	}
	return spent / (double)done;
}

/* A few changes in a reserved set of this size. Linux's add and reserve are one function. */
static double linux_time_sample(enum operation operation, size_t count)
{
	double spent = 0;

	linux_prepare_reserved(count);
	for (size_t i = 0; i < SAMPLE; i++) {
		struct lb_range range = nth(index_of(operation, i, count));
		double start;

		if (operation != FREE_RANDOM) {
			linux_change(FREE_RANDOM, range);
		}
		start = now();
		linux_change(operation == FREE_RANDOM ? FREE_RANDOM : RESERVE_RANDOM, range);
		spent += since(start);
		if (operation == FREE_RANDOM) {
			linux_change(RESERVE_RANDOM, range);
		}
	}
	return spent / SAMPLE;
}

/*
 * Hard: one reservation less near the bottom leaves the only gap of 64 KiB. Below the first
 * reservation lies more, so the window starts there.
 */
static struct lb_memory_request find_request(enum operation operation, size_t count)
{
	return (struct lb_memory_request){
		.size = operation == FIND_HARD ? STEP : 0x1000,
		.align = 0x1000,
		.window = {BASE, all(count).end},
		.node = LB_NO_NODE,
	};
}

static double time_find(enum operation operation, size_t count)
{
	struct lb_memory_request request = find_request(operation, count);
	double spent = 0;
	size_t done = 0;

	prepare_reserved(count);
	change(FREE_RANDOM, nth(1));
	while (spent < LEAST_NS) {
		double start = now();

		for (int i = 0; i < 256; i++) {
			lb_phys_addr found = 0;

			request.window.start ^= 1; /* so that no compiler hoists it */
			must(lb_memory_map_find(&map, &request, &found) == LB_OK);
			sink += found;
		}
		spent += since(start);
		done += 256;
	}
	return spent / (double)done;
}

static double linux_time_find(enum operation operation, size_t count)
{
	struct lb_memory_request wanted = find_request(operation, count);
	struct linux_request request = {.size = wanted.size, .align = wanted.align,
		.start = wanted.window.start, .end = wanted.window.end, .node = -1};
	double spent = 0;
	size_t done = 0;

	linux_prepare_reserved(count);
	linux_change(FREE_RANDOM, nth(1));
	while (spent < LEAST_NS) {
		double start = now();

		for (int i = 0; i < (count > 1000 ? 2 : 256); i++) {
			uint64_t found = linux_map_find(&request);

			must(found != 0);
			sink += found;
			done++;
		}
		spent += since(start);
	}
	return spent / (double)done;
}

static double time_walk(size_t count)
{
	double spent = 0;
	size_t done = 0;

	prepare_reserved(count);
	while (spent < LEAST_NS) {
		struct lb_memory_cursor cursor = {0};
		struct lb_region free;
		double start = now();

		while (lb_memory_map_next_free(&map, &cursor, &free)) {
			sink += free.range.start;
			done++;
		}
		spent += since(start);
	}
	return spent / (double)done;
}

static double linux_time_walk(size_t count)
{
	double spent = 0;
	size_t done = 0;

	linux_prepare_reserved(count);
	while (spent < LEAST_NS) {
		struct linux_region free;
		uint64_t state = 0;
		double start = now();

		while (linux_map_next_free(&state, &free)) {
			sink += free.start;
			done++;
		}
		spent += since(start);
	}
	return spent / (double)done;
}

static double time_build(enum operation operation, size_t count)
{
	double spent = 0;
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		size_t index = operation == BUILD_SORTED ? i : order[i];

		list[i] = (struct lb_region){nth(index), 0, LB_NO_NODE};
	}
	while (spent < LEAST_NS) {
		double start;

		lb_memory_map_clear(&map);
		start = now();
		must(lb_memory_map_build(&map, list, count, NULL, 0) == LB_OK);
		spent += since(start);
		done += count;
	}
	return spent / (double)done;
}

static double time_copy(size_t count)
{
	double spent = 0;
	size_t done = 0;

	prepare(COPY, count);
	while (spent < LEAST_NS) {
		double start = now();

		must(lb_memory_map_copy(&copy, &map) == LB_OK);
		spent += since(start);
		done += count;
	}
	return spent / (double)done;
}

static double time_ours(enum operation operation, size_t count)
{
	switch (operation) {
	case FIND_HARD:
	case FIND_FIRST:
		return time_find(operation, count);
	case WALK:
		return time_walk(count);
	case BUILD_SORTED:
	case BUILD_SHUFFLED:
		return time_build(operation, count);
	case COPY:
		return time_copy(count);
	default:
		return time_changes(operation, count);
	}
}

/* NAN: Linux has no such thing. */
static double time_linux(enum operation operation, size_t count)
{
	switch (operation) {
	case FIND_HARD:
	case FIND_FIRST:
		return linux_time_find(operation, count);
	case WALK:
		return linux_time_walk(count);
	case BUILD_SORTED:
	case BUILD_SHUFFLED:
	case COPY:
		return NAN;
	default:
		return count > 1000 ? linux_time_sample(operation, count)
				    : linux_time_builds(operation, count);
	}
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times, int count)
{
	qsort(times, (size_t)count, sizeof(*times), compare_doubles);
	return times[count / 2];
}

static const char *verdict(enum operation operation, size_t count, double ours, double theirs)
{
	if (operations[operation].limit > 0 && count >= operations[operation].limit_from &&
		count <= operations[operation].limit_to) {
		return ours <= operations[operation].limit ? "within the limit" : "OVER THE LIMIT";
	}
	if (count <= 100 && !isnan(theirs)) {
		return ours <= theirs ? "not slower" : "SLOWER";
	}
	return "";
}

static double measure(enum operation operation, size_t count)
{
	int runs = count >= 1000000 ? 3 : RUNS;
	double ours[RUNS];
	double theirs[RUNS];
	double our_median;
	double their_median;

	for (int run = 0; run < runs; run++) {
		ours[run] = time_ours(operation, count);
		theirs[run] = time_linux(operation, count);
	}
	our_median = median(ours, runs);
	their_median = median(theirs, runs);
	printf("%-38s %8zu %10.1f", operations[operation].name, count, our_median);
	if (isnan(their_median)) {
		printf(" %13s %8s  ", "-", "-");
	} else {
		printf(" %12.1f%c %8.2f  ", their_median,
			operation <= FREE_RANDOM && count > 1000 ? '~' : ' ',
			their_median / our_median);
	}
	printf("%s\n", verdict(operation, count, our_median, their_median));
	fflush(stdout);
	return our_median;
}

static void print_line(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, key, strlen(key))) {
			printf("# %s", line);
			break;
		}
	}
	if (file) {
		fclose(file);
	}
}

static void print_machine(void)
{
	struct utsname name;

	print_line("/proc/cpuinfo", "model name");
	if (!uname(&name)) {
		printf("# kernel %s %s, compiler %s, memblock.c of Linux %s\n", name.release,
			name.machine, __VERSION__, LINUX_SOURCE);
	}
	printf("# load ");
	fflush(stdout);
	print_line("/proc/loadavg", "");
	printf("# ns of thread CPU time per operation, medians of %d runs (3 at 10^6), both in one "
	       "process\n%-38s %8s %10s %13s %8s\n",
		RUNS, "operation", "ranges", "lifeboat", "linux", "ratio");
}

static void allocate(size_t most)
{
	storage_bytes = LB_MEMORY_MAP_BYTES(most + 8);
	storage = huge(storage_bytes);
	copy_storage = huge(storage_bytes);
	order = huge(most * sizeof(*order));
	list = huge(most * sizeof(*list));
	linux_map_init(most + 8);
	must(lb_memory_map_init(&map, storage, storage_bytes) == LB_OK);
	must(lb_memory_map_init(&copy, copy_storage, storage_bytes) == LB_OK);
}

int main(void)
{
	double times[OPERATIONS][SIZES];

	allocate(sizes[SIZES - 1]);
	measure_clock();
	print_machine();
	for (enum operation operation = 0; operation < OPERATIONS; operation++) {
		for (size_t i = 0; i < SIZES; i++) {
			shuffle(sizes[i]);
			times[operation][i] = measure(operation, sizes[i]);
		}
	}
	printf("# growth from 10^3 to 10^6, exponent (limit 0.30)\n");
	for (enum operation operation = ADD_UP; operation <= FREE_RANDOM; operation++) {
		double exponent = log10(times[operation][5] / times[operation][2]) / 3;

		printf("%-38s %8s %10.2f %s\n", operations[operation].name, "", exponent,
			exponent <= 0.3 ? "within the limit" : "OVER THE LIMIT");
	}
	return 0;
}
