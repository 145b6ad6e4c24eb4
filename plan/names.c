/* SPDX-License-Identifier: MIT */
/* The words that plans are told in; docs/json.md lists them. */
#include "plan/plan.h"

const char *lb_certainty_name(enum lb_certainty certainty)
{
	static const char *const names[] = {
		[LB_EXACT] = "exact",
		[LB_LIKELY] = "likely",
		[LB_WITHIN_ALIGNMENT] = "within_alignment",
		[LB_UNKNOWN] = "unknown",
	};

	LB_ASSERT((size_t)certainty < LB_ARRAY_COUNT(names));
	return names[certainty];
}

const char *lb_since_boot_name(enum lb_since_boot since)
{
	static const char *const names[] = {
		[LB_SINCE_UNCHANGED] = "unchanged",
		[LB_SINCE_SHRUNK] = "shrunk",
		[LB_SINCE_RELEASED] = "released",
	};

	LB_ASSERT((size_t)since < LB_ARRAY_COUNT(names));
	return names[since];
}

const char *lb_level_name(enum lb_level level)
{
	static const char *const names[] = {
		[LB_INFO] = "info",
		[LB_WARNING] = "warning",
		[LB_ERROR] = "error",
	};

	LB_ASSERT((size_t)level < LB_ARRAY_COUNT(names));
	return names[level];
}
