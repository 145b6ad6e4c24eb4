/* SPDX-License-Identifier: MIT */
/* A plan for people: what will happen, drawn, then why, then what to change. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "render/glossary.h"
#include "render/out.h"
#include "render/paper.h"
#include "render/picture.h"
#include "render/plan_map.h"
#include "render/story.h"

/* Of many outcomes, how many are spelled out. */
#define OUTCOMES_SHOWN 4

static enum lb_ink verdict_ink(const struct lb_plan *plan)
{
	if (plan->reservation->outcome != LB_OUTCOME_RESERVED) {
		return LB_INK_BAD;
	}
	return plan->certainty == LB_EXACT ? LB_INK_GOOD : LB_INK_WARN;
}

static void say_verdict(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_buffer text = {0};

	lb_render_verdict(plan, lb_buffer_sink(&text));
	if (text.bytes && paper->style->quiet) {
		/* One line, for programs too; a terminal wraps it by itself. */
		lb_say(paper, verdict_ink(plan), "%s", text.bytes);
		lb_say(paper, LB_INK_PLAIN, "\n");
	} else if (text.bytes) {
		lb_say_wrapped(paper, verdict_ink(plan), "", text.bytes);
	}
	free(text.bytes);
}

static void say_question(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	lb_print(sink, "%s, Linux %s", lb_arch_name(plan->arch), plan->kernel);
	if (strcmp(plan->policy, "linux")) {
		lb_print(sink, ", policy %s", plan->policy);
	}
	if (plan->memory_bytes) {
		lb_print(sink, ", %s of memory", lb_size_text(plan->memory_bytes).text);
	}
	for (size_t i = 0; i < plan->crashkernel_count; i++) {
		lb_print(sink, ", crashkernel=%s", plan->crashkernel[i]);
	}
	lb_print(sink, plan->what_if ? " (what if)" : " (as booted)");
	if (text.bytes) {
		lb_say_wrapped(paper, LB_INK_DIM, "", text.bytes);
	}
	free(text.bytes);
}

static void say_heading(const struct lb_paper *paper, const char *heading)
{
	lb_say(paper, LB_INK_BOLD, "\n%s\n", heading);
}

/* One line of "Why", wrapped. */
static void say_reason(const struct lb_paper *paper, struct lb_buffer *text)
{
	if (text->bytes) {
		lb_say_wrapped(paper, LB_INK_PLAIN, "  ", text->bytes);
	}
	free(text->bytes);
	*text = (struct lb_buffer){0};
}

/* A remark of the plan as a sentence of its own: capital first, full stop last. */
static void say_remark(const struct lb_paper *paper, const char *remark)
{
	struct lb_buffer text = {0};
	size_t length = remark ? strlen(remark) : 0;
	size_t word = 0;
	int first;

	if (!length) {
		return;
	}
	while (islower((unsigned char)remark[word])) {
		word++;
	}
	/* A name such as "rodata=full" stays as it is. */
	first = remark[word] == ' ' ? toupper((unsigned char)remark[0]) : remark[0];
	lb_print(lb_buffer_sink(&text), "%c%s%s", first, remark + 1,
		strchr(".!?", remark[length - 1]) ? "" : ".");
	say_reason(paper, &text);
}

static void say_low_hole(const struct lb_paper *paper, struct lb_range hole)
{
	struct lb_buffer text = {0};

	if (lb_range_empty(hole)) {
		lb_print(lb_buffer_sink(&text), "No low memory is free.");
	} else {
		lb_print(lb_buffer_sink(&text), "The largest hole in low memory is %s (%s).",
			lb_range_text(hole).text, lb_size_text(lb_range_size(hole)).text);
	}
	say_reason(paper, &text);
}

/* Who holds part of the range that a fixed offset asks for. */
static void say_blockers(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_range wanted = {plan->reservation->offset, 0};
	struct lb_buffer text = {0};
	struct lb_picture picture;

	if (!lb_add(wanted.start, plan->reservation->size, &wanted.end) ||
		lb_picture_make(plan, &picture) != LB_OK) {
		return;
	}
	for (size_t i = 0; i < picture.piece_count; i++) {
		const struct lb_piece *piece = &picture.pieces[i];

		if (lb_range_overlaps(piece->range, wanted) && !lb_piece_is_free(piece->kind)) {
			lb_print(lb_buffer_sink(&text), "%s %s (%s)",
				text.bytes ? "," : "In the way:",
				*piece->owner ? piece->owner : lb_piece_kind_text(piece->kind),
				lb_range_text(piece->range).text);
		}
	}
	lb_picture_free(&picture);
	if (text.bytes) {
		lb_print(lb_buffer_sink(&text), ".");
	}
	say_reason(paper, &text);
}

static void say_hole(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	if (plan->reservation->failed == LB_PART_LOW) {
		say_low_hole(paper, plan->largest_hole);
		return;
	}
	if (lb_range_empty(plan->largest_hole)) {
		return;
	}
	if (plan->reservation->offset) {
		say_blockers(paper, plan);
		return;
	}
	lb_print(sink, "The largest hole there is %s (%s)", lb_range_text(plan->largest_hole).text,
		lb_size_text(lb_range_size(plan->largest_hole)).text);
	if (plan->hole_below && *plan->hole_below && plan->hole_above && *plan->hole_above) {
		lb_print(sink, ": below it %s, above it %s", plan->hole_below, plan->hole_above);
	}
	lb_print(sink, ".");
	say_reason(paper, &text);
}

/* The first piece above address that is not free; piece_count: none in the same stretch. */
static size_t obstacle_above(const struct lb_picture *picture, lb_phys_addr address)
{
	for (size_t i = 0; i < picture->piece_count; i++) {
		const struct lb_piece *piece = &picture->pieces[i];

		if (piece->range.start < address) {
			continue;
		}
		if (piece->range.start != address) {
			break;
		}
		if (!lb_piece_is_free(piece->kind)) {
			return i;
		}
		address = piece->range.end;
	}
	return picture->piece_count;
}

static void write_obstacle(
	struct lb_sink sink, const struct lb_piece *piece, uint64_t between)
{
	lb_print(sink, "Above it lies %s (%s)", *piece->owner ? piece->owner : "memory in use",
		lb_range_text(piece->range).text);
	if (between) {
		lb_print(sink, "; the alignment leaves %s between", lb_size_text(between).text);
	}
	lb_print(sink, ".");
}

/* What kept the main region from lying higher. */
static void say_neighbour(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_buffer text = {0};
	struct lb_picture picture;
	struct lb_range crash;
	size_t obstacle;

	if (!plan->reservation->range_count || plan->reservation->offset ||
		lb_picture_make(plan, &picture) != LB_OK) {
		return;
	}
	crash = plan->reservation->ranges[0].range;
	obstacle = obstacle_above(&picture, crash.end);
	if (obstacle < picture.piece_count) {
		const struct lb_piece *piece = &picture.pieces[obstacle];

		write_obstacle(lb_buffer_sink(&text), piece, piece->range.start - crash.end);
		say_reason(paper, &text);
	}
	lb_picture_free(&picture);
}

static void write_result(struct lb_sink sink, const struct lb_plan *plan, size_t index)
{
	const struct lb_reservation *reservation = plan->outcomes[index].reservation;

	switch (reservation->outcome) {
	case LB_OUTCOME_RESERVED:
		lb_render_reservation(reservation, sink);
		break;
	case LB_OUTCOME_FAILED:
		lb_print(sink, "there is no room");
		break;
	case LB_OUTCOME_HANGS:
		lb_print(sink, "the kernel never comes up");
		break;
	case LB_OUTCOME_REJECTED:
	case LB_OUTCOME_NOT_REQUESTED:
		lb_print(sink, "nothing is reserved");
		break;
	}
}

static void say_outcome(const struct lb_paper *paper, const struct lb_plan *plan, size_t index)
{
	const struct lb_possible *possible = &plan->outcomes[index];
	struct lb_buffer text = {0};

	lb_print(lb_buffer_sink(&text), "In %s", lb_share_text(possible->probability).text);
	if (index && !lb_range_empty(possible->kernel)) {
		lb_print(lb_buffer_sink(&text),
			" KASLR puts the kernel in the way (as at %s), then",
			lb_range_text(possible->kernel).text);
	} else if (possible->unseen_firmware) {
		lb_print(lb_buffer_sink(&text),
			" the firmware holds more memory than is shown, then");
	}
	lb_print(lb_buffer_sink(&text), ": ");
	write_result(lb_buffer_sink(&text), plan, index);
	lb_print(lb_buffer_sink(&text), ".");
	say_reason(paper, &text);
}

/* What the outcomes from first on have in common. */
static void say_further(const struct lb_paper *paper, const struct lb_plan *plan, size_t first)
{
	struct lb_range span = {UINT64_MAX, 0};
	struct lb_buffer text = {0};
	double share = 0, lost = 0;

	for (size_t i = first; i < plan->outcome_count; i++) {
		const struct lb_reservation *reservation = plan->outcomes[i].reservation;
		double part = plan->outcomes[i].probability > 0 ? plan->outcomes[i].probability : 0;

		share += part;
		lost += reservation->outcome != LB_OUTCOME_RESERVED ? part : 0;
		if (reservation->range_count) {
			span.start = lb_min(span.start, reservation->ranges[0].range.start);
			span.end = lb_max(span.end, reservation->ranges[0].range.end);
		}
	}
	lb_print(lb_buffer_sink(&text), "In %s there are %zu further answers",
		lb_share_text(share).text, plan->outcome_count - first);
	if (span.end) {
		lb_print(lb_buffer_sink(&text), " within %s", lb_range_text(span).text);
	}
	lb_print(lb_buffer_sink(&text), " (--json lists them)");
	/* However rare: a boot that reserves nothing is what the reader has to know. */
	if (lost > 0) {
		lb_print(lb_buffer_sink(&text), "; in %s nothing is reserved",
			lb_share_text(lost).text);
	}
	lb_print(lb_buffer_sink(&text), ".");
	say_reason(paper, &text);
}

static void say_outcomes(const struct lb_paper *paper, const struct lb_plan *plan)
{
	/* One line for a single further outcome is no shorter than the outcome. */
	bool all = plan->outcome_count <= OUTCOMES_SHOWN + 1;
	size_t shown = all ? plan->outcome_count : OUTCOMES_SHOWN;

	if (plan->outcome_count < 2) {
		return;
	}
	/* The verdict has told the first one, with its share. */
	for (size_t i = plan->certainty == LB_LIKELY && !plan->as_read; i < shown; i++) {
		say_outcome(paper, plan, i);
	}
	if (shown < plan->outcome_count) {
		say_further(paper, plan, shown);
	}
}

static void say_why(const struct lb_paper *paper, const struct lb_plan *plan)
{
	enum lb_outcome outcome = plan->reservation->outcome;
	bool searched = outcome != LB_OUTCOME_NOT_REQUESTED && outcome != LB_OUTCOME_REJECTED;

	if (!searched && !plan->why_uncertain_count) {
		return;
	}
	say_heading(paper, "Why");
	lb_tell_searches(paper, plan);
	if (searched && outcome != LB_OUTCOME_RESERVED) {
		say_hole(paper, plan);
	}
	say_neighbour(paper, plan);
	say_outcomes(paper, plan);
	for (size_t i = 0; i < plan->why_uncertain_count; i++) {
		lb_say_wrapped(paper, LB_INK_PLAIN, "  Not certain: ", plan->why_uncertain[i]);
	}
}

static void say_claims(const struct lb_paper *paper, const struct lb_plan *plan)
{
	if (plan->reservation->outcome != LB_OUTCOME_RESERVED || !plan->need_count) {
		return;
	}
	say_heading(paper, "What the capture kernel needs of it");
	for (size_t i = 0; i < plan->need_count; i++) {
		const struct lb_need *need = &plan->needs[i];
		struct lb_buffer text = {0};
		char size[64];

		snprintf(size, sizeof(size), "  %10s  ", lb_size_text(need->size).text);
		lb_print(lb_buffer_sink(&text), "%s (%s)", need->name, need->source);
		if (text.bytes) {
			lb_say_wrapped(paper, LB_INK_PLAIN, size, text.bytes);
		}
		free(text.bytes);
	}
	if (plan->bounce.known) {
		say_remark(paper, plan->bounce.why);
	}
	if (plan->linear_map.known) {
		say_remark(paper, plan->linear_map.why);
	}
}

static void say_restricted(const struct lb_paper *paper, const struct lb_restricted_pool *pool)
{
	lb_say(paper, LB_INK_PLAIN, "  %10s  %s%s%s (restricted-dma-pool)\n",
		lb_size_text(pool->size).text, pool->name,
		lb_range_empty(pool->range) ? "" : " at ",
		lb_range_empty(pool->range) ? "" : lb_range_text(pool->range).text);
}

/* What devices that do not reach all memory go through while this kernel runs. */
static void say_boot_pool(const struct lb_paper *paper, const struct lb_plan *plan)
{
	const struct lb_boot_pool *pool = &plan->boot_pool;
	struct lb_buffer text = {0};
	char size[64];

	if (!pool->known || (!pool->made && !pool->restricted_count)) {
		return;
	}
	say_heading(paper, "Bounce pools of this kernel");
	if (pool->made) {
		snprintf(size, sizeof(size), "  %10s  ", lb_size_text(pool->size).text);
		lb_print(lb_buffer_sink(&text), "%s%s (%s%s): %s",
			lb_range_empty(pool->range) ? "no place known"
						    : lb_range_text(pool->range).text,
			pool->as_read ? "" : lb_range_empty(pool->range) ? "" : ", most likely",
			pool->source, pool->sure ? "" : ", not certain", pool->why);
	}
	if (text.bytes) {
		lb_say_wrapped(paper, LB_INK_PLAIN, size, text.bytes);
	}
	free(text.bytes);
	for (size_t i = 0; i < pool->restricted_count; i++) {
		say_restricted(paper, &pool->restricted[i]);
	}
}

static void say_log(const struct lb_paper *paper, const struct lb_plan *plan)
{
	const char *line = plan->reservation->log;

	if (!plan->reservation->line_count) {
		return;
	}
	say_heading(paper, "What the kernel prints");
	for (size_t i = 0; i < plan->reservation->line_count; i++) {
		lb_say(paper, LB_INK_PLAIN, "  %s\n", line);
		line += strlen(line) + 1;
	}
}

static void say_observed(const struct lb_paper *paper, const struct lb_plan *plan)
{
	const struct lb_observation *observed = &plan->observed;
	struct lb_buffer text = {0};

	/* As booted it is the verdict. */
	if (!observed->known || plan->as_read || !observed->reservation.range_count) {
		return;
	}
	say_heading(paper, "What this boot shows");
	lb_render_observed(observed, lb_buffer_sink(&text));
	lb_print(lb_buffer_sink(&text),
		observed->agrees ? "; the rules say the same of its command line." : ".");
	say_reason(paper, &text);
	for (size_t i = 0; i < observed->difference_count; i++) {
		lb_say_wrapped(paper, LB_INK_PLAIN, "  Differs: ", observed->differences[i]);
	}
}

static void say_findings(const struct lb_paper *paper, const struct lb_plan *plan)
{
	if (!plan->finding_count) {
		return;
	}
	say_heading(paper, "What to know, and what to change");
	for (size_t i = 0; i < plan->finding_count; i++) {
		lb_say_finding(paper, &plan->findings[i]);
	}
}

static void say_journal(const struct lb_paper *paper, const struct lb_journal *journal)
{
	if (journal) {
		say_heading(paper, "Step by step");
		lb_tell_journal(paper, journal);
	}
}

static void say_all(const struct lb_paper *paper, const struct lb_plan *plan)
{
	/* A path is one word, and stays on its line. */
	lb_say(paper, LB_INK_DIM, "%s\n", plan->machine->name);
	say_question(paper, plan);
	lb_say(paper, LB_INK_PLAIN, "\n");
	lb_paint_plan_map(paper, plan);
	say_why(paper, plan);
	say_claims(paper, plan);
	say_boot_pool(paper, plan);
	say_log(paper, plan);
	say_observed(paper, plan);
	say_findings(paper, plan);
	if (paper->style->journal) {
		say_journal(paper, plan->journal);
	}
}

void lb_render_plan_text(
	const struct lb_plan *plan, const struct lb_text_style *style, struct lb_sink sink)
{
	struct lb_paper paper = {sink, style};
	struct lb_buffer text = {0};
	struct lb_paper draft = {lb_buffer_sink(&text), style};

	LB_ASSERT(style->width >= 40);
	say_verdict(&paper, plan);
	if (style->quiet) {
		return;
	}
	say_all(&draft, plan);
	if (text.bytes) {
		lb_sink_write(sink, text.bytes, text.length);
		lb_explain_words(&paper, text.bytes);
	}
	free(text.bytes);
}
