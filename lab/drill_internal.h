/* SPDX-License-Identifier: MIT */
/* drill_internal: a drill that is under way; private to lab/drill*.c. */
#ifndef LIFEBOAT_LAB_DRILL_INTERNAL_H
#define LIFEBOAT_LAB_DRILL_INTERNAL_H

#include "lab/drill.h"
#include "lab/dump.h"
#include "lab/gdb.h"
#include "lab/guest_ram.h"
#include "lab/qmp.h"
#include "lab/page_table_judge.h"

#define DRILL_ALLOWED_MAX 4
#define DRILL_LOADED_MAX 8
#define DRILL_LATE_MAX 8

/* A part of what is loaded that has no line of its own: where purgatory is told what to do. */
#define DRILL_STRUCTURE "purgatory's structure"

enum drill_end {
	DRILL_GOES_ON,
	DRILL_ENDED, /* QEMU is gone */
	DRILL_HANGS,
	DRILL_BROKE, /* the lab itself failed: result->problem */
};

/* What the production kernel said of its crash. */
struct drill_crash {
	bool asked;           /* it was about to do what we asked for */
	unsigned int signs;   /* private to drill_fault.c */
	unsigned int stopped; /* CPUs, besides the one that crashed */
	char cause[240];      /* its first word */
	char outcome[120];
};

/* Where the machine is to stop by itself, next. */
enum drill_breakpoint { DRILL_NOWHERE, DRILL_AT_PURGATORY, DRILL_AT_CAPTURE_ENTRY };

/* A "load: NAME: RANGE". */
struct drill_loaded {
	char name[24];
	struct lb_range range;
};

/* A "dma: DEVICE: RANGE": what a device writes when its kernel is dead. */
struct drill_late_write {
	uint64_t device;
	struct lb_range range;
	bool pending; /* it had not landed when purgatory began */
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
	lb_phys_addr entry;             /* of the capture kernel, as purgatory was told */
	struct drill_loaded loaded[DRILL_LOADED_MAX];
	size_t loaded_count;
	struct drill_late_write late[DRILL_LATE_MAX];
	size_t late_count;
	struct lb_range pool;           /* the bounce pool, should it be kept */
	struct lb_range allowed[DRILL_ALLOWED_MAX]; /* what the capture kernel may write to */
	size_t allowed_count;
	enum drill_breakpoint armed;    /* a breakpoint waits there */
	const char *flips;              /* the part in which we turn a bit over; NULL: none */
	lb_phys_addr flipped;           /* where that bit was */
	bool refused;                   /* purgatory said that the digest is wrong */
	bool said_captured;             /* "result: captured" */
	struct drill_crash crash;
	char stranger[48];              /* a proof that nobody knows; "": none */
	char last_error[300];           /* the last "error:" or "panic:" line */
	uint64_t began;                 /* lab_now() */
	uint64_t stage_began;
	uint64_t panic_began;           /* without the time in which the machine stood still */
	int status;                     /* QEMU's, once it is gone */
};

/* Starts the machine. False: result->problem says why not. */
bool drill_start(struct drill *drill);

/* A witness speaks of a proof. What several say is joined, and all of them must have passed it. */
__attribute__((format(printf, 5, 6))) void drill_proof(struct drill *drill,
	enum lb_drill_proof_id id, enum lb_drill_witness witness, bool passed,
	const char *format, ...);

/* One line of the console. False: the lab failed. */
bool drill_line(struct drill *drill, char *line);

/* What follows the prefixes of the lines that tell of a crash. */
void drill_fault_injected(struct drill *drill, const char *text);
void drill_fault_panic(struct drill *drill, const char *text);
void drill_fault_trap(struct drill *drill, const char *text);
void drill_fault_crash(struct drill *drill, const char *text);

/* On the way to purgatory: was it the fault that we asked for, and did the other CPUs stop? */
void drill_fault_prove(struct drill *drill);

/* Are the core header's segments all the RAM that the production kernel could use? */
void drill_judge_dump(struct drill *drill);

/* The machine stands at a pause. False: nobody asked for that one, or the lab failed. */
bool drill_at_pause(struct drill *drill, enum lb_drill_pause pause);

/* The breakpoint was hit. False: the lab failed. */
bool drill_at_breakpoint(struct drill *drill);

/* Where the production kernel put this part; empty: it did not say. */
struct lb_range drill_loaded(const struct drill *drill, const char *name);

/* Where a bit is turned over in the part that drill->flips names; 0: nobody told where that is. */
lb_phys_addr drill_flip_place(const struct drill *drill);

/* Turns it over. False: the lab failed. */
bool drill_flip(struct drill *drill);

/* At the first instruction of purgatory: proves that all that is loaded is in the digest, and
 * overwrites what is not, as far as it lies in the crash memory. False: the lab failed. */
bool drill_judge_loaded(struct drill *drill);

/* At the first instruction of the capture kernel: proves that it is entered as its boot protocol
 * asks, and that nothing of the old kernel reaches it. False: the lab failed. */
bool drill_judge_entry(struct drill *drill);

/* What is wrong with the CPU that is there, by QEMU's "info registers -a", which is cut; NULL:
 * nothing is. */
const char *drill_entry_fault(const struct drill *drill, char *registers);

/* The device's message will land there. One that is too long, or one too many, is left aside. */
void drill_note_late_write(struct drill *drill, uint64_t device, struct lb_range range);

/* At the first instruction of purgatory, when memory has been copied: from now on devices write,
 * there and nowhere else. */
void drill_expect_late_writes(struct drill *drill);

/* The devices have written: proves that nothing but the pool was touched. False: the lab failed. */
bool drill_judge_late_writes(struct drill *drill);

/* The same where the pool was given away as RAM: proves that they have written into that. */
bool drill_judge_corruption(struct drill *drill);

/* The same where the crash stopped the devices: proves that none has written. */
bool drill_judge_stopped(struct drill *drill);

/* Whether every proof that belongs to this drill was shown by all who owe it, and passed, and there
 * is no other. False: result->problem says which not. */
bool drill_proved(struct drill *drill);

/* What came of it, once the machine has ended with drill->status. */
void drill_judge_capture(struct drill *drill);

/* The same where a bit was turned over: it had to be refused. */
void drill_judge_refusal(struct drill *drill);

/* What came of it, once the machine has ended or was given up. */
void drill_judge(struct drill *drill, enum drill_end end);

#endif
