/* SPDX-License-Identifier: MIT */
/* json_members: a member of the open object with its name, as every schema writes it. */
#ifndef LIFEBOAT_RENDER_JSON_MEMBERS_H
#define LIFEBOAT_RENDER_JSON_MEMBERS_H

#include "lifeboat/json.h"

/* text: not NULL; what is no UTF-8 is escaped (lifeboat/json.h). */
void json_text_member(struct lb_json *json, const char *name, const char *text);
void json_number_member(struct lb_json *json, const char *name, uint64_t value);
void json_bool_member(struct lb_json *json, const char *name, bool value);

/* A list of texts, in the given layout. */
void json_texts_member(struct lb_json *json, const char *name, const char *const *texts,
	size_t count, enum lb_json_layout layout);

/* The member "probability": 0 to 1, or null where it is negative, which means unknown. With 12
 * decimals: fine enough for one of KASLR's slots in millions. */
void json_probability_member(struct lb_json *json, double probability);

#endif
