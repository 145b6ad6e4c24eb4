/* SPDX-License-Identifier: MIT */
/* json_members: see json_members.h. */
#include "render/json_members.h"

#define PROBABILITY_PLACES 12
#define PROBABILITY_UNIT 1e12

void json_text_member(struct lb_json *json, const char *name, const char *text)
{
	lb_json_key(json, name);
	lb_json_string(json, text);
}

void json_number_member(struct lb_json *json, const char *name, uint64_t value)
{
	lb_json_key(json, name);
	lb_json_unsigned(json, value);
}

void json_bool_member(struct lb_json *json, const char *name, bool value)
{
	lb_json_key(json, name);
	lb_json_bool(json, value);
}

void json_texts_member(struct lb_json *json, const char *name, const char *const *texts,
	size_t count, enum lb_json_layout layout)
{
	lb_json_key(json, name);
	lb_json_begin_array(json, layout);
	for (size_t i = 0; i < count; i++) {
		lb_json_string(json, texts[i]);
	}
	lb_json_end(json);
}

void json_probability_member(struct lb_json *json, double probability)
{
	lb_json_key(json, "probability");
	if (probability < 0) {
		lb_json_null(json);
	} else {
		lb_json_decimal(
			json, (uint64_t)(probability * PROBABILITY_UNIT + 0.5), PROBABILITY_PLACES);
	}
}
