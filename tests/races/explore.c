/* SPDX-License-Identifier: MIT */
/* explore: depth first through all choices of who runs next, each order from the beginning. */
#include "tests/races/explore.h"

#include <ucontext.h>

#include "core/atomic.h"
#include "tests/harness/test.h"

#define STACK_BYTES (64 * 1024)
#define CHOICES_MAX 4096

static struct {
	const struct race *race;
	ucontext_t threads[RACE_THREADS_MAX];
	ucontext_t explorer;
	bool done[RACE_THREADS_MAX];
	unsigned int current;
	unsigned int interrupted; /* so far in this order */
	bool running;
	/* The choices of this order, and between how many. */
	uint8_t taken[CHOICES_MAX];
	uint8_t options[CHOICES_MAX];
	unsigned int depth;
	unsigned int given; /* choices that are prescribed: those of the order before, but one */
} state;

static char stacks[RACE_THREADS_MAX][STACK_BYTES] __attribute__((aligned(16)));

/* Choice number `index` among the threads that are not through: first the current one. */
static unsigned int candidate(unsigned int index)
{
	for (unsigned int i = 0; i < state.race->threads; i++) {
		unsigned int thread = (state.current + i) % state.race->threads;

		if (!state.done[thread] && !index--) {
			return thread;
		}
	}
	LB_ASSERT(false); /* there are fewer */
	return 0;
}

static unsigned int count_candidates(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < state.race->threads; i++) {
		count += !state.done[i];
	}
	return count;
}

static unsigned int choose_next(void)
{
	bool at_end = state.done[state.current];
	unsigned int options = count_candidates();
	unsigned int choice = 0;

	if (!at_end && state.interrupted == state.race->interruptions) {
		options = 1;
	}
	LB_ASSERT(state.depth < CHOICES_MAX);
	if (state.depth < state.given) {
		choice = state.taken[state.depth];
	}
	LB_ASSERT(choice < options); /* the same choices lead to the same place */
	state.taken[state.depth] = (uint8_t)choice;
	state.options[state.depth] = (uint8_t)options;
	state.depth++;
	state.interrupted += !at_end && choice > 0;
	return candidate(choice);
}

void lb_atomic_hook(void)
{
	unsigned int from = state.current;

	if (!state.running) {
		return;
	}
	state.current = choose_next();
	if (state.current != from) {
		swapcontext(&state.threads[from], &state.threads[state.current]);
	}
}

static void thread_main(int thread)
{
	state.race->run((unsigned int)thread);
	state.done[thread] = true;
	if (count_candidates()) {
		state.current = choose_next();
		setcontext(&state.threads[state.current]);
	}
	setcontext(&state.explorer);
}

static void run_order(void)
{
	state.depth = 0;
	state.interrupted = 0;
	state.race->begin();
	for (unsigned int i = 0; i < state.race->threads; i++) {
		state.done[i] = false;
		getcontext(&state.threads[i]);
		state.threads[i].uc_stack.ss_sp = stacks[i];
		state.threads[i].uc_stack.ss_size = STACK_BYTES;
		makecontext(&state.threads[i], (void (*)(void))thread_main, 1, (int)i);
	}
	/* Who begins is a choice, too, and interrupts nobody. */
	state.current = 0;
	state.interrupted = state.race->interruptions == RACE_ANY ? 0 : (unsigned int)-1;
	state.running = true;
	state.current = choose_next();
	state.interrupted = 0;
	swapcontext(&state.explorer, &state.threads[state.current]);
	state.running = false;
	state.race->end();
}

/* The next order: the last choice that had another option takes it. */
static bool next_order(void)
{
	while (state.depth && state.taken[state.depth - 1] + 1 >= state.options[state.depth - 1]) {
		state.depth--;
	}
	if (!state.depth) {
		return false;
	}
	state.taken[state.depth - 1]++;
	state.given = state.depth;
	return true;
}

uint64_t race_explore(const struct race *race)
{
	uint64_t orders = 0;

	LB_ASSERT(race->threads && race->threads <= RACE_THREADS_MAX);
	state.race = race;
	state.given = 0;
	do {
		run_order();
		orders++;
	} while (next_order());
	return orders;
}
