/* SPDX-License-Identifier: MIT */
/* reserved_memory: one node after the other, each property checked where it is read. */
#include "lifeboat/reserved_memory.h"

#include "lifeboat/slice.h"

#define CELL 4 /* bytes */

static enum lb_status refuse_at(const struct lb_reserved_memory_walk *walk, lb_fdt_node node,
	size_t offset, const char *expected, struct lb_reserved_memory_error *ret)
{
	*ret = (struct lb_reserved_memory_error){
		offset, lb_fdt_name(walk->fdt, node), expected};
	return LB_INVALID;
}

static enum lb_status refuse_node(const struct lb_reserved_memory_walk *walk, lb_fdt_node node,
	const char *expected, struct lb_reserved_memory_error *ret)
{
	return refuse_at(walk, node, walk->fdt->structure + (size_t)node, expected, ret);
}

static enum lb_status refuse_property(const struct lb_reserved_memory_walk *walk,
	lb_fdt_node node, struct lb_fdt_property property, const char *expected,
	struct lb_reserved_memory_error *ret)
{
	return refuse_at(
		walk, node, (size_t)(property.value - walk->fdt->blob), expected, ret);
}

enum lb_status lb_reserved_memory_open(const struct lb_fdt *fdt,
	struct lb_reserved_memory_walk *ret, struct lb_reserved_memory_error *ret_error)
{
	struct lb_reserved_memory_walk walk = {.fdt = fdt};
	unsigned int root_address, root_size;
	struct lb_fdt_property ranges;
	lb_fdt_node parent;

	if (!lb_fdt_find(fdt, "/reserved-memory", &parent)) {
		return LB_NOT_FOUND;
	}
	lb_fdt_cells(fdt, parent, &walk.address_cells, &walk.size_cells);
	lb_fdt_cells(fdt, lb_fdt_root(fdt), &root_address, &root_size);
	if (walk.address_cells != root_address || walk.size_cells != root_size ||
		!walk.address_cells || !walk.size_cells) {
		return refuse_node(&walk, parent, "the root's #address-cells and #size-cells",
			ret_error);
	}
	if (!lb_fdt_property(fdt, parent, "ranges", &ranges)) {
		return refuse_node(&walk, parent, "ranges", ret_error);
	}
	walk.more = lb_fdt_first_child(fdt, parent, &walk.next);
	*ret = walk;
	return LB_OK;
}

static bool has(const struct lb_fdt *fdt, lb_fdt_node node, const char *name)
{
	struct lb_fdt_property property;

	return lb_fdt_property(fdt, node, name, &property);
}

/* The property is a list of texts, and this is one of them. */
static bool lists(const struct lb_fdt *fdt, lb_fdt_node node, const char *name, const char *text)
{
	struct lb_fdt_property property;
	struct lb_slice list, item;

	if (!lb_fdt_property(fdt, node, name, &property)) {
		return false;
	}
	list = (struct lb_slice){(const char *)property.value, property.length};
	while (lb_slice_next_item(&list, '\0', &item)) {
		if (lb_slice_is(item, text)) {
			return true;
		}
	}
	return false;
}

/* of_device_is_available (drivers/of/base.c). */
static bool is_available(const struct lb_fdt *fdt, lb_fdt_node node)
{
	return !has(fdt, node, "status") || lists(fdt, node, "status", "okay") ||
		lists(fdt, node, "status", "ok");
}

/* Entries that are whole, not empty, and inside the address space. */
static bool is_pairs(
	const struct lb_reserved_memory_walk *walk, struct lb_fdt_property property)
{
	uint32_t entry = CELL * (walk->address_cells + walk->size_cells);
	struct lb_range range;

	for (uint32_t i = 0; i < property.length / entry; i++) {
		if (!lb_fdt_range(property, walk->address_cells, walk->size_cells, i, &range) ||
			lb_range_empty(range)) {
			return false;
		}
	}
	return property.length && property.length % entry == 0;
}

static bool is_number(const struct lb_reserved_memory_walk *walk,
	struct lb_fdt_property property, uint64_t *ret)
{
	return property.length == CELL * walk->size_cells && lb_fdt_number(property, ret) && *ret;
}

/* Where the kernel is to find memory for it, and how much. */
static enum lb_status read_dynamic(const struct lb_reserved_memory_walk *walk,
	struct lb_reserved_memory *entry, struct lb_reserved_memory_error *ret_error)
{
	const struct lb_fdt *fdt = walk->fdt;
	struct lb_fdt_property property;

	if (!lb_fdt_property(fdt, entry->node, "size", &property)) {
		return refuse_node(walk, entry->node, "reg or size", ret_error);
	}
	if (!is_number(walk, property, &entry->size)) {
		return refuse_property(walk, entry->node, property,
			"a size of #size-cells cells, not 0", ret_error);
	}
	if (lb_fdt_property(fdt, entry->node, "alignment", &property) &&
		(!is_number(walk, property, &entry->alignment) ||
			!lb_is_power_of_two(entry->alignment))) {
		return refuse_property(walk, entry->node, property,
			"a power of two of #size-cells cells", ret_error);
	}
	if (lb_fdt_property(fdt, entry->node, "alloc-ranges", &entry->alloc_ranges) &&
		!is_pairs(walk, entry->alloc_ranges)) {
		return refuse_property(walk, entry->node, entry->alloc_ranges,
			"whole pairs of address and size", ret_error);
	}
	return LB_OK;
}

static enum lb_status read_place(const struct lb_reserved_memory_walk *walk,
	struct lb_reserved_memory *entry, struct lb_reserved_memory_error *ret_error)
{
	bool read;

	if (!lb_fdt_property(walk->fdt, entry->node, "reg", &entry->reg)) {
		return read_dynamic(walk, entry, ret_error);
	}
	if (!is_pairs(walk, entry->reg)) {
		return refuse_property(walk, entry->node, entry->reg,
			"whole pairs of address and size", ret_error);
	}
	read = lb_fdt_range(
		entry->reg, walk->address_cells, walk->size_cells, 0, &entry->range);
	LB_ASSERT(read);
	(void)read;
	return LB_OK;
}

/* A restricted-dma-pool that Linux does not take for one is told: its devices would go without. */
static enum lb_status read_kind(const struct lb_reserved_memory_walk *walk,
	struct lb_reserved_memory *entry, struct lb_reserved_memory_error *ret_error)
{
	static const char *const others[] = {
		"no-map", "reusable", "linux,cma-default", "linux,dma-default"};
	struct lb_fdt_property property;

	if (!lists(walk->fdt, entry->node, "compatible", "restricted-dma-pool")) {
		return LB_OK;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		if (lb_fdt_property(walk->fdt, entry->node, others[i], &property)) {
			return refuse_property(walk, entry->node, property,
				"a restricted-dma-pool without no-map, reusable or a default",
				ret_error);
		}
	}
	entry->restricted_pool = true;
	return LB_OK;
}

static enum lb_status read_node(const struct lb_reserved_memory_walk *walk, lb_fdt_node node,
	struct lb_reserved_memory *ret, struct lb_reserved_memory_error *ret_error)
{
	const struct lb_fdt *fdt = walk->fdt;
	struct lb_reserved_memory entry = {.node = node, .name = lb_fdt_name(fdt, node),
		.no_map = has(fdt, node, "no-map"), .reusable = has(fdt, node, "reusable"),
		.available = is_available(fdt, node)};
	struct lb_fdt_property phandle;
	uint64_t number;
	enum lb_status status = read_place(walk, &entry, ret_error);

	if (!status) {
		status = read_kind(walk, &entry, ret_error);
	}
	if (status) {
		return status;
	}
	if (lb_fdt_property(fdt, node, "phandle", &phandle) && phandle.length == CELL &&
		lb_fdt_number(phandle, &number)) {
		entry.phandle = (uint32_t)number;
	}
	*ret = entry;
	return LB_OK;
}

enum lb_status lb_reserved_memory_next(struct lb_reserved_memory_walk *walk,
	struct lb_reserved_memory *ret, struct lb_reserved_memory_error *ret_error)
{
	lb_fdt_node node = walk->next;

	if (!walk->more) {
		return LB_NOT_FOUND;
	}
	walk->more = lb_fdt_next_sibling(walk->fdt, node, &walk->next);
	return read_node(walk, node, ret, ret_error);
}

/* The pool that has this phandle. */
static bool find_pool(const struct lb_fdt *fdt, uint64_t phandle, struct lb_reserved_memory *ret)
{
	struct lb_reserved_memory_walk walk;
	struct lb_reserved_memory_error error;
	struct lb_reserved_memory entry;

	if (!phandle || lb_reserved_memory_open(fdt, &walk, &error)) {
		return false;
	}
	while (walk.more) {
		if (!lb_reserved_memory_next(&walk, &entry, &error) && entry.phandle == phandle) {
			*ret = entry;
			return entry.restricted_pool && entry.available;
		}
	}
	return false;
}

bool lb_restricted_pool_of(
	const struct lb_fdt *fdt, lb_fdt_node device, struct lb_reserved_memory *ret)
{
	struct lb_fdt_property regions;
	struct lb_reserved_memory pool;

	if (!lb_fdt_property(fdt, device, "memory-region", &regions)) {
		return false;
	}
	for (uint32_t i = 0; i + CELL <= regions.length; i += CELL) {
		struct lb_fdt_property one = {regions.name, regions.value + i, CELL};
		uint64_t phandle;

		if (lb_fdt_number(one, &phandle) && find_pool(fdt, phandle, &pool)) {
			*ret = pool;
			return true;
		}
	}
	return false;
}
