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

/* Grows early allocation `index` until the one after it lands where it was observed; what comes
 * later must land, too. */
static enum lb_status adjust(struct lb_model *model, struct lb_evaluator *evaluator, size_t index)
{
	uint64_t least = model->early[index].size;
	enum lb_status status = LB_OK;

	for (uint64_t more = 0;; more = more ? more * 2 : 64 * LB_KIB) {
		model->early[index].size = least + lb_min(more, model->early[index].unsure);
		status = run(model, evaluator);
		if (status || landed(model, evaluator, index + 1)) {
			return status;
		}
		if (more >= model->early[index].unsure) {
			break;
		}
	}
	model->early[index].size = least;
	return LB_OK;
}

enum lb_status lb_replay(struct lb_model *model, struct lb_evaluator *evaluator)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i + 1 < model->early_count && !status; i++) {
		if (model->early[i].unsure && model->early[i + 1].observed) {
			status = adjust(model, evaluator, i);
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

			lb_model_assume(model, reason ? reason : "the replay does not fit");
			model->early[i].pinned = model->same_boot_options;
			status = run(model, evaluator); /* what comes later may fit by that */
		}
	}
	return status;
}
