/* SPDX-License-Identifier: MIT */
/* What of the crash memory can be given back on a machine, the write, and the look afterwards. */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "machine/crash_size.h"
#include "machine_root.h"
#include "plan/size/give_back.h"

#define IOMEM(crash)                                                                             \
	"00001000-0009fbff : System RAM\n"                                                         \
	"00100000-bffdffff : System RAM\n" crash                                                  \
	"100000000-1bfffffff : System RAM\n"
#define LOW "  af000000-beffffff : Crash kernel\n"
#define LOG(release)                                                                             \
	"Linux version " release " (x) #1 SMP\nCommand line: quiet\n"                             \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"

/* A size that asks for 96 MiB, 64 of them in one piece. */
static struct lb_size size_of_96(uint64_t low)
{
	return (struct lb_size){.page_size = 4096,
		.needed = 95 * LB_MIB,
		.needed_to_start = 64 * LB_MIB,
		.low = {0, low}};
}

static struct lb_give_back give_back(
	const char *release, const char *iomem, const char *told, struct lb_size size)
{
	char log[1024];
	struct machine_root_file files[] = {{"proc/iomem", iomem}, {"dmesg", log},
		{"sys/kernel/kexec_crash_size", told}};
	struct lb_machine *machine;
	struct lb_give_back give;

	snprintf(log, sizeof(log), LOG("%s"), release);
	machine = machine_of_files(files, LB_ARRAY_COUNT(files));
	LB_ASSERT(machine);
	lb_give_back_make(machine, &size, &give);
	lb_machine_close(machine);
	return give;
}

static const char plain[] = IOMEM("  6f000000-7effffff : Crash kernel\n");
static const char both[] =
	IOMEM(LOW) "  19f000000-1aeffffff : Crash kernel\n";

TEST(plan_give_back, what_is_not_needed_goes_in_steps_of_a_request)
{
	struct lb_give_back give =
		give_back("6.1.0-50-amd64", plain, "268435456\n", size_of_96(0));

	REQUIRE(give.known);
	CHECK_EQUAL(give.bytes, 160 * LB_MIB);
	CHECK_EQUAL(give.size_after, 96 * LB_MIB);
	CHECK_EQUAL(give.after.main.start, 0x6f000000);
	CHECK_EQUAL(give.after.main.end, 0x75000000);
	CHECK(!give.why_not);
	CHECK(!give.loaded_known);
}

TEST(plan_give_back, the_low_region_stays_and_counts_as_the_kernel_counts_it)
{
	struct lb_give_back old =
		give_back("6.1.0-50-amd64", both, "268435456\n", size_of_96(0));
	struct lb_give_back young =
		give_back("6.12.9-amd64", both, "536870912\n", size_of_96(0));
	struct lb_give_back vendors =
		give_back("5.14.0-503.el9.x86_64", both, "536870912\n", size_of_96(0));

	CHECK_EQUAL(old.size_after, 96 * LB_MIB);
	CHECK_EQUAL(young.size_after, 352 * LB_MIB);
	CHECK_EQUAL(vendors.size_after, 352 * LB_MIB);
	CHECK_EQUAL(young.after.main.end, 0x1a5000000);
	CHECK_EQUAL(young.after.low.start, 0xaf000000);
	CHECK_EQUAL(young.after.low.end, 0xbf000000);
	/* Without the kernel's figure its version decides. */
	CHECK_EQUAL(give_back("6.12.9-amd64", both, NULL, size_of_96(0)).size_after, 352 * LB_MIB);
	CHECK_EQUAL(give_back("6.1.0-amd64", both, NULL, size_of_96(0)).size_after, 96 * LB_MIB);
}

TEST(plan_give_back, what_fits_into_the_low_region_need_not_be_above)
{
	struct lb_give_back give =
		give_back("6.12.9-amd64", both, "536870912\n", size_of_96(20 * LB_MIB));

	CHECK_EQUAL(lb_range_size(give.after.main), 76 * LB_MIB);
	/* Images are loaded into the main region, in one piece. */
	give = give_back("6.12.9-amd64", both, "536870912\n", size_of_96(60 * LB_MIB));
	CHECK_EQUAL(lb_range_size(give.after.main), 64 * LB_MIB);
}

TEST(plan_give_back, nothing_goes_where_there_is_no_excess)
{
	static const char small[] = IOMEM("  6f000000-74ffffff : Crash kernel\n");
	static const char none[] = IOMEM("");
	static const char tiny_low[] = IOMEM("  be000000-beffffff : Crash kernel\n")
		"  19f000000-1aeffffff : Crash kernel\n";
	struct lb_give_back give =
		give_back("6.1.0-50-amd64", small, "100663296\n", size_of_96(0));

	CHECK_EQUAL(give.bytes, 0);
	CHECK_TEXT(give.why_not, "no more is reserved than is needed");
	give = give_back("6.1.0-50-amd64", small, "100663296\n",
		(struct lb_size){.page_size = 4096, .needed = 97 * LB_MIB});
	CHECK_EQUAL(give.bytes, 0);
	CHECK_TEXT(give.why_not, "less is reserved than is needed");
	give = give_back("6.1.0-50-amd64", none, "0\n", size_of_96(0));
	CHECK_TEXT(give.why_not, "nothing is reserved");
	give = give_back("6.12.9-amd64", tiny_low, NULL, size_of_96(60 * LB_MIB));
	CHECK_TEXT(give.why_not, "less low memory is reserved than is needed");
	give = give_back("6.12.9-amd64", both, "400000\n", size_of_96(0));
	CHECK(!give.known);
	CHECK(strstr(give.why_not, "contradict"));
}

static struct lb_machine *open_root(struct machine_root *root)
{
	struct lb_machine_error error;
	enum lb_status status;

	return machine_root_open(root, &status, &error);
}

TEST(plan_give_back, after_the_write_the_machine_is_read_again)
{
	struct lb_size size = size_of_96(0);
	struct lb_give_back give, shown;
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;

	machine_root_make(&root);
	machine_root_put(&root, "proc/iomem", plain);
	machine_root_put(&root, "dmesg", LOG("6.1.0-50-amd64"));
	machine_root_put(&root, "sys/kernel/kexec_crash_size", "268435456\n");
	machine_root_put(&root, "sys/kernel/kexec_crash_loaded", "1\n");
	machine = open_root(&root);
	REQUIRE(machine != NULL);
	lb_give_back_make(machine, &size, &give);
	lb_machine_close(machine);
	CHECK(give.loaded_known && give.loaded);

	/* A kernel that took the figure and did nothing. */
	REQUIRE(lb_crash_size_write(root.path, give.size_after, &error) == LB_OK);
	machine = open_root(&root);
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->crash.size, 96 * LB_MIB);
	CHECK(!lb_give_back_holds(&give, machine, &shown));
	lb_machine_close(machine);

	machine_root_put(&root, "proc/iomem", IOMEM("  6f000000-74ffffff : Crash kernel\n"
						     "  75000000-7effffff : System RAM\n"));
	machine = open_root(&root);
	REQUIRE(machine != NULL);
	CHECK(lb_give_back_holds(&give, machine, &shown));
	CHECK_EQUAL(shown.now.main.end, 0x75000000);
	lb_machine_close(machine);
	machine_root_remove(&root);
}

TEST(plan_give_back, a_refusal_is_explained)
{
	struct lb_machine_error error;
	struct machine_root root;

	machine_root_make(&root);
	CHECK(lb_crash_size_write(root.path, 4096, &error) == LB_NOT_FOUND);
	CHECK(strstr(error.text, "/sys/kernel/kexec_crash_size: cannot be opened"));
	machine_root_remove(&root);
}
