/* SPDX-License-Identifier: MIT */
/* drill_json: a drill for programs. */
#include "render/drill.h"

#define SCHEMA "lifeboat.drill/1"
#define SECONDS_DECIMALS 6

static void write_string(struct lb_json *json, const char *key, const char *text)
{
	lb_json_key(json, key);
	lb_json_string(json, text);
}

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
		write_string(json, "id", lb_drill_proof_name(result->shown[i]));
		lb_json_key(json, "passed");
		lb_json_bool(json, proof->passed);
		write_string(json, "evidence", proof->evidence);
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
	return result->captured ? "captured" : result->saved ? "saved" : "lost";
}

static void write_drill(struct lb_json *json, const struct lb_drill_result *result)
{
	lb_json_begin_object(json, LB_JSON_BLOCK);
	write_string(json, "schema", SCHEMA);
	write_string(json, "arch", lb_arch_name(result->arch));
	write_string(json, "production", result->production);
	write_string(json, "capture", result->capture);
	write_string(json, "outcome", outcome_of(result));
	write_string(json, "stage", lb_drill_stage_name(result->stage));
	write_string(json, "problem", result->problem.text[0] ? result->problem.text : NULL);
	write_proofs(json, result);
	write_times(json, &result->seconds);
	lb_json_end(json);
}

void lb_render_drill_json(
	const struct lb_drill_result *results, size_t count, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	if (count == 1) {
		write_drill(&json, results);
		return;
	}
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	write_string(&json, "schema", SCHEMA);
	lb_json_key(&json, "drills");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (size_t i = 0; i < count; i++) {
		write_drill(&json, &results[i]);
	}
	lb_json_end(&json);
	lb_json_end(&json);
}
