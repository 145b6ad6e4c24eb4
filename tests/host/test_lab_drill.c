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
	REQUIRE(dry->result.proof_count == 2);
	CHECK_TEXT(dry->result.proofs[0].id, "claims-summed");
	CHECK(dry->result.proofs[0].passed);
	CHECK_TEXT(dry->result.proofs[0].evidence, "7 claims: no gap");
	CHECK(!dry->result.proofs[1].passed);
	free(dry);
}

/* Two judges of one claim: both must agree. */
TEST(lab_drill, joins_two_proofs_of_one_claim)
{
	struct dry *dry = make_dry();

	REQUIRE(dry);
	drill_proof(&dry->drill, "capture-inside-reservation", true, "inside");
	drill_proof(&dry->drill, "capture-inside-reservation", false, "outside: %d", 3);
	REQUIRE(dry->result.proof_count == 1);
	CHECK(!dry->result.proofs[0].passed);
	CHECK_TEXT(dry->result.proofs[0].evidence, "inside; outside: 3");
	drill_proof(&dry->drill, "capture-inside-reservation", true, "again");
	CHECK(!dry->result.proofs[0].passed);
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
	CHECK_EQUAL(dry->drill.kernel.end, 0x3ed29000);
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
	REQUIRE(dry->result.proof_count == 1);
	CHECK_TEXT(dry->result.proofs[0].id, "digest-verified");
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
	say(dry, "proof: x passed: \033[2Jhello\xff\007");
	CHECK_TEXT(dry->result.proofs[0].evidence, "?[2Jhello??");
	CHECK_TEXT(dry->result.tail[0], "proof: x passed: ?[2Jhello??");
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
	for (int i = 0; i < 3 * LB_DRILL_PROOFS_MAX; i++) {
		snprintf(line, sizeof(line), "proof: number-%d passed: %0*d", i, i * 8 % 900, 0);
		CHECK(say(dry, line));
	}
	CHECK_EQUAL(dry->result.proof_count, LB_DRILL_PROOFS_MAX);
	CHECK_EQUAL(dry->result.tail_count, LB_DRILL_TAIL_LINES);
	CHECK(!dry->drill.said_captured);
	free(dry);
}
