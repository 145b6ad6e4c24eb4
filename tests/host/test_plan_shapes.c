/* SPDX-License-Identifier: MIT */
/*
 * plan on arm64 machines whose RAM is laid out as no virtual machine's is: one node across 4 GiB,
 * holes that belong to the firmware just below it, hardly any RAM below 4 GiB and the rest far
 * above, and a kernel image where no RAM is listed. Addresses are worked out by hand.
 */
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/plan.h"

#define CMDLINE "root=/dev/sda2 ro nokaslr\n"

/* One node from 2 GiB to 130 GiB in one piece, as Grace has it. */
#define ACROSS_LOG                                                                               \
	"Linux version 6.12.0 (x) #1 SMP\n"                                                       \
	"efi: EFI v2.7 by Somebody\n"                                                             \
	"NODE_DATA(0) allocated [mem 0x207fbd4e00-0x207fbdbfff]\n"                                \
	"Zone ranges:\n"                                                                          \
	"  DMA      [mem 0x0000000080000000-0x00000000ffffffff]\n"                                \
	"  DMA32    empty\n"                                                                      \
	"  Normal   [mem 0x0000000100000000-0x000000207fffffff]\n"                                \
	"Movable zone start for each node\n"                                                      \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000080000000-0x000000207fffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000080000000-0x000000207fffffff]\n"                      \
	"Kernel command line: " CMDLINE                                                           \
	"Memory: 131000000K/134217728K available (16384K kernel code, 4000K rwdata, "             \
	"9000K rodata, 9000K init, 700K bss, 3217728K reserved, 65536K cma-reserved)\n"
#define ACROSS_IOMEM                                                                             \
	"80000000-207fffffff : System RAM\n"                                                      \
	"  81000000-82ffffff : Kernel code\n"                                                     \
	"  83000000-837fffff : reserved\n"                                                        \
	"  83800000-83ffffff : Kernel data\n"

/* 640 KiB of the firmware's below 4 GiB, which touch RAM on both sides, as VMware has it. */
#define PIECE_LOG                                                                                \
	"Linux version 6.1.0 (x) #1 SMP\n"                                                        \
	"efi: EFI v2.7 by Somebody\n"                                                             \
	"NODE_DATA(0) allocated [mem 0x27f7d0700-0x27f7d6fff]\n"                                  \
	"Zone ranges:\n"                                                                          \
	"  DMA      [mem 0x0000000080000000-0x00000000ffffffff]\n"                                \
	"  DMA32    empty\n"                                                                      \
	"  Normal   [mem 0x0000000100000000-0x000000027fffffff]\n"                                \
	"Movable zone start for each node\n"                                                      \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000080000000-0x00000000fe35ffff]\n"                               \
	"  node   0: [mem 0x00000000fe360000-0x00000000fe3fffff]\n"                               \
	"  node   0: [mem 0x00000000fe400000-0x000000027fffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000080000000-0x000000027fffffff]\n"                      \
	"Kernel command line: " CMDLINE                                                           \
	"Memory: 8000000K/8388608K available (16384K kernel code, 4000K rwdata, "                 \
	"9000K rodata, 9000K init, 700K bss, 388608K reserved, 65536K cma-reserved)\n"
#define PIECE_IOMEM                                                                              \
	"80000000-fe35ffff : System RAM\n"                                                        \
	"  80200000-821fffff : Kernel code\n"                                                     \
	"  82200000-823fffff : reserved\n"                                                        \
	"  82400000-829fffff : Kernel data\n"                                                     \
	"fe360000-fe3fffff : reserved\n"                                                          \
	"fe400000-27fffffff : System RAM\n"

/* 794 MiB from 0 on, 15 GiB from 65 GiB on, as HiSilicon's D05 has it. */
#define APART_LOG                                                                                \
	"Linux version 5.10.0 (x) #1 SMP\n"                                                       \
	"efi: EFI v2.7 by Somebody\n"                                                             \
	"NUMA: NODE_DATA [mem 0x13fbffe500-0x13fbffffff]\n"                                       \
	"Zone ranges:\n"                                                                          \
	"  DMA      [mem 0x0000000000000000-0x000000003fffffff]\n"                                \
	"  DMA32    [mem 0x0000000040000000-0x00000000ffffffff]\n"                                \
	"  Normal   [mem 0x0000000100000000-0x00000013fbffffff]\n"                                \
	"Movable zone start for each node\n"                                                      \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000000000-0x00000000319fffff]\n"                               \
	"  node   0: [mem 0x0000001040000000-0x00000013fbffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000000000-0x00000013fbffffff]\n"                      \
	"Kernel command line: " CMDLINE                                                           \
	"Memory: 15800000K/16476160K available (16384K kernel code, 4000K rwdata, "               \
	"9000K rodata, 9000K init, 700K bss, 676160K reserved, 0K cma-reserved)\n"
#define APART_IOMEM(kernel)                                                                      \
	"00000000-319fffff : System RAM\n" kernel "1040000000-13fbffffff : System RAM\n"
#define KERNEL_IN_RAM                                                                            \
	"  00200000-021fffff : Kernel code\n"                                                     \
	"  02400000-029fffff : Kernel data\n"
#define KERNEL_OUTSIDE                                                                           \
	"60000000-61ffffff : Kernel code\n"                                                       \
	"62200000-627fffff : Kernel data\n"

struct shape {
	const char *version, *log, *iomem;
};

static const struct shape across = {"Linux version 6.12.0 (x)\n", ACROSS_LOG, ACROSS_IOMEM};
static const struct shape piece = {"Linux version 6.1.0 (x)\n", PIECE_LOG, PIECE_IOMEM};
static const struct shape apart = {
	"Linux version 5.10.0 (x)\n", APART_LOG, APART_IOMEM(KERNEL_IN_RAM)};
static const struct shape outside = {
	"Linux version 5.10.0 (x)\n", APART_LOG, APART_IOMEM(KERNEL_OUTSIDE)};

static struct lb_machine *machine;
static struct lb_plan *plan;

/* iomem: with /proc/iomem, or the log alone. */
static void ask(const struct shape *shape, bool iomem, const char *first, const char *second)
{
	const struct machine_root_file files[] = {
		{"dmesg", shape->log},
		{"uname", "Linux machine 1 aarch64 GNU/Linux\n"},
		{"proc/cmdline", iomem ? CMDLINE : NULL},
		{"proc/version", iomem ? shape->version : NULL},
		{"proc/iomem", iomem ? shape->iomem : NULL},
	};
	const char *values[] = {first, second};
	struct lb_question question = {
		.crashkernel = values, .crashkernel_count = second ? 2 : 1, .no_advice = true};
	struct lb_plan_error error = {0};

	machine = machine_of_files(files, LB_ARRAY_COUNT(files));
	REQUIRE(machine);
	REQUIRE(!lb_plan_make(machine, &question, &plan, &error));
}

static void done(void)
{
	lb_plan_free(plan);
	lb_machine_close(machine);
}

static bool region_is(size_t index, uint64_t start, uint64_t size)
{
	const struct lb_reservation *found = plan->reservation;

	return index < found->range_count && found->ranges[index].range.start == start &&
		lb_range_size(found->ranges[index].range) == size;
}

static bool is_doubted(const char *words)
{
	for (size_t i = 0; i < plan->why_uncertain_count; i++) {
		if (strstr(plan->why_uncertain[i], words)) {
			return true;
		}
	}
	return false;
}

/* Below 4 GiB the CMA area of 64 MiB comes first, from the top: 0xfc000000. */
TEST(plan_shapes, a_node_across_4_gib_has_low_memory_up_to_4_gib)
{
	for (int iomem = 0; iomem < 2; iomem++) {
		ask(&across, iomem, "512M", NULL);
		CHECK(region_is(0, 0xdc000000, 512 * LB_MIB));
		CHECK(plan->why_uncertain_count);
		CHECK(!is_doubted("outside of the RAM"));
		done();
		ask(&across, iomem, "4G,high", "128M,low");
		REQUIRE(plan->reservation->range_count == 2);
		CHECK(plan->reservation->ranges[0].range.start >= 4 * LB_GIB);
		CHECK(region_is(1, 0xf4000000, 128 * LB_MIB));
		done();
	}
}

/* Above the piece there are 28 MiB, too few for CMA, which ends below it: 0xfa200000. */
TEST(plan_shapes, a_piece_of_the_firmwares_just_below_4_gib_is_not_handed_out)
{
	for (int iomem = 0; iomem < 2; iomem++) {
		ask(&piece, iomem, "512M", NULL);
		CHECK(region_is(0, 0xda200000, 512 * LB_MIB));
		CHECK(plan->why_uncertain_count);
		done();
	}
}

/* No RAM between 794 MiB and 65 GiB: a plain request finds its place below 1 GiB, or none. */
TEST(plan_shapes, ram_far_above_4_gib_is_no_room_for_a_plain_request)
{
	for (int iomem = 0; iomem < 2; iomem++) {
		ask(&apart, iomem, "512M", NULL);
		CHECK(region_is(0, 0x11a00000, 512 * LB_MIB));
		CHECK(!is_doubted("outside of the RAM"));
		done();
		ask(&apart, iomem, "1G", NULL);
		CHECK_EQUAL(plan->reservation->outcome, LB_OUTCOME_FAILED);
		done();
	}
}

TEST(plan_shapes, a_kernel_image_outside_of_the_listed_ram_is_said)
{
	ask(&outside, true, "512M", NULL);
	CHECK_EQUAL(plan->certainty, LB_UNKNOWN);
	CHECK(is_doubted("the kernel image (0x60000000-0x627fffff) lies outside of the RAM that is "
		"listed"));
	done();
}

/* Nothing shows where the kernel is: what is guessed must lie in RAM all the same. */
TEST(plan_shapes, a_kernel_image_that_is_guessed_is_put_into_ram)
{
	static const struct {
		const struct shape *shape;
		lb_phys_addr end;
	} cases[] = {{&across, 0x2080000000}, {&piece, 0x280000000}, {&apart, 0x13fc000000}};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		ask(cases[i].shape, false, "256M", NULL);
		CHECK(is_doubted("where the kernel is without randomisation is not shown"));
		CHECK(!lb_range_empty(plan->kernel_image));
		CHECK(plan->kernel_image.end <= cases[i].end);
		done();
	}
}
