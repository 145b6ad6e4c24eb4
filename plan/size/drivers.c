/* SPDX-License-Identifier: MIT */
/* drivers: measured by those who ship capture kernels; figures in docs/size.md. */
#include "plan/size/drivers.h"

#include "lifeboat/slice.h"

static const struct lb_driver drivers[] = {
	{"mlx5_core", NULL, 367 * LB_MIB, 367 * LB_MIB,
		"kdump-utils commit a65dde2 (arm64): 350.2 MB, 367.4 MB at the peak"},
	{"mlx5_ib", NULL, 200 * LB_MIB, 200 * LB_MIB, "RHEL-57006: RDMA takes 200 MB more"},
	{"qed", NULL, 216 * LB_MIB, 216 * LB_MIB,
		"kexec list, May 2020 (arm64): qed, qede and qedf take 214 to 216 MB"},
	{"openvswitch", NULL, 68 * LB_MIB, 68 * LB_MIB,
		"RHEL-33465, RHEL-75547: 260 MB needed where 192 MB are usual"},
	{"nouveau", NULL, 38 * LB_MIB, 38 * LB_MIB, "kdump-utils issue 65: 38 MB of firmware"},
	{"squashfs", NULL, 14 * LB_MIB, 14 * LB_MIB, "kdump-utils commit a65dde2: 13.1 MB"},
	{"overlay", NULL, 3 * LB_MIB, 3 * LB_MIB, "kdump-utils commit a65dde2: 2.1 MB"},
};

const struct lb_driver *lb_drivers(size_t *ret_count)
{
	*ret_count = LB_ARRAY_COUNT(drivers);
	return drivers;
}

static struct lb_slice last_part(const char *path)
{
	struct lb_slice rest = lb_slice_of(path), part = rest;

	while (lb_slice_next_item(&rest, '/', &part)) {
	}
	return part;
}

/* The kernel has '_' where a file may have '-'. */
static bool is_module(struct lb_slice file, const char *name)
{
	for (size_t i = 0; i < file.length; i++) {
		char c = file.at[i] == '-' ? '_' : file.at[i];

		if (!name[i] || c != name[i]) {
			return false;
		}
	}
	return !name[file.length];
}

/* Bytes of the module on that machine; 0: it has not loaded it. */
static uint64_t loaded_bytes(const struct lb_machine *machine, struct lb_slice file)
{
	for (size_t i = 0; i < machine->modules_count; i++) {
		if (is_module(file, machine->modules[i].name)) {
			return machine->modules[i].bytes;
		}
	}
	return 0;
}

/* "a/b/mlx5_core.ko.xz" is "mlx5_core"; false: no module. */
static bool module_of(const char *path, struct lb_slice *ret)
{
	struct lb_slice rest = last_part(path);

	if (!lb_slice_next_item(&rest, '.', ret)) {
		return false;
	}
	return lb_slice_is(rest, "ko") || lb_slice_begins(rest, "ko.");
}

void lb_drivers_visit(void *context, const struct lb_cpio_entry *entry)
{
	struct lb_drivers *found = context;
	bool known = found->machine && found->machine->modules_count;
	struct lb_slice module;
	uint64_t bytes;

	if (!module_of(entry->path, &module)) {
		return;
	}
	bytes = known ? loaded_bytes(found->machine, module) : 0;
	found->loaded_bytes += bytes;
	for (size_t i = 0; i < LB_ARRAY_COUNT(drivers); i++) {
		if (!drivers[i].table && is_module(module, drivers[i].name) && (bytes || !known)) {
			found->found |= UINT32_C(1) << i;
		}
	}
}
