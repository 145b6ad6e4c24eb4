/* SPDX-License-Identifier: MIT */
/* effective: what a user is told about a request that does not mean what it seems to mean. */
#include "policy/linux/effective.h"

#include "lifeboat/format.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define CK "crashkernel="
#define X86 LB_ARCH_X86_64
#define ARM64 LB_ARCH_ARM64
#define RISCV64 LB_ARCH_RISCV64

static struct lb_effect_note notes[8];

static size_t ask(enum lb_arch arch, uint32_t version, const char *cmdline)
{
	struct lb_reserve_env env = {.arch = arch, .version = version,
		.system_ram = UINT64_C(2047) << 20, .page_size = 4096,
		.cma_align = version >= V(7, 2, 0) ? 2 * LB_MIB : 0};

	return lb_reserve_effective(&env, cmdline, notes, LB_ARRAY_COUNT(notes));
}

/* The effects by name, each with the text it is about. */
static const char *effects(enum lb_arch arch, uint32_t version, const char *cmdline)
{
	static char bytes[512];
	struct lb_text text = LB_TEXT(bytes);
	size_t count = ask(arch, version, cmdline);

	for (size_t i = 0; i < count && i < LB_ARRAY_COUNT(notes); i++) {
		CHECK(notes[i].start <= notes[i].end);
		CHECK(notes[i].text[0]);
		lb_format(&text, "%s%s(%.*s)", i ? " " : "", lb_effect_name(notes[i].effect),
			(int)(notes[i].end - notes[i].start), cmdline + notes[i].start);
	}
	return bytes;
}

TEST(effective, a_plain_request_needs_no_notes)
{
	CHECK_TEXT(effects(X86, V(6, 12, 0), "quiet " CK "256M splash"), "");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "256M@16M"), "");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "256M,high " CK "64M,low"), "");
	CHECK_TEXT(effects(X86, V(6, 12, 0), "quiet"), "");
}

TEST(effective, the_last_occurrence_of_a_class_is_the_one_that_counts)
{
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "64M " CK "128M"), "superseded(" CK "64M)");
	CHECK_TEXT(notes[0].text, "not read: the last plain value counts");
}

TEST(effective, low_is_ignored_without_high_and_it_depends_on_the_version_how)
{
	static const char line[] = CK "256M " CK "64M,low";

	CHECK_TEXT(effects(X86, V(6, 12, 0), line), "low-ignored(" CK "64M,low)");
	CHECK_TEXT(notes[0].text,
		"`,low` is ignored: this kernel reads it only together with `,high`");
	CHECK_TEXT(effects(X86, V(6, 1, 0), line), "low-ignored(" CK "64M,low)");
	CHECK_TEXT(notes[0].text, "`,low` is ignored unless the region comes to lie above 4 GiB");
	CHECK_TEXT(effects(ARM64, V(5, 10, 0), line), "low-ignored(" CK "64M,low)");
	CHECK_TEXT(notes[0].text, "`,low` is ignored: this kernel does not act on it");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "64M,low"), "low-ignored(" CK "64M,low)");
	CHECK_TEXT(notes[0].text, "`,low` reserves nothing by itself");
}

TEST(effective, high_yields_to_a_plain_value)
{
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "1G,high " CK "256M"),
		"high-ignored(" CK "1G,high)");
	CHECK_TEXT(effects(X86, V(6, 1, 0), CK "1G,high " CK "x"),
		"high-instead(" CK "1G,high) malformed(x)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "1G,high " CK "x"),
		"high-ignored(" CK "1G,high) malformed(x)");
	CHECK_TEXT(effects(ARM64, V(5, 15, 0), CK "1G,high"), "high-ignored(" CK "1G,high)");
	CHECK_TEXT(effects(RISCV64, V(6, 1, 0), CK "1G,high"), "high-ignored(" CK "1G,high)");
}

TEST(effective, cma_is_unknown_then_ignored_then_used)
{
	static const char line[] = CK "256M " CK "1G,cma";

	CHECK_TEXT(effects(X86, V(6, 12, 0), line),
		"superseded(" CK "256M) unknown-suffix(,cma)");
	CHECK_TEXT(notes[1].text, "this kernel does not know `,cma`, so the whole value counts "
		"as a malformed plain one");
	CHECK_TEXT(effects(X86, V(6, 17, 0), line), "cma-ignored(" CK "1G,cma)");
	CHECK_TEXT(effects(X86, V(7, 2, 0), line), "");
	CHECK_TEXT(effects(ARM64, V(7, 2, 0), line), "cma-ignored(" CK "1G,cma)");
	CHECK_TEXT(effects(ARM64, V(7, 3, 0), line), "");
	CHECK_TEXT(effects(X86, V(7, 2, 0), CK "1G,cma"), "cma-ignored(" CK "1G,cma)");
}

TEST(effective, mistakes_are_shown_where_they_stand)
{
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "256MB quiet"), "malformed(B)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "auto"), "malformed(auto)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK), "malformed()");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "1G-4G=64M:"), "malformed(=64M:)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "256M,HIGH"), "unknown-suffix(,HIGH)");
}

TEST(effective, ranges_say_which_entry_counts_and_what_was_compared)
{
	CHECK_TEXT(effects(X86, V(6, 1, 0), CK "1G-2G:128M,2G-:192M"),
		"range-entry(1G-2G:128M,2G-:192M)");
	CHECK_TEXT(notes[0].text,
		"entry 2 counts: 2048 MiB of memory, rounded up to a multiple of 128 MiB");
	CHECK_TEXT(effects(X86, V(5, 10, 0), CK "1G-2G:128M,2G-:192M"),
		"range-entry(1G-2G:128M,2G-:192M)");
	CHECK_TEXT(notes[0].text, "entry 1 counts: 2047 MiB of memory");
}

TEST(effective, odd_forms_are_pointed_out)
{
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "256M@16Mfoo"), "tail-ignored(foo)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), "foo" CK "64M"), "part-of-word(" CK "64M)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "17E"), "overflow(17E)");
	/* Where it begins, be it the end of a range; digits within a number are no other one. */
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "1G-99999999999999999999:256M"),
		"overflow(99999999999999999999:256M) "
		"range-entry(1G-99999999999999999999:256M)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "1G-:99999999999999999999"),
		"malformed() overflow(99999999999999999999)");
	CHECK_TEXT(effects(X86, V(6, 12, 0), CK "01777777777777777777777"), "");
	CHECK_TEXT(effects(ARM64, V(6, 1, 0), CK "1000000"), "page-rounded(" CK "1000000)");
	CHECK_TEXT(effects(ARM64, V(6, 12, 0), CK "1000000"), "");
}

TEST(effective, a_command_line_that_is_too_long_is_cut)
{
	static char line[2100];

	__builtin_memset(line, 'x', sizeof(line) - 1);
	__builtin_memcpy(line, CK "64M ", sizeof(CK "64M ") - 1);
	CHECK_EQUAL(ask(X86, V(6, 12, 0), line), 1);
	CHECK(notes[0].effect == LB_EFFECT_CUT_OFF);
	CHECK_EQUAL(notes[0].start, 2047);
}

TEST(effective, more_notes_than_room_are_counted)
{
	struct lb_reserve_env env = {.arch = X86, .version = V(6, 12, 0)};

	CHECK_EQUAL(lb_reserve_effective(&env, CK "1 " CK "2 " CK "3", NULL, 0), 2);
}
