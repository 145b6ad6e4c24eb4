/* SPDX-License-Identifier: MIT */
/* json_scan: see json_scan.h. */
#include "lab/json_scan.h"

#include <string.h>

#define NESTING_MAX 64

struct scan {
	const char *at;
	const char *end;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) && *scan->at) {
		scan->at++;
	}
}

static bool take(struct scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != c) {
		return false;
	}
	scan->at++;
	return true;
}

static bool skip_string(struct scan *scan)
{
	if (!take(scan, '"')) {
		return false;
	}
	while (scan->at < scan->end && *scan->at != '"') {
		scan->at += *scan->at == '\\' ? 2 : 1;
	}
	if (scan->at >= scan->end) {
		return false;
	}
	scan->at++;
	return true;
}

/* Brackets of both kinds count alike: what QEMU sends is well formed, and a wrong one only ends
 * the value early. */
static bool skip_nested(struct scan *scan)
{
	unsigned int depth = 0;

	while (scan->at < scan->end) {
		char c = *scan->at;

		if (c == '"') {
			if (!skip_string(scan)) {
				return false;
			}
			continue;
		}
		scan->at++;
		if (c == '{' || c == '[') {
			if (++depth > NESTING_MAX) {
				return false;
			}
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return true;
		}
	}
	return false;
}

static bool skip_value(struct scan *scan)
{
	const char *start;

	skip_blanks(scan);
	if (scan->at == scan->end) {
		return false;
	}
	if (*scan->at == '"') {
		return skip_string(scan);
	}
	if (*scan->at == '{' || *scan->at == '[') {
		return skip_nested(scan);
	}
	start = scan->at;
	while (scan->at < scan->end && !strchr(",}] \t\r\n", *scan->at)) {
		scan->at++;
	}
	return scan->at > start;
}

bool lab_json_member(
	const char *text, size_t length, const char *key, struct lab_json_value *ret)
{
	struct scan scan = {text, text + length};
	size_t key_length = strlen(key);

	if (!take(&scan, '{')) {
		return false;
	}
	do {
		const char *name;
		bool found;

		skip_blanks(&scan);
		name = scan.at + 1;
		if (!skip_string(&scan)) {
			return false;
		}
		found = (size_t)(scan.at - 1 - name) == key_length &&
			!memcmp(name, key, key_length);
		if (!take(&scan, ':')) {
			return false;
		}
		skip_blanks(&scan);
		ret->text = scan.at;
		if (!skip_value(&scan)) {
			return false;
		}
		ret->length = (size_t)(scan.at - ret->text);
		if (found) {
			return true;
		}
	} while (take(&scan, ','));
	return false;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool take_code(struct scan *scan, uint32_t *ret)
{
	*ret = 0;
	if (scan->end - scan->at < 4) {
		return false;
	}
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*scan->at++);

		if (digit < 0) {
			return false;
		}
		*ret = *ret << 4 | (uint32_t)digit;
	}
	return true;
}

/* Surrogates are not joined: nothing that is read here has characters beyond the first plane. */
static size_t encode(uint32_t code, char out[3])
{
	if (code >= 0xd800 && code <= 0xdfff) {
		code = 0xfffd;
	}
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static bool take_escape(struct scan *scan, char out[3], size_t *ret_length)
{
	static const char letters[] = "nrtbf\"\\/";
	static const char meanings[] = "\n\r\t\b\f\"\\/";
	const char *found;
	uint32_t code;
	char c;

	if (scan->at == scan->end) {
		return false;
	}
	c = *scan->at++;
	if (c == 'u') {
		if (!take_code(scan, &code)) {
			return false;
		}
		*ret_length = encode(code, out);
		return true;
	}
	found = c ? strchr(letters, c) : NULL;
	if (!found) {
		return false;
	}
	out[0] = meanings[found - letters];
	*ret_length = 1;
	return true;
}

bool lab_json_string(struct lab_json_value value, char *buffer, size_t bytes)
{
	struct scan scan = {value.text, value.text + value.length};
	size_t used = 0;

	buffer[0] = '\0';
	if (value.length < 2 || !take(&scan, '"') || scan.end[-1] != '"') {
		return false;
	}
	scan.end--;
	while (scan.at < scan.end) {
		char piece[3] = {*scan.at};
		size_t length = 1;

		if (*scan.at++ == '\\' && !take_escape(&scan, piece, &length)) {
			return false;
		}
		if (used + length >= bytes) {
			break;
		}
		memcpy(buffer + used, piece, length);
		used += length;
	}
	buffer[used] = '\0';
	return true;
}
