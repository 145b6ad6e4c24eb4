/* SPDX-License-Identifier: MIT */
/*
 * reserve_maps: memory as it stands immediately before the crash reservation, on machines that
 * were booted with real kernels (and one large server that was not). For the tests of policy/.
 */
#ifndef LIFEBOAT_TESTS_UNIT_RESERVE_MAPS_H
#define LIFEBOAT_TESTS_UNIT_RESERVE_MAPS_H

#include "policy/linux/linux.h"

struct reserve_machine {
	enum lb_arch arch;
	struct lb_range memory[4];
	struct lb_range free[4];
	lb_phys_addr node_border; /* memory from here on is node 1; 0: one node */
	lb_phys_addr low_max, high_max; /* 0: those of x86 */
};

/* Names as in the tests' tables; x86 unless the name says otherwise. */
extern const struct reserve_machine x86_2g, x86_2g_hole, x86_1g_limit, x86_4g, x86_4g_nodes,
	x86_6g, x86_6g_hugepage, x86_6g_log, x86_6g_log_7_3, x86_8g, x86_16g_sev, x86_server;
extern const struct reserve_machine arm64_2g_5_10, arm64_2g, arm64_2g_7_0, arm64_2g_efi, arm64_6g,
	arm64_6g_7_0, arm64_8g, arm64_8g_7_0, arm64_high_only;
extern const struct reserve_machine riscv_1g, riscv_1g_7_2, riscv_6g, riscv_6g_7_2, riscv_8g,
	riscv_8g_7_2;

/* The map (initialised with storage of its own) becomes the machine's, the env that of its
 * kernel: 64 MiB of bounce pool, 4 KiB pages, CMA where Debian built it in (7.2). */
void reserve_machine_load(const struct reserve_machine *machine, uint32_t version,
	struct lb_memory_map *map, struct lb_reserve_env *env);

#endif
