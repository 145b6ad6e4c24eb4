/* SPDX-License-Identifier: MIT */
/*
 * drill: boots a machine in QEMU, crashes it, and looks whether the dump comes out: at what the two
 * kernels print (kernel/README.md has the lines), and at the machine itself from outside, with
 * means that neither kernel knows of. docs/drill.md says what each proof proves.
 */
#ifndef LIFEBOAT_LAB_DRILL_H
#define LIFEBOAT_LAB_DRILL_H

#include "lab/qemu.h"
#include "lab/qemu_machine.h"
#include "lifeboat/arch.h"
#include "protocol/drill.h"

#define LB_DRILL_ARCHS LAB_QEMU_MACHINES /* architectures that can be drilled */
#define LB_DRILL_TAIL_LINES 12

/* One proof. Zeros: nobody has spoken of it. */
struct lb_drill_proof {
	unsigned int witnesses; /* who has: a mask of enum lb_drill_witness */
	bool passed;            /* all of them say so */
	char evidence[640];     /* of each, in the order in which they spoke */
};

/* Where a drill's CPUs come from. */
enum lb_drill_accelerator { LB_DRILL_TCG, LB_DRILL_KVM };

/* Called as things happen, from the thread that runs the drill. A NULL is not called. */
struct lb_drill_observer {
	void (*stage)(void *context, enum lb_arch arch, enum lb_drill_stage stage, double seconds);
	/* Every line on the serial console, made printable. */
	void (*line)(void *context, enum lb_arch arch, const char *line);
	void *context;
};

struct lb_drill_spec {
	enum lb_arch arch;       /* x86-64 or arm64 */
	enum lb_drill_accelerator accelerator;
	uint64_t memory_bytes;
	unsigned int cpus;
	enum lb_drill_fault fault;
	const char *images;      /* folder with <arch>/lifeboat-kernel.*; NULL: looks for them */
	const char *production;  /* a Linux image; NULL: the reference kernel */
	const char *capture;     /* a Linux image; NULL: the reference kernel, or what crashed */
	bool capture_reference;  /* after a Linux: the reference kernel, not that Linux */
	const char *initrd;      /* for a Linux: unpacked under our own init; NULL: none */
	const char *crashkernel; /* for a Linux as production kernel */
	const char *append;      /* for a Linux: more of its command line; NULL: nothing */
	bool limited_device;     /* one that does not reach all of memory; reference kernel only */
	enum lb_drill_policy policy; /* other than the first: with limited_device only */
	const char *dump;        /* file that gets the dump; NULL: none */
	unsigned int timeout_ms; /* for each stage */
	bool refusal_too;        /* boots again for each loaded part, to see it refused changed */
	struct lb_drill_observer observer;
};

struct lb_drill_seconds {
	double boot;
	double load;
	double panic_to_capture; /* on the machine's own clock where it says it; 0: not reached */
	double digest;           /* of that, in purgatory; measured when loading */
	double total;
};

struct lb_drill_result {
	enum lb_arch arch;
	enum lb_drill_policy policy;
	char production[160];
	char capture[160];
	bool captured;              /* the dump came out, and all is proved */
	bool saved;                 /* the dump came out, whatever else is not proved */
	bool proved;                /* every proof that belongs passed, and there is no other */
	enum lb_drill_stage stage;  /* the last one that was reached */
	bool ran;                   /* false: it could not even be tried; problem says why */
	struct lab_error problem;   /* "" when captured */
	struct lb_drill_proof proofs[LB_DRILL_PROOFS]; /* by enum lb_drill_proof_id */
	enum lb_drill_proof_id shown[LB_DRILL_PROOFS]; /* those spoken of, in that order */
	size_t shown_count;
	struct lb_drill_seconds seconds;
	char tail[LB_DRILL_TAIL_LINES][160]; /* the console's last lines, for a drill that failed */
	size_t tail_count;
};

/* Bytes that --append and --crashkernel may have together: a kernel's command line is cut at 2,048
 * (Linux 6.12, COMMAND_LINE_SIZE of both architectures), of which the drill needs some itself. */
#define LB_DRILL_WORDS_MAX 1536

/*
 * Whether there is such a machine, and such a fault on it; before a drill is run. False: error says
 * what cannot be, or (LAB_ERROR_SYSTEM) what this computer does not have.
 */
bool lb_drill_check(const struct lb_drill_spec *spec, struct lab_error *error);

/* Runs one drill, which has passed lb_drill_check. *ret is large: not for the stack of a thread. */
void lb_drill_run(const struct lb_drill_spec *spec, struct lb_drill_result *ret);

/*
 * Runs up to LB_DRILL_ARCHS drills at the same time, and returns when all have ended; results has
 * room for one each. Observers are called from several threads, but never two at a time.
 */
void lb_drill_run_parallel(
	const struct lb_drill_spec *specs, struct lb_drill_result *results, size_t count);

/* The architectures that can be drilled, in the order in which they are shown; LB_ARCH_UNKNOWN
 * from LB_DRILL_ARCHS on. */
enum lb_arch lb_drill_arch(size_t index);

#endif
