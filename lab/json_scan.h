/* SPDX-License-Identifier: MIT */
/*
 * json_scan: finds a member of a JSON object in text, for the few replies of QEMU's monitor that
 * are read. It steps over values by their brackets and quotes; it does not judge numbers.
 */
#ifndef LIFEBOAT_LAB_JSON_SCAN_H
#define LIFEBOAT_LAB_JSON_SCAN_H

#include "lifeboat/base.h"

/* A value as it stands in the text, quotes and brackets included. */
struct lab_json_value {
	const char *text;
	size_t length;
};

/* The member called key of the object that text begins with. False: it has none, or is broken. */
bool lab_json_member(
	const char *text, size_t length, const char *key, struct lab_json_value *ret);

/*
 * A string value without quotes and escapes (\u as UTF-8; a lone surrogate becomes U+FFFD), cut to
 * fit and NUL-terminated. False: no string.
 */
bool lab_json_string(struct lab_json_value value, char *buffer, size_t bytes);

#endif
