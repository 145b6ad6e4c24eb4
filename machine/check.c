/* SPDX-License-Identifier: MIT */
/*
 * Holds the sources against each other. Nothing here ends the reading: two sources that disagree
 * may be two boots put into one folder, or a machine that changed (memory hotplug), and whoever
 * reads the plan must know. One problem per pair of sources, the first difference.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

#define AS_PRINTED(range) (unsigned long long)(range).start, (unsigned long long)(range).end - 1

/* Sorted, merged ranges to look things up in. */
struct cover {
	struct lb_range *ranges;
	size_t count;
};

static int by_start(const void *a, const void *b)
{
	const struct lb_range *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static struct cover cover_room(struct machine_reader *reader, size_t count)
{
	return (struct cover){
		.ranges = machine_arena_allocate(reader->arena, count * sizeof(struct lb_range))};
}

static void cover_finish(struct cover *cover)
{
	size_t kept = 0;

	if (!cover->count) {
		return;
	}
	qsort(cover->ranges, cover->count, sizeof(*cover->ranges), by_start);
	for (size_t i = 1; i < cover->count; i++) {
		struct lb_range *last = &cover->ranges[kept];

		if (cover->ranges[i].start <= last->end) {
			last->end = lb_max(last->end, cover->ranges[i].end);
		} else {
			cover->ranges[++kept] = cover->ranges[i];
		}
	}
	cover->count = kept + 1;
}

static bool cover_has(const struct cover *cover, struct lb_range range)
{
	size_t low = 0, high = cover->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cover->ranges[middle].end <= range.start) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < cover->count && lb_range_contains(cover->ranges[low], range);
}

static struct cover usable(struct machine_reader *reader, const struct lb_e820_entry *entries,
	size_t count)
{
	struct cover cover = cover_room(reader, count);

	for (size_t i = 0; cover.ranges && i < count; i++) {
		if (entries[i].type == LB_E820_RAM) {
			cover.ranges[cover.count++] = entries[i].range;
		}
	}
	cover_finish(&cover);
	return cover;
}

static int by_entry_start(const void *a, const void *b)
{
	const struct lb_e820_entry *x = a, *y = b;

	return x->range.start < y->range.start ? -1 : x->range.start > y->range.start;
}

static bool same_entry(const struct lb_e820_entry *a, const struct lb_e820_entry *b)
{
	return a->range.start == b->range.start && a->range.end == b->range.end &&
		(a->type == b->type || a->type == LB_E820_OTHER || b->type == LB_E820_OTHER);
}

static bool same_map(
	const struct lb_e820_entry *a, const struct lb_e820_entry *b, size_t count)
{
	bool same = true;

	for (size_t i = 0; i < count && same; i++) {
		same = same_entry(&a[i], &b[i]);
	}
	return same;
}

/* Lines of the log that changed places are put back where sysfs has the same entries: then nothing
 * is lost. */
static void put_map_in_order(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_e820_entry *firmware = machine->e820.firmware;
	size_t count = machine->e820.log_count;
	struct lb_e820_entry *sorted;

	if (!count || count != machine->e820.firmware_count ||
		same_map(machine->e820.log, firmware, count)) {
		return;
	}
	sorted = machine_arena_allocate(reader->arena, count * sizeof(*sorted));
	if (!sorted) {
		return;
	}
	memcpy(sorted, machine->e820.log, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_entry_start);
	if (same_map(sorted, firmware, count)) {
		machine->e820.log = sorted;
		machine_remark(reader, machine_at_line("BIOS-e820", 0),
			"lines changed places; they are read in the order of sys/firmware/memmap");
	}
}

static void check_e820(struct machine_reader *reader, const struct lb_e820_entry *entries,
	size_t count, const char *source)
{
	for (size_t i = 1; i < count; i++) {
		if (entries[i].range.start < entries[i - 1].range.end) {
			machine_problem(reader, machine_at_line(source, 0),
				"the firmware map is out of order or overlaps at %#llx-%#llx",
				AS_PRINTED(entries[i].range));
			return;
		}
	}
}

static void compare_log_and_firmware(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	size_t count = machine->e820.firmware_count;

	if (!count || !machine->e820.log_count) {
		return;
	}
	if (count != machine->e820.log_count) {
		machine_problem(reader, machine_at_line("sys/firmware/memmap", 0),
			"%zu entries, the log shows %zu (\"BIOS-e820\")", count,
			machine->e820.log_count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct lb_e820_entry *a = &machine->e820.firmware[i];
		const struct lb_e820_entry *b = &machine->e820.log[i];

		if (!same_entry(a, b)) {
			machine_problem(reader, machine_at_line("sys/firmware/memmap", 0),
				"entry %zu, %#llx-%#llx, is not what the log shows, %#llx-%#llx", i,
				AS_PRINTED(a->range), AS_PRINTED(b->range));
			return;
		}
	}
}

static void compare_boot_params(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	struct lb_range a = reader->log_ramdisk, b = params->ramdisk;
	struct cover cover;
	uint64_t end;

	if (params->present && !lb_range_empty(a) && !lb_range_empty(b) &&
		lb_align_up(b.end, 4096, &end) && (a.start != b.start || a.end != end)) {
		machine_problem(reader, machine_at_line("sys/kernel/boot_params/data", 0),
			"the initrd is at %#llx-%#llx, the log says %#llx-%#llx", AS_PRINTED(b),
			AS_PRINTED(a));
	}
	if (!params->e820_count || !machine->e820.log_count) {
		return;
	}
	cover = usable(reader, machine->e820.log, machine->e820.log_count);
	for (size_t i = 0; i < params->e820_count; i++) {
		if (params->e820[i].type == LB_E820_RAM &&
			!cover_has(&cover, params->e820[i].range)) {
			machine_problem(reader, machine_at_line("sys/kernel/boot_params/data", 0),
				"e820 memory at %#llx-%#llx is not usable in the log's map",
				AS_PRINTED(params->e820[i].range));
			return;
		}
	}
}

/* Memory that iomem has and the given cover lacks. */
static void check_iomem_in(struct machine_reader *reader, const struct cover *cover,
	const char *what)
{
	struct lb_machine *machine = reader->machine;

	if (!cover->ranges || !cover->count) {
		return;
	}
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (!entry->depth && entry->kind == LB_IOMEM_RAM &&
			!cover_has(cover, entry->range)) {
			machine_problem(reader, machine_at_line("proc/iomem", 0),
				"System RAM at %#llx-%#llx is not in %s (added while running?)",
				AS_PRINTED(entry->range), what);
			return;
		}
	}
}

static void compare_iomem(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	struct cover cover;

	if (!machine->memory.iomem_count) {
		return;
	}
	/* memmap=nn@ss on the command line adds memory of its own. */
	if (!machine->e820.user_count && machine->e820.firmware_count) {
		cover = usable(reader, machine->e820.firmware, machine->e820.firmware_count);
		check_iomem_in(reader, &cover, "sys/firmware/memmap");
	} else if (!machine->e820.user_count && machine->e820.log_count) {
		cover = usable(reader, machine->e820.log, machine->e820.log_count);
		check_iomem_in(reader, &cover, "the log's firmware map");
	}
	if (!machine->memblock.memory_count) {
		return;
	}
	cover = cover_room(reader, machine->memblock.memory_count);
	for (size_t i = 0; cover.ranges && i < machine->memblock.memory_count; i++) {
		cover.ranges[cover.count++] = machine->memblock.memory[i].range;
	}
	cover_finish(&cover);
	check_iomem_in(reader, &cover, "memblock's memory");
}

/* Where a BIOS kernel that did not draw a place unpacks to: where the loader put it, aligned, and
 * not below the preferred address (arch/x86/boot/compressed/head_64.S). 0: not known. */
static uint64_t place_without_draw(const struct lb_boot_params *params)
{
	uint64_t align = params->kernel_alignment;
	uint64_t loaded;

	if (!params->present || *params->efi_signature || lb_boot_params_drew(params) ||
		!params->code32_start || !align || (align & (align - 1)) ||
		!lb_align_up(params->code32_start, align, &loaded)) {
		return 0;
	}
	return lb_max(loaded, params->pref_address);
}

/* The page may be of another boot, which did not draw. */
static void compare_kernel_place(struct machine_reader *reader)
{
	const struct lb_machine *machine = reader->machine;
	uint64_t expected = place_without_draw(&machine->boot.params);

	for (size_t i = 0; expected && i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (entry->kind == LB_IOMEM_KERNEL_CODE && entry->range.start != expected) {
			machine_problem(reader,
				machine_at_line("sys/kernel/boot_params/data", 0),
				"no place was drawn for the kernel, which belongs at 0x%llx then; "
				"proc/iomem shows it at 0x%llx",
				(unsigned long long)expected,
				(unsigned long long)entry->range.start);
			return;
		}
	}
}

/* Without CmaTotal it says how the kernel was built, if it is of this kernel. */
static void compare_meminfo(struct machine_reader *reader)
{
	const struct lb_machine *machine = reader->machine;

	if (machine->cma.known && !machine->cma.built &&
		machine->memory.total < machine->memory.available) {
		machine_problem(reader, machine_at_line("proc/meminfo", 1),
			"MemTotal is less than the log's available memory: another boot, or a "
			"balloon");
	}
}

static void compare_crash_request(struct machine_reader *reader)
{
	const struct lb_machine *machine = reader->machine;

	if (machine->crash.size_known && machine->crash.size && machine->boot.cmdline &&
		!strstr(machine->boot.cmdline, "crashkernel=")) {
		machine_problem(reader, machine_at_line("sys/kernel/kexec_crash_size", 1),
			"a crash kernel that the command line does not ask for: another boot?");
	}
}

static void compare_crash_size(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	bool shown = false;

	if (!machine->crash.size_known || !machine->memory.iomem_count) {
		return;
	}
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		shown |= machine->memory.iomem[i].kind == LB_IOMEM_CRASH;
	}
	if (shown != (machine->crash.size != 0)) {
		machine_problem(reader, machine_at_line("sys/kernel/kexec_crash_size", 1),
			shown ? "0, but proc/iomem shows a crash kernel"
			      : "a crash kernel that proc/iomem does not show");
	}
}

/* The log's copy may be cut; it must be how the other begins, and all of it where the log shows
 * that it was not. */
static void compare_cmdline(struct machine_reader *reader)
{
	const char *shown = reader->machine->boot.cmdline, *logged = reader->log_cmdline;

	if (!logged || !lb_machine_has(reader->machine, LB_SOURCE_CMDLINE)) {
		return;
	}
	if (strncmp(shown, logged, text_trimmed_length(logged)) ||
		(reader->log_cmdline_twice && !text_same_but_blanks(shown, logged))) {
		machine_problem(reader, machine_at_line("proc/cmdline", 1),
			"differs from the command line in the log: another boot?");
	}
}

/* A kernel may add words of its own to bootargs. */
static void compare_device_tree(struct machine_reader *reader)
{
	const struct lb_machine *machine = reader->machine;

	if (reader->tree_bootargs && machine->boot.cmdline &&
		!strstr(machine->boot.cmdline, reader->tree_bootargs)) {
		machine_problem(reader, machine_at_line("sys/firmware/fdt", 0),
			"bootargs are not in the command line: another boot?");
	}
	if (reader->tree_without_efi && machine->efi.booted) {
		machine_problem(reader, machine_at_line("sys/firmware/fdt", 0),
			"not of a boot through EFI, as the other sources are");
	}
}

/* What was done, beside the word that forbids it. */
static void compare_kaslr(struct machine_reader *reader)
{
	const struct lb_machine *machine = reader->machine;

	if (!machine->boot.cmdline || !text_has_word(machine->boot.cmdline, "nokaslr")) {
		return;
	}
	if (reader->log_kaslr_on) {
		machine_problem(reader, machine_at_line(reader->log_path, 0),
			"KASLR is on, although the command line has nokaslr: another boot?");
	} else if (lb_boot_params_drew(&machine->boot.params)) {
		machine_problem(reader, machine_at_line("sys/kernel/boot_params/data", 0),
			"a place was drawn for the kernel, although the command line has nokaslr: "
			"another boot?");
	}
}

static void compare_release(struct machine_reader *reader)
{
	const char *release = reader->machine->kernel.release;

	if (*release && reader->uname_release && strcmp(release, reader->uname_release)) {
		machine_problem(reader, machine_at_line("uname", 1),
			"release %.80s, the other sources say %.80s", reader->uname_release,
			release);
	}
}

static int by_range(const void *a, const void *b)
{
	const struct lb_efi_descriptor *left = a, *right = b;

	return left->range.start < right->range.start ? -1
						      : left->range.start > right->range.start;
}

/* The firmware may list its map in any order; nothing in it may overlap. */
static void check_efi_map(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	size_t count = machine->efi.map_count;
	struct lb_efi_descriptor *sorted;

	sorted = count ? machine_arena_allocate(reader->arena, count * sizeof(*sorted)) : NULL;
	if (!sorted) {
		return;
	}
	memcpy(sorted, machine->efi.map, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_range);
	for (size_t i = 1; i < count; i++) {
		if (lb_range_overlaps(sorted[i - 1].range, sorted[i].range)) {
			machine_problem(reader, machine_at_line("EFI map", 0),
				"%#llx-%#llx overlaps another entry", AS_PRINTED(sorted[i].range));
			return;
		}
	}
}

/* A capture kernel is given the core header of the kernel that crashed. Its RAM is the crash kernel
 * memory of that one. */
static void check_capture_kernel(struct machine_reader *reader)
{
	const char *line = reader->machine->boot.cmdline;
	const char *at = line ? strstr(line, "elfcorehdr=") : NULL;
	bool by_line = at && (at == line || at[-1] == ' ');
	bool by_file = by_line && lb_machine_has(reader->machine, LB_SOURCE_CMDLINE);

	reader->machine->crash.is_capture_kernel = by_line ||
		(reader->log_of_capture_kernel &&
			!lb_machine_has(reader->machine, LB_SOURCE_CMDLINE));
	if (by_line || reader->log_of_capture_kernel) {
		machine_problem(reader,
			machine_at_line(by_file ? "proc/cmdline" : reader->log_path, 0),
			"a capture kernel (it was given the core header, elfcorehdr, of a kernel "
			"that crashed): the memory that it shows is not the machine's");
	}
}

/* True if two of the ranges overlap; sorts them. */
static bool any_overlap(struct lb_range *ranges, size_t count)
{
	qsort(ranges, count, sizeof(*ranges), by_start);
	for (size_t i = 1; i < count; i++) {
		if (lb_range_overlaps(ranges[i - 1], ranges[i])) {
			return true;
		}
	}
	return false;
}

static void two_boots(struct machine_reader *reader, const char *what)
{
	machine_problem(reader, machine_at_line(reader->log_path, 0),
		"%s stand in the log twice: lines of several boots, or of one boot twice", what);
}

/* What a kernel says once, and an interleaved or a joined log says again. */
static void check_said_once(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_machine_nodes *nodes = &machine->nodes;
	struct cover cover = cover_room(reader, nodes->memory_count + nodes->data_count + 1);

	for (size_t i = 0; cover.ranges && i < nodes->memory_count; i++) {
		cover.ranges[i] = nodes->memory[i].range;
	}
	if (cover.ranges && any_overlap(cover.ranges, nodes->memory_count)) {
		two_boots(reader, "memory ranges of a node");
	}
	for (size_t i = 0; cover.ranges && i < nodes->data_count; i++) {
		cover.ranges[i] = nodes->data[i].range;
	}
	if (cover.ranges && any_overlap(cover.ranges, nodes->data_count)) {
		two_boots(reader, "NODE_DATA lines");
	}
	cover = cover_room(reader, machine->cma.areas_count + 1);
	for (size_t i = 0; cover.ranges && i < machine->cma.areas_count; i++) {
		cover.ranges[i] = machine->cma.areas[i];
	}
	if (cover.ranges && any_overlap(cover.ranges, machine->cma.areas_count)) {
		two_boots(reader, "CMA areas");
	}
}

void machine_cross_check(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;

	put_map_in_order(reader);
	check_e820(reader, machine->e820.log, machine->e820.log_count, "BIOS-e820");
	check_efi_map(reader);
	compare_log_and_firmware(reader);
	compare_boot_params(reader);
	compare_iomem(reader);
	compare_kernel_place(reader);
	compare_crash_size(reader);
	compare_crash_request(reader);
	compare_meminfo(reader);
	compare_cmdline(reader);
	compare_kaslr(reader);
	compare_device_tree(reader);
	compare_release(reader);
	check_capture_kernel(reader);
	check_said_once(reader);
}
