/* SPDX-License-Identifier: MIT */
/*
 * json: writes JSON (RFC 8259) piece by piece into a sink, without allocation.
 *
 *	struct lb_json json;
 *
 *	lb_json_init(&json, sink);
 *	lb_json_begin_object(&json, LB_JSON_BLOCK);
 *	lb_json_key(&json, "start");
 *	lb_json_hex(&json, 0xaf000000);
 *	lb_json_end(&json);
 *
 * Addresses are written as hexadecimal strings ("0xaf000000"): many readers hold numbers as
 * doubles and would round them beyond 2^53 (docs/decisions/0003-hex-strings.md).
 *
 * The writer keeps the syntax right: commas, nesting, quoting. Using it out of turn (a value
 * without a key inside an object, an end without a begin, deeper than LB_JSON_DEPTH_MAX) is the
 * caller's bug and asserts.
 */
#ifndef LIFEBOAT_JSON_H
#define LIFEBOAT_JSON_H

#include "lifeboat/sink.h"

#define LB_JSON_DEPTH_MAX 16

/* How the members of an object or array are laid out. What is inside a line stays in it. */
enum lb_json_layout {
	LB_JSON_BLOCK, /* one member a line, indented by two spaces a level */
	LB_JSON_LINE,  /* all on one line */
};

struct lb_json {
	struct lb_sink sink;
	unsigned int depth;
	bool after_key;
	struct {
		bool object;
		bool line;
		bool used; /* has a member already */
	} level[LB_JSON_DEPTH_MAX];
};

void lb_json_init(struct lb_json *json, struct lb_sink sink);

void lb_json_begin_object(struct lb_json *json, enum lb_json_layout layout);
void lb_json_begin_array(struct lb_json *json, enum lb_json_layout layout);
/* Closes the innermost open object or array; after the outermost one, ends the line. */
void lb_json_end(struct lb_json *json);

/* Names the value that comes next; only inside an object. */
void lb_json_key(struct lb_json *json, const char *name);

/*
 * Text of any bytes. Quotes, backslashes and control characters are escaped; each byte that is
 * not part of well-formed UTF-8 becomes U+FFFD, so that the result is always valid JSON.
 * NULL is written as null.
 */
void lb_json_string(struct lb_json *json, const char *text);

void lb_json_unsigned(struct lb_json *json, uint64_t value);
/* "0x" and lower-case digits without leading zeros, as a string. */
void lb_json_hex(struct lb_json *json, uint64_t value);
/* value / 10^places, without trailing zeros: (970, 3) is 0.97. places <= 18. */
void lb_json_decimal(struct lb_json *json, uint64_t value, unsigned int places);
void lb_json_bool(struct lb_json *json, bool value);
void lb_json_null(struct lb_json *json);

/* True when everything that was begun is ended. */
bool lb_json_complete(const struct lb_json *json);

#endif
