/* SPDX-License-Identifier: MIT */
/*
 * old_memory: what a crashed kernel left, as its core header tells it: ranges of memory, a note for
 * each CPU, VMCOREINFO. It may be the reference kernel or any other that writes such a header.
 */
#ifndef LIFEBOAT_KERNEL_OLD_MEMORY_H
#define LIFEBOAT_KERNEL_OLD_MEMORY_H

#include "lifeboat/core_header.h"

#include "arch.h"

struct old_memory {
	struct lb_core_header header;
	struct lb_range header_place;
	const uint8_t *vmcoreinfo;
	size_t vmcoreinfo_bytes;
	uint64_t load_bytes;
	size_t load_count;
};
extern struct old_memory old;

/* Says why, and ends the machine with LB_DRILL_EXIT_FAILED: without old memory there is nothing to
 * do. */
__attribute__((format(printf, 1, 2))) _Noreturn void capture_give_up(const char *format, ...);

/* Where the core header is, by command line or device tree; 0: nobody said. */
lb_phys_addr old_memory_header(void);

/* Reads the core header through the early map. */
void old_memory_open(void);

/* How a core header is read before any of it is believed; as lb_core_header_parse(). */
enum lb_status LB_MUST_CHECK old_memory_read_header(
	const uint8_t *data, size_t bytes, struct lb_core_header *ret, size_t *ret_error_offset);

/* True if the dump reads any of the range, or the header lies in it. */
bool old_memory_dumps(struct lb_range range);

/* Enters old memory and the header into paging_plan.readable. */
void old_memory_plan(void);

/* Keeps a list of ranges ascending. */
void old_memory_insert(
	struct lb_range *list, size_t capacity, size_t *count, struct lb_range range);

/* True if this kernel may write any of the range. */
bool old_memory_is_ours(struct lb_range range);

/* True if old memory has all of the range. */
bool old_memory_has(struct lb_range range);

/* Finds the VMCOREINFO note; gives up without one. */
void old_memory_find_vmcoreinfo(void);

/* A value of it as text, or as a number, hexadecimal without prefix; false: not there. */
bool old_memory_text(const char *key, char *buffer, size_t bytes);
bool old_memory_hex(const char *key, uint64_t *ret);
bool old_memory_decimal(const char *key, uint64_t *ret);

/* The registers in the note of one CPU, in the order of the core file, and the number that the note
 * gives as its process. False: it has no note. */
bool old_memory_registers(uint32_t cpu, uint64_t ret[ARCH_REGISTERS], uint32_t *ret_pid);

/* Where the core header says that `bytes` at a virtual address are; NULL: in no segment that is in
 * old memory. */
const void *old_memory_at_va(uint64_t va, uint64_t bytes);

#endif
