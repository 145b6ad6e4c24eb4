/* SPDX-License-Identifier: MIT */
/* Boot log lines about the kernel, its command line, processors, encryption and IOMMUs. */
#include "machine/log.h"

#define CMDLINE_BYTES_MAX 65536
#define CMDLINE_LINES_MAX 64

static bool linux_version(struct log_reader *log, const char *rest)
{
	struct lb_machine_kernel *kernel = &log->machine->kernel;
	size_t length = strcspn(rest, " ");

	if (!text_is_digit(*rest)) {
		return false;
	}
	if (!*kernel->banner) {
		kernel->banner = rest - strlen("Linux version ");
		kernel->release = machine_text(log->reader, rest, length);
	} else if (strncmp(rest, kernel->release, length) || kernel->release[length]) {
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"the log is of release %.*s, not of %s", (int)lb_min(length, 80), rest,
			kernel->release);
	}
	return true;
}

/*
 * From 6.19 on the kernel breaks a long command line into several lines of the same prefix, and
 * ends all but the last with " \\" (init/main.c, print_kernel_cmdline).
 */
static void continue_command_line(struct machine_reader *reader, const char *rest)
{
	size_t length = strlen(reader->log_cmdline);
	size_t more = strlen(rest);
	char *joined;

	if (length < 2 || strcmp(reader->log_cmdline + length - 2, " \\") ||
		length + more > CMDLINE_BYTES_MAX ||
		reader->log_cmdline_joined >= CMDLINE_LINES_MAX) {
		return;
	}
	joined = machine_arena_allocate(reader->arena, length + more);
	if (!joined) {
		return;
	}
	memcpy(joined, reader->log_cmdline, length - 1);
	memcpy(joined + length - 1, rest, more + 1);
	reader->log_cmdline = joined;
	reader->log_cmdline_joined++;
}

/* x86 prints "Command line:" first thing and "Kernel command line:" later; the second is what
 * /proc/cmdline shows. Other architectures print the second only. */
static bool kernel_command_line(struct log_reader *log, const char *rest)
{
	struct machine_reader *reader = log->reader;

	if (!reader->log_cmdline || !reader->log_cmdline_kernel) {
		reader->log_cmdline_twice =
			reader->log_cmdline && text_same_but_blanks(reader->log_cmdline, rest);
		reader->log_cmdline = rest;
		reader->log_cmdline_kernel = true;
	} else {
		continue_command_line(reader, rest);
	}
	return true;
}

static bool command_line(struct log_reader *log, const char *rest)
{
	if (!log->reader->log_cmdline) {
		log->reader->log_cmdline = rest;
	}
	log->reader->looks_x86 = true;
	return true;
}

static bool kaslr(struct log_reader *log, const char *rest)
{
	log->reader->log_kaslr_on |= text_starts(rest, "enabled");
	log->reader->log_kaslr_off |= text_starts(rest, "disabled");
	return true;
}

static bool kernel_offset(struct log_reader *log, const char *rest)
{
	log->reader->log_kaslr_off |= text_starts(rest, "disabled");
	log->reader->log_kaslr_on |= text_starts(rest, "0x");
	return true;
}

/* "... nr_cpu_ids:2 ..." (x86) or "... to nr_cpu_ids=1." (all) */
static bool possible_cpus(struct log_reader *log, const char *rest)
{
	const char *at = strstr(rest, "nr_cpu_ids");
	int count;

	if (!at) {
		return true;
	}
	at += strlen("nr_cpu_ids");
	if ((*at != ':' && *at != '=') || !(at++, text_int(&at, &count))) {
		return false;
	}
	log->machine->cpu.possible = count;
	return true;
}

/* "smp: Brought up 1 node, 2 CPUs" */
static bool brought_up(struct log_reader *log, const char *rest)
{
	const char *at = strchr(rest, ',');
	int count;

	if (!at) {
		return false;
	}
	at++;
	text_skip_blanks(&at);
	if (!text_int(&at, &count)) {
		return false;
	}
	if (!log->machine->cpu.count) {
		log->machine->cpu.count = count;
	}
	return true;
}

static bool memory_block_size(struct log_reader *log, const char *rest)
{
	uint64_t mib, bytes;

	if (!text_decimal(&rest, &mib) || !text_starts(rest, "MB") ||
		!lb_mul(mib, LB_MIB, &bytes)) {
		return false;
	}
	if (!log->machine->memory.block_size) {
		log->machine->memory.block_size = bytes;
	}
	return true;
}

static bool gb_pages(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->cpu.gbpages = log->machine->cpu.gbpages_known = true;
	return true;
}

/* "34 pages/cpu s101528 r8192 d29544 u139264": static, reserved and dynamic part fill the pages
 * exactly, so their sum tells the page size. */
static bool percpu_embedded(struct log_reader *log, const char *rest)
{
	uint64_t pages, part, sum = 0;

	if (!text_decimal(&rest, &pages) || !text_skip(&rest, " pages/cpu ")) {
		return false;
	}
	if (*rest == '@') {
		rest += strcspn(rest, " ");
		text_skip_blanks(&rest);
	}
	for (const char *letter = "srd"; *letter; letter++) {
		if (*rest++ != *letter || !text_decimal(&rest, &part) || !lb_add(sum, part, &sum)) {
			return false;
		}
		text_skip_blanks(&rest);
	}
	if (pages && sum % pages == 0 &&
		(sum / pages == 4096 || sum / pages == 16384 || sum / pages == 65536)) {
		log->reader->log_page_size = (uint32_t)(sum / pages);
	}
	return true;
}

static bool hypervisor(struct log_reader *log, const char *rest)
{
	log->machine->cpu.hypervisor = true;
	log->machine->cpu.xen_pv |= text_starts(rest, "Xen PV") && !text_starts(rest, "Xen PVH");
	log->machine->board.hyper_v |= text_starts(rest, "Microsoft Hyper-V");
	return true;
}

/* "Booting paravirtualized kernel on KVM": "Xen" alone is a PV domain up to 6.x. */
static bool paravirtualized(struct log_reader *log, const char *rest)
{
	log->machine->cpu.hypervisor |= !text_starts(rest, "bare hardware");
	log->machine->cpu.xen_pv |= !strcmp(rest, "Xen") || !strcmp(rest, "Xen PV");
	return true;
}

/* "AMD Memory Encryption Features active: SEV SEV-ES SEV-SNP", "Memory Encryption Features
 * active: AMD SME", "... Intel TDX" */
static bool memory_encryption(struct log_reader *log, const char *rest)
{
	struct lb_machine_encryption *encryption = &log->machine->encryption;

	encryption->sme |= text_has_word(rest, "SME");
	encryption->sev |= text_has_word(rest, "SEV");
	encryption->sev_es |= text_has_word(rest, "SEV-ES");
	encryption->sev_snp |= text_has_word(rest, "SEV-SNP");
	encryption->tdx |= text_has_word(rest, "TDX");
	return true;
}

static bool tdx_guest(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->encryption.tdx = true;
	return true;
}

/* arm64, Realm Management Extension: only a realm talks to the Realm Services Interface. */
static bool realm(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->encryption.realm = true;
	return true;
}

static bool amazon_ec2(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->board.amazon_ec2 = true;
	return true;
}

static bool raspberry_pi(struct log_reader *log, const char *rest)
{
	uint64_t number;

	if (text_decimal(&rest, &number) && number <= 100) {
		log->machine->board.raspberry_pi = (int)number;
	}
	return true;
}

static bool snp_host(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->board.snp_host = true;
	return true;
}

/* "Kernel is locked down from EFI Secure Boot mode; see man kernel_lockdown.7": how far is not
 * said. A file that says it is read before the log. */
static bool locked_down(struct log_reader *log, const char *rest)
{
	struct lb_machine_kexec *kexec = &log->machine->kexec;

	(void)rest;
	if (kexec->lockdown == LB_LOCKDOWN_UNKNOWN) {
		kexec->lockdown = LB_LOCKDOWN_INTEGRITY;
	}
	return true;
}

static bool iommu_default(struct log_reader *log, const char *rest)
{
	log->reader->log_iommu_passthrough |= text_starts(rest, "Passthrough");
	return true;
}

/* "pci 0000:00:1f.2: Adding to iommu group 3": an IOMMU took a device. */
static bool device(struct log_reader *log, const char *rest)
{
	log->reader->log_iommu_group |= strstr(rest, ": Adding to iommu group ") != NULL;
	return true;
}

static bool looks_x86(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->reader->looks_x86 = true;
	return true;
}

static bool looks_riscv64(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->reader->looks_riscv64 = true;
	return true;
}

static bool looks_arm64(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->reader->looks_arm64 = true;
	return true;
}

/* 32-bit Arm has this firmware, too. */
static bool looks_arm(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->reader->looks_arm = true;
	return true;
}

/* "Booting Linux on physical CPU 0x0000000000 [0x411fd070]": arm64 prints ten digits (arch/
 * arm64/kernel/setup.c), 32-bit Arm as few as it takes. */
static bool booting_on(struct log_reader *log, const char *rest)
{
	log->reader->looks_arm64 |= strcspn(rest, " ") == 10 && text_starts(rest + 10, " [0x");
	return true;
}

static const struct log_rule rules[] = {
	/* init/main.c */
	{"Linux version ", linux_version},
	{"Kernel command line: ", kernel_command_line},
	/* arch/x86/kernel/setup.c */
	{"Command line: ", command_line},
	/* arch/arm64/kernel/kaslr.c */
	{"KASLR ", kaslr},
	/* arch/.../kernel/setup.c, after a panic */
	{"Kernel Offset: ", kernel_offset},
	/* arch/x86/kernel/setup_percpu.c */
	{"setup_percpu: ", possible_cpus},
	/* kernel/rcu/tree_plugin.h */
	{"rcu: \tRCU restricting CPUs", possible_cpus},
	/* kernel/smp.c */
	{"smp: Brought up ", brought_up},
	/* arch/x86/mm/init_64.c and init.c */
	{"x86/mm: Memory block size: ", memory_block_size},
	{"Using GB pages for direct mapping", gb_pages},
	/* mm/percpu.c */
	{"percpu: Embedded ", percpu_embedded},
	/* arch/x86/kernel/cpu/hypervisor.c, arch/x86/kernel/paravirt.c */
	{"Hypervisor detected: ", hypervisor},
	{"Booting paravirtualized kernel on ", paravirtualized},
	/* arch/x86/mm/mem_encrypt.c; without "AMD " 5.19 on */
	{"AMD Memory Encryption Features active: ", memory_encryption},
	{"Memory Encryption Features active: ", memory_encryption},
	/* arch/x86/coco/tdx/tdx.c, 5.19 on */
	{"tdx: Guest detected", tdx_guest},
	/* arch/arm64/kernel/rsi.c, 6.13 on */
	{"RSI: Using RSI version", realm},
	/* drivers/iommu/iommu.c, which prints the device first */
	{"iommu: Default domain type: ", iommu_default},
	/* struct lb_machine_board */
	{"DMI: Amazon EC2", amazon_ec2},
	{"Machine model: Raspberry Pi ", raspberry_pi},
	{"SEV-SNP: RMP table physical range", snp_host},
	/* security/lockdown/lockdown.c */
	{"Kernel is locked down from ", locked_down},
	{"pci ", device},
	{"platform ", device},
	{"arm-smmu", device},
	/* arch/x86/kernel/fpu/xstate.c, arch/x86/kernel/smpboot.c */
	{"x86/fpu: ", looks_x86},
	{"smpboot: ", looks_x86},
	/* arch/riscv/kernel/sbi.c and cpufeature.c */
	{"SBI specification v", looks_riscv64},
	{"riscv: ", looks_riscv64},
	/* arch/arm64/kernel/setup.c */
	{"Booting Linux on physical CPU 0x", booting_on},
	/* arch/arm64/kernel/cpufeature.c and cpuinfo.c */
	{"CPU features: detected: ", looks_arm64},
	{"Detected PIPT I-cache on CPU", looks_arm64},
	{"Detected VIPT I-cache on CPU", looks_arm64},
	/* drivers/firmware/psci/psci.c */
	{"psci: PSCIv", looks_arm},
};
const struct log_topic log_system = {rules, LB_ARRAY_COUNT(rules)};
