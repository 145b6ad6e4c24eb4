/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. Here: the loop over what the machine says, and the
 * verdict. */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_PATIENCE_MS 5000

const char *const lb_drill_faults[] = {"panic", "nmi", "wild-write", "stack-overflow",
	"stuck-cpu", "lost-cpu", "second-cpu", "flip-bit", NULL};

/* What has to be shown in every drill with the reference kernel on both sides. */
static const char *const required[] = {"claims-summed", "linear-map-large-pages",
	"crash-region-protected", "neighbours-unaffected", "page-tables-judged",
	"digest-verified", "vmcore-matches", "registers-match", "capture-inside-reservation"};

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

static const char *exit_meaning(int status)
{
	switch (status) {
	case 35:
		return "it crashed without a capture kernel";
	case 37:
		return "a proof failed";
	case 39:
		return "it refused the memory map or the command line";
	case 0:
		return "it reset itself";
	default:
		return "QEMU ended unexpectedly";
	}
}

/* Purgatory said no, and the machine was reset instead of hanging or going on. */
static void judge_refusal(struct drill *drill)
{
	bool was_reset = !strcmp(drill->qmp.shutdown_reason, "guest-reset");
	bool passed = drill->refused && was_reset &&
		drill->result->stage == LB_DRILL_STAGE_PURGATORY;

	drill_proof(drill, "digest-mismatch-refused", passed,
		"one bit at 0x%" PRIx64 " turned over from outside: purgatory %s, the machine %s",
		drill->flipped,
		drill->refused ? "refused the image" : "did not notice",
		was_reset ? "was reset" : "was not reset");
	lab_fail(&drill->result->problem, "%s",
		passed ? "the image was changed on purpose; purgatory refused it"
		       : "a changed image was not refused");
}

static bool has_passed(const struct lb_drill_result *result, const char *id)
{
	for (size_t i = 0; i < result->proof_count; i++) {
		if (!strcmp(result->proofs[i].id, id)) {
			return result->proofs[i].passed;
		}
	}
	return false;
}

/* A Linux that has no way to a code switches itself off after its last word. */
static bool ended_well(const struct drill *drill)
{
	bool is_linux = drill->spec->capture || drill->spec->production;

	return drill->status == LB_DRILL_EXIT_PASSED ||
		(is_linux && drill->machine->linux_powers_off && !drill->status &&
			!strcmp(drill->qmp.shutdown_reason, "guest-shutdown"));
}

/* Between Linux and Linux nothing can be looked at but the dump. */
static bool is_required(const struct drill *drill, const char *id)
{
	return !drill->spec->production || (!drill->spec->capture_reference &&
		(!strcmp(id, "vmcore-matches") || !strcmp(id, "registers-match")));
}

static void judge_capture(struct drill *drill)
{
	struct lb_drill_result *result = drill->result;

	result->captured = drill->said_captured && ended_well(drill);
	if (!result->captured) {
		lab_fail(&result->problem, "%s in stage %s%s%s", exit_meaning(drill->status),
			lb_drill_stage_name(result->stage), drill->last_error[0] ? ": " : "",
			drill->last_error);
		return;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(required); i++) {
		if (is_required(drill, required[i]) && !has_passed(result, required[i])) {
			result->captured = false;
			lab_fail(&result->problem, "%s was not shown", required[i]);
		}
	}
	for (size_t i = 0; i < result->proof_count; i++) {
		if (!result->proofs[i].passed) {
			result->captured = false;
			lab_fail(&result->problem, "%s failed", result->proofs[i].id);
		}
	}
}

/* QEMU stops a machine by itself when KVM cannot execute an instruction. */
static void judge_hang(struct drill *drill)
{
	struct lab_error ignored = {0};
	char status[80];
	bool gave_up = lab_qmp_human(
		&drill->qmp, "info status", status, sizeof(status), &ignored) &&
		strstr(status, "internal-error");

	lab_fail(&drill->result->problem, "stopped after %u s without progress in stage %s%s",
		drill->spec->timeout_ms / 1000, lb_drill_stage_name(drill->result->stage),
		gave_up ? ": the accelerator cannot execute what the kernel does" : "");
}

static void judge(struct drill *drill, enum drill_end end)
{
	if (end == DRILL_HANGS) {
		judge_hang(drill);
		return;
	}
	if (end == DRILL_BROKE) {
		return;
	}
	lab_qmp_drain(&drill->qmp, lab_now() + EXIT_PATIENCE_MS);
	if (!lab_qemu_ended(&drill->qemu, EXIT_PATIENCE_MS, &drill->status)) {
		drill->status = -1;
	}
	if (drill->flips) {
		judge_refusal(drill);
	} else {
		judge_capture(drill);
	}
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
		.result = ret, .began = lab_now(), .flips = !strcmp(spec->fault, "flip-bit")};
	drill->tables.format = drill->machine->page_format;
	drill->stage_began = drill->began;
	ret->ran = drill_start(drill);
	while (ret->ran && end == DRILL_GOES_ON) {
		end = step(drill);
	}
	if (ret->ran) {
		judge(drill, end);
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

	if (!second) {
		lab_fail(&ret->problem, "out of memory");
		ret->captured = false;
		return;
	}
	flipping.fault = "flip-bit";
	flipping.observer = (struct lb_drill_observer){.line = spec->observer.line,
		.context = spec->observer.context};
	run_once(&flipping, second);
	if (!has_passed(second, "digest-mismatch-refused")) {
		ret->captured = false;
		lab_fail(&ret->problem, "digest-mismatch-refused: %s", second->problem.text);
	}
	if (second->proof_count && ret->proof_count < LB_DRILL_PROOFS_MAX) {
		ret->proofs[ret->proof_count++] = second->proofs[second->proof_count - 1];
	}
	ret->seconds.total += second->seconds.total;
	free(second);
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
