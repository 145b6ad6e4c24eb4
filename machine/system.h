/* SPDX-License-Identifier: MIT */
/*
 * system: which kernel runs, and on what processors. What a log line tells is named with the line
 * and the kernel file that prints it; where no version stands, it is the same from 5.10 on.
 */
#ifndef LIFEBOAT_MACHINE_SYSTEM_H
#define LIFEBOAT_MACHINE_SYSTEM_H

#include "lifeboat/base.h"

struct lb_machine_kernel {
	/* "6.1.0-50-cloud-amd64": proc/version, else "Linux version " in the log (init/main.c),
	 * else uname; begins with a digit. "" unknown. */
	const char *release;

	/* The whole line that begins with "Linux version "; "" unknown. */
	const char *banner;

	/* Bytes of a base page: 4096, 16384 or 65536; 0 unknown. 4096 on x86-64 and riscv64. On
	 * arm64 what fills "percpu: Embedded N pages/cpu" (mm/percpu.c) exactly, else what the
	 * release's name ends with ("-64k"), else what divides the figures of proc/meminfo. */
	uint32_t page_size;

	/* Bytes of code, data, init and bss together: the five parts of the log's "Memory:" line
	 * (mm/page_alloc.c, mem_init_print_info; mm/mm_init.c from 6.4 on), of at most 2^52 each.
	 * 0 unless the line shows all five. */
	uint64_t image_bytes;

	/* Randomisation of the kernel's place, on or off in this boot. "KASLR enabled" and "KASLR
	 * disabled" (arch/arm64/kernel/kaslr.c), "Kernel Offset:" after a panic, KASLR_FLAG of
	 * boot_params (x86-64), or nokaslr on the command line. kaslr is false unless known. */
	bool kaslr_known, kaslr;
};

struct lb_machine_cpu {
	/* Online: blocks of proc/cpuinfo, else "smp: Brought up" (kernel/smp.c). 0 unknown. */
	int count;

	/* nr_cpu_ids of "setup_percpu:" (arch/x86/kernel/setup_percpu.c) or of "RCU restricting
	 * CPUs" (kernel/rcu/tree_plugin.h). 0 unknown. */
	int possible;

	/* CPU flag pdpe1gb in proc/cpuinfo, or "Using GB pages for direct mapping" (arch/x86/mm/
	 * init.c). x86-64 only, as the next. */
	bool gbpages_known, gbpages;

	/* Five-level paging in use: flag la57 in proc/cpuinfo, which the kernel clears when it runs
	 * with four (arch/x86/kernel/cpu/common.c). */
	bool la57_known, la57;

	/* A hypervisor is named: flag in proc/cpuinfo, "Hypervisor detected: "
	 * (arch/x86/kernel/cpu/hypervisor.c), "Booting paravirtualized kernel on " (arch/x86/
	 * kernel/paravirt.c). */
	bool hypervisor;

	bool xen_pv; /* ... and it is Xen, the kernel a PV domain */
};

/* Whose service loads the capture kernel. */
enum lb_kdump_wrapper {
	LB_KDUMP_NONE,   /* no configuration is shown */
	LB_KDUMP_UTILS,  /* kdump-utils: Fedora, RHEL and what is built from them */
	LB_KDUMP_SUSE,
	LB_KDUMP_DEBIAN, /* kdump-tools: Debian, Ubuntu */
};

/* What its configuration says about the capture kernel's command line, as it stands there: nothing
 * is expanded. NULL: it does not say. */
struct lb_machine_kdump {
	enum lb_kdump_wrapper wrapper;
	const char *path;    /* of the file, inside the root; NULL without one */
	const char *cmdline; /* KDUMP_COMMANDLINE, KDUMP_CMDLINE: instead of proc/cmdline */
	const char *remove;  /* KDUMP_COMMANDLINE_REMOVE: names of options */
	const char *append;  /* KDUMP_COMMANDLINE_APPEND, KDUMP_CMDLINE_APPEND */
	int cpus;            /* KDUMP_CPUS; 0: all; -1: it does not say */
	const char *kexec;   /* KEXEC_ARGS, KDUMP_KEXEC_ARGS: for kexec(8) */
	bool off;            /* USE_KDUMP=0: the service does nothing */
	const char *release; /* KDUMP_KERNELVER; NULL or "": of the kernel that runs */
};

/* A kernel module that is loaded. */
struct lb_module {
	const char *name; /* as the kernel has it, "snd_hda_intel" */
	uint64_t bytes;   /* in memory; at most 2^30 */
};

/*
 * Memory encryption that the log names; false is also what an old log leaves open. "Memory
 * Encryption Features active: " (arch/x86/mm/mem_encrypt.c; with "AMD " before it up to 5.18),
 * "tdx: Guest detected" (arch/x86/coco/tdx/tdx.c, 5.19 on), "RSI: Using RSI version"
 * (arch/arm64/kernel/rsi.c, 6.13 on: the kernel is in a realm).
 */
struct lb_machine_encryption {
	bool sme, sev, sev_es, sev_snp, tdx, realm;
};

/*
 * Kinds of machines on which some capture kernels fail (docs/findings.md, platform); false is also
 * what the log leaves open. "DMI: Amazon EC2 c6g.xlarge/" (drivers/firmware/dmi_scan.c),
 * "Hypervisor detected: Microsoft Hyper-V", "SEV-SNP: RMP table physical range"
 * (arch/x86/virt/svm/sev.c, 6.9 on), "Machine model: Raspberry Pi 3 Model B" (drivers/of/fdt.c).
 */
struct lb_machine_board {
	bool amazon_ec2, hyper_v, snp_host;
	int raspberry_pi; /* which; 0: it is none */
};

/* What encrypts all memory, so that devices reach none but the bounce pool: "SEV-SNP", "an arm64
 * realm"; NULL: nothing that is named. */
const char *lb_encryption_name(const struct lb_machine_encryption *encryption);

#endif
