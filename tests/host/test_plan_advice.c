/* SPDX-License-Identifier: MIT */
/* What a plan advises: too small is an error, and what is advised works. */
#include <stdio.h>
#include <string.h>

#include "machine_root.h"
#include "plan/plan.h"
#include "tests/harness/test.h"

/* 40 MiB of kernel image, 64 MiB of initrd. */
#define IOMEM                                                                                    \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-3fffffff : System RAM\n"                                                        \
	"  01000000-01ffffff : Kernel code\n"                                                     \
	"  02000000-02bfffff : Kernel rodata\n"                                                   \
	"  02c00000-02ffffff : Kernel data\n"                                                     \
	"  03000000-037fffff : Kernel bss\n"
#define LOG                                                                                      \
	"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"          \
	"Command line: quiet nokaslr\n"                                                           \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n"                         \
	"RAMDISK: [mem 0x38000000-0x3bffffff]\n"                                                  \
	"Kernel command line: quiet nokaslr\n"

struct asked {
	struct lb_machine *machine;
	struct lb_plan *plan;
};

static struct asked ask_machine(
	const char *log, const char *iomem, const char *const *values, size_t count)
{
	struct lb_question question = {.crashkernel = values, .crashkernel_count = count};
	struct asked asked = {0};
	struct lb_plan_error plan_error;

	asked.machine = machine_of_files((const struct machine_root_file[]){{"dmesg", log},
						 {"proc/iomem", iomem}}, 2);
	if (asked.machine && lb_plan_make(asked.machine, &question, &asked.plan, &plan_error)) {
		asked.plan = NULL;
	}
	return asked;
}

static struct asked ask(const char *const *values, size_t count)
{
	return ask_machine(LOG, IOMEM, values, count);
}

static struct asked ask_one(const char *value)
{
	return ask(&value, 1);
}

static void done(struct asked *asked)
{
	lb_plan_free(asked->plan);
	lb_machine_close(asked->machine);
}

static const struct lb_finding *finding(const struct lb_plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->finding_count; i++) {
		if (!strcmp(plan->findings[i].id, id)) {
			return &plan->findings[i];
		}
	}
	return NULL;
}

/* Image and initrd take 104 MiB, and 104 MiB of memory have 1.6 MiB of struct page. */
TEST(plan_advice, what_cannot_hold_the_kernel_is_an_error)
{
	static const struct {
		const char *value;
		bool too_small;
	} rows[] = {
		{"256", true}, {"32M", true}, {"104M", true}, {"107M", false}, {"256M", false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		struct asked asked = ask_one(rows[i].value);
		const struct lb_finding *small;

		REQUIRE(asked.plan);
		small = finding(asked.plan, "too-small");
		CHECK_EQUAL(small != NULL, rows[i].too_small);
		if (small) {
			CHECK(small->level == LB_ERROR);
			CHECK(strstr(small->text, "40 MiB") && strstr(small->text, "64 MiB"));
			CHECK(strstr(small->text, "drivers") && strstr(small->text, "programs"));
			REQUIRE(asked.plan->advice_count);
			CHECK_TEXT(asked.plan->advice[0].crashkernel[0], "256M");
		} else {
			CHECK_EQUAL(asked.plan->advice_count, 0);
		}
		done(&asked);
	}
}

TEST(plan_advice, a_main_region_is_not_helped_by_what_lies_elsewhere)
{
	const char *values[] = {"48M,high", "400M,low"};
	struct asked asked = ask(values, 2);

	REQUIRE(asked.plan);
	REQUIRE(asked.plan->reservation->outcome == LB_OUTCOME_RESERVED);
	CHECK(finding(asked.plan, "too-small") != NULL);
	done(&asked);
}

TEST(plan_advice, the_largest_size_is_the_largest)
{
	struct asked asked = ask_one("4000M"), again;
	const struct lb_advice *advice;
	unsigned long long size;
	char more[32];

	REQUIRE(asked.plan);
	REQUIRE(asked.plan->advice_count == 2);
	CHECK_TEXT(asked.plan->advice[0].crashkernel[0], "256M");
	advice = &asked.plan->advice[1];
	CHECK(strstr(advice->why, "largest") != NULL);
	REQUIRE(sscanf(advice->crashkernel[0], "%lluM", &size) == 1);
	again = ask(advice->crashkernel, advice->crashkernel_count);
	REQUIRE(again.plan);
	CHECK(lb_reservation_same(again.plan->reservation, advice->reservation));
	CHECK_EQUAL(again.plan->advice_count, 0);
	done(&again);
	snprintf(more, sizeof(more), "%lluM", size + 1);
	again = ask_one(more);
	REQUIRE(again.plan);
	CHECK(again.plan->reservation->outcome != LB_OUTCOME_RESERVED);
	done(&again);
	done(&asked);
}

/* 72 MiB below the initrd, 64 above it; it would not fit into either with the kernel. */
TEST(plan_advice, what_is_too_small_is_not_advised)
{
	static const char log[] =
		"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"
		"Command line: quiet nokaslr\n"
		"BIOS-provided physical RAM map:\n"
		"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
		"BIOS-e820: [mem 0x0000000000100000-0x000000000fffffff] usable\n"
		"RAMDISK: [mem 0x08000000-0x0bffffff]\n"
		"Kernel command line: quiet nokaslr\n";
	static const char iomem[] = "00001000-0009fbff : System RAM\n"
				    "00100000-0fffffff : System RAM\n"
				    "  01000000-01ffffff : Kernel code\n"
				    "  02000000-02bfffff : Kernel rodata\n"
				    "  02c00000-02ffffff : Kernel data\n"
				    "  03000000-037fffff : Kernel bss\n";
	const char *value = "200M", *fits = "48M";
	struct asked asked = ask_machine(log, iomem, &value, 1);

	REQUIRE(asked.plan);
	CHECK(finding(asked.plan, "no-room") != NULL);
	CHECK_EQUAL(asked.plan->advice_count, 0);
	done(&asked);
	asked = ask_machine(log, iomem, &fits, 1);
	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_RESERVED);
	CHECK_EQUAL(asked.plan->outcome_count, 1); /* room alone would make it good advice */
	CHECK(finding(asked.plan, "too-small") != NULL);
	CHECK_EQUAL(asked.plan->advice_count, 0);
	done(&asked);
}

TEST(plan_advice, what_was_misspelt_is_spelt)
{
	struct asked asked = ask_one("300MB,hihg");

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_REJECTED);
	REQUIRE(asked.plan->advice_count == 1);
	CHECK_TEXT(asked.plan->advice[0].crashkernel[0], "300M,high");
	REQUIRE(finding(asked.plan, "rejected"));
	CHECK(strstr(finding(asked.plan, "rejected")->text, "2G-8G:256M,8G-:512M") != NULL);
	CHECK(strstr(finding(asked.plan, "rejected")->fix, "crashkernel=300M,high") != NULL);
	done(&asked);
}

TEST(plan_advice, the_largest_hole_lies_where_was_searched)
{
	struct asked asked = ask_one("2G");

	REQUIRE(asked.plan);
	CHECK(lb_range_empty(asked.plan->largest_hole));
	done(&asked);
	asked = ask_one("300M@0x2000000");
	REQUIRE(asked.plan);
	CHECK(asked.plan->largest_hole.start >= 0x2000000);
	CHECK(asked.plan->largest_hole.end <= 0x2000000 + 300 * LB_MIB);
	done(&asked);
}
