/* SPDX-License-Identifier: MIT */
/*
 * reserve: what a Linux kernel does with `crashkernel=` once memory is known: read the option,
 * search, reserve, and print. Everything before that moment (what is free) is in the memory map
 * that the caller brings; everything that differs between versions and architectures is here.
 *
 * Freestanding; no globals. Sources: kernel/crash_core.c (to 6.8), kernel/crash_reserve.c (from
 * 6.9), arch/x86/kernel/setup.c, arch/arm64/mm/init.c, arch/riscv/mm/init.c, mm/cma.c.
 */
#ifndef LIFEBOAT_POLICY_RESERVE_H
#define LIFEBOAT_POLICY_RESERVE_H

#include "policy/reservation.h"

/* How many bytes of a command line the kernel keeps (COMMAND_LINE_SIZE - 1); it reads no more. */
size_t lb_linux_cmdline_max(enum lb_arch arch);

/*
 * Reserves in map as that kernel would, for the whole command line `cmdline` (NUL-terminated, any
 * bytes). The map changes only by what is reserved. LB_NO_STORAGE: the map's storage is full
 * (map unchanged). LB_UNSUPPORTED: no rule for this architecture. Versions before 5.10 are read as
 * 5.10, versions after 7.3 as 7.3. A request that is there and without effect (`,low` alone, a
 * suffix that this kernel does not act on) is LB_OUTCOME_REJECTED. journal and searches (may be
 * NULL) hear every search and what came of it; searches begins empty, and is so after a failure.
 */
enum lb_status LB_MUST_CHECK lb_linux_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret);

#endif
