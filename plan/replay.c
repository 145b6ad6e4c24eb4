/* SPDX-License-Identifier: MIT */
/* replay: simulate the recorded boot, compare, adjust. */
#include "plan/replay.h"

static enum lb_status run(struct lb_model *model, struct lb_evaluator *evaluator)
{
	struct lb_range kernel = {0, 0};
	struct lb_reservation ignored;

	if (model->booted_at) {
		kernel = lb_model_kernel(model, LB_VIEW_BEST, model->booted_at);
	}
	return lb_evaluate_once(evaluator, LB_VIEW_BEST, kernel, "", NULL, &ignored);
}

static bool landed(const struct lb_model *model, const struct lb_evaluator *evaluator, size_t index)
{
	lb_phys_addr observed = model->early[index].observed;

	return !observed || lb_evaluator_early(evaluator, index) == observed;
}

/* How many of those that come after `index` land where they were observed, up to the first one
 * that does not. */
static size_t landed_after(
	const struct lb_model *model, const struct lb_evaluator *evaluator, size_t index)
{
	size_t count = 0;

	for (size_t i = index + 1; i < model->early_count && landed(model, evaluator, i); i++) {
		count++;
	}
	return count;
}

/*
 * A size that the machine does not show shows in what came later: it is the one with which most of
 * that lands where it was observed. Where several do, the smallest is taken, and what the largest
 * has more stays unsure.
 */
static enum lb_status fit(struct lb_model *model, struct lb_evaluator *evaluator, size_t index)
{
	struct lb_early_allocation *early = &model->early[index];
	uint64_t least = early->size, most = early->unsure;
	uint64_t smallest = 0, largest = 0;
	size_t best = 0;

	for (uint64_t more = 0;; more = lb_min(more ? more * 2 : 64 * LB_KIB, most)) {
		enum lb_status status;
		size_t count;

		early->size = least + more;
		status = run(model, evaluator);
		if (status) {
			return status;
		}
		count = landed_after(model, evaluator, index);
		smallest = count > best ? more : smallest;
		largest = count >= best ? more : largest;
		best = lb_max(best, count);
		if (more == most) {
			break;
		}
	}
	early->size = least + smallest;
	early->unsure = largest - smallest;
	return LB_OK;
}

enum lb_status lb_replay(struct lb_model *model, struct lb_evaluator *evaluator)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i + 1 < model->early_count && !status; i++) {
		if (model->early[i].unsure && model->early[i + 1].observed) {
			status = fit(model, evaluator, i);
		}
	}
	if (!status) {
		status = run(model, evaluator);
	}
	for (size_t i = 0; i < model->early_count && !status; i++) {
		if (!landed(model, evaluator, i)) {
			const char *reason = lb_arena_printf(model->arena,
				"replaying the recorded boot puts \"%s\" at 0x%llx, the machine "
				"shows it at 0x%llx: something took memory that is not shown",
				model->early[i].owner,
				(unsigned long long)lb_evaluator_early(evaluator, i),
				(unsigned long long)model->early[i].observed);

			lb_model_assume_as(model, LB_WEIGHT_MARGIN,
				reason ? reason : "the replay does not fit");
			model->early[i].pinned = model->same_boot_options;
			status = run(model, evaluator); /* what comes later may fit by that */
		}
	}
	return status;
}
