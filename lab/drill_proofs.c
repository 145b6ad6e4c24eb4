/* SPDX-License-Identifier: MIT */
/* drill_proofs: what has been shown so far, and by whom. */
#include "lab/drill_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void drill_proof(struct drill *drill, enum lb_drill_proof_id id, enum lb_drill_witness witness,
	bool passed, const char *format, ...)
{
	struct lb_drill_result *result = drill->result;
	struct lb_drill_proof *proof = &result->proofs[id];
	size_t used = 0;
	va_list arguments;

	if (!proof->witnesses) {
		LB_ASSERT(result->shown_count < LB_DRILL_PROOFS);
		result->shown[result->shown_count++] = id;
		proof->passed = true;
	} else {
		used = strlen(proof->evidence);
		used += (size_t)snprintf(
			proof->evidence + used, sizeof(proof->evidence) - used, "; ");
		used = lb_min(used, sizeof(proof->evidence) - 1);
	}
	proof->witnesses |= witness;
	proof->passed = proof->passed && passed;
	va_start(arguments, format);
	vsnprintf(proof->evidence + used, sizeof(proof->evidence) - used, format, arguments);
	va_end(arguments);
}
