/* SPDX-License-Identifier: MIT */
/* command_line: what the capture kernel is told, as its service makes it (plan/size/wrapper.h). */
#include "plan/boot/arch.h"
#include "plan/check/checks.h"
#include "plan/words.h"
#include "policy/linux/cmdline.h"

const char no_configuration[] =
	"no configuration of a kdump service is shown (etc/sysconfig/kdump, "
	"etc/default/kdump-tools)";

const char *capture_cmdline(const struct checker *checker)
{
	return checker->size && !checker->size->cmdline_assumed ? checker->size->cmdline : NULL;
}

static const char *line_evidence(const struct checker *checker)
{
	return lb_arena_printf(checker->arena, "%s: %s", checker->size->cmdline_source,
		checker->size->cmdline);
}

struct answer check_maxcpus(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);

	if (!cmdline) {
		return not_read(no_configuration);
	}
	if (!lb_linux_has_option(cmdline, "maxcpus") || lb_linux_has_option(cmdline, "nr_cpus")) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "the capture kernel is told maxcpus=, which starts fewer CPUs and "
			     "still takes the memory of all %llu",
			     (unsigned long long)checker->size->options.cpus),
		"write nr_cpus= instead of maxcpus= into the service's configuration",
		line_evidence(checker));
}

/* Where the main region ends; 0: there is none. */
static lb_phys_addr crash_end(const struct checker *checker)
{
	const struct lb_reservation *reservation = checker->plan->reservation;

	return crash_bytes(checker) ? reservation->ranges[0].range.end : 0;
}

struct answer check_mem_option(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);
	uint64_t limit, needed;

	if (!cmdline || !checker->plan) {
		return not_read(cmdline ? checker->why_no_plan : no_configuration);
	}
	if (!crash_bytes(checker) || !lb_linux_find_size(cmdline, "mem", &limit)) {
		return fine();
	}
	/* x86 cuts by address (arch/x86/kernel/e820.c), arm64 by amount (arch/arm64/mm/init.c). */
	needed = checker->machine->arch == LB_ARCH_X86_64 ? crash_end(checker)
							  : crash_bytes(checker);
	if (limit >= needed) {
		return fine();
	}
	return found("mem= on the capture kernel's command line cuts off the crash memory that it "
		     "runs in",
		"take mem= out of what the service passes on", line_evidence(checker));
}

/* Bytes that hugepages= takes; pages of 1 GiB are not had from so little, and do no harm. */
static uint64_t huge_bytes(const char *cmdline)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	uint64_t size = 2 * LB_MIB, bytes = 0, more;

	while (lb_cmdline_next(&line, &option)) {
		struct lb_number number = lb_number_at(option.value);

		if (lb_slice_is(option.name, "hugepagesz") ||
			lb_slice_is(option.name, "default_hugepagesz")) {
			size = lb_linux_memparse(&option.value, 0);
		} else if (lb_slice_is(option.name, "hugepages") && number.length &&
			size < LB_GIB) {
			bytes = lb_mul(number.value, size, &more) && lb_add(bytes, more, &bytes)
					? bytes
					: UINT64_MAX;
		}
	}
	return bytes;
}

struct answer check_hugepages_option(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);
	uint64_t bytes = cmdline ? huge_bytes(cmdline) : 0;

	if (!cmdline || !checker->plan) {
		return not_read(cmdline ? checker->why_no_plan : no_configuration);
	}
	if (!crash_bytes(checker) || bytes <= crash_bytes(checker) / 4) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "hugepages= on the capture kernel's command line takes %s of its %s "
			     "of memory, or all there is",
			     lb_size_text(bytes).text,
			     lb_size_text(crash_bytes(checker)).text),
		"take hugepages= and hugepagesz= out of what the service passes on "
		"(KDUMP_COMMANDLINE_REMOVE), or write hugepages=0 behind it",
		line_evidence(checker));
}

struct answer check_swiotlb_option(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);
	uint64_t pool = cmdline ? checker->size->options.bounce_bytes : 0;

	if (!cmdline || !checker->plan) {
		return not_read(cmdline ? checker->why_no_plan : no_configuration);
	}
	/* Where devices reach all memory, x86 makes no pool unless it is forced to. */
	if (!crash_bytes(checker) || pool <= LB_BOUNCE_POOL_DEFAULT ||
		(!checker->plan->bounce.needed && !checker->size->options.bounce_always)) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "swiotlb= on the capture kernel's command line takes %s of low crash "
			     "memory, of which there are %s",
			     lb_size_text(pool).text,
			     lb_size_text(low_crash_bytes(checker)).text),
		"take swiotlb= out of what the service passes on; the default is 64 MiB",
		line_evidence(checker));
}

/* How many nodes have memory. */
static size_t node_count(const struct lb_machine *machine)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < machine->nodes.memory_count; i++) {
		seen |= UINT64_C(1) << (machine->nodes.memory[i].node & 63);
	}
	return (size_t)__builtin_popcountll(seen);
}

struct answer check_numa_on(const struct checker *checker)
{
	const char *cmdline = capture_cmdline(checker);
	struct lb_cmdline_option option;

	if (!cmdline) {
		return not_read(no_configuration);
	}
	if (!checker->machine->nodes.memory_count) {
		return not_read("the boot log does not show which node has which memory");
	}
	if (node_count(checker->machine) < 2 ||
		(lb_cmdline_find(lb_linux_cmdline(cmdline), "numa", &option) &&
			lb_slice_is(option.value, "off"))) {
		return fine();
	}
	return found("this machine has several nodes, and the capture kernel keeps structures for "
		     "each",
		"put numa=off on the capture kernel's command line", line_evidence(checker));
}

struct answer check_rsdp_hidden(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const char *cmdline = capture_cmdline(checker);

	if (!machine->efi.known) {
		return not_read("the machine does not show whether it booted through EFI");
	}
	if (!machine->efi.booted || machine->arch != LB_ARCH_X86_64) {
		return not_asked();
	}
	if (!cmdline) {
		return not_read(no_configuration);
	}
	if (!lb_linux_has_option(cmdline, "noefi") || lb_linux_has_option(cmdline, "acpi_rsdp")) {
		return fine();
	}
	return found("the capture kernel is told noefi on a machine that has its ACPI tables from "
		     "EFI alone: unless the loader tells it where they are, it has neither all "
		     "CPUs nor all devices",
		"take noefi out of what the service passes on, or add acpi_rsdp= (ACPI20 of "
		"sys/firmware/efi/systab)",
		line_evidence(checker));
}
