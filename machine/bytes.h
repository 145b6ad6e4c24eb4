/* SPDX-License-Identifier: MIT */
/* bytes: little-endian numbers in binary sources, at any alignment. */
#ifndef LIFEBOAT_MACHINE_BYTES_H
#define LIFEBOAT_MACHINE_BYTES_H

#include "lifeboat/base.h"

static inline uint32_t bytes_16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static inline uint32_t bytes_32(const uint8_t *at)
{
	return bytes_16(at) | bytes_16(at + 2) << 16;
}

static inline uint64_t bytes_64(const uint8_t *at)
{
	return bytes_32(at) | (uint64_t)bytes_32(at + 4) << 32;
}

#endif
