/* SPDX-License-Identifier: MIT */
/* drill: the tables of drill.h as data. */
#include "protocol/drill.h"

static const char *const stages[] = {
#define X(id, name) [LB_DRILL_STAGE_##id] = name,
	LB_DRILL_STAGE_TABLE(X)
#undef X
};

static const char *const pauses[] = {
#define X(id, name) [LB_DRILL_PAUSE_##id] = name,
	LB_DRILL_PAUSE_TABLE(X)
#undef X
};

static const char *const fault_names[] = {
#define X(id, name, cpus, lost, end, meaning) [LB_DRILL_FAULT_##id] = name,
	LB_DRILL_FAULT_TABLE(X)
#undef X
};

static const struct lb_drill_fault_facts faults[] = {
#define X(id, name, cpus, lost, end, meaning)                                                    \
	[LB_DRILL_FAULT_##id] = {name, cpus, lost, LB_DRILL_ENDS_##end, meaning},
	LB_DRILL_FAULT_TABLE(X)
#undef X
};

static const char *const policy_names[] = {
#define X(id, name, meaning) [LB_DRILL_POLICY_##id] = name,
	LB_DRILL_POLICY_TABLE(X)
#undef X
};

static const char *const policy_meanings[] = {
#define X(id, name, meaning) [LB_DRILL_POLICY_##id] = meaning,
	LB_DRILL_POLICY_TABLE(X)
#undef X
};

static const char *const proof_names[] = {
#define X(id, name, meaning) [LB_DRILL_PROOF_##id] = name,
	LB_DRILL_PROOF_TABLE(X)
#undef X
};

static const char *const proof_meanings[] = {
#define X(id, name, meaning) [LB_DRILL_PROOF_##id] = meaning,
	LB_DRILL_PROOF_TABLE(X)
#undef X
};

/* What the word ANY in the table's column of architectures is. */
#define LB_ARCH_ANY LB_ARCH_UNKNOWN
/* And in that of policies. */
#define LB_DRILL_POLICY_ANY LB_DRILL_POLICIES

static const struct duty {
	enum lb_drill_proof_id proof;
	enum lb_drill_witness witness;
	enum lb_arch arch;
	enum lb_drill_kernel crashes;
	enum lb_drill_kernel captures;
	enum lb_drill_device device;
	enum lb_drill_policy policy;
	enum lb_drill_end end;
} duties[] = {
#define X(proof, witness, arch, crashes, captures, device, policy, end)                          \
	{LB_DRILL_PROOF_##proof, LB_DRILL_BY_##witness, LB_ARCH_##arch,                          \
		LB_DRILL_KERNEL_##crashes, LB_DRILL_KERNEL_##captures, LB_DRILL_DEVICE_##device, \
		LB_DRILL_POLICY_##policy, LB_DRILL_ENDS_##end},
	LB_DRILL_DUTY_TABLE(X)
#undef X
};

static bool is_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const char *lb_drill_stage_name(enum lb_drill_stage stage)
{
	LB_ASSERT(stage < LB_DRILL_STAGES);
	return stages[stage];
}

const char *lb_drill_pause_name(enum lb_drill_pause pause)
{
	LB_ASSERT(pause < LB_DRILL_PAUSES);
	return pauses[pause];
}

const char *lb_drill_policy_name(enum lb_drill_policy policy)
{
	LB_ASSERT(policy < LB_DRILL_POLICIES);
	return policy_names[policy];
}

const char *lb_drill_policy_meaning(enum lb_drill_policy policy)
{
	LB_ASSERT(policy < LB_DRILL_POLICIES);
	return policy_meanings[policy];
}

const char *lb_drill_proof_name(enum lb_drill_proof_id proof)
{
	LB_ASSERT(proof < LB_DRILL_PROOFS);
	return proof_names[proof];
}

const char *lb_drill_proof_meaning(enum lb_drill_proof_id proof)
{
	LB_ASSERT(proof < LB_DRILL_PROOFS);
	return proof_meanings[proof];
}

const struct lb_drill_fault_facts *lb_drill_fault_facts(enum lb_drill_fault fault)
{
	LB_ASSERT(fault < LB_DRILL_FAULTS);
	return &faults[fault];
}

/* Its index; count if it is not there. */
static unsigned int find(const char *name, const char *const *names, unsigned int count)
{
	unsigned int i = 0;

	while (i < count && !is_equal(name, names[i])) {
		i++;
	}
	return i;
}

bool lb_drill_find_stage(const char *name, enum lb_drill_stage *ret)
{
	unsigned int found = find(name, stages, LB_DRILL_STAGES);

	*ret = found < LB_DRILL_STAGES ? (enum lb_drill_stage)found : *ret;
	return found < LB_DRILL_STAGES;
}

bool lb_drill_find_pause(const char *name, enum lb_drill_pause *ret)
{
	unsigned int found = find(name, pauses, LB_DRILL_PAUSES);

	*ret = found < LB_DRILL_PAUSES ? (enum lb_drill_pause)found : *ret;
	return found < LB_DRILL_PAUSES;
}

bool lb_drill_find_fault(const char *name, enum lb_drill_fault *ret)
{
	unsigned int found = find(name, fault_names, LB_DRILL_FAULTS);

	*ret = found < LB_DRILL_FAULTS ? (enum lb_drill_fault)found : *ret;
	return found < LB_DRILL_FAULTS;
}

bool lb_drill_find_policy(const char *name, enum lb_drill_policy *ret)
{
	unsigned int found = find(name, policy_names, LB_DRILL_POLICIES);

	*ret = found < LB_DRILL_POLICIES ? (enum lb_drill_policy)found : *ret;
	return found < LB_DRILL_POLICIES;
}

bool lb_drill_find_proof(const char *name, enum lb_drill_proof_id *ret)
{
	unsigned int found = find(name, proof_names, LB_DRILL_PROOFS);

	*ret = found < LB_DRILL_PROOFS ? (enum lb_drill_proof_id)found : *ret;
	return found < LB_DRILL_PROOFS;
}

const char *lb_drill_exit_meaning(int status)
{
	switch (status) {
#define X(id, code, meaning)                                                                     \
	case LB_DRILL_EXIT_##id:                                                                 \
		return meaning;
		LB_DRILL_EXIT_TABLE(X)
#undef X
	default:
		return NULL;
	}
}

static bool applies(const struct duty *duty, const struct lb_drill_setting *setting)
{
	return (!duty->arch || duty->arch == setting->arch) &&
		(!duty->crashes || duty->crashes == setting->crashes) &&
		(!duty->captures || duty->captures == setting->captures) &&
		(!duty->device || duty->device == setting->device) &&
		(duty->policy == LB_DRILL_POLICY_ANY || duty->policy == setting->policy) &&
		(!duty->end || duty->end == faults[setting->fault].end);
}

unsigned int lb_drill_witnesses(
	enum lb_drill_proof_id proof, const struct lb_drill_setting *setting)
{
	unsigned int ret = 0;

	LB_ASSERT(proof < LB_DRILL_PROOFS && setting->fault < LB_DRILL_FAULTS);
	LB_ASSERT(setting->arch && setting->crashes && setting->captures && setting->device);
	for (size_t i = 0; i < LB_ARRAY_COUNT(duties); i++) {
		if (duties[i].proof == proof && applies(&duties[i], setting)) {
			ret |= duties[i].witness;
		}
	}
	return ret;
}
