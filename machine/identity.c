/* SPDX-License-Identifier: MIT */
/*
 * The short text files that say which machine this is: /proc/version, uname -a, /proc/cmdline,
 * /proc/meminfo, /proc/cpuinfo, and sysfs files that hold one number.
 */
#include "machine/other_arch.h"
#include "machine/reader.h"
#include "machine/text.h"

#define MEMINFO_LINES_MAX 256 /* real files have some 60 */

/* The first line of a file, without what ends it. */
static char *first_line(struct machine_file *file)
{
	char *at = file->data;
	char *line;

	return text_next_line(&at, file->data + file->size, &line) ? line : file->data;
}

void machine_read_version(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	const char *line = first_line(file);
	const char *at = line;
	size_t length;

	if (!*line) {
		return;
	}
	if (!text_skip(&at, "Linux version ")) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected \"Linux version ...\"");
		return;
	}
	length = strcspn(at, " ");
	if (!text_is_digit(*at)) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected a kernel release after \"Linux version\"");
		return;
	}
	machine->kernel.banner = line;
	machine->kernel.release = machine_text(reader, at, length);
	machine_found(reader, LB_SOURCE_VERSION);
}

static void arch_from_name(struct lb_machine *machine, const char *text)
{
	if (text_has_word(text, "x86_64")) {
		machine->arch = LB_ARCH_X86_64;
	} else if (text_has_word(text, "aarch64")) {
		machine->arch = LB_ARCH_ARM64;
	} else if (text_has_word(text, "riscv64")) {
		machine->arch = LB_ARCH_RISCV64;
	} else {
		machine->other_arch = lb_other_arch_of_uname(text);
	}
}

/* "Linux HOST RELEASE #1 SMP ... ARCH GNU/Linux": the host name may be empty or hold anything
 * but blanks. The architecture is the word that says so; the release is the third. */
void machine_read_uname(struct machine_reader *reader, struct machine_file *file)
{
	const char *line = first_line(file);
	const char *at = line;

	if (!*line) {
		return;
	}
	if (!text_skip(&at, "Linux ")) {
		machine_remark(reader, machine_at_line(file->path, 1),
			"expected \"Linux HOST RELEASE ...\" as uname -a prints it");
		return;
	}
	at += strcspn(at, " ");
	text_skip_blanks(&at);
	if (text_is_digit(*at)) {
		reader->uname_release = machine_text(reader, at, strcspn(at, " "));
		machine_found(reader, LB_SOURCE_VERSION);
	}
	arch_from_name(reader->machine, line);
}

void machine_read_cmdline(struct machine_reader *reader, struct machine_file *file)
{
	size_t length = strlen(file->data);

	if (length < file->size) {
		machine_problem(reader, machine_at_offset(file->path, length),
			"a NUL byte ends the command line before the file does");
	}
	/* fs/proc/cmdline.c ends it with one. */
	if (length == file->size && (!length || file->data[length - 1] != '\n')) {
		machine_problem(reader, machine_at_offset(file->path, length),
			"the command line does not end with a line break: it was cut");
	}
	while (length && (file->data[length - 1] == '\n' || file->data[length - 1] == '\r')) {
		file->data[--length] = 0;
	}
	reader->machine->boot.cmdline = file->data;
	machine_found(reader, LB_SOURCE_CMDLINE);
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Most figures of /proc/meminfo count pages, so what divides them all tells the page size. Those
 * below count something else. */
static bool counts_pages(const char *name)
{
	static const char *const others[] = {"KernelStack", "Vmalloc", "Huge", "DirectMap",
		"CommitLimit", "Committed_AS", "HardwareCorrupted", "Percpu", "Zswap", "ShadowCall",
		"SecPageTables", "PageTables"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		if (text_starts(name, others[i])) {
			return false;
		}
	}
	return true;
}

static void take_page_size(struct lb_machine *machine, uint64_t divisor, unsigned int figures)
{
	/* Six figures that are all multiples of 16 by chance: one machine in 4^6. Real files
	 * have over twenty. */
	if (figures < 6) {
		return;
	}
	if (divisor % 64 == 0) {
		machine->kernel.page_size = 65536;
	} else if (divisor % 16 == 0) {
		machine->kernel.page_size = 16384;
	} else if (divisor % 4 == 0) {
		machine->kernel.page_size = 4096;
	}
}

/* "MemTotal:        2028296 kB" */
static bool meminfo_figure(const char *line, uint64_t *ret_kib)
{
	const char *at = strchr(line, ':');

	if (!at) {
		return false;
	}
	at++;
	text_skip_blanks(&at);
	return text_decimal(&at, ret_kib) && text_starts(at, " kB");
}

static void add_kernel_memory(struct lb_machine_memory *memory, const char *line, uint64_t kib)
{
	static const char *const names[] = {
		"Slab:", "KernelStack:", "PageTables:", "SecPageTables:", "Percpu:"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		uint64_t bytes, sum;

		if (text_starts(line, names[i]) && lb_mul(kib, 1024, &bytes) &&
			lb_add(memory->kernel_bytes, bytes, &sum)) {
			memory->kernel_bytes = sum;
		}
	}
}

void machine_read_meminfo(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	uint64_t divisor = 0;
	unsigned int figures = 0;
	char *at = file->data;
	char *line;

	for (unsigned int number = 1; number <= MEMINFO_LINES_MAX; number++) {
		uint64_t kib;

		if (!text_next_line(&at, file->data + file->size, &line)) {
			break;
		}
		if (!meminfo_figure(line, &kib)) {
			continue;
		}
		add_kernel_memory(&machine->memory, line, kib);
		if (text_starts(line, "MemTotal:")) {
			if (!lb_mul(kib, 1024, &machine->memory.total)) {
				machine_fail(reader, LB_INVALID,
					machine_at_line(file->path, number),
					"MemTotal does not fit in 64 bits");
				return;
			}
		} else if (text_starts(line, "CmaTotal:")) {
			machine->cma.built = lb_mul(kib, 1024, &machine->cma.total);
		} else if (kib && counts_pages(line)) {
			divisor = greatest_common_divisor(divisor, kib);
			figures++;
		}
	}
	if (!machine->memory.total) {
		machine_remark(reader, machine_at_line(file->path, 1), "MemTotal is not there");
		return;
	}
	/* Six figures or more: not a file that was cut before CmaTotal. */
	machine->cma.known = machine->cma.built || figures >= 6;
	take_page_size(machine, divisor, figures);
	machine_found(reader, LB_SOURCE_MEMINFO);
}

static void take_cpu_flags(struct lb_machine *machine, const char *flags)
{
	machine->cpu.gbpages_known = machine->cpu.la57_known = true;
	machine->cpu.gbpages = text_has_word(flags, "pdpe1gb");
	machine->cpu.la57 = text_has_word(flags, "la57");
	machine->cpu.hypervisor |= text_has_word(flags, "hypervisor");
}

/* One block a processor; the first tells the flags, the number of blocks the number online. */
void machine_read_cpuinfo(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	bool seen_flags = false;
	char *at = file->data;
	char *line;
	int count = 0;

	while (text_next_line(&at, file->data + file->size, &line)) {
		if (text_starts(line, "processor\t") || text_starts(line, "processor ")) {
			count += count < INT_MAX;
		} else if (seen_flags) {
			continue;
		} else if (text_starts(line, "flags\t") || text_starts(line, "flags ")) {
			take_cpu_flags(machine, line);
			reader->looks_x86 = true;
			seen_flags = true;
		} else if (text_starts(line, "CPU architecture: 8")) {
			reader->looks_arm64 = true;
		} else if (text_starts(line, "isa\t") && strstr(line, "rv64")) {
			reader->looks_riscv64 = true;
		}
	}
	if (!count) {
		machine_remark(reader, machine_at_line(file->path, 1), "no processor is listed");
		return;
	}
	machine->cpu.count = count;
	machine_found(reader, LB_SOURCE_CPUINFO);
}

void machine_read_number_file(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	const char *at = first_line(file);
	bool hexadecimal = file->kind == MACHINE_BLOCK_SIZE;
	uint64_t value;

	text_skip_blanks(&at);
	if (!*at) {
		return;
	}
	if (!(hexadecimal ? text_hex(&at, &value) : text_number(&at, &value)) || *at) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected one %snumber", hexadecimal ? "hexadecimal " : "");
		return;
	}
	switch (file->kind) {
	case MACHINE_BLOCK_SIZE:
		machine->memory.block_size = value;
		break;
	case MACHINE_SWIOTLB:
		machine->dma.swiotlb_slabs = value;
		machine_found(reader, LB_SOURCE_SWIOTLB);
		break;
	case MACHINE_CRASH_SIZE:
		machine->crash.size = value;
		machine->crash.size_known = true;
		machine_found(reader, LB_SOURCE_CRASH_SIZE);
		break;
	case MACHINE_CRASH_HOTPLUG:
		machine->kexec.hotplug_known = true;
		machine->kexec.hotplug = value != 0;
		break;
	case MACHINE_WATCHDOG_TIMEOUT:
		machine->watchdog.timeout_s = lb_min(value, UINT32_MAX);
		break;
	case MACHINE_CRASH_LOADED:
		machine->crash.loaded = value != 0;
		machine->crash.loaded_known = true;
		break;
	case MACHINE_BOOTLOADER_TYPE:
		machine->boot.params.type_of_loader = (unsigned int)lb_min(value, UINT_MAX);
		break;
	default:
		break;
	}
}
