/* SPDX-License-Identifier: MIT */
/* A size as JSON: the schema lifeboat.size/1, described in docs/json.md. */
#include "plan/size/give_back.h"
#include "render/json_members.h"
#include "render/size.h"

static void write_question(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "capture");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "arch", lb_arch_name(size->arch));
	json_text_member(json, "kernel", size->release);
	json_number_member(json, "page_size", size->page_size);
	json_number_member(json, "cpus", size->options.cpus);
	json_text_member(json, "cmdline", size->cmdline);
	json_bool_member(json, "cmdline_assumed", size->cmdline_assumed);
	json_text_member(json, "cmdline_source", size->cmdline_source);
	json_bool_member(json, "kernel_given", size->has_kernel);
	json_bool_member(json, "initrd_given", size->has_initrd);
	json_number_member(json, "machine_memory_bytes", size->memory_bytes);
	lb_json_end(json);
}

static void write_term(struct lb_json *json, const struct lb_size_term *term)
{
	lb_json_begin_object(json, LB_JSON_LINE);
	json_text_member(json, "name", term->name);
	json_number_member(json, "low", term->place == LB_PLACE_LOW ? term->at_most : 0);
	json_number_member(json, "high", term->place == LB_PLACE_HIGH ? term->at_most : 0);
	json_number_member(json, "cma", term->place == LB_PLACE_CMA ? term->at_most : 0);
	json_number_member(json, "at_least", term->at_least);
	json_number_member(json, "at_most", term->at_most);
	lb_json_key(json, "moments");
	lb_json_begin_array(json, LB_JSON_LINE);
	for (int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		if (term->moments & (1U << moment)) {
			lb_json_string(json, lb_size_moment_name((enum lb_size_moment)moment));
		}
	}
	lb_json_end(json);
	json_text_member(json, "formula", term->formula);
	json_text_member(json, "source", term->source);
	lb_json_end(json);
}

static void write_sum(struct lb_json *json, const char *name, const struct lb_size_sum *sum)
{
	lb_json_key(json, name);
	lb_json_begin_object(json, LB_JSON_LINE);
	json_number_member(json, "at_least", sum->at_least);
	json_number_member(json, "at_most", sum->at_most);
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
	json_number_member(json, "one_piece", size->one_piece);
}

/* A request that was tried; null where there is none. */
static void write_request(struct lb_json *json, const char *name, bool found,
	const struct lb_size_request *request)
{
	lb_json_key(json, name);
	if (!found) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_texts_member(json, "crashkernel", request->crashkernel, request->crashkernel_count,
		LB_JSON_LINE);
	json_number_member(json, "cost", request->cost);
	json_text_member(json, "certainty", lb_certainty_name(request->certainty));
	json_probability_member(json, request->probability);
	lb_render_reservation_json(&request->reservation, json);
	json_text_member(json, "why", request->why);
	lb_json_end(json);
}

static void write_recommended(struct lb_json *json, const struct lb_size *size)
{
	const struct lb_size_request *request = &size->recommended;

	write_request(json, "recommended", size->found, request);
	write_request(json, "with_cma", size->cma_found, &size->with_cma);
	lb_json_key(json, "untried");
	if (size->found || request->tried || !request->crashkernel_count) {
		lb_json_null(json);
	} else {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_texts_member(json, "crashkernel", request->crashkernel,
			request->crashkernel_count, LB_JSON_LINE);
		lb_json_end(json);
	}
	json_text_member(json, "why_not", size->why_not);
}

static void write_trial(struct lb_json *json, const struct lb_trial *trial)
{
	lb_json_begin_object(json, LB_JSON_LINE);
	json_number_member(json, "size", trial->size);
	json_number_member(json, "low", trial->low);
	json_text_member(json, "outcome", lb_trial_end_name(trial->end));
	json_text_member(json, "why", trial->why[0] ? trial->why : NULL);
	json_number_member(json, "total", trial->total);
	json_number_member(json, "free", trial->free);
	json_number_member(json, "available", trial->available);
	json_number_member(json, "touched", trial->touched);
	json_number_member(json, "dump", trial->dump);
	json_number_member(json, "bounce_pool", trial->pool);
	lb_json_key(json, "seconds");
	lb_json_decimal(json, trial->milliseconds, 3);
	json_bool_member(json, "kept", trial->kept);
	lb_json_end(json);
}

static void write_trials(struct lb_json *json, const struct lb_measured *measured)
{
	for (size_t i = 0; i < measured->count; i++) {
		write_trial(json, &measured->trials[i]);
	}
}

static void write_apart(struct lb_json *json, const struct lb_measured_apart *apart)
{
	lb_json_key(json, "apart");
	if (!apart) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_number_member(json, "low", apart->low);
	json_number_member(json, "high", apart->high);
	json_bool_member(json, "steady", apart->of_low.steady && apart->of_high.steady);
	json_number_member(json, "available", apart->of_high.available);
	lb_json_key(json, "trials");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	write_trials(json, &apart->of_low);
	write_trials(json, &apart->of_high);
	lb_json_end(json);
	lb_json_end(json);
}

static void write_unseen(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "unseen");
	lb_json_begin_array(json, LB_JSON_LINE);
	for (size_t i = 0; i < size->term_count; i++) {
		if (size->terms[i].unseen) {
			lb_json_string(json, size->terms[i].name);
		}
	}
	lb_json_end(json);
	json_number_member(json, "unseen_bytes", size->unseen);
}

static void write_measured(struct lb_json *json, const struct lb_size *size)
{
	const struct lb_measured *measured = size->measured;

	lb_json_key(json, "measured");
	if (!measured) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_number_member(json, "smallest", measured->smallest);
	json_number_member(json, "needed", size->needed);
	json_number_member(json, "proved",
		size->apart ? size->apart->of_high.proved : measured->proved);
	json_bool_member(json, "steady", measured->steady);
	json_text_member(json, "machine", measured->machine);
	json_number_member(json, "free", measured->free);
	json_number_member(json, "available", measured->available);
	json_number_member(json, "touched", measured->touched);
	write_unseen(json, size);
	lb_json_key(json, "trials");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	write_trials(json, measured);
	lb_json_end(json);
	write_apart(json, size->apart);
	lb_json_end(json);
}

static void write_estimates(struct lb_json *json, const struct lb_size *size)
{
	lb_json_key(json, "estimates");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < size->estimate_count; i++) {
		const struct lb_size_estimate *estimate = &size->estimates[i];

		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "name", estimate->name);
		lb_json_key(json, "bytes");
		if (estimate->known) {
			lb_json_unsigned(json, estimate->bytes);
		} else {
			lb_json_null(json);
		}
		json_text_member(json, "formula", estimate->formula);
		json_text_member(json, "source", estimate->source);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_crash(
	struct lb_json *json, const char *name, const struct lb_linux_crash *crash)
{
	struct lb_crash_range ranges[2];

	lb_render_crash_ranges_json(json, name, ranges, lb_give_back_list(crash, ranges));
}

static void write_known(struct lb_json *json, const char *name, bool known, bool value)
{
	lb_json_key(json, name);
	if (known) {
		lb_json_bool(json, value);
	} else {
		lb_json_null(json);
	}
}

static void write_give_back(struct lb_json *json, const struct lb_give_back *give)
{
	lb_json_key(json, "release");
	if (!give) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_number_member(json, "bytes", give->bytes);
	json_text_member(json, "why_not", give->why_not);
	write_crash(json, "reservations", &give->now);
	json_number_member(json, "size", give->size_now);
	write_known(json, "loaded", give->loaded_known, give->loaded);
	write_crash(json, "left", &give->after);
	json_number_member(json, "write", give->size_after);
	json_bool_member(json, "applied", give->applied);
	write_known(json, "as_said", give->applied, give->as_said);
	lb_json_end(json);
}

void lb_render_size_json(const struct lb_size *size, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	json_text_member(&json, "schema", "lifeboat.size/1");
	write_question(&json, size);
	lb_json_key(&json, "terms");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (size_t i = 0; i < size->term_count; i++) {
		write_term(&json, &size->terms[i]);
	}
	lb_json_end(&json);
	write_sums(&json, size);
	write_recommended(&json, size);
	write_measured(&json, size);
	write_give_back(&json, size->give_back);
	write_estimates(&json, size);
	lb_json_end(&json);
}
