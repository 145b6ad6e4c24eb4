/* SPDX-License-Identifier: MIT */
/* platform: kinds of machines on which a capture kernel is known to fail, each with its source. */
#include "lifeboat/slice.h"
#include "plan/check/checks.h"
#include "policy/linux/version.h"

struct platform {
	bool (*is)(const struct lb_machine *machine, uint32_t version);
	const char *text;
	const char *fix;
	const char *evidence; /* what it is known by; who found it */
};

/* "x86/kexec: TDX" series, kexec list, January to June 2024; in 6.11. */
static bool is_confidential_before_unsharing(const struct lb_machine *machine, uint32_t version)
{
	return (machine->encryption.tdx || machine->encryption.sev_snp) &&
		version < LB_LINUX(6, 11, 0);
}

static bool is_debian_6_1_arm64(const struct lb_machine *machine, uint32_t version)
{
	struct lb_slice release = lb_slice_of(machine->kernel.release);
	size_t at;

	return machine->arch == LB_ARCH_ARM64 && version >= LB_LINUX(6, 1, 0) &&
		version < LB_LINUX(6, 2, 0) && lb_slice_ends(release, "-arm64") &&
		lb_slice_find(lb_slice_of(machine->kernel.banner), "Debian", &at);
}

static const struct platform platforms[] = {
	{is_confidential_before_unsharing,
		"a confidential guest (TDX, SEV-SNP) whose kernel does not take back what it "
		"shared with the host: a capture kernel that touches it is stopped",
		"use Linux 6.11 or later; try it, because firmware has a say, too",
		"the boot log names the encryption; kexec list, January 2024 (\"x86/tdx: Convert "
		"shared memory back to private on kexec\")"},
	{is_debian_6_1_arm64,
		"Debian's 6.1 kernel for arm64 hides the symbol that kexec-tools needs for the "
		"core header: a capture kernel starts, and reading /proc/vmcore in it fails",
		"use a kernel with CONFIG_KALLSYMS_ALL (Debian's 6.12)",
		"proc/version; seen with kexec-tools 2.0.25 and 2.0.29 in QEMU"},
};

struct answer check_platform(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	uint32_t version;

	if (machine->arch == LB_ARCH_UNKNOWN ||
		!lb_linux_version_parse(machine->kernel.release, &version)) {
		return not_read("the machine does not show which kernel it runs, on what");
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(platforms); i++) {
		if (platforms[i].is(machine, version)) {
			return found(platforms[i].text, platforms[i].fix, platforms[i].evidence);
		}
	}
	return lb_machine_has(machine, LB_SOURCE_LOG)
		       ? fine()
		       : not_read("the boot log, which names memory encryption, is not shown");
}
