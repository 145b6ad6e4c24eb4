/* SPDX-License-Identifier: MIT */
/* drill_proofs: what has been shown so far, whoever showed it. */
#include "lab/drill_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct lb_drill_proof *find_proof(struct lb_drill_result *result, const char *id)
{
	for (size_t i = 0; i < result->proof_count; i++) {
		if (!strcmp(result->proofs[i].id, id)) {
			return &result->proofs[i];
		}
	}
	return NULL;
}

void drill_proof(struct drill *drill, const char *id, bool passed, const char *format, ...)
{
	struct lb_drill_proof *proof = find_proof(drill->result, id);
	size_t used = 0;
	va_list arguments;

	if (!proof && drill->result->proof_count == LB_DRILL_PROOFS_MAX) {
		return;
	}
	if (!proof) {
		proof = &drill->result->proofs[drill->result->proof_count++];
		*proof = (struct lb_drill_proof){.passed = true};
		snprintf(proof->id, sizeof(proof->id), "%s", id);
	} else {
		used = strlen(proof->evidence);
		used += (size_t)snprintf(
			proof->evidence + used, sizeof(proof->evidence) - used, "; ");
		used = lb_min(used, sizeof(proof->evidence) - 1);
	}
	proof->passed = proof->passed && passed;
	va_start(arguments, format);
	vsnprintf(proof->evidence + used, sizeof(proof->evidence) - used, format, arguments);
	va_end(arguments);
}
