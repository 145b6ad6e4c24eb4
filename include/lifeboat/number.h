/* SPDX-License-Identifier: MIT */
/*
 * number: numbers and sizes as people write them in options: "4096", "0x1000", "256M".
 *
 * A number is digits: hexadecimal behind "0x" or "0X" if a hexadecimal digit follows, octal behind
 * another 0, decimal otherwise. A size is a number and at most one letter of K M G T P E, in either
 * case, which counts in steps of 1024. No sign, no white space.
 *
 * Two readers: lb_size_parse for a text that must be one size and nothing else; lb_number_at and
 * lb_suffix_shift for grammars that have rules of their own about what follows, and about what
 * does not fit.
 */
#ifndef LIFEBOAT_NUMBER_H
#define LIFEBOAT_NUMBER_H

#include "lifeboat/slice.h"

struct lb_number {
	uint64_t value;  /* modulo 2^64 */
	size_t length;   /* bytes that were read, "0x" included; 0: no digit is there */
	bool overflowed; /* the number does not fit in 64 bits */
};

/* The number at the start of the text; whatever follows its last digit is not looked at. */
struct lb_number lb_number_at(struct lb_slice text);

/* By how many bits a suffix letter shifts: 10 for k and K, 20 for M, ... 60 for E; 0 for a byte
 * that is no suffix. */
unsigned int lb_suffix_shift(char c);

/* The size that the whole text is. False, *ret untouched, if it is empty or anything else, or if
 * the size does not fit in 64 bits. */
bool LB_MUST_CHECK lb_size_parse(struct lb_slice text, uint64_t *ret);

#endif
