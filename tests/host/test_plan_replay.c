/* SPDX-License-Identifier: MIT */
/* plan/replay: sizes that the machine does not show are read off what came later. */
#include "plan/replay.h"
#include "policy/linux/linux.h"

#include <string.h>

#include "tests/harness/test.h"

#define TOP (256 * LB_MIB)

struct world {
	struct lb_machine machine;
	struct lb_arena arena;
	struct lb_model model;
	struct lb_evaluator *evaluator;
};

/* arm64, 254 MiB, the kernel always at 16 MiB; tables of 64 KiB to 4 MiB, then 2 MiB on a multiple
 * of 2 MiB, which lands 4 MiB below the top with tables of up to 2 MiB. */
static void make(struct world *world)
{
	struct lb_model *model = &world->model;

	*world = (struct world){.machine = {.root = "test"}};
	REQUIRE(!lb_model_init(model, &world->machine, &world->arena, NULL));
	model->arch = model->env.arch = LB_ARCH_ARM64;
	model->version = model->env.version = LB_LINUX(6, 12, 0);
	model->env.page_size = 4096;
	model->env.low_max = model->env.high_max = TOP;
	model->env.system_ram = TOP;
	model->kernel_place = LB_KERNEL_FIXED;
	model->kernel_at = model->booted_at = 16 * LB_MIB;
	model->kernel_size_min = model->kernel_size = model->kernel_size_max = 8 * LB_MIB;
	lb_model_memory(model, (struct lb_range){2 * LB_MIB, TOP}, LB_NO_NODE, 0);
	lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "tables",
		.size = 64 * LB_KIB, .unsure = 4 * LB_MIB, .align = 64,
		.window = {0, LB_PHYS_ADDR_MAX}, .node = LB_NO_NODE});
	lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "struct pages",
		.size = 2 * LB_MIB, .align = 2 * LB_MIB, .window = {0, LB_PHYS_ADDR_MAX},
		.node = LB_NO_NODE, .observed = TOP - 4 * LB_MIB});
}

static void replay(struct world *world)
{
	REQUIRE(!lb_evaluator_make(&world->model, lb_linux_reserve, &world->evaluator));
	REQUIRE(!lb_replay(&world->model, world->evaluator));
}

/* With tables of up to 1 MiB the last piece would fit above the one before. */
TEST(plan_replay, a_fit_counts_only_if_what_came_later_lands_too)
{
	struct world world;

	make(&world);
	lb_model_allocate_early(&world.model, (struct lb_early_allocation){.owner = "CMA",
		.size = LB_MIB, .align = 64 * LB_KIB, .window = {0, LB_PHYS_ADDR_MAX},
		.node = LB_NO_NODE, .observed = TOP - 5 * LB_MIB});
	replay(&world);
	CHECK_EQUAL(world.model.early[0].size, LB_MIB + 64 * LB_KIB);
	CHECK_EQUAL(world.model.early[0].unsure, 0);
	CHECK(!world.model.never_exact);
	lb_arena_free(&world.arena);
}

TEST(plan_replay, a_piece_that_no_size_explains_is_said)
{
	struct world world;

	make(&world);
	world.model.early[1].observed -= 8 * LB_MIB;
	replay(&world);
	CHECK_EQUAL(world.model.early[0].size, 64 * LB_KIB);
	CHECK(world.model.never_exact);
	lb_arena_free(&world.arena);
}

/* 1 MiB of crash memory fits above the struct pages, where the tables are small; all that was seen
 * allows that, and the opposite. */
TEST(plan_replay, sizes_that_fit_alike_stay_unsure)
{
	struct lb_distribution found;
	struct world world;

	make(&world);
	replay(&world);
	CHECK_EQUAL(world.model.early[0].unsure, LB_MIB);
	CHECK(!world.model.never_exact);
	world.model.cmdline = "crashkernel=1M";
	REQUIRE(!lb_evaluate(world.evaluator, world.model.cmdline, &found));
	CHECK(!found.certain);
	world.model.cmdline = "crashkernel=64M";
	REQUIRE(!lb_evaluate(world.evaluator, world.model.cmdline, &found));
	CHECK(found.certain);
	lb_arena_free(&world.arena);
}
