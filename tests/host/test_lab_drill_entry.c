/* SPDX-License-Identifier: MIT */
/* What the lab makes of registers at the first instruction of a capture kernel, as QEMU 7.2 shows
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/drill_internal.h"
#include "tests/harness/test.h"

/* Another CPU stands before the one that counts. */
static const char x86_64[] =
	"\r\nCPU#0\r\nRAX=0000000000000000 RSI=0000000000000001\r\n"
	"RIP=ffffffff80004ac2 RFL=00000246\r\n"
	"CS =0010 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\r\n"
	"IDT=     ffffffff8040a000 00000fff\r\nCR0=80010033 CR4=000006f0\r\n"
	"\r\nCPU#1\r\nRAX=000000003e600200 RBX=0000000000000000 RCX=0000000000000000\r\n"
	"RSI=000000003e407000 RDI=0000000000000000 RBP=0000000000000000\r\n"
	"RIP=000000003e600200 RFL=00000046 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n"
	"ES =0018 0000000000000000 ffffffff 00cf9300 DPL=0 DS [-WA]\r\n"
	"CS =0010 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\r\n"
	"SS =0018 0000000000000000 ffffffff 00cf9300 DPL=0 DS [-WA]\r\n"
	"DS =0018 0000000000000000 ffffffff 00cf9300 DPL=0 DS [-WA]\r\n"
	"IDT=     0000000000000000 00000000\r\nCR0=80010033 CR3=3e403000 CR4=00000670\r\n";

static const char arm64[] =
	"\r\nCPU#0\r\n PC=000000003e600200 X00=000000003e407000 X01=0000000000000000\r\n"
	"X02=0000000000000000 X03=0000000000000000 X04=0000000000000040\r\n"
	"X29=0000000000000000 X30=0000000000000000  SP=000000003e406000\r\n"
	"PSTATE=600003c5 -ZC- EL1h     FPU disabled\r\n"
	"\r\nCPU#1\r\n PC=ffffffff80004ac2 X00=0000000000000001 X01=0000000000000001\r\n"
	"PSTATE=60000344 -ZC- EL1t\r\n";

/* What is said once `from` in the registers has become `to`, of the same length. */
static const char *fault(enum lb_arch arch, const char *from, const char *to)
{
	struct lb_drill_spec spec = {.arch = arch};
	struct drill *drill = calloc(1, sizeof(*drill));
	char text[2048];
	const char *found;
	char *at;

	if (!drill) {
		abort();
	}
	drill->spec = &spec;
	drill->entry = 0x3e600200;
	drill->loaded[0].range = (struct lb_range){0x3e407000, 0x3e409000};
	snprintf(drill->loaded[0].name, sizeof(drill->loaded[0].name), LB_SEGMENT_BOOT_DATA);
	drill->loaded_count = 1;
	snprintf(text, sizeof(text), "%s", arch == LB_ARCH_X86_64 ? x86_64 : arm64);
	for (at = strstr(text, from); at; at = strstr(at + 1, from)) {
		memcpy(at, to, strlen(to));
	}
	found = drill_entry_fault(drill, text);
	free(drill);
	return found;
}

TEST(lab_drill_entry, passes_where_everything_is_as_asked_for)
{
	CHECK(!fault(LB_ARCH_X86_64, "CPU#0", "CPU#0"));
	CHECK(!fault(LB_ARCH_ARM64, "CPU#0", "CPU#0"));
}

TEST(lab_drill_entry, names_what_is_not)
{
	static const struct {
		enum lb_arch arch;
		const char *from, *to, *wrong;
	} rows[] = {
		{LB_ARCH_X86_64, "RFL=00000046", "RFL=00000246", "interrupts are on"},
		{LB_ARCH_X86_64, "CR4=00000670", "CR4=000006f0", "global pages are on"},
		{LB_ARCH_X86_64, "IDT=     0000000000000000", "IDT=     000000003e404000",
			"there is a table of exceptions"},
		{LB_ARCH_X86_64, "ES =0018", "ES =0000", "es is not 0x18"},
		{LB_ARCH_X86_64, "RSI=000000003e407000", "RSI=000000003e408000",
			"rsi is not the address of the boot data"},
		{LB_ARCH_X86_64, "RIP=000000003e600200", "RIP=000000003e600204",
			"no CPU is there"},
		{LB_ARCH_ARM64, "600003c5", "60000345", "not all exceptions are masked"},
		{LB_ARCH_ARM64, "X00=000000003e407000", "X00=000000003e408000",
			"x0 is not the address of the boot data"},
		{LB_ARCH_ARM64, "X03=0000000000000000", "X03=0000000000000001", "x3 is not 0"},
		{LB_ARCH_ARM64, " PC=000000003e600200", " PC=000000003e600204",
			"no CPU is there"},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		const char *wrong = fault(rows[i].arch, rows[i].from, rows[i].to);

		CHECK(wrong);
		CHECK_TEXT(wrong ? wrong : "", rows[i].wrong);
	}
}
