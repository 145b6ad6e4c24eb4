/* SPDX-License-Identifier: MIT */
/* certainty: exact, likely, within a bound, or unknown. */
#include "plan/certainty.h"

#include <string.h>

/* A request that is refused for its wording is refused on every machine, as one that says 0 is
 * declined: with hardly any RAM and with more than there is, and for the same reason. */
static bool refused_anywhere(const struct lb_model *model, lb_policy_reserve *reserve,
	const struct lb_reservation *refusal)
{
	static const uint64_t amounts[] = {LB_MIB, UINT64_C(1) << 60};
	unsigned char storage[LB_MEMORY_MAP_BYTES(1)] __attribute__((aligned(16)));
	struct lb_reserve_env env = model->env;

	for (size_t i = 0; i < LB_ARRAY_COUNT(amounts); i++) {
		struct lb_reservation reservation;
		struct lb_memory_map map;

		env.system_ram = amounts[i];
		if (lb_memory_map_init(&map, storage, sizeof(storage)) ||
			reserve(&env, model->cmdline, &map, NULL, NULL, &reservation) ||
			reservation.outcome != refusal->outcome ||
			reservation.declined != refusal->declined ||
			reservation.log_bytes != refusal->log_bytes ||
			memcmp(reservation.log, refusal->log, refusal->log_bytes)) {
			return false;
		}
	}
	return true;
}

enum lb_certainty lb_certainty_of(const struct lb_model *model, lb_policy_reserve *reserve,
	const struct lb_distribution *distribution)
{
	const struct lb_reservation *first = distribution->outcomes[0].reservation;
	bool asked = first->outcome != LB_OUTCOME_NOT_REQUESTED || first->declined;

	/* Whatever its rules: no kernel reserves what it is not asked for. */
	if (model->outside || (model->foreign_rules && asked)) {
		return LB_UNKNOWN;
	}
	if (!asked && !model->request_unsure) {
		return LB_EXACT;
	}
	if ((first->outcome == LB_OUTCOME_REJECTED || first->declined) && !model->request_unsure &&
		!model->contradicted && refused_anywhere(model, reserve, first)) {
		return LB_EXACT;
	}
	if (distribution->certain && !model->never_exact) {
		return distribution->count == 1 ? LB_EXACT : LB_LIKELY;
	}
	if (model->kernel_place == LB_KERNEL_DRAWN && distribution->drawn &&
		distribution->count > 1) {
		return LB_LIKELY;
	}
	/* The bound is of what the views hold between them, and of nothing else. */
	return distribution->off_by_at_most && !model->never_exact ? LB_WITHIN_ALIGNMENT
								   : LB_UNKNOWN;
}

double lb_certainty_share(
	enum lb_certainty certainty, const struct lb_distribution *distribution)
{
	/* The share of a single answer is that of all boots only where nothing else matters. */
	if (distribution->count == 1) {
		return certainty == LB_EXACT ? 1 : -1;
	}
	return distribution->outcomes[0].probability;
}
