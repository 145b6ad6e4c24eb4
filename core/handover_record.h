/* SPDX-License-Identifier: MIT */
/*
 * handover_record: what writer and reader both know of the known types. Private to
 * core/handover*.
 */
#ifndef LIFEBOAT_CORE_HANDOVER_RECORD_H
#define LIFEBOAT_CORE_HANDOVER_RECORD_H

#include "lifeboat/handover.h"

/* The version of every known type that this reader and writer have. */
#define LB_HANDOVER_VERSION 1

/* True if this version of lifeboat knows the type. */
bool lb_handover_known(uint32_t type);

/*
 * Whether the payload of a known type (in LB_HANDOVER_VERSION) makes sense; *ret_error_offset is
 * the offset in the payload of what does not.
 */
bool lb_handover_sensible(
	uint32_t type, const void *payload, size_t bytes, size_t *ret_error_offset);

/*
 * Whether two sensible records of known types can both be true; a record may be compared with
 * itself. Symmetric.
 */
bool lb_handover_agree(
	const struct lb_handover_record *earlier, const struct lb_handover_record *later);

/* LB_HANDOVER_MUST_UNDERSTAND or 0. */
uint16_t lb_handover_flags(enum lb_handover_type type, const void *payload, size_t bytes);

#endif
