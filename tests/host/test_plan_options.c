/* SPDX-License-Identifier: MIT */
/* plan/options: what becomes of crashkernel= words, and which words shape memory. */
#include "plan/options.h"

#include "tests/harness/test.h"

TEST(plan_options, crashkernel_values_are_replaced_whole)
{
	struct lb_arena arena = {0};
	const char *values[] = {"512M,high", "72M,low"};

	CHECK_TEXT(lb_option_replace_crashkernel(
			   &arena, "ro crashkernel=1G quiet xcrashkernel=2G", values, 2),
		"ro quiet crashkernel=512M,high crashkernel=72M,low");
	CHECK_TEXT(lb_option_replace_crashkernel(&arena, "", values, 1), "crashkernel=512M,high");
	CHECK_TEXT(lb_option_replace_crashkernel(&arena, "crashkernel=1G", values, 0), "");
	lb_arena_free(&arena);
}

TEST(plan_options, only_what_shapes_memory_is_compared)
{
	CHECK(lb_option_same_memory("ro quiet", "rw nokaslr crashkernel=1G"));
	CHECK(lb_option_same_memory("mem=2G ro", "rw mem=2G"));
	CHECK(!lb_option_same_memory("mem=2G", "mem=1G"));
	CHECK(!lb_option_same_memory("mem=2G", ""));
	CHECK(!lb_option_same_memory("", "memmap=1G$1G"));
	CHECK(!lb_option_same_memory("mem=2G cma=64M", "cma=64M mem=2G"));
}
