/* SPDX-License-Identifier: MIT */
/* plan_pools: the bounce pools that a plan tells of: the kernel's own by rule or by its log, those
 * of the device tree, and the capture kernel's by the command line that it is given. */
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/plan.h"
#include "tests/prop/fdt_writer.h"

#define IOMEM                                                                                    \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-bffdffff : System RAM\n"                                                        \
	"  01000000-01ffffff : Kernel code\n"                                                     \
	"  02000000-02bfffff : Kernel rodata\n"                                                   \
	"  02c00000-02ffffff : Kernel data\n"                                                     \
	"  03400000-03c10fff : Kernel bss\n"                                                      \
	"100000000-1bfffffff : System RAM\n"
#define LOG "Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"

static struct lb_machine *machine;
static struct lb_plan *plan;

/* A machine of 6 GiB; log and device tree may be left out. */
static void begin(const char *cmdline, const char *log, uint32_t fdt_size, const char *crashkernel)
{
	struct lb_question question = {
		.crashkernel = &crashkernel, .crashkernel_count = crashkernel != NULL};
	struct lb_machine_error machine_error;
	struct lb_plan_error plan_error;
	struct machine_root root;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "proc/iomem", IOMEM);
	machine_root_put(&root, "proc/version", "Linux version 6.12.107+deb13-amd64\n");
	machine_root_put(&root, "proc/cmdline", cmdline);
	machine_root_put(&root, "etc/default/kdump-tools", "USE_KDUMP=1\n");
	if (log) {
		machine_root_put(&root, "dmesg", log);
	}
	if (fdt_size) {
		machine_root_put_bytes(&root, "sys/firmware/fdt", tree.blob, fdt_size);
	}
	machine = machine_root_open(&root, &status, &machine_error);
	machine_root_remove(&root);
	plan = NULL;
	if (machine && lb_plan_make(machine, &question, &plan, &plan_error)) {
		plan = NULL;
	}
}

static void end(void)
{
	lb_plan_free(plan);
	lb_machine_close(machine);
}

TEST(plan_pools, the_pool_lies_below_the_crash_memory_that_took_the_top)
{
	begin("quiet nokaslr\n", NULL, 0, "256M");
	REQUIRE(plan && plan->reservation->range_count == 1);
	CHECK(plan->boot_pool.known && plan->boot_pool.made && !plan->boot_pool.as_read);
	CHECK_EQUAL(plan->boot_pool.size, 64 * LB_MIB);
	CHECK_EQUAL(lb_range_size(plan->boot_pool.range), 64 * LB_MIB);
	CHECK(!lb_range_overlaps(
		plan->boot_pool.range, plan->reservation->ranges[0].range));
	CHECK(plan->boot_pool.range.end <= 4 * LB_GIB);
	CHECK(plan->boot_pool.may_grow);
	/* All of the crash memory is in reach: the capture kernel makes none. */
	CHECK(!plan->bounce.needed && plan->bounce.fits);
	CHECK_EQUAL(plan->bounce.size, 0);
	end();
}

TEST(plan_pools, what_the_log_says_of_this_boot_is_read_and_of_another_is_not)
{
	static const char log[] = LOG "software IO TLB: mapped [mem 0x0000000050000000-"
				      "0x0000000052000000] (32MB)\n";

	begin("quiet nokaslr\n", log, 0, NULL);
	REQUIRE(plan);
	CHECK(plan->boot_pool.as_read);
	CHECK_EQUAL(plan->boot_pool.range.start, 0x50000000);
	CHECK_EQUAL(plan->boot_pool.size, 32 * LB_MIB);
	end();
	begin("quiet nokaslr\n", log, 0, "256M");
	REQUIRE(plan);
	CHECK(!plan->boot_pool.as_read);
	CHECK_EQUAL(plan->boot_pool.size, 64 * LB_MIB);
	end();
}

TEST(plan_pools, the_capture_kernel_has_what_its_own_command_line_says)
{
	begin("quiet nokaslr swiotlb=1024\n", NULL, 0, "512M,high");
	REQUIRE(plan && plan->bounce.known);
	CHECK(plan->bounce.needed && plan->bounce.inherited && plan->bounce.fits);
	CHECK_EQUAL(plan->bounce.size, 2 * LB_MIB);
	CHECK_EQUAL(plan->boot_pool.size, 2 * LB_MIB);
	end();
	begin("quiet nokaslr swiotlb=noforce\n", NULL, 0, "512M,high");
	REQUIRE(plan && plan->bounce.known);
	CHECK(plan->bounce.needed && plan->bounce.inherited && !plan->bounce.fits);
	CHECK_EQUAL(plan->bounce.size, 0);
	CHECK(strstr(plan->bounce.why, "swiotlb=noforce"));
	CHECK(!plan->boot_pool.made);
	end();
}

/* A pool that Linux takes, and one that it does not. */
static uint32_t build_tree(void)
{
	static const char compatible[] = "restricted-dma-pool";

	start_tree();
	begin_node("");
	property_cells("#address-cells", (const uint32_t[]){2}, 1);
	property_cells("#size-cells", (const uint32_t[]){2}, 1);
	begin_node("reserved-memory");
	property_cells("#address-cells", (const uint32_t[]){2}, 1);
	property_cells("#size-cells", (const uint32_t[]){2}, 1);
	property_head("ranges", 0);
	begin_node("pool@50000000");
	property_head("compatible", sizeof(compatible));
	bytes(compatible, sizeof(compatible));
	property_cells("reg", (const uint32_t[]){0, 0x50000000, 0, 0x400000}, 4);
	cell(2);
	begin_node("unmapped@60000000");
	property_head("compatible", sizeof(compatible));
	bytes(compatible, sizeof(compatible));
	property_cells("reg", (const uint32_t[]){0, 0x60000000, 0, 0x400000}, 4);
	property_head("no-map", 0);
	cell(2);
	cell(2);
	cell(2);
	return finish_tree();
}

TEST(plan_pools, restricted_pools_are_those_that_linux_takes)
{
	begin("quiet nokaslr\n", NULL, build_tree(), "256M");
	REQUIRE(plan);
	CHECK_EQUAL(plan->boot_pool.restricted_count, 1);
	REQUIRE(plan->boot_pool.restricted_count);
	CHECK_TEXT(plan->boot_pool.restricted[0].name, "pool@50000000");
	CHECK_EQUAL(plan->boot_pool.restricted[0].range.start, 0x50000000);
	CHECK_EQUAL(plan->boot_pool.restricted[0].size, 0x400000);
	end();
}
