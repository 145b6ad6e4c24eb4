/* SPDX-License-Identifier: MIT */
/*
 * fuzz_plan: the whole way: a machine of any files, any question, every rendering of the answer.
 * The input is [policy, version, what is asked, length of the text, text], then a row of files as
 * in fuzz_machine: [kind, index, length low, length high, bytes].
 */
#include <stdio.h>

#include "machine_fuzz.h"
#include "plan/plan.h"
#include "policy/policy.h"
#include "render/out.h"
#include "render/render.h"

#define QUESTION_BYTES 4
#define ROUNDING 1e-9 /* of probabilities, which are sums */

/* Ages at which a rule changed, vendors, and none. */
static const char *const kernels[] = {NULL, "5.10.0-32-amd64", "5.15.131", "5.19", "6.1.176", "6.2",
	"6.4.16", "6.6.9", "6.9", "6.12.107", "6.17", "6.19.14", "7.2", "7.3",
	"4.18.0-553.el8_10.x86_64", "5.14.0-503.el9.x86_64", "3.10.0-1160.el7.x86_64",
	"5.15.0-91-generic", "4.4.0", "99.9"};

/* What a question points to. */
struct asked {
	char text[256];
	const char *values[2];
	struct lb_question question;
};

static void ask(struct asked *asked, const uint8_t *data, size_t length)
{
	struct lb_question *question = &asked->question;
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);
	char *blank;

	memcpy(asked->text, data + QUESTION_BYTES, length);
	asked->text[length] = '\0';
	*question = (struct lb_question){
		.policy = data[0] % (count + 1) ? policies[data[0] % (count + 1) - 1].name : NULL,
		.kernel = kernels[data[1] % LB_ARRAY_COUNT(kernels)],
		.no_advice = data[2] & 4,
	};
	if (data[2] & 2) {
		question->cmdline = asked->text;
	} else if (data[2] & 1) {
		blank = strchr(asked->text, ' ');
		asked->values[0] = asked->text;
		asked->values[1] = blank ? blank + 1 : NULL;
		question->crashkernel = asked->values;
		question->crashkernel_count = blank ? 2 : 1;
		if (blank) {
			*blank = '\0';
		}
	}
}

static void fill(struct machine_reader *reader, const uint8_t *data, size_t size)
{
	while (size >= 4) {
		size_t length = lb_min((uint64_t)(data[2] | data[3] << 8), size - 4);

		fuzz_add(reader, data[0] % MACHINE_NONE, data[1], "file", data + 4, length);
		data += 4 + length;
		size -= 4 + length;
	}
}

static void check_reservation(const struct lb_reservation *reservation)
{
	fuzz_require(
		(reservation->outcome == LB_OUTCOME_RESERVED) == (reservation->range_count > 0));
	for (size_t i = 0; i < reservation->range_count; i++) {
		fuzz_require(!lb_range_empty(reservation->ranges[i].range));
		for (size_t k = 0; k < i; k++) {
			fuzz_require(!lb_range_overlaps(
				reservation->ranges[i].range, reservation->ranges[k].range));
		}
	}
}

static void check_plan(const struct lb_plan *plan)
{
	fuzz_require(plan->outcome_count > 0);
	for (size_t i = 0; i < plan->outcome_count; i++) {
		fuzz_require(plan->outcomes[i].probability < 1 + ROUNDING);
		check_reservation(plan->outcomes[i].reservation);
	}
	fuzz_require(plan->certainty != LB_EXACT ||
		(plan->outcome_count == 1 && plan->outcomes[0].probability > 1 - ROUNDING));
	fuzz_require(plan->certainty == LB_EXACT || plan->why_uncertain_count > 0);
	for (size_t i = 0; i < plan->finding_count; i++) {
		fuzz_require(*plan->findings[i].text != 0);
	}
}

static void check_renderings(const struct lb_plan *plan)
{
	struct lb_text_style style = {.width = 80, .utf8 = true, .journal = true};
	struct lb_buffer text = {0}, json = {0}, svg = {0}, page = {0};

	lb_render_plan_text(plan, &style, lb_buffer_sink(&text));
	fuzz_require(text.length && strlen(text.bytes) == text.length);
	fuzz_require(!strchr(text.bytes, '\033'));
	lb_render_plan_json(plan, lb_buffer_sink(&json));
	fuzz_require(json.length && strlen(json.bytes) == json.length);
	fuzz_require(lb_render_plan_svg(plan, lb_buffer_sink(&svg)) == LB_OK);
	fuzz_require(lb_render_plan_html(plan, lb_buffer_sink(&page)) == LB_OK);
	free(text.bytes);
	free(json.bytes);
	free(svg.bytes);
	free(page.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct lb_plan_error plan_error;
	struct machine_reader reader;
	struct lb_plan *plan;
	struct asked asked = {.text = ""};
	size_t length;

	if (size < QUESTION_BYTES) {
		return 0;
	}
	length = lb_min(data[3], size - QUESTION_BYTES);
	ask(&asked, data, length);
	fuzz_start(&reader, &error);
	fill(&reader, data + QUESTION_BYTES + length, size - QUESTION_BYTES - length);
	machine_read_files(&reader);
	if (reader.status == LB_OK) {
		if (lb_plan_make(reader.machine, &asked.question, &plan, &plan_error) == LB_OK) {
			check_plan(plan);
			check_renderings(plan);
			lb_plan_free(plan);
		} else {
			fuzz_require(*plan_error.text && !strchr(plan_error.text, '\n'));
		}
	}
	fuzz_end(&reader);
	return 0;
}
