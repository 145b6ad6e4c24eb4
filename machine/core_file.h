/* SPDX-License-Identifier: MIT */
/*
 * core_file: physical memory of a Linux in an ELF core: /proc/kcore of this machine, or a dump
 * (/proc/vmcore copied, `makedumpfile -E`, QEMU's dump-guest-memory), with the kernel's VMCOREINFO
 * note where it has one. The file is untrusted: what it says is bounded and checked once, and
 * memory is read from it as it is asked for, never as a whole.
 */
#ifndef LIFEBOAT_MACHINE_CORE_FILE_H
#define LIFEBOAT_MACHINE_CORE_FILE_H

#include "lifeboat/core_header.h"
#include "machine/machine.h"

#define LB_CORE_FILE_VMCOREINFO_MAX (64 * LB_KIB)

struct lb_core_file {
	const char *path;
	enum lb_arch arch;
	/* Segments with physical addresses are LB_CORE_LOAD; others of /proc/kcore (modules,
	 * vmalloc) are LB_CORE_OTHER (p_paddr is -1: fs/proc/kcore.c, 5.10 to 7.3). */
	struct lb_core_header header;
	/* Of the note, not terminated; NULL and 0: the file has none, as /proc/kcore of old kernels
	 * and dumps that QEMU made without a device for it. */
	const char *vmcoreinfo;
	size_t vmcoreinfo_bytes;
	struct lb_core_file_private *private_;
};

/*
 * Opens the file; path must outlive it. On failure error->text is one line:
 *   LB_CONFLICT     the system refuses: permission, lockdown
 *   LB_NOT_FOUND    it cannot be opened or read
 *   LB_INVALID      no ELF core, or one that makes no sense
 *   LB_UNSUPPORTED  a core of another machine, or a compressed dump
 *   LB_TRUNCATED    it ends within its headers
 *   LB_NO_STORAGE
 */
enum lb_status LB_MUST_CHECK lb_core_file_open(
	const char *path, struct lb_core_file **ret, struct lb_machine_error *error);
void lb_core_file_close(struct lb_core_file *core); /* NULL is fine */

/* Reads physical memory. False: not all of it is in the file. */
bool lb_core_file_read(
	const struct lb_core_file *core, lb_phys_addr address, void *bytes, size_t size);

/* The number in the VMCOREINFO line "KEY=VALUE": decimal, with 0x hexadecimal, negative as two's
 * complement; hexadecimal for keys that are written so (SYMBOL(), KERNELOFFSET). False: no such
 * line, or no number that fits. */
bool lb_core_file_number(const struct lb_core_file *core, const char *key, uint64_t *ret);

#endif
