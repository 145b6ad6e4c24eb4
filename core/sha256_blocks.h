/* SPDX-License-Identifier: MIT */
/* sha256_blocks: what the paths of sha256 share. Private to core/sha256*.c. */
#ifndef LIFEBOAT_CORE_SHA256_BLOCKS_H
#define LIFEBOAT_CORE_SHA256_BLOCKS_H

#include "lifeboat/sha256.h"

/* FIPS 180-4, 4.2.2; aligned for vector loads. */
extern const uint32_t lb_sha256_constants[64];

/* Each takes count blocks of LB_SHA256_BLOCK_BYTES from data, of any alignment, into the state. */
void lb_sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t count);
void lb_sha256_blocks_x86_64(uint32_t state[8], const uint8_t *data, size_t count);
void lb_sha256_blocks_arm64(uint32_t state[8], const uint8_t *data, size_t count);

/* Whether this build has the function above, and whether this CPU has its instructions. */
extern const bool lb_sha256_built_x86_64;
extern const bool lb_sha256_built_arm64;
bool lb_sha256_cpu_x86_64(void);
bool lb_sha256_cpu_arm64(void);

#endif
