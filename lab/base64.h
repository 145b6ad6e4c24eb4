/* SPDX-License-Identifier: MIT */
/* base64: bytes as text on a console (RFC 4648, padded). */
#ifndef LIFEBOAT_LAB_BASE64_H
#define LIFEBOAT_LAB_BASE64_H

#include "lifeboat/base.h"

/*
 * Appends what text says to bytes, of which *used are taken and capacity are there. False: other
 * characters, padding inside, or no room; *used then counts what came before.
 */
bool lab_base64_decode(const char *text, uint8_t *bytes, size_t capacity, size_t *used);

#endif
