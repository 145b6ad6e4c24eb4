/* SPDX-License-Identifier: MIT */
/* resources: see resources.h. */
#include "resources.h"

#include "lifeboat/resource_tree.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"

#define NODES (BOOT_MAP_ENTRIES + 8)

static struct lb_resource nodes[NODES];
static struct lb_resource_tree tree;

static void insert(struct lb_range range, const char *owner)
{
	struct lb_resource_conflict conflict;
	enum lb_status status;

	if (lb_range_empty(range)) {
		return;
	}
	status = lb_resource_tree_insert(&tree, range, owner, NULL, &conflict);
	if (status == LB_CONFLICT) {
		print("resource: \"%s\" cuts across \"%s\"\n", owner, conflict.held_owner);
	} else if (status != LB_OK) {
		print("resource: \"%s\": %s\n", owner, lb_status_text(status));
	}
}

static const char *name_of(const struct boot_map_entry *entry)
{
	switch (entry->type) {
	case BOOT_MEMORY_RAM:
		return "System RAM";
	case BOOT_MEMORY_ACPI:
		return "ACPI tables";
	case BOOT_MEMORY_NVS:
		return "ACPI non-volatile storage";
	case BOOT_MEMORY_UNUSABLE:
		return "unusable memory";
	default:
		return "reserved";
	}
}

static void insert_firmware_map(void)
{
	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (entry->type != BOOT_MEMORY_TAKEN) {
			insert((struct lb_range){entry->start, entry->start + entry->size},
				name_of(entry));
		}
	}
}

void resources_print(struct lb_range crash)
{
	static const char indent[] = "        ";
	uint32_t depth = 0;

	lb_resource_tree_init(
		&tree, nodes, NODES, "memory", (struct lb_range){0, LB_PHYS_ADDR_MAX});
	insert_firmware_map();
	insert(image_range(), "kernel image");
	insert(crash, "crash memory");
	insert(bounce_range(), "bounce pool");
	insert(bounce_window(), "bounce pool, no RAM");
	for (uint32_t i = lb_resource_tree_next(&tree, LB_RESOURCE_ROOT, &depth);
		i != LB_RESOURCE_NONE; i = lb_resource_tree_next(&tree, i, &depth)) {
		size_t skip = sizeof(indent) - 1 - lb_min(2 * (depth - 1), sizeof(indent) - 1);

		print("resource: %s0x%llx-0x%llx %s\n", indent + skip,
			(unsigned long long)tree.nodes[i].range.start,
			(unsigned long long)tree.nodes[i].range.end - 1, tree.nodes[i].owner);
	}
}
