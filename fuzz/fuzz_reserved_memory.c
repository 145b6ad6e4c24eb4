/* SPDX-License-Identifier: MIT */
/* fuzz_reserved_memory: any bytes as a device tree with memory of its own: each node is taken, or
 * refused with a place inside the tree, and the walk ends. */
#include "lifeboat/reserved_memory.h"
#include "machine_fuzz.h"

static void check_entry(const struct lb_fdt *fdt, const struct lb_reserved_memory *entry)
{
	fuzz_check_range(entry->range);
	fuzz_require(strlen(entry->name) < fdt->size);
	fuzz_require(lb_range_empty(entry->range) == (entry->size != 0));
	fuzz_require(!entry->alignment || lb_is_power_of_two(entry->alignment));
	fuzz_require(!entry->restricted_pool || (!entry->no_map && !entry->reusable));
}

static void walk_all(const struct lb_fdt *fdt)
{
	struct lb_reserved_memory_walk walk;
	struct lb_reserved_memory_error error;
	struct lb_reserved_memory entry;
	enum lb_status status = lb_reserved_memory_open(fdt, &walk, &error);

	fuzz_require(status != LB_INVALID || error.offset < fdt->size);
	while (!status && walk.more) {
		enum lb_status one = lb_reserved_memory_next(&walk, &entry, &error);

		fuzz_require(one == LB_OK || (one == LB_INVALID && error.offset < fdt->size));
		fuzz_require(!one || (error.expected && strlen(error.node) < fdt->size));
		if (!one) {
			check_entry(fdt, &entry);
		}
	}
}

/* As if each node under the root were a device. */
static void find_pools(const struct lb_fdt *fdt)
{
	struct lb_reserved_memory pool;
	lb_fdt_node node;
	bool more = lb_fdt_first_child(fdt, lb_fdt_root(fdt), &node);

	for (unsigned int i = 0; more && i < 1000; i++) {
		if (lb_restricted_pool_of(fdt, node, &pool)) {
			check_entry(fdt, &pool);
			fuzz_require(pool.restricted_pool && pool.available);
		}
		more = lb_fdt_next_sibling(fdt, node, &node);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_fdt fdt;

	if (lb_fdt_open(&fdt, data, size, NULL) == LB_OK) {
		walk_all(&fdt);
		find_pools(&fdt);
	}
	return 0;
}
