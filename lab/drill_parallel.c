/* SPDX-License-Identifier: MIT */
/* drill_parallel: several drills at the same time. Each has a thread of its own, because QEMU ends
 * with the thread that started it. */
#include <pthread.h>

#include "lab/drill.h"

/* One drill, and what it shares with the others. */
struct runner {
	struct lb_drill_spec spec;
	const struct lb_drill_observer *observer; /* the caller's */
	struct lb_drill_result *result;
	pthread_mutex_t *lock; /* around every call of an observer */
	pthread_t thread;
	bool has_thread;
};

static void pass_stage(
	void *context, enum lb_arch arch, enum lb_drill_stage stage, double seconds)
{
	struct runner *runner = context;

	pthread_mutex_lock(runner->lock);
	runner->observer->stage(runner->observer->context, arch, stage, seconds);
	pthread_mutex_unlock(runner->lock);
}

static void pass_line(void *context, enum lb_arch arch, const char *line)
{
	struct runner *runner = context;

	pthread_mutex_lock(runner->lock);
	runner->observer->line(runner->observer->context, arch, line);
	pthread_mutex_unlock(runner->lock);
}

static void *run(void *context)
{
	struct runner *runner = context;

	lb_drill_run(&runner->spec, runner->result);
	return NULL;
}

void lb_drill_run_parallel(
	const struct lb_drill_spec *specs, struct lb_drill_result *results, size_t count)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct runner runners[LB_DRILL_ARCHS];

	LB_ASSERT(count <= LB_DRILL_ARCHS);
	for (size_t i = 0; i < count; i++) {
		struct runner *runner = &runners[i];

		*runner = (struct runner){.spec = specs[i], .observer = &specs[i].observer,
			.result = &results[i], .lock = &lock};
		runner->spec.observer = (struct lb_drill_observer){.context = runner,
			.stage = specs[i].observer.stage ? pass_stage : NULL,
			.line = specs[i].observer.line ? pass_line : NULL};
		runner->has_thread = !pthread_create(&runner->thread, NULL, run, runner);
		if (!runner->has_thread) {
			run(runner);
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (runners[i].has_thread) {
			pthread_join(runners[i].thread, NULL);
		}
	}
	pthread_mutex_destroy(&lock);
}
