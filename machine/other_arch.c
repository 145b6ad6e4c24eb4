/* SPDX-License-Identifier: MIT */
/* other_arch: names of releases, and the table of what is not modelled. */
#include "machine/other_arch.h"

#include <string.h>

#include "machine/text.h"

#define NAMES_MAX 8

static const struct other {
	const char *name;
	const char *words[NAMES_MAX];   /* of uname -m */
	const char *endings[NAMES_MAX]; /* of a release */
	const char *compiler;           /* as a banner begins to name it */
} others[] = {
	{"i686", {"i686", "i586", "i486", "i386"},
		{"-686", "-686-pae", "-pae", ".i686", ".i686+PAE", ".i686.PAE", ".i586", "-i386"},
		"(i686-"},
	{"ppc64le", {"ppc64le"}, {".ppc64le", "-powerpc64le"}, "(powerpc64le-"},
	{"ppc64", {"ppc64"}, {".ppc64", "-powerpc64"}, "(powerpc64-"},
	{"s390x", {"s390x"}, {".s390x", "-s390x"}, "(s390x-"},
	{"loongarch64", {"loongarch64"}, {".loongarch64", "-loong64", "-loongarch64"},
		"(loongarch64-"},
	{"arm", {"armv8l", "armv7l", "armv6l", "armv5tel"},
		{"-armmp", "-armmp-lpae", ".armv7hl", ".armv7hl+lpae", "-rpi"}, "(arm-"},
	{"mips64", {"mips64", "mips"}, {"-mips64el", "-5kc-malta", "-loongson-3"}, "(mips64el-"},
	{"sparc64", {"sparc64"}, {"-sparc64", "-sparc64-smp"}, "(sparc64-"},
	{"parisc", {"parisc64", "parisc"}, {"-parisc64", "-parisc"}, "(hppa"},
	{"ia64", {"ia64"}, {"-itanium", "-mckinley", ".ia64"}, "(ia64-"},
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

enum lb_arch lb_arch_of_release(const char *release)
{
	if (strstr(release, "x86_64") || ends_with(release, "amd64")) {
		return LB_ARCH_X86_64;
	}
	if (strstr(release, "aarch64") || strstr(release, "arm64")) {
		return LB_ARCH_ARM64;
	}
	return strstr(release, "riscv64") ? LB_ARCH_RISCV64 : LB_ARCH_UNKNOWN;
}

const char *lb_other_arch_of_release(const char *release)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		for (size_t k = 0; k < NAMES_MAX && others[i].endings[k]; k++) {
			if (ends_with(release, others[i].endings[k])) {
				return others[i].name;
			}
		}
	}
	return NULL;
}

const char *lb_other_arch_of_uname(const char *line)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		for (size_t k = 0; k < NAMES_MAX && others[i].words[k]; k++) {
			if (text_has_word(line, others[i].words[k])) {
				return others[i].name;
			}
		}
	}
	return NULL;
}

const char *lb_other_arch_of_banner(const char *banner)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		if (strstr(banner, others[i].compiler)) {
			return others[i].name;
		}
	}
	return NULL;
}
