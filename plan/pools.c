/* SPDX-License-Identifier: MIT */
/* pools: what the rules say of each pool, and what the machine shows of it. */
#include "plan/pools.h"

#include "lifeboat/reserved_memory.h"
#include "plan/boot/boot_pool.h"
#include "plan/size/options.h"
#include "plan/size/wrapper.h"
#include "policy/linux/cmdline.h"

/* The policy has sized and placed the pool; nothing is left to the capture kernel. */
static void explain_placed(struct lb_plan *plan)
{
	struct lb_bounce_prediction *bounce = &plan->bounce;

	bounce->needed = bounce->fits = true;
	bounce->range = plan->reservation->bounce_pool;
	bounce->size = lb_range_size(bounce->range);
	bounce->why = "the policy has placed the capture kernel's bounce pool";
	bounce->source = plan->reservation->bounce_source;
}

/* The capture kernel is taken for one like this; its RAM is the crash memory, and it reads the same
 * firmware's lists. */
static struct lb_pool_question capture_question(
	const struct lb_plan *plan, const struct lb_model *model)
{
	const struct lb_reservation *reservation = plan->reservation;
	struct lb_pool_question question = lb_pool_question_of(model);

	question.cmdline = plan->capture_cmdline;
	question.cpus = lb_size_options_of(
		plan->capture_cmdline, model->machine, model->version).cpus;
	question.ram = question.ram_end = 0;
	for (size_t i = 0; i < reservation->range_count; i++) {
		struct lb_range range = reservation->ranges[i].range;

		question.ram += lb_range_size(range);
		question.ram_end = lb_max(question.ram_end, range.end);
	}
	return question;
}

/* The largest piece of crash memory in low memory: that is where the pool comes from. */
static uint64_t largest_low(const struct lb_reservation *reservation, lb_phys_addr limit)
{
	uint64_t low = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		struct lb_range range = reservation->ranges[i].range;

		if (range.start < limit) {
			low = lb_max(low, lb_min(range.end, limit) - range.start);
		}
	}
	return low;
}

static void explain_own(struct lb_plan *plan, const struct lb_model *model)
{
	struct lb_bounce_prediction *bounce = &plan->bounce;
	struct lb_pool_question question = capture_question(plan, model);
	struct lb_pool_answer answer = lb_pool_answer_of(&question);
	bool beyond = question.ram_end > question.limit;

	bounce->needed = beyond || answer.forced;
	bounce->size = answer.size;
	bounce->source = answer.source;
	bounce->inherited = lb_linux_has_option(plan->cmdline, "swiotlb") &&
		lb_linux_has_option(plan->capture_cmdline, "swiotlb");
	bounce->fits = !bounce->needed ||
		(answer.made && largest_low(plan->reservation, question.limit) >=
						answer.size + 8 * LB_MIB);
	bounce->why = !bounce->needed ? "all crash memory is within reach of 32-bit devices"
		: bounce->fits ? "the capture kernel takes its bounce pool from the low region"
		: !answer.made ? answer.why
		: beyond ? "crash memory lies above what 32-bit devices reach, and too little "
			   "of it below"
			 : "memory is encrypted, and the pool takes most of the crash memory";
}

void lb_pools_explain_capture(struct lb_plan *plan, const struct lb_model *model)
{
	plan->bounce = (struct lb_bounce_prediction){0};
	plan->bounce.known = plan->reservation->outcome == LB_OUTCOME_RESERVED;
	if (!plan->bounce.known) {
		plan->bounce.why = "no crash memory, so no capture kernel";
	} else if (lb_range_empty(plan->reservation->bounce_pool)) {
		explain_own(plan, model);
	} else {
		explain_placed(plan);
	}
}

static enum lb_status list_restricted(struct lb_plan *plan, const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_restricted_pool *pools;
	struct lb_reserved_memory_walk walk, first;
	struct lb_reserved_memory_error error;
	struct lb_reserved_memory entry;
	struct lb_fdt fdt;
	size_t most = 0;

	if (!machine->fdt.blob || lb_fdt_open(&fdt, machine->fdt.blob, machine->fdt.size, NULL) ||
		lb_reserved_memory_open(&fdt, &walk, &error)) {
		return LB_OK;
	}
	for (first = walk; first.more; most++) {
		(void)!lb_reserved_memory_next(&first, &entry, &error);
	}
	pools = lb_arena_array(model->arena, most + 1, sizeof(*pools));
	plan->boot_pool.restricted = pools;
	while (pools && walk.more) {
		if (!lb_reserved_memory_next(&walk, &entry, &error) && entry.restricted_pool &&
			entry.available) {
			pools[plan->boot_pool.restricted_count++] = (struct lb_restricted_pool){
				entry.name, entry.range,
				lb_range_empty(entry.range) ? entry.size
							    : lb_range_size(entry.range)};
		}
	}
	return pools ? LB_OK : LB_NO_STORAGE;
}

static void explain_boot(struct lb_plan *plan, const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_pool_question question = lb_pool_question_of(model);
	struct lb_pool_answer answer = lb_pool_answer_of(&question);
	struct lb_boot_pool *pool = &plan->boot_pool;

	pool->known = true;
	pool->made = answer.made;
	pool->sure = answer.sure && !model->outside && !model->env.xen_pv;
	pool->forced = answer.forced;
	pool->may_grow = answer.made && model->version >= LB_LINUX(6, 6, 0);
	pool->size = answer.size;
	pool->source = answer.source;
	pool->why = answer.why;
	if (!plan->what_if && !lb_range_empty(machine->dma.swiotlb)) {
		pool->made = pool->sure = pool->as_read = true;
		pool->range = machine->dma.swiotlb;
		pool->size = lb_range_size(pool->range);
		pool->source = "the boot log";
	} else if (answer.made && plan->map) {
		pool->range = lb_pool_place(plan->map, plan->reservation->ranges,
			plan->reservation->range_count, &question, answer.size);
	}
}

enum lb_status lb_pools_explain(struct lb_plan *plan, const struct lb_model *model)
{
	const char *source;

	if (!plan->capture_cmdline) {
		plan->capture_cmdline =
			lb_wrapper_cmdline(model->machine, model->arena, &source);
	}
	if (!plan->capture_cmdline) {
		return LB_NO_STORAGE;
	}
	lb_pools_explain_capture(plan, model);
	explain_boot(plan, model);
	return list_restricted(plan, model);
}
