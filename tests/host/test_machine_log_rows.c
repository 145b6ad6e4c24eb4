/* SPDX-License-Identifier: MIT */
/*
 * machine: one sample for each kind of line that the log reader knows. A sample shows in the
 * machine what its line says, and nothing of the kind without it; a row without a sample fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fuzz/machine_fuzz.h"
#include "../harness/test.h"
#include "machine/log.h"
#include "machine/scrub.h"
#include "machine/tree.h"
#include "machine_root.h"

#define TEXT_MAX 65536

struct sample {
	const char *prefix; /* of the row */
	const char *rest;   /* the line as a kernel prints it, behind the prefix */
	bool (*shows)(const struct lb_machine *machine);
	const char *before, *after; /* lines around it that it depends on; NULL none */
};

#define SHOWS(name, condition)                                                                   \
	static bool name(const struct lb_machine *m)                                             \
	{                                                                                        \
		return (condition);                                                              \
	}

static bool is(struct lb_range range, uint64_t start, uint64_t end)
{
	return range.start == start && range.end == end;
}

SHOWS(heading, m->e820.heading)
SHOWS(bios_e820, m->e820.log_count == 1 && is(m->e820.log[0].range, 0x100000, 0x7ffe0000))
SHOWS(user_e820, m->e820.user_count == 1 && m->e820.user[0].type == LB_E820_RESERVED)
SHOWS(setup_data,
	m->boot.setup_data_count == 1 && is(m->boot.setup_data[0], 0x7b400000, 0x7b401000))
SHOWS(e820_update, m->e820.updates_count == 1 && m->e820.updates[0].to == LB_E820_RESERVED)
SHOWS(e820_remove, m->e820.updates_count == 1 && !m->e820.updates[0].to)
SHOWS(ramdisk, is(m->boot.ramdisk, 0x37df7000, 0x37ef3000))
SHOWS(node_data, m->nodes.data_count == 1 && is(m->nodes.data[0].range, 0x7ffb5000, 0x7ffe0000))
SHOWS(one_node_range,
	m->nodes.memory_count == 1 && is(m->nodes.memory[0].range, 0x1000, 0x9f000))
SHOWS(nosave, m->memory.nosave_count == 1 && is(m->memory.nosave[0], 0x9f000, 0x100000))
SHOWS(cma_area, m->cma.areas_count == 1 && is(m->cma.areas[0], 0xb9a00000, 0xbda00000))
SHOWS(dt_reserved,
	m->fdt.reserved_count == 1 && is(m->fdt.reserved[0].range, 0x80000000, 0x84000000))
SHOWS(swiotlb, is(m->dma.swiotlb, 0x7bb36000, 0x7fb36000))
SHOWS(srat, m->acpi.srat_count == 1 && m->acpi.srat[0].node == 1 && m->acpi.srat[0].hotplug)

SHOWS(memory_line, m->memory.counted == 2096600 * LB_KIB &&
	m->kernel.image_bytes == (14345 + 2301 + 8844 + 2684 + 4096) * LB_KIB &&
	m->cma.reserved_known && m->cma.reserved == 65536 * LB_KIB)
SHOWS(kfence, m->memory.kfence_bytes == 2 * LB_MIB)
SHOWS(freed_initrd, m->boot.ramdisk_bytes == 964 * LB_KIB)
SHOWS(zone_dma, m->dma.zone_dma.shown && is(m->dma.zone_dma.range, 0x1000, 0x1000000))
SHOWS(zone_dma32, is(m->dma.zone_dma32.range, 0x1000000, 0x7ffe0000))
SHOWS(zone_highmem, m->other_arch && !strcmp(m->other_arch, "32-bit"))
SHOWS(zone_normal, m->dma.zone_normal.shown && lb_range_empty(m->dma.zone_normal.range))
SHOWS(no_zone_dma, !m->dma.zone_dma.shown)

SHOWS(efi_tables, m->efi.booted && m->efi.rng_known && m->efi.rng_table)
SHOWS(no_efi, m->efi.known && !m->efi.booted)
SHOWS(secure_boot, m->efi.secure_boot)
SHOWS(acpi_table,
	m->acpi.tables_count == 1 && is(m->acpi.tables[0].range, 0xbffe1c7f, 0xbffe1cf3) &&
		m->acpi.qemu)

SHOWS(release, !strcmp(m->kernel.release, "6.1.0-9-amd64"))
SHOWS(cmdline, m->boot.cmdline && !strcmp(m->boot.cmdline, "ro quiet"))
SHOWS(kaslr_on, m->kernel.kaslr_known && m->kernel.kaslr)
SHOWS(kaslr_off, m->kernel.kaslr_known && !m->kernel.kaslr)
SHOWS(possible_cpus, m->cpu.possible == 2)
SHOWS(online_cpus, m->cpu.count == 2)
SHOWS(block_size, m->memory.block_size == 128 * LB_MIB)
SHOWS(gbpages, m->cpu.gbpages_known && m->cpu.gbpages)
SHOWS(page_size, m->kernel.page_size == 4096)
SHOWS(hypervisor, m->cpu.hypervisor && !m->cpu.xen_pv)
SHOWS(xen_pv, m->cpu.hypervisor && m->cpu.xen_pv)
SHOWS(sev, m->encryption.sev && m->encryption.sev_es && !m->encryption.sme)
SHOWS(sme, m->encryption.sme && !m->encryption.sev)
SHOWS(tdx, m->encryption.tdx)
SHOWS(amazon_ec2, m->board.amazon_ec2)
SHOWS(raspberry_pi, m->board.raspberry_pi == 3)
SHOWS(snp_host, m->board.snp_host)
SHOWS(locked_down, m->kexec.lockdown == LB_LOCKDOWN_INTEGRITY)
SHOWS(realm, m->encryption.realm)
SHOWS(iommu, m->dma.iommu_active)
SHOWS(no_iommu, !m->dma.iommu_active)
SHOWS(x86, m->arch == LB_ARCH_X86_64)
SHOWS(arm64, m->arch == LB_ARCH_ARM64)
SHOWS(riscv64, m->arch == LB_ARCH_RISCV64)

static const char node_line[] = "  node   0: [mem 0x0000000000001000-0x000000000009efff]\n";
static const char zone_line[] = "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n";

static const struct sample samples[] = {
	{"BIOS-provided physical RAM map:", "", heading, NULL, NULL},
	{"BIOS-e820: ", "[mem 0x0000000000100000-0x000000007ffdffff] usable", bios_e820, NULL,
		NULL},
	{"user: ", "[mem 0x0000000000100000-0x000000007ffdffff] reserved", user_e820, NULL, NULL},
	{"reserve setup_data: ", "[mem 0x000000007b400000-0x000000007b400fff] usable", setup_data,
		"reserve setup_data: [mem 0x0000000000100000-0x000000007b3fffff] usable\n", NULL},
	{"e820: update ", "[mem 0x00000000-0x00000fff] usable ==> reserved", e820_update, NULL,
		NULL},
	{"e820: remove ", "[mem 0x000a0000-0x000fffff] usable", e820_remove, NULL, NULL},
	{"RAMDISK: ", "[mem 0x37df7000-0x37ef2fff]", ramdisk, NULL, NULL},
	{"NODE_DATA(", "0) allocated [mem 0x7ffb5000-0x7ffdffff]", node_data, NULL, NULL},
	{"NUMA: NODE_DATA", " [mem 0x7ffb5000-0x7ffdffff]", node_data, NULL, NULL},
	{"Early memory node ranges", "", one_node_range, NULL, node_line},
	{"Initmem setup node", " 0 [mem 0x0000000000001000-0x000000007ffdffff]", one_node_range,
		"Early memory node ranges\n  node   0: [mem 0x1000-0x9efff]\n", node_line},
	{"node ", "  0: [mem 0x0000000000001000-0x000000000009efff]", one_node_range,
		"Early memory node ranges\n", NULL},
	{"PM: hibernation: Registered nosave memory: ", "[mem 0x0009f000-0x000fffff]", nosave,
		NULL, NULL},
	{"PM: Registered nosave memory: ", "[mem 0x0009f000-0x000fffff]", nosave, NULL, NULL},
	{"cma: Reserved ", "64 MiB at 0x00000000b9a00000 on node -1", cma_area, NULL, NULL},
	{"OF: reserved mem: ", "0x80000000..0x83ffffff (65536 KiB) nomap non-reusable x@80000000",
		dt_reserved, NULL, NULL},
	{"Reserved memory: ", "created CMA memory pool at 0x0000000080000000, size 64 MiB",
		dt_reserved, NULL, NULL},
	{"software IO TLB: mapped ", "[mem 0x7bb36000-0x7fb36000] (64MB)", swiotlb, NULL, NULL},
	{"ACPI: SRAT: Node ", "1 PXM 1 [mem 0x80000000-0xffffffff] hotplug", srat, NULL, NULL},
	{"ACPI: NUMA: SRAT: Node ", "1 PXM 1 [mem 0x80000000-0xffffffff] hotplug", srat, NULL,
		NULL},
	{"SRAT: Node ", "1 PXM 1 [mem 0x80000000-0xffffffff] hotplug", srat, NULL, NULL},
	{"Memory: ",
		"1998936K/2096600K available (14345K kernel code, 2301K rwdata, 8844K rodata, "
		"2684K init, 4096K bss, 32128K reserved, 65536K cma-reserved)",
		memory_line, NULL, NULL},
	{"kfence: initialized - using ", "2097152 bytes for 255 objects at 0x(____ptrval____)",
		kfence, NULL, NULL},
	{"Freeing initrd memory: ", "964K", freed_initrd, NULL, NULL},
	{"Zone ranges:", "", zone_dma, NULL, zone_line},
	{"DMA ", "     [mem 0x0000000000001000-0x0000000000ffffff]", zone_dma, "Zone ranges:\n",
		NULL},
	{"DMA32 ", "   [mem 0x0000000001000000-0x000000007ffdffff]", zone_dma32, "Zone ranges:\n",
		NULL},
	{"Normal ", "  empty", zone_normal, "Zone ranges:\n", NULL},
	{"HighMem ", "[mem 0x00000000379fe000-0x00000000bffdffff]", zone_highmem, "Zone ranges:\n",
		NULL},
	{"Movable zone start", " for each node", no_zone_dma, "Zone ranges:\n", zone_line},
	{"efi: ", "ACPI 2.0=0x13c430018 SMBIOS=0x13fed0000 RNG=0x13c8c9d98 ", efi_tables, NULL,
		NULL},
	{"EFI services will not be available", ".", no_efi, NULL, NULL},
	{"secureboot: Secure boot ", "enabled", secure_boot, NULL, NULL},
	{"Secure boot ", "enabled", secure_boot, NULL, NULL},
	{"ACPI: ", "FACP 0x00000000BFFE1C7F 000074 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
		acpi_table, NULL, NULL},
	{"Linux version ", "6.1.0-9-amd64 (debian-kernel@lists.debian.org) #1 SMP", release, NULL,
		NULL},
	{"Kernel command line: ", "ro quiet", cmdline, "Command line: ro\n", NULL},
	{"Command line: ", "ro quiet", cmdline, NULL, NULL},
	{"KASLR ", "enabled", kaslr_on, NULL, NULL},
	{"Kernel Offset: ", "disabled", kaslr_off, NULL, NULL},
	{"setup_percpu: ", "NR_CPUS:8192 nr_cpumask_bits:2 nr_cpu_ids:2 nr_node_ids:1",
		possible_cpus, NULL, NULL},
	{"rcu: \tRCU restricting CPUs", " from NR_CPUS=256 to nr_cpu_ids=2.", possible_cpus, NULL,
		NULL},
	{"smp: Brought up ", "1 node, 2 CPUs", online_cpus, NULL, NULL},
	{"x86/mm: Memory block size: ", "128MB", block_size, NULL, NULL},
	{"Using GB pages for direct mapping", "", gbpages, NULL, NULL},
	{"percpu: Embedded ", "34 pages/cpu s101528 r8192 d29544 u139264", page_size, NULL, NULL},
	{"Hypervisor detected: ", "KVM", hypervisor, NULL, NULL},
	{"Booting paravirtualized kernel on ", "Xen PV", xen_pv, NULL, NULL},
	{"AMD Memory Encryption Features active: ", "SEV SEV-ES", sev, NULL, NULL},
	{"Memory Encryption Features active: ", "AMD SME", sme, NULL, NULL},
	{"tdx: Guest detected", "", tdx, NULL, NULL},
	{"DMI: Amazon EC2", " c6g.xlarge/, BIOS 1.0 11/1/2018", amazon_ec2, NULL, NULL},
	{"Machine model: Raspberry Pi ", "3 Model B Rev 1.2", raspberry_pi, NULL, NULL},
	{"SEV-SNP: RMP table physical range", " [0x88900000 - 0xa8efffff]", snp_host, NULL, NULL},
	{"Kernel is locked down from ", "EFI Secure Boot mode; see man kernel_lockdown.7",
		locked_down, NULL, NULL},
	{"RSI: Using RSI version", " 1.0", realm, NULL, NULL},
	{"iommu: Default domain type: ", "Passthrough (set via kernel command line)", no_iommu,
		"pci 0000:00:01.0: Adding to iommu group 0\n", NULL},
	{"pci ", "0000:00:01.0: Adding to iommu group 0", iommu, NULL, NULL},
	{"platform ", "fe800000.ethernet: Adding to iommu group 0", iommu, NULL, NULL},
	{"arm-smmu", "-v3 arm-smmu-v3.0.auto: Adding to iommu group 0", iommu, NULL, NULL},
	{"x86/fpu: ", "Supporting XSAVE feature 0x001: 'x87 floating point registers'", x86, NULL,
		NULL},
	{"smpboot: ", "Allowing 2 CPUs, 0 hotplug CPUs", x86, NULL, NULL},
	{"SBI specification v", "2.0 detected", riscv64, NULL, NULL},
	{"riscv: ", "base ISA extensions acdfhim", riscv64, NULL, NULL},
	{"Booting Linux on physical CPU 0x", "0000000000 [0x411fd070]", arm64, NULL, NULL},
	{"CPU features: detected: ", "GIC system register CPU interface", arm64, NULL, NULL},
	{"Detected PIPT I-cache on CPU", "0", arm64, NULL, NULL},
	{"Detected VIPT I-cache on CPU", "0", arm64, NULL, NULL},
	{"psci: PSCIv", "1.1 detected in firmware.", arm64,
		"NUMA: NODE_DATA [mem 0x5fbfce100-0x5fbfcffff]\n", NULL},
};

static const char first_line[] = "Some line\n";

/* The machine that a snapshot of this log shows. */
static struct lb_machine *machine_of_scrubbed_log(const char *text)
{
	static const struct machine_file like = {.kind = MACHINE_LOG};
	struct lb_machine_error error;
	struct lb_left_out left_out = {0};
	struct machine_reader reader;

	LB_ASSERT(machine_reader_start(&reader, "x", &error));
	tree_add(&reader, &like, "dmesg", text, strlen(text));
	CHECK(scrub_file(&reader, reader.files, &left_out) == LB_OK);
	machine_read_files(&reader);
	free(reader.scratch);
	return reader.machine;
}

/* The sample's log; prefix and rest NULL: without its line. */
static struct lb_machine *log_around(
	const struct sample *sample, const char *prefix, const char *rest)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s%s%s%s%s", first_line,
		sample->before ? sample->before : "", prefix ? prefix : "", rest ? rest : "",
		prefix ? "\n" : "", sample->after ? sample->after : "");
	return machine_of_log(text);
}

static const struct sample *sample_of(const char *prefix)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(samples); i++) {
		if (!strcmp(samples[i].prefix, prefix)) {
			return &samples[i];
		}
	}
	return NULL;
}

TEST(machine_log_rows, every_row_has_a_sample_and_every_sample_a_row)
{
	size_t rows = 0;

	for (size_t i = 0; i < LOG_TOPICS_COUNT; i++) {
		for (size_t k = 0; k < log_topics[i]->count; k++) {
			const char *prefix = log_topics[i]->rules[k].prefix;

			CHECK_TEXT(sample_of(prefix) ? prefix : "no sample line", prefix);
			rows++;
		}
	}
	CHECK_EQUAL(rows, LB_ARRAY_COUNT(samples));
}

TEST(machine_log_rows, a_line_shows_what_it_says_and_nothing_else_does)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(samples); i++) {
		const struct sample *sample = &samples[i];
		struct lb_machine *with = log_around(sample, sample->prefix, sample->rest);
		struct lb_machine *without = log_around(sample, NULL, NULL);

		REQUIRE(with != NULL && without != NULL);
		CHECK_TEXT(sample->shows(with) ? sample->prefix : "not shown", sample->prefix);
		CHECK_TEXT(sample->shows(without) ? "shown without it" : "", "");
		CHECK_EQUAL(with->problems_count, 0);
		lb_machine_close(with);
		lb_machine_close(without);
	}
}

TEST(machine_log_rows, a_snapshot_keeps_what_a_line_says)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(samples); i++) {
		const struct sample *sample = &samples[i];
		struct lb_machine *machine;
		char text[1024];

		snprintf(text, sizeof(text), "%s%s%s\n%s", sample->before ? sample->before : "",
			sample->prefix, sample->rest, sample->after ? sample->after : "");
		machine = machine_of_scrubbed_log(text);
		CHECK_TEXT(sample->shows(machine) ? sample->prefix : "lost", sample->prefix);
		lb_machine_close(machine);
	}
}

/* Every beginning of the line, each a line of one log. */
static void add_cuts(const struct sample *sample, char *text, size_t *used)
{
	for (size_t length = strlen(sample->rest); length--;) {
		*used += (size_t)snprintf(text + *used, TEXT_MAX - *used, "%s%.*s\n",
			sample->prefix, (int)length, sample->rest);
	}
}

TEST(machine_log_rows, a_line_cut_anywhere_leaves_a_machine_in_order)
{
	char *text = malloc(TEXT_MAX);

	REQUIRE(text != NULL);
	for (size_t i = 0; i < LB_ARRAY_COUNT(samples); i++) {
		const struct sample *sample = &samples[i];
		size_t used = (size_t)snprintf(text, TEXT_MAX, "%s%s", first_line,
			sample->before ? sample->before : "");
		struct lb_machine *machine;

		add_cuts(sample, text, &used);
		machine = machine_of_log(text);
		CHECK(machine != NULL);
		if (machine) {
			fuzz_check_machine(machine);
			lb_machine_close(machine);
		}
	}
	free(text);
}

/* The line with one of its figures, the n-th, made longer than 64 bits hold. False: it has none. */
static bool with_large_figure(const char *rest, unsigned int n, char *text, size_t size)
{
	const char *at = rest;
	size_t digits;

	for (;; at += digits) {
		at += strcspn(at, "0123456789");
		digits = strspn(at, "0123456789abcdefABCDEFx");
		if (!digits) {
			return false;
		}
		if (!n--) {
			break;
		}
	}
	snprintf(text, size, "%.*s%.2s99999999999999999999%s", (int)(at - rest), rest,
		at[1] == 'x' ? at : "", at + digits);
	return true;
}

TEST(machine_log_rows, a_figure_that_does_not_fit_leaves_a_machine_in_order)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(samples); i++) {
		char rest[512];

		for (unsigned int n = 0;
			with_large_figure(samples[i].rest, n, rest, sizeof(rest)); n++) {
			struct lb_machine *machine =
				log_around(&samples[i], samples[i].prefix, rest);

			REQUIRE(machine != NULL);
			fuzz_check_machine(machine);
			lb_machine_close(machine);
		}
	}
}

TEST(machine_log_rows, a_figure_out_of_bounds_is_told_and_not_taken)
{
	static const char *const lines[] = {
		"Memory: 1K/4398046511105K available (1K kernel code)\n",
		"Memory: 1K/2K available (4398046511105K kernel code, 1K rwdata, 1K rodata)\n",
		"kfence: initialized - using 8589934593 bytes for 255 objects\n",
		"Freeing initrd memory: 4398046511105K\n",
		"x86/mm: Memory block size: 17592186044416MB\n",
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		struct lb_machine *machine = machine_of_log(lines[i]);

		REQUIRE(machine != NULL);
		CHECK_EQUAL(machine->problems_count, 1);
		CHECK(machine->memory.counted <= 2 * LB_KIB && !machine->memory.kfence_bytes);
		CHECK(!machine->kernel.image_bytes && !machine->boot.ramdisk_bytes);
		CHECK(!machine->memory.block_size);
		lb_machine_close(machine);
	}
}

static const struct {
	const char *phrase;
	enum lb_crash_line_kind kind;
	const char *line;
	struct lb_range range;
} crash_samples[] = {
	{"reserved: ", LB_CRASH_LINE_MAIN,
		"crashkernel reserved: 0x000000006f000000 - 0x000000007f000000 (256 MB)",
		{0x6f000000, 0x7f000000}},
	{"low memory reserved: ", LB_CRASH_LINE_LOW,
		"crashkernel low memory reserved: 0x04000000 - 0x14000000 (256 MB)",
		{0x4000000, 0x14000000}},
	{"Reserving ", LB_CRASH_LINE_MAIN,
		"kexec: Reserving 256MB of memory at 1776MB for crashkernel (System RAM: 2047MB)",
		{1776 * LB_MIB, 2032 * LB_MIB}},
	{"Reserving ", LB_CRASH_LINE_LOW,
		"Reserving 128MB of low memory at 2800MB for crashkernel (low RAM limit: 4096MB)",
		{2800 * LB_MIB, 2928 * LB_MIB}},
	{"crashkernel: reserved ", LB_CRASH_LINE_MAIN,
		"crashkernel: reserved 0x000000006f000000 - 0x000000007f000000 (256 MB)",
		{0x6f000000, 0x7f000000}},
	{"couldn't allocate", LB_CRASH_LINE_REFUSED, "crashkernel: couldn't allocate 262144KB",
		{0, 0}},
	{"fail", LB_CRASH_LINE_REFUSED, "crashkernel reservation failed - No suitable area found.",
		{0, 0}},
	{"annot", LB_CRASH_LINE_REFUSED, "cannot allocate crashkernel (size:0x100000000)", {0, 0}},
	{"unrecognized", LB_CRASH_LINE_REFUSED, "crashkernel: unrecognized char: x", {0, 0}},
	{NULL, LB_CRASH_LINE_OTHER, "kexec: Reserving the low 1M of memory for crashkernel",
		{0, 0}},
	{NULL, LB_CRASH_LINE_OTHER, "crashkernel CMA reserved: 512 MB in 1 ranges", {0, 0}},
	{NULL, LB_CRASH_LINE_OTHER, "crashkernel reserved: 0x7f000000 - 0x6f000000 (0 MB)",
		{0, 0}},
	{NULL, LB_CRASH_LINE_OTHER, "Reserving 17592186044416MB of memory at 1MB for crashkernel",
		{0, 0}},
	{NULL, LB_CRASH_LINE_OTHER, "crashkernel reserved: 0x6f000000", {0, 0}},
};

TEST(machine_log_rows, a_line_about_crash_memory_says_where_or_that_it_failed)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(crash_samples); i++) {
		struct lb_machine *machine = machine_of_log(crash_samples[i].line);
		const struct lb_crash_line *line;

		REQUIRE(machine != NULL && machine->crash.log_count == 1);
		line = &machine->crash.log[0];
		CHECK_TEXT(line->text, crash_samples[i].line);
		CHECK_EQUAL(line->kind, crash_samples[i].kind);
		CHECK_EQUAL(line->range.start, crash_samples[i].range.start);
		CHECK_EQUAL(line->range.end, crash_samples[i].range.end);
		lb_machine_close(machine);
	}
}

static bool has_crash_sample(const struct log_crash_phrase *phrase)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(crash_samples); i++) {
		if (crash_samples[i].phrase && crash_samples[i].kind == phrase->kind &&
			!strcmp(crash_samples[i].phrase, phrase->phrase)) {
			return true;
		}
	}
	return false;
}

TEST(machine_log_rows, every_phrase_about_crash_memory_has_a_sample)
{
	for (size_t i = 0; i < log_crash_phrases_count; i++) {
		const struct log_crash_phrase *phrase = &log_crash_phrases[i];

		CHECK_TEXT(has_crash_sample(phrase) ? phrase->phrase : "no sample line",
			phrase->phrase);
	}
}

TEST(machine_log_rows, a_snapshot_keeps_what_kernels_say_about_crash_memory)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(crash_samples); i++) {
		struct lb_machine *machine = machine_of_scrubbed_log(crash_samples[i].line);

		REQUIRE(machine->crash.log_count == 1);
		CHECK_TEXT(machine->crash.log[0].text, crash_samples[i].line);
		lb_machine_close(machine);
	}
}
