/* SPDX-License-Identifier: MIT */
/*
 * machine: what a Linux machine says about itself.
 *
 * A machine is read from a root: `/`, a snapshot folder, a tar of one, a sosreport, or a boot log;
 * all but folders may be packed and come through a pipe (docs/snapshot.md). Every source is
 * optional; what was found is recorded, and so is what the sources disagree about. Everything
 * here is a checked type: ranges are half-open and not inverted, text is NUL-terminated, numbers
 * fit. All memory belongs to the machine and goes with lb_machine_close.
 */
#ifndef LIFEBOAT_MACHINE_MACHINE_H
#define LIFEBOAT_MACHINE_MACHINE_H

#include "lifeboat/arch.h"
#include "machine/crash_path.h"
#include "machine/firmware.h"
#include "machine/memory.h"
#include "machine/source.h"
#include "machine/system.h"

struct lb_machine {
	const char *root; /* as the caller named it */
	const char *name; /* root for a reader: "this machine", "standard input", or as it is */
	uint32_t sources; /* bit set of 1 << enum lb_source */
	enum lb_arch arch;
	const char *other_arch; /* its kernel is of one that is not modelled; NULL: none is named */

	/* Which kernel, on what (machine/system.h). */
	struct lb_machine_kernel kernel;
	struct lb_machine_cpu cpu;
	struct lb_machine_encryption encryption;
	struct lb_machine_board board;
	struct lb_machine_kdump kdump;
	LB_LIST(struct lb_module, modules); /* proc/modules; empty: not shown, or none */

	/* What else a dump depends on (machine/crash_path.h). */
	struct lb_machine_kexec kexec;
	struct lb_machine_watchdog watchdog;
	struct lb_machine_target target;
	struct lb_machine_initrd initrd;
	struct lb_machine_makedumpfile makedumpfile;
	struct lb_machine_trial trial;
	struct lb_machine_settings settings;

	/* What firmware and boot loader told it (machine/firmware.h). */
	struct lb_machine_e820 e820;
	struct lb_machine_efi efi;
	struct lb_machine_acpi acpi;
	struct lb_machine_fdt fdt;
	struct lb_machine_boot boot;

	/* What it made of that (machine/memory.h). */
	struct lb_machine_memory memory;
	struct lb_machine_memblock memblock;
	struct lb_machine_nodes nodes;
	struct lb_machine_cma cma;
	struct lb_machine_crash crash;
	struct lb_machine_dma dma;

	/* The nearest in the log first, LB_OTHER_BOOTS_MAX at most. */
	LB_LIST(struct lb_other_boot, other_boots);

	LB_LIST(struct lb_problem, problems);

	struct lb_machine_private *private_; /* owner of all memory above */
};

struct lb_machine_error {
	char text[512]; /* one line: source, line or offset, what was expected */
};

/* Bounds on what is read; a root that passes one is refused with LB_INVALID. */
#define LB_MACHINE_FILE_BYTES_MAX (UINT64_C(64) << 20)   /* one file of interest */
#define LB_MACHINE_ARCHIVE_BYTES_MAX (UINT64_C(4) << 30) /* unpacked, all entries together */

/*
 * Reads the machine that root shows: "/" is this machine, "-" standard input. On failure *ret is
 * NULL and error->text says what to the reader: LB_NOT_FOUND (no such root, not for us to read, or
 * nothing of use in it), LB_INVALID (a source that makes no sense, several machines), LB_TRUNCATED,
 * LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_machine_open(
	const char *root, struct lb_machine **ret, struct lb_machine_error *error);
/*
 * The same, and of this machine also what takes seconds: what is in the capture initrd, what the
 * dump's directory lies on (machine/crash_path.h). Of other roots nothing more.
 */
enum lb_status LB_MUST_CHECK lb_machine_open_closely(
	const char *root, struct lb_machine **ret, struct lb_machine_error *error);
void lb_machine_close(struct lb_machine *machine); /* NULL is fine */

static inline bool lb_machine_has(const struct lb_machine *machine, enum lb_source source)
{
	return machine->sources & (UINT32_C(1) << source);
}

#endif
