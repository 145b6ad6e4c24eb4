/* SPDX-License-Identifier: MIT */
/* A plan as JSON: the schema lifeboat.plan/1, described in docs/json.md. Stable: members are
 * added, never renamed or removed, without a new schema name. */
#include <string.h>

#include "render/json_members.h"
#include "render/render.h"

/* start, end (inclusive) and size of a range, as members of the open object. */
static void write_range_members(struct lb_json *json, struct lb_range range)
{
	lb_json_key(json, "start");
	lb_json_hex(json, range.start);
	lb_json_key(json, "end");
	lb_json_hex(json, range.end - 1);
	lb_json_key(json, "size");
	lb_json_unsigned(json, lb_range_size(range));
}

/* A range as an object, null when it is empty. */
static void write_range(struct lb_json *json, const char *name, struct lb_range range)
{
	lb_json_key(json, name);
	if (lb_range_empty(range)) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_object(json, LB_JSON_LINE);
	write_range_members(json, range);
	lb_json_end(json);
}

void lb_render_crash_ranges_json(struct lb_json *json, const char *name,
	const struct lb_crash_range *ranges, size_t count)
{
	lb_json_key(json, name);
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < count; i++) {
		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "kind", lb_crash_kind_name(ranges[i].kind));
		write_range_members(json, ranges[i].range);
		lb_json_end(json);
	}
	lb_json_end(json);
}

void lb_render_reservation_json(const struct lb_reservation *reservation, struct lb_json *json)
{
	const char *line = reservation->log;

	lb_render_crash_ranges_json(
		json, "reservations", reservation->ranges, reservation->range_count);
	lb_json_key(json, "kernel_log");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < reservation->line_count; i++) {
		lb_json_string(json, line);
		line += strlen(line) + 1;
	}
	lb_json_end(json);
}

static void write_other_boots(struct lb_json *json, const struct lb_machine *machine)
{
	lb_json_key(json, "other_boots");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; machine && i < machine->other_boots_count; i++) {
		const struct lb_other_boot *boot = &machine->other_boots[i];

		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_text_member(json, "kernel", boot->release);
		json_text_member(json, "cmdline", boot->cmdline);
		write_range(json, "initrd", boot->ramdisk);
		lb_json_key(json, "kernel_log");
		lb_json_begin_array(json, LB_JSON_BLOCK);
		for (size_t k = 0; k < boot->crash_count; k++) {
			lb_json_string(json, boot->crash[k].text);
		}
		lb_json_end(json);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_machine(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "machine");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "input", plan->machine->name);
	json_text_member(json, "arch", lb_arch_name(plan->arch));
	json_text_member(
		json, "kernel", plan->machine ? plan->machine->kernel.release : plan->kernel);
	lb_json_key(json, "memory_bytes");
	lb_json_unsigned(json, plan->memory_bytes);
	lb_json_key(json, "problems");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; plan->machine && i < plan->machine->problems_count; i++) {
		const struct lb_problem *problem = &plan->machine->problems[i];

		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "source", problem->position.source);
		lb_json_key(json, "line");
		lb_json_unsigned(json, problem->position.line);
		lb_json_key(json, "offset");
		lb_json_unsigned(json, problem->position.offset);
		json_text_member(json, "text", problem->text);
		lb_json_key(json, "harmless");
		lb_json_bool(json, problem->class_ == LB_PROBLEM_HARMLESS);
		lb_json_end(json);
	}
	lb_json_end(json);
	write_other_boots(json, plan->machine);
	lb_json_end(json);
}

static void write_request(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "request");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "cmdline", plan->cmdline);
	json_texts_member(
		json, "crashkernel", plan->crashkernel, plan->crashkernel_count, LB_JSON_BLOCK);
	json_text_member(json, "kernel", plan->kernel);
	json_text_member(json, "policy", plan->policy);
	lb_json_key(json, "what_if");
	lb_json_bool(json, plan->what_if);
	lb_json_end(json);
}

static void write_outcomes(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "outcomes");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < plan->outcome_count; i++) {
		const struct lb_possible *possible = &plan->outcomes[i];

		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_probability_member(json, possible->probability);
		json_text_member(json, "outcome", lb_outcome_name(possible->reservation->outcome));
		lb_render_reservation_json(possible->reservation, json);
		write_range(json, "kernel", possible->kernel);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_observed(struct lb_json *json, const struct lb_plan *plan)
{
	const struct lb_observation *observed = &plan->observed;
	const char *sources[2];
	size_t source_count = 0;

	lb_json_key(json, "observed");
	if (!observed->known) {
		lb_json_null(json);
		return;
	}
	if (observed->in_iomem) {
		sources[source_count++] = "proc/iomem";
	}
	if (observed->in_log) {
		sources[source_count++] = "log";
	}
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "outcome", lb_outcome_name(observed->reservation.outcome));
	lb_render_reservation_json(&observed->reservation, json);
	json_texts_member(json, "sources", sources, source_count, LB_JSON_BLOCK);
	lb_json_key(json, "confirmed");
	lb_json_bool(json, observed->confirmed);
	json_text_member(json, "since_boot", lb_since_boot_name(observed->since));
	lb_render_crash_ranges_json(json, "left", observed->left, observed->left_count);
	lb_json_key(json, "agrees");
	lb_json_bool(json, observed->agrees);
	lb_json_key(json, "differs");
	lb_json_bool(json, observed->differs);
	json_texts_member(json, "differences", observed->differences, observed->difference_count,
		LB_JSON_BLOCK);
	lb_json_end(json);
}

static void write_one_search(struct lb_json *json, const struct lb_search *search)
{
	lb_json_begin_object(json, LB_JSON_LINE);
	json_text_member(json, "kind", lb_crash_kind_name(search->kind));
	json_text_member(json, "owner", search->owner);
	write_range(json, "window", search->window);
	lb_json_key(json, "given_place");
	lb_json_bool(json, search->given_place);
	json_text_member(json, "why", search->why);
	lb_json_key(json, "size");
	lb_json_unsigned(json, search->size);
	json_text_member(json, "size_why", search->size_why);
	lb_json_key(json, "align");
	lb_json_unsigned(json, search->align);
	json_text_member(json, "result", lb_search_result_name(search->result));
	write_range(json, "found", search->found);
	write_range(json, "given_back", search->given_back);
	json_text_member(json, "given_back_why", search->given_back_why);
	json_text_member(json, "refusal", search->refusal);
	write_range(json, "in_the_way", search->in_the_way);
	json_text_member(json, "holder", search->holder);
	lb_json_end(json);
}

static void write_searches(struct lb_json *json, const struct lb_searches *searches)
{
	lb_json_key(json, "searches");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < searches->count; i++) {
		write_one_search(json, &searches->list[i]);
	}
	lb_json_end(json);
	lb_json_key(json, "searches_dropped");
	lb_json_unsigned(json, searches->dropped);
}

static void write_search(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "search");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	lb_json_key(json, "align");
	lb_json_unsigned(json, plan->align);
	write_range(json, "low", plan->search_low);
	write_range(json, "high", plan->search_high);
	write_range(json, "largest_hole", plan->largest_hole);
	json_text_member(json, "hole_below", plan->hole_below);
	json_text_member(json, "hole_above", plan->hole_above);
	json_text_member(json, "failed", lb_crash_part_name(plan->reservation->failed));
	write_searches(json, plan->searches);
	lb_json_end(json);
}

static const char *holding_name(enum lb_holding holding)
{
	switch (holding) {
	case LB_HELD:
		return "held";
	case LB_HELD_LIKELY:
		return "held_likely";
	case LB_FREE_LIKELY:
		return "free_likely";
	}
	return "held";
}

static void write_holders(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "holders");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < plan->holder_count; i++) {
		if (lb_range_empty(plan->holders[i].range)) {
			continue;
		}
		lb_json_begin_object(json, LB_JSON_LINE);
		write_range_members(json, plan->holders[i].range);
		json_text_member(json, "owner", plan->holders[i].owner);
		json_text_member(json, "holding", holding_name(plan->holders[i].holding));
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_needs(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "claims");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < plan->need_count; i++) {
		const struct lb_need *need = &plan->needs[i];

		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "name", need->name);
		json_text_member(json, "source", need->source);
		lb_json_key(json, "size");
		lb_json_unsigned(json, need->size);
		lb_json_key(json, "align");
		lb_json_unsigned(json, need->align);
		lb_json_key(json, "below");
		if (need->limit == LB_PHYS_ADDR_MAX) {
			lb_json_null(json);
		} else {
			lb_json_hex(json, need->limit);
		}
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_restricted(struct lb_json *json, const struct lb_boot_pool *pool)
{
	lb_json_key(json, "restricted");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < pool->restricted_count; i++) {
		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "name", pool->restricted[i].name);
		write_range(json, "range", pool->restricted[i].range);
		lb_json_key(json, "size");
		lb_json_unsigned(json, pool->restricted[i].size);
		lb_json_end(json);
	}
	lb_json_end(json);
}

/* The pool of the kernel that the plan is about. */
static void write_boot_pool(struct lb_json *json, const struct lb_boot_pool *pool)
{
	lb_json_key(json, "boot_pool");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	lb_json_key(json, "made");
	lb_json_bool(json, pool->made);
	json_text_member(json, "certainty", pool->as_read ? "as_read"
			: pool->sure ? "size_exact" : "unknown");
	lb_json_key(json, "size");
	lb_json_unsigned(json, pool->size);
	write_range(json, "range", pool->range);
	lb_json_key(json, "forced");
	lb_json_bool(json, pool->forced);
	lb_json_key(json, "may_grow");
	lb_json_bool(json, pool->may_grow);
	json_text_member(json, "source", pool->source);
	json_text_member(json, "why", pool->why);
	write_restricted(json, pool);
	lb_json_end(json);
}

/* The need for a bounce pool and what the linear map becomes; null where it cannot be known. */
static void write_consequences(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "bounce_pool");
	if (plan->bounce.known) {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		lb_json_key(json, "needed");
		lb_json_bool(json, plan->bounce.needed);
		lb_json_key(json, "size");
		lb_json_unsigned(json, plan->bounce.size);
		lb_json_key(json, "fits");
		lb_json_bool(json, plan->bounce.fits);
		write_range(json, "range", plan->bounce.range);
		json_text_member(json, "source", plan->bounce.source);
		lb_json_key(json, "inherited");
		lb_json_bool(json, plan->bounce.inherited);
		json_text_member(json, "why", plan->bounce.why);
		lb_json_end(json);
	} else {
		lb_json_null(json);
	}
	write_boot_pool(json, &plan->boot_pool);
	lb_json_key(json, "linear_map");
	if (plan->linear_map.known) {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		lb_json_key(json, "block");
		lb_json_unsigned(json, plan->linear_map.block);
		lb_json_key(json, "page_mapped");
		lb_json_bool(json, plan->linear_map.page_mapped);
		lb_json_key(json, "protected");
		lb_json_bool(json, plan->linear_map.protected_);
		json_text_member(json, "why", plan->linear_map.why);
		lb_json_end(json);
	} else {
		lb_json_null(json);
	}
}

static void write_journal(struct lb_json *json, const struct lb_journal *journal)
{
	lb_json_key(json, "journal");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; journal && i < journal->count; i++) {
		const struct lb_event *event = &journal->events[i];

		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "event", lb_event_kind_name(event->kind));
		json_text_member(json, "owner", event->owner);
		json_text_member(json, "reason", event->reason);
		write_range(json, "range", event->range);
		write_range(json, "window", event->window);
		lb_json_key(json, "size");
		lb_json_unsigned(json, event->size);
		lb_json_key(json, "align");
		lb_json_unsigned(json, event->align);
		lb_json_end(json);
	}
	lb_json_end(json);
	lb_json_key(json, "journal_dropped");
	lb_json_unsigned(json, journal ? journal->dropped : 0);
}

static void write_findings(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "findings");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < plan->finding_count; i++) {
		const struct lb_finding *finding = &plan->findings[i];

		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_text_member(json, "id", finding->id);
		json_text_member(json, "level", lb_level_name(finding->level));
		json_text_member(json, "text", finding->text);
		json_text_member(json, "fix", finding->fix);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_advice(struct lb_json *json, const struct lb_plan *plan)
{
	lb_json_key(json, "advice");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < plan->advice_count; i++) {
		const struct lb_advice *advice = &plan->advice[i];

		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_texts_member(json, "crashkernel", advice->crashkernel,
			advice->crashkernel_count, LB_JSON_BLOCK);
		json_text_member(json, "outcome", lb_outcome_name(advice->reservation->outcome));
		json_text_member(json, "certainty", lb_certainty_name(advice->certainty));
		json_probability_member(json, advice->probability);
		lb_render_crash_ranges_json(json, "reservations", advice->reservation->ranges,
			advice->reservation->range_count);
		json_text_member(json, "why", advice->why);
		lb_json_end(json);
	}
	lb_json_end(json);
}

void lb_render_plan_json(const struct lb_plan *plan, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	json_text_member(&json, "schema", "lifeboat.plan/1");
	write_machine(&json, plan);
	write_request(&json, plan);
	json_text_member(&json, "outcome", lb_outcome_name(plan->reservation->outcome));
	json_text_member(&json, "certainty", lb_certainty_name(plan->certainty));
	json_texts_member(&json, "why_uncertain", plan->why_uncertain, plan->why_uncertain_count,
		LB_JSON_BLOCK);
	lb_json_key(&json, "off_by_at_most");
	if (plan->certainty == LB_WITHIN_ALIGNMENT) {
		lb_json_unsigned(&json, plan->off_by_at_most);
	} else {
		lb_json_null(&json);
	}
	lb_render_reservation_json(plan->reservation, &json);
	write_outcomes(&json, plan);
	write_observed(&json, plan);
	write_search(&json, plan);
	write_needs(&json, plan);
	write_consequences(&json, plan);
	write_findings(&json, plan);
	write_advice(&json, plan);
	write_holders(&json, plan);
	write_journal(&json, plan->journal);
	lb_json_end(&json);
	LB_ASSERT(lb_json_complete(&json));
}
