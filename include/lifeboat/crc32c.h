/* SPDX-License-Identifier: MIT */
/*
 * crc32c: the Castagnoli CRC (polynomial 0x1edc6f41, reflected; RFC 3720 appendix B.4), which
 * guards records against accidents. It is no defence against somebody who wants to deceive.
 */
#ifndef LIFEBOAT_CRC32C_H
#define LIFEBOAT_CRC32C_H

#include "lifeboat/base.h"

/*
 * The CRC of data, continuing from crc. Start with 0; lb_crc32c(lb_crc32c(0, a), b) is the CRC of
 * a followed by b. The CRC of "123456789" is 0xe3069283. data may be NULL if bytes is 0. Four bits
 * at a time, from a table of 16: for kilobytes, not for gigabytes.
 */
uint32_t lb_crc32c(uint32_t crc, const void *data, size_t bytes);

#endif
