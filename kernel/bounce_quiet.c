/* SPDX-License-Identifier: MIT */
/*
 * bounce_quiet: devices of the dead kernel are stopped one after the other, and not before the last
 * one of a pool is quiet may anybody read, clear or use a slot of it.
 */
#include "bounce_taken.h"

#include "arch.h"
#include "memory.h"
#include "quiesce.h"
#include "report.h"

#define NANOSECONDS_PER_MICROSECOND 1000

static uint64_t waited_ns = UINT64_MAX; /* the shortest time between a stop and its quiet */

static uint64_t elapsed_ns(uint64_t begin)
{
	return ticks_to_microseconds(arch_ticks() - begin) * NANOSECONDS_PER_MICROSECOND;
}

/* Bus mastering goes off; what was under way gets the time that the dead kernel said. Where it is
 * not seen to be off that time counts for nothing. */
static uint64_t stop_device(const struct bounce *bounce, const struct edu *edu)
{
	uint64_t drain = lb_bounce_pool_drain(&bounce->pool, edu->function);
	uint64_t begin;

	pci_set_master(edu->function, false);
	begin = arch_ticks();
	while (drain != LB_BOUNCE_DRAIN_UNKNOWN && elapsed_ns(begin) < drain) {
		arch_relax();
	}
	return pci_is_master(edu->function) ? 0 : elapsed_ns(begin);
}

/* The same, with a clock of the proof's own. */
uint64_t bounce_stop(const struct bounce *bounce, const struct edu *edu)
{
	uint64_t begin = arch_ticks();
	uint64_t waited = stop_device(bounce, edu);

	waited_ns = lb_min(waited_ns, elapsed_ns(begin));
	return waited;
}

/* The time from the stop is known to be the drain time at least, not more: so it passes. */
static uint32_t declare_stopped(struct bounce *bounce)
{
	uint32_t freed = 0;

	for (size_t i = 0; i < bounce->device_count; i++) {
		const struct edu *edu = &bounce->devices[i];

		freed += lb_bounce_pool_device_stopped(
			&bounce->pool, edu->function, bounce_stop(bounce, edu));
	}
	return freed;
}

/* Transfers that start now come to nothing: bus mastering is off. */
static bool devices_are_silent(const struct bounce *bounce)
{
	bool ended = true;

	for (size_t i = 0; i < bounce->device_count; i++) {
		ended = edu_wait(&bounce->devices[i]) && ended;
		edu_start_again(&bounce->devices[i]);
	}
	for (size_t i = 0; i < bounce->device_count; i++) {
		ended = edu_wait(&bounce->devices[i]) && ended;
	}
	return ended && bounce_all_zeros(bounce);
}

static bool travels_again(struct bounce *bounce)
{
	for (size_t i = 0; i < bounce->device_count; i++) {
		pci_set_master(bounce->devices[i].function, true);
	}
	return bounce_round_trips(bounce);
}

void bounce_prove_stopped(void)
{
	const struct quiesce_sight seen = quiesce_look();
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	bool right = seen.endpoints && !seen.endpoints_on && seen.bridges_on &&
		seen.displays_on && bounce_all_in_quarantine(ram);
	uint32_t freed;
	bool silent;

	delay_microseconds(EDU_DRAIN_NANOSECONDS / NANOSECONDS_PER_MICROSECOND);
	silent = bounce_nothing_came(ram);
	report_pause(LB_DRILL_PAUSE_LATE_WRITES);
	freed = declare_stopped(ram);
	report_proof(LB_DRILL_PROOF_DMA_STOPPED,
		right && silent && freed == ram->pool.slot_count && bounce_all_zeros(ram) &&
			travels_again(ram),
		"of %u endpoints %u may start transfers, and %u bridges and %u displays still do; "
		"%s what was pending at the crash came; %u slots free after the drain time, and "
		"data travel through the pool", seen.endpoints, seen.endpoints_on, seen.bridges_on,
		seen.displays_on, silent ? "nothing of" : "some of", freed);
}

/* The last hot device of the pool is stopped, with a write pending, and its drain time passes.
 * True if the pool is scrubbed then, and what its devices start lands nowhere. */
static bool becomes_quiet(struct bounce *bounce, uint32_t *ret_freed)
{
	const struct edu *last = bounce_last_device(bounce);
	bool was_dirty = !bounce_all_zeros(bounce);
	uint64_t waited;

	edu_start_again(last);
	waited = bounce_stop(bounce, last);
	*ret_freed = lb_bounce_pool_device_stopped(&bounce->pool, last->function, waited);
	return *ret_freed == bounce->pool.slot_count && was_dirty && bounce_all_zeros(bounce) &&
		devices_are_silent(bounce);
}

/* Linux's capture kernel makes a pool of its own (IO_TLB_DEFAULT_SIZE, include/linux/swiotlb.h), in
 * an encrypted guest of 6 % of its memory, between that and 1 GiB (mem_encrypt_setup_arch,
 * arch/x86/mm/mem_encrypt.c, 6.12). */
#define LINUX_POOL_MIB 64
static uint64_t linux_encrypted_mib(void)
{
	uint64_t mib = lb_memory_map_total(&memory) / LB_MIB * 6 / 100;

	return lb_min(lb_max(mib, LINUX_POOL_MIB), 1024);
}

/* `travels`: this kernel's own data came through the pool in RAM while a write into the other was
 * pending. */
static void prove_beside(struct bounce *other, bool travels)
{
	bool landed = bounce_has_written_again(other);
	uint32_t freed = 0;
	bool quiet = landed && becomes_quiet(other, &freed);

	report_proof(LB_DRILL_PROOF_POOL_REUSED, travels && quiet && travels_again(other),
		"this kernel's own transfers through the pool of the dead one, while a write of "
		"another device was pending: %s, and the other's %s its own pool at 0x%llx, which "
		"became quiet later: %u slots; the reservation has no pool and saves %llu MiB "
		"(Linux would add %u MiB, in an encrypted guest %llu MiB)",
		travels ? "right" : "wrong", landed ? "landed in" : "did not land in",
		(unsigned long long)other->pool.config.base, freed,
		(unsigned long long)(bounce_pools[BOUNCE_RAM].pool.config.size / LB_MIB),
		LINUX_POOL_MIB, (unsigned long long)linux_encrypted_mib());
}

void bounce_prove_reused(bool beside)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	struct bounce *other = &bounce_pools[BOUNCE_WINDOW];
	uint32_t freed;
	bool quiet = becomes_quiet(ram, &freed);
	bool travels;

	if (beside) {
		bounce_write_again(other);
	}
	travels = quiet && travels_again(ram);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_REUSED,
		travels && waited_ns >= EDU_DRAIN_NANOSECONDS,
		"%zu devices stopped, at least %llu ms waited for each; %u slots free, %s; data "
		"travel through the pool again", ram->device_count,
		(unsigned long long)(waited_ns / 1000000), freed,
		quiet ? "all zeros, and what they start now lands nowhere"
		      : "but not all zeros, or they still write");
	if (beside) {
		prove_beside(other, travels);
	}
}
