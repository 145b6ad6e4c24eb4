/* SPDX-License-Identifier: MIT */
/* plan/dma_limit: where low crash memory ends, from the log and from device trees that dtc made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/test.h"
#include "plan/boot/dma_limit.h"

#define BLOB_MAX 4096

/* A board of the Raspberry Pi 4's kind: most devices reach only the first GiB. */
static const char pi4_like[] =
	"/dts-v1/; / { #address-cells = <2>; #size-cells = <1>;"
	" soc { #address-cells = <1>; #size-cells = <1>; compatible = \"simple-bus\";"
	"  dma-ranges = <0xc0000000 0x0 0x00000000 0x40000000>; };"
	" scb { #address-cells = <2>; #size-cells = <1>; compatible = \"simple-bus\";"
	"  dma-ranges = <0x0 0x00000000 0x0 0x00000000 0xfc000000>; }; };";
static const char unlimited[] =
	"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; soc { compatible = \"x\"; }; };";

static size_t compile(const char *source, uint8_t *blob)
{
	char path[] = "/tmp/lifeboat-dts-XXXXXX";
	char command[128];
	int fd = mkstemp(path);
	FILE *pipe;
	size_t size = 0;

	if (fd < 0) {
		return 0;
	}
	if (write(fd, source, strlen(source)) == (ssize_t)strlen(source)) {
		snprintf(command, sizeof(command), "dtc -q -I dts -O dtb %s 2>/dev/null", path);
		pipe = popen(command, "r");
		size = pipe ? fread(blob, 1, BLOB_MAX, pipe) : 0;
		if (pipe) {
			pclose(pipe);
		}
	}
	close(fd);
	unlink(path);
	return size;
}

static lb_phys_addr limit_of(struct lb_machine *machine, uint32_t version, struct lb_range ram)
{
	struct lb_arena arena = {0};
	struct lb_model model;
	lb_phys_addr limit = 0;

	if (!lb_model_init(&model, machine, &arena, NULL)) {
		model.version = version;
		lb_model_memory(&model, ram, LB_NO_NODE, 0);
		limit = lb_arm64_dma_limit(&model);
	}
	lb_arena_free(&arena);
	return limit;
}

TEST(plan_dma_limit, the_narrowest_bus_of_the_tree_decides)
{
	uint8_t blob[BLOB_MAX];
	struct lb_machine machine = {.root = "test", .fdt = {.blob = blob}};
	struct lb_range ram = {0, 4 * LB_GIB};

	machine.fdt.size = compile(pi4_like, blob);
	if (!machine.fdt.size) {
		SKIP("dtc is not installed");
	}
	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 1, 0), ram), LB_GIB);
	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0), ram), LB_GIB);
	machine.fdt.size = compile(unlimited, blob);
	REQUIRE(machine.fdt.size);
	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0), ram), 4 * LB_GIB);
}

TEST(plan_dma_limit, without_a_tree_it_is_4_gib_or_the_end_of_ram)
{
	struct lb_machine machine = {.root = "test"};

	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0), (struct lb_range){LB_GIB, 8 * LB_GIB}),
		4 * LB_GIB);
	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0), (struct lb_range){LB_GIB, 3 * LB_GIB}),
		3 * LB_GIB);
	/* All RAM above 4 GiB: everything is low. */
	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0),
			    (struct lb_range){8 * LB_GIB, 16 * LB_GIB}), 16 * LB_GIB);
}

TEST(plan_dma_limit, the_log_knows_better)
{
	struct lb_machine machine = {.root = "test",
		.dma = {.zone_dma = {true, {LB_GIB, 2 * LB_GIB}},
			.zone_dma32 = {true, {2 * LB_GIB, 4 * LB_GIB}},
			.zone_normal = {true, {4 * LB_GIB, 9 * LB_GIB}}}};

	CHECK_EQUAL(limit_of(&machine, LB_LINUX(6, 12, 0), (struct lb_range){LB_GIB, 9 * LB_GIB}),
		2 * LB_GIB);
}

TEST(plan_dma_limit, a_kernel_without_dma_zones_reserves_first)
{
	struct lb_machine machine = {
		.root = "test", .dma = {.zone_normal = {true, {0, 0x35fc0000}}}};
	struct lb_region ram = {.range = {0, 0x35fc0000}};
	struct lb_model model = {.machine = &machine, .arch = LB_ARCH_ARM64,
		.version = LB_LINUX(5, 15, 0), .memory = &ram, .memory_count = 1};

	CHECK(lb_arm64_reserves_first(&model));
	lb_dma_limit_confirm(&model, &machine.dma.zone_dma);
	CHECK(!model.never_exact);
	/* Another zone lies below the normal one: its line was lost. */
	machine.dma.zone_normal.range.start = LB_MIB;
	CHECK(!lb_arm64_reserves_first(&model));
	lb_dma_limit_confirm(&model, &machine.dma.zone_dma);
	CHECK(model.never_exact);
	machine.dma.zone_normal.range.start = 0;
	model.version = LB_LINUX(6, 4, 0);
	CHECK(!lb_arm64_reserves_first(&model));
}

TEST(plan_dma_limit, zones_that_leave_a_gap_are_doubted)
{
	struct lb_machine machine = {.root = "test",
		.dma = {.zone_dma = {true, {LB_GIB, 2 * LB_GIB}},
			.zone_normal = {true, {2 * LB_GIB, 9 * LB_GIB}}}};
	struct lb_region ram = {.range = {LB_GIB, 9 * LB_GIB}};
	struct lb_model model = {
		.machine = &machine, .memory = &ram, .memory_count = 1};

	lb_dma_limit_confirm(&model, &machine.dma.zone_dma);
	CHECK(!model.never_exact);
	machine.dma.zone_dma.range.end = LB_GIB + LB_MIB;
	lb_dma_limit_confirm(&model, &machine.dma.zone_dma);
	CHECK(model.never_exact);
	model.never_exact = false;
	machine.dma.zone_normal.range = (struct lb_range){0, 0};
	machine.dma.zone_dma.range.end = 9 * LB_GIB;
	lb_dma_limit_confirm(&model, &machine.dma.zone_dma);
	CHECK(!model.never_exact);
}
