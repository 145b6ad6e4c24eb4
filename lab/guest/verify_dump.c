/* SPDX-License-Identifier: MIT */
/* verify_dump: reads the dump as any program would, through /proc/vmcore, and holds it against what
 * the crashed machine left in its memory. */
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"
#include "lab/guest/vmcore.h"
#include "protocol/pattern.h"

/* Of struct elf_prstatus on both architectures. */
#define PID_AT 32
#define REGISTERS_AT 112

#if defined(__x86_64__)
#define PLACES LB_PATTERN_PLACES_X86_64
#define REGISTERS LB_X86_64_REGISTERS
#else
#define PLACES LB_PATTERN_PLACES_ARM64
#define REGISTERS LB_ARM64_REGISTERS
#endif

struct dump {
	struct vmcore core;
	const char *vmcoreinfo;
	size_t vmcoreinfo_bytes;
	bool is_reference; /* our own kernel crashed */
	struct lb_pattern_table table;
	uint64_t bytes;    /* of memory in it */
	uint32_t ranges;
};

static struct dump dump;

/* Memory of the crashed machine by its physical address. */
static bool read_old(lb_phys_addr address, void *buffer, size_t bytes)
{
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < dump.core.header.segment_count; i++) {
		lb_core_header_segment(&dump.core.header, i, &segment);
		if (segment.kind == LB_CORE_LOAD && address >= segment.range.start &&
			address - segment.range.start <= segment.file_bytes &&
			bytes <= segment.file_bytes - (address - segment.range.start)) {
			return syscall_read_at(dump.core.file, buffer, bytes,
				       segment.file_offset + address - segment.range.start) ==
				(long)bytes;
		}
	}
	return false;
}

/* The same by the virtual address that it had. */
static bool read_old_at_va(uint64_t va, void *buffer, size_t bytes)
{
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < dump.core.header.segment_count; i++) {
		lb_core_header_segment(&dump.core.header, i, &segment);
		if (segment.kind == LB_CORE_LOAD && va >= segment.va &&
			va - segment.va <= segment.file_bytes &&
			bytes <= segment.file_bytes - (va - segment.va)) {
			return syscall_read_at(dump.core.file, buffer, bytes,
				       segment.file_offset + (va - segment.va)) == (long)bytes;
		}
	}
	return false;
}

/* The index-th note; Linux has joined them all into one segment. */
static bool find_note(uint32_t wanted_type, const char *name, size_t name_bytes, uint32_t index,
	struct lb_note *ret)
{
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < dump.core.header.segment_count; i++) {
		size_t cursor = 0;

		lb_core_header_segment(&dump.core.header, i, &segment);
		if (segment.kind != LB_CORE_NOTE || segment.file_offset > VMCORE_HEADER_MAX ||
			segment.file_bytes > VMCORE_HEADER_MAX - segment.file_offset) {
			continue;
		}
		while (lb_note_next(dump.core.bytes + segment.file_offset, segment.file_bytes,
			       &cursor, ret) == LB_OK) {
			if (ret->type == wanted_type && ret->name_bytes >= name_bytes &&
				!__builtin_memcmp(ret->name, name, name_bytes) && !index--) {
				return true;
			}
		}
	}
	return false;
}

static bool vmcoreinfo_has(const char *key)
{
	const char *value;
	size_t length;

	return lb_vmcoreinfo_find(dump.vmcoreinfo, dump.vmcoreinfo_bytes, key, &value, &length) ==
		LB_OK;
}

static uint64_t vmcoreinfo_hex(const char *key)
{
	const char *text;
	size_t length;
	uint64_t value = 0;

	if (lb_vmcoreinfo_find(dump.vmcoreinfo, dump.vmcoreinfo_bytes, key, &text, &length) !=
		LB_OK) {
		return 0;
	}
	for (size_t i = 0; i < length && i < 16; i++) {
		value = value << 4 |
			(uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
	}
	return value;
}

static void prove_vmcoreinfo(void)
{
	struct lb_note note = {0};
	const char *release = "?";
	size_t length = 1;
	bool found = find_note(0, "VMCOREINFO", 10, 0, &note);

	dump.vmcoreinfo = (const char *)note.desc;
	dump.vmcoreinfo_bytes = note.desc_bytes;
	found = found && lb_vmcoreinfo_find(dump.vmcoreinfo, dump.vmcoreinfo_bytes, "OSRELEASE",
				 &release, &length) == LB_OK;
	if (!found) {
		give_up_capture("/proc/vmcore has no VMCOREINFO with an OSRELEASE");
	}
	dump.is_reference = vmcoreinfo_has("LIFEBOAT_PATTERN");
	say_proof(LB_DRILL_PROOF_VMCOREINFO_READABLE, vmcoreinfo_has("PAGESIZE"),
		"%lu bytes, of kernel %.*s", (unsigned long)dump.vmcoreinfo_bytes, (int)length,
		release);
}

static void find_pattern(void)
{
	lb_phys_addr place = dump.is_reference ? vmcoreinfo_hex("LIFEBOAT_PATTERN")
					       : cmdline_number("lifeboat.pattern", 0);

	if (!read_old(place, &dump.table, sizeof(dump.table)) ||
		dump.table.magic != LB_PATTERN_MAGIC ||
		dump.table.page_count > LB_PATTERN_PAGES_MAX) {
		give_up_capture("the pattern at 0x%llx is damaged or not in the dump",
			(unsigned long long)place);
	}
}

/* A reference kernel says where its linear map was: there the page has to be, too. */
static bool page_matches(lb_phys_addr page)
{
	static uint64_t words[LB_PATTERN_PAGE / 8];
	uint64_t linear = vmcoreinfo_hex("LIFEBOAT_LINEAR");

	return read_old(page, words, sizeof(words)) &&
		lb_pattern_matches(dump.table.seed, words, page) &&
		(!dump.is_reference ||
			(read_old_at_va(linear + page, words, sizeof(words)) &&
				lb_pattern_matches(dump.table.seed, words, page)));
}

static void prove_memory(void)
{
	struct lb_core_segment segment;
	uint64_t right = 0;
	lb_phys_addr low = UINT64_MAX;
	lb_phys_addr high = 0;

	for (uint32_t i = 0; i < dump.core.header.segment_count; i++) {
		lb_core_header_segment(&dump.core.header, i, &segment);
		if (segment.kind == LB_CORE_LOAD) {
			dump.bytes += segment.file_bytes;
			dump.ranges++;
		}
	}
	for (uint64_t i = 0; i < dump.table.page_count; i++) {
		right += page_matches(dump.table.pages[i]);
		low = lb_min(low, dump.table.pages[i]);
		high = lb_max(high, dump.table.pages[i]);
	}
	say_proof(LB_DRILL_PROOF_VMCORE_MATCHES,
		right && right == dump.table.page_count,
		"%llu of %llu pages from 0x%llx to 0x%llx read through /proc/vmcore hold what was "
		"written; %u ranges, %llu MiB",
		(unsigned long long)right, (unsigned long long)dump.table.page_count,
		(unsigned long long)low, (unsigned long long)high, dump.ranges,
		(unsigned long long)(dump.bytes / LB_MIB));
}

static bool registers_of(uint32_t index, uint64_t ret[REGISTERS], uint32_t *ret_pid)
{
	struct lb_note note;

	if (!find_note(LB_NT_PRSTATUS, "CORE", 4, index, &note) ||
		note.desc_bytes < REGISTERS_AT + REGISTERS * 8) {
		return false;
	}
	__builtin_memcpy(ret, note.desc + REGISTERS_AT, REGISTERS * 8);
	__builtin_memcpy(ret_pid, note.desc + PID_AT, sizeof(*ret_pid));
	return true;
}

/* The index-th note is that of this CPU. Of a Linux nothing is known but that it ran somewhere. */
static bool note_is_right(uint32_t index, uint32_t cpu)
{
	const struct lb_pattern_table *table = &dump.table;
	uint64_t registers[REGISTERS];
	uint64_t word;
	uint32_t pid;

	if (!registers_of(index, registers, &pid)) {
		return false;
	}
	if (!dump.is_reference) {
		return registers[PLACES.pc] != 0;
	}
	return pid == cpu && lb_pattern_cpu_matches(table, cpu, registers, &PLACES) &&
		(!table->cpus[cpu].words ||
			(read_old_at_va(registers[PLACES.sp], &word, sizeof(word)) &&
				word == lb_pattern_register(table->seed, cpu, 0)));
}

/* Linux has left out the notes of CPUs that have none: the others follow each other. */
static void prove_registers(void)
{
	uint64_t registers[REGISTERS];
	uint32_t expected = 0;
	uint32_t right = 0;
	uint32_t pid;

	for (uint32_t cpu = 0; cpu < dump.table.cpu_count && cpu < LB_PATTERN_CPUS_MAX; cpu++) {
		if (dump.table.expected_cpus >> cpu & 1) {
			right += note_is_right(expected++, cpu);
		}
	}
	say_proof(LB_DRILL_PROOF_REGISTERS_MATCH,
		expected && right == expected && !registers_of(expected, registers, &pid),
		"%u of %u CPUs have a note with the right registers", right, expected);
}

_Noreturn void verify_dump(void)
{
	say_stage(LB_DRILL_STAGE_CAPTURE);
	vmcore_open(&dump.core);
	if (cmdline_number("elfcorehdr", 0)) {
		say(LB_LINE_LOAD LB_SEGMENT_CORE_HEADER ": 0x%llx",
			(unsigned long long)cmdline_number("elfcorehdr", 0));
	}
	say_stage(LB_DRILL_STAGE_VERIFY);
	prove_vmcoreinfo();
	find_pattern();
	prove_memory();
	prove_registers();
	say_pause(LB_DRILL_PAUSE_VERIFIED);
	say(LB_LINE_RESULT "%s", proofs_failed() ? LB_RESULT_LOST : LB_RESULT_CAPTURED);
	syscall_end(proofs_failed() ? LB_DRILL_EXIT_FAILED : LB_DRILL_EXIT_PASSED);
}
