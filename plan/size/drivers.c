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

void lb_drivers_visit(void *context, const struct lb_cpio_entry *entry)
{
	struct lb_drivers *found = context;
	struct lb_slice file = last_part(entry->path);
	struct lb_slice module = file, extension;

	if (!lb_slice_next_item(&file, '.', &module)) {
		return;
	}
	extension = file;
	if (!lb_slice_is(extension, "ko") && !lb_slice_begins(extension, "ko.")) {
		return;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(drivers); i++) {
		if (!drivers[i].table && lb_slice_is(module, drivers[i].name)) {
			found->found |= UINT32_C(1) << i;
		}
	}
}
