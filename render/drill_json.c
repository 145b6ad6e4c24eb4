/* SPDX-License-Identifier: MIT */
/* drill_json: a drill for programs. */
#include "render/drill.h"
#include "render/json_members.h"

#define SCHEMA "lifeboat.drill/1"
#define SECONDS_DECIMALS 6

static void write_seconds(struct lb_json *json, const char *key, double seconds)
{
	lb_json_key(json, key);
	lb_json_decimal(json, (uint64_t)(seconds * 1e6 + 0.5), SECONDS_DECIMALS);
}

static void write_proofs(struct lb_json *json, const struct lb_drill_result *result)
{
	lb_json_key(json, "proofs");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < result->shown_count; i++) {
		const struct lb_drill_proof *proof = &result->proofs[result->shown[i]];

		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "id", lb_drill_proof_name(result->shown[i]));
		lb_json_key(json, "passed");
		lb_json_bool(json, proof->passed);
		json_text_member(json, "evidence", proof->evidence);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_times(struct lb_json *json, const struct lb_drill_seconds *seconds)
{
	lb_json_key(json, "seconds");
	lb_json_begin_object(json, LB_JSON_LINE);
	write_seconds(json, "boot", seconds->boot);
	write_seconds(json, "load", seconds->load);
	write_seconds(json, "panic_to_capture", seconds->panic_to_capture);
	write_seconds(json, "digest", seconds->digest);
	write_seconds(json, "total", seconds->total);
	lb_json_end(json);
}

static const char *outcome_of(const struct lb_drill_result *result)
{
	if (result->captured) {
		return result->policy == LB_DRILL_POLICY_NAIVE ? "corrupted" : "captured";
	}
	return result->saved ? "saved" : "lost";
}

static void write_drill(struct lb_json *json, const struct lb_drill_result *result)
{
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "schema", SCHEMA);
	json_text_member(json, "arch", lb_arch_name(result->arch));
	json_text_member(json, "production", result->production);
	json_text_member(json, "capture", result->capture);
	json_text_member(json, "outcome", outcome_of(result));
	json_text_member(json, "stage", lb_drill_stage_name(result->stage));
	json_text_member(json, "problem", result->problem.text[0] ? result->problem.text : NULL);
	write_proofs(json, result);
	write_times(json, &result->seconds);
	lb_json_end(json);
}

void lb_render_drill_json(const struct lb_drill_result *results, size_t count, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	if (count == 1) {
		write_drill(&json, results);
		return;
	}
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	json_text_member(&json, "schema", SCHEMA);
	lb_json_key(&json, "drills");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (size_t i = 0; i < count; i++) {
		write_drill(&json, &results[i]);
	}
	lb_json_end(&json);
	lb_json_end(&json);
}
