/* SPDX-License-Identifier: MIT */
/* Runs the linked tests on the host: [-v] [FILTER]. Exit status 0 only if something ran and
 * nothing failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

void test_write(const char *text, size_t length)
{
	fwrite(text, 1, length, stdout);
}

int main(int argc, char **argv)
{
	bool verbose = false;
	const char *filter = NULL;
	struct test_totals totals;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-v")) {
			verbose = true;
		} else {
			filter = argv[i];
		}
	}
	totals = test_run_all(filter, verbose);
	test_print_totals(totals);
	return totals.failed || !(totals.passed + totals.skipped);
}
