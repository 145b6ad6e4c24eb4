/* SPDX-License-Identifier: MIT */
/* What cannot be drilled is refused before anything is started, with the limit. */
#include <string.h>

#include "lab/drill.h"
#include "tests/harness/test.h"

static struct lb_drill_spec usual(enum lb_arch arch)
{
	return (struct lb_drill_spec){.arch = arch, .memory_bytes = LB_GIB, .cpus = 2};
}

static void check_refused(
	const struct lb_drill_spec *spec, enum lab_error_kind kind, const char *said)
{
	struct lab_error error;

	REQUIRE(!lb_drill_check(spec, &error));
	CHECK_EQUAL(error.kind, kind);
	if (!strstr(error.text, said)) {
		CHECK_TEXT(error.text, said);
	}
}

TEST(lab_drill_check, takes_what_qemu_has)
{
	struct lab_error error;

	for (size_t i = 0; i < LB_DRILL_ARCHS; i++) {
		struct lb_drill_spec spec = usual(lb_drill_arch(i));

		CHECK(lb_drill_check(&spec, &error));
		spec.cpus = 1;
		CHECK(lb_drill_check(&spec, &error));
		spec.memory_bytes = 960 * LB_GIB;
		CHECK(lb_drill_check(&spec, &error));
		CHECK_TEXT(error.text, "");
	}
	CHECK_EQUAL(lb_drill_arch(LB_DRILL_ARCHS), LB_ARCH_UNKNOWN);
}

TEST(lab_drill_check, names_the_limit_of_memory)
{
	struct lb_drill_spec spec = usual(LB_ARCH_X86_64);

	spec.memory_bytes = 961 * LB_GIB;
	check_refused(&spec, LAB_ERROR_USAGE, "960G");
	spec.arch = LB_ARCH_ARM64;
	spec.memory_bytes = 1024 * LB_GIB + LB_MIB;
	check_refused(&spec, LAB_ERROR_USAGE, "1024G");
}

/* Words that do not fit on a command line are not cut off. */
TEST(lab_drill_check, counts_bytes_for_the_command_line)
{
	static char words[LB_DRILL_WORDS_MAX + 1];
	struct lb_drill_spec spec = usual(LB_ARCH_X86_64);
	struct lab_error error;

	memset(words, 'x', sizeof(words) - 1);
	spec.append = words;
	CHECK(lb_drill_check(&spec, &error));
	spec.crashkernel = "1";
	check_refused(&spec, LAB_ERROR_USAGE, "1537 bytes");
}

TEST(lab_drill_check, knows_what_can_only_be_emulated)
{
	struct lb_drill_spec spec = usual(LB_ARCH_ARM64);

	spec.accelerator = LB_DRILL_KVM;
	check_refused(&spec, LAB_ERROR_SYSTEM, "arm64 machine can only be emulated");
}

/* Else the machine would crash in another way, and be captured all the same. */
TEST(lab_drill_check, counts_cpus_that_a_fault_needs)
{
	struct lb_drill_spec spec = usual(LB_ARCH_ARM64);
	struct lab_error error;

	spec.fault = LB_DRILL_FAULT_SECOND_CPU;
	CHECK(lb_drill_check(&spec, &error));
	spec.cpus = 1;
	check_refused(&spec, LAB_ERROR_USAGE, "second-cpu needs 2 CPUs");
	spec.fault = LB_DRILL_FAULT_WILD_WRITE;
	CHECK(lb_drill_check(&spec, &error));
}
