/* SPDX-License-Identifier: MIT */
/*
 * Tests that must be red, one way each; built once per way (-DRED_...). They prove that the harness
 * and the runner can say no (run.sh).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/test.h"

TEST(red, one_that_is_fine)
{
	CHECK(true);
}

#ifdef RED_CHECK
TEST(red, a_check_that_fails)
{
	CHECK(1 + 1 == 3);
}
#endif

#ifdef RED_CRASH
TEST(red, a_crash)
{
	volatile int *nowhere = NULL;

	*nowhere = 1;
}
#endif

#ifdef RED_HANG
TEST(red, a_hang)
{
	for (;;) {
		pause();
	}
}
#endif

#ifdef RED_EARLY_EXIT
TEST(red, an_exit_half_way)
{
	_exit(0);
}
#endif

#ifdef RED_LEAK
TEST(red, a_leak)
{
	char *volatile lost = malloc(100);

	CHECK(lost != NULL);
	lost = NULL;
}
#endif

#ifdef RED_OVERFLOW
TEST(red, a_byte_too_far)
{
	char *volatile text = malloc(4);

	text[4] = 'x';
	free(text);
}
#endif
