/* SPDX-License-Identifier: MIT */
/* What an assertion of the core does in a program on Linux: say where, and abort. */
#include <stdio.h>
#include <stdlib.h>

#include "lifeboat/base.h"

_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	fprintf(stderr, "lifeboat: %s:%d: assertion failed: %s (this is a bug in lifeboat)\n",
		file, line, expression);
	abort();
}
