/* SPDX-License-Identifier: MIT */
/*
 * plan, end to end, on machines written down here: what a lost line, a hidden firmware map or
 * another option must change in the answer, and in how sure it claims to be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/findings.h"
#include "plan/plan.h"

#define LOG_HEAD                                                                                 \
	"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"          \
	"Command line: console=ttyS0 nokaslr\n"                                                   \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"
#define LOG_EFI "efi: EFI v2.7 by Somebody\n"
#define LOG_RAMDISK "RAMDISK: [mem 0xbfee4000-0xbffdffff]\n"
#define LOG_NODES                                                                                \
	"NODE_DATA(0) allocated [mem 0x1bffd2680-0x1bfffcfff]\n"                                  \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"                               \
	"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n"                               \
	"  node   0: [mem 0x0000000100000000-0x00000001bfffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000001000-0x00000001bfffffff]\n"
#define LOG_LOST_NODE                                                                            \
	"NODE_DATA(0) allocated [mem 0x1bffd2680-0x1bfffcfff]\n"                                  \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"                               \
	"  node   0: [mem 0x0000000100000000-0x00000001bfffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000001000-0x00000001bfffffff]\n"
#define LOG_TAIL                                                                                 \
	"Kernel command line: console=ttyS0 nokaslr\n" LOG_MEMORY
#define LOG_MEMORY                                                                               \
	"Memory: 6000000K/6290936K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 0K cma-reserved)\n"
#define IOMEM                                                                                    \
	"00000000-00000fff : Reserved\n"                                                          \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-bffdffff : System RAM\n"                                                        \
	"  01000000-01ffffff : Kernel code\n"                                                     \
	"  02000000-02bfffff : Kernel rodata\n"                                                   \
	"  02c00000-02ffffff : Kernel data\n"                                                     \
	"  03400000-03c10fff : Kernel bss\n"                                                      \
	"100000000-1bfffffff : System RAM\n"

struct asked {
	struct lb_machine *machine;
	struct lb_plan *plan;
};

static struct asked ask_with(const char *log, const char *iomem, const char *cmdline,
	const char *value, const char *kernel)
{
	struct machine_root root;
	struct lb_machine_error machine_error;
	struct lb_plan_error plan_error;
	struct asked asked = {0};
	enum lb_status status;
	struct lb_question question = {.crashkernel = &value,
		.crashkernel_count = value != NULL,
		.kernel = kernel};

	machine_root_make(&root);
	if (log) {
		machine_root_put(&root, "dmesg", log);
	}
	if (iomem) {
		machine_root_put(&root, "proc/iomem", iomem);
		machine_root_put(&root, "proc/version", "Linux version 6.12.107+deb13-amd64\n");
	}
	if (cmdline) {
		machine_root_put(&root, "proc/cmdline", cmdline);
	}
	asked.machine = machine_root_open(&root, &status, &machine_error);
	machine_root_remove(&root);
	if (asked.machine && lb_plan_make(asked.machine, &question, &asked.plan, &plan_error)) {
		asked.plan = NULL;
	}
	return asked;
}

static struct asked ask(const char *log, const char *iomem, const char *value, const char *kernel)
{
	return ask_with(log, iomem, NULL, value, kernel);
}

static void done(struct asked *asked)
{
	lb_plan_free(asked->plan);
	lb_machine_close(asked->machine);
}

static bool main_region_is(const struct lb_plan *plan, uint64_t start, uint64_t end)
{
	const struct lb_reservation *found = plan->reservation;

	return found->range_count && found->ranges[0].range.start == start &&
		found->ranges[0].range.end == end;
}

static bool doubts(const struct lb_plan *plan, const char *word)
{
	for (size_t i = 0; i < plan->why_uncertain_count; i++) {
		if (strstr(plan->why_uncertain[i], word)) {
			return true;
		}
	}
	return false;
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

TEST(plan_machine, a_whole_bios_log_and_iomem_make_an_exact_answer)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "256M", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	CHECK(main_region_is(asked.plan, 0xaf000000, 0xbf000000));
	CHECK_TEXT(asked.plan->reservation->log,
		"crashkernel reserved: 0x00000000af000000 - 0x00000000bf000000 (256 MB)");
	CHECK(!finding(asked.plan, "no-low-memory"));
	done(&asked);
}

#define LOG_CMA "cma: Reserved 512 MiB at 0x0000000100000000 on node -1\n" LOG_CMA_ASKED
#define LOG_CMA_ASKED                                                                            \
	"Kernel command line: console=ttyS0 nokaslr cma=512M\n"                                   \
	"Memory: 5500000K/6290936K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 524288K cma-reserved)\n"

/* The area of cma= lies from 4 GiB upwards: the top of RAM is free, and 2600 MiB of it are not. */
TEST(plan_machine, cma_spares_the_top_of_memory)
{
	struct asked asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_CMA, IOMEM, "1G,high", NULL);

	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0x17f000000, 0x1bf000000));
	CHECK(!doubts(asked.plan, "replaying")); /* the search puts it there, not the log alone */
	done(&asked);
	asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_CMA, IOMEM, "2600M,high", NULL);
	REQUIRE(asked.plan && asked.plan->reservation->range_count);
	CHECK(asked.plan->reservation->ranges[0].range.end <= 4 * LB_GIB);
	done(&asked);
}

TEST(plan_machine, what_was_seen_elsewhere_than_the_search_puts_it_stays_there)
{
	struct asked asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES
		"cma: Reserved 512 MiB at 0x0000000180000000 on node -1\n" LOG_CMA_ASKED,
		IOMEM, "1G,high", NULL);

	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0x140000000, 0x180000000));
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
}

/* As recorded: 32 MiB of text, 24 of descriptors and 88 (7.3: 112) of records come off the top. */
TEST(plan_machine, log_buffers_push_what_comes_later_down)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "512M,high crashkernel=256M,low log_buf_len=32M", NULL);

	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0x196000000, 0x1b6000000));
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	done(&asked);
	asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "512M,high crashkernel=256M,low log_buf_len=32M",
		"7.3.4");
	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0x195000000, 0x1b5000000));
	done(&asked);
}

/* A buffer that may be built in is perhaps not taken. */
TEST(plan_machine, a_small_log_buffer_is_taken_perhaps)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "511M,high crashkernel=256M,low log_buf_len=1M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
}

#define LOG_BUFFERS                                                                              \
	"NODE_DATA(0) allocated [mem 0x1b6fd2680-0x1b6ffcfff]\n"                                  \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"                               \
	"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n"                               \
	"  node   0: [mem 0x0000000100000000-0x00000001bfffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000001000-0x00000001bfffffff]\n"                      \
	"Kernel command line: console=ttyS0 nokaslr log_buf_len=32M\n" LOG_MEMORY

/* In a boot that has them they are what lies above NODE_DATA. */
TEST(plan_machine, log_buffers_of_this_boot_show_in_where_node_data_is)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_BUFFERS, IOMEM,
		"console=ttyS0 nokaslr log_buf_len=32M\n", "512M,high", NULL);

	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0x196000000, 0x1b6000000));
	CHECK(!doubts(asked.plan, "log_buf_len"));
	done(&asked);
}

/* Whether its loss matters is known where it lacks. */
TEST(plan_machine, a_line_that_makes_no_sense_is_as_good_as_lost)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL
		"software IO TLB: mapped [mem 0x00000000bb\n", IOMEM, "console=ttyS0 nokaslr\n",
		"256M", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.machine->problems_count, 1);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	done(&asked);
	asked = ask_with(LOG_HEAD "RAMDISK: [mem 0xbfee4000-0xb\n" LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "256M", NULL);
	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.machine->problems_count, 1);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(doubts(asked.plan, "initrd"));
	done(&asked);
}

TEST(plan_machine, a_lost_line_about_ram_is_noticed)
{
	struct asked asked =
		ask(LOG_HEAD LOG_RAMDISK LOG_LOST_NODE LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(doubts(asked.plan, "disagree"));
	done(&asked);
}

/* The log's own map of the firmware has what the lines of the nodes lost. */
TEST(plan_machine, a_lost_line_about_ram_is_replaced)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_LOST_NODE LOG_TAIL, NULL,
		"console=ttyS0 nokaslr\n", "256M", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->memory_bytes / LB_MIB, 6143);
	CHECK(main_region_is(asked.plan, 0xaf000000, 0xbf000000));
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
}

TEST(plan_machine, an_initrd_that_nothing_shows_is_not_taken_for_none)
{
	struct asked asked = ask(LOG_HEAD LOG_NODES LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(doubts(asked.plan, "initrd"));
	done(&asked);
}

/* An initrd that the loader placed, and boot_params (no type, no command line) do not name. */
TEST(plan_machine, an_initrd_that_was_given_back_was_one)
{
	static const char log[] = LOG_HEAD LOG_NODES LOG_TAIL
		"Freeing initrd memory: 307200K\n";
	static const unsigned char params[4096] = {
		[0x202] = 'H', [0x203] = 'd', [0x204] = 'r', [0x205] = 'S'};
	struct lb_question question = {0};
	const char *value = "256M";
	enum lb_certainty certainty[2];

	for (int freed = 0; freed < 2; freed++) {
		struct machine_root root;
		struct lb_machine_error error;
		struct lb_plan_error plan_error;
		struct lb_plan *plan = NULL;
		struct lb_machine *machine;
		enum lb_status status;
		char text[sizeof(log)];

		memcpy(text, log, sizeof(log));
		if (!freed) {
			*strstr(text, "Freeing") = 0;
		}
		machine_root_make(&root);
		machine_root_put(&root, "dmesg", text);
		machine_root_put(&root, "proc/iomem", IOMEM);
		machine_root_put_bytes(
			&root, "sys/kernel/boot_params/data", params, sizeof(params));
		machine = machine_root_open(&root, &status, &error);
		machine_root_remove(&root);
		REQUIRE(machine);
		question.crashkernel = &value;
		question.crashkernel_count = 1;
		REQUIRE(!lb_plan_make(machine, &question, &plan, &plan_error));
		certainty[freed] = plan->certainty;
		lb_plan_free(plan);
		lb_machine_close(machine);
	}
	CHECK_EQUAL(certainty[0], LB_EXACT);
	CHECK(certainty[1] != LB_EXACT);
}

TEST(plan_machine, a_hidden_firmware_map_is_never_exact)
{
	struct asked asked =
		ask(LOG_HEAD LOG_EFI LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(doubts(asked.plan, "efi=debug"));
	done(&asked);
}

/* The map's place, as boot_params has it: RAM that root reads, or ACPI memory that nobody does. */
static void expect_advice(uint32_t map_at, const char *advice)
{
	unsigned char page[4096] = {0};
	struct lb_machine_error machine_error;
	struct lb_plan_error plan_error;
	struct lb_question question = {.cmdline = "nokaslr crashkernel=256M", .no_advice = true};
	struct machine_root root;
	struct asked asked = {0};
	enum lb_status status;

	memcpy(page + 0x1c0, "EL64", 4);
	memcpy(page + 0x1d0, &map_at, sizeof(map_at));
	machine_root_make(&root);
	machine_root_put(&root, "dmesg", LOG_HEAD LOG_EFI LOG_RAMDISK LOG_NODES LOG_TAIL);
	machine_root_put(&root, "proc/iomem", IOMEM);
	machine_root_put_bytes(&root, "sys/kernel/boot_params/data", page, sizeof(page));
	asked.machine = machine_root_open(&root, &status, &machine_error);
	machine_root_remove(&root);
	REQUIRE(asked.machine && !lb_plan_make(asked.machine, &question, &asked.plan, &plan_error));
	CHECK(doubts(asked.plan, "efi=debug"));
	CHECK(doubts(asked.plan, advice));
	done(&asked);
}

TEST(plan_machine, a_hidden_firmware_map_says_what_would_show_it)
{
	expect_advice(0, "take a snapshot as root, or boot once");
	expect_advice(0x7ea12018, "/proc/kcore");
	expect_advice(0xbfff0018, "iomem=relaxed");
}

TEST(plan_machine, firmware_tables_in_ram_bound_the_hidden_map)
{
	struct asked asked = ask(LOG_HEAD LOG_EFI
		"efi: ACPI=0xbffff000 MEMATTR=0xb53c4020 ESRT=0xb6000018\n" LOG_RAMDISK LOG_NODES
			LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(main_region_is(asked.plan, 0xa5000000, 0xb5000000));
	done(&asked);
}

/* Every place that the firmware could leave, the nearest first, and no share is lost. */
TEST(plan_machine, a_hidden_firmware_map_spreads_the_outcomes_downwards)
{
	struct asked asked =
		ask(LOG_HEAD LOG_EFI LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M", NULL);
	const struct lb_possible *outcomes;
	double sum = 0;

	REQUIRE(asked.plan);
	REQUIRE(asked.plan->outcome_count >= 80);
	outcomes = asked.plan->outcomes;
	CHECK(main_region_is(asked.plan, 0xac000000, 0xbc000000));
	CHECK(!outcomes[0].unseen_firmware && outcomes[0].probability > 0.5);
	for (size_t i = 1; i < asked.plan->outcome_count; i++) {
		CHECK(outcomes[i].unseen_firmware);
		CHECK_EQUAL(outcomes[i].reservation->ranges[0].range.start,
			0xac000000 - i * 16 * LB_MIB);
	}
	for (size_t i = 0; i < asked.plan->outcome_count; i++) {
		sum += outcomes[i].probability;
	}
	CHECK(sum > 0.999 && sum < 1.001);
	done(&asked);
}

/* The kernel keeps the boot logo, which lies in boot services memory; setup_data lies anywhere. */
TEST(plan_machine, kept_boot_services_memory_bounds_the_hidden_map)
{
	struct asked asked = ask(LOG_HEAD
		"e820: update [mem 0x30000018-0x30001000] usable ==> usable\n"
		"reserve setup_data: [mem 0x0000000000100000-0x0000000030000017] usable\n"
		"reserve setup_data: [mem 0x0000000030000018-0x0000000030001000] usable\n"
		"reserve setup_data: [mem 0x0000000030001001-0x00000000bffdffff] usable\n"
		LOG_EFI LOG_RAMDISK LOG_NODES
		"e820: update [mem 0xb51ac000-0xb523cfff] usable ==> reserved\n"
		"PM: hibernation: Registered nosave memory: [mem 0x30000000-0x30000fff]\n"
		"PM: hibernation: Registered nosave memory: [mem 0xb4000000-0xb4000fff]\n"
			LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(main_region_is(asked.plan, 0xa4000000, 0xb4000000));
	done(&asked);
}

/* Of a boot without crash memory it was the first to search low memory from the top. */
TEST(plan_machine, the_bounce_pool_bounds_the_hidden_map)
{
	struct asked asked = ask(LOG_HEAD LOG_EFI LOG_RAMDISK LOG_NODES
		"software IO TLB: mapped [mem 0x00000000b1b75000-0x00000000b5b75000] (64MB)\n"
			LOG_TAIL, IOMEM, "256M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(main_region_is(asked.plan, 0xa5000000, 0xb5000000));
	done(&asked);
}

TEST(plan_machine, a_malformed_request_is_refused_whatever_is_known)
{
	struct asked asked = ask(LOG_HEAD LOG_EFI LOG_TAIL LOG_NODES, NULL, "256MB", NULL);

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_REJECTED);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	CHECK(finding(asked.plan, "rejected") != NULL);
	done(&asked);
}

TEST(plan_machine, a_range_list_depends_on_ram_that_is_not_sure)
{
	struct asked asked = ask(LOG_HEAD LOG_RAMDISK LOG_LOST_NODE LOG_TAIL, IOMEM,
		"4G-:512M", NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
}

TEST(plan_machine, another_version_is_answered_but_not_exactly)
{
	struct asked asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"256M@0x20100000", "6.1.0");

	REQUIRE(asked.plan);
	/* Up to 6.6 a fixed place needs 1 MiB of alignment only; the running 6.12 refuses it. */
	CHECK(main_region_is(asked.plan, 0x20100000, 0x30100000));
	CHECK(asked.plan->certainty != LB_EXACT);
	done(&asked);
	asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M@0x20100000", NULL);
	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_FAILED);
	CHECK(finding(asked.plan, "no-room") != NULL);
	done(&asked);
}

TEST(plan_machine, a_failure_names_a_change_that_works)
{
	struct asked asked =
		ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M@16M", NULL);
	const struct lb_finding *no_room;

	REQUIRE(asked.plan);
	no_room = finding(asked.plan, "no-room");
	REQUIRE(no_room);
	CHECK(strstr(no_room->text, "kernel image") != NULL);
	CHECK(strstr(no_room->fix, "crashkernel=256M") != NULL);
	done(&asked);
}

TEST(plan_machine, high_memory_without_low_is_an_error)
{
	const char *values[] = {"512M,high", "0,low"};
	struct machine_root root;
	struct lb_machine_error machine_error;
	struct lb_plan_error plan_error;
	struct lb_machine *machine;
	struct lb_plan *plan = NULL;
	enum lb_status status;
	struct lb_question question = {.crashkernel = values, .crashkernel_count = 2};

	machine_root_make(&root);
	machine_root_put(&root, "dmesg", LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL);
	machine_root_put(&root, "proc/iomem", IOMEM);
	machine_root_put(&root, "proc/cmdline", "console=ttyS0 nokaslr\n");
	machine = machine_root_open(&root, &status, &machine_error);
	machine_root_remove(&root);
	REQUIRE(machine);
	REQUIRE(!lb_plan_make(machine, &question, &plan, &plan_error));
	CHECK_EQUAL(plan->certainty, LB_EXACT);
	CHECK(main_region_is(plan, 0x19f000000, 0x1bf000000));
	CHECK(finding(plan, "no-low-memory") != NULL);
	CHECK(plan->bounce.needed && !plan->bounce.fits);
	lb_plan_free(plan);
	lb_machine_close(machine);
}

TEST(plan_machine, what_a_boot_did_is_read_from_its_log)
{
	struct asked asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES
		"crashkernel low memory reserved: 0xaf000000 - 0xbf000000 (256 MB)\n"
		"crashkernel reserved: 0x000000019f000000 - 0x00000001bf000000 (512 MB)\n"
		"Kernel command line: console=ttyS0 nokaslr crashkernel=512M,high\n", NULL, NULL,
		NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->as_read && asked.plan->observed.confirmed);
	CHECK(main_region_is(asked.plan, 0x19f000000, 0x1bf000000));
	CHECK_EQUAL(asked.plan->reservation->range_count, 2);
	CHECK_EQUAL(asked.plan->reservation->ranges[1].kind, LB_CRASH_LOW);
	CHECK(!asked.plan->what_if);
	done(&asked);
}

TEST(plan_machine, nothing_to_say_names_the_missing_source)
{
	const char *value = "256M";
	struct lb_question question = {.crashkernel = &value, .crashkernel_count = 1};
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"
		"Command line: console=ttyS0\n");
	struct lb_plan_error error;
	struct lb_plan *plan = NULL;

	REQUIRE(machine);
	CHECK_EQUAL(lb_plan_make(machine, &question, &plan, &error), LB_NOT_FOUND);
	CHECK(plan == NULL);
	CHECK(strstr(error.text, "expected") != NULL);
	lb_machine_close(machine);
}

TEST(plan_machine, a_capture_kernel_is_not_answered_as_the_machine)
{
	struct lb_question question = {0};
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"
		"Command line: nokaslr elfcorehdr=0xa9000000\n"
		"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n" LOG_NODES
			LOG_TAIL);
	struct lb_plan_error error;
	struct lb_plan *plan = NULL;

	REQUIRE(machine);
	CHECK_EQUAL(lb_plan_make(machine, &question, &plan, &error), LB_NOT_FOUND);
	CHECK(plan == NULL);
	CHECK(strstr(error.text, "a capture kernel") != NULL);
	lb_machine_close(machine);
}

static size_t count_findings(const struct lb_plan *plan, const char *id)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->finding_count; i++) {
		count += !strcmp(plan->findings[i].id, id);
	}
	return count;
}

TEST(plan_machine, no_finding_is_dropped_however_many_there_are)
{
	char value[1024] = "256M";
	struct asked asked;

	for (size_t i = 0; i < 50; i++) {
		snprintf(value + strlen(value), sizeof(value) - strlen(value),
			" crashkernel=256M");
	}
	asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, value, NULL);
	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->crashkernel_count, 51);
	CHECK_EQUAL(count_findings(asked.plan, "superseded"), 50);
	done(&asked);
}

static struct lb_plan *ask_again(struct asked *asked, const char *value)
{
	struct lb_question question = {.crashkernel = &value, .crashkernel_count = value != NULL};
	struct lb_plan_error error;

	lb_plan_free(asked->plan);
	asked->plan = NULL;
	return lb_plan_make(asked->machine, &question, &asked->plan, &error) ? NULL : asked->plan;
}

TEST(plan_machine, a_contradiction_takes_exact_away_and_a_harmless_problem_does_not)
{
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "256M", NULL);
	struct lb_problem problem = {.text = "of another boot?"};

	REQUIRE(asked.plan);
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	asked.machine->problems = &problem;
	asked.machine->problems_count = 1;
	REQUIRE(ask_again(&asked, "256M"));
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(doubts(asked.plan, "contradicts"));
	problem.class_ = LB_PROBLEM_HARMLESS;
	REQUIRE(ask_again(&asked, "256M"));
	CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
	done(&asked);
}

/* A value that is refused is refused on every machine; but the kernel may be another's. */
TEST(plan_machine, a_contradiction_takes_exact_away_from_a_refusal_as_well)
{
	static const char *const values[] = {"x", "0"};
	struct asked asked = ask_with(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM,
		"console=ttyS0 nokaslr\n", "x", NULL);
	struct lb_problem problem = {.text = "of another boot?"};

	REQUIRE(asked.plan);
	for (size_t i = 0; i < LB_ARRAY_COUNT(values); i++) {
		asked.machine->problems = NULL;
		asked.machine->problems_count = 0;
		REQUIRE(ask_again(&asked, values[i]));
		CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
		asked.machine->problems = &problem;
		asked.machine->problems_count = 1;
		REQUIRE(ask_again(&asked, values[i]));
		CHECK(asked.plan->certainty != LB_EXACT);
	}
	done(&asked);
}

#define LOG_ASKS "Command line: console=ttyS0 nokaslr crashkernel=256M\n"
#define LOG_TAKEN                                                                                \
	"Reserving 256MB of memory at 2800MB for crashkernel (System RAM: 6143MB)\n"
#define IOMEM_TAKEN                                                                              \
	"00000000-00000fff : Reserved\n"                                                          \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-bffdffff : System RAM\n"                                                        \
	"  01000000-01ffffff : Kernel code\n"                                                     \
	"  af000000-beffffff : Crash kernel\n"                                                    \
	"100000000-1bfffffff : System RAM\n"

/* /proc/iomem without the line: it was cut, or the region was given back. */
TEST(plan_machine, a_region_that_iomem_does_not_show_is_no_failure)
{
	struct asked asked = ask(LOG_ASKS, IOMEM, NULL, NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK(!asked.plan->observed.known);
	CHECK(doubts(asked.plan, "given back"));
	done(&asked);
	asked = ask(LOG_ASKS LOG_TAKEN, IOMEM, NULL, NULL);
	REQUIRE(asked.plan);
	CHECK(asked.plan->certainty != LB_EXACT);
	CHECK_EQUAL(asked.plan->observed.since, LB_SINCE_RELEASED);
	CHECK(main_region_is(asked.plan, 0xaf000000, 0xbf000000));
	done(&asked);
	asked = ask(LOG_ASKS "crashkernel reservation failed - No suitable area found.\n", IOMEM,
		NULL, NULL);
	REQUIRE(asked.plan);
	CHECK(asked.plan->observed.confirmed);
	CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_FAILED);
	done(&asked);
}

TEST(plan_machine, a_region_that_the_log_shows_elsewhere_is_not_sure)
{
	struct asked asked = ask(LOG_ASKS LOG_TAKEN, IOMEM_TAKEN, NULL, NULL);

	REQUIRE(asked.plan);
	CHECK(asked.plan->observed.confirmed);
	CHECK(main_region_is(asked.plan, 0xaf000000, 0xbf000000));
	done(&asked);
	asked = ask(LOG_ASKS "Reserving 256MB of memory at 2512MB for crashkernel\n", IOMEM_TAKEN,
		NULL, NULL);
	REQUIRE(asked.plan);
	CHECK(!asked.plan->observed.confirmed);
	CHECK_EQUAL(asked.plan->certainty, LB_UNKNOWN);
	CHECK(main_region_is(asked.plan, 0xaf000000, 0xbf000000));
	done(&asked);
}

TEST(plan_machine, a_refusal_without_a_request_is_not_exact)
{
	static const char *const logs[] = {
		"Command line: quiet\ncrashkernel reservation failed - No suitable area found.\n",
		"Command line: quiet\ncrashkernel: Memory value expected\n",
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(logs); i++) {
		struct asked asked = ask(logs[i], IOMEM, NULL, NULL);

		REQUIRE(asked.plan);
		CHECK(asked.plan->certainty != LB_EXACT);
		done(&asked);
	}
}

/* Terminals cut lines: what stood behind may have been a request, or shaped memory. Two lines that
 * begin at different columns and say the same were not cut. */
TEST(plan_machine, a_command_line_that_one_line_of_the_log_shows_may_be_cut)
{
	static const char *const values[] = {NULL, "256M"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(values); i++) {
		struct asked asked = ask(
			LOG_HEAD LOG_RAMDISK LOG_NODES LOG_MEMORY, IOMEM, values[i], NULL);

		REQUIRE(asked.plan);
		CHECK(asked.plan->certainty != LB_EXACT);
		CHECK(doubts(asked.plan, "one line of the log"));
		done(&asked);
		asked = ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, values[i], NULL);
		REQUIRE(asked.plan);
		CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
		done(&asked);
	}
}

TEST(plan_machine, problems_beyond_those_listed_are_counted)
{
	struct asked asked =
		ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M", NULL);
	struct lb_problem problems[40];
	struct lb_plan_error error;
	struct lb_question question = {0};
	const struct lb_finding *last;

	REQUIRE(asked.plan);
	for (size_t i = 0; i < 40; i++) {
		problems[i] = (struct lb_problem){.text = "a line makes no sense"};
	}
	lb_plan_free(asked.plan);
	asked.machine->problems = problems;
	asked.machine->problems_count = 40;
	REQUIRE(!lb_plan_make(asked.machine, &question, &asked.plan, &error));
	CHECK_EQUAL(count_findings(asked.plan, "sources-disagree"), 7);
	last = &asked.plan->findings[asked.plan->finding_count - 1];
	CHECK_TEXT(last->text, "34 more problems with what the machine shows; --json lists all "
		"as machine.problems");
	done(&asked);
}

/* A kind of finding has one level and one meaning, so that scripts can go by its id. */
TEST(plan_machine, every_kind_of_finding_has_an_id_of_its_own)
{
	struct lb_finding_kind kind, other;

	REQUIRE(lb_finding_kind(0, &kind));
	for (size_t i = 0; lb_finding_kind(i, &kind); i++) {
		CHECK(kind.id[0] && !strpbrk(kind.id, " _\"") && lb_level_name(kind.level));
		for (size_t k = 0; k < i; k++) {
			REQUIRE(lb_finding_kind(k, &other));
			CHECK(strcmp(kind.id, other.id) != 0);
		}
	}
}

TEST(plan_machine, a_size_of_0_is_no_error_and_a_list_that_leaves_the_machine_out_is_one)
{
	static const struct {
		const char *value;
		bool finding;
	} cases[] = {{"0", false}, {"0-:0", false}, {"0,high", false}, {"64G-:512M", true},
		{"17179869184G", true}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct asked asked = ask(
			LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, cases[i].value, NULL);

		REQUIRE(asked.plan);
		CHECK_EQUAL(asked.plan->reservation->outcome, LB_OUTCOME_NOT_REQUESTED);
		CHECK_EQUAL(asked.plan->certainty, LB_EXACT);
		CHECK(!finding(asked.plan, "rejected") && !finding(asked.plan, "malformed"));
		CHECK_EQUAL(finding(asked.plan, "not-requested") != NULL, cases[i].finding);
		done(&asked);
	}
}

/* Its rules are not those of this machine, whatever the version. */
TEST(plan_machine, a_release_of_another_architecture_is_a_wrong_question)
{
	static const char *const foreign[] = {
		"6.1.0-50-arm64", "5.14.0-427.el9.aarch64", "6.1.0-50-riscv64", "6.1.0-50-s390x"};
	struct asked asked =
		ask(LOG_HEAD LOG_RAMDISK LOG_NODES LOG_TAIL, IOMEM, "256M", "6.1.0-50-amd64");

	REQUIRE(asked.plan);
	for (size_t i = 0; i < LB_ARRAY_COUNT(foreign); i++) {
		struct lb_question question = {.kernel = foreign[i]};
		struct lb_plan_error error = {0};
		struct lb_plan *plan = NULL;

		CHECK_EQUAL(lb_plan_make(asked.machine, &question, &plan, &error), LB_INVALID);
		CHECK(error.usage && strstr(error.text, foreign[i]));
	}
	done(&asked);
}
