/* SPDX-License-Identifier: MIT */
/* What a drill makes of the console: proofs, places, times, and nonsense that a guest may send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/drill_internal.h"
#include "tests/harness/test.h"

/* A drill without a machine: nothing can be asked of QEMU. */
struct dry {
	struct lb_drill_spec spec;
	struct lb_drill_result result;
	struct drill drill;
};

static struct dry *make_dry(void)
{
	struct dry *dry = calloc(1, sizeof(*dry));

	if (dry) {
		dry->spec.arch = LB_ARCH_X86_64;
		dry->drill.spec = &dry->spec;
		dry->drill.result = &dry->result;
		dry->drill.began = dry->drill.stage_began = lab_now();
	}
	return dry;
}

static bool say(struct dry *dry, const char *text)
{
	char line[1024];

	snprintf(line, sizeof(line), "%s", text);
	return drill_line(&dry->drill, line);
}

TEST(lab_drill, keeps_proofs_with_their_evidence)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	CHECK(say(dry, "proof: claims-summed passed: 7 claims: no gap"));
	CHECK(say(dry, "proof: vmcore-matches failed: 3 of 4 pages"));
	REQUIRE(dry->result.shown_count == 2);
	CHECK_EQUAL(dry->result.shown[0], LB_DRILL_PROOF_CLAIMS_SUMMED);
	CHECK(dry->result.proofs[LB_DRILL_PROOF_CLAIMS_SUMMED].passed);
	CHECK_TEXT(dry->result.proofs[LB_DRILL_PROOF_CLAIMS_SUMMED].evidence, "7 claims: no gap");
	CHECK_EQUAL(dry->result.shown[1], LB_DRILL_PROOF_VMCORE_MATCHES);
	CHECK(!dry->result.proofs[LB_DRILL_PROOF_VMCORE_MATCHES].passed);
	free(dry);
}

/* Two judges of one claim: both must agree. */
TEST(lab_drill, joins_two_proofs_of_one_claim)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION;
	struct dry *dry = make_dry();
	struct lb_drill_proof *proof = &dry->result.proofs[id];

	REQUIRE(dry);
	drill_proof(&dry->drill, id, LB_DRILL_BY_CAPTURE, true, "inside");
	drill_proof(&dry->drill, id, LB_DRILL_BY_OUTSIDE, false, "outside: %d", 3);
	REQUIRE(dry->result.shown_count == 1);
	CHECK_EQUAL(proof->witnesses, LB_DRILL_BY_CAPTURE | LB_DRILL_BY_OUTSIDE);
	CHECK(!proof->passed);
	CHECK_TEXT(proof->evidence, "inside; outside: 3");
	drill_proof(&dry->drill, id, LB_DRILL_BY_CAPTURE, true, "again");
	CHECK(!proof->passed);
	free(dry);
}

/* The same line means that the production kernel says so, or the capture kernel. */
TEST(lab_drill, knows_who_speaks_by_the_stage)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "proof: claims-summed passed: x");
	say(dry, "stage: panic");
	say(dry, "stage: capture");
	say(dry, "proof: registers-match passed: x");
	CHECK_EQUAL(dry->result.proofs[LB_DRILL_PROOF_CLAIMS_SUMMED].witnesses,
		LB_DRILL_BY_PRODUCTION);
	CHECK_EQUAL(dry->result.proofs[LB_DRILL_PROOF_REGISTERS_MATCH].witnesses,
		LB_DRILL_BY_CAPTURE);
	free(dry);
}

TEST(lab_drill, learns_where_things_are)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "region: crash 0x3e600000-0x3fdfffff");
	say(dry, "linear-map: root=0x3fec8000 base=0xffff888000000000 cpus=2");
	say(dry, "load: purgatory: 0x3e632000-0x3e6357c7");
	say(dry, "load: kernel: 0x3e800000-0x3ed28fff");
	say(dry, "load: core header: 0x3e600000-0x3e601fff");
	say(dry, "claim: capture kernel, low: 65536 bytes at 0x8f000-0x9efff: its own");
	CHECK_EQUAL(dry->drill.tables.crash.end, 0x3fe00000);
	CHECK_EQUAL(dry->drill.tables.root, 0x3fec8000);
	CHECK_EQUAL(dry->drill.tables.linear, 0xffff888000000000);
	CHECK_EQUAL(dry->drill.purgatory.start, 0x3e632000);
	CHECK_EQUAL(drill_loaded(&dry->drill, "kernel").end, 0x3ed29000);
	say(dry, "load: kernel: 0x3e900000-0x3ed28fff");
	CHECK_EQUAL(drill_loaded(&dry->drill, "kernel").start, 0x3e900000);
	CHECK_EQUAL(dry->drill.loaded_count, 3);
	CHECK(lb_range_empty(drill_loaded(&dry->drill, "initrd")));
	CHECK_EQUAL(dry->drill.core_header, 0x3e600000);
	REQUIRE(dry->drill.allowed_count == 2);
	CHECK_EQUAL(dry->drill.allowed[1].start, 0x8f000);
	CHECK_EQUAL(dry->drill.allowed[1].end, 0x9f000);
	free(dry);
}

TEST(lab_drill, follows_stages_and_the_end)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "stage: load");
	say(dry, "stage: panic");
	say(dry, "purgatory: digest verified, 5 segments, 458352 bytes (portable)");
	say(dry, "stage: capture");
	say(dry, "time: panic-to-capture 21289 us");
	say(dry, "stage: verify");
	say(dry, "stage: party");
	CHECK_EQUAL(dry->result.stage, LB_DRILL_STAGE_VERIFY);
	CHECK(dry->result.seconds.panic_to_capture > 0.0212 &&
		dry->result.seconds.panic_to_capture < 0.0213);
	CHECK(!dry->drill.said_captured);
	say(dry, "result: lost");
	CHECK(!dry->drill.said_captured);
	say(dry, "result: captured");
	CHECK(dry->drill.said_captured);
	REQUIRE(dry->result.shown_count == 1);
	CHECK_EQUAL(dry->result.shown[0], LB_DRILL_PROOF_DIGEST_VERIFIED);
	free(dry);
}

TEST(lab_drill, tells_a_panic_that_was_asked_for_from_another)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "[    1.0] Kernel panic - not syncing: sysrq triggered crash");
	CHECK_TEXT(dry->drill.last_error, "");
	say(dry, "[    1.7] Kernel panic - not syncing: System is deadlocked on memory");
	CHECK_TEXT(dry->drill.last_error,
		"Kernel panic - not syncing: System is deadlocked on memory");
	free(dry);
}

TEST(lab_drill, shows_nothing_that_drives_a_terminal)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "proof: cpus-started passed: \033[2Jhello\xff\007");
	CHECK_TEXT(dry->result.proofs[LB_DRILL_PROOF_CPUS_STARTED].evidence, "?[2Jhello??");
	CHECK_TEXT(dry->result.tail[0], "proof: cpus-started passed: ?[2Jhello??");
	free(dry);
}

/* A guest gone mad: every line of the protocol, cut, joined and repeated. */
TEST(lab_drill, stands_a_guest_gone_mad)
{
	static const char *const lines[] = {"stage: ", "proof: ", "proof: a", "proof: a passed",
		"proof: a passed:", "claim: capture kernel, low: 1 bytes at ", "region: crash ",
		"region: crash 0xffffffffffffffff-0xffffffffffffffff", "region: crash 9-1",
		"load: purgatory: x-y", "linear-map: root=", "time: ", "time: digest -1 us",
		"time: digest 99999999999999999999 us", "purgatory: ", "result: ", "error: ",
		"load: core header: ", "panic: "};
	struct dry *dry = make_dry();
	char line[1024];

	REQUIRE(dry);
	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		for (size_t j = 0; j < LB_ARRAY_COUNT(lines); j++) {
			snprintf(line, sizeof(line), "%s%s%0*d", lines[i], lines[j],
				(int)(i * j * 2 % 700), 0);
			CHECK(say(dry, line));
		}
	}
	for (int i = 0; i < 3 * LB_DRILL_PROOFS; i++) {
		snprintf(line, sizeof(line), "proof: %s passed: %0*d",
			lb_drill_proof_name((enum lb_drill_proof_id)(i % LB_DRILL_PROOFS)),
			i * 8 % 900, 0);
		CHECK(say(dry, line));
	}
	CHECK_EQUAL(dry->result.shown_count, LB_DRILL_PROOFS);
	CHECK_EQUAL(dry->result.tail_count, LB_DRILL_TAIL_LINES);
	CHECK(!dry->drill.said_captured);
	free(dry);
}

/* Every witness but `without` of one proof says that all it owes has passed. */
static void show_all(struct dry *dry, const struct lb_drill_setting *setting,
	enum lb_drill_proof_id missing, unsigned int without)
{
	for (unsigned int id = 0; id < LB_DRILL_PROOFS; id++) {
		unsigned int owed = lb_drill_witnesses(id, setting);

		for (unsigned int witness = 1; witness <= owed; witness <<= 1) {
			if (owed & witness & ~(id == missing ? without : 0)) {
				drill_proof(&dry->drill, id, witness, true, "shown");
			}
		}
	}
}

/* Drills that differ in what they owe, and what lb_drill_witnesses is asked for them. */
static const struct {
	struct lb_drill_spec spec;
	struct lb_drill_setting setting;
} drills[] = {
	{{.arch = LB_ARCH_X86_64},
		{LB_ARCH_X86_64, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_REFERENCE,
			LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_FAULT_PANIC,
			LB_DRILL_POLICY_QUARANTINE}},
	{{.arch = LB_ARCH_ARM64, .limited_device = true, .fault = LB_DRILL_FAULT_NMI},
		{LB_ARCH_ARM64, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_REFERENCE,
			LB_DRILL_DEVICE_LIMITED, LB_DRILL_FAULT_NMI,
			LB_DRILL_POLICY_QUARANTINE}},
	{{.arch = LB_ARCH_ARM64, .limited_device = true, .policy = LB_DRILL_POLICY_NAIVE},
		{LB_ARCH_ARM64, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_REFERENCE,
			LB_DRILL_DEVICE_LIMITED, LB_DRILL_FAULT_PANIC,
			LB_DRILL_POLICY_NAIVE}},
	{{.arch = LB_ARCH_X86_64, .capture = "vmlinuz"},
		{LB_ARCH_X86_64, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_LINUX,
			LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_FAULT_PANIC,
			LB_DRILL_POLICY_QUARANTINE}},
	{{.arch = LB_ARCH_X86_64, .production = "vmlinuz"},
		{LB_ARCH_X86_64, LB_DRILL_KERNEL_LINUX, LB_DRILL_KERNEL_LINUX,
			LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_FAULT_PANIC,
			LB_DRILL_POLICY_QUARANTINE}},
	{{.arch = LB_ARCH_X86_64, .production = "vmlinuz", .capture_reference = true},
		{LB_ARCH_X86_64, LB_DRILL_KERNEL_LINUX, LB_DRILL_KERNEL_REFERENCE,
			LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_FAULT_PANIC,
			LB_DRILL_POLICY_QUARANTINE}},
	{{.arch = LB_ARCH_ARM64, .fault = LB_DRILL_FAULT_FLIP_BIT},
		{LB_ARCH_ARM64, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_REFERENCE,
			LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_FAULT_FLIP_BIT,
			LB_DRILL_POLICY_QUARANTINE}},
};

static void start_again(struct dry *dry, size_t i)
{
	dry->spec = drills[i].spec;
	dry->result = (struct lb_drill_result){0};
	dry->drill.stranger[0] = '\0';
}

/* Not one witness of one proof may be silent. */
TEST(lab_drill, misses_each_proof_that_belongs)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	for (size_t i = 0; i < LB_ARRAY_COUNT(drills); i++) {
		start_again(dry, i);
		show_all(dry, &drills[i].setting, 0, 0);
		CHECK(drill_proved(&dry->drill));
		CHECK_TEXT(dry->result.problem.text, "");
		for (unsigned int id = 0; id < LB_DRILL_PROOFS; id++) {
			unsigned int owed = lb_drill_witnesses(id, &drills[i].setting);

			for (unsigned int witness = 1; witness <= owed; witness <<= 1) {
				if (!(owed & witness)) {
					continue;
				}
				start_again(dry, i);
				show_all(dry, &drills[i].setting, id, witness);
				CHECK(!drill_proved(&dry->drill));
				CHECK(strstr(dry->result.problem.text, lb_drill_proof_name(id)));
			}
		}
	}
	free(dry);
}

TEST(lab_drill, refuses_each_proof_that_does_not_belong)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	for (size_t i = 0; i < LB_ARRAY_COUNT(drills); i++) {
		for (unsigned int id = 0; id < LB_DRILL_PROOFS; id++) {
			if (lb_drill_witnesses(id, &drills[i].setting)) {
				continue;
			}
			start_again(dry, i);
			show_all(dry, &drills[i].setting, 0, 0);
			drill_proof(&dry->drill, id, LB_DRILL_BY_CAPTURE, true, "shown");
			CHECK(!drill_proved(&dry->drill));
			CHECK(strstr(dry->result.problem.text, lb_drill_proof_name(id)));
		}
		start_again(dry, i);
		show_all(dry, &drills[i].setting, 0, 0);
		say(dry, "proof: all-is-well passed: believe me");
		CHECK(!drill_proved(&dry->drill));
		CHECK(strstr(dry->result.problem.text, "all-is-well"));
	}
	free(dry);
}

/* A proof that has nothing to do with the dump is lost alone: the dump came out. */
TEST(lab_drill, a_refused_handover_does_not_lose_the_dump)
{
	struct dry *dry = make_dry();
	struct lb_drill_result *result = &dry->result;

	REQUIRE(dry);
	start_again(dry, 0);
	show_all(dry, &drills[0].setting, LB_DRILL_PROOF_HANDOVER_VERIFIED, LB_DRILL_BY_CAPTURE);
	say(dry, "stage: capture");
	say(dry, "proof: handover-verified failed: no");
	dry->drill.status = LB_DRILL_EXIT_FAILED;
	say(dry, "result: lost");
	drill_judge_capture(&dry->drill);
	CHECK(!result->captured && result->saved);
	CHECK_TEXT(result->problem.text, "handover-verified failed");
	free(dry);
}

/* And a dump that is not what memory was is lost, whatever the machine says at its end. */
TEST(lab_drill, a_dump_that_differs_is_lost)
{
	static const enum lb_drill_proof_id of_dump[] = {LB_DRILL_PROOF_VMCORE_MATCHES,
		LB_DRILL_PROOF_VMCORE_COMPLETE, LB_DRILL_PROOF_REGISTERS_MATCH,
		LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION, LB_DRILL_PROOF_DIGEST_VERIFIED};

	for (size_t i = 0; i < LB_ARRAY_COUNT(of_dump); i++) {
		struct dry *dry = make_dry();
		unsigned int owed = lb_drill_witnesses(of_dump[i], &drills[0].setting);

		REQUIRE(dry);
		start_again(dry, 0);
		show_all(dry, &drills[0].setting, of_dump[i], owed);
		dry->drill.status = LB_DRILL_EXIT_PASSED;
		say(dry, "result: captured");
		drill_judge_capture(&dry->drill);
		CHECK(!dry->result.captured && !dry->result.saved);
		drill_proof(&dry->drill, of_dump[i], (enum lb_drill_witness)owed, false, "no");
		dry->drill.status = LB_DRILL_EXIT_FAILED;
		drill_judge_capture(&dry->drill);
		CHECK(!dry->result.captured && !dry->result.saved);
		free(dry);
	}
}

/* What the kernel says of its end counts as long as no proof says more. */
TEST(lab_drill, an_end_without_a_failed_proof_is_told_by_the_kernel)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	say(dry, "stage: boot");
	say(dry, "error: low memory: no room");
	dry->drill.status = LB_DRILL_EXIT_FAILED;
	drill_judge_capture(&dry->drill);
	CHECK(!dry->result.captured && !dry->result.saved);
	CHECK_TEXT(dry->result.problem.text,
		"a proof failed in stage boot: error: low memory: no room");
	free(dry);
}

/* Everything was shown, and the machine says so. */
static struct dry *make_captured(size_t i)
{
	struct dry *dry = make_dry();

	if (dry) {
		start_again(dry, i);
		dry->drill.machine = lab_qemu_machine_of(dry->spec.arch);
		show_all(dry, &drills[i].setting, 0, 0);
		say(dry, "result: captured");
	}
	return dry;
}

/* A machine that was reset, or ended in any other way than the agreed one, has captured nothing. */
TEST(lab_drill, only_the_agreed_end_is_a_success)
{
	static const int others[] = {0, -1, 1, LB_DRILL_EXIT_FAILED, LB_DRILL_EXIT_NO_CAPTURE,
		LB_DRILL_EXIT_REFUSED};
	struct dry *dry = make_captured(0);

	REQUIRE(dry);
	dry->drill.status = LB_DRILL_EXIT_PASSED;
	drill_judge_capture(&dry->drill);
	CHECK(dry->result.captured && dry->result.saved);
	free(dry);
	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		dry = make_captured(0);
		REQUIRE(dry);
		dry->drill.status = others[i];
		drill_judge_capture(&dry->drill);
		CHECK(!dry->result.captured);
		free(dry);
	}
}

/* And one that ended so without its last word has not, either. */
TEST(lab_drill, the_machine_has_to_say_that_it_captured)
{
	struct dry *dry = make_captured(0);

	REQUIRE(dry);
	dry->drill.said_captured = false;
	dry->drill.status = LB_DRILL_EXIT_PASSED;
	drill_judge_capture(&dry->drill);
	CHECK(!dry->result.captured);
	free(dry);
}

/* A bit was turned over: purgatory has to say no, there and then, and the machine to be reset. */
TEST(lab_drill, a_changed_image_is_refused_by_word_and_reset)
{
	static const struct {
		const char *word, *last, *reason;
		bool refused;
	} rows[] = {
		{"purgatory: digest MISMATCH", "", "guest-reset", true},
		{"purgatory: digest verified, 6 segments", "", "guest-reset", false},
		{"purgatory: digest MISMATCH", "", "guest-shutdown", false},
		{"purgatory: digest MISMATCH", "stage: capture", "guest-reset", false},
		{"", "", "guest-reset", false},
	};
	const size_t refused = LB_ARRAY_COUNT(drills) - 1;

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		struct dry *dry = make_dry();

		REQUIRE(dry);
		start_again(dry, refused);
		show_all(dry, &drills[refused].setting, LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED,
			LB_DRILL_BY_OUTSIDE);
		dry->drill.flips = LB_SEGMENT_KERNEL;
		say(dry, "stage: purgatory");
		say(dry, rows[i].word);
		say(dry, rows[i].last);
		snprintf(dry->drill.qmp.shutdown_reason, sizeof(dry->drill.qmp.shutdown_reason),
			"%s", rows[i].reason);
		drill_judge_refusal(&dry->drill);
		CHECK_EQUAL(dry->result.proved, rows[i].refused);
		CHECK(!dry->result.captured);
		free(dry);
	}
}
