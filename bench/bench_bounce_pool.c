/* SPDX-License-Identifier: MIT */
/*
 * The bounce pool beside Linux's kernel/dma/swiotlb.c and beside plain copies, in one process, in
 * turns: nanoseconds for map, copy and unmap, medians. Both pools have 64 MiB; "held" is how much
 * of them is taken by mappings of 4 KiB of which the others were freed at random. A report, never a
 * test: its exit status is 0 whatever the figures.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "lifeboat/bounce_pool.h"
#include "tests/swiotlb/linux_pool.h"

#ifndef LINUX_SOURCE
#define LINUX_SOURCE "unknown version"
#endif

#define SLOTS (64 * LB_MIB / LB_BOUNCE_SLOT_BYTES)
#define HELD_MAX (SLOTS / 2)
#define RUNS 9
#define SIZES 3
#define BUFFER_BYTES (256 * 1024)

static const uint32_t sizes[SIZES] = {512, 4096, 65536};
static const unsigned int held_percents[] = {0, 10, 50, 70, 100};

static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(SLOTS)];
static struct lb_bounce_pool pool;
static char *memory;
static char *buffers[2];

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	(void)bytes;
	return (void *)(uintptr_t)address;
}

/* What is compared: how each maps and unmaps. 0: no room. */
struct mapper {
	const char *name;
	uint64_t (*map)(const void *bytes, size_t size, bool from_device, int cpu);
	void (*unmap)(uint64_t address, size_t size, bool from_device);
};

static uint64_t our_map(const void *bytes, size_t size, bool from_device, int cpu)
{
	const struct lb_bounce_request request = {.original = (uintptr_t)bytes,
		.size = (uint32_t)size, .device = 1, .cpu = (uint32_t)cpu,
		.direction = from_device ? LB_BOUNCE_FROM_DEVICE : LB_BOUNCE_TO_DEVICE};
	lb_phys_addr address;

	return lb_bounce_map(&pool, &request, &address) ? 0 : address;
}

static void our_unmap(uint64_t address, size_t size, bool from_device)
{
	(void)size;
	(void)from_device;
	if (lb_bounce_unmap(&pool, address)) {
		abort();
	}
}

static uint64_t linux_map(const void *bytes, size_t size, bool from_device, int cpu)
{
	(void)cpu;
	return linux_pool_map(bytes, size, from_device);
}

/* A copy to one place that is in the cache: nothing that copies can be quicker. */
static uint64_t copy_map(const void *bytes, size_t size, bool from_device, int cpu)
{
	(void)from_device;
	memcpy(memory + (size_t)cpu * LB_MIB, bytes, size);
	__asm__ volatile("" ::: "memory");
	return 1;
}

static void copy_unmap(uint64_t address, size_t size, bool from_device)
{
	(void)address;
	(void)size;
	(void)from_device;
}

static const struct mapper ours = {"lifeboat", our_map, our_unmap};
static const struct mapper linuxs = {"Linux", linux_map, linux_pool_unmap};
static const struct mapper copies = {"copy", copy_map, copy_unmap};

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Median of one trip, or of one refusal if *ret_refused. */
static double time_trips(const struct mapper *mapper, uint32_t size, bool *ret_refused)
{
	unsigned int count = size > 16384 ? 2000 : 20000;
	double runs[RUNS];
	uint64_t refused = 0;

	for (unsigned int run = 0; run < RUNS; run++) {
		double begin = now(CLOCK_THREAD_CPUTIME_ID);

		for (unsigned int i = 0; i < count; i++) {
			uint64_t address = mapper->map(buffers[0], size, false, 0);

			if (address) {
				mapper->unmap(address, size, false);
			}
			refused += !address;
		}
		runs[run] = (now(CLOCK_THREAD_CPUTIME_ID) - begin) / count;
	}
	qsort(runs, RUNS, sizeof(runs[0]), by_value);
	*ret_refused = refused > 0;
	return runs[RUNS / 2];
}

static uint64_t held[HELD_MAX];
static size_t held_count;

/* Fills the pool with mappings of 4 KiB and frees some at random, so that so many stay. */
static void hold(const struct mapper *mapper, unsigned int percent)
{
	size_t keep = HELD_MAX * percent / 100;

	held_count = 0;
	while (percent && held_count < HELD_MAX) {
		uint64_t address = mapper->map(buffers[0], 4096, false, (int)(held_count & 1));

		if (!address) {
			break;
		}
		held[held_count++] = address;
	}
	srand(1);
	while (held_count > keep) {
		size_t index = (size_t)rand() % held_count;

		mapper->unmap(held[index], 4096, false);
		held[index] = held[--held_count];
	}
}

static void let_go(const struct mapper *mapper)
{
	while (held_count) {
		mapper->unmap(held[--held_count], 4096, false);
	}
}

static void print_figure(double ns, bool refused)
{
	if (refused) {
		printf("  refused, %6.0f", ns);
	} else {
		printf("  %15.0f", ns);
	}
}

static void compare(unsigned int percent)
{
	for (unsigned int i = 0; i < SIZES; i++) {
		double figures[3];
		bool refused[3];
		const struct mapper *mappers[] = {&copies, &ours, &linuxs};

		for (unsigned int m = 0; m < 3; m++) {
			hold(mappers[m], m ? percent : 0);
			figures[m] = time_trips(mappers[m], sizes[i], &refused[m]);
			let_go(mappers[m]);
		}
		printf("%7u  %4u %%", sizes[i], percent);
		for (unsigned int m = 0; m < 3; m++) {
			print_figure(figures[m], refused[m]);
		}
		printf("  %+8.0f  %8.2f\n", figures[1] - figures[0], figures[1] / figures[0]);
	}
}

struct pair {
	const struct mapper *mapper;
	uint32_t size;
	int cpu;
	unsigned int count;
};

static void *trips_of_one(void *context)
{
	const struct pair *pair = context;

	linux_pool_on_cpu(pair->cpu);
	for (unsigned int i = 0; i < pair->count; i++) {
		uint64_t address = pair->mapper->map(
			buffers[pair->cpu], pair->size, false, pair->cpu);

		if (address) {
			pair->mapper->unmap(address, pair->size, false);
		}
	}
	return NULL;
}

/* Trips in a second, by so many threads. */
static double rate(const struct mapper *mapper, uint32_t size, int threads)
{
	struct pair pairs[2];
	pthread_t ids[2];
	double rates[RUNS];

	for (unsigned int run = 0; run < RUNS; run++) {
		double begin = now(CLOCK_MONOTONIC);

		for (int i = 0; i < threads; i++) {
			pairs[i] = (struct pair){mapper, size, i, 100000};
			pthread_create(&ids[i], NULL, trips_of_one, &pairs[i]);
		}
		for (int i = 0; i < threads; i++) {
			pthread_join(ids[i], NULL);
		}
		rates[run] = 1e9 * threads * 100000 / (now(CLOCK_MONOTONIC) - begin);
	}
	qsort(rates, RUNS, sizeof(rates[0]), by_value);
	return rates[RUNS / 2];
}

static void compare_threads(void)
{
	const struct mapper *mappers[] = {&copies, &ours, &linuxs};

	printf("\nTwo threads, times the trips of one (needs two idle CPUs)\n  bytes      copy  "
	       "lifeboat     Linux\n");
	for (unsigned int i = 0; i < 2; i++) {
		printf("%7u", sizes[i]);
		for (unsigned int m = 0; m < 3; m++) {
			printf("  %8.2f", rate(mappers[m], sizes[i], 2) /
					rate(mappers[m], sizes[i], 1));
		}
		printf("\n");
	}
}

static char *take_memory(size_t bytes)
{
	char *taken = aligned_alloc(2 * LB_MIB, bytes);

	if (!taken) {
		abort();
	}
	memset(taken, 1, bytes);
	return taken;
}

int main(void)
{
	const struct lb_bounce_storage storage = {
		slots, SLOTS, segments, LB_ARRAY_COUNT(segments)};
	struct lb_bounce_config config = {.size = 64 * LB_MIB, .scope = LB_BOUNCE_SYSTEM,
		.in_ram = true, .large_bytes = 16 * LB_MIB, .access = reach};
	struct utsname system;

	memory = take_memory(64 * LB_MIB);
	buffers[0] = take_memory(2 * LB_MIB);
	buffers[1] = take_memory(2 * LB_MIB);
	config.base = (uintptr_t)memory;
	if (lb_bounce_pool_init(&pool, &config, &storage) || !linux_pool_init() ||
		uname(&system)) {
		return 1;
	}
	printf("Bounce pool of 64 MiB (a quarter kept for large mappings) beside Linux %s's\n"
	       "kernel/dma/swiotlb.c (two areas, no interrupts to disable); %s, gcc %s; medians\n"
	       "of %d, in ns. copy: plain memcpy to one place.\n\n"
	       "  bytes    held             copy         lifeboat            Linux  over copy  "
	       "of copy\n",
		LINUX_SOURCE, system.machine, __VERSION__, RUNS);
	for (unsigned int i = 0; i < LB_ARRAY_COUNT(held_percents); i++) {
		compare(held_percents[i]);
	}
	compare_threads();
	return 0;
}
