/* SPDX-License-Identifier: MIT */
/*
 * plan, asked what this boot did: what is read stays what was read, what the rules give for other
 * boots is told beside it, and where the two differ no prediction for that machine is sure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/plan.h"
#include "render/out.h"
#include "render/render.h"

/* A whole log of a BIOS machine of 6 GiB; without KASLR the rules put 256 MiB at 0xaf000000. */
#define BOOT_ASKED(options, size, crash)                                                          \
	"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"          \
	"Command line: console=ttyS0 " options "crashkernel=" size "\n"                            \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"                         \
	"RAMDISK: [mem 0xbfee4000-0xbffdffff]\n"                                                  \
	"NODE_DATA(0) allocated [mem 0x1bffd2680-0x1bfffcfff]\n" crash                            \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"                               \
	"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n"                               \
	"  node   0: [mem 0x0000000100000000-0x00000001bfffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000001000-0x00000001bfffffff]\n"                      \
	"Kernel command line: console=ttyS0 " options "crashkernel=" size "\n"                     \
	"Memory: 6000000K/6290936K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 0K cma-reserved)\n"
#define BOOT(options, crash) BOOT_ASKED(options, "256M", crash)
#define BOOTED(crash) BOOT("nokaslr ", crash)
#define AT_RULES "crashkernel reserved: 0x00000000af000000 - 0x00000000bf000000 (256 MB)\n"
#define ELSEWHERE "crashkernel reserved: 0x000000009d000000 - 0x00000000ad000000 (256 MB)\n"
/* The kernel's 16 MiB of code, and the 16 MiB that follow. */
#define KERNEL(code, rest)                                                                       \
	"  " code "000000-" code "ffffff : Kernel code\n"                                         \
	"  " rest "000000-" rest "bfffff : Kernel rodata\n"                                       \
	"  " rest "c00000-" rest "ffffff : Kernel data\n"
#define IOMEM_OF(low)                                                                            \
	"00000000-00000fff : Reserved\n"                                                          \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-bffdffff : System RAM\n" low "100000000-1bfffffff : System RAM\n"
#define IOMEM(crash) IOMEM_OF(KERNEL("01", "02") crash)
#define SHOWN_AT_RULES "  af000000-beffffff : Crash kernel\n"
#define SHOWN_ELSEWHERE "  9d000000-acffffff : Crash kernel\n"
#define SHOWN_SMALLER "  af000000-b6ffffff : Crash kernel\n"
#define SHOWN_TINY "  af000000-af7fffff : Crash kernel\n"

struct asked {
	struct lb_machine *machine;
	struct lb_plan *plan;
};

/* value NULL: what this boot did. size NULL: the kernel does not tell it. */
static struct asked ask(const char *log, const char *iomem, const char *size, const char *value)
{
	const struct machine_root_file files[] = {{"dmesg", log}, {"proc/iomem", iomem},
		{"sys/kernel/kexec_crash_size", size}};
	struct lb_question question = {.crashkernel = &value, .crashkernel_count = value != NULL};
	struct asked asked = {.machine = machine_of_files(files, LB_ARRAY_COUNT(files))};
	struct lb_plan_error error;

	if (asked.machine && lb_plan_make(asked.machine, &question, &asked.plan, &error)) {
		asked.plan = NULL;
	}
	return asked;
}

static void done(struct asked *asked)
{
	lb_plan_free(asked->plan);
	lb_machine_close(asked->machine);
}

static bool is_main(const struct lb_reservation *reservation, uint64_t start, uint64_t end)
{
	return reservation->range_count && reservation->ranges[0].range.start == start &&
	       reservation->ranges[0].range.end == end;
}

static void check_verdict(const struct lb_plan *plan, const char *expected)
{
	struct lb_buffer text = {0};

	lb_render_verdict(plan, lb_buffer_sink(&text));
	CHECK_TEXT(text.bytes, expected);
	free(text.bytes);
}

static void check_json_has(const struct lb_plan *plan, const char *expected)
{
	struct lb_buffer text = {0};

	lb_render_plan_json(plan, lb_buffer_sink(&text));
	CHECK(strstr(text.bytes, expected) != NULL);
	free(text.bytes);
}

TEST(plan_observe, a_boot_as_the_rules_have_it_is_read_and_exact)
{
	struct asked asked = ask(BOOTED(AT_RULES), IOMEM(SHOWN_AT_RULES), NULL, NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->as_read && asked.plan->observed.confirmed);
	CHECK(!asked.plan->observed.differs);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	CHECK_EQUAL(asked.plan->outcome_count, 1);
	CHECK(is_main(asked.plan->outcomes[0].reservation, 0xaf000000, 0xbf000000));
	check_verdict(asked.plan, "This boot: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB) "
		"(read from /proc/iomem and the boot log); exact: the same on every boot");
	done(&asked);
}

/* Both sources show it elsewhere: it was, and the rules do not know why. */
TEST(plan_observe, what_the_rules_do_not_explain_is_kept_and_never_exact)
{
	struct asked asked = ask(BOOTED(ELSEWHERE), IOMEM(SHOWN_ELSEWHERE), NULL, NULL);
	const struct lb_plan *plan = asked.plan;

	REQUIRE(plan);
	CHECK(plan->observed.confirmed && plan->observed.differs);
	CHECK(is_main(plan->reservation, 0x9d000000, 0xad000000));
	CHECK_EQUAL(plan->certainty, LB_UNKNOWN);
	REQUIRE(plan->outcome_count == 2);
	CHECK(is_main(plan->outcomes[0].reservation, 0x9d000000, 0xad000000));
	CHECK(plan->outcomes[0].probability < 0);
	CHECK(is_main(plan->outcomes[1].reservation, 0xaf000000, 0xbf000000));
	CHECK(plan->outcomes[1].probability < 0);
	check_verdict(plan, "This boot: 256 MiB at 0x9d000000-0xacffffff (below 4 GiB) "
		"(read from /proc/iomem and the boot log); other boots: not certain");
	done(&asked);
}

TEST(plan_observe, a_question_to_a_machine_that_the_rules_do_not_explain_is_never_exact)
{
	struct asked asked = ask(BOOTED(AT_RULES), IOMEM(SHOWN_AT_RULES), NULL, "128M");

	REQUIRE(asked.plan);
	CHECK(!asked.plan->as_read && asked.plan->observed.known);
	CHECK(!asked.plan->observed.differs);
	CHECK_EQUAL(asked.plan->observed.reservation.outcome, LB_OUTCOME_RESERVED);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	done(&asked);
	asked = ask(BOOTED(ELSEWHERE), IOMEM(SHOWN_ELSEWHERE), NULL, "128M");
	REQUIRE(asked.plan);
	CHECK(asked.plan->observed.differs);
	CHECK_EQUAL(asked.plan->certainty, LB_UNKNOWN);
	check_json_has(asked.plan, "\"differs\": true");
	check_json_has(asked.plan, "own boot is not as the rules give it");
	done(&asked);
}

/* The boot was given a place, then refused it in its log. */
TEST(plan_observe, a_boot_that_failed_where_the_rules_see_room_differs)
{
	struct asked asked = ask(BOOTED("crashkernel reservation failed - No suitable area "
		"found.\n"), IOMEM(""), "0\n", "128M");

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->observed.reservation.outcome, LB_OUTCOME_FAILED);
	CHECK(asked.plan->observed.differs);
	CHECK_EQUAL(asked.plan->certainty, LB_UNKNOWN);
	done(&asked);
}

TEST(plan_observe, a_region_that_was_shrunk_is_the_logs_and_said_to_be_less)
{
	struct asked asked = ask(BOOTED(AT_RULES), IOMEM(SHOWN_SMALLER), "134217728\n", NULL);
	const struct lb_observation *observed;

	REQUIRE(asked.plan);
	observed = &asked.plan->observed;
	CHECK_EQUAL(observed->since, LB_SINCE_SHRUNK);
	CHECK(observed->confirmed && !observed->differs);
	CHECK(is_main(asked.plan->reservation, 0xaf000000, 0xbf000000));
	REQUIRE(observed->left_count == 1);
	CHECK_EQUAL(observed->left[0].range.end, 0xb7000000);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	check_verdict(asked.plan, "This boot: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB) "
		"(read from the boot log), shrunk since then through kexec_crash_size to 128 MiB "
		"at 0xaf000000-0xb6ffffff (below 4 GiB); exact: the same on every boot");
	check_json_has(asked.plan, "\"since_boot\": \"shrunk\"");
	check_json_has(asked.plan, "\"id\": \"shrunk\"");
	done(&asked);
	asked = ask(BOOTED(AT_RULES), IOMEM(SHOWN_SMALLER), "67108864\n", NULL);
	REQUIRE(asked.plan);
	CHECK(!asked.plan->observed.confirmed);
	CHECK_EQUAL(asked.plan->certainty, LB_UNKNOWN);
	done(&asked);
}

/* What was reserved would do, what is left of it does not. */
TEST(plan_observe, a_region_that_was_shrunk_below_the_kernel_is_too_small)
{
	struct asked asked = ask(BOOTED(AT_RULES), IOMEM(SHOWN_TINY), "8388608\n", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->observed.since, LB_SINCE_SHRUNK);
	check_json_has(asked.plan, "\"id\": \"too-small\"");
	done(&asked);
}

TEST(plan_observe, a_region_that_was_given_back_was_reserved)
{
	struct asked asked = ask(BOOTED(AT_RULES), IOMEM(""), "0\n", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->observed.since, LB_SINCE_RELEASED);
	check_json_has(asked.plan, "\"id\": \"given-back\"");
	CHECK(asked.plan->observed.confirmed && !asked.plan->observed.differs);
	CHECK(is_main(asked.plan->reservation, 0xaf000000, 0xbf000000));
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	done(&asked);
	/* The kernel still tells the whole size: a line of /proc/iomem is missing. */
	asked = ask(BOOTED(AT_RULES), IOMEM(""), "268435456\n", NULL);
	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->observed.since, LB_SINCE_UNCHANGED);
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
}

/* Two boots of one machine: in the second the kernel image is in the way. */
TEST(plan_observe, a_boot_with_kaslr_is_no_promise_for_the_next)
{
	struct asked first = ask(BOOT("", AT_RULES), IOMEM_OF(KERNEL("21", "22") SHOWN_AT_RULES),
		NULL, NULL);
	struct asked second = ask(BOOT("", ELSEWHERE), IOMEM_OF(SHOWN_ELSEWHERE KERNEL("ad", "ae")),
		NULL, NULL);

	REQUIRE(first.plan && second.plan);
	CHECK(!first.plan->observed.differs && !second.plan->observed.differs);
	CHECK(is_main(first.plan->reservation, 0xaf000000, 0xbf000000));
	CHECK(is_main(second.plan->reservation, 0x9d000000, 0xad000000));
	CHECK_EQUAL(first.plan->certainty, LB_LIKELY);
	CHECK_EQUAL(second.plan->certainty, LB_LIKELY);
	CHECK(is_main(first.plan->outcomes[0].reservation, 0xaf000000, 0xbf000000));
	CHECK(is_main(second.plan->outcomes[0].reservation, 0xaf000000, 0xbf000000));
	check_verdict(second.plan, "This boot: 256 MiB at 0x9d000000-0xacffffff (below 4 GiB) "
		"(read from /proc/iomem and the boot log); other boots: likely 256 MiB at "
		"0xaf000000-0xbeffffff (below 4 GiB) in 96 of 100 boots");
	done(&first);
	done(&second);
}

/* "Reserving 0MB of memory" is what kernels up to 6.6 print of less than a MiB. */
TEST(plan_observe, a_region_smaller_than_the_log_can_say_is_the_same)
{
	struct asked asked = ask(BOOTED("Reserving 0MB of memory at 2800MB for crashkernel\n"),
		IOMEM("  af000000-af03ffff : Crash kernel\n"), NULL, NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->observed.in_log && asked.plan->observed.confirmed);
	CHECK(is_main(asked.plan->reservation, 0xaf000000, 0xaf040000));
	done(&asked);
}

/* Kernels up to 6.8 print whole MiB. Of 256 MiB and a page, which they asked for, all is reserved.
 */
TEST(plan_observe, bytes_that_the_log_rounds_off_are_those_of_the_rules)
{
	struct asked asked = ask(BOOT_ASKED("nokaslr ", "268439552",
		"Reserving 256MB of memory at 2800MB for crashkernel\n"), NULL, NULL, NULL);
	struct asked other = ask(BOOT_ASKED("nokaslr ", "268439552",
		"Reserving 256MB of memory at 2544MB for crashkernel\n"), NULL, NULL, NULL);

	REQUIRE(asked.plan && other.plan);
	CHECK(asked.plan->observed.in_log && asked.plan->observed.agrees);
	CHECK(is_main(asked.plan->reservation, 0xaf000000, 0xbf001000));
	CHECK(!other.plan->observed.agrees);
	CHECK(is_main(other.plan->reservation, 0x9f000000, 0xaf000000));
	done(&asked);
	done(&other);
}

/* Neither drawn nor forbidden: a kernel that cannot draw, if that is this boot's command line. */
TEST(plan_observe, a_kernel_that_cannot_draw_is_known_by_two_command_lines)
{
	static const char log[] = BOOT("", "Kernel Offset: disabled\n" AT_RULES);
	static const char command_line[] = "console=ttyS0 crashkernel=256M\n";
	char silent[sizeof(log)];
	const char *const logs[] = {log, silent};

	memcpy(silent, log, sizeof(log));
	for (char *at = silent; (at = strstr(at, "ommand line: ")) != NULL;) {
		*at = '_';
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(logs); i++) {
		const struct machine_root_file files[] = {{"dmesg", logs[i]},
			{"proc/iomem", IOMEM(SHOWN_AT_RULES)}, {"proc/cmdline", command_line}};
		struct asked asked = {.machine = machine_of_files(files, LB_ARRAY_COUNT(files))};
		struct lb_question question = {0};
		struct lb_plan_error error;

		REQUIRE(asked.machine);
		REQUIRE(!lb_plan_make(asked.machine, &question, &asked.plan, &error));
		CHECK_EQUAL(asked.plan->certainty == LB_EXACT, logs[i] == log);
		done(&asked);
	}
}

/* The log ends before its own copy of the command line, and says nothing of crash memory. */
TEST(plan_observe, a_command_line_of_one_source_and_no_trace_of_what_it_did_is_not_sure)
{
	static const char whole[] = BOOTED(AT_RULES);
	static const char *const logs[] = {BOOTED(""), whole};
	char silent[sizeof(whole)];

	for (size_t i = 0; i < 4; i++) {
		const char *log = i < 2 ? logs[i] : silent;
		struct machine_root_file files[] = {{"dmesg", log},
			{"proc/cmdline", "console=ttyS0 nokaslr crashkernel=256M\n"}};
		struct lb_question question = {.cmdline =
			i == 3 ? "console=ttyS0 nokaslr crashkernel=256M" : NULL};
		struct asked asked;
		struct lb_plan_error error;
		bool doubted = false;

		snprintf(silent, sizeof(silent), "%s", logs[0]);
		for (char *at = silent; (at = strstr(at, "ommand line: ")) != NULL;) {
			*at = '_';
		}
		asked.machine = machine_of_files(files, LB_ARRAY_COUNT(files));
		REQUIRE(asked.machine);
		REQUIRE(!lb_plan_make(asked.machine, &question, &asked.plan, &error));
		for (size_t k = 0; k < asked.plan->why_uncertain_count; k++) {
			doubted |= strstr(asked.plan->why_uncertain[k], "one source alone") != NULL;
		}
		CHECK_EQUAL(doubted, i == 2);
		done(&asked);
	}
}
