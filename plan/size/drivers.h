/* SPDX-License-Identifier: MIT */
/*
 * drivers: what is known to take much memory in a capture kernel, for rings, buffers and tables
 * that neither its files nor the initrd's size shows: modules in the initrd, and devices that an
 * ACPI table names.
 */
#ifndef LIFEBOAT_PLAN_SIZE_DRIVERS_H
#define LIFEBOAT_PLAN_SIZE_DRIVERS_H

#include "capture/cpio.h"
#include "machine/machine.h"

/* Bytes as measured by others, with base pages of 4 KiB and of 64 KiB. */
struct lb_driver {
	const char *name;   /* of the module, "mlx5_core", or of the device */
	const char *table;  /* NULL: a module; else the ACPI table that shows the device, "IORT" */
	uint64_t at_most;
	uint64_t at_most_64k;
	const char *source;
};

/* The table; *ret_count of them. */
const struct lb_driver *lb_drivers(size_t *ret_count);

/* What an initrd holds of it. Start with zeros and the machine. */
struct lb_drivers {
	const struct lb_machine *machine; /* whose modules are loaded; NULL: not to be asked */
	uint32_t found;        /* bit i: the table's row i, which is loaded or may be */
	uint64_t loaded_bytes; /* of modules that the machine has loaded */
};

/* To be given to lb_initrd_read; context is a struct lb_drivers. */
void lb_drivers_visit(void *context, const struct lb_cpio_entry *entry);

#endif
