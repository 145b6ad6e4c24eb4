/* SPDX-License-Identifier: MIT */
/* drill_internal: a drill that is under way; private to lab/drill*.c. */
#ifndef LIFEBOAT_LAB_DRILL_INTERNAL_H
#define LIFEBOAT_LAB_DRILL_INTERNAL_H

#include "lab/drill.h"
#include "lab/dump.h"
#include "lab/gdb.h"
#include "lab/guest_ram.h"
#include "lab/qemu_machine.h"
#include "lab/qmp.h"
#include "lab/page_table_judge.h"

#define DRILL_ALLOWED_MAX 4

enum drill_end {
	DRILL_GOES_ON,
	DRILL_ENDED, /* QEMU is gone */
	DRILL_HANGS,
	DRILL_BROKE, /* the lab itself failed: result->problem */
};

struct drill {
	const struct lb_drill_spec *spec;
	const struct lab_qemu_machine *machine;
	struct lb_drill_result *result;
	struct lab_qemu qemu;
	struct lab_socket console;
	struct lab_qmp qmp;
	struct lab_gdb gdb;
	struct lab_ram memory;
	struct lab_ram_copy *before; /* at the first instruction of purgatory */
	struct lab_page_tables tables;
	struct lb_range purgatory;      /* where the production kernel put it */
	lb_phys_addr core_header;       /* 0: not told */
	struct lb_range kernel;         /* the capture kernel's image in the crash region */
	struct lb_range pool;           /* the bounce pool, should it be kept */
	struct lb_range allowed[DRILL_ALLOWED_MAX]; /* what the capture kernel may write to */
	size_t allowed_count;
	bool armed;                     /* a breakpoint waits at purgatory */
	bool flips;                     /* the fault is a bit that we turn over */
	lb_phys_addr flipped;           /* where that bit was */
	bool refused;                   /* purgatory said that the digest is wrong */
	bool said_captured;             /* "result: captured" */
	char last_error[300];           /* the last "error:" or "panic:" line */
	uint64_t began;                 /* lab_now() */
	uint64_t stage_began;
	uint64_t panic_began;           /* without the time in which the machine stood still */
	int status;                     /* QEMU's, once it is gone */
};

/* Starts the machine. False: result->problem says why not. */
bool drill_start(struct drill *drill);

/* Adds a proof; one with the same id is joined to it, and must have passed as well. */
__attribute__((format(printf, 4, 5))) void drill_proof(
	struct drill *drill, const char *id, bool passed, const char *format, ...);

/* One line of the console. False: the lab failed. */
bool drill_line(struct drill *drill, char *line);

/* The machine stands at a pause that was asked for. False: the lab failed. */
bool drill_at_pause(struct drill *drill, const char *name);

/* The breakpoint at purgatory was hit. False: the lab failed. */
bool drill_at_purgatory(struct drill *drill);

#endif
