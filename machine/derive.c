/* SPDX-License-Identifier: MIT */
/* What follows from several sources together: architecture, page size, initrd, KASLR. */
#include <string.h>
#include <unistd.h>

#include "machine/other_arch.h"
#include "machine/reader.h"
#include "machine/text.h"

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

/* The compiler's name in the banner: "x86_64-linux-gnu-gcc-14". */
static enum lb_arch arch_of_banner(const char *banner)
{
	if (strstr(banner, "(x86_64-")) {
		return LB_ARCH_X86_64;
	}
	if (strstr(banner, "(aarch64-")) {
		return LB_ARCH_ARM64;
	}
	return strstr(banner, "(riscv64-") ? LB_ARCH_RISCV64 : LB_ARCH_UNKNOWN;
}

/* What is seen, then the names that people give. 32-bit Arm has no NODE_DATA. */
static void derive_arch(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	enum lb_arch guess = LB_ARCH_UNKNOWN;

	if (reader->looks_x86 || machine->e820.firmware_count || machine->boot.params.present) {
		guess = LB_ARCH_X86_64;
	} else if (reader->looks_arm64 || (reader->looks_arm && machine->nodes.data_count)) {
		guess = LB_ARCH_ARM64;
	} else if (reader->looks_riscv64) {
		guess = LB_ARCH_RISCV64;
	}
	if (guess == LB_ARCH_UNKNOWN) {
		guess = lb_arch_of_release(machine->kernel.release);
	}
	if (guess == LB_ARCH_UNKNOWN) {
		guess = arch_of_banner(machine->kernel.banner);
	}
	if (machine->arch == LB_ARCH_UNKNOWN) {
		machine->arch = guess;
	} else if (guess != LB_ARCH_UNKNOWN && guess != machine->arch) {
		machine_problem(reader, machine_at_line("uname", 1),
			"uname says %s, the other sources look like %s",
			lb_arch_name(machine->arch), lb_arch_name(guess));
	}
}

/* Whatever else looks like a known one: a 32-bit kernel on a 64-bit processor is not of it. */
static void derive_other_arch(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;

	if (!machine->other_arch) {
		machine->other_arch = lb_other_arch_of_release(machine->kernel.release);
	}
	if (!machine->other_arch) {
		machine->other_arch = lb_other_arch_of_banner(machine->kernel.banner);
	}
	if (!machine->other_arch && reader->log_highmem) {
		machine->other_arch = machine->arch == LB_ARCH_X86_64 ? "i686" : "32-bit";
	}
}

static uint32_t page_size_of_release(const char *release)
{
	if (ends_with(release, "-64k") || ends_with(release, "+64k")) {
		return 65536;
	}
	return ends_with(release, "-16k") || ends_with(release, "+16k") ? 16384 : 0;
}

/* Only arm64 has a choice. The log is exact; the name is a habit of distributions; the figures
 * of meminfo (already in page_size) are a strong hint. */
static void derive_page_size(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	uint32_t named = page_size_of_release(machine->kernel.release);

	if (reader->live) {
		machine->kernel.page_size = (uint32_t)sysconf(_SC_PAGESIZE);
		return;
	}
	if (machine->arch == LB_ARCH_X86_64 || machine->arch == LB_ARCH_RISCV64) {
		machine->kernel.page_size = 4096;
		return;
	}
	if (reader->log_page_size) {
		if (machine->kernel.page_size &&
			machine->kernel.page_size != reader->log_page_size) {
			machine_problem(reader, machine_at_line(reader->log_path, 0),
				"the log shows pages of %u bytes, the figures of proc/meminfo "
				"look like %u", reader->log_page_size, machine->kernel.page_size);
		}
		machine->kernel.page_size = reader->log_page_size;
	} else if (named) {
		machine->kernel.page_size = named;
	}
}

static void derive_cmdline(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const char *logged = reader->log_cmdline;

	if (machine->boot.cmdline || !logged) {
		machine->boot.cmdline_seen_twice =
			logged && text_same_but_blanks(machine->boot.cmdline, logged);
		return;
	}
	machine->boot.cmdline = logged;
	machine->boot.cmdline_seen_twice = reader->log_cmdline_twice;
	/* Whatever cuts lines at a column leaves less of the one that has the longer prefix. */
	machine->boot.cmdline_may_be_cut = !reader->log_cmdline_twice;
	/* printk cuts a line at about 1 KiB, and with it a long command line. */
	if (strlen(machine->boot.cmdline) >= 960 && !reader->log_cmdline_joined) {
		machine_problem(reader, machine_at_line(reader->log_path, 0),
			"the command line is known from the log only, which cuts long lines");
	}
}

/* arm64 and riscv64 log it plainly. x86 does not: the loader flags tell, or the option. */
static void derive_kaslr(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	bool option_off = machine->boot.cmdline && text_has_word(machine->boot.cmdline, "nokaslr");

	if (reader->log_kaslr_off || option_off) {
		machine->kernel.kaslr_known = true;
		return;
	}
	if (reader->log_kaslr_on || lb_boot_params_drew(params)) {
		machine->kernel.kaslr_known = machine->kernel.kaslr = true;
		return;
	}
	/* Without EFI the decompressor always sets the flag when it randomises; the EFI stub of
	 * the first 6.6 .. 6.8 and 6.1.y versions forgot to. */
	if (params->present && !*params->efi_signature) {
		machine->kernel.kaslr_known = true;
	}
}

/*
 * In the map that "reserve setup_data" lines show, neighbours of one type are merged, so in a row
 * of adjoining ranges memory and setup_data alternate. Which of the two comes first is not
 * printed; setup_data is the smaller part by far (arch/x86/kernel/e820.c,
 * e820__reserve_setup_data, E820_TYPE_RESERVED_KERN).
 */
static void derive_setup_data(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_range *ranges = reader->extended;

	for (size_t first = 0, end; first < reader->extended_count; first = end) {
		uint64_t sizes[2] = {lb_range_size(ranges[first]), 0};
		size_t odd;

		for (end = first + 1; end < reader->extended_count &&
			ranges[end].start == ranges[end - 1].end; end++) {
			sizes[(end - first) % 2] += lb_range_size(ranges[end]);
		}
		odd = sizes[1] < sizes[0];
		for (size_t i = first + odd; end - first > 1 && i < end; i += 2) {
			MACHINE_APPEND(reader, machine->boot.setup_data,
				{ranges[i].start, ranges[i].end});
		}
	}
}

static void derive_efi(struct lb_machine *machine)
{
	/* An EFI boot prints "efi: EFI v..." between the firmware's map and the nodes. */
	if (!machine->efi.known && *machine->kernel.banner && machine->e820.log_count &&
		(machine->nodes.memory_count || machine->nodes.data_count)) {
		machine->efi.known = true;
	}
	if (machine->boot.params.present && !machine->efi.known) {
		machine->efi.known = true;
		machine->efi.booted = machine->boot.params.efi_signature[0] != 0;
	}
	if (machine->efi.map_count || machine->efi.runtime_map_count) {
		machine->efi.known = machine->efi.booted = true;
	}
}

void machine_derive(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;

	if (!*machine->kernel.release && reader->uname_release) {
		machine->kernel.release = reader->uname_release;
	}
	derive_arch(reader);
	derive_other_arch(reader);
	derive_page_size(reader);
	derive_cmdline(reader);
	derive_kaslr(reader);
	derive_efi(machine);
	derive_setup_data(reader);
	machine->dma.iommu_active = reader->log_iommu_group && !reader->log_iommu_passthrough;
	if (lb_range_empty(machine->boot.ramdisk)) {
		machine->boot.ramdisk = reader->log_ramdisk;
	}
	if (lb_range_empty(machine->boot.ramdisk)) {
		machine->boot.ramdisk = machine->boot.params.ramdisk;
	}
	if (lb_machine_has(machine, LB_SOURCE_LOG)) {
		machine->sources |= *machine->kernel.banner ? UINT32_C(1) << LB_SOURCE_VERSION : 0;
	}
}
