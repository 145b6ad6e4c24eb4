/* SPDX-License-Identifier: MIT */
/*
 * drill_entry: the machine at the first instruction of the capture kernel. What its boot protocol
 * asks of registers holds (Linux 6.12, Documentation/arch/x86/boot.rst, "64-bit boot protocol", and
 * Documentation/arch/arm64/booting.rst), and nothing of the old kernel or of purgatory can reach
 * it: no interrupt, no exception, no translation.
 */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL UINT64_MAX
#define BOOT_DATA 0 /* for the value of a register: where these were loaded */

/* A register as QEMU labels it ("info registers"): these bits of it have this value. */
struct expected {
	const char *label;
	uint64_t mask;
	uint64_t value;
	bool is_boot_data;
	const char *otherwise;
};

/* Global translations outlive a change of the tables as long as CR4.PGE is on. */
static const struct expected on_x86_64[] = {
	{"RFL=", 0x200, 0, false, "interrupts are on"},
	{"CR4=", 0x80, 0, false, "global pages are on"},
	{"IDT=", ALL, 0, false, "there is a table of exceptions"},
	{"CS =", 0xffff, 0x10, false, "cs is not 0x10"},
	{"DS =", 0xffff, 0x18, false, "ds is not 0x18"},
	{"ES =", 0xffff, 0x18, false, "es is not 0x18"},
	{"SS =", 0xffff, 0x18, false, "ss is not 0x18"},
	{"RSI=", ALL, BOOT_DATA, true, "rsi is not the address of the boot data"},
};
static const struct expected on_arm64[] = {
	{"PSTATE=", 0x3c0, 0x3c0, false, "not all exceptions are masked"},
	{"X00=", ALL, BOOT_DATA, true, "x0 is not the address of the boot data"},
	{"X01=", ALL, 0, false, "x1 is not 0"},
	{"X02=", ALL, 0, false, "x2 is not 0"},
	{"X03=", ALL, 0, false, "x3 is not 0"},
};

static bool is_as_expected(
	const struct drill *drill, const char *registers, const struct expected *expected)
{
	const char *at = strstr(registers, expected->label);
	uint64_t value = expected->is_boot_data
		? drill_loaded(drill, LB_SEGMENT_BOOT_DATA).start
		: expected->value;

	return at &&
		(strtoull(at + strlen(expected->label), NULL, 16) & expected->mask) == value;
}

/* Cuts the text to what it says of the CPU at this address; NULL: none is there. */
static const char *cpu_at(char *text, enum lb_arch arch, lb_phys_addr address)
{
	char here[32];
	char *cpu = strstr(text, "CPU#");

	snprintf(here, sizeof(here), "%s=%016" PRIx64, arch == LB_ARCH_X86_64 ? "RIP" : "PC",
		address);
	while (cpu) {
		char *next = strstr(cpu + 1, "CPU#");

		if (next) {
			next[-1] = '\0';
		}
		if (strstr(cpu, here)) {
			return cpu;
		}
		cpu = next;
	}
	return NULL;
}

const char *drill_entry_fault(const struct drill *drill, char *registers)
{
	bool is_x86 = drill->spec->arch == LB_ARCH_X86_64;
	const struct expected *expected = is_x86 ? on_x86_64 : on_arm64;
	size_t count = is_x86 ? LB_ARRAY_COUNT(on_x86_64) : LB_ARRAY_COUNT(on_arm64);
	const char *cpu = cpu_at(registers, drill->spec->arch, drill->entry);

	if (!cpu) {
		return "no CPU is there";
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_as_expected(drill, cpu, &expected[i])) {
			return expected[i].otherwise;
		}
	}
	return NULL;
}

/* With its MMU on, a CPU would go through purgatory's tables, which know no RAM but the crash
 * memory. */
static bool find_mmu_on(struct drill *drill, const char **ret_wrong)
{
	bool reached = true;

	if (drill->spec->arch == LB_ARCH_ARM64 && drill->tables.ram_count &&
		!lab_gdb_can_read(&drill->gdb, drill->tables.ram[0].start, &reached,
			&drill->result->problem)) {
		return false;
	}
	if (!*ret_wrong && !reached) {
		*ret_wrong = "the MMU is on";
	}
	return true;
}

bool drill_judge_entry(struct drill *drill)
{
	struct lab_error *problem = &drill->result->problem;
	const char *wrong = "QEMU shows no registers";
	char *text = malloc(LAB_QMP_ANSWER_BYTES);
	bool asked = text && lab_qmp_human(&drill->qmp, "info registers -a", text,
		LAB_QMP_ANSWER_BYTES, problem);

	if (asked) {
		wrong = drill_entry_fault(drill, text);
		asked = find_mmu_on(drill, &wrong);
	}
	drill_proof(drill, LB_DRILL_PROOF_ENTERED_CLEAN, LB_DRILL_BY_OUTSIDE, !wrong,
		"at 0x%" PRIx64 ", the first instruction of the capture kernel, %s", drill->entry,
		wrong ? wrong : "registers are as its boot protocol asks, exceptions are masked, "
				"and no translation of the old kernel is left");
	free(text);
	return asked;
}
