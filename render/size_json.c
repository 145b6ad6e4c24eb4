/* SPDX-License-Identifier: MIT */
/* A size as JSON: the schema lifeboat.size/1, described in docs/json.md. */
#include "render/size.h"

/* Decimals of a probability. */
#define PROBABILITY_PLACES 6
#define PROBABILITY_UNIT 1e6

static void write_text(struct lb_json *json, const char *name, const char *text)
{
	lb_json_key(json, name);
	lb_json_string(json, text);
}

static void write_number(struct lb_json *json, const char *name, uint64_t value)
{
	lb_json_key(json, name);
	lb_json_unsigned(json, value);
}

static void write_bool(struct lb_json *json, const char *name, bool value)
{
	lb_json_key(json, name);
	lb_json_bool(json, value);
}

static void write_question(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "capture");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	write_text(json, "arch", lb_arch_name(size->arch));
	write_text(json, "kernel", size->release);
	write_number(json, "page_size", size->page_size);
	write_number(json, "cpus", size->options.cpus);
	write_text(json, "cmdline", size->cmdline);
	write_bool(json, "cmdline_assumed", size->cmdline_assumed);
	write_text(json, "cmdline_source", size->cmdline_source);
	write_bool(json, "kernel_given", size->has_kernel);
	write_bool(json, "initrd_given", size->has_initrd);
	write_number(json, "machine_memory_bytes", size->memory_bytes);
	lb_json_end(json);
}

static void write_term(struct lb_json *json, const struct lb_size_term *term)
{
	lb_json_begin_object(json, LB_JSON_LINE);
	write_text(json, "name", term->name);
	write_number(json, "low", term->place == LB_PLACE_LOW ? term->at_most : 0);
	write_number(json, "high", term->place == LB_PLACE_HIGH ? term->at_most : 0);
	write_number(json, "cma", term->place == LB_PLACE_CMA ? term->at_most : 0);
	write_number(json, "at_least", term->at_least);
	write_number(json, "at_most", term->at_most);
	lb_json_key(json, "moments");
	lb_json_begin_array(json, LB_JSON_LINE);
	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		if (term->moments & (1U << moment)) {
			lb_json_string(json, lb_size_moment_name((enum lb_size_moment)moment));
		}
	}
	lb_json_end(json);
	write_text(json, "formula", term->formula);
	write_text(json, "source", term->source);
	lb_json_end(json);
}

static void write_sum(struct lb_json *json, const char *name, const struct lb_size_sum *sum)
{
	lb_json_key(json, name);
	lb_json_begin_object(json, LB_JSON_LINE);
	write_number(json, "at_least", sum->at_least);
	write_number(json, "at_most", sum->at_most);
	lb_json_end(json);
}

static void write_sums(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "moments");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		write_sum(json, lb_size_moment_name((enum lb_size_moment)moment),
			&size->moments[moment]);
	}
	lb_json_end(json);
	write_sum(json, "total", &size->total);
	write_sum(json, "low", &size->low);
	write_number(json, "one_piece", size->one_piece);
}

static void write_values(struct lb_json *json, const struct lb_size_request *request)
{
	lb_json_key(json, "crashkernel");
	lb_json_begin_array(json, LB_JSON_LINE);
	for (size_t i = 0; i < request->crashkernel_count; i++) {
		lb_json_string(json, request->crashkernel[i]);
	}
	lb_json_end(json);
}

static void write_probability(struct lb_json *json, double probability)
{
	lb_json_key(json, "probability");
	if (probability < 0) {
		lb_json_null(json);
	} else {
		lb_json_decimal(json, (uint64_t)(probability * PROBABILITY_UNIT + 0.5),
			PROBABILITY_PLACES);
	}
}

static void write_recommended(struct lb_json *json, const struct lb_size *size)
{
	const struct lb_size_request *request = &size->recommended;

	lb_json_key(json, "recommended");
	if (!size->found) {
		lb_json_null(json);
	} else {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		write_values(json, request);
		write_number(json, "cost", request->cost);
		write_text(json, "certainty", lb_certainty_name(request->certainty));
		write_probability(json, request->probability);
		lb_render_reservation_json(&request->reservation, json);
		write_text(json, "why", request->why);
		lb_json_end(json);
	}
	lb_json_key(json, "untried");
	if (size->found || request->tried || !request->crashkernel_count) {
		lb_json_null(json);
	} else {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		write_values(json, request);
		lb_json_end(json);
	}
	write_text(json, "why_not", size->why_not);
}

static void write_estimates(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "estimates");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < size->estimate_count; i++) {
		const struct lb_size_estimate *estimate = &size->estimates[i];

		lb_json_begin_object(json, LB_JSON_LINE);
		write_text(json, "name", estimate->name);
		lb_json_key(json, "bytes");
		if (estimate->known) {
			lb_json_unsigned(json, estimate->bytes);
		} else {
			lb_json_null(json);
		}
		write_text(json, "formula", estimate->formula);
		write_text(json, "source", estimate->source);
		lb_json_end(json);
	}
	lb_json_end(json);
}

void lb_render_size_json(const struct lb_size *size, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	write_text(&json, "schema", "lifeboat.size/1");
	write_question(&json, size);
	lb_json_key(&json, "terms");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (size_t i = 0; i < size->term_count; i++) {
		write_term(&json, &size->terms[i]);
	}
	lb_json_end(&json);
	write_sums(&json, size);
	write_recommended(&json, size);
	lb_json_key(&json, "measured");
	lb_json_null(&json);
	write_estimates(&json, size);
	lb_json_end(&json);
}
