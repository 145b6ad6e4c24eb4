/* SPDX-License-Identifier: MIT */
/* drill_verdict: whether the dump came out and everything was shown that protocol/drill.h asks for
 * in this drill; and what went wrong. */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <string.h>

#define EXIT_PATIENCE_MS 5000

/* As "X was not shown by the capture side" says it; the lowest witness of a mask. */
static const char *witness_name(unsigned int witnesses)
{
	switch (witnesses & -witnesses) {
	case LB_DRILL_BY_PRODUCTION:
		return "the production kernel";
	case LB_DRILL_BY_PURGATORY:
		return "purgatory";
	case LB_DRILL_BY_CAPTURE:
		return "the capture side";
	default:
		return "the lab";
	}
}

static struct lb_drill_setting setting_of(const struct lb_drill_spec *spec)
{
	bool captures_itself = spec->production && !spec->capture_reference;

	return (struct lb_drill_setting){.arch = spec->arch, .fault = spec->fault,
		.policy = spec->policy,
		.crashes = spec->production ? LB_DRILL_KERNEL_LINUX : LB_DRILL_KERNEL_REFERENCE,
		.captures = spec->capture || captures_itself ? LB_DRILL_KERNEL_LINUX
							     : LB_DRILL_KERNEL_REFERENCE,
		.device = spec->limited_device ? LB_DRILL_DEVICE_LIMITED
					       : LB_DRILL_DEVICE_UNLIMITED};
}

/* Whether those who owe it here spoke of it, and nobody else. */
static bool judge_witnesses(struct drill *drill, enum lb_drill_proof_id id, unsigned int owed)
{
	unsigned int shown = drill->result->proofs[id].witnesses;
	struct lab_error *problem = &drill->result->problem;

	if (owed & ~shown) {
		lab_fail(problem, "%s was not shown by %s", lb_drill_proof_name(id),
			witness_name(owed & ~shown));
	} else if (shown & ~owed) {
		lab_fail(problem, "%s was shown by %s, which does not owe it here",
			lb_drill_proof_name(id), witness_name(shown & ~owed));
	}
	return shown == owed;
}

/* The first that was shown and is not so; false: there is none. */
static bool find_failed(const struct lb_drill_result *result, enum lb_drill_proof_id *ret)
{
	for (size_t i = 0; i < result->shown_count; i++) {
		if (!result->proofs[result->shown[i]].passed) {
			*ret = result->shown[i];
			return true;
		}
	}
	return false;
}

/* A failed proof is said before a missing one, because it may be the reason. */
bool drill_proved(struct drill *drill)
{
	struct lb_drill_setting setting = setting_of(drill->spec);
	struct lb_drill_result *result = drill->result;
	enum lb_drill_proof_id failed;

	if (drill->stranger[0]) {
		lab_fail(&result->problem, "\"%s\" was shown, a proof that nobody knows",
			drill->stranger);
		return false;
	}
	if (find_failed(result, &failed)) {
		lab_fail(&result->problem, "%s failed", lb_drill_proof_name(failed));
		return false;
	}
	for (unsigned int id = 0; id < LB_DRILL_PROOFS; id++) {
		if (!judge_witnesses(drill, id, lb_drill_witnesses(id, &setting))) {
			return false;
		}
	}
	return true;
}

static const char *exit_meaning(int status)
{
	const char *meaning = lb_drill_exit_meaning(status);

	return meaning ? meaning : status ? "QEMU ended unexpectedly" : "it reset itself";
}

/* A Linux that has no way to a code switches itself off after its last word. */
static bool ended_well(const struct drill *drill)
{
	bool is_linux = drill->spec->capture || drill->spec->production;

	return drill->status == LB_DRILL_EXIT_PASSED ||
		(is_linux && drill->machine->linux_powers_off && !drill->status &&
			!strcmp(drill->qmp.shutdown_reason, "guest-shutdown"));
}

/* Whether all that is proved of the dump itself was shown: it is what memory was. */
static bool dump_is_good(const struct drill *drill)
{
	static const enum lb_drill_proof_id of_dump[] = {LB_DRILL_PROOF_DIGEST_VERIFIED,
		LB_DRILL_PROOF_VMCORE_MATCHES, LB_DRILL_PROOF_VMCORE_COMPLETE,
		LB_DRILL_PROOF_REGISTERS_MATCH, LB_DRILL_PROOF_VMCORE_READABLE,
		LB_DRILL_PROOF_VMCOREINFO_READABLE, LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION};
	struct lb_drill_setting setting = setting_of(drill->spec);

	for (size_t i = 0; i < LB_ARRAY_COUNT(of_dump); i++) {
		const struct lb_drill_proof *proof = &drill->result->proofs[of_dump[i]];

		if (lb_drill_witnesses(of_dump[i], &setting) != proof->witnesses ||
			(proof->witnesses && !proof->passed)) {
			return false;
		}
	}
	return true;
}

void drill_judge_capture(struct drill *drill)
{
	struct lb_drill_result *result = drill->result;
	enum lb_drill_proof_id failed;

	if (drill->status == LB_DRILL_EXIT_FAILED && find_failed(result, &failed)) {
		result->saved = dump_is_good(drill);
		lab_fail(&result->problem, "%s failed", lb_drill_proof_name(failed));
		return;
	}
	if (!drill->said_captured || !ended_well(drill)) {
		lab_fail(&result->problem, "%s in stage %s%s%s", exit_meaning(drill->status),
			lb_drill_stage_name(result->stage), drill->last_error[0] ? ": " : "",
			drill->last_error);
		return;
	}
	result->saved = dump_is_good(drill);
	result->proved = drill_proved(drill);
	result->captured = result->proved;
}

/* Purgatory said no, and the machine was reset instead of hanging or going on. */
void drill_judge_refusal(struct drill *drill)
{
	struct lb_drill_result *result = drill->result;
	bool was_reset = !strcmp(drill->qmp.shutdown_reason, "guest-reset");
	bool passed = drill->refused && was_reset && result->stage == LB_DRILL_STAGE_PURGATORY;

	drill_proof(drill, LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED, LB_DRILL_BY_OUTSIDE, passed,
		"one bit at 0x%" PRIx64 ", in %s, turned over from outside: purgatory %s, the "
		"machine %s", drill->flipped, drill->flips,
		drill->refused ? "refused the image" : "did not notice",
		was_reset ? "was reset" : "was not reset");
	if (!passed) {
		lab_fail(&result->problem, "a changed image was not refused");
		return;
	}
	result->proved = drill_proved(drill);
	if (result->proved) {
		lab_fail(&result->problem,
			"the image was changed on purpose; purgatory refused it");
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

void drill_judge(struct drill *drill, enum drill_end end)
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
		drill_judge_refusal(drill);
	} else {
		drill_judge_capture(drill);
	}
}
