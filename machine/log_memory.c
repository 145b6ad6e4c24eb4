/* SPDX-License-Identifier: MIT */
/* Boot log lines about the memory map: e820, nodes, initrd, CMA, bounce pool. */
#include "machine/log.h"

/* The words for a type, as arch/x86/kernel/e820.c prints them: 5.10 .. 6.x "usable", 7.x
 * " System RAM". Numbers in brackets are the same since 4.x. */
static enum lb_e820_type e820_type(const char *text)
{
	static const struct {
		const char *words;
		enum lb_e820_type type;
	} types[] = {
		{"usable", LB_E820_RAM},
		{"System RAM", LB_E820_RAM},
		{"reserved", LB_E820_RESERVED},
		{"device reserved", LB_E820_RESERVED},
		{"Reserved", LB_E820_RESERVED},
		{"ACPI data", LB_E820_ACPI},
		{"ACPI NVS", LB_E820_NVS},
		{"unusable", LB_E820_UNUSABLE},
		{"Unusable", LB_E820_UNUSABLE},
		{"persistent (type 7)", LB_E820_PMEM},
		{"persistent (type 12)", LB_E820_PRAM},
		{"persistent RAM (type 7)", LB_E820_PMEM},
		{"persistent RAM (type 12)", LB_E820_PRAM},
		{"soft reserved", LB_E820_SOFT_RESERVED},
		{"Soft Reserved", LB_E820_SOFT_RESERVED},
		{"type ", LB_E820_OTHER},
	};

	text_skip_blanks(&text);
	for (size_t i = 0; i < LB_ARRAY_COUNT(types); i++) {
		if (text_starts(text, types[i].words)) {
			return types[i].type;
		}
	}
	return 0;
}

static bool read_e820(const char *rest, struct lb_e820_entry *ret)
{
	if (!text_mem_range(&rest, &ret->range)) {
		return false;
	}
	ret->type = e820_type(rest);
	return ret->type;
}

static bool bios_e820(struct log_reader *log, const char *rest)
{
	struct lb_e820_entry entry;

	log->reader->looks_x86 = true;
	if (text_starts(rest, "[gap ")) {
		return true; /* 7.x draws the holes as well */
	}
	if (!read_e820(rest, &entry)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->e820.log, {entry.range, entry.type});
	return true;
}

static bool user_e820(struct log_reader *log, const char *rest)
{
	struct lb_e820_entry entry;

	if (text_starts(rest, "[gap ")) {
		return true;
	}
	if (!read_e820(rest, &entry)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->e820.user, {entry.range, entry.type});
	return true;
}

/* "reserve setup_data: [mem 0x..-0x..] usable": the map once more, in which what the loader or
 * the EFI stub left in memory splits the ranges; derive.c tells which part is which. */
static bool extended_e820(struct log_reader *log, const char *rest)
{
	struct lb_e820_entry entry;

	if (text_starts(rest, "[gap ")) {
		return true;
	}
	if (!read_e820(rest, &entry)) {
		return false;
	}
	if (entry.type == LB_E820_RAM) {
		MACHINE_APPEND(log->reader, log->reader->extended,
			{entry.range.start, entry.range.end});
	}
	return true;
}

static bool e820_update(struct log_reader *log, const char *rest)
{
	struct lb_e820_update update = {0};
	const char *arrow;

	if (!text_mem_range(&rest, &update.range)) {
		return false;
	}
	arrow = strstr(rest, "==>");
	if (!arrow) {
		return false;
	}
	update.from = e820_type(rest);
	update.to = e820_type(arrow + 3);
	if (!update.from || !update.to) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->e820.updates,
		{update.range, update.from, update.to});
	return true;
}

/* Without a type the kernel removes whatever is there: from is 0. */
static bool e820_remove(struct log_reader *log, const char *rest)
{
	struct lb_range range;

	if (!text_mem_range(&rest, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->e820.updates, {range, e820_type(rest), 0});
	return true;
}

static bool map_heading(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->e820.heading = true;
	return true;
}

static bool ramdisk(struct log_reader *log, const char *rest)
{
	return text_mem_range(&rest, &log->reader->log_ramdisk);
}

/* "NODE_DATA(0) allocated [mem 0x..-0x..]" (x86; 6.12 and newer everywhere) */
static bool node_data_allocated(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	int node;

	if (!text_int(&rest, &node)) {
		return false;
	}
	if (text_starts(rest, ") on node ")) {
		return true; /* a second line about the same node */
	}
	if (!text_skip(&rest, ") allocated ") || !text_mem_range(&rest, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->nodes.data, {range, node, false});
	return true;
}

/* "NUMA: NODE_DATA [mem 0x..-0x..]" (arm64, riscv64 up to 6.11): nodes in rising order. */
static bool numa_node_data(struct log_reader *log, const char *rest)
{
	struct lb_machine *machine = log->machine;
	struct lb_range range;
	int node = 0;

	if (text_starts(rest, "(")) {
		return true; /* "NUMA: NODE_DATA(1) on node 0" */
	}
	text_skip_blanks(&rest);
	if (!text_mem_range(&rest, &range)) {
		return false;
	}
	if (machine->nodes.data_count) {
		int last = machine->nodes.data[machine->nodes.data_count - 1].node;

		node = last < INT_MAX ? last + 1 : last;
	}
	MACHINE_APPEND(log->reader, machine->nodes.data, {range, node, false});
	return true;
}

static bool early_node_ranges(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->node_ranges = true;
	return true;
}

static bool initmem(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->node_ranges = false;
	return true;
}

static bool node_range(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	int node;

	if (!log->node_ranges) {
		return true;
	}
	text_skip_blanks(&rest);
	if (!text_int(&rest, &node) || !text_skip(&rest, ": ") || !text_mem_range(&rest, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->nodes.memory, {range, node, false});
	return true;
}

static bool nosave(struct log_reader *log, const char *rest)
{
	struct lb_range range;

	if (!text_mem_range(&rest, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->memory.nosave, {range.start, range.end});
	return true;
}

static bool range_of_size(uint64_t start, uint64_t count, uint64_t unit, struct lb_range *ret)
{
	uint64_t size, end;

	if (!lb_mul(count, unit, &size) || !lb_add(start, size, &end)) {
		return false;
	}
	*ret = (struct lb_range){start, end};
	return true;
}

/* "cma: Reserved 64 MiB at 0x00000000b9a00000 on node -1", or "in 2 ranges" (6.16). */
static bool cma_reserved(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	uint64_t mib, start;

	if (!text_decimal(&rest, &mib) || !text_skip(&rest, " MiB ")) {
		return false;
	}
	if (text_starts(rest, "in ")) {
		return range_of_size(log->machine->cma.scattered, mib, LB_MIB, &range) &&
		       lb_add(log->machine->cma.scattered, lb_range_size(range),
			       &log->machine->cma.scattered);
	}
	if (!text_skip(&rest, "at ") || !text_hex(&rest, &start) ||
		!range_of_size(start, mib, LB_MIB, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->cma.areas, {range.start, range.end});
	return true;
}

/* "0x48000000..0x480fffff (1024 KiB) map non-reusable NAME@48000000" (6.2 and newer) */
static bool dt_reserved_range(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	uint64_t first, last;
	const char *name;

	if (!text_hex(&rest, &first) || !text_skip(&rest, "..") || !text_hex(&rest, &last) ||
		!text_range_inclusive(first, last, &range)) {
		return false;
	}
	name = strrchr(rest, ' ');
	MACHINE_APPEND(log->reader, log->machine->fdt.reserved, {name ? name + 1 : "", range});
	return true;
}

/* "created CMA memory pool at 0x80000000, size 64 MiB" */
static bool dt_pool(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	uint64_t start, mib;
	const char *at = strstr(rest, " at ");
	const char *size = strstr(rest, ", size ");

	if (!at || !size) {
		return false;
	}
	at += 4;
	size += 7;
	if (!text_hex(&at, &start) || !text_decimal(&size, &mib) || !text_starts(size, " MiB") ||
		!range_of_size(start, mib, LB_MIB, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->fdt.reserved, {"pool", range});
	return true;
}

/* "allocated memory for 'linux,cma' node: base 0x38000000, size 128 MiB" */
static bool dt_allocated(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	uint64_t start, mib;
	const char *base = strstr(rest, "base ");
	const char *size = strstr(rest, "size ");

	if (!base || !size) {
		return false;
	}
	base += 5;
	size += 5;
	if (!text_hex(&base, &start) || !text_decimal(&size, &mib) || !text_starts(size, " MiB") ||
		!range_of_size(start, mib, LB_MIB, &range)) {
		return false;
	}
	MACHINE_APPEND(log->reader, log->machine->fdt.reserved, {"allocated", range});
	return true;
}

static bool dt_reserved(struct log_reader *log, const char *rest)
{
	if (text_starts(rest, "0x")) {
		return dt_reserved_range(log, rest);
	}
	if (text_skip(&rest, "created ")) {
		return dt_pool(log, rest);
	}
	if (text_skip(&rest, "allocated memory for ")) {
		return dt_allocated(log, rest);
	}
	return true; /* "initialized node ...", "No reserved-memory node in the DT" */
}

/*
 * "mapped [mem 0x7bb36000-0x7fb36000] (64MB)": the second address is the first byte after the
 * pool (kernel/dma/swiotlb.c, swiotlb_print_info, 5.10 .. 7.3), unlike everywhere else.
 */
static bool swiotlb_mapped(struct log_reader *log, const char *rest)
{
	uint64_t start, end;

	if (!text_skip(&rest, "[mem ") || !text_hex(&rest, &start) || !text_skip(&rest, "-") ||
		!text_hex(&rest, &end) || end < start) {
		return false;
	}
	log->machine->dma.swiotlb = (struct lb_range){start, end};
	return true;
}

/* "SRAT: Node 0 PXM 0 [mem 0x00000000-0x7fffffff] hotplug" */
static bool srat_node(struct log_reader *log, const char *rest)
{
	struct lb_range range;
	uint64_t proximity;
	int node;

	if (!text_int(&rest, &node) || !text_skip(&rest, " PXM ") ||
		!text_decimal(&rest, &proximity) || !text_skip(&rest, " ") ||
		!text_mem_range(&rest, &range)) {
		return false;
	}
	if (lb_machine_has(log->machine, LB_SOURCE_SRAT)) {
		return true; /* the table itself was read */
	}
	MACHINE_APPEND(log->reader, log->machine->acpi.srat,
		{range, node, strstr(rest, "hotplug") != NULL});
	return true;
}

static const struct log_rule rules[] = {
	/* arch/x86/kernel/e820.c */
	{"BIOS-provided physical RAM map:", map_heading},
	{"BIOS-e820: ", bios_e820},
	{"user: ", user_e820},
	{"reserve setup_data: ", extended_e820},
	{"e820: update ", e820_update},
	{"e820: remove ", e820_remove},
	/* arch/x86/kernel/setup.c (reserve_initrd) */
	{"RAMDISK: ", ramdisk},
	/* arch/x86/mm/numa.c up to 6.11, mm/numa.c since */
	{"NODE_DATA(", node_data_allocated},
	/* drivers/base/arch_numa.c up to 6.11 */
	{"NUMA: NODE_DATA", numa_node_data},
	/* mm/page_alloc.c (free_area_init); mm/mm_init.c 6.4 on */
	{"Early memory node ranges", early_node_ranges},
	{"Initmem setup node", initmem},
	{"node ", node_range},
	/* kernel/power/snapshot.c, with and without the prefix of hibernation's own lines */
	{"PM: hibernation: Registered nosave memory: ", nosave},
	{"PM: Registered nosave memory: ", nosave},
	/* mm/cma.c */
	{"cma: Reserved ", cma_reserved},
	/* drivers/of/of_reserved_mem.c */
	{"OF: reserved mem: ", dt_reserved},
	{"Reserved memory: ", dt_reserved},
	/* kernel/dma/swiotlb.c */
	{"software IO TLB: mapped ", swiotlb_mapped},
	/* drivers/acpi/numa/srat.c, arch/x86/mm/srat.c */
	{"ACPI: SRAT: Node ", srat_node},
	{"ACPI: NUMA: SRAT: Node ", srat_node},
	{"SRAT: Node ", srat_node},
};
const struct log_topic log_memory = {rules, LB_ARRAY_COUNT(rules)};
