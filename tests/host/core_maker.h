/* SPDX-License-Identifier: MIT */
/* core_maker: a core file of a Linux that never ran, whose page tables the core's builder made. */
#ifndef LIFEBOAT_TESTS_CORE_MAKER_H
#define LIFEBOAT_TESTS_CORE_MAKER_H

#include "lifeboat/arch.h"
#include "lifeboat/linear_map.h"

#define MADE_MEMORY (32 * LB_MIB) /* that the file holds; table pages are in it */

struct made_core {
	char path[64];
	enum lb_arch arch;
	struct lb_linear_config config;
	struct lb_linear_map map;
	lb_phys_addr memory_start; /* of the RAM */
	uint64_t memory_bytes;     /* of the RAM, as the header says; the rest is a hole */
	bool virtual_addresses;    /* p_vaddr, as /proc/kcore has them; else 0, as QEMU's */
	const char *more;          /* VMCOREINFO lines besides those that are needed */
	const char *instead;       /* the whole of VMCOREINFO; NULL: as the map is */
	uint8_t *memory;
	lb_phys_addr next_table;
};

/* Empty RAM, and a map without entries. */
void made_core_begin(struct made_core *made, enum lb_page_format format, uint64_t va_offset,
	lb_phys_addr start, uint64_t bytes);
/* Writes the file. */
void made_core_write(struct made_core *made);
void made_core_remove(struct made_core *made);

#endif
