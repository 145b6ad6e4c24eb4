/* SPDX-License-Identifier: MIT */
/* dma_limit: from the log, or from the device tree. */
#include "plan/boot/dma_limit.h"

#include "lifeboat/fdt.h"

/* The log lists the zones from the lowest up, and each begins where the one before it ends. */
static bool normal_is_first(const struct lb_model *model)
{
	const struct lb_machine_dma *dma = &model->machine->dma;

	return dma->zone_normal.shown && !dma->zone_dma.shown && !dma->zone_dma32.shown &&
	       dma->zone_normal.range.start == lb_model_span(model).start;
}

bool lb_arm64_reserves_first(const struct lb_model *model)
{
	return model->version < LB_LINUX(6, 4, 0) && normal_is_first(model);
}

/* True if a zone that has memory ends where the next one that has some begins. */
static bool zone_fits(const struct lb_model *model, const struct lb_zone *zone)
{
	const struct lb_machine_dma *dma = &model->machine->dma;
	const struct lb_zone *const above[] = {&dma->zone_dma32, &dma->zone_normal};

	for (size_t i = 0; i < LB_ARRAY_COUNT(above); i++) {
		if (above[i] != zone && !lb_range_empty(above[i]->range)) {
			return above[i]->range.start == zone->range.end;
		}
	}
	return zone->range.end == lb_model_span(model).end;
}

void lb_dma_limit_confirm(struct lb_model *model, const struct lb_zone *zone)
{
	if (!zone->shown && !normal_is_first(model)) {
		lb_model_assume(model, "the boot log does not show how far the zone for devices "
				       "with a DMA limit reaches");
	} else if (!lb_range_empty(zone->range) && !zone_fits(model, zone)) {
		lb_model_assume(model, "the boot log's zones leave a gap: a line is missing, or "
				       "they are of another boot");
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

/* Highest CPU address that one node's dma-ranges reaches; of_dma_get_max_cpu_address
 * (drivers/of/address.c) takes the lowest of these over the tree. */
static lb_phys_addr reach(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node parent)
{
	struct lb_fdt_property property;
	unsigned int child_address, child_size, cpu_address, unused;
	lb_phys_addr highest = 0;
	uint32_t entry;

	if (!lb_fdt_property(fdt, node, "dma-ranges", &property) || !property.length) {
		return LB_PHYS_ADDR_MAX;
	}
	lb_fdt_cells(fdt, node, &child_address, &child_size);
	lb_fdt_cells(fdt, parent, &cpu_address, &unused);
	entry = 4 * (child_address + cpu_address + child_size);
	if (child_address > 3 || cpu_address > 2 || child_size > 2 || !child_size) {
		return LB_PHYS_ADDR_MAX;
	}
	for (uint32_t at = 0; at + entry <= property.length; at += entry) {
		const uint8_t *value = property.value + at + 4 * child_address;
		uint64_t end;

		if (lb_add(cells(value, cpu_address), cells(value + 4 * cpu_address, child_size),
			    &end)) {
			highest = lb_max(highest, end);
		} else {
			highest = LB_PHYS_ADDR_MAX;
		}
	}
	return highest ? highest : LB_PHYS_ADDR_MAX;
}

static lb_phys_addr lowest_reach(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int depth)
{
	lb_phys_addr lowest = LB_PHYS_ADDR_MAX;
	lb_fdt_node child;

	for (bool more = depth < 16 && lb_fdt_first_child(fdt, node, &child); more;
		more = lb_fdt_next_sibling(fdt, child, &child)) {
		lowest = lb_min(lowest, reach(fdt, child, node));
		lowest = lb_min(lowest, lowest_reach(fdt, child, depth + 1));
	}
	return lowest;
}

static lb_phys_addr limit_from_device_tree(const struct lb_model *model, struct lb_range span)
{
	const struct lb_machine *machine = model->machine;
	lb_phys_addr firmware = LB_PHYS_ADDR_MAX;
	struct lb_fdt fdt;

	if (machine->fdt.blob && !lb_fdt_open(&fdt, machine->fdt.blob, machine->fdt.size, NULL)) {
		firmware = lowest_reach(&fdt, lb_fdt_root(&fdt), 0);
	}
	if (span.start >= 4 * LB_GIB) {
		return lb_min(firmware, span.end);
	}
	firmware = lb_min(firmware, 4 * LB_GIB);
	if (model->version < LB_LINUX(6, 12, 0)) {
		uint64_t power = LB_MIB;

		while (power < firmware) {
			power *= 2;
		}
		firmware = power;
	}
	return lb_min(firmware, span.end);
}

lb_phys_addr lb_arm64_dma_limit(const struct lb_model *model)
{
	struct lb_range zone = model->machine->dma.zone_dma.range;

	if (lb_arm64_reserves_first(model)) {
		return UINT64_C(1) << 48;
	}
	return lb_range_empty(zone) ? limit_from_device_tree(model, lb_model_span(model))
				    : zone.end;
}

lb_phys_addr lb_riscv64_dma32_limit(const struct lb_model *model)
{
	struct lb_range zone = model->machine->dma.zone_dma32.range;

	return lb_range_empty(zone) ? lb_min(4 * LB_GIB, lb_model_span(model).end) : zone.end;
}
