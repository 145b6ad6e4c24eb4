/* SPDX-License-Identifier: MIT */
/* memory: does the capture kernel have enough? Where it lies is the plan's to say. */
#include "plan/boot/arch.h"
#include "plan/check/checks.h"
#include "plan/finding_list.h"
#include "plan/words.h"

uint64_t crash_bytes(const struct checker *checker)
{
	const struct lb_plan *plan = checker->plan;
	const struct lb_reservation *reservation;
	uint64_t bytes = 0;

	if (!plan || (plan->as_read && plan->observed.since == LB_SINCE_RELEASED)) {
		return 0;
	}
	if (plan->as_read && plan->observed.since == LB_SINCE_SHRUNK) {
		for (size_t i = 0; i < plan->observed.left_count; i++) {
			bytes += lb_range_size(plan->observed.left[i].range);
		}
		return bytes;
	}
	reservation = plan->reservation;
	for (size_t i = 0; i < reservation->range_count; i++) {
		if (reservation->ranges[i].kind != LB_CRASH_CMA) {
			bytes += lb_range_size(reservation->ranges[i].range);
		}
	}
	return bytes;
}

/* An error of the plan says why there is none. */
static bool plan_has_error(const struct lb_plan *plan)
{
	return plan && plan->finding_count && plan->findings[0].level == LB_ERROR;
}

struct answer check_nothing_reserved(const struct checker *checker)
{
	const struct lb_machine_crash *crash = &checker->machine->crash;

	if (checker->plan ? crash_bytes(checker) != 0 : crash->size_known && crash->size) {
		return fine();
	}
	if (!checker->plan && !crash->size_known) {
		return not_read("neither proc/iomem nor sys/kernel/kexec_crash_size is shown");
	}
	if (plan_has_error(checker->plan)) {
		return not_asked();
	}
	return found("no crash memory is reserved: a crash leaves no dump",
		"put crashkernel= on the kernel command line; \"lifeboat size\" says how much",
		checker->plan ? "lifeboat plan: the command line asks for none"
			      : "sys/kernel/kexec_crash_size: 0");
}

struct answer check_not_enough(const struct checker *checker)
{
	uint64_t bytes = crash_bytes(checker);
	const struct lb_size *size = checker->size;

	if (!checker->plan || !size) {
		return not_read(checker->plan ? checker->why_no_size : checker->why_no_plan);
	}
	if (!bytes || finding_in(checker->plan, TOO_SMALL)) {
		return not_asked(); /* said already */
	}
	if (bytes >= size->total.at_least) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "the capture kernel has %s, and needs %s even without drivers and "
			     "programs: it will run out of memory",
			     lb_size_text(bytes).text, lb_size_text(size->total.at_least).text),
		"ask for what \"lifeboat size\" says",
		lb_arena_printf(checker->arena,
			"lifeboat size: the sum of its terms, at least; command line: %s",
			size->cmdline_source));
}

uint64_t low_crash_bytes(const struct checker *checker)
{
	const struct lb_reservation *reservation = checker->plan->reservation;
	uint64_t low = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		const struct lb_crash_range *crash = &reservation->ranges[i];

		if (crash->kind != LB_CRASH_CMA && crash->range.end <= 4 * LB_GIB) {
			low += lb_range_size(crash->range);
		}
	}
	return low;
}

struct answer check_no_bounce_room(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const char *encryption = lb_encryption_name(&machine->encryption);

	if (!lb_machine_has(machine, LB_SOURCE_LOG)) {
		return not_read("the boot log, which names memory encryption, is not shown");
	}
	if (!encryption) {
		return fine();
	}
	if (!checker->plan) {
		return not_read(checker->why_no_plan);
	}
	if (!crash_bytes(checker) || !low_crash_bytes(checker)) {
		return not_asked(); /* the plan says so */
	}
	if (low_crash_bytes(checker) > LB_BOUNCE_POOL_DEFAULT) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "memory is encrypted (%s), so every device works through the capture "
			     "kernel's bounce pool: 64 MiB below 4 GiB, and %s of crash memory are "
			     "there",
			     encryption, lb_size_text(low_crash_bytes(checker)).text),
		"ask for 72 MiB of low memory or more (,low)",
		"the boot log names the encryption; lifeboat plan says where the crash memory is");
}
