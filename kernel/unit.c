/* SPDX-License-Identifier: MIT */
/* unit: prints the plan, the totals and PASS, each alone on a line; tests/qemu wants all three
 * and the exit code. */
#include "unit.h"

#include "arch.h"
#include "console.h"
#include "tests/harness/test.h"

void test_write(const char *text, size_t length)
{
	console_write(text, length);
}

_Noreturn void unit_run(const char *filter)
{
	struct test_totals totals = test_run_all(filter, false);
	bool passed = totals.passed && !totals.failed;

	test_print_totals(totals);
	print("%s\n", passed ? "PASS" : "FAIL");
	arch_exit(passed ? LB_DRILL_EXIT_PASSED : LB_DRILL_EXIT_FAILED);
}
