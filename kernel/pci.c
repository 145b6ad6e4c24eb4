/* SPDX-License-Identifier: MIT */
/*
 * pci: see pci.h. Only drivers know how far a device reaches, so this is a table of them. QEMU's
 * edu device has 28 address bits unless it is told otherwise (hw/misc/edu.c, 7.2).
 */
#include "pci.h"

#define DEVICES 32
#define FUNCTIONS 8

struct limited {
	uint32_t id; /* device << 16 | vendor */
	lb_phys_addr last;
	const char *name;
};

static const struct limited table[] = {
	{0x11e81234, (UINT64_C(1) << 28) - 1, "edu"},
};

static const struct limited *find(uint32_t id, lb_phys_addr last)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(table); i++) {
		if (table[i].id == id && table[i].last < last) {
			return &table[i];
		}
	}
	return NULL;
}

unsigned int pci_count_limited(uint32_t (*read)(unsigned int device, unsigned int function),
	lb_phys_addr last, const char **ret_name)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < DEVICES * FUNCTIONS; i++) {
		const struct limited *found = find(read(i / FUNCTIONS, i % FUNCTIONS), last);

		if (found && !count++) {
			*ret_name = found->name;
		}
	}
	return count;
}
