/* SPDX-License-Identifier: MIT */
/* drill_text: a drill for people. */
#include "render/drill.h"
#include "render/out.h"
#include "render/paper.h"

#define WIDTH_MAX 100 /* evidence is read, not scanned: wider lines do not help */
#define EVIDENCE_INDENT "         "

static size_t count_passed(const struct lb_drill_result *result)
{
	size_t passed = 0;

	for (size_t i = 0; i < result->shown_count; i++) {
		passed += result->proofs[result->shown[i]].passed;
	}
	return passed;
}

static void say_proofs(const struct lb_paper *paper, const struct lb_drill_result *result)
{
	for (size_t i = 0; i < result->shown_count; i++) {
		const struct lb_drill_proof *proof = &result->proofs[result->shown[i]];

		lb_say(paper, LB_INK_PLAIN, "  ");
		lb_say(paper, proof->passed ? LB_INK_GOOD : LB_INK_BAD, "%s",
			proof->passed ? "proved" : "FAILED");
		lb_say(paper, LB_INK_PLAIN, " %s\n", lb_drill_proof_name(result->shown[i]));
		if (proof->evidence[0]) {
			lb_say_wrapped(paper, LB_INK_PLAIN, EVIDENCE_INDENT, proof->evidence);
		}
	}
}

static void say_captured(const struct lb_paper *paper, const struct lb_drill_result *result)
{
	bool is_naive = result->policy == LB_DRILL_POLICY_NAIVE;

	lb_say(paper, LB_INK_PLAIN,
		"%s: %s: %zu of %zu proofs; panic to capture %.3f s; %.1f s in all\n",
		lb_arch_name(result->arch),
		is_naive ? "the capture kernel was corrupted, as it had to be" : "captured",
		count_passed(result), result->shown_count,
		result->seconds.panic_to_capture, result->seconds.total);
}

static void say_lost(const struct lb_paper *paper, const struct lb_drill_result *result)
{
	if (result->saved) {
		lb_say(paper, LB_INK_PLAIN, "%s: dump saved, but NOT PROVED: %s\n",
			lb_arch_name(result->arch), result->problem.text);
	} else {
		lb_say(paper, LB_INK_PLAIN, "%s: LOST in stage %s: %s\n",
			lb_arch_name(result->arch), lb_drill_stage_name(result->stage),
			result->problem.text);
	}
	for (size_t i = 0; !paper->style->quiet && i < result->tail_count; i++) {
		lb_say(paper, LB_INK_PLAIN, "    | %s\n", result->tail[i]);
	}
}

void lb_render_drill_text(const struct lb_drill_result *result, const struct lb_text_style *style,
	struct lb_sink sink)
{
	struct lb_text_style narrow = *style;
	struct lb_paper paper = {sink, &narrow};

	narrow.width = (unsigned int)lb_min(style->width, WIDTH_MAX);
	if (!style->quiet) {
		lb_say(&paper, LB_INK_PLAIN, "\n%s: production %s, capture %s\n",
			lb_arch_name(result->arch), result->production, result->capture);
		say_proofs(&paper, result);
	}
	if (result->captured) {
		say_captured(&paper, result);
	} else {
		say_lost(&paper, result);
	}
}

void lb_render_drill_stage(
	enum lb_arch arch, enum lb_drill_stage stage, double seconds, struct lb_sink sink)
{
	lb_print(sink, "%-7s %7.2f s  %s\n", lb_arch_name(arch), seconds,
		lb_drill_stage_name(stage));
}

void lb_render_drill_console(enum lb_arch arch, const char *line, struct lb_sink sink)
{
	lb_print(sink, "%-7s | %s\n", lb_arch_name(arch), line);
}
