/* SPDX-License-Identifier: MIT */
/* fuzz_fdt: any bytes as a device tree. What opens can be walked to every property, each node is
 * found again under its parent, and nothing outside the blob is touched (AddressSanitizer). */
#include "lifeboat/fdt.h"
#include "machine_fuzz.h"

#define NODES_MAX 20000

struct walk {
	const struct lb_fdt *fdt;
	unsigned int nodes;
};

static void visit_properties(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int address,
	unsigned int size)
{
	struct lb_fdt_property property, again;
	struct lb_range range;
	uint32_t cursor = 0;
	uint64_t number;

	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		fuzz_require(property.value >= fdt->blob &&
			property.value + property.length <= fdt->blob + fdt->size);
		fuzz_require(strlen(property.name) < fdt->size);
		fuzz_require(lb_fdt_property(fdt, node, property.name, &again));
		for (uint32_t i = 0; i < 4; i++) {
			if (lb_fdt_range(property, address, size, i, &range)) {
				fuzz_check_range(range);
			}
		}
		(void)!lb_fdt_number(property, &number);
	}
}

static void visit(struct walk *walk, lb_fdt_node node, unsigned int depth)
{
	unsigned int address, size;
	lb_fdt_node child, found;

	fuzz_require(depth <= 64);
	if (++walk->nodes > NODES_MAX) {
		return;
	}
	lb_fdt_cells(walk->fdt, node, &address, &size);
	fuzz_require(address <= 2 && size <= 2);
	visit_properties(walk->fdt, node, address, size);
	if (!lb_fdt_first_child(walk->fdt, node, &child)) {
		return;
	}
	do {
		const char *name = lb_fdt_name(walk->fdt, child);

		fuzz_require(child > node && strlen(name) < walk->fdt->size);
		fuzz_require(lb_fdt_child(walk->fdt, node, name, &found));
		visit(walk, child, depth + 1);
	} while (walk->nodes <= NODES_MAX && lb_fdt_next_sibling(walk->fdt, child, &child));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_range range;
	struct lb_fdt fdt;
	size_t offset = 0;
	lb_fdt_node node;

	if (lb_fdt_open(&fdt, data, size, &offset) == LB_OK) {
		struct walk walk = {.fdt = &fdt};

		visit(&walk, lb_fdt_root(&fdt), 1);
		for (uint32_t i = 0; lb_fdt_reservation(&fdt, i, &range); i++) {
			fuzz_check_range(range);
		}
		fuzz_require(lb_fdt_find(&fdt, "/", &node));
		(void)!lb_fdt_find(&fdt, "/chosen/x@1", &node);
	} else {
		fuzz_require(offset <= size);
	}
	return fuzz_one_file(MACHINE_FDT, "sys/firmware/fdt", data, size);
}
