/* SPDX-License-Identifier: MIT */
/* largest: halve the size, and look for worse places of the image. */
#include "plan/largest.h"

#include "plan/options.h"

static struct lb_range image_at(const struct lb_model *model, lb_phys_addr at)
{
	return lb_model_kernel(model, LB_VIEW_BEST, at);
}

struct lb_largest lb_largest_begin(const struct lb_plan *plan, const struct lb_answerer *answerer,
	enum lb_request_form form, uint64_t cma)
{
	const struct lb_model *model = answerer->model;
	bool drawn = model->kernel_place == LB_KERNEL_DRAWN && model->slots.count;

	return (struct lb_largest){
		.plan = plan,
		.answerer = answerer,
		.form = form,
		.cma = cma,
		.places = {image_at(model, drawn ? model->slots.areas[0].first : model->kernel_at)},
		.place_count = 1,
		.limit = model->env.system_ram / LB_MIB + 1,
	};
}

/* Whether that many MiB are reserved with the image in each of the places. */
static enum lb_status works(const struct lb_largest *largest, uint64_t mib, bool *ret)
{
	const struct lb_answerer *answerer = largest->answerer;
	struct lb_request request = lb_request_of(largest->form, mib * LB_MIB, largest->cma);
	const char *values[LB_REQUEST_VALUES_MAX];
	const char *cmdline;
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < request.count; i++) {
		values[i] = request.values[i];
	}
	cmdline = lb_option_replace_crashkernel(
		answerer->model->arena, largest->plan->cmdline, values, request.count);
	if (!cmdline) {
		return LB_NO_STORAGE;
	}
	*ret = true;
	for (size_t i = 0; i < largest->place_count && *ret && !status; i++) {
		struct lb_reservation reservation;

		status = lb_evaluate_once(answerer->evaluator, LB_VIEW_BEST, largest->places[i],
			cmdline, NULL, &reservation);
		*ret = !status && reservation.outcome == LB_OUTCOME_RESERVED;
	}
	return status;
}

enum lb_status lb_largest_next(struct lb_largest *largest, uint64_t *ret)
{
	uint64_t reserved = 0;

	while (largest->limit > reserved + 1) {
		uint64_t middle = reserved + (largest->limit - reserved) / 2;
		bool fits;
		enum lb_status status = works(largest, middle, &fits);

		if (status) {
			return status;
		}
		if (fits) {
			reserved = middle;
		} else {
			largest->limit = middle;
		}
	}
	largest->found = reserved;
	*ret = reserved * LB_MIB;
	return LB_OK;
}

static bool add_place(struct lb_largest *largest, struct lb_range place)
{
	for (size_t i = 0; i < largest->place_count; i++) {
		if (largest->places[i].start == place.start) {
			return false;
		}
	}
	if (largest->place_count == LB_LARGEST_PLACES) {
		return false;
	}
	largest->places[largest->place_count++] = place;
	return true;
}

/* The slot that is nearest to an address. */
static lb_phys_addr slot_near(const struct lb_slots *slots, lb_phys_addr address)
{
	lb_phys_addr nearest = slots->areas[0].first;
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < slots->count; i++) {
		const struct lb_slot_area *area = &slots->areas[i];
		uint64_t index = 0;
		lb_phys_addr slot;
		uint64_t away;

		if (address > area->first && area->stride) {
			index = lb_min((address - area->first) / area->stride, area->count - 1);
		}
		slot = area->first + index * area->stride;
		away = slot > address ? slot - address : address - slot;
		if (away < best) {
			best = away;
			nearest = slot;
		}
	}
	return nearest;
}

/* An image in the middle of the memory that such a size takes leaves the least of it. */
static bool add_middle(struct lb_largest *largest, struct lb_range taken)
{
	const struct lb_model *model = largest->answerer->model;
	lb_phys_addr middle = taken.start + lb_range_size(taken) / 2;

	if (model->kernel_place != LB_KERNEL_DRAWN || !model->slots.count) {
		return false;
	}
	middle -= lb_min(model->kernel_size / 2, middle);
	return add_place(largest, image_at(model, slot_near(&model->slots, middle)));
}

bool lb_largest_refine(struct lb_largest *largest, const struct lb_plan *tried)
{
	bool added = false;
	bool lost = false, reserved = false;

	for (size_t i = 0; i < tried->outcome_count && !(lost && reserved); i++) {
		const struct lb_possible *possible = &tried->outcomes[i];
		bool here = possible->reservation->outcome == LB_OUTCOME_RESERVED;

		if (here && !reserved) {
			added |= add_middle(largest, possible->reservation->ranges[0].range);
		} else if (!here && !lost) {
			added |= add_place(largest, possible->kernel);
		}
		reserved |= here;
		lost |= !here;
	}
	largest->limit = largest->found;
	return lost && added;
}
