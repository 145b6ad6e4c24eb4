/* SPDX-License-Identifier: MIT */
/* json: the writer behind json.h. */
#include "lifeboat/json.h"

#include "lifeboat/utf8.h"

static void put(struct lb_json *json, const char *text)
{
	lb_sink_text(json->sink, text);
}

static void put_digits(struct lb_json *json, uint64_t value, unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	lb_sink_write(json->sink, digits + at, sizeof(digits) - at);
}

static void put_new_line(struct lb_json *json)
{
	put(json, "\n");
	for (unsigned int i = 0; i < json->depth; i++) {
		put(json, "  ");
	}
}

/* What stands between the member before and the one that begins here. */
static void separate(struct lb_json *json)
{
	bool used;
	bool line;

	if (!json->depth) {
		return;
	}
	used = json->level[json->depth - 1].used;
	line = json->level[json->depth - 1].line;
	json->level[json->depth - 1].used = true;
	if (used) {
		put(json, line ? ", " : ",");
	}
	if (!line) {
		put_new_line(json);
	}
}

static void begin_value(struct lb_json *json)
{
	if (json->after_key) {
		json->after_key = false;
		return;
	}
	LB_ASSERT(!json->depth || !json->level[json->depth - 1].object);
	separate(json);
}

void lb_json_init(struct lb_json *json, struct lb_sink sink)
{
	*json = (struct lb_json){.sink = sink};
}

static void begin(struct lb_json *json, enum lb_json_layout layout, bool object)
{
	bool line = layout == LB_JSON_LINE;

	LB_ASSERT(json->depth < LB_JSON_DEPTH_MAX);
	begin_value(json);
	line = line || (json->depth && json->level[json->depth - 1].line);
	json->level[json->depth].object = object;
	json->level[json->depth].line = line;
	json->level[json->depth].used = false;
	json->depth++;
	put(json, object ? "{" : "[");
}

void lb_json_begin_object(struct lb_json *json, enum lb_json_layout layout)
{
	begin(json, layout, true);
}

void lb_json_begin_array(struct lb_json *json, enum lb_json_layout layout)
{
	begin(json, layout, false);
}

void lb_json_end(struct lb_json *json)
{
	bool object;
	bool on_new_line;

	LB_ASSERT(json->depth && !json->after_key);
	json->depth--;
	object = json->level[json->depth].object;
	on_new_line = json->level[json->depth].used && !json->level[json->depth].line;
	if (on_new_line) {
		put_new_line(json);
	}
	put(json, object ? "}" : "]");
	if (!json->depth) {
		put(json, "\n");
	}
}

static void put_unit(struct lb_json *json, uint32_t unit)
{
	char escape[7] = "\\u0000";

	for (int i = 5; i > 1; i--, unit >>= 4) {
		escape[i] = "0123456789abcdef"[unit & 15];
	}
	put(json, escape);
}

static void put_escaped(struct lb_json *json, uint32_t code)
{
	switch (code) {
	case '"':
		put(json, "\\\"");
		break;
	case '\\':
		put(json, "\\\\");
		break;
	case '\n':
		put(json, "\\n");
		break;
	case '\t':
		put(json, "\\t");
		break;
	default:
		if (code > 0xffff) { /* a surrogate pair (RFC 8259, section 7) */
			put_unit(json, 0xd7c0 + (code >> 10));
			code = 0xdc00 | (code & 0x3ff);
		}
		put_unit(json, code);
	}
}

static void put_string(struct lb_json *json, const char *text)
{
	put(json, "\"");
	while (*text) {
		unsigned int length = lb_utf8_length(text);
		uint32_t code = length ? lb_utf8_code(text) : 0;

		if (!length) {
			put(json, "\xef\xbf\xbd");
		} else if (code == '"' || code == '\\' || lb_utf8_is_control(code)) {
			put_escaped(json, code);
		} else {
			lb_sink_write(json->sink, text, length);
		}
		text += length ? length : 1;
	}
	put(json, "\"");
}

void lb_json_key(struct lb_json *json, const char *name)
{
	LB_ASSERT(json->depth && json->level[json->depth - 1].object);
	LB_ASSERT(!json->after_key);
	separate(json);
	put_string(json, name);
	put(json, ": ");
	json->after_key = true;
}

void lb_json_string(struct lb_json *json, const char *text)
{
	if (!text) {
		lb_json_null(json);
		return;
	}
	begin_value(json);
	put_string(json, text);
}

void lb_json_unsigned(struct lb_json *json, uint64_t value)
{
	begin_value(json);
	put_digits(json, value, 10);
}

void lb_json_hex(struct lb_json *json, uint64_t value)
{
	begin_value(json);
	put(json, "\"0x");
	put_digits(json, value, 16);
	put(json, "\"");
}

void lb_json_decimal(struct lb_json *json, uint64_t value, unsigned int places)
{
	uint64_t unit = 1;
	char digits[18];
	unsigned int kept;

	LB_ASSERT(places <= sizeof(digits));
	for (unsigned int i = 0; i < places; i++) {
		unit *= 10;
	}
	begin_value(json);
	put_digits(json, value / unit, 10);
	value %= unit;
	for (unsigned int i = places; i > 0; i--) {
		digits[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	for (kept = places; kept > 0 && digits[kept - 1] == '0'; kept--) {
	}
	if (kept) {
		put(json, ".");
		lb_sink_write(json->sink, digits, kept);
	}
}

void lb_json_bool(struct lb_json *json, bool value)
{
	begin_value(json);
	put(json, value ? "true" : "false");
}

void lb_json_null(struct lb_json *json)
{
	begin_value(json);
	put(json, "null");
}

bool lb_json_complete(const struct lb_json *json)
{
	return !json->depth && !json->after_key;
}
