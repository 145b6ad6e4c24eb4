/* SPDX-License-Identifier: MIT */
/* The drill's protocol: its tables against each other, and docs/drill.md against them. */
#include <stdio.h>
#include <string.h>

#include "protocol/drill.h"
#include "tests/harness/test.h"

static const struct lb_drill_setting plain = {.arch = LB_ARCH_X86_64,
	.crashes = LB_DRILL_KERNEL_REFERENCE, .captures = LB_DRILL_KERNEL_REFERENCE,
	.device = LB_DRILL_DEVICE_UNLIMITED, .fault = LB_DRILL_FAULT_PANIC};

/* Calls visit for every setting that there is, until it returns true; then true. */
static bool any_setting(bool (*visit)(const struct lb_drill_setting *setting, unsigned int index),
	unsigned int index)
{
	for (unsigned int i = 0; i < 16 * LB_DRILL_POLICIES * LB_DRILL_FAULTS; i++) {
		const struct lb_drill_setting setting = {
			.arch = i & 1 ? LB_ARCH_X86_64 : LB_ARCH_ARM64,
			.crashes = i & 2 ? LB_DRILL_KERNEL_REFERENCE : LB_DRILL_KERNEL_LINUX,
			.captures = i & 4 ? LB_DRILL_KERNEL_REFERENCE : LB_DRILL_KERNEL_LINUX,
			.device = i & 8 ? LB_DRILL_DEVICE_LIMITED : LB_DRILL_DEVICE_UNLIMITED,
			.policy = (enum lb_drill_policy)(i / 16 % LB_DRILL_POLICIES),
			.fault = (enum lb_drill_fault)(i / 16 / LB_DRILL_POLICIES)};

		if (visit(&setting, index)) {
			return true;
		}
	}
	return false;
}

static bool is_owed(const struct lb_drill_setting *setting, unsigned int proof)
{
	return lb_drill_witnesses((enum lb_drill_proof_id)proof, setting) != 0;
}

TEST(drill_protocol, every_proof_is_owed_in_some_drill)
{
	for (unsigned int i = 0; i < LB_DRILL_PROOFS; i++) {
		CHECK(any_setting(is_owed, i));
	}
}

/* Whatever crashes and whatever captures: somebody must say that memory came through. */
static bool lacks_dump(const struct lb_drill_setting *setting, unsigned int unused)
{
	(void)unused;
	return lb_drill_fault_facts(setting->fault)->end == LB_DRILL_ENDS_CAPTURED &&
		!lb_drill_witnesses(LB_DRILL_PROOF_VMCORE_MATCHES, setting) &&
		!lb_drill_witnesses(LB_DRILL_PROOF_VMCORE_READABLE, setting);
}

TEST(drill_protocol, every_drill_that_captures_owes_a_proof_of_the_dump)
{
	CHECK(!any_setting(lacks_dump, 0));
}

TEST(drill_protocol, duties_follow_architecture_kernels_device_and_fault)
{
	struct lb_drill_setting setting = plain;

	CHECK_EQUAL(lb_drill_witnesses(LB_DRILL_PROOF_LOW_MEMORY_TWO_PHASE, &setting),
		LB_DRILL_BY_PRODUCTION);
	CHECK_EQUAL(lb_drill_witnesses(LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION, &setting),
		LB_DRILL_BY_CAPTURE | LB_DRILL_BY_OUTSIDE);
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_BOUNCE_POOL_HOT, &setting));
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED, &setting));
	setting.arch = LB_ARCH_ARM64;
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_LOW_MEMORY_TWO_PHASE, &setting));
	setting.device = LB_DRILL_DEVICE_LIMITED;
	CHECK(lb_drill_witnesses(LB_DRILL_PROOF_BOUNCE_POOL_HOT, &setting));
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_CLAIM_RELEASED, &setting));
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_NAIVE_CORRUPTS, &setting));
	setting.policy = LB_DRILL_POLICY_NAIVE;
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_BOUNCE_POOL_HOT, &setting));
	CHECK_EQUAL(lb_drill_witnesses(LB_DRILL_PROOF_NAIVE_CORRUPTS, &setting),
		LB_DRILL_BY_CAPTURE | LB_DRILL_BY_OUTSIDE);
	setting.policy = LB_DRILL_POLICY_QUARANTINE;
	setting.captures = LB_DRILL_KERNEL_LINUX;
	CHECK_EQUAL(lb_drill_witnesses(LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION, &setting),
		LB_DRILL_BY_OUTSIDE);
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_BOUNCE_POOL_HOT, &setting));
	setting.fault = LB_DRILL_FAULT_FLIP_BIT;
	CHECK(lb_drill_witnesses(LB_DRILL_PROOF_DIGEST_MISMATCH_REFUSED, &setting));
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_VMCORE_MATCHES, &setting));
	setting.fault = LB_DRILL_FAULT_PANIC;
	setting.crashes = LB_DRILL_KERNEL_LINUX;
	CHECK(!lb_drill_witnesses(LB_DRILL_PROOF_DIGEST_VERIFIED, &setting));
	CHECK(lb_drill_witnesses(LB_DRILL_PROOF_VMCORE_MATCHES, &setting));
}

TEST(drill_protocol, a_name_leads_back_to_what_it_names)
{
	enum lb_drill_proof_id proof = LB_DRILL_PROOF_CLAIMS_SUMMED;
	enum lb_drill_fault fault = LB_DRILL_FAULT_NMI;
	enum lb_drill_policy policy;
	enum lb_drill_stage stage;
	enum lb_drill_pause pause;

	for (unsigned int i = 0; i < LB_DRILL_PROOFS; i++) {
		CHECK(lb_drill_find_proof(lb_drill_proof_name(i), &proof) && proof == i);
	}
	for (unsigned int i = 0; i < LB_DRILL_FAULTS; i++) {
		CHECK(lb_drill_find_fault(lb_drill_fault_facts(i)->name, &fault) && fault == i);
	}
	for (unsigned int i = 0; i < LB_DRILL_POLICIES; i++) {
		CHECK(lb_drill_find_policy(lb_drill_policy_name(i), &policy) && policy == i);
	}
	for (unsigned int i = 0; i < LB_DRILL_STAGES; i++) {
		CHECK(lb_drill_find_stage(lb_drill_stage_name(i), &stage) && stage == i);
	}
	for (unsigned int i = 0; i < LB_DRILL_PAUSES; i++) {
		CHECK(lb_drill_find_pause(lb_drill_pause_name(i), &pause) && pause == i);
	}
	proof = LB_DRILL_PROOF_CLAIMS_SUMMED;
	CHECK(!lb_drill_find_proof("claims", &proof));
	CHECK(!lb_drill_find_proof("claims-summed-up", &proof));
	CHECK(!lb_drill_find_proof("", &proof));
	CHECK_EQUAL(proof, LB_DRILL_PROOF_CLAIMS_SUMMED);
}

TEST(drill_protocol, exit_codes_are_odd_and_mean_something)
{
	for (int code = -1; code <= 255; code++) {
		CHECK(!lb_drill_exit_meaning(code) || (code & 1 && code > 1));
	}
	CHECK(lb_drill_exit_meaning(LB_DRILL_EXIT_NO_CAPTURE));
}

/* Finds the id of a name in one of the two tables. */
typedef bool find_name(const char *name, unsigned int *ret);

static bool find_proof(const char *name, unsigned int *ret)
{
	enum lb_drill_proof_id proof;
	bool found = lb_drill_find_proof(name, &proof);

	*ret = found ? (unsigned int)proof : 0;
	return found;
}

static bool find_fault(const char *name, unsigned int *ret)
{
	enum lb_drill_fault fault;
	bool found = lb_drill_find_fault(name, &fault);

	*ret = found ? (unsigned int)fault : 0;
	return found;
}

/* The words in `...` that begin the rows of the tables below a heading of docs/drill.md; counts in
 * documented[] how often each is named. Returns how many name nothing. */
static unsigned int read_table(
	const char *heading, find_name *find, unsigned int *documented, unsigned int count)
{
	FILE *file = fopen("docs/drill.md", "r");
	bool inside = false;
	unsigned int unknown = 0;
	char line[1024];
	unsigned int id;

	memset(documented, 0, count * sizeof(*documented));
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#') {
			inside = !strcmp(line, heading);
		} else if (inside && !strncmp(line, "| `", 3)) {
			char *name = line + 3;

			name[strcspn(name, "`")] = '\0';
			if (find(name, &id) && id < count) {
				documented[id]++;
			} else {
				unknown++;
			}
		}
	}
	if (file) {
		fclose(file);
	}
	return unknown;
}

TEST(drill_protocol, the_manual_names_every_proof_once_and_no_other)
{
	unsigned int documented[LB_DRILL_PROOFS];

	CHECK_EQUAL(read_table("## Proofs", find_proof, documented, LB_DRILL_PROOFS), 0);
	for (unsigned int i = 0; i < LB_DRILL_PROOFS; i++) {
		CHECK_EQUAL(documented[i], 1);
	}
}

TEST(drill_protocol, the_manual_names_every_fault_once_and_no_other)
{
	unsigned int documented[LB_DRILL_FAULTS];

	CHECK_EQUAL(read_table("## Faults", find_fault, documented, LB_DRILL_FAULTS), 0);
	for (unsigned int i = 0; i < LB_DRILL_FAULTS; i++) {
		CHECK_EQUAL(documented[i], 1);
	}
}
