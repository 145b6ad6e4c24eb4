/* SPDX-License-Identifier: MIT */
/*
 * unseen_firmware: what else may come of a request where nothing shows the firmware's map.
 *
 * The best guess knows of the firmware what the machine shows of it, and a firmware may hold more:
 * below that, or in the middle of what looks free. Either way the place is lower. Nothing tells by
 * how much. So the outcomes are spread: each step of the alignment down from the best guess, with
 * equal shares for equal ratios (1/k for the k-th step), as is usual for a length of unknown
 * magnitude. A piece in the middle costs the size that was asked for at most, more firmware at the
 * end rarely more than 1 GiB.
 */
#include "plan/boot/hidden_firmware.h"
#include "plan/evaluate_internal.h"

#define STEPS_MAX 256
#define FIRMWARE_AT_MOST LB_GIB

/*
 * The share of the best guess. In logs that people posted of 42 machines, firmware, initrd and
 * kernel as the log shows them explain the place of three in five. Where the boot itself shows what
 * another search found, and for EDK II in QEMU, whose layout is known, it is nearly always right
 * (22 of 23 recorded boots).
 */
static double share_of_guess(const struct lb_model *model)
{
	return model->evidence_count || lb_efi_is_edk2_in_qemu(model->machine) ? 0.9 : 0.6;
}

/* The part that hidden memory moves: the first one below 4 GiB. */
static const struct lb_crash_range *movable(const struct lb_reservation *reservation)
{
	for (size_t i = 0; i < reservation->range_count; i++) {
		if (reservation->ranges[i].range.end <= 4 * LB_GIB) {
			return &reservation->ranges[i];
		}
	}
	return NULL;
}

static uint64_t steps_down(const struct lb_crash_range *part, uint64_t align)
{
	uint64_t reach = lb_range_size(part->range) + FIRMWARE_AT_MOST;

	return lb_min(lb_min(reach, part->range.end) / align, STEPS_MAX);
}

static struct lb_possible most_probable(const struct lb_evaluator *evaluator)
{
	struct lb_possible best = evaluator->outcomes[0];

	for (size_t i = 1; i < evaluator->count; i++) {
		if (evaluator->outcomes[i].probability > best.probability) {
			best = evaluator->outcomes[i];
		}
	}
	return best;
}

/* Boots with more and more of low memory taken. Steps that end in one answer count as one. */
static enum lb_status step_down(struct lb_evaluator *evaluator, const struct lb_possible *best,
	uint64_t steps, double unit)
{
	const struct lb_reservation *found = &evaluator->last.reservation;
	lb_phys_addr end = movable(best->reservation)->range.end;
	struct lb_reservation before;
	double weight = 0;

	for (uint64_t k = 1; k <= steps; k++) {
		enum lb_status status;

		evaluator->unseen =
			(struct lb_range){end - k * best->reservation->align, end};
		status = lb_evaluator_boot(evaluator, LB_VIEW_BEST, best->kernel, NULL);
		if (status) {
			return status;
		}
		if (k > 1 && !lb_reservation_same(&before, found)) {
			lb_evaluator_count(evaluator, &before, weight, (struct lb_range){0, 0});
			weight = 0;
		}
		before = *found;
		weight += unit / (double)k;
	}
	if (steps) {
		lb_evaluator_count(evaluator, &before, weight, (struct lb_range){0, 0});
	}
	return LB_OK;
}

enum lb_status lb_evaluator_spread(struct lb_evaluator *evaluator)
{
	const struct lb_possible best = most_probable(evaluator);
	const struct lb_crash_range *part = movable(best.reservation);
	double share = share_of_guess(evaluator->model);
	double sum = 0;
	enum lb_status status;
	uint64_t steps;

	if (!part || best.reservation->offset || !best.reservation->align) {
		return LB_OK;
	}
	steps = steps_down(part, best.reservation->align);
	for (uint64_t k = 1; k <= steps; k++) {
		sum += 1.0 / (double)k;
	}
	for (size_t i = 0; i < evaluator->count && steps; i++) {
		double told = evaluator->outcomes[i].probability;

		evaluator->outcomes[i].probability = share * (told < 0 ? 1 : told);
	}
	status = step_down(evaluator, &best, steps, (1 - share) / sum);
	evaluator->unseen = (struct lb_range){0, 0};
	return status ? status : evaluator->status;
}
