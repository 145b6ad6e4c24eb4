/* SPDX-License-Identifier: MIT */
/* attempt: see attempt.h. */
#include "attempt.h"

#include "arch.h"
#include "cpu.h"
#include "memory.h"

/* Few enough that an emulated CPU keeps them all (QEMU 7.2: 64 translations and more), in places
 * that do not push each other out. */
#define WORDS 24
#define WORDS_IN_PAGE (PAGE_BYTES / 8)

struct task {
	struct lb_range region;
	const lb_phys_addr *at;
	const uint64_t *value;
	size_t count;
	struct attempts found[CPUS_MAX];
};

static void note(struct attempts *found, lb_phys_addr at, bool right)
{
	if (!right && found->made == found->right) {
		found->cpu = this_cpu()->index;
		found->first = at;
	}
	found->made++;
	found->right += right;
}

/* What all CPUs found; a CPU that did not answer found nothing, and the sum shows it. */
static struct attempts sum(const struct task *task)
{
	struct attempts ret = {0};

	for (uint32_t i = 0; i < cpu_count; i++) {
		const struct attempts *found = &task->found[i];

		if (found->made != found->right && ret.made == ret.right) {
			ret.cpu = found->cpu;
			ret.first = found->first;
		}
		ret.made += found->made;
		ret.right += found->right;
	}
	return ret;
}

/* Another word in each page, and not the same ones on each CPU. What can be written, against all
 * expectation, keeps its value. */
static void try_every_page(void *argument)
{
	struct task *task = argument;
	struct attempts *found = &task->found[this_cpu()->index];
	uint64_t word = this_cpu()->index;

	for (lb_phys_addr page = task->region.start; page < task->region.end; page += PAGE_BYTES) {
		lb_phys_addr at = page + word++ % WORDS_IN_PAGE * 8;
		volatile uint64_t *pointer = phys_pointer(at);
		uint64_t value = 0;
		uint64_t fault = 0;

		note(found, at, !probe_read(pointer, &value, &fault) &&
			fault == (uintptr_t)pointer);
		fault = 0;
		note(found, at, !probe_write(pointer, value, &fault) &&
			fault == (uintptr_t)pointer);
	}
}

struct attempts attempt_every_page(struct lb_range region)
{
	struct task task = {.region = region};
	struct attempts ret;

	cpu_run_all(try_every_page, &task);
	ret = sum(&task);
	ret.made = 2 * (uint64_t)cpu_count * (lb_range_size(region) / PAGE_BYTES);
	return ret;
}

static void try_to_read(void *argument)
{
	struct task *task = argument;

	for (size_t i = 0; i < task->count; i++) {
		uint64_t value;
		uint64_t fault;

		note(&task->found[this_cpu()->index], task->at[i],
			probe_read(phys_pointer(task->at[i]), &value, &fault) &&
				value == task->value[i]);
	}
}

struct attempts attempt_to_read(struct lb_range region)
{
	uint64_t pages = lb_range_size(region) / PAGE_BYTES;
	lb_phys_addr at[WORDS];
	uint64_t value[WORDS] = {0};
	uint64_t fault;
	struct task task = {.at = at, .value = value, .count = WORDS};
	struct attempts ret;

	for (uint64_t i = 0; i < WORDS; i++) {
		/* First page to last one. */
		at[i] = region.start + i * (pages - 1) / (WORDS - 1) * PAGE_BYTES;
		probe_read(phys_pointer(at[i]), &value[i], &fault);
	}
	cpu_run_all(try_to_read, &task);
	ret = sum(&task);
	ret.made = (uint64_t)cpu_count * WORDS;
	return ret;
}

static void try_to_keep(void *argument)
{
	struct task *task = argument;

	for (size_t i = 0; i < task->count; i++) {
		volatile uint64_t *pointer = phys_pointer(task->at[i]);
		uint64_t value;
		uint64_t fault;

		note(&task->found[this_cpu()->index], task->at[i],
			probe_read(pointer, &value, &fault) && value == task->value[i] &&
				probe_write(pointer, value, &fault) && *pointer == value);
	}
}

struct attempts attempt_to_keep(const lb_phys_addr *at, const uint64_t *value, size_t count)
{
	struct task task = {.at = at, .value = value, .count = count};
	struct attempts ret;

	for (uint32_t i = 0; i < cpu_count; i++) {
		cpu_run(&cpus[i], try_to_keep, &task);
	}
	ret = sum(&task);
	ret.made = (uint64_t)cpu_count * count;
	return ret;
}
