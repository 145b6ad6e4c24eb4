/* SPDX-License-Identifier: MIT */
/*
 * Each check both ways: what a machine shows when it is fine, what when it is not, and that what is
 * not shown is neither. Whole machines that were broken on purpose are in tests/check.
 */
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/check/check.h"

#define FILES_MAX 4

struct row {
	const char *id;
	enum lb_check_result result;
	const char *files[FILES_MAX][2]; /* path, text */
};

#define E820                                                                                     \
	"[    0.0] BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable\n"              \
	"[    0.0] BIOS-e820: [mem 0x0000000000100000-0x00000000bfffffff] usable\n"
#define ADDED                                                                                    \
	"00001000-0009fbff : System RAM\n00100000-bfffffff : System RAM\n"                       \
	"  af000000-beffffff : Crash kernel\n100000000-13fffffff : System RAM\n"

#define ENCRYPTED_WITH_CMA                                                                       \
	"[    0.0] Memory Encryption Features active: AMD SEV\n"                                 \
	"[    0.0] cma: Reserved 16 MiB at 0x0000000090000000 on node -1\n"                      \
	"[    0.0] Early memory node ranges\n"                                                   \
	"[    0.0]   node   0: [mem 0x0000000000100000-0x00000000bfffffff]\n"

#define SNP_GUEST                                                                                \
	"[    0.0] Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP\n"
#define ARM64 "Linux version 6.6.57-v8+ (x) #1 SMP\n"
#define BOOTED_ARM64 "[    0.0] Booting Linux on physical CPU 0x0000000000 [0x410fd034]\n"
#define RASPBERRY_PI(number)                                                                     \
	BOOTED_ARM64 "[    0.0] Machine model: Raspberry Pi " number " Model B Rev 1.2\n"
#define EC2 BOOTED_ARM64 "[    0.0] DMI: Amazon EC2 c6g.xlarge/, BIOS 1.0 11/1/2018\n"

#define INITRD "sos_commands/kdump/lsinitrd_x"
#define MODULE(name)                                                                             \
	"-rw-r--r--   1 root     root        34567 Nov  1  2024 "                                \
	"usr/lib/modules/6.1.0-50-amd64/kernel/" name ".ko.xz\n"
#define PLAIN_DISK                                                                               \
	"NAME MAJ:MIN RM SIZE RO TYPE MOUNTPOINT\nsda 8:0 0 20G 0 disk \n"                        \
	"`-sda1 8:1 0 9G 0 part /\n"
#define LVM_DISK                                                                                 \
	"sda 8:0 0 20G 0 disk \n|-sda1 8:1 0 1G 0 part /home\n`-sda2 8:2 0 9G 0 part \n"         \
	"  `-vg-root 253:0 0 9G 0 lvm /\n"
#define MEMINFO "MemTotal: 4000000 kB\nSlab: 300000 kB\nPageTables: 5000 kB\nPercpu: 400 kB\n"
#define DF(available)                                                                            \
	"Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/a 9 9 1 1% /va\n"              \
	"/dev/b 41152812 3022148 " available " 8% /\n"

#define RECORD(lines) "var/lib/lifeboat/drill", "lifeboat drill-record 1\n" lines

/* Room for 256 MiB, and the reservation of it. */
static const char *const reserved[][2] = {
	{"proc/version", "Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org) #1 SMP\n"},
	{"proc/cmdline", "ro crashkernel=256M\n"},
	{"sys/kernel/kexec_crash_size", "268435456\n"},
	{"proc/iomem", "00001000-0009fbff : System RAM\n"
		       "00100000-bfffffff : System RAM\n"
		       "  01000000-02ffffff : Kernel code\n"
		       "  af000000-beffffff : Crash kernel\n"},
	{"proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu\n\nprocessor\t: 1\nflags\t\t: fpu\n"},
};

static const struct row rows[] = {
	{"nothing-reserved", LB_CHECK_FINE, {{0}}},
	{"nothing-reserved", LB_CHECK_FOUND, {{"proc/cmdline", "ro crashkernel=0\n"},
		{"proc/iomem", "00100000-bfffffff : System RAM\n"},
		{"sys/kernel/kexec_crash_size", "0\n"}}},
	{"not-loaded", LB_CHECK_NOT_READ, {{0}}},
	{"not-loaded", LB_CHECK_FINE, {{"sys/kernel/kexec_crash_loaded", "1\n"}}},
	{"not-loaded", LB_CHECK_FINE, {{"sys/kernel/kexec/crash_loaded", "1\n"}}},
	{"not-loaded", LB_CHECK_FOUND, {{"sys/kernel/kexec_crash_loaded", "0\n"}}},
	{"not-loaded", LB_CHECK_NOT_ASKED, {{"sys/kernel/kexec_crash_loaded", "0\n"},
		{"proc/cmdline", "ro\n"}, {"proc/iomem", "00100000-bfffffff : System RAM\n"},
		{"sys/kernel/kexec_crash_size", "0\n"}}},
	{"not-enough", LB_CHECK_FINE, {{0}}},
	{"not-enough", LB_CHECK_FOUND, {{"proc/cmdline", "ro crashkernel=32M\n"},
		{"proc/iomem", "00100000-bfffffff : System RAM\n"
			       "  bd000000-beffffff : Crash kernel\n"},
		{"sys/kernel/kexec_crash_size", "33554432\n"}}},
	{"load-disabled", LB_CHECK_NOT_READ, {{0}}},
	{"load-disabled", LB_CHECK_FINE, {{"proc/sys/kernel/kexec_load_disabled", "0\n"}}},
	{"load-disabled", LB_CHECK_FOUND, {{"proc/sys/kernel/kexec_load_disabled", "1\n"}}},
	{"load-disabled", LB_CHECK_FOUND,
		{{"sos_commands/kernel/sysctl_-a", "kernel.kexec_load_disabled = 1\n"}}},
	{"load-disabled", LB_CHECK_FOUND, {{"proc/sys/kernel/kexec_load_disabled", "0\n"},
		{"usr/lib/sysctl.d/50-a.conf", "-kernel/kexec_load_disabled=1\n"}}},
	{"load-disabled", LB_CHECK_FINE, {{"proc/sys/kernel/kexec_load_disabled", "0\n"},
		{"usr/lib/sysctl.d/50-a.conf", "kernel.kexec_load_disabled=1\n"},
		{"etc/sysctl.d/50-a.conf", "# nothing\n"}}},
	{"load-disabled", LB_CHECK_FINE, {{"proc/sys/kernel/kexec_load_disabled", "0\n"},
		{"etc/sysctl.d/50-a.conf", "kernel.kexec_load_disabled=1\n"},
		{"etc/sysctl.conf", "kernel.kexec_load_disabled=0\n"}}},
	{"maxcpus", LB_CHECK_NOT_READ, {{0}}},
	{"maxcpus", LB_CHECK_FINE, {{"etc/default/kdump-tools", "USE_KDUMP=1\n"}}},
	{"maxcpus", LB_CHECK_FOUND,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"maxcpus=1 irqpoll\"\n"}}},
	{"maxcpus", LB_CHECK_FINE,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"maxcpus=1 nr_cpus=1\"\n"}}},
	{"lockdown", LB_CHECK_NOT_READ, {{0}}},
	{"lockdown", LB_CHECK_FINE,
		{{"sys/kernel/security/lockdown", "[none] integrity confidentiality\n"}}},
	{"lockdown", LB_CHECK_FOUND,
		{{"sys/kernel/security/lockdown", "none integrity [confidentiality]\n"}}},
	{"lockdown", LB_CHECK_FOUND,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"}}},
	{"load-call", LB_CHECK_NOT_READ, {{0}}},
	{"load-call", LB_CHECK_NOT_ASKED,
		{{"sys/kernel/security/lockdown", "[none] integrity confidentiality\n"}}},
	{"load-call", LB_CHECK_NOT_READ,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"}}},
	{"load-call", LB_CHECK_FINE,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
			{"etc/sysconfig/kdump", "KEXEC_ARGS=\"-s\"\n"}}},
	{"load-call", LB_CHECK_FOUND,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
			{"etc/sysconfig/kdump", "KEXEC_ARGS=\"-d -c\"\n"}}},
	{"unsigned-kernel", LB_CHECK_NOT_READ, {{0}}},
	{"unsigned-kernel", LB_CHECK_NOT_READ,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"}}},
	{"unsigned-kernel", LB_CHECK_FOUND,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
			{"crash-path", "lifeboat crash-path 1\nkernel-signed 0\n"}}},
	{"unsigned-kernel", LB_CHECK_FINE,
		{{"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
			{"crash-path", "lifeboat crash-path 1\nkernel-signed 1\n"}}},
	{"service-off", LB_CHECK_NOT_READ, {{0}}},
	{"service-off", LB_CHECK_FINE, {{"etc/default/kdump-tools", "USE_KDUMP=1\n"}}},
	{"service-off", LB_CHECK_FOUND, {{"etc/default/kdump-tools", "USE_KDUMP=0\n"}}},
	{"no-bounce-room", LB_CHECK_NOT_READ, {{0}}},
	{"no-bounce-room", LB_CHECK_FINE,
		{{"dmesg", "[    0.0] Memory Encryption Features active: AMD SEV\n"}}},
	{"no-bounce-room", LB_CHECK_FOUND,
		{{"dmesg", "[    0.0] Memory Encryption Features active: AMD SEV\n"},
			{"proc/cmdline", "ro crashkernel=192M,high crashkernel=48M,low\n"},
			{"proc/iomem", "00100000-bfffffff : System RAM\n"
				       "  bc000000-beffffff : Crash kernel\n"
				       "100000000-1bfffffff : System RAM\n"
				       "  1b3000000-1beffffff : Crash kernel\n"}}},
	/* What the first kernel uses, too, is no room for the pool. */
	{"no-bounce-room", LB_CHECK_FOUND, {{"dmesg", ENCRYPTED_WITH_CMA},
		{"proc/version", "Linux version 6.19.0 (x) #1 SMP\n"},
		{"proc/cmdline", "ro crashkernel=48M crashkernel=64M,cma\n"},
		{"proc/iomem", "00000000-00000000 : System RAM\n"}}},
	{"mem-option", LB_CHECK_NOT_READ, {{0}}},
	{"mem-option", LB_CHECK_FINE,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"mem=3056M\"\n"}}},
	{"mem-option", LB_CHECK_FOUND,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"mem=3055M\"\n"}}},
	{"hugepages-option", LB_CHECK_NOT_READ, {{0}}},
	{"hugepages-option", LB_CHECK_FINE,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"hugepages=32\"\n"}}},
	{"hugepages-option", LB_CHECK_FOUND,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"hugepages=33\"\n"}}},
	{"hugepages-option", LB_CHECK_FINE,
		{{"etc/default/kdump-tools",
			"KDUMP_CMDLINE_APPEND=\"hugepagesz=1G hugepages=4\"\n"}}},
	{"hugepages-option", LB_CHECK_FINE, {{"etc/default/kdump-tools", "USE_KDUMP=1\n"},
		{"proc/cmdline", "ro crashkernel=256M hugepages=1024\n"}}},
	{"hugepages-option", LB_CHECK_FOUND, {{"etc/sysconfig/kdump", "KEXEC_ARGS=\"-s\"\n"},
		{"proc/cmdline", "ro crashkernel=256M hugepages=1024\n"}}},
	{"swiotlb-option", LB_CHECK_NOT_READ, {{0}}},
	{"swiotlb-option", LB_CHECK_FINE,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"swiotlb=65536\"\n"}}},
	{"swiotlb-option", LB_CHECK_FOUND,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"swiotlb=65536,force\"\n"}}},
	{"swiotlb-option", LB_CHECK_FINE,
		{{"etc/default/kdump-tools", "KDUMP_CMDLINE_APPEND=\"swiotlb=32768,force\"\n"}}},
	{"numa-on", LB_CHECK_NOT_READ, {{0}}},
	{"rsdp-hidden", LB_CHECK_NOT_READ, {{0}}},
	{"oops-goes-on", LB_CHECK_NOT_READ, {{0}}},
	{"oops-goes-on", LB_CHECK_FINE, {{"proc/sys/kernel/panic_on_oops", "1\n"}}},
	{"oops-goes-on", LB_CHECK_FOUND, {{"proc/sys/kernel/panic_on_oops", "0\n"}}},
	{"no-restart", LB_CHECK_FINE, {{"proc/sys/kernel/panic", "-1\n"}}},
	{"no-restart", LB_CHECK_FOUND, {{"sysctl", "kernel.panic = 0\n"}}},
	{"nmi-unnoticed", LB_CHECK_FOUND, {{"proc/sys/kernel/unknown_nmi_panic", "0\n"}}},
	{"hang-goes-on", LB_CHECK_NOT_READ, {{0}}},
	{"hang-goes-on", LB_CHECK_FINE, {{"proc/sys/kernel/softlockup_panic", "0\n"},
		{"proc/sys/kernel/hung_task_panic", "1\n"}}},
	{"hang-goes-on", LB_CHECK_FOUND, {{"proc/sys/kernel/softlockup_panic", "0\n"}}},
	{"notifiers-first", LB_CHECK_FINE, {{0}}},
	{"notifiers-first", LB_CHECK_FINE,
		{{"proc/cmdline", "crashkernel=256M crash_kexec_post_notifiers=0\n"}}},
	{"notifiers-first", LB_CHECK_FOUND,
		{{"proc/cmdline", "crashkernel=256M crash_kexec_post_notifiers\n"}}},
	{"watchdog-short", LB_CHECK_NOT_READ, {{0}}},
	{"watchdog-short", LB_CHECK_FINE,
		{{"sys/class/watchdog/watchdog0/state", "inactive\n"}}},
	{"watchdog-short", LB_CHECK_NOT_READ,
		{{"sys/class/watchdog/watchdog0/state", "active\n"}}},
	{"watchdog-short", LB_CHECK_FOUND, {{"sys/class/watchdog/watchdog0/state", "active\n"},
		{"sys/class/watchdog/watchdog0/timeout", "60\n"},
		{"proc/meminfo", "MemTotal: 3000000 kB\n"}}},
	{"watchdog-short", LB_CHECK_FINE, {{"sys/class/watchdog/watchdog0/state", "active\n"},
		{"sys/class/watchdog/watchdog0/timeout", "90\n"},
		{"proc/meminfo", "MemTotal: 3000000 kB\n"}}},
	{"platform", LB_CHECK_NOT_READ, {{0}}},
	{"platform", LB_CHECK_FOUND, {{"dmesg", "[    0.0] tdx: Guest detected\n"}}},
	{"platform", LB_CHECK_FINE, {{"dmesg", "[    0.0] tdx: Guest detected\n"},
		{"proc/version", "Linux version 6.11.0 (x) #1 SMP\n"}}},
	{"platform", LB_CHECK_FINE, {{"dmesg", "[    0.0] Hypervisor detected: KVM\n"}}},
	{"platform", LB_CHECK_FOUND, {{"dmesg", SNP_GUEST},
		{"proc/version", "Linux version 6.15.0 (x) #1 SMP\n"}}},
	{"platform", LB_CHECK_FINE, {{"dmesg", SNP_GUEST},
		{"proc/version", "Linux version 6.16.0 (x) #1 SMP\n"}}},
	{"platform", LB_CHECK_FOUND,
		{{"dmesg", SNP_GUEST "[    0.0] Hypervisor detected: Microsoft Hyper-V\n"},
			{"proc/version", "Linux version 6.17.0 (x) #1 SMP\n"}}},
	{"platform", LB_CHECK_FOUND,
		{{"dmesg", "[    0.0] SEV-SNP: RMP table physical range [0x88900000 - 0xa8ef]\n"},
			{"proc/version", "Linux version 6.17.0 (x) #1 SMP\n"}}},
	{"platform", LB_CHECK_FOUND,
		{{"dmesg", "[    0.0] Booting paravirtualized kernel on Xen PV\n"}}},
	{"platform", LB_CHECK_FOUND, {{"proc/version", ARM64}, {"dmesg", EC2},
		{"proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\n"},
		{"etc/sysconfig/kdump", "KDUMP_COMMANDLINE_APPEND=\"nr_cpus=1 irqpoll\"\n"}}},
	{"platform", LB_CHECK_FINE, {{"proc/version", ARM64}, {"dmesg", EC2},
		{"proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\n"},
		{"etc/sysconfig/kdump", "KDUMP_COMMANDLINE_APPEND=\"nr_cpus=1\"\n"}}},
	{"platform", LB_CHECK_FOUND, {{"proc/version", ARM64},
		{"dmesg", RASPBERRY_PI("3")}}},
	{"platform", LB_CHECK_FINE, {{"proc/version", ARM64},
		{"dmesg", RASPBERRY_PI("4")}}},
	{"platform", LB_CHECK_FOUND, {{"proc/version", ARM64},
		{"dmesg", RASPBERRY_PI("5")}}},
	{"platform", LB_CHECK_FOUND, {{INITRD, MODULE("nouveau")}}},
	{"secure-boot", LB_CHECK_NOT_READ, {{0}}},
	{"secure-boot", LB_CHECK_FOUND,
		{{"sos_commands/boot/mokutil_--sb-state", "SecureBoot enabled\n"}}},
	{"secure-boot", LB_CHECK_FINE,
		{{"sos_commands/boot/mokutil_--sb-state", "SecureBoot disabled\n"},
			{"dmesg", "[    0.0] efi: EFI v2.7 by EDK II\n"}}},
	{"secure-boot", LB_CHECK_FOUND, {{"dmesg", "[    0.0] efi: EFI v2.7 by EDK II\n"
		"[    0.0] secureboot: Secure boot enabled\n"}}},
	{"secure-boot", LB_CHECK_FINE, {{"dmesg", "[    0.0] efi: EFI v2.7 by EDK II\n"
		"[    0.0] Secure boot disabled\n"}}},
	{"lockdown", LB_CHECK_FOUND, {{"dmesg",
		"[    0.0] Kernel is locked down from EFI Secure Boot mode; see man x\n"}}},
	{"initrd-lacks-driver", LB_CHECK_FINE, {{"etc/kdump.conf", "nfs a:/b\n"},
		{"crash-path", "lifeboat crash-path 1\nprogram ssh\nbuiltin nfs\n"
			       "builtin nfsv4\n"}}},
	{"initrd-lacks-driver", LB_CHECK_FOUND, {{"etc/kdump.conf", "nfs a:/b\n"},
		{"crash-path", "lifeboat crash-path 1\nprogram ssh\nbuiltin nfs\n"}}},
	{"initrd-lacks-program", LB_CHECK_NOT_READ, {{0}}},
	{"initrd-lacks-program", LB_CHECK_NOT_READ, {{"etc/kdump.conf", "path /var/crash\n"}}},
	{"initrd-lacks-program", LB_CHECK_NOT_READ, {{INITRD, "usr/bin/makedumpfile\n"}}},
	{"initrd-lacks-program", LB_CHECK_NOT_READ, {{"etc/kdump.conf", "path /var/crash\n"},
		{INITRD, "usr/bin/makedumpfile\n"}}},
	{"initrd-lacks-program", LB_CHECK_FINE, {{"etc/kdump.conf", "path /var/crash\n"},
		{INITRD, "usr/bin/makedumpfile\n"}, {"sos_commands/block/lsblk", PLAIN_DISK}}},
	{"initrd-lacks-program", LB_CHECK_FOUND, {{"etc/kdump.conf", "path /var/crash\n"},
		{INITRD, "usr/bin/makedumpfile\n"}, {"sos_commands/block/lsblk", LVM_DISK}}},
	{"initrd-lacks-program", LB_CHECK_FINE, {{"etc/kdump.conf", "path /home/dumps\n"},
		{INITRD, "usr/bin/makedumpfile\n"}, {"sos_commands/block/lsblk", LVM_DISK}}},
	{"initrd-lacks-program", LB_CHECK_FINE, {{"etc/kdump.conf", "ssh a@b\n"},
		{INITRD, "usr/bin/makedumpfile\nusr/bin/ssh\n"}}},
	{"initrd-lacks-program", LB_CHECK_FOUND, {{"etc/kdump.conf", "ssh a@b\n"},
		{INITRD, "usr/bin/makedumpfile\nusr/bin/sshd\n"}}},
	{"initrd-lacks-program", LB_CHECK_FINE, {{"etc/default/kdump-tools", "SSH=\"a@b\"\n"},
		{INITRD, "usr/bin/cryptsetup\n"}}},
	{"initrd-lacks-program", LB_CHECK_FOUND,
		{{"etc/sysconfig/kdump", "KDUMP_SAVEDIR=\"ssh://a@b/\"\n"},
			{INITRD, "usr/bin/makedumpfile\n"}}},
	{"initrd-lacks-driver", LB_CHECK_NOT_READ, {{"etc/kdump.conf", "nfs a:/b\n"},
		{INITRD, "usr/bin/makedumpfile\n"}}},
	{"initrd-lacks-driver", LB_CHECK_FOUND, {{"etc/kdump.conf", "nfs a:/b\n"},
		{INITRD, MODULE("nfs")}}},
	{"initrd-lacks-driver", LB_CHECK_FINE, {{"etc/kdump.conf", "nfs a:/b\n"},
		{INITRD, MODULE("nfs") MODULE("nfsv3")}}},
	{"initrd-lacks-driver", LB_CHECK_FOUND, {{"etc/kdump.conf", "ssh a@b\n"},
		{"crash-path", "lifeboat crash-path 1\ndriver e1000e\nmodule igb\n"
			       "release 6.1.0-50-amd64\n"}}},
	{"initrd-lacks-driver", LB_CHECK_FINE, {{"etc/kdump.conf", "ssh a@b\n"},
		{"crash-path", "lifeboat crash-path 1\ndriver e1000e\nmodule e1000e\n"
			       "release 6.1.0-50-amd64\n"}}},
	{"initrd-of-other-kernel", LB_CHECK_NOT_READ, {{0}}},
	{"initrd-of-other-kernel", LB_CHECK_FINE, {{INITRD, MODULE("nfs")}}},
	{"initrd-of-other-kernel", LB_CHECK_FOUND, {{INITRD, MODULE("nfs")},
		{"proc/version", "Linux version 6.1.0-51-amd64 (x) #1 SMP\n"}}},
	{"initrd-of-other-kernel", LB_CHECK_FINE, {{INITRD, MODULE("nfs")},
		{"proc/version", "Linux version 6.1.0-50-amd64+debug (x) #1 SMP\n"}}},
	{"initrd-of-other-kernel", LB_CHECK_FOUND, {{INITRD, MODULE("nfs")},
		{"etc/sysconfig/kdump", "KDUMP_KERNELVER=\"6.1.0-49-amd64\"\n"}}},
	{"initrd-outdated", LB_CHECK_NOT_READ, {{0}}},
	{"initrd-outdated", LB_CHECK_FINE,
		{{"crash-path", "lifeboat crash-path 1\ninitrd-written 9\nconfig-written 9\n"}}},
	{"initrd-outdated", LB_CHECK_FOUND,
		{{"crash-path", "lifeboat crash-path 1\ninitrd-written 9\nconfig-written 10\n"}}},
	{"loaded-before", LB_CHECK_NOT_READ, {{0}}},
	{"loaded-before", LB_CHECK_FINE,
		{{"crash-path", "lifeboat crash-path 1\ninitrd-written 9\nservice-started 9\n"}}},
	{"loaded-before", LB_CHECK_FOUND,
		{{"crash-path", "lifeboat crash-path 1\nkernel-written 9\nservice-started 8\n"}}},
	{"loaded-before", LB_CHECK_FINE, {{"crash-path", "lifeboat crash-path 1\nkernel-loaded 1\n"
		"initrd-loaded 1\nkernel-written 9\nservice-started 8\n"}}},
	{"loaded-before", LB_CHECK_FOUND,
		{{"crash-path", "lifeboat crash-path 1\nkernel-loaded 1\ninitrd-loaded 0\n"}}},
	{"loaded-before", LB_CHECK_FOUND,
		{{"crash-path", "lifeboat crash-path 1\nkernel-loaded 0\n"}}},
	{"loaded-before", LB_CHECK_NOT_READ,
		{{"crash-path", "lifeboat crash-path 1\nkernel-loaded 1\n"}}},
	{"no-space", LB_CHECK_NOT_READ, {{"etc/kdump.conf", "path /var/crash\n"}}},
	{"no-space", LB_CHECK_NOT_ASKED, {{"etc/kdump.conf", "raw /dev/a\n"}}},
	{"no-space", LB_CHECK_FINE, {{"etc/kdump.conf", "path /var/crash\n"},
		{"proc/meminfo", MEMINFO}, {"sos_commands/filesys/df_-al", DF("90000")}}},
	{"no-space", LB_CHECK_FOUND, {{"etc/kdump.conf", "path /var/crash\n"},
		{"proc/meminfo", MEMINFO}, {"sos_commands/filesys/df_-al", DF("9000")}}},
	{"little-space", LB_CHECK_NOT_READ, {{"etc/kdump.conf", "raw /dev/a\n"}}},
	{"little-space", LB_CHECK_NOT_ASKED, {{"etc/kdump.conf", "path /var/crash\n"},
		{"proc/meminfo", MEMINFO}, {"sos_commands/filesys/df_-al", DF("9000")}}},
	{"little-space", LB_CHECK_FOUND, {{"etc/kdump.conf", "path /var/crash\n"},
		{"proc/meminfo", MEMINFO}, {"sos_commands/filesys/df_-al", DF("90000")}}},
	{"little-space", LB_CHECK_FINE, {{"etc/kdump.conf", "path /var/crash\n"},
		{"proc/meminfo", MEMINFO}, {"sos_commands/filesys/df_-al", DF("900000")}}},
	{"little-space", LB_CHECK_FOUND,
		{{"etc/kdump.conf", "path /var/crash\ncore_collector cp\n"},
			{"proc/meminfo", MEMINFO},
			{"sos_commands/filesys/df_-al", DF("900000")}}},
	{"makedumpfile-old", LB_CHECK_NOT_READ, {{"installed-rpms", "kexec-tools-2.0.25\n"}}},
	{"makedumpfile-old", LB_CHECK_FOUND, {{"installed-rpms", "makedumpfile-1.7.2-5.el9\n"}}},
	{"makedumpfile-old", LB_CHECK_FINE, {{"installed-rpms", "makedumpfile-1.7.3-5.el9\n"}}},
	{"makedumpfile-old", LB_CHECK_FINE, {{"installed-rpms", "makedumpfile-1.8.0-5.el9\n"}}},
	{"makedumpfile-old", LB_CHECK_FOUND,
		{{"sos_commands/dpkg/dpkg_-l", "ii  makedumpfile   1:1.6.0-3 amd64 x\n"}}},
	{"never-tried", LB_CHECK_NOT_READ, {{0}}},
	{"never-tried", LB_CHECK_FINE, {{"var/lib/kdump/vmcore-creation.status", "fail 9\n"}}},
	{"never-tried", LB_CHECK_NOT_READ, {{"var/lib/kdump/vmcore-creation.status", "?\n"}}},
	{"trial-failed", LB_CHECK_FOUND, {{"var/lib/kdump/vmcore-creation.status", "fail 9\n"}}},
	{"trial-failed", LB_CHECK_FINE,
		{{"var/lib/kdump/vmcore-creation.status", "success 9\n"}}},
	{"trial-failed", LB_CHECK_FOUND, {{RECORD("outcome lost\n")}}},
	{"trial-outdated", LB_CHECK_FINE, {{RECORD("outcome captured\ncrashkernel 256M\n")}}},
	{"trial-outdated", LB_CHECK_FOUND, {{RECORD("outcome captured\ncrashkernel 255M\n")}}},
	{"trial-outdated", LB_CHECK_FINE, {{RECORD("outcome captured\nwhen 9\n")},
		{"crash-path", "lifeboat crash-path 1\ninitrd-written 9\n"}}},
	{"trial-outdated", LB_CHECK_FOUND, {{RECORD("outcome captured\nwhen 9\n")},
		{"crash-path", "lifeboat crash-path 1\ninitrd-written 10\n"}}},
	{"trial-outdated", LB_CHECK_FOUND, {{RECORD("outcome captured\ninitrd-bytes 9\n")},
		{"crash-path", "lifeboat crash-path 1\ninitrd-bytes 10\n"}}},
	{"memory-added", LB_CHECK_NOT_READ, {{0}}},
	{"memory-added", LB_CHECK_FINE, {{"dmesg", E820}}},
	{"memory-added", LB_CHECK_FOUND, {{"dmesg", E820}, {"proc/iomem", ADDED}}},
	{"memory-added", LB_CHECK_FINE, {{"dmesg", E820}, {"proc/iomem", ADDED},
		{"crash-path", "lifeboat crash-path 1\nleft-out-bytes 0\n"}}},
	{"memory-added", LB_CHECK_FOUND,
		{{"crash-path", "lifeboat crash-path 1\nleft-out-bytes 134217728\n"}}},
	{"cpus-added", LB_CHECK_NOT_READ, {{0}}},
	{"cpus-added", LB_CHECK_FINE, {{"crash-path", "lifeboat crash-path 1\nnoted-cpus 2\n"}}},
	{"cpus-added", LB_CHECK_FOUND, {{"crash-path", "lifeboat crash-path 1\nnoted-cpus 1\n"}}},
	{"memory-added", LB_CHECK_FINE, {{"dmesg", E820}, {"proc/iomem", ADDED},
		{"sys/devices/system/memory/crash_hotplug", "1\n"}}},
};

static struct lb_check *check_of(
	struct machine_root *root, const struct row *row, struct lb_machine **ret_machine)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_check *check;

	machine_root_make(root);
	for (size_t i = 0; i < LB_ARRAY_COUNT(reserved); i++) {
		machine_root_put(root, reserved[i][0], reserved[i][1]);
	}
	for (size_t i = 0; i < FILES_MAX && row->files[i][0]; i++) {
		machine_root_put(root, row->files[i][0], row->files[i][1]);
	}
	*ret_machine = machine_root_open(root, &status, &error);
	LB_ASSERT(status == LB_OK);
	LB_ASSERT(lb_check_make(*ret_machine, &check) == LB_OK);
	return check;
}

static const struct lb_checked *find(const struct lb_check *check, const char *id)
{
	for (size_t i = 0; i < check->count; i++) {
		if (!strcmp(check->items[i].id, id)) {
			return &check->items[i];
		}
	}
	return NULL;
}

TEST(plan_check, each_check_finds_what_is_wrong_and_nothing_else)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		struct machine_root root;
		struct lb_machine *machine;
		struct lb_check *check = check_of(&root, &rows[i], &machine);
		const struct lb_checked *item = find(check, rows[i].id);

		REQUIRE(item != NULL);
		if (item->result != rows[i].result) {
			CHECK_TEXT(rows[i].files[0][0] ? rows[i].files[0][1] : "bare",
				rows[i].id); /* names the row */
		}
		CHECK_EQUAL(item->result, rows[i].result);
		CHECK_EQUAL(*item->evidence != 0, item->result == LB_CHECK_FOUND);
		CHECK_EQUAL(*item->text != 0,
			item->result == LB_CHECK_FOUND || item->result == LB_CHECK_NOT_READ);
		lb_check_free(check);
		lb_machine_close(machine);
		machine_root_remove(&root);
	}
}

TEST(plan_check, what_is_found_comes_first_and_decides)
{
	static const struct row broken = {.files = {{"sys/kernel/kexec_crash_loaded", "0\n"},
		{"proc/sys/kernel/kexec_load_disabled", "1\n"}}};
	static const struct row unread = {.files = {{0}}};
	struct machine_root root;
	struct lb_machine *machine;
	struct lb_check *check = check_of(&root, &broken, &machine);

	CHECK_TEXT(lb_dump_name(check->dump), "lost");
	CHECK_TEXT(check->items[0].id, "not-loaded");
	CHECK(strstr(check->items[0].fix, "sysctl.d") != NULL);
	CHECK_EQUAL(check->crash_bytes, 256 * LB_MIB);
	lb_check_free(check);
	lb_machine_close(machine);
	machine_root_remove(&root);

	check = check_of(&root, &unread, &machine);
	CHECK_TEXT(lb_dump_name(check->dump), "unknown");
	lb_check_free(check);
	lb_machine_close(machine);
	machine_root_remove(&root);
}
