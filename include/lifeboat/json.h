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
 * writes
 *
 *	{
 *	  "start": "0xaf000000"
 *	}
 *
 * Addresses are written as hexadecimal strings ("0xaf000000"): many readers hold numbers as
 * doubles and would round them beyond 2^53 (docs/decisions/0003-hex-strings.md).
 *
 * The writer keeps the syntax right: commas, nesting, quoting. Using it out of turn (a value
 * without a key inside an object, an end without a begin, deeper than LB_JSON_DEPTH_MAX) is the
 * caller's bug and asserts. It needs no buffer: what is written is gone, so an error of the sink is
 * the sink's to remember. The result is one JSON text and a newline.
 */
#ifndef LIFEBOAT_JSON_H
#define LIFEBOAT_JSON_H

#include "lifeboat/sink.h"

/* Objects and arrays that may be open at once. */
#define LB_JSON_DEPTH_MAX 16

/* How the members of an object or array are laid out. What is inside a line stays in it. */
enum lb_json_layout {
	LB_JSON_BLOCK, /* one member a line, indented by two spaces a level */
	LB_JSON_LINE,  /* all on one line */
};

/* Fields are the writer's. Invariant: level[0..depth) are the open ones, the outermost first. */
struct lb_json {
	struct lb_sink sink; /* a copy */
	unsigned int depth;
	bool after_key;      /* a name was written, and its value not yet */
	struct {
		bool object; /* else an array */
		bool line;   /* LB_JSON_LINE, its own or inherited */
		bool used; /* has a member already */
	} level[LB_JSON_DEPTH_MAX];
};

/* Nothing is written yet. */
void lb_json_init(struct lb_json *json, struct lb_sink sink);

/*
 * Opens an object or an array, as the outermost value, a member of an array, or after a key. The
 * layout counts for its own members; inside an LB_JSON_LINE everything is one.
 */
void lb_json_begin_object(struct lb_json *json, enum lb_json_layout layout);
void lb_json_begin_array(struct lb_json *json, enum lb_json_layout layout);
/* Closes the innermost open object or array; after the outermost one, ends the line. */
void lb_json_end(struct lb_json *json);

/*
 * Names the value that comes next; only inside an object. name: as lb_json_string. That a name
 * comes only once in an object is the caller's promise.
 */
void lb_json_key(struct lb_json *json, const char *name);

/*
 * Text of any bytes. Quotes, backslashes and what does not show as itself
 * (lb_utf8_is_control) are escaped; each byte that is
 * not part of well-formed UTF-8 becomes U+FFFD, so that the result is always valid JSON.
 * NULL is written as null.
 */
void lb_json_string(struct lb_json *json, const char *text);

/* Decimal, as a JSON number; above 2^53 only readers with 64-bit integers get it right. */
void lb_json_unsigned(struct lb_json *json, uint64_t value);
/* "0x" and lower-case digits without leading zeros, as a string. */
void lb_json_hex(struct lb_json *json, uint64_t value);
/* value / 10^places, without trailing zeros: (970, 3) is 0.97. places <= 18. */
void lb_json_decimal(struct lb_json *json, uint64_t value, unsigned int places);
/* true or false; null. */
void lb_json_bool(struct lb_json *json, bool value);
void lb_json_null(struct lb_json *json);

/* True when everything that was begun is ended, so the text is whole. For assertions and tests. */
bool lb_json_complete(const struct lb_json *json);

#endif
