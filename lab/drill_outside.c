/* SPDX-License-Identifier: MIT */
/*
 * drill_outside: what is checked from outside. The production kernel waits once it has loaded and
 * protected: then its page tables are judged, and a breakpoint is set at the first instruction of
 * purgatory. There what is loaded is judged, and all of memory is copied (or one bit of it turned
 * over). The machine stops once more where the capture kernel begins. That waits when it has read
 * the dump: then memory is compared with the copy.
 */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/page_table_rules.h"

#define PATIENCE_MS 20000

static bool let_go(struct drill *drill)
{
	if (lab_socket_send(&drill->console, "\n", 1, lab_now() + PATIENCE_MS) != LAB_SOCKET_OK) {
		lab_fail(&drill->result->problem, "the serial console does not listen");
		return false;
	}
	return true;
}

/* All that is mapped, held against the firmware's map. */
static void judge_all(struct drill *drill)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_PAGE_TABLES_JUDGED;
	struct lab_page_rules_verdict verdict;

	lab_page_rules_judge(&drill->tables, &drill->memory, &verdict);
	if (verdict.broken) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"%" PRIu64 " of %" PRIu64 " translations break a rule, first: %s",
			verdict.broken, verdict.translations, verdict.first);
		return;
	}
	drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, verdict.pages != 0,
		"of %" PRIu64 " translations none leads into the crash region, and all %" PRIu64
		" pages of other RAM are in the linear map, by the fewest blocks (%" PRIu64
		" of 1 GiB, %" PRIu64 " of 2 MiB, %" PRIu64 " of 4 KiB)",
		verdict.translations, verdict.pages, verdict.blocks[2], verdict.blocks[1],
		verdict.blocks[0]);
}

static bool judge_tables(struct drill *drill)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_PAGE_TABLES_JUDGED;
	struct lab_page_tables_verdict verdict;
	bool passed;

	if (!drill->tables.root || !drill->tables.linear) {
		return true;
	}
	if (!lab_page_tables_judge(&drill->tables, &drill->memory, &drill->qmp, &verdict,
		    &drill->result->problem)) {
		return false;
	}
	passed = verdict.samples >= 10000 && verdict.mapped && !verdict.different &&
		verdict.crash_samples >= lb_range_size(drill->tables.crash) / 4096 &&
		!verdict.crash_mapped;
	if (verdict.different) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"%zu of %zu addresses differ, first 0x%" PRIx64 ": %s",
			verdict.different, verdict.samples, verdict.first_va, verdict.first);
	} else {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, passed,
			"QEMU and the core's walker agree on all of %zu addresses, %zu of them "
			"mapped; of %zu in the crash region QEMU reaches %zu",
			verdict.samples, verdict.mapped, verdict.crash_samples,
			verdict.crash_mapped);
	}
	if (verdict.listed) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, verdict.writable != 0,
			"on which of them may be written (%zu), and on all %zu ranges that are "
			"mapped", verdict.writable, verdict.listed);
	}
	judge_all(drill);
	return true;
}

static bool set_breakpoint(struct drill *drill, enum drill_breakpoint which, lb_phys_addr at)
{
	drill->armed = which;
	return lab_gdb_break(&drill->gdb, at, true, &drill->result->problem);
}

static bool at_loaded(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;

	if (!lab_gdb_stop(&drill->gdb, problem) || (!drill->flips && !judge_tables(drill))) {
		return false;
	}
	if (!lb_range_empty(drill->purgatory) &&
		!set_breakpoint(drill, DRILL_AT_PURGATORY, drill->purgatory.start)) {
		return false;
	}
	drill->stage_began = lab_now();
	return lab_gdb_continue(&drill->gdb, problem) && let_go(drill);
}

/* All of memory is looked at, and some of it has changed: else the comparison sees nothing. */
static bool compare_memory(struct drill *drill)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION;
	uint64_t written = lab_ram_pages(&drill->memory);
	struct lab_ram_change change;

	if (!drill->before) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"from outside: memory was not copied before purgatory");
		return true;
	}
	if (!lab_ram_compare(&drill->memory, drill->before, drill->allowed,
		    drill->allowed_count, &change, &drill->result->problem)) {
		return false;
	}
	if (change.pages_changed) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"from outside: %" PRIu64 " of %" PRIu64
			" pages outside the crash memory changed, first 0x%" PRIx64,
			change.pages_changed, change.pages_compared, change.first);
	} else {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, change.pages_inside && written &&
				change.pages_compared + change.pages_allowed >= written,
			"from outside: %" PRIu64 " pages changed inside the crash memory since "
			"purgatory began, none of %" PRIu64 " outside; of %" PRIu64
			" pages ever written %" PRIu64 " were compared",
			change.pages_inside, change.pages_compared, written,
			change.pages_compared + change.pages_allowed);
	}
	return true;
}

static bool save_dump(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;
	const char *path = drill->spec->dump;

	return !path || drill->flips ||
		(lab_dump_write(&drill->memory, drill->core_header, path, problem) &&
			lab_dump_compare(&drill->memory, drill->core_header, path, problem));
}

static bool at_late_writes(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;

	bool (*const judges[LB_DRILL_POLICIES])(struct drill *drill) = {
		[LB_DRILL_POLICY_QUARANTINE] = drill_judge_late_writes,
		[LB_DRILL_POLICY_NAIVE] = drill_judge_corruption,
		[LB_DRILL_POLICY_STOP_DMA] = drill_judge_stopped};

	return lab_gdb_stop(&drill->gdb, problem) && judges[drill->spec->policy](drill) &&
		lab_gdb_continue(&drill->gdb, problem) && let_go(drill);
}

static bool at_verified(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;

	if (!lab_gdb_stop(&drill->gdb, problem)) {
		return false;
	}
	if (!drill->spec->production) {
		drill_judge_dump(drill);
		if (!compare_memory(drill)) {
			return false;
		}
	}
	if (!save_dump(drill)) {
		return false;
	}
	drill->stage_began = lab_now();
	return lab_gdb_continue(&drill->gdb, problem) && let_go(drill);
}

bool drill_at_pause(struct drill *drill, enum lb_drill_pause pause)
{
	if (!drill->memory.bytes &&
		!lab_ram_open(&drill->memory, &drill->qemu, drill->spec->memory_bytes,
			&drill->qmp, &drill->result->problem)) {
		return false;
	}
	if (drill->result->stage == LB_DRILL_STAGE_LOAD && drill->result->seconds.load == 0) {
		drill->result->seconds.load = (double)(lab_now() - drill->stage_began) / 1000;
	}
	switch (pause) {
	case LB_DRILL_PAUSE_LOADED:
		return at_loaded(drill);
	case LB_DRILL_PAUSE_LATE_WRITES:
		return at_late_writes(drill);
	case LB_DRILL_PAUSE_VERIFIED:
		return at_verified(drill);
	default:
		lab_fail(&drill->result->problem, "it waits at \"%s\", which nobody asked for",
			lb_drill_pause_name(pause));
		return false;
	}
}

static bool at_purgatory(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;

	if (!lab_gdb_break(&drill->gdb, drill->purgatory.start, false, problem)) {
		return false;
	}
	if (drill->flips) {
		return drill_flip(drill);
	}
	if (!drill_judge_loaded(drill)) {
		return false;
	}
	drill->before = lab_ram_copy_make(&drill->memory, problem);
	if (!drill->before) {
		return false;
	}
	drill_expect_late_writes(drill);
	return !drill->entry || set_breakpoint(drill, DRILL_AT_CAPTURE_ENTRY, drill->entry);
}

static bool at_entry(struct drill *drill)
{
	return lab_gdb_break(&drill->gdb, drill->entry, false, &drill->result->problem) &&
		drill_judge_entry(drill);
}

bool drill_at_breakpoint(struct drill *drill)
{
	enum drill_breakpoint where = drill->armed;
	struct lab_error *problem = &drill->result->problem;
	uint64_t began = lab_now();

	drill->armed = DRILL_NOWHERE;
	if (!lab_gdb_wait_stop(&drill->gdb, lab_now() + PATIENCE_MS)) {
		lab_fail(problem, "QEMU's debugger is gone");
		return false;
	}
	if (where == DRILL_AT_PURGATORY ? !at_purgatory(drill) : !at_entry(drill)) {
		return false;
	}
	drill->stage_began = lab_now();
	drill->panic_began += drill->stage_began - began;
	return lab_gdb_continue(&drill->gdb, problem);
}
