/* SPDX-License-Identifier: MIT */
/* reserve: one reservation from the command line to the answer, as the kernel's row says. */
#include "lifeboat/slice.h"
#include "policy/linux/rules.h"

/* "crashkernel=" at the start of a word, as cmdline_find_option() finds it. */
static bool has_option_word(const struct reserve_run *run)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	while (lb_crashkernel_next(run->cmdline, run->length, &cursor, &token)) {
		if (lb_crashkernel_begins_word(run->cmdline, &token)) {
			return true;
		}
	}
	return false;
}

/* Undoes what is in the answer, for a map whose storage is full. */
static void undo(struct reserve_run *run)
{
	for (size_t i = 0; i < run->ret->range_count; i++) {
		const struct lb_crash_range *taken = &run->ret->ranges[i];

		reserve_give_back(run, taken->kind, taken->range.start,
			lb_range_size(taken->range));
	}
}

static enum lb_status place(struct reserve_run *run, struct reserve_request *request)
{
	lb_phys_addr start = request->offset;
	enum lb_status status = request->offset ?
		reserve_given_place(run, request->offset, request->size) :
		run->row->search(run, request, &start);

	status = reserve_finish(run, request, status, start);
	if (status == LB_OK && run->ret->outcome != LB_OUTCOME_HANGS) {
		status = reserve_cma(run, request->cma_size);
	}
	if (status) {
		undo(run);
	}
	return status;
}

static enum lb_status reserve(struct reserve_run *run)
{
	struct reserve_request request;

	if (run->row->says_first_mib && has_option_word(run)) {
		reserve_log(run, "kexec: Reserving the low 1M of memory for crashkernel");
	}
	if (!run->row->reserves) {
		reserve_note(run, "this kernel reserves no crash kernel memory on this "
			"architecture");
		return LB_OK;
	}
	if (!reserve_read_request(run, &request)) {
		run->ret->declined = request.declined;
		run->ret->unmatched = request.unmatched;
		if (request.declined) {
			run->ret->outcome = LB_OUTCOME_NOT_REQUESTED;
		}
		return LB_OK;
	}
	run->ret->asked = request.asked;
	run->ret->size = request.size;
	run->ret->offset = request.offset;
	run->ret->high = request.high;
	if (run->row->refuses_xen_pv && run->env->xen_pv) {
		reserve_log(run, "Ignoring crashkernel for a Xen PV domain");
		return LB_OK;
	}
	run->ret->outcome = LB_OUTCOME_FAILED;
	return place(run, &request);
}

enum lb_status lb_linux_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret)
{
	struct lb_linux_proposal none = {0};

	return lb_linux_reserve_with(none, env, cmdline, map, journal, searches, ret);
}

enum lb_status lb_linux_reserve_with(struct lb_linux_proposal proposal,
	const struct lb_reserve_env *env, const char *cmdline, struct lb_memory_map *map,
	struct lb_journal *journal, struct lb_searches *searches, struct lb_reservation *ret)
{
	struct reserve_run run = {.env = env, .row = lb_linux_row(env->arch, env->version),
		.proposal = proposal, .cmdline = cmdline, .map = map, .journal = journal,
		.searches = searches, .ret = ret};
	struct lb_crashkernel_token token;
	size_t cursor = 0;
	enum lb_status status;

	LB_ASSERT(env->low_max <= env->high_max);
	lb_reservation_clear(ret);
	lb_searches_clear(searches);
	if (!run.row) {
		return LB_UNSUPPORTED;
	}
	run.length = lb_slice_of_at_most(cmdline, run.row->cmdline_bytes).length;
	if (!lb_crashkernel_next(cmdline, run.length, &cursor, &token)) {
		return LB_OK;
	}
	ret->outcome = LB_OUTCOME_REJECTED;
	status = reserve(&run);
	if (status) {
		lb_reservation_clear(ret);
		lb_searches_clear(searches);
	}
	return status;
}
