/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. Here: the loop over what the machine says. */
#include "lab/drill_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		return drill_at_breakpoint(drill) ? DRILL_GOES_ON : DRILL_BROKE;
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

/* flips: the part in which a bit is turned over; NULL: the fault is the kernel's own. */
static void run_once(
	const struct lb_drill_spec *spec, const char *flips, struct lb_drill_result *ret)
{
	struct drill *drill = calloc(1, sizeof(*drill));
	enum drill_end end = DRILL_GOES_ON;

	if (!drill) {
		lab_fail(&ret->problem, "out of memory");
		return;
	}
	*drill = (struct drill){.spec = spec, .machine = lab_qemu_machine_of(spec->arch),
		.result = ret, .began = lab_now(), .flips = flips};
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

/* What is loaded, part by part; an initrd only for a Linux. */
static const char *const parts[] = {LB_SEGMENT_KERNEL, LB_SEGMENT_CORE_HEADER,
	LB_SEGMENT_PAGE_TABLES, LB_SEGMENT_PURGATORY, DRILL_STRUCTURE, LB_SEGMENT_HANDOVER,
	LB_SEGMENT_BOOT_DATA, LB_SEGMENT_INITRD};

/* A boot of the same machine, with a bit of this part turned over before purgatory. */
static bool refuses(
	const struct lb_drill_spec *spec, const char *part, struct lb_drill_result *ret)
{
	const enum lb_drill_proof_id refusal = LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED;
	struct lb_drill_result *boot = calloc(1, sizeof(*boot));
	bool proved;

	if (!boot) {
		lab_fail(&ret->problem, "out of memory");
		return false;
	}
	run_once(spec, part, boot);
	proved = boot->proved;
	ret->proofs[refusal] = boot->proofs[refusal];
	if (!proved) {
		lab_fail(&ret->problem, "%s: %s", lb_drill_proof_name(refusal), boot->problem.text);
		ret->tail_count = boot->tail_count;
		memcpy(ret->tail, boot->tail, sizeof(ret->tail));
	}
	if (!boot->proofs[refusal].witnesses) {
		/* It did not come to its end, one way or the other. */
		ret->proofs[refusal].witnesses = LB_DRILL_BY_OUTSIDE;
		snprintf(ret->proofs[refusal].evidence, sizeof(ret->proofs[refusal].evidence),
			"one bit of %s turned over: %s", part, boot->problem.text);
	}
	ret->seconds.total += boot->seconds.total;
	free(boot);
	return proved;
}

static void run_refusals(const struct lb_drill_spec *spec, struct lb_drill_result *ret)
{
	struct lb_drill_proof *proof = &ret->proofs[LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED];
	struct lb_drill_spec flipping = *spec;
	size_t count = LB_ARRAY_COUNT(parts) - (spec->capture ? 0 : 1);
	size_t used = 0;

	flipping.fault = LB_DRILL_FAULT_FLIP_BIT;
	flipping.limited_device = false; /* their part of the kernel does not come to run */
	flipping.observer = (struct lb_drill_observer){0};
	for (size_t i = 0; ret->captured && i < count; i++) {
		ret->captured = refuses(&flipping, parts[i], ret);
	}
	for (size_t i = 0; ret->captured && i < count; i++) {
		used += (size_t)snprintf(proof->evidence + used, sizeof(proof->evidence) - used,
			"%s%s", i ? ", " : "one bit turned over in ", parts[i]);
	}
	if (ret->captured) {
		snprintf(proof->evidence + used, sizeof(proof->evidence) - used,
			": purgatory refused it, and the machine was reset, %zu times", count);
	}
	ret->shown[ret->shown_count++] = LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED;
}

enum lb_arch lb_drill_arch(size_t index)
{
	const struct lab_qemu_machine *machine = lab_qemu_machine_at(index);

	return machine ? machine->arch : LB_ARCH_UNKNOWN;
}

void lb_drill_run(const struct lb_drill_spec *spec, struct lb_drill_result *ret)
{
	bool refused = lb_drill_fault_facts(spec->fault)->end == LB_DRILL_ENDS_REFUSED;


	LB_ASSERT(lab_qemu_machine_of(spec->arch));
	*ret = (struct lb_drill_result){.arch = spec->arch, .policy = spec->policy};
	run_once(spec, refused ? LB_SEGMENT_KERNEL : NULL, ret);
	if (ret->captured && spec->refusal_too) {
		run_refusals(spec, ret);
	}
}
