/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. Here: the loop over what the machine says. */
#include "lab/drill_internal.h"

#include <poll.h>
#include <stdlib.h>

/* Waits for a line, or for the breakpoint. */
static enum drill_end step(struct drill *drill)
{
	uint64_t until = drill->stage_began + drill->spec->timeout_ms;
	struct pollfd lines[2] = {{drill->qemu.serial, POLLIN, 0},
		{drill->armed ? drill->qemu.debugger : -1, POLLIN, 0}};
	char *line;
	uint64_t now = lab_now();

	if (!lab_socket_pending(&drill->console) &&
		poll(lines, 2, now < until ? (int)(until - now) : 0) >= 0 &&
		!lines[0].revents && lines[1].revents) {
		return drill_at_purgatory(drill) ? DRILL_GOES_ON : DRILL_BROKE;
	}
	/* A line comes in pieces, and the breakpoint never in the middle of one. */
	switch (lab_socket_line(&drill->console, until, &line)) {
	case LAB_SOCKET_OK:
		return drill_line(drill, line) ? DRILL_GOES_ON : DRILL_BROKE;
	case LAB_SOCKET_CLOSED:
		return DRILL_ENDED;
	default:
		return DRILL_HANGS;
	}
}

static bool flips(enum lb_drill_fault fault)
{
	return lb_drill_fault_facts(fault)->end == LB_DRILL_ENDS_REFUSED;
}

static void run_once(const struct lb_drill_spec *spec, struct lb_drill_result *ret)
{
	struct drill *drill = calloc(1, sizeof(*drill));
	enum drill_end end = DRILL_GOES_ON;

	if (!drill) {
		lab_fail(&ret->problem, "out of memory");
		return;
	}
	*drill = (struct drill){.spec = spec, .machine = lab_qemu_machine_of(spec->arch),
		.result = ret, .began = lab_now(), .flips = flips(spec->fault)};
	drill->tables.format = drill->machine->page_format;
	drill->stage_began = drill->began;
	ret->ran = drill_start(drill);
	while (ret->ran && end == DRILL_GOES_ON) {
		end = step(drill);
	}
	if (ret->ran) {
		drill_judge(drill, end);
	}
	ret->seconds.total = (double)(lab_now() - drill->began) / 1000;
	lab_qemu_end(&drill->qemu);
	lab_ram_close(&drill->memory);
	lab_ram_copy_free(drill->before);
	free(drill);
}

/* A second boot of the same machine, with a bit turned over before purgatory. */
static void run_refusal(const struct lb_drill_spec *spec, struct lb_drill_result *ret)
{
	struct lb_drill_result *second = calloc(1, sizeof(*second));
	struct lb_drill_spec flipping = *spec;
	const enum lb_drill_proof_id refusal = LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED;

	if (!second) {
		lab_fail(&ret->problem, "out of memory");
		ret->captured = false;
		return;
	}
	flipping.fault = LB_DRILL_FAULT_FLIP_BIT;
	flipping.observer = (struct lb_drill_observer){.line = spec->observer.line,
		.context = spec->observer.context};
	run_once(&flipping, second);
	if (!second->proved) {
		ret->captured = false;
		lab_fail(&ret->problem, "%s: %s", lb_drill_proof_name(refusal),
			second->problem.text);
	}
	if (second->proofs[refusal].witnesses) {
		ret->proofs[refusal] = second->proofs[refusal];
		ret->shown[ret->shown_count++] = refusal;
	}
	ret->seconds.total += second->seconds.total;
	free(second);
}

enum lb_arch lb_drill_arch(size_t index)
{
	const struct lab_qemu_machine *machine = lab_qemu_machine_at(index);

	return machine ? machine->arch : LB_ARCH_UNKNOWN;
}

void lb_drill_run(const struct lb_drill_spec *spec, struct lb_drill_result *ret)
{
	LB_ASSERT(lab_qemu_machine_of(spec->arch));
	*ret = (struct lb_drill_result){.arch = spec->arch};
	run_once(spec, ret);
	if (ret->captured && spec->refusal_too) {
		run_refusal(spec, ret);
	}
}
