/* SPDX-License-Identifier: MIT */
/* machine: the sources other than iomem and the log, one by one, whole and damaged, and what is
 * said when they contradict each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"

/* A folder with some files, opened; the folder is gone afterwards. */
struct part {
	const char *path;
	const char *text;
};

static struct lb_machine *machine_of_parts(const struct part *parts, size_t count)
{
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;

	machine_root_make(&root);
	for (size_t i = 0; i < count; i++) {
		machine_root_put(&root, parts[i].path, parts[i].text);
	}
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	return machine;
}

#define MACHINE_OF(...)                                                                          \
	machine_of_parts((const struct part[]){__VA_ARGS__},                                     \
		sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))

/* True if a problem with these words is noted for a file of that name. */
static bool has_problem(const struct lb_machine *machine, const char *source, const char *words)
{
	for (size_t i = 0; i < machine->problems_count; i++) {
		if (!strcmp(machine->problems[i].position.source, source) &&
			strstr(machine->problems[i].text, words)) {
			return true;
		}
	}
	return false;
}

static void check_refused(const char *path, const void *data, size_t size,
	enum lb_status expected_status, const char *expected)
{
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put_bytes(&root, path, data, size);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	CHECK(machine == NULL);
	CHECK(status == expected_status);
	CHECK_TEXT(error.text, expected);
	lb_machine_close(machine);
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> 8 * i);
	}
}

static void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

/* A page as GRUB leaves it on an EFI machine: two ranges of memory, an initrd above 4 GiB. */
static void make_boot_params(uint8_t *page)
{
	memset(page, 0, 4096);
	memcpy(page + 0x202, "HdrS", 4);
	memcpy(page + 0x1c0, "EL64", 4);
	put32(page + 0x1c8, 48);
	put32(page + 0x1d0, 0x7ea12018);
	put32(page + 0x1d4, 48 * 100);
	page[0x1e8] = 2;
	page[0x210] = 0x72;
	page[0x211] = 0x83;
	put32(page + 0x214, 0x1000000);
	put32(page + 0x218, 0x1000);
	put32(page + 0xc0, 1);
	put32(page + 0x21c, 0x2345);
	put32(page + 0x260, 0x3378000);
	put64(page + 0x2d0, 0x100000);
	put64(page + 0x2d8, 0x7ff00000);
	put32(page + 0x2e0, 1);
	put64(page + 0x2e4, 0x80000000);
	put64(page + 0x2ec, 0x1000);
	put32(page + 0x2f4, 0x1234);
}

TEST(machine_sources, boot_params_fields)
{
	uint8_t page[4096];
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;

	make_boot_params(page);
	machine_root_make(&root);
	machine_root_put_bytes(&root, "sys/kernel/boot_params/data", page, sizeof(page));
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK(machine->arch == LB_ARCH_X86_64);
	CHECK_TEXT(machine->boot.params.efi_signature, "EL64");
	CHECK_EQUAL(machine->boot.params.code32_start, 0x1000000);
	CHECK_EQUAL(machine->boot.params.init_size, 0x3378000);
	CHECK_EQUAL(machine->boot.params.ramdisk.start, 0x100001000);
	CHECK_EQUAL(machine->boot.params.ramdisk.end, 0x100003345);
	CHECK_EQUAL(machine->boot.params.efi_memmap, 0x7ea12018);
	CHECK_EQUAL(machine->boot.params.efi_memmap_size, 4800);
	REQUIRE(machine->boot.params.e820_count == 2);
	CHECK_EQUAL(machine->boot.params.e820[0].range.end, 0x80000000);
	CHECK(machine->boot.params.e820[1].type == LB_E820_OTHER);
	CHECK(machine->kernel.kaslr_known && machine->kernel.kaslr);
	CHECK(machine->efi.known && machine->efi.booted);
	lb_machine_close(machine);
}

/* Of a BIOS boot that drew no place for its kernel, while /proc/iomem shows the kernel there. */
static bool boot_params_are_doubted(
	const char *iomem, const char *cmdline, unsigned int loadflags, const char *word)
{
	static const char path[] = "sys/kernel/boot_params/data";
	uint8_t page[4096];
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;
	bool doubted;

	make_boot_params(page);
	memset(page + 0x1c0, 0, 4);
	page[0x211] = (uint8_t)loadflags;
	put32(page + 0x214, 0x100000);
	put32(page + 0x230, 0x200000);
	put64(page + 0x258, 0x1000000);
	machine_root_make(&root);
	machine_root_put_bytes(&root, path, page, sizeof(page));
	machine_root_put(&root, "proc/iomem", iomem);
	machine_root_put(&root, "proc/cmdline", cmdline);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	if (!machine) {
		return false;
	}
	doubted = has_problem(machine, path, word);
	lb_machine_close(machine);
	return doubted;
}

static bool kernel_place_is_doubted(const char *iomem, unsigned int loadflags)
{
	return boot_params_are_doubted(iomem, "quiet\n", loadflags, "no place was drawn");
}

TEST(machine_sources, a_kernel_that_moved_without_a_draw_is_doubted)
{
	CHECK(kernel_place_is_doubted("00100000-7fffffff : System RAM\n"
				      "  31000000-31ffffff : Kernel code\n", 1));
	CHECK(!kernel_place_is_doubted("00100000-7fffffff : System RAM\n"
				       "  01000000-01ffffff : Kernel code\n", 1));
	CHECK(!kernel_place_is_doubted("00100000-7fffffff : System RAM\n"
				       "  31000000-31ffffff : Kernel code\n", 3));
}

TEST(machine_sources, a_draw_that_the_command_line_forbids_is_doubted)
{
	static const char iomem[] = "00100000-7fffffff : System RAM\n";

	CHECK(boot_params_are_doubted(iomem, "a nokaslr\n", 3, "although the command line"));
	CHECK(!boot_params_are_doubted(iomem, "a nokaslr\n", 1, "although the command line"));
	CHECK(!boot_params_are_doubted(iomem, "a\n", 3, "although the command line"));
}

TEST(machine_sources, boot_params_damage_names_the_offset)
{
	static const char path[] = "sys/kernel/boot_params/data";
	uint8_t page[4097];

	make_boot_params(page);
	check_refused(path, page, 4000, LB_TRUNCATED,
		"sys/kernel/boot_params/data: offset 4000: expected a page of 4096 bytes");
	page[4096] = 0;
	check_refused(path, page, 4097, LB_INVALID,
		"sys/kernel/boot_params/data: offset 4096: expected a page of 4096 bytes");
	page[0x1e8] = 200;
	check_refused(path, page, 4096, LB_INVALID,
		"sys/kernel/boot_params/data: offset 488: 200 e820 entries, expected at most 128");
	make_boot_params(page);
	put64(page + 0x2d8, UINT64_MAX);
	check_refused(path, page, 4096, LB_INVALID,
		"sys/kernel/boot_params/data: offset 720: an e820 entry passes the end of the "
		"address space");
	memset(page, 0, sizeof(page));
	check_refused(path, page, 4096, LB_INVALID,
		"sys/kernel/boot_params/data: offset 514: expected \"HdrS\", the mark of a Linux "
		"setup header");
}

#define MEMMAP(index, start, end)                                                                \
	{"sys/firmware/memmap/" index "/start", start "\n"},                                      \
	{"sys/firmware/memmap/" index "/end", end "\n"},                                          \
	{"sys/firmware/memmap/" index "/type", "System RAM\n"}

/* Only where sysfs has the same entries: else one of them may be of another boot. */
TEST(machine_sources, lines_of_the_map_that_changed_places_are_put_back)
{
	static const char log[] = "Linux version 6.1.2\n"
		"BIOS-e820: [mem 0x2000-0x2fff] usable\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n";
	struct lb_machine *machine = MACHINE_OF({"dmesg", log}, MEMMAP("0", "0x0", "0xfff"),
		MEMMAP("1", "0x2000", "0x2fff"));

	REQUIRE(machine != NULL);
	REQUIRE(machine->problems_count == 1);
	CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_HARMLESS);
	CHECK_EQUAL(machine->e820.log[0].range.start, 0);
	lb_machine_close(machine);
	machine = MACHINE_OF({"dmesg", log}, MEMMAP("0", "0x0", "0xfff"),
		MEMMAP("1", "0x2000", "0x3fff"));
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 2);
	CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_CONTRADICTION);
	lb_machine_close(machine);
}

TEST(machine_sources, firmware_memmap_in_the_firmware_s_order)
{
	struct lb_machine *machine = MACHINE_OF({"sys/firmware/memmap/10/start", "0x100000000\n"},
		{"sys/firmware/memmap/10/end", "0x13fffffff\n"},
		{"sys/firmware/memmap/10/type", "System RAM\n"},
		{"sys/firmware/memmap/2/start", "0x0\n"},
		{"sys/firmware/memmap/2/end", "0x9fbff\n"},
		{"sys/firmware/memmap/2/type", "System RAM\n"},
		{"sys/firmware/memmap/3/start", "0x9fc00\n"},
		{"sys/firmware/memmap/3/end", "0x9ffff\n"},
		{"sys/firmware/memmap/3/type", "ACPI Non-volatile Storage\n"},
		{"sys/firmware/memmap/0/start", "0x200000000\n"},
		{"sys/firmware/memmap/0/end", "0x2ffffffff\n"},
		{"sys/firmware/memmap/0/type", "System RAM\n"});

	REQUIRE(machine != NULL);
	REQUIRE(machine->e820.firmware_count == 3);
	CHECK_EQUAL(machine->e820.firmware[0].range.end, 0x9fc00);
	CHECK(machine->e820.firmware[1].type == LB_E820_NVS);
	CHECK_EQUAL(machine->e820.firmware[2].range.start, 0x100000000);
	CHECK(has_problem(machine, "sys/firmware/memmap", "added while running"));
	CHECK(machine->problems[0].class_ == LB_PROBLEM_CONTRADICTION);
	lb_machine_close(machine);
}

TEST(machine_sources, an_overlapping_firmware_memmap_is_refused)
{
	struct lb_machine_error error;
	struct machine_root root;
	enum lb_status status;

	machine_root_make(&root);
	for (int i = 0; i < 2; i++) {
		machine_root_put(&root, i ? "sys/firmware/memmap/1/start" :
			"sys/firmware/memmap/0/start", i ? "0x800\n" : "0x0\n");
		machine_root_put(&root, i ? "sys/firmware/memmap/1/end" :
			"sys/firmware/memmap/0/end", i ? "0x1fff\n" : "0xfff\n");
		machine_root_put(&root, i ? "sys/firmware/memmap/1/type" :
			"sys/firmware/memmap/0/type", "System RAM\n");
	}
	CHECK(machine_root_open(&root, &status, &error) == NULL);
	CHECK_TEXT(error.text,
		"sys/firmware/memmap/1/start:1: the range overlaps the one before it");
	machine_root_remove(&root);
}

TEST(machine_sources, a_torn_firmware_memmap_is_refused)
{
	check_refused("sys/firmware/memmap/0/start", "0x0\n", 4, LB_INVALID,
		"sys/firmware/memmap/0/start: the files of entry 0 are not complete, or there "
		"twice");
}

TEST(machine_sources, memblock_of_all_kernels)
{
	static const char *const forms[] = {
		"   0: 0x0000000040000000..0x00000000bfffffff\n",
		"   0: 0x0000000040000000..0x00000000bfffffff    0 NONE\n",
		"   0: 0x0000000040000000..0x00000000bfffffff    x NOMAP\n",
		"   0: 0x0000000040000000..0x00000000bfffffff    1 DRV_MNG\n",
	};
	static const int nodes[] = {-1, 0, -1, 1};

	for (size_t i = 0; i < LB_ARRAY_COUNT(forms); i++) {
		struct lb_machine *machine =
			MACHINE_OF({"sys/kernel/debug/memblock/memory", forms[i]});

		REQUIRE(machine != NULL);
		REQUIRE(machine->memblock.memory_count == 1);
		CHECK_EQUAL(machine->memblock.memory[0].range.end, 0xc0000000);
		CHECK(machine->memblock.memory[0].node == nodes[i]);
		CHECK(machine->memblock.memory[0].nomap == (i == 2));
		CHECK(machine->memblock.memory[0].driver_managed == (i == 3));
		lb_machine_close(machine);
	}
	check_refused("sys/kernel/debug/memblock/reserved",
		"   0: 0x1000..0x1fff\n   1: 0x1800..0x2fff\n", 43, LB_INVALID,
		"sys/kernel/debug/memblock/reserved:2: the region starts before the end of the one "
		"before it");
}

TEST(machine_sources, srat_memory_entries_in_table_order)
{
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;
	uint8_t table[48 + 16 + 2 * 40] = "SRAT";
	uint8_t *entry = table + 48;
	uint8_t sum = 0;

	put32(table + 4, sizeof(table));
	entry[0] = 0; /* a processor of domain 7 comes first, so 7 is node 0 */
	entry[1] = 16;
	entry[2] = 7;
	put32(entry + 4, 1);
	entry += 16;
	for (uint32_t i = 0; i < 2; i++, entry += 40) {
		entry[0] = 1;
		entry[1] = 40;
		put32(entry + 2, i ? 7 : 3);
		put64(entry + 8, i * LB_GIB);
		put64(entry + 16, LB_GIB);
		put32(entry + 28, i ? 3 : 1);
	}
	for (size_t i = 0; i < sizeof(table); i++) {
		sum = (uint8_t)(sum + table[i]);
	}
	table[9] = (uint8_t)-sum;
	machine_root_make(&root);
	machine_root_put_bytes(&root, "sys/firmware/acpi/tables/SRAT", table, sizeof(table));
	machine_root_put(&root, "dmesg", "ACPI: SRAT: Node 5 PXM 5 [mem 0x0-0xfff]\n");
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 0);
	REQUIRE(machine->acpi.srat_count == 2);
	CHECK(machine->acpi.srat[0].node == 1 && !machine->acpi.srat[0].hotplug);
	CHECK(machine->acpi.srat[1].node == 0 && machine->acpi.srat[1].hotplug);
	CHECK_EQUAL(machine->acpi.srat[1].range.start, LB_GIB);
	lb_machine_close(machine);
	table[48 + 1] = 1;
	check_refused("sys/firmware/acpi/tables/SRAT", table, sizeof(table), LB_INVALID,
		"sys/firmware/acpi/tables/SRAT: offset 48: the affinity entry has a length that "
		"cannot be");
}

TEST(machine_sources, the_firmware_s_own_map_goes_before_the_log)
{
	uint8_t file[256];
	size_t header = (size_t)snprintf((char *)file, sizeof(file),
		"lifeboat efi-memmap 1\naddress: 0x7ea12018\ndescriptor-size: 48\nsize: 96\n\n");
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;

	memset(file + header, 0, 96);
	put32(file + header, 7);
	put64(file + header + 8, 0x1000);
	put64(file + header + 24, 0x9f);
	put64(file + header + 32, 15);
	put32(file + header + 48, 4);
	put64(file + header + 56, 0x100000);
	put64(file + header + 72, 0x10);
	machine_root_make(&root);
	machine_root_put_bytes(&root, "efi-memmap", file, header + 96);
	machine_root_put(&root, "dmesg",
		"efi: mem00: [Conventional|   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] "
		"range=[0x0000000000001000-0x000000000009ffff] (0MB)\n");
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK(lb_machine_has(machine, LB_SOURCE_EFI_MAP_RAW));
	CHECK(!lb_machine_has(machine, LB_SOURCE_EFI_MAP_LOG));
	REQUIRE(machine->efi.map_count == 2);
	CHECK_EQUAL(machine->efi.map[0].range.end, 0xa0000);
	CHECK(machine->efi.map[1].type == LB_EFI_BOOT_DATA);
	CHECK_EQUAL(machine->problems_count, 0);
	CHECK(machine->efi.booted);
	lb_machine_close(machine);
	check_refused("efi-memmap", file, header + 90, LB_TRUNCATED,
		"efi-memmap: offset 162: expected 96 bytes of descriptors");
}

TEST(machine_sources, architecture_and_page_size_from_what_is_there)
{
	static const struct {
		struct part part;
		enum lb_arch arch;
		uint32_t page_size;
	} cases[] = {
		{{"uname", "Linux host 6.1.0-9-amd64 #1 SMP Debian x86_64 GNU/Linux\n"},
			LB_ARCH_X86_64, 4096},
		{{"proc/version", "Linux version 5.14.0-427.el9.aarch64+64k (x@y) (gcc) #1\n"},
			LB_ARCH_ARM64, 65536},
		{{"proc/version", "Linux version 6.6.1 (x@y) (riscv64-linux-gnu-gcc 13) #1\n"},
			LB_ARCH_RISCV64, 4096},
		{{"proc/cpuinfo", "processor\t: 0\nCPU architecture: 8\n\n"}, LB_ARCH_ARM64, 0},
		{{"dmesg", "Booting Linux on physical CPU 0x0000000000 [0x411fd070]\n"},
			LB_ARCH_ARM64, 0},
		{{"dmesg", "Booting Linux on physical CPU 0x0\n"}, LB_ARCH_UNKNOWN, 0},
		{{"proc/meminfo",
			 "MemTotal:  8000064 kB\nMemFree:  64 kB\nMemAvailable: 640 kB\n"
			 "Buffers: 128 kB\nCached: 1280 kB\nActive: 320 kB\nInactive: 192 kB\n"
			 "KernelStack: 4 kB\n"},
			LB_ARCH_UNKNOWN, 65536},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_machine *machine = machine_of_parts(&cases[i].part, 1);

		REQUIRE(machine != NULL);
		CHECK(machine->arch == cases[i].arch);
		CHECK_EQUAL(machine->kernel.page_size, cases[i].page_size);
		lb_machine_close(machine);
	}
}

TEST(machine_sources, the_log_that_shows_the_beginning_of_this_boot)
{
	static const char tail[] = "[  900.0] late line\n";
	static const char whole[] = "Linux version 6.1.0 (x@y) #1\nKASLR enabled\n";
	static const char old[] = "Linux version 5.10.0 (x@y) #1\nKASLR enabled\n";
	static const char version[] = "Linux version 6.1.0 (x@y) #1\n";
	struct lb_machine *machine = MACHINE_OF(
		{"dmesg", tail}, {"var/log/dmesg", whole}, {"proc/version", version});

	REQUIRE(machine != NULL);
	CHECK(machine->kernel.kaslr);
	lb_machine_close(machine);
	machine = MACHINE_OF({"dmesg", tail}, {"var/log/dmesg", old}, {"proc/version", version});
	REQUIRE(machine != NULL);
	CHECK(!machine->kernel.kaslr && lb_machine_has(machine, LB_SOURCE_LOG));
	lb_machine_close(machine);
	machine = MACHINE_OF({"dmesg", whole}, {"var/log/dmesg", old}, {"proc/version", version});
	REQUIRE(machine != NULL);
	CHECK(machine->kernel.kaslr && !machine->problems_count);
	lb_machine_close(machine);
}

TEST(machine_sources, a_command_line_without_its_line_break_was_cut)
{
	struct lb_machine *machine = MACHINE_OF({"proc/cmdline", "quiet crashker"});

	REQUIRE(machine != NULL);
	CHECK(has_problem(machine, "proc/cmdline", "cut"));
	lb_machine_close(machine);
	machine = MACHINE_OF({"proc/cmdline", "quiet\n"});
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
}

/* Both lines of an x86 log show all of it; one alone may be cut. */
TEST(machine_sources, a_command_line_that_is_longer_than_the_logs_is_of_another_boot)
{
	static const char both[] =
		"Linux version 6.12.0\nCommand line: a=1 b\nKernel command line: a=1 b\n";
	static const struct {
		const char *shown, *log;
		bool differs;
	} cases[] = {
		{"a=1 b nokaslr\n", both, true},
		{"a=1 b \n", both, false},
		{"a=1 b nokaslr\n", "Linux version 6.12.0\nKernel command line: a=1 b\n", false},
		{"a=1\n", "Linux version 6.12.0\nKernel command line: a=1 b\n", true},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_machine *machine =
			MACHINE_OF({"proc/cmdline", cases[i].shown}, {"dmesg", cases[i].log});

		REQUIRE(machine != NULL);
		CHECK_EQUAL(has_problem(machine, "proc/cmdline", "differs"), cases[i].differs);
		CHECK(!machine->boot.cmdline_seen_twice || !strcmp(cases[i].shown, "a=1 b \n"));
		lb_machine_close(machine);
	}
}

#define MEMINFO(total, cma)                                                                      \
	"MemTotal: " total " kB\nMemFree: 4 kB\nBuffers: 4 kB\nCached: 8 kB\nActive: 4 kB\n"    \
	"Inactive: 4 kB\nShmem: 4 kB\nSlab: 4 kB\nKernelStack: 4 kB\nPageTables: 4 kB\n" cma

TEST(machine_sources, a_meminfo_of_less_memory_does_not_tell_how_the_kernel_was_built)
{
	static const char log[] = "Linux version 6.12.0\nMemory: 2000K/3000K available (1K kernel "
				  "code, 1000K reserved, 0K cma-reserved)\n";
	static const struct {
		const char *meminfo;
		bool told;
	} cases[] = {
		{MEMINFO("1900", ""), true},
		{MEMINFO("2000", ""), false},
		{MEMINFO("1900", "CmaTotal: 0 kB\n"), false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_machine *machine =
			MACHINE_OF({"proc/meminfo", cases[i].meminfo}, {"dmesg", log});

		REQUIRE(machine && machine->cma.known);
		CHECK_EQUAL(has_problem(machine, "proc/meminfo", "less than"), cases[i].told);
		lb_machine_close(machine);
	}
}

TEST(machine_sources, crash_memory_that_nobody_asked_for_is_told)
{
	struct lb_machine *machine = MACHINE_OF({"proc/cmdline", "quiet\n"},
		{"sys/kernel/kexec_crash_size", "268435456\n"});

	REQUIRE(machine != NULL);
	CHECK(has_problem(machine, "sys/kernel/kexec_crash_size", "does not ask for"));
	lb_machine_close(machine);
	machine = MACHINE_OF({"proc/cmdline", "quiet acrashkernel=256M\n"},
		{"sys/kernel/kexec_crash_size", "268435456\n"});
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
	machine = MACHINE_OF({"proc/cmdline", "quiet\n"}, {"sys/kernel/kexec_crash_size", "0\n"});
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
}

TEST(machine_sources, kaslr_that_is_on_beside_nokaslr_is_told)
{
	static const char on[] = "Linux version 6.12.0\nKASLR enabled\n";
	struct lb_machine *machine = MACHINE_OF({"proc/cmdline", "a nokaslr\n"}, {"dmesg", on});

	REQUIRE(machine != NULL);
	CHECK(has_problem(machine, "dmesg", "KASLR is on"));
	lb_machine_close(machine);
	machine = MACHINE_OF({"proc/cmdline", "a nokaslr2\n"}, {"dmesg", on});
	REQUIRE(machine != NULL);
	CHECK(!has_problem(machine, "dmesg", "KASLR is on"));
	lb_machine_close(machine);
}

TEST(machine_sources, contradictions_are_told_and_the_reading_goes_on)
{
	struct lb_machine *machine = MACHINE_OF({"proc/cmdline", "quiet crashkernel=1G\n"},
		{"uname", "Linux h 6.1.0 #1 x86_64 GNU/Linux\n"},
		{"proc/version", "Linux version 6.2.0 (x@y) #1\n"},
		{"proc/iomem", "00001000-0009fbff : System RAM\n00100000-8fffffff : System RAM\n"},
		{"sys/kernel/kexec_crash_size", "268435456\n"},
		{"dmesg", "Linux version 6.3.0\nCommand line: other\n"
			  "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
			  "BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n"});

	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "quiet crashkernel=1G");
	CHECK_TEXT(machine->kernel.release, "6.2.0");
	CHECK(has_problem(machine, "proc/cmdline", "differs"));
	CHECK(has_problem(machine, "uname", "release 6.1.0"));
	CHECK(has_problem(machine, "dmesg", "release 6.3.0"));
	CHECK(has_problem(machine, "proc/iomem", "0x100000-0x8fffffff"));
	CHECK(has_problem(machine, "sys/kernel/kexec_crash_size", "does not show"));
	lb_machine_close(machine);
}
