/* SPDX-License-Identifier: MIT */
/* largest: halve the size, and look for worse places of the image. */
#include "plan/largest.h"

#include "plan/options.h"

static struct lb_range image_at(const struct lb_model *model, lb_phys_addr at)
{
	return lb_model_kernel(model, LB_VIEW_BEST, at);
}

static lb_phys_addr slot_of_rank(const struct lb_slots *slots, uint64_t rank)
{
	size_t area = 0;

	while (area + 1 < slots->count && rank >= slots->areas[area].count) {
		rank -= slots->areas[area++].count;
	}
	return slots->areas[area].first +
	       lb_min(rank, slots->areas[area].count - 1) * slots->areas[area].stride;
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

static bool add_near(struct lb_largest *largest, lb_phys_addr middle)
{
	const struct lb_model *model = largest->answerer->model;

	if (model->kernel_place != LB_KERNEL_DRAWN || !model->slots.count) {
		return false;
	}
	middle -= lb_min(model->kernel_size / 2, middle);
	return add_place(largest, image_at(model, slot_near(&model->slots, middle)));
}

static lb_phys_addr middle_of(lb_phys_addr start, lb_phys_addr end)
{
	return start + (end - start) / 2;
}

/* In the middle of the places where it was lost the least is left. */
static bool add_lost(struct lb_largest *largest, const struct lb_possible *lost)
{
	struct lb_range first = lost->kernel, last = lost->kernel_last;
	bool added = add_place(largest, first);

	added |= add_place(largest, last);
	return add_near(largest, middle_of(lb_min(first.start, last.start),
				lb_max(first.end, last.end))) || added;
}

struct lb_largest lb_largest_begin(const struct lb_plan *plan, const struct lb_answerer *answerer,
	enum lb_request_form form, uint64_t cma)
{
	const struct lb_model *model = answerer->model;
	const struct lb_slots *slots = &model->slots;
	bool drawn = model->kernel_place == LB_KERNEL_DRAWN && slots->count;
	struct lb_largest largest = {
		.plan = plan,
		.answerer = answerer,
		.form = form,
		.cma = cma,
		.places = {image_at(model, drawn ? slots->areas[0].first : model->kernel_at)},
		.place_count = 1,
		.limit = model->env.system_ram / LB_MIB + 1,
	};

	for (uint64_t i = 0; drawn && i < LB_LARGEST_SAMPLES; i++) {
		uint64_t rank = slots->total / LB_LARGEST_SAMPLES * i +
				slots->total / (2 * LB_LARGEST_SAMPLES);

		add_place(&largest, image_at(model, slot_of_rank(slots, rank)));
	}
	for (size_t i = 0; drawn && i < plan->outcome_count; i++) {
		if (plan->outcomes[i].reservation->outcome != LB_OUTCOME_RESERVED) {
			add_lost(&largest, &plan->outcomes[i]);
			break;
		}
	}
	return largest;
}

enum lb_status lb_largest_try(
	const struct lb_largest *largest, const struct lb_request *request, bool *ret)
{
	const struct lb_answerer *answerer = largest->answerer;
	const char *values[LB_REQUEST_VALUES_MAX];
	const char *cmdline;
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < request->count; i++) {
		values[i] = request->values[i];
	}
	cmdline = lb_option_replace_crashkernel(
		answerer->model->arena, largest->plan->cmdline, values, request->count);
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
		struct lb_request request =
			lb_request_of(largest->form, middle * LB_MIB, largest->cma);
		bool fits;
		enum lb_status status = lb_largest_try(largest, &request, &fits);

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

bool lb_largest_refine(struct lb_largest *largest, const struct lb_plan *tried)
{
	bool added = false;
	bool lost = false, reserved = false;

	for (size_t i = 0; i < tried->outcome_count && !(lost && reserved); i++) {
		const struct lb_possible *possible = &tried->outcomes[i];
		bool here = possible->reservation->outcome == LB_OUTCOME_RESERVED;

		if (here && !reserved) {
			/* An image in the middle of what such a size takes leaves the least. */
			struct lb_range taken = possible->reservation->ranges[0].range;

			added |= add_near(largest, middle_of(taken.start, taken.end));
		} else if (!here && !lost) {
			added |= add_lost(largest, possible);
		}
		reserved |= here;
		lost |= !here;
	}
	largest->limit = largest->found;
	return lost && added;
}
