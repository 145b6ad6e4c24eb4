/* SPDX-License-Identifier: MIT */
/* render: drills as people and programs see them; docs/json.md promises the members. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/drill.h"
#include "render/out.h"
#include "tests/harness/test.h"

static const struct lb_text_style wide = {.width = 200};

static struct lb_drill_result captured(void)
{
	return (struct lb_drill_result){.arch = LB_ARCH_X86_64, .production = "reference",
		.capture = "linux 6.1.0", .captured = true, .ran = true,
		.stage = LB_DRILL_STAGE_VERIFY,
		.proofs = {[LB_DRILL_PROOF_DIGEST_VERIFIED] = {LB_DRILL_BY_PURGATORY, true,
				   "5 segments"},
			[LB_DRILL_PROOF_VMCORE_MATCHES] = {LB_DRILL_BY_CAPTURE, true,
				"128 of 128 pages"}},
		.shown = {LB_DRILL_PROOF_DIGEST_VERIFIED, LB_DRILL_PROOF_VMCORE_MATCHES},
		.shown_count = 2,
		.seconds = {0.25, 0.5, 0.0215, 0.003, 4.96}};
}

static struct lb_drill_result lost(void)
{
	return (struct lb_drill_result){.arch = LB_ARCH_ARM64, .production = "reference",
		.capture = "reference", .ran = true, .stage = LB_DRILL_STAGE_PANIC,
		.problem = {.text = "it crashed without a capture kernel in stage panic"},
		.proofs = {[LB_DRILL_PROOF_CLAIMS_SUMMED] = {LB_DRILL_BY_PRODUCTION, false,
				   "a \"gap\""}},
		.shown = {LB_DRILL_PROOF_CLAIMS_SUMMED}, .shown_count = 1,
		.tail = {"stage: panic", "panic: asked for"}, .tail_count = 2};
}

static void check_text(const struct lb_drill_result *result, struct lb_text_style style,
	const char *expected)
{
	struct lb_buffer buffer = {0};

	lb_render_drill_text(result, &style, lb_buffer_sink(&buffer));
	CHECK_TEXT(buffer.bytes, expected);
	free(buffer.bytes);
}

TEST(render_drill, shows_each_proof_then_the_verdict)
{
	struct lb_drill_result result = captured();

	check_text(&result, wide,
		"\nx86_64: production reference, capture linux 6.1.0\n"
		"  proved digest-verified\n"
		"         5 segments\n"
		"  proved vmcore-matches\n"
		"         128 of 128 pages\n"
		"x86_64: captured: 2 of 2 proofs; panic to capture 0.021 s; 5.0 s in all\n");
}

TEST(render_drill, says_last_words_of_a_machine_that_was_lost)
{
	struct lb_drill_result result = lost();

	check_text(&result, wide,
		"\narm64: production reference, capture reference\n"
		"  FAILED claims-summed\n"
		"         a \"gap\"\n"
		"arm64: LOST in stage panic: it crashed without a capture kernel in stage panic\n"
		"    | stage: panic\n"
		"    | panic: asked for\n");
}

TEST(render_drill, tells_a_dump_that_came_out_from_one_that_was_lost)
{
	struct lb_drill_result result = lost();
	struct lb_buffer buffer = {0};

	result.saved = true;
	result.problem = (struct lab_error){.text = "handover-verified failed"};
	result.tail_count = 0;
	check_text(&result, wide,
		"\narm64: production reference, capture reference\n"
		"  FAILED claims-summed\n"
		"         a \"gap\"\n"
		"arm64: dump saved, but NOT PROVED: handover-verified failed\n");
	lb_render_drill_json(&result, 1, lb_buffer_sink(&buffer));
	CHECK(strstr(buffer.bytes, "\"outcome\": \"saved\""));
	free(buffer.bytes);
}

TEST(render_drill, calls_a_corruption_that_had_to_be_by_its_name)
{
	struct lb_drill_result result = captured();
	struct lb_text_style quiet = {.width = 80, .quiet = true};
	struct lb_buffer buffer = {0};

	result.policy = LB_DRILL_POLICY_NAIVE;
	check_text(&result, quiet,
		"x86_64: the capture kernel was corrupted, as it had to be: 2 of 2 proofs; panic "
		"to capture 0.021 s; 5.0 s in all\n");
	lb_render_drill_json(&result, 1, lb_buffer_sink(&buffer));
	CHECK(strstr(buffer.bytes, "\"outcome\": \"corrupted\""));
	free(buffer.bytes);
}

TEST(render_drill, is_one_line_when_quiet)
{
	struct lb_drill_result good = captured();
	struct lb_drill_result bad = lost();
	struct lb_text_style quiet = {.width = 80, .quiet = true};

	check_text(&good, quiet,
		"x86_64: captured: 2 of 2 proofs; panic to capture 0.021 s; 5.0 s in all\n");
	check_text(&bad, quiet,
		"arm64: LOST in stage panic: it crashed without a capture kernel in stage panic\n");
}

/* On a wide terminal too, evidence ends at column 100. */
TEST(render_drill, keeps_evidence_in_its_column)
{
	struct lb_drill_result result = captured();

	result.proofs[LB_DRILL_PROOF_DIGEST_VERIFIED].evidence[0] = '\0';
	snprintf(result.proofs[LB_DRILL_PROOF_VMCORE_MATCHES].evidence,
		sizeof(result.proofs[0].evidence),
		"0123456789abcdefghi 0123456789abcdefghi 0123456789abcdefghi "
		"0123456789abcdefghi 0123456789abcdefghi");
	check_text(&result, wide,
		"\nx86_64: production reference, capture linux 6.1.0\n"
		"  proved digest-verified\n"
		"  proved vmcore-matches\n"
		"         0123456789abcdefghi 0123456789abcdefghi 0123456789abcdefghi "
		"0123456789abcdefghi\n"
		"         0123456789abcdefghi\n"
		"x86_64: captured: 2 of 2 proofs; panic to capture 0.021 s; 5.0 s in all\n");
}

static void check_json(
	const struct lb_drill_result *results, size_t count, const char *expected)
{
	struct lb_buffer buffer = {0};

	lb_render_drill_json(results, count, lb_buffer_sink(&buffer));
	CHECK_TEXT(buffer.bytes, expected);
	free(buffer.bytes);
}

TEST(render_drill, writes_one_machine_as_one_object)
{
	struct lb_drill_result result = captured();

	check_json(&result, 1,
		"{\n"
		"  \"schema\": \"lifeboat.drill/1\",\n"
		"  \"arch\": \"x86_64\",\n"
		"  \"production\": \"reference\",\n"
		"  \"capture\": \"linux 6.1.0\",\n"
		"  \"outcome\": \"captured\",\n"
		"  \"stage\": \"verify\",\n"
		"  \"problem\": null,\n"
		"  \"proofs\": [\n"
		"    {\"id\": \"digest-verified\", \"passed\": true,"
		" \"evidence\": \"5 segments\"},\n"
		"    {\"id\": \"vmcore-matches\", \"passed\": true,"
		" \"evidence\": \"128 of 128 pages\"}\n"
		"  ],\n"
		"  \"seconds\": {\"boot\": 0.25, \"load\": 0.5,"
		" \"panic_to_capture\": 0.0215, \"digest\": 0.003, \"total\": 4.96}\n"
		"}\n");
}

TEST(render_drill, writes_several_machines_in_order)
{
	struct lb_drill_result results[] = {captured(), lost()};

	check_json(results, 2,
		"{\n"
		"  \"schema\": \"lifeboat.drill/1\",\n"
		"  \"drills\": [\n"
		"    {\n"
		"      \"schema\": \"lifeboat.drill/1\",\n"
		"      \"arch\": \"x86_64\",\n"
		"      \"production\": \"reference\",\n"
		"      \"capture\": \"linux 6.1.0\",\n"
		"      \"outcome\": \"captured\",\n"
		"      \"stage\": \"verify\",\n"
		"      \"problem\": null,\n"
		"      \"proofs\": [\n"
		"        {\"id\": \"digest-verified\", \"passed\": true,"
		" \"evidence\": \"5 segments\"},\n"
		"        {\"id\": \"vmcore-matches\", \"passed\": true,"
		" \"evidence\": \"128 of 128 pages\"}\n"
		"      ],\n"
		"      \"seconds\": {\"boot\": 0.25, \"load\": 0.5,"
		" \"panic_to_capture\": 0.0215, \"digest\": 0.003, \"total\": 4.96}\n"
		"    },\n"
		"    {\n"
		"      \"schema\": \"lifeboat.drill/1\",\n"
		"      \"arch\": \"arm64\",\n"
		"      \"production\": \"reference\",\n"
		"      \"capture\": \"reference\",\n"
		"      \"outcome\": \"lost\",\n"
		"      \"stage\": \"panic\",\n"
		"      \"problem\": \"it crashed without a capture kernel in"
		" stage panic\",\n"
		"      \"proofs\": [\n"
		"        {\"id\": \"claims-summed\", \"passed\": false,"
		" \"evidence\": \"a \\\"gap\\\"\"}\n"
		"      ],\n"
		"      \"seconds\": {\"boot\": 0, \"load\": 0,"
		" \"panic_to_capture\": 0, \"digest\": 0, \"total\": 0}\n"
		"    }\n"
		"  ]\n"
		"}\n");
}

TEST(render_drill, shows_progress_with_the_machine_in_front)
{
	struct lb_buffer buffer = {0};

	lb_render_drill_stage(LB_ARCH_ARM64, LB_DRILL_STAGE_LOAD, 1.5, lb_buffer_sink(&buffer));
	lb_render_drill_console(LB_ARCH_X86_64, "stage: load", lb_buffer_sink(&buffer));
	CHECK_TEXT(buffer.bytes, "arm64      1.50 s  load\nx86_64  | stage: load\n");
	free(buffer.bytes);
}
