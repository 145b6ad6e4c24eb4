/* SPDX-License-Identifier: MIT */
/*
 * scrub: secrets of many forms, planted in every source that a snapshot takes; none of them is
 * found in the bytes of the archive. And what stays, stays as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine/scrub_words.h"
#include "machine/snapshot.h"
#include "machine_root.h"

#define PAGE_BYTES 4096
#define EDID_AT 0x140
#define EDD_AT 0xd00

/* What must not be found. */
static const char *const secrets[] = {"192.0.2.17", "198.51.100.9", "2001:db8:0:7::53",
	"52:54:00:ab:cd:ef", "52-54-00-ab-cd-ef", "hunter2", "s3cr3t", "swordfish", "alice", "bob1",
	"vault-db7", "corp.example", "nfs-filer", "/export/home9", "ks.cfg", "proxy-int",
	"iqn.2026",
	"CZ12345678", "SN0815X", "PF3ABCDE", "1f0e9d8c-7b6a-4955-8a7b-6c5d4e3f2a1b",
	"0123456789abcdef0123456789abcdef", "Acme Root CA", "ssh-ed25519", "AAAAC3Nza",
	"internal-lab", "COMMAND=", "rack42", "PowerEdge", "eyJhbGci", "geheim", "Wartung"};

#define SECRET_OPTIONS                                                                           \
	"BOOT_IMAGE=/0123456789abcdef0123456789abcdef/linux "                                    \
	"root=UUID=1f0e9d8c-7b6a-4955-8a7b-6c5d4e3f2a1b "                                        \
	"ip=192.0.2.17::198.51.100.9:255.255.255.0:vault-db7:eth0:none "                         \
	"nameserver=2001:db8:0:7::53 "                                                           \
	"netroot=iscsi:alice:hunter2@192.0.2.17::3260::iqn.2026-01.corp.example:vault-db7 "      \
	"inst.ks=http://alice:s3cr3t@corp.example/ks.cfg inst.repo=nfs:nfs-filer:/export/home9 " \
	"proxy=http://bob1:swordfish@proxy-int:3128 rootpw=hunter2 "                             \
	"inst.rootpw=\"geheim Wartung\" "                                                        \
	"nfsroot=nfs-filer:/export/home9 rd.iscsi.initiator=iqn.2026-01.corp.example "           \
	"ifname=eth0:52:54:00:ab:cd:ef BOOTIF=01-52-54-00-ab-cd-ef hostname=vault-db7 "          \
	"systemd.set_credential=token:eyJhbGci sshkey=\"ssh-ed25519 AAAAC3Nza bob1\" swordfish " \
	"\"rd.note=Wartung geheim\" rd.luks.key=/s3cr3t.key netconsole=@/,@198.51.100.9/ "       \
	"xcrashkernel=64M"

static const char log_text[] =
	"[    0.000000] Linux version 6.1.0 (alice@internal-lab) (gcc 12) #1 SMP\n"
	"[    0.000000] Command line: " SECRET_OPTIONS " crashkernel=256M mem=4G\n"
	"[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n"
	"[    0.000000] DMI: Acme PowerEdge/SN0815X, BIOS 1.2 CZ12345678\n"
	"[    0.000000] efi: EFI v2.7 by vault-db7 192.0.2.17\n"
	"[    0.000000] ACPI: FACP 0x00000000BFFE1C7F 000074 (v01 rack42 SN0815X 00000001)\n"
	"[    0.000000] ACPI: swordfish rack42 192.0.2.17\n"
	"[    0.000000] ACPI: SSDT 0x00000000BFFE1000 vault-db7 (v01 rack42)\n"
	"[    0.000000] ACPI: DSDT 0xbob1\n"
	"[    0.000000] Kernel command line: " SECRET_OPTIONS " crashkernel=256M mem=4G\n"
	"[    0.000000] Unknown kernel command line parameters \"swordfish ip=192.0.2.17 rootpw="
	"hunter2\", will be passed to user space.\n"
	"[    0.000000] smpboot: CPU0: rack42 (serial CZ12345678)\n"
	"[    0.010000] Memory: 1K/2K available (hunter2 192.0.2.17)\n"
	"[    0.010000] node 0: vault-db7 alice\n"
	"[    0.010000] user: bob1 swordfish 52:54:00:ab:cd:ef\n"
	"[    0.020000] crashkernel: alice@corp.example says s3cr3t 192.0.2.17\n"
	"[    0.100000] platform rack42.ethernet: Adding to iommu group 3\n"
	"[    0.100000] pci 0000:00:1f.0: serial SN0815X\n"
	"[    0.200000] Loaded X.509 cert 'Acme Root CA: "
	"0123456789abcdef0123456789abcdef'\n"
	"[    0.300000] IP-Config: Complete: device=eth0, addr=192.0.2.17, host=vault-db7, "
	"domain=corp.example, rootserver=198.51.100.9, rootpath=nfs-filer:/export/home9\n"
	"[    0.400000] usb 1-1: SerialNumber: PF3ABCDE\n"
	"[    0.400000] e1000 0000:00:03.0 eth0: 52:54:00:ab:cd:ef up\n"
	"[    0.400000] efifb: efi: mode of vault-db7\n"
	"[    0.500000] systemd[1]: Hostname set to <vault-db7>.\n"
	"[    0.500000] audit: type=1100 acct=\"alice\" addr=198.51.100.9 res=failed\n"
	"Jul  3 16:39:34 vault-db7 kernel: [    0.500000] nfs: server nfs-filer OK\n"
	"Jul  3 16:40:01 vault-db7 sshd[812]: Accepted password for alice from 192.0.2.17\n"
	"Jul  3 16:40:02 vault-db7 sudo[813]: alice : USER=root ; COMMAND=vi crashkernel hunter2\n"
	"2026-07-03T16:40:02+02:00 vault-db7 sudo: bob1 : COMMAND=crashkernel swordfish\n"
	"[    0.600000] RAMDISK: [mem 0x37df7000-0x37ef2fff]\n";

static void put_be32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> (24 - 8 * i));
	}
}

/* Adds a property with text for a value; name is an offset into the strings. */
static size_t put_property(uint8_t *at, uint32_t name, const char *value)
{
	uint32_t length = (uint32_t)strlen(value) + 1;

	put_be32(at, 3);
	put_be32(at + 4, length);
	put_be32(at + 8, name);
	memcpy(at + 12, value, length);
	return 12 + (length + 3) / 4 * 4;
}

/* A tree of a root with a serial number and /chosen with a command line, and rubbish behind. */
static void put_fdt(struct machine_root *root)
{
	static const char strings[] = "bootargs\0serial-number\0model";
	static uint8_t blob[PAGE_BYTES];
	size_t at = 56;

	memset(blob, 0, sizeof(blob));
	put_be32(blob + at, 1);
	at += 8;
	at += put_property(blob + at, 9, "SN0815X");
	at += put_property(blob + at, 23, "Acme PowerEdge rack42");
	put_be32(blob + at, 1);
	memcpy(blob + at + 4, "chosen", 7);
	at += 12;
	at += put_property(blob + at, 0, SECRET_OPTIONS " crashkernel=256M");
	put_be32(blob + at, 2);
	put_be32(blob + at + 4, 2);
	put_be32(blob + at + 8, 9);
	at += 12;
	memcpy(blob + at, strings, sizeof(strings));
	memcpy(blob + at + sizeof(strings), "geheim hunter2", 15);
	put_be32(blob, 0xd00dfeed);
	put_be32(blob + 4, sizeof(blob));
	put_be32(blob + 8, 56);
	put_be32(blob + 12, (uint32_t)at);
	put_be32(blob + 16, 40);
	put_be32(blob + 20, 17);
	put_be32(blob + 24, 16);
	put_be32(blob + 32, sizeof(strings));
	put_be32(blob + 36, (uint32_t)at - 56);
	machine_root_put_bytes(root, "sys/firmware/fdt", blob, sizeof(blob));
}

static void put_boot_params(struct machine_root *root)
{
	static uint8_t page[PAGE_BYTES];

	memset(page, 0, sizeof(page));
	memcpy(page + 0x202, "HdrS", 4);
	page[0x210] = 0x72;
	memcpy(page + EDID_AT, "CZ12345678", 10);
	memcpy(page + EDD_AT, "ip=192.0.2.17 hunter2", 21);
	memcpy(page + 0x2d0, "PF3ABCDE", 8); /* behind the last e820 entry: there is none */
	machine_root_put_bytes(root, "sys/kernel/boot_params/data", page, sizeof(page));
}

static void put_srat(struct machine_root *root)
{
	uint8_t table[64] = "SRAT";

	table[4] = 48;
	table[8] = 3;
	memcpy(table + 10, "rack42SN0815X", 13);
	memcpy(table + 50, "geheim", 6);
	for (int i = 0; i < 48; i++) {
		table[9] = (uint8_t)(table[9] - (i == 9 ? 0 : table[i]));
	}
	machine_root_put_bytes(root, "sys/firmware/acpi/tables/SRAT", table, sizeof(table));
}

/* Two descriptors, with what lay in memory between and behind them. */
static void put_efi_memmap(struct machine_root *root)
{
	static const char header[] = "lifeboat efi-memmap 1\naddress: 0x7ea12018\n"
				     "descriptor-size: 48\nsize: 96\n\n";
	static uint8_t file[sizeof(header) - 1 + 96 + 8];
	uint8_t *first = file + sizeof(header) - 1;

	memcpy(file, header, sizeof(header) - 1);
	first[0] = first[48] = 7;
	first[8 + 2] = 0x10; /* at 1 MiB */
	first[24] = first[48 + 24] = 1;
	memcpy(first + 4, "bob1", 4);
	memcpy(first + 40, "hunter2", 7);
	memcpy(first + 48 + 16, "s3cr3t", 6);
	memcpy(first + 96, "geheim", 6);
	machine_root_put_bytes(root, "efi-memmap", file, sizeof(file));
}

/* What else than memory a dump depends on. */
static void put_crash_path(struct machine_root *root)
{
	machine_root_put(root, "sys/kernel/kexec_crash_loaded", "1\nhunter2\n");
	machine_root_put(root, "sys/kernel/security/lockdown",
		"[none] integrity confidentiality\nalice\n");
	machine_root_put(root, "proc/sys/kernel/panic", "10\nhunter2\n");
	machine_root_put(root, "sys/devices/system/memory/crash_hotplug", "1\nalice\n");
	machine_root_put(root, "sys/class/watchdog/watchdog0/state", "active\nalice\n");
	machine_root_put(root, "sys/class/watchdog/watchdog0/timeout", "60\nalice\n");
	machine_root_put(root, "etc/kdump.conf",
		"# alice\nnfs nfs-filer.corp.example:/export/home9\nssh alice@vault-db7\n"
		"sshkey /root/hunter2\npath /srv/vault-db7\nraw /dev/mapper/vault-db7\n"
		"core_collector makedumpfile -l --message-level 7 -d 31 -x /s3cr3t hunter2\n"
		"kdump_post /usr/bin/swordfish\nfence_kdump_nodes vault-db7 bob1\n");
	machine_root_put(root, "etc/sysconfig/kdump",
		"KDUMP_COMMANDLINE_APPEND=\"nr_cpus=1 rootpw=hunter2 swordfish\" # alice\n"
		"KDUMP_SAVEDIR=\"ssh://alice:hunter2@vault-db7/srv\"\nKEXEC_ARGS=\"-s geheim\"\n"
		"KDUMP_KERNELVER=alice\nKDUMP_CPUS=hunter2\nPASSWORD=s3cr3t\n");
	machine_root_put(root, "etc/default/kdump-tools",
		"NFS=\"nfs-filer:/export/home9\"\nSSH='bob1@corp.example'\n"
		"KDUMP_COREDIR=/srv/vault-db7\nMAKEDUMP_ARGS=\"-c -d 31 --alice\"\n"
		"KDUMP_CMDLINE='ip=192.0.2.17 mem=4G\n");
	machine_root_put(root, "var/lib/kdump/vmcore-creation.status",
		"success 1763700000 alice /srv/vault-db7\n");
	machine_root_put(root, "var/lib/lifeboat/drill",
		"lifeboat drill-record 1\noutcome captured\ncrashkernel 256M\n");
	machine_root_put(root, "sos_commands/kdump/lsinitrd_x",
		"-rw-r--r-- 1 alice bob1 12 Nov 1 2024 usr/lib/modules/6.1.0/kernel/nfs.ko\n"
		"-rw-r--r-- 1 root root 12 Nov 1 2024 usr/lib/modules/6.1.0/extra/swordfish.ko\n"
		"-rw-r--r-- 1 root root 12 Nov 1 2024 etc/hunter2\nusr/bin/ssh\n");
	machine_root_put(root, "sos_commands/block/lsblk",
		"sda 8:0 0 20G 0 disk \n`-vault-db7 253:0 0 20G 0 lvm /\n");
	machine_root_put(root, "sos_commands/filesys/df_-al",
		"/dev/mapper/vault-db7 41152812 3022148 36317936 8% /\n"
		"nfs-filer:/export/home9 41152812 3022148 36317936 8% /home9\n");
	machine_root_put(root, "installed-rpms", "alice-1.0\nmakedumpfile-1.7.5-1.hunter2\n");
	machine_root_put(root, "sysctl", "kernel.hostname = vault-db7\nkernel.panic = 10\n"
					 "kernel.panic_on_oops = swordfish\n");
	machine_root_put(root, "etc/sysctl.conf", "# alice: swordfish\nkernel.panic = 5\n"
						  "kernel.core_pattern = |/s3cr3t\n");
	machine_root_put(root, "etc/sysctl.d/99-vault-db7.conf",
		"kernel.panic = 5 # bob1\nkernel.panic_on_oops = 1\n"
		"kernel.domainname = corp.example\n");
}

static void plant(struct machine_root *root)
{
	static const char cmdline[] = SECRET_OPTIONS " crashkernel=256M mem=4G\n\0hunter2";

	machine_root_make(root);
	machine_root_put(root, "dmesg", log_text);
	machine_root_put(root, "uname", "Linux vault-db7 6.1.0 #1 SMP x86_64\nalice hunter2\n");
	machine_root_put(root, "proc/version",
		"Linux version 6.1.0 (alice@internal-lab) (gcc 12) #1 SMP\nhunter2\n");
	machine_root_put_bytes(root, "proc/cmdline", cmdline, sizeof(cmdline) - 1);
	machine_root_put(root, "proc/iomem", "00100000-3fffffff : System RAM\n"
					     "  01000000-01ffffff : Kernel code\n"
					     "fe000000-fe0fffff : rack42 SN0815X\n");
	machine_root_put(root, "proc/meminfo", "MemTotal: 1024 kB\nalice: 4 kB\nhunter2\n");
	machine_root_put(root, "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu\n"
					       "Serial\t\t: CZ12345678\nModel\t\t: rack42\n");
	machine_root_put(root, "sys/firmware/efi/systab",
		"ACPI20=0x7000\ngeheim=0x8000\nSMBIOS=alice\n");
	machine_root_put(root, "sys/kernel/kexec_crash_size", "0\nhunter2\n");
	machine_root_put(root, "sys/firmware/memmap/0/start", "0x100000\nalice\n");
	machine_root_put(root, "sys/firmware/memmap/0/end", "0x3fffffff\nalice\n");
	machine_root_put(root, "sys/firmware/memmap/0/type", "System RAM\nalice\n");
	machine_root_put(root, "sys/kernel/debug/memblock/memory",
		"   0: 0x100000..0x3fffffff    0 NONE alice\n");
	put_crash_path(root);
	put_fdt(root);
	put_boot_params(root);
	put_srat(root);
	put_efi_memmap(root);
}

static char *read_whole(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "r");
	char *bytes = malloc(1 << 20);

	LB_ASSERT(file && bytes);
	*ret_size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

TEST(machine_scrub, no_secret_of_any_source_is_in_the_archive)
{
	struct lb_machine_error error;
	struct lb_snapshot snapshot;
	struct machine_root root, out;
	size_t size;
	char path[128];
	char *bytes;

	plant(&root);
	machine_root_make(&out);
	snprintf(path, sizeof(path), "%s/s.tar", out.path);
	REQUIRE(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_OK);
	bytes = read_whole(path, &size);
	for (size_t i = 0; i < LB_ARRAY_COUNT(secrets); i++) {
		bool found = memmem(bytes, size, secrets[i], strlen(secrets[i])) != NULL;

		CHECK_TEXT(found ? secrets[i] : "", "");
	}
	CHECK_EQUAL(snapshot.files, 32);
	CHECK_EQUAL(snapshot.left_out.properties, 2);
	CHECK(snapshot.left_out.log_lines > 10 && snapshot.left_out.options > 60);
	CHECK(memmem(bytes, size, "options masked", 14) != NULL);
	free(bytes);
	machine_root_remove(&root);
	machine_root_remove(&out);
}

TEST(machine_scrub, the_machine_is_still_shown)
{
	struct lb_machine_error error;
	struct lb_snapshot snapshot;
	struct machine_root root, out;
	struct lb_machine *machine;
	char path[128];

	plant(&root);
	machine_root_make(&out);
	snprintf(path, sizeof(path), "%s/s.tar", out.path);
	REQUIRE(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_OK);
	REQUIRE(lb_machine_open(path, &machine, &error) == LB_OK);
	CHECK_EQUAL(strlen(machine->boot.cmdline),
		strlen(SECRET_OPTIONS " crashkernel=256M mem=4G"));
	CHECK(strstr(machine->boot.cmdline, "crashkernel=64M crashkernel=256M mem=4G"));
	CHECK(machine->efi.mentioned && machine->dma.iommu_active);
	CHECK_EQUAL(machine->boot.params.type_of_loader, 0x72);
	CHECK_EQUAL(machine->acpi.tables_count, 1);
	CHECK_EQUAL(machine->efi.map_count, 2);
	CHECK_EQUAL(machine->efi.map[0].range.start, LB_MIB);
	CHECK_EQUAL(machine->memory.iomem_count, 3);
	CHECK_EQUAL(machine->boot.ramdisk.start, 0x37df7000);
	lb_machine_close(machine);
	machine_root_remove(&root);
	machine_root_remove(&out);
}

TEST(machine_scrub, a_capture_kernel_is_still_one)
{
	struct lb_machine_error error;
	struct lb_snapshot snapshot;
	struct machine_root root, out;
	struct lb_machine *machine;
	char path[128];

	machine_root_make(&root);
	machine_root_make(&out);
	machine_root_put(&root, "dmesg", "Linux version 6.1.0 (x) #1 SMP\n"
		"OF: fdt: Reserving 4 KiB of memory at 0x9fdff000 for elfcorehdr\n");
	snprintf(path, sizeof(path), "%s/s.tar", out.path);
	REQUIRE(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_OK);
	REQUIRE(lb_machine_open(path, &machine, &error) == LB_OK);
	CHECK(machine->crash.is_capture_kernel);
	lb_machine_close(machine);
	machine_root_remove(&root);
	machine_root_remove(&out);
}

/* Each pair: a text, and what is left of it. */
static void check_pairs(const char *const (*pairs)[2], size_t count, void (*scrub)(char *text))
{
	for (size_t i = 0; i < count; i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s", pairs[i][0]);
		scrub(text);
		CHECK_TEXT(text, pairs[i][1]);
	}
}

static void scrub_options(char *text)
{
	scrub_command_line(text, strlen(text));
}

TEST(machine_scrub, masks_keep_lengths_and_options_of_memory)
{
	static const char *const pairs[][2] = {
		{"iommu.passthrough=1 console=ttyS0", "iommu.passthrough=1 console=ttyS0"},
		{"a=\"b c\" rd.token=\"x y\" hugepages=2",
			"a=\"xxx\" rd.token=\"xxx\" hugepages=2"},
		{"BOOTIF=01-52-54-00-12-34-56", "BOOTIF=xxxxxxxxxxxxxxxxxxxx"},
		{"\"key=a b\" quiet -- joe\tmem=1G", "\"key=xxx\" quiet -- xxx\tmem=1G"},
		{"memmap=1G$4G,2G#8G root=UUID=0-1", "memmap=1G$4G,2G#8G root=xxxxxxxx"},
		{"pw=acrashkernel=1G crashkernel", "pw=xcrashkernel=1G crashkernel"},
		{"log-buf-len=4M log_buf_len=4M Mem=1G", "log-buf-len=4M log_buf_len=4M Mem=xx"},
		{"open=\"a b mem=1G", "open=\"xxxxxxxxxx"},
		{"\\ \"--\" -- --=pw \\=pw", "\\ \"--\" -- xxxxx xxxx"},
	};

	check_pairs(pairs, LB_ARRAY_COUNT(pairs), scrub_options);
}

TEST(machine_scrub, what_is_no_name_of_an_option_does_not_stay_as_one)
{
	static const char *const pairs[][2] = {
		{"aHVudGVyMg== aHVudGVyMjM= a=", "xxxxxxxxxxxx xxxxxxxxxxxx xx"},
		{"http://u:pw@host/?a=b", "xxxxxxxxxxxxxxxxxxxxx"},
		{"mod.a_b-c=1 joe@home=1", "mod.a_b-c=x xxxxxxxxxx"},
		{"a=1 -- a=1 mem=1G acrashkernel=1G", "a=x -- xxx mem=1G xcrashkernel=1G"},
		{"\"--\" a=1", "\"--\" xxx"},
	};

	check_pairs(pairs, LB_ARRAY_COUNT(pairs), scrub_options);
}

TEST(machine_scrub, only_figures_and_known_words_stay)
{
	static const char *const pairs[][2] = {
		{"[mem 0x0-0x9fbff] usable by joe", "[mem 0x0-0x9fbff] usable by xxx"},
		{"64MB 14345K s101528 mem00 2.0", "64MB 14345K s101528 mem00 2.0"},
		{"10.0.0.1 fe80::1 0xzz deadbeef", "xxxxxxxx xxxx::1 xxxx xxxxxxxx"},
		{"12345678901234567890 m\xc3\xbcller", "xxxxxxxxxxxxxxxxxxxx xxxxxxx"},
		{"52:54:00:12:34:56 52-54-00-12-34-56", "xxxxxxxxxxxxxxxxx xxxxxxxxxxxxxxxxx"},
	};

	check_pairs(pairs, LB_ARRAY_COUNT(pairs), scrub_words);
}

TEST(machine_scrub, a_builder_stays_if_a_distribution_is_it)
{
	static const char *const pairs[][2] = {
		{"Linux version 6.1 (joe@home) (gcc)", "Linux version 6.1 (xxx@xxxx) (gcc)"},
		{"Linux version 6.1 (debian-kernel@lists.debian.org) (gcc)",
			"Linux version 6.1 (debian-kernel@lists.debian.org) (gcc)"},
		{"Linux version 6.1 (builder@my.corp) #1",
			"Linux version 6.1 (builder@xxxxxxx) #1"},
		{"Linux version 6.1 #1", "Linux version 6.1 #1"},
	};

	check_pairs(pairs, LB_ARRAY_COUNT(pairs), scrub_banner);
}
