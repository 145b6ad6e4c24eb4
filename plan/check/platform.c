/* SPDX-License-Identifier: MIT */
/* platform: kinds of machines on which a capture kernel is known to fail, each with its source. */
#include "lifeboat/slice.h"
#include "plan/check/checks.h"
#include "policy/linux/cmdline.h"
#include "policy/linux/version.h"

struct platform {
	bool (*is)(const struct checker *checker, uint32_t version);
	const char *text;
	const char *fix;
	const char *evidence; /* what it is known by; who found it */
};

static bool is_confidential(const struct checker *checker)
{
	return checker->machine->encryption.tdx || checker->machine->encryption.sev_snp;
}

static bool is_before_azure_unshares(const struct checker *checker, uint32_t version)
{
	return is_confidential(checker) && checker->machine->board.hyper_v &&
		version < LB_LINUX(6, 18, 0);
}

static bool is_before_guests_unshare(const struct checker *checker, uint32_t version)
{
	return is_confidential(checker) && version < LB_LINUX(6, 11, 0);
}

static bool is_snp_before_vmsa_is_left_alone(const struct checker *checker, uint32_t version)
{
	return checker->machine->encryption.sev_snp && version < LB_LINUX(6, 16, 0);
}

static bool is_snp_host_before_6_18(const struct checker *checker, uint32_t version)
{
	return checker->machine->board.snp_host && version < LB_LINUX(6, 18, 0);
}

static bool is_xen_pv(const struct checker *checker, uint32_t version)
{
	(void)version;
	return checker->machine->cpu.xen_pv;
}

static bool is_graviton_with_irqpoll(const struct checker *checker, uint32_t version)
{
	const char *cmdline = capture_cmdline(checker);

	(void)version;
	return checker->machine->arch == LB_ARCH_ARM64 && checker->machine->board.amazon_ec2 &&
		cmdline && lb_linux_has_option(cmdline, "irqpoll");
}

static bool is_raspberry_pi_3(const struct checker *checker, uint32_t version)
{
	(void)version;
	return checker->machine->board.raspberry_pi == 3;
}

static bool is_raspberry_pi_5(const struct checker *checker, uint32_t version)
{
	(void)version;
	return checker->machine->board.raspberry_pi == 5;
}

static bool is_debian_6_1_arm64(const struct checker *checker, uint32_t version)
{
	const struct lb_machine *machine = checker->machine;
	struct lb_slice release = lb_slice_of(machine->kernel.release);
	size_t at;

	return machine->arch == LB_ARCH_ARM64 && version >= LB_LINUX(6, 1, 0) &&
		version < LB_LINUX(6, 2, 0) && lb_slice_ends(release, "-arm64") &&
		lb_slice_find(lb_slice_of(machine->kernel.banner), "Debian", &at);
}

static bool is_nouveau(const struct checker *checker, uint32_t version)
{
	(void)version;
	return checker->machine->initrd.known &&
		lb_initrd_has(&checker->machine->initrd, "nouveau", true);
}

/* The first that holds is told: what is special before what is common. */
static const struct platform platforms[] = {
	{is_before_azure_unshares,
		"a confidential guest on Hyper-V (Azure): the dump hangs where it reads a page "
		"that was shared with the host",
		"use Linux 6.18 or later, or one with the fix, and try it",
		"the boot log names hypervisor and encryption; linux-hyperv list, August 2025 "
		"(\"x86/hyperv: Fix kdump on Azure CVMs\")"},
	{is_before_guests_unshare,
		"a confidential guest (TDX, SEV-SNP) whose kernel does not take back what it "
		"shared with the host: a capture kernel that touches it is stopped",
		"use Linux 6.11 or later; try it, because firmware has a say, too",
		"the boot log names the encryption; kexec list, January 2024 (\"x86/tdx: Convert "
		"shared memory back to private on kexec\")"},
	{is_snp_before_vmsa_is_left_alone,
		"an SEV-SNP guest whose kernel leaves the pages with the CPUs' state in the dump: "
		"makedumpfile hangs where it reads one",
		"use Linux 6.16 or later, or a stable kernel with the fix, and try it",
		"the boot log names the encryption; Linux commit d2062cc1b1c3 (\"x86/sev: Do not "
		"touch VMSA pages during SNP guest memory kdump\")"},
	{is_snp_host_before_6_18,
		"a host of SEV-SNP guests: the IOMMU keeps its buffers locked for the kernel that "
		"crashed, and a capture kernel before 6.18 cannot use its own",
		"use Linux 6.18 or later, or one with the fix, and try it",
		"the boot log has \"SEV-SNP: RMP table\"; kvm list, August 2025 (\"iommu/amd: Skip "
		"enabling command/event buffers for kdump\"); AMDESE/linux#5"},
	{is_xen_pv,
		"a Xen PV domain: crash memory is the hypervisor's. Domain 0 loads into that; for "
		"other PV domains there is no kdump",
		"put crashkernel= on Xen's own command line; dump other domains from outside (xl "
		"dump-core)",
		"the boot log names Xen PV; Xen's docs/misc/kexec_and_kdump.txt"},
	{is_graviton_with_irqpoll,
		"irqpoll on EC2 instances of arm64: the capture kernel hangs at the serial console",
		"take irqpoll out of KDUMP_COMMANDLINE_APPEND",
		"the boot log has \"Amazon EC2\"; coreos/fedora-coreos-tracker#1187, "
		"coreos/fedora-coreos-config#1708"},
	{is_raspberry_pi_3,
		"a Raspberry Pi 3: its CPUs cannot be switched off (spin-table), and a crash hangs "
		"before the capture kernel starts",
		"boot with firmware that has PSCI, or with maxcpus=1",
		"the boot log names the model; raspberrypi/linux#6428"},
	{is_raspberry_pi_5,
		"a Raspberry Pi 5: a kernel that kexec starts shows nothing any more",
		"try it before you count on it",
		"the boot log names the model; raspberrypi/linux#6465"},
	{is_debian_6_1_arm64,
		"Debian's 6.1 kernel for arm64 hides the symbol that kexec-tools needs for the "
		"core header: a capture kernel starts, and reading /proc/vmcore in it fails",
		"use a kernel with CONFIG_KALLSYMS_ALL (Debian's 6.12)",
		"proc/version; seen with kexec-tools 2.0.25 and 2.0.29 in QEMU"},
	{is_nouveau,
		"nouveau is in the capture initrd: its firmware takes 38 MB there, and the driver "
		"is known to panic in capture kernels",
		"leave it out (omit_drivers+=\" nouveau \" for dracut), and build the initrd again",
		"the capture initrd's files; rhkdump/kdump-utils#65"},
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
		if (platforms[i].is(checker, version)) {
			return found(platforms[i].text, platforms[i].fix, platforms[i].evidence);
		}
	}
	return lb_machine_has(machine, LB_SOURCE_LOG)
		       ? fine()
		       : not_read("the boot log, which names the kind of machine, is not shown");
}
