/* SPDX-License-Identifier: MIT */
/*
 * device_tree: from the flattened tree to boot_info (Devicetree Specification 0.4; /chosen as in
 * Linux 6.12 Documentation/devicetree/bindings/chosen and drivers/of/fdt.c).
 */
#include "device_tree.h"

#include "lifeboat/fdt.h"

#include "../arch.h"
#include "../boot.h"
#include "../early_map.h"
#include "../console.h"
#include "../text.h"
#include "gic.h"
#include "platform.h"

/* Linux's boot protocol: at most 2 MiB, so two blocks whatever the alignment. */
#define BLOB_MAX (2 * LB_MIB)

struct device_tree_cpus device_tree_cpus;
struct device_tree_pci device_tree_pci;

static bool has_compatible(const struct lb_fdt *fdt, lb_fdt_node node, const char *wanted)
{
	struct lb_fdt_property property;
	size_t length = text_length(wanted) + 1;

	if (!lb_fdt_property(fdt, node, "compatible", &property)) {
		return false;
	}
	for (uint32_t at = 0; at + length <= property.length; at++) {
		bool starts = !at || !property.value[at - 1];

		if (starts && !memcmp(property.value + at, wanted, length)) {
			return true;
		}
	}
	return false;
}

/* Entry `index` of the node's reg, in its parent's cells. */
static bool node_reg(const struct lb_fdt *fdt, lb_fdt_node parent, lb_fdt_node node,
	uint32_t index, struct lb_range *ret)
{
	struct lb_fdt_property property;
	unsigned int address_cells;
	unsigned int size_cells;

	lb_fdt_cells(fdt, parent, &address_cells, &size_cells);
	return lb_fdt_property(fdt, node, "reg", &property) &&
		lb_fdt_range(property, address_cells, size_cells, index, ret);
}

static bool root_child_compatible(const struct lb_fdt *fdt, const char *compatible,
	lb_fdt_node *ret)
{
	lb_fdt_node node;
	bool more = lb_fdt_first_child(fdt, lb_fdt_root(fdt), &node);

	for (; more; more = lb_fdt_next_sibling(fdt, node, &node)) {
		if (has_compatible(fdt, node, compatible)) {
			*ret = node;
			return true;
		}
	}
	return false;
}

static void set_up_serial(const struct lb_fdt *fdt)
{
	struct lb_range registers = {FALLBACK_SERIAL, FALLBACK_SERIAL + 0x1000};
	lb_fdt_node node;

	if (root_child_compatible(fdt, "arm,pl011", &node)) {
		node_reg(fdt, lb_fdt_root(fdt), node, 0, &registers);
	}
	serial_init(registers.start);
}

static void set_up_psci(const struct lb_fdt *fdt)
{
	struct lb_fdt_property method;
	lb_fdt_node node;

	if (!lb_fdt_find(fdt, "/psci", &node) ||
		!lb_fdt_property(fdt, node, "method", &method) || method.length != 4) {
		return;
	}
	if (!memcmp(method.value, "hvc", 4)) {
		psci_init(PSCI_HVC);
	} else if (!memcmp(method.value, "smc", 4)) {
		psci_init(PSCI_SMC);
	}
}

static void set_up_gic(const struct lb_fdt *fdt)
{
	lb_fdt_node root = lb_fdt_root(fdt);
	struct lb_range first;
	struct lb_range second;
	lb_fdt_node node;
	unsigned int version = 3;

	if (!root_child_compatible(fdt, "arm,gic-v3", &node)) {
		version = 2;
		if (!root_child_compatible(fdt, "arm,cortex-a15-gic", &node) &&
			!root_child_compatible(fdt, "arm,gic-400", &node)) {
			return;
		}
	}
	if (node_reg(fdt, root, node, 0, &first) && node_reg(fdt, root, node, 1, &second) &&
		lb_range_size(second) <= 32 * LB_MIB && lb_range_size(first) <= 32 * LB_MIB) {
		gic_init(version, first, second);
	}
}

static uint64_t cells(const uint8_t *at, unsigned int count)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < 4 * count; i++) {
		value = value << 8 | at[i];
	}
	return value;
}

/* An entry of ranges is: PCI address (3 cells, the first says which space), address, size (2 each;
 * PCI Bus Binding to IEEE 1275, 2.2.1.1). The window wanted is 32-bit memory. */
static lb_phys_addr pci_window(struct lb_fdt_property ranges)
{
	for (uint32_t at = 0; at + 28 <= ranges.length; at += 28) {
		if ((cells(ranges.value + at, 1) & 0x03000000) == 0x02000000) {
			return cells(ranges.value + at + 12, 2);
		}
	}
	return 0;
}

static void read_pci(const struct lb_fdt *fdt)
{
	struct lb_fdt_property ranges;
	struct lb_range range;
	lb_fdt_node node;

	if (!root_child_compatible(fdt, "pci-host-ecam-generic", &node) ||
		!node_reg(fdt, lb_fdt_root(fdt), node, 0, &range)) {
		return;
	}
	device_tree_pci.ecam = range.start;
	if (lb_fdt_property(fdt, node, "ranges", &ranges)) {
		device_tree_pci.window = pci_window(ranges);
	}
}

static void read_cpus(const struct lb_fdt *fdt)
{
	lb_fdt_node parent;
	lb_fdt_node node;
	struct lb_fdt_property reg;
	uint64_t mpidr;
	bool more;

	if (!lb_fdt_find(fdt, "/cpus", &parent)) {
		return;
	}
	more = lb_fdt_first_child(fdt, parent, &node);
	for (; more; more = lb_fdt_next_sibling(fdt, node, &node)) {
		if (!memcmp(lb_fdt_name(fdt, node), "cpu@", 4) &&
			lb_fdt_property(fdt, node, "reg", &reg) && lb_fdt_number(reg, &mpidr) &&
			device_tree_cpus.count < CPUS_MAX) {
			device_tree_cpus.mpidr[device_tree_cpus.count++] = mpidr;
		}
	}
}

static void add_ranges(const struct lb_fdt *fdt, lb_fdt_node parent, lb_fdt_node node,
	uint32_t type, const char *name)
{
	struct lb_range range;

	for (uint32_t i = 0; i <= BOOT_MAP_ENTRIES && node_reg(fdt, parent, node, i, &range);
		i++) {
		boot_map_add(range.start, lb_range_size(range), type, name);
	}
}

static void read_memory(const struct lb_fdt *fdt)
{
	lb_fdt_node root = lb_fdt_root(fdt);
	struct lb_fdt_property type;
	lb_fdt_node node;
	bool more = lb_fdt_first_child(fdt, root, &node);

	for (; more; more = lb_fdt_next_sibling(fdt, node, &node)) {
		if (lb_fdt_property(fdt, node, "device_type", &type) && type.length == 7 &&
			!memcmp(type.value, "memory", 7)) {
			add_ranges(fdt, root, node, BOOT_MEMORY_RAM, "/memory");
		}
	}
}

static void read_reserved(const struct lb_fdt *fdt)
{
	struct lb_range range;
	lb_fdt_node parent;
	lb_fdt_node node;
	bool more;

	for (uint32_t i = 0; i <= BOOT_MAP_ENTRIES && lb_fdt_reservation(fdt, i, &range); i++) {
		boot_map_add(range.start, lb_range_size(range), BOOT_MEMORY_TAKEN, "/memreserve/");
	}
	if (!lb_fdt_find(fdt, "/reserved-memory", &parent)) {
		return;
	}
	more = lb_fdt_first_child(fdt, parent, &node);
	for (; more; more = lb_fdt_next_sibling(fdt, node, &node)) {
		add_ranges(fdt, parent, node, BOOT_MEMORY_TAKEN, "/reserved-memory");
	}
}

static bool chosen_range(const struct lb_fdt *fdt, lb_fdt_node chosen, const char *name,
	uint32_t index, struct lb_range *ret)
{
	struct lb_fdt_property property;
	unsigned int address_cells;
	unsigned int size_cells;

	lb_fdt_cells(fdt, lb_fdt_root(fdt), &address_cells, &size_cells);
	return lb_fdt_property(fdt, chosen, name, &property) &&
		lb_fdt_range(property, address_cells, size_cells, index, ret);
}

static void read_chosen(const struct lb_fdt *fdt, lb_fdt_node chosen)
{
	struct lb_fdt_property property;
	struct lb_range range;
	uint64_t start;
	uint64_t end;

	if (lb_fdt_property(fdt, chosen, "bootargs", &property) && property.length &&
		!property.value[property.length - 1]) {
		text_copy(boot_info.cmdline, sizeof(boot_info.cmdline),
			(const char *)property.value);
	}
	if (lb_fdt_property(fdt, chosen, "linux,initrd-start", &property) &&
		lb_fdt_number(property, &start) &&
		lb_fdt_property(fdt, chosen, "linux,initrd-end", &property) &&
		lb_fdt_number(property, &end) && start < end) {
		boot_info.module = (struct lb_range){start, end};
	}
	if (chosen_range(fdt, chosen, "linux,elfcorehdr", 0, &range)) {
		boot_info.core_header = range.start;
		boot_map_add(range.start, lb_range_size(range), BOOT_MEMORY_TAKEN, "elfcorehdr");
	}
}

/* A capture kernel is told which part of memory is its own; the rest is not its RAM. */
static bool read_usable(const struct lb_fdt *fdt, lb_fdt_node chosen)
{
	struct lb_range range;
	uint32_t count = 0;

	while (count < 8 &&
		chosen_range(fdt, chosen, "linux,usable-memory-range", count, &range)) {
		boot_map_add(range.start, lb_range_size(range), BOOT_MEMORY_RAM,
			"usable-memory-range");
		count++;
	}
	return count > 0;
}

static void read_tree(const struct lb_fdt *fdt)
{
	lb_fdt_node chosen;
	bool has_chosen = lb_fdt_find(fdt, "/chosen", &chosen);

	set_up_serial(fdt);
	set_up_psci(fdt);
	set_up_gic(fdt);
	read_cpus(fdt);
	read_pci(fdt);
	if (has_chosen) {
		read_chosen(fdt, chosen);
	}
	if (!has_chosen || !read_usable(fdt, chosen)) {
		read_memory(fdt);
	}
	read_reserved(fdt);
}

void device_tree_read(lb_phys_addr blob)
{
	struct lb_fdt fdt;
	size_t offset = 0;
	enum lb_status status = LB_INVALID;

	boot_info.protocol = "arm64 Image";
	if (blob && blob < UINT64_C(1) << 46) {
		early_map((struct lb_range){blob, blob + BLOB_MAX});
		status = lb_fdt_open(&fdt, phys_pointer(blob), BLOB_MAX, &offset);
	}
	if (status != LB_OK) {
		serial_init(FALLBACK_SERIAL);
		print(LB_LINE_ERROR "device tree at 0x%llx: %s at offset %zu\n",
			(unsigned long long)blob, lb_status_text(status), offset);
		return;
	}
	boot_info.device_tree = (struct lb_range){blob, blob + fdt.size};
	boot_map_add(blob, fdt.size, BOOT_MEMORY_TAKEN, "device tree");
	read_tree(&fdt);
}
