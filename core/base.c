/* SPDX-License-Identifier: MIT */
/* base: the one table behind lifeboat/base.h. */
#include "lifeboat/base.h"

const char *lb_status_text(enum lb_status status)
{
	switch (status) {
	case LB_OK:
		return "ok";
	case LB_NO_STORAGE:
		return "no storage left";
	case LB_NOT_FOUND:
		return "not found";
	case LB_INVALID:
		return "invalid";
	case LB_OUT_OF_RANGE:
		return "beyond the end of the address space";
	case LB_CONFLICT:
		return "in conflict with another owner";
	case LB_TRUNCATED:
		return "truncated";
	case LB_UNSUPPORTED:
		return "not supported";
	case LB_CORRUPT:
		return "checksum mismatch";
	}
	return "unknown status";
}
