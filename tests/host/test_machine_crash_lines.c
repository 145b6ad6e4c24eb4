/* SPDX-License-Identifier: MIT */
/*
 * machine: what the rules of Linux print about crash memory and what the log reader understands
 * are two lists of the same words; here each is held against the other.
 */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "lifeboat/arch.h"
#include "machine_root.h"
#include "policy/linux/linux.h"

static const struct {
	enum lb_arch arch;
	struct lb_range low, high;
} machines[] = {
	{LB_ARCH_X86_64, {LB_MIB, 3 * LB_GIB}, {4 * LB_GIB, 9 * LB_GIB}},
	{LB_ARCH_ARM64, {LB_GIB, 3 * LB_GIB}, {4 * LB_GIB, 9 * LB_GIB}},
	{LB_ARCH_RISCV64, {2 * LB_GIB, 3 * LB_GIB}, {4 * LB_GIB, 9 * LB_GIB}},
};

static void reserve(
	size_t which, uint32_t version, const char *cmdline, struct lb_reservation *ret)
{
	static uint8_t storage[16384] __attribute__((aligned(16)));
	struct lb_memory_map map;
	struct lb_reserve_env env = {
		.arch = machines[which].arch,
		.version = version,
		.low_max = 4 * LB_GIB,
		.high_max = machines[which].high.end,
		.swiotlb_bytes = 64 * LB_MIB,
		.page_size = 4096,
	};

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	LB_ASSERT(!lb_memory_map_add(&map, machines[which].low, 0, 0));
	LB_ASSERT(!lb_memory_map_add(&map, machines[which].high, 0, 0));
	env.system_ram = lb_memory_map_total(&map);
	LB_ASSERT(!lb_linux_reserve(&env, cmdline, &map, NULL, NULL, ret));
}

static struct lb_machine *read_lines(const struct lb_reservation *answer)
{
	char text[LB_CRASH_LOG_BYTES + 32] = "Linux version 6.1.0\n";
	size_t used = strlen(text);

	for (size_t i = 0; i < answer->log_bytes; i++) {
		text[used++] = answer->log[i] ? answer->log[i] : '\n';
	}
	text[used] = 0;
	return machine_of_log(text);
}

/* How many lines say that this range was reserved, and are of this kind. */
static unsigned int lines_of(const struct lb_machine *machine, enum lb_crash_line_kind kind,
	struct lb_range range)
{
	unsigned int count = 0;

	for (size_t i = 0; i < machine->crash.log_count; i++) {
		const struct lb_crash_line *line = &machine->crash.log[i];

		count += line->kind == kind && line->range.start == range.start &&
			line->range.end == range.end;
	}
	return count;
}

static void check_answer(const struct lb_reservation *answer, const char *what)
{
	struct lb_machine *machine = read_lines(answer);
	struct lb_range nowhere = {0, 0};

	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->crash.log_count, answer->line_count);
	for (size_t i = 0; i < answer->range_count; i++) {
		bool low = answer->ranges[i].kind == LB_CRASH_LOW;
		enum lb_crash_line_kind kind = low ? LB_CRASH_LINE_LOW : LB_CRASH_LINE_MAIN;

		CHECK_TEXT(lines_of(machine, kind, answer->ranges[i].range) ? what : "not read",
			what);
	}
	if (answer->outcome == LB_OUTCOME_FAILED && answer->line_count) {
		CHECK_TEXT(lines_of(machine, LB_CRASH_LINE_REFUSED, nowhere) ? what : "not read",
			what);
	}
	lb_machine_close(machine);
}

TEST(machine_crash_lines, what_every_kernel_prints_is_understood)
{
	static const char *const cmdlines[] = {
		"crashkernel=256M",
		"crashkernel=512M,high",
		"crashkernel=512M,high crashkernel=128M,low",
		"crashkernel=256M@2304M",
		"crashkernel=8G",
		"crashkernel=2G,high crashkernel=3G,low",
	};
	static const uint32_t versions[] = {LB_LINUX(5, 10, 0), LB_LINUX(5, 15, 0),
		LB_LINUX(6, 1, 0), LB_LINUX(6, 6, 0), LB_LINUX(6, 7, 0), LB_LINUX(6, 8, 0),
		LB_LINUX(6, 12, 0), LB_LINUX(7, 1, 0), LB_LINUX(7, 3, 0)};

	for (size_t i = 0; i < LB_ARRAY_COUNT(machines) * LB_ARRAY_COUNT(cmdlines); i++) {
		size_t which = i / LB_ARRAY_COUNT(cmdlines);
		const char *cmdline = cmdlines[i % LB_ARRAY_COUNT(cmdlines)];

		for (size_t k = 0; k < LB_ARRAY_COUNT(versions); k++) {
			struct lb_reservation answer;
			char what[128];

			snprintf(what, sizeof(what), "%s %x %s", lb_arch_name(machines[which].arch),
				versions[k], cmdline);
			reserve(which, versions[k], cmdline, &answer);
			check_answer(&answer, what);
		}
	}
}
