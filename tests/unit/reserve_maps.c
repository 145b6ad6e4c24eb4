/* SPDX-License-Identifier: MIT */
/* reserve_maps: the machines. */
#include "tests/unit/reserve_maps.h"

#define G4 0x100000000
#define X86_LOW {0x1000, 0x9f000}
#define ARM64_HIGH_MAX (UINT64_C(1) << 48)

const struct reserve_machine x86_2g = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0x7ffe0000}}, {{0x3c11000, 0x7feb9680}}, 0, 0, 0};
const struct reserve_machine x86_2g_hole = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0x70000000}, {0x74000000, 0x7ffe0000}},
	{{0x3c11000, 0x70000000}, {0x74000000, 0x7feb9680}}, 0, 0, 0};
const struct reserve_machine x86_1g_limit = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0x40000000}}, {{0x3c11000, 0x3feb9680}}, 0, 0, 0};
const struct reserve_machine x86_4g = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x140000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x13ffd2680}}, 0, 0, 0};
const struct reserve_machine x86_4g_nodes = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x140000000}},
	{{0x3c11000, 0x7ffd5680}, {0x80000000, 0xbfee4000}, {G4, 0x13ffd2680}},
	0x80000000, 0, 0};
const struct reserve_machine x86_6g = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x1c0000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x1bffd2680}}, 0, 0, 0};
const struct reserve_machine x86_6g_hugepage = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x1c0000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x140000000}, {0x180000000, 0x1bffd2680}}, 0, 0, 0};
const struct reserve_machine x86_6g_log = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x1c0000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x1b6fd2680}}, 0, 0, 0};
const struct reserve_machine x86_6g_log_7_3 = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x1c0000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x1b57d1f40}}, 0, 0, 0};
const struct reserve_machine x86_8g = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x240000000}},
	{{0x3c11000, 0xbfee4000}, {G4, 0x23ffd2680}}, 0, 0, 0};
const struct reserve_machine x86_16g_sev = {LB_ARCH_X86_64,
	{X86_LOW, {0x100000, 0xbffe0000}, {G4, 0x440000000}},
	{{0x3c11000, 0xbfee0000}, {G4, 0x43ffd2680}}, 0, 0, 0};
const struct reserve_machine x86_server = {LB_ARCH_X86_64,
	{{0x1000, 0x9c000}, {0x100000, 0x65a3d000}, {0x6b6ff000, 0x6ba00000}, {G4, 0x4080000000}},
	{{0x100000, 0x1e000000}, {0x21600000, 0x5c000000}, {0x5f2a1000, 0x65a3d000},
		{G4, 0x407ff80000}}, 0, 0, 0};

const struct reserve_machine arm64_2g_5_10 = {LB_ARCH_ARM64, {{0x40000000, 0xc0000000}},
	{{0x48300000, 0xb9000000}}, 0, 0xc0000000, ARM64_HIGH_MAX};
const struct reserve_machine arm64_2g = {LB_ARCH_ARM64, {{0x40000000, 0xc0000000}},
	{{0x48300000, 0xb9a00000}}, 0, 0xc0000000, ARM64_HIGH_MAX};
const struct reserve_machine arm64_2g_7_0 = {LB_ARCH_ARM64, {{0x40000000, 0xc0000000}},
	{{0x48300000, 0xbba00000}}, 0, 0xc0000000, ARM64_HIGH_MAX};
const struct reserve_machine arm64_2g_efi = {LB_ARCH_ARM64, {{0x40000000, 0xc0000000}},
	{{0x48300000, 0xafc00000}}, 0, 0xc0000000, ARM64_HIGH_MAX};
const struct reserve_machine arm64_6g = {LB_ARCH_ARM64, {{0x40000000, 0x1c0000000}},
	{{0x48300000, 0xfc000000}, {G4, 0x1b9200000}}, 0, G4, ARM64_HIGH_MAX};
const struct reserve_machine arm64_6g_7_0 = {LB_ARCH_ARM64, {{0x40000000, 0x1c0000000}},
	{{0x48300000, 0xfc000000}, {G4, 0x1bf3ea980}}, 0, G4, ARM64_HIGH_MAX};
const struct reserve_machine arm64_8g = {LB_ARCH_ARM64, {{0x40000000, 0x240000000}},
	{{0x48300000, 0xfc000000}, {G4, 0x236e00000}}, 0, G4, ARM64_HIGH_MAX};
const struct reserve_machine arm64_8g_7_0 = {LB_ARCH_ARM64, {{0x40000000, 0x240000000}},
	{{0x48300000, 0xfc000000}, {G4, 0x23efe8980}}, 0, G4, ARM64_HIGH_MAX};
const struct reserve_machine arm64_high_only = {LB_ARCH_ARM64, {{0x8000000000, 0x8200000000}},
	{{0x8010000000, 0x81f0100000}}, 0, 0x8200000000, ARM64_HIGH_MAX};

const struct reserve_machine riscv_1g = {LB_ARCH_RISCV64, {{0x80000000, 0xc0000000}},
	{{0x82400000, 0xbcc00000}}, 0, 0xc0000000, 0xc0000000};
const struct reserve_machine riscv_1g_7_2 = {LB_ARCH_RISCV64, {{0x80000000, 0xc0000000}},
	{{0x82400000, 0xb7c00000}}, 0, 0xc0000000, 0xc0000000};
const struct reserve_machine riscv_6g = {LB_ARCH_RISCV64, {{0x80000000, 0x200000000}},
	{{0x82400000, 0x1f7c00000}}, 0, G4, 0x200000000};
const struct reserve_machine riscv_6g_7_2 = {LB_ARCH_RISCV64, {{0x80000000, 0x200000000}},
	{{0x82400000, 0xf8000000}, {G4, 0x1ffc00000}}, 0, G4, 0x200000000};
const struct reserve_machine riscv_8g = {LB_ARCH_RISCV64, {{0x80000000, 0x280000000}},
	{{0x82400000, 0x275c00000}}, 0, G4, 0x280000000};
const struct reserve_machine riscv_8g_7_2 = {LB_ARCH_RISCV64, {{0x80000000, 0x280000000}},
	{{0x82400000, 0xf8000000}, {G4, 0x27fc00000}}, 0, G4, 0x280000000};

static void must(enum lb_status status)
{
	LB_ASSERT(status == LB_OK);
}

static void clear(struct lb_memory_map *map)
{
	struct lb_range all = {0, LB_PHYS_ADDR_MAX};

	must(lb_memory_map_remove(map, all));
	must(lb_memory_map_release(map, all));
}

void reserve_machine_load(const struct reserve_machine *machine, uint32_t version,
	struct lb_memory_map *map, struct lb_reserve_env *env)
{
	struct lb_range upper = {machine->node_border, LB_PHYS_ADDR_MAX};

	clear(map);
	for (size_t i = 0; i < LB_ARRAY_COUNT(machine->memory); i++) {
		must(lb_memory_map_add(map, machine->memory[i], 0, 0));
		must(lb_memory_map_reserve(map, machine->memory[i], LB_NO_NODE, 0));
	}
	if (machine->node_border) {
		must(lb_memory_map_set_node(map, upper, 1));
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(machine->free); i++) {
		must(lb_memory_map_release(map, machine->free[i]));
	}
	*env = (struct lb_reserve_env){
		.arch = machine->arch,
		.version = version,
		.system_ram = lb_memory_map_total(map),
		.low_max = machine->low_max ? machine->low_max : 4 * LB_GIB,
		.high_max = machine->high_max ? machine->high_max : 64 * LB_TIB,
		.swiotlb_bytes = 64 * LB_MIB,
		.page_size = 4096,
		.cma_align = version >= LB_LINUX(7, 2, 0) ? 2 * LB_MIB : 0,
	};
}
