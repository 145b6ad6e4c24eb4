/* SPDX-License-Identifier: MIT */
/*
 * drill: what the parties of a drill say to each other. A production kernel crashes, purgatory
 * checks, a capture kernel or the first process of a Linux reads the dump, and the lab listens and
 * looks on from outside. All of them include this header, none of them the others'.
 *
 * Every fact of the protocol stands here once: how lines begin, how the machine ends, which faults
 * there are, which proofs, and who owes which proof in which drill. The tables are lists of
 * X(...); the enumerations, the names in drill.c, the tests and docs/drill.md follow them. Programs
 * outside may rely on lines, names and codes: they are added to, not changed.
 *
 * The header is freestanding, and of use to assembler and to purgatory without drill.c.
 */
#ifndef LIFEBOAT_PROTOCOL_DRILL_H
#define LIFEBOAT_PROTOCOL_DRILL_H

#include "lifeboat/arch.h"
#include "lifeboat/base.h"

/*
 * A line on the serial console begins with one of these; kernel/README.md describes the rest. Any
 * other line is for people. Addresses are 0x and hexadecimal, ranges inclusive.
 */
#define LB_LINE_STAGE "stage: "           /* NAME, of enum lb_drill_stage */
#define LB_LINE_PROOF "proof: "           /* NAME passed|failed: EVIDENCE */
#define LB_LINE_PAUSE "pause: "           /* NAME, of enum lb_drill_pause: waits for a byte */
#define LB_LINE_TIME "time: "             /* NAME N us */
#define LB_LINE_CLAIM "claim: "           /* NAME: N bytes at A-B: SOURCE */
#define LB_LINE_REGION "region: "         /* NAME A-B */
#define LB_LINE_LOAD "load: "             /* SEGMENT: A-B */
#define LB_LINE_DMA "dma: "               /* DEVICE: A-B, where its message lands after a crash */
#define LB_LINE_LINEAR_MAP "linear-map: " /* KIND: ..., or root=A base=A cpus=N lower=A */
#define LB_LINE_INJECT "inject: "         /* FAULT */
#define LB_LINE_PURGATORY "purgatory: "   /* the digest's verdict, see below */
#define LB_LINE_RESULT "result: "         /* captured|lost: the capture side's last line */
#define LB_LINE_ERROR "error: "           /* why the machine goes no further */
#define LB_LINE_PANIC "panic: "           /* why the kernel crashed */
#define LB_LINE_MEASURED "measured: "     /* WHAT N ..., of a capture that is measured */
#define LB_LINE_TRAP "trap: "             /* cpu N: WHAT at pc A[, writing address A] */
#define LB_LINE_CRASH "crash: "           /* cpu N crashed, N of N others stopped in N us */

#define LB_VERDICT_PASSED "passed"
#define LB_VERDICT_FAILED "failed"
#define LB_RESULT_CAPTURED "captured"
#define LB_RESULT_LOST "lost"

/* Names in lines that the lab acts on. */
#define LB_REGION_CRASH "crash"
#define LB_REGION_LOW_CRASH "low crash" /* more crash memory, below 4 GiB */
#define LB_REGION_IMAGE "image"
#define LB_REGION_READ_ONLY "read-only image" /* its code and its constants */
#define LB_REGION_GUARD "guard" /* one line for each page that fences a stack in use */
#define LB_REGION_RAM "ram" /* one line for each entry of the firmware's map */
#define LB_CLAIM_POOL "bounce pool"
#define LB_CLAIM_POOL_KEPT "kept" /* after the claim's name, when a device needs the pool */
#define LB_CLAIM_CAPTURE_LOW "capture kernel, low"
#define LB_SEGMENT_CORE_HEADER "core header"
#define LB_SEGMENT_PAGE_TABLES "page tables"
#define LB_SEGMENT_PURGATORY "purgatory" /* its code, its stack, its structure */
#define LB_SEGMENT_HANDOVER "handover"
#define LB_SEGMENT_BOOT_DATA "boot data"
#define LB_SEGMENT_KERNEL "kernel" /* its image, and the room after it */
#define LB_SEGMENT_INITRD "initrd"
#define LB_PANIC_ASKED_FOR "asked for" /* a panic that is the fault, or its end */
#define LB_TRAP_WRITING "writing"
#define LB_TRAP_ADDRESS " address "
#define LB_TRAP_STACK_OVERFLOW "stack overflow" /* the line after that of its trap */
#define LB_CRASH_AGAIN "crashed again in "
#define LB_CRASH_STEP_REPORT "the report" /* what it may crash again in: what says why */
#define LB_CRASH_TOO "crashed, too" /* before anybody stopped it */
#define LB_CRASH_UNINTERRUPTIBLE "was stopped with interrupts off"
#define LB_CRASH_WILD_POINTER "its pointer to its own data is " /* an address that is not theirs */
/* The error of a crash-size= that does not hold what is loaded. */
#define LB_ERROR_TOO_SMALL "load: the crash memory is too small for what is loaded"
/* What is measured: "memory TOTAL FREE AVAILABLE", KiB, the last two as the least that was seen so
 * far; "files N", regular ones, unpacked; "dump N", bytes of it that were read. */
#define LB_MEASURED_MEMORY "memory"
#define LB_MEASURED_FILES "files"
#define LB_MEASURED_DUMP "dump"
#define LB_MEASURED_POOL "pool"
#define LB_TIME_BOOT "boot"
#define LB_TIME_DIGEST "digest"
#define LB_TIME_PANIC_TO_CAPTURE "panic-to-capture"

/* How purgatory's line goes on when the image is as it was; with anything else it refuses. */
#define LB_PURGATORY_VERIFIED "digest verified"

/*
 * How the machine ends QEMU: X(ID, code, meaning). Odd, because that is all that x86's debug-exit
 * device can say; never 0, which is what a reset looks like. A Linux on arm64 has no way to a code.
 */
#define LB_DRILL_EXIT_TABLE(X)                                                                   \
	X(PASSED, 33, "everything that was to be shown was shown")                               \
	X(NO_CAPTURE, 35, "it crashed without a capture kernel")                                 \
	X(FAILED, 37, "a proof failed")                                                          \
	X(REFUSED, 39, "it refused the memory map or the command line")

/* How far a drill has come: X(ID, name), in this order. */
#define LB_DRILL_STAGE_TABLE(X)                                                                  \
	X(BOOT, "boot")           /* production kernel comes up */                               \
	X(LOAD, "load")           /* reserves, loads, protects */                                \
	X(PANIC, "panic")         /* crashes, stops the other CPUs */                            \
	X(PURGATORY, "purgatory") /* the digest */                                               \
	X(CAPTURE, "capture")     /* capture kernel comes up */                                  \
	X(VERIFY, "verify")       /* reads the dump */

/* Where a kernel waits for a byte on the serial line, if its command line says pause=NAME,...:
 * X(ID, name). */
#define LB_DRILL_PAUSE_TABLE(X)                                                                  \
	X(LINEAR_MAP, "linear-map") /* the linear map is built */                                \
	X(LOADED, "loaded")         /* production kernel: ready to crash */                      \
	X(PURGATORY, "purgatory")   /* nothing of old memory is written after it */              \
	X(CAPTURE, "capture")       /* the capture kernel's first words */                       \
	X(LATE_WRITES, "late-writes") /* the dead kernel's devices have written */               \
	X(VERIFIED, "verified")     /* the dump was read */

/*
 * Faults: X(ID, name, cpus, lost cpus, end, meaning).
 *   cpus       the machine needs at least as many, else the fault cannot happen and is refused
 *   lost cpus  that cannot be stopped, and whose registers are missing from the dump
 *   end        LB_DRILL_ENDS_CAPTURED, or LB_DRILL_ENDS_REFUSED: purgatory must refuse the image
 *              and reset the machine
 * The kernel injects each by itself when its command line says inject=NAME. In a drill, faults that
 * must be refused come from outside instead, and the kernel is asked to panic.
 */
#define LB_DRILL_FAULT_TABLE(X)                                                                  \
	X(PANIC, "panic", 1, 0, CAPTURED, "the kernel panics")                                   \
	X(NMI, "nmi", 1, 0, CAPTURED, "a CPU interrupts itself so that it cannot be masked")     \
	X(WILD_WRITE, "wild-write", 1, 0, CAPTURED, "a write into the crash memory")             \
	X(STACK_OVERFLOW, "stack-overflow", 1, 0, CAPTURED, "recursion into a guard page")       \
	X(SECOND_FAULT, "second-fault", 1, 0, CAPTURED, "the way out of the crash faults itself") \
	X(REPORT_FAULT, "report-fault", 1, 0, CAPTURED, "saying why it crashed faults itself")   \
	X(WILD_CPU_POINTER, "wild-cpu-pointer", 1, 0, CAPTURED,                                  \
		"a CPU's pointer to its own data is overwritten before it panics")               \
	X(STUCK_CPU, "stuck-cpu", 2, 0, CAPTURED, "a second CPU waits with interrupts off")      \
	X(LOST_CPU, "lost-cpu", 2, 1, CAPTURED, "a second CPU is out of reach altogether")       \
	X(SECOND_CPU, "second-cpu", 2, 0, CAPTURED, "another CPU than the first panics")         \
	X(SECOND_PANIC, "second-panic", 2, 0, CAPTURED,                                          \
		"another CPU panics while the first one is crashing")                            \
	X(FLIP_BIT, "flip-bit", 1, 0, REFUSED, "one bit of the loaded kernel is turned over")

/*
 * What becomes of the bounce pool that limited devices still write when their kernel has crashed:
 * X(ID, name, meaning). The production kernel is told by policy=NAME.
 */
#define LB_DRILL_POLICY_TABLE(X)                                                                 \
	X(QUARANTINE, "quarantine", "handed over, and left alone till its devices are quiet")    \
	X(NAIVE, "naive", "given to the capture kernel as RAM: this must corrupt it")            \
	X(STOP_DMA, "stop-dma", "handed over, and the crash ends bus mastering of endpoints")

/* Proofs: X(ID, name, meaning). The meaning is what holds if the proof passed. */
#define LB_DRILL_PROOF_TABLE(X)                                                                  \
	X(LOW_MEMORY_TWO_PHASE, "low-memory-two-phase",                                          \
		"nothing below 1 MiB was given away before the claimants had chosen")            \
	X(CPUS_STARTED, "cpus-started", "all CPUs run")                                          \
	X(CLAIMS_SUMMED, "claims-summed",                                                        \
		"the crash memory is the sum of what was claimed, without a gap")                \
	X(BOUNCE_POOL_WORKS, "bounce-pool-works",                                                \
		"transfers of limited devices arrive through the pool, with zeros around them")  \
	X(BOUNCE_ROUNDTRIP, "bounce-roundtrip",                                                  \
		"data travel on all CPUs at once, with all masks, through all pools, in lists")  \
	X(CLAIM_RELEASED, "claim-released", "the bounce pool that no device needs went back")    \
	X(FORMATS_TRANSLATE, "formats-translate",                                                \
		"the CPU translates through the core's tables in formats of other kernels")      \
	X(LINEAR_MAP_LARGE_PAGES, "linear-map-large-pages",                                      \
		"the map has the fewest leaves, by the planner's word and by arithmetic")        \
	X(CRASH_REGION_PROTECTED, "crash-region-protected",                                      \
		"in every page of the crash memory, accesses by every CPU fault, at that address") \
	X(NEIGHBOURS_UNAFFECTED, "neighbours-unaffected",                                        \
		"words around the crash memory are as accessible as before to every CPU")        \
	X(REGION_RELOADABLE, "region-reloadable",                                                \
		"the crash memory was opened, loaded again with the same digest, and closed")    \
	X(PAGE_TABLES_JUDGED, "page-tables-judged",                                              \
		"the page tables lead where they should, by QEMU's word and two walkers'")       \
	X(FAULT_HAPPENED, "fault-happened",                                                      \
		"the kernel crashed in the way that was asked for, and the other CPUs stopped")  \
	X(DIGEST_VERIFIED, "digest-verified",                                                    \
		"purgatory compared the digest of every loaded segment")                         \
	X(DIGEST_COVERS_ALL, "digest-covers-all",                                                \
		"all that was loaded is in the digest; what is not in it, nobody reads")          \
	X(ENTERED_CLEAN, "entered-clean",                                                        \
		"the capture kernel begins as it asks to, and nothing of the old one reaches it") \
	X(DMA_IN_FLIGHT, "dma-in-flight",                                                        \
		"what was pending at the crash landed in the pool, and nowhere else")            \
	X(NAIVE_CORRUPTS, "naive-corrupts",                                                      \
		"the old pool, used as RAM, was overwritten by devices of the dead kernel")      \
	X(DMA_STOPPED, "dma-stopped",                                                            \
		"endpoints, and no others, lost bus mastering at the crash; nothing pending came") \
	X(BOUNCE_POOL_HOT, "bounce-pool-hot",                                                    \
		"what the dead kernel's devices write lands in quarantine till the last is quiet") \
	X(BOUNCE_POOL_REUSED, "bounce-pool-reused",                                              \
		"devices stopped and drained, slots scrubbed, the capture kernel uses the pool") \
	X(POOL_REUSED, "pool-reused",                                                            \
		"the capture kernel used the old pool while another device was still writing")   \
	X(VMCORE_MATCHES, "vmcore-matches",                                                      \
		"old memory, read through the core header, holds what was written")              \
	X(VMCORE_COMPLETE, "vmcore-complete",                                                    \
		"the core header's segments are all RAM that the kernel could use")              \
	X(REGISTERS_MATCH, "registers-match", "each stopped CPU's note holds its registers")     \
	X(HANDOVER_VERIFIED, "handover-verified",                                                \
		"the handover stream's checksums hold, and it names the core header")            \
	X(VMCORE_READABLE, "vmcore-readable",                                                    \
		"core header, notes and memory of a crashed Linux can be read")                  \
	X(VMCOREINFO_READABLE, "vmcoreinfo-readable",                                            \
		"a Linux reads VMCOREINFO of the kernel that crashed")                           \
	X(CAPTURE_INSIDE_RESERVATION, "capture-inside-reservation",                              \
		"the capture kernel writes to nothing but its reservation")                      \
	X(DIGEST_MISMATCH_REFUSED, "digest-mismatch-refused",                                    \
		"purgatory refused what had changed in any part, and the machine was reset")

/*
 * Who owes which proof when: X(proof, witness, architecture, crashes, captures, device, policy,
 * end), one row for each witness; ANY where it does not matter. A proof that two witnesses owe has
 * passed if both said so. A proof that belongs and was not shown is a loss; so is one that nobody
 * owes.
 *   witness   PRODUCTION, PURGATORY, CAPTURE (the capture side, a kernel or the first process of a
 *             Linux), OUTSIDE (the lab)
 *   crashes, captures  REFERENCE or LINUX
 *   device    LIMITED: one that does not reach all of memory; UNLIMITED: none such
 *   policy    of LB_DRILL_POLICY_TABLE
 *   end       of the fault: CAPTURED, REFUSED
 */
#define LB_DRILL_DUTY_TABLE(X)                                                                   \
	X(LOW_MEMORY_TWO_PHASE, PRODUCTION, X86_64, REFERENCE, ANY, ANY, ANY, ANY)               \
	X(CPUS_STARTED, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                          \
	X(CLAIMS_SUMMED, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                         \
	X(BOUNCE_POOL_WORKS, PRODUCTION, ANY, REFERENCE, ANY, LIMITED, ANY, ANY)                 \
	X(BOUNCE_ROUNDTRIP, PRODUCTION, ANY, REFERENCE, ANY, LIMITED, ANY, ANY)                  \
	X(CLAIM_RELEASED, PRODUCTION, ANY, REFERENCE, ANY, UNLIMITED, ANY, ANY)                  \
	X(FORMATS_TRANSLATE, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                     \
	X(LINEAR_MAP_LARGE_PAGES, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                \
	X(CRASH_REGION_PROTECTED, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                \
	X(NEIGHBOURS_UNAFFECTED, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                 \
	X(REGION_RELOADABLE, PRODUCTION, ANY, REFERENCE, ANY, ANY, ANY, ANY)                     \
	X(PAGE_TABLES_JUDGED, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                  \
	X(FAULT_HAPPENED, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                      \
	X(DIGEST_VERIFIED, PURGATORY, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                   \
	X(DIGEST_COVERS_ALL, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                   \
	X(ENTERED_CLEAN, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                       \
	X(DMA_IN_FLIGHT, OUTSIDE, ANY, REFERENCE, REFERENCE, LIMITED, QUARANTINE, CAPTURED)      \
	X(NAIVE_CORRUPTS, CAPTURE, ANY, REFERENCE, REFERENCE, LIMITED, NAIVE, CAPTURED)          \
	X(NAIVE_CORRUPTS, OUTSIDE, ANY, REFERENCE, REFERENCE, LIMITED, NAIVE, CAPTURED)          \
	X(DMA_STOPPED, CAPTURE, ANY, REFERENCE, REFERENCE, LIMITED, STOP_DMA, CAPTURED)          \
	X(DMA_STOPPED, OUTSIDE, ANY, REFERENCE, REFERENCE, LIMITED, STOP_DMA, CAPTURED)          \
	X(BOUNCE_POOL_HOT, CAPTURE, ANY, REFERENCE, REFERENCE, LIMITED, QUARANTINE, CAPTURED)    \
	X(BOUNCE_POOL_REUSED, CAPTURE, ANY, REFERENCE, REFERENCE, LIMITED, QUARANTINE, CAPTURED) \
	X(POOL_REUSED, CAPTURE, ANY, REFERENCE, REFERENCE, LIMITED, QUARANTINE, CAPTURED)        \
	X(VMCORE_MATCHES, CAPTURE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                      \
	X(VMCORE_MATCHES, CAPTURE, ANY, LINUX, LINUX, ANY, ANY, CAPTURED)                        \
	X(VMCORE_COMPLETE, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                     \
	X(REGISTERS_MATCH, CAPTURE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)                     \
	X(REGISTERS_MATCH, CAPTURE, ANY, LINUX, LINUX, ANY, ANY, CAPTURED)                       \
	X(HANDOVER_VERIFIED, CAPTURE, ANY, REFERENCE, REFERENCE, ANY, ANY, CAPTURED)             \
	X(VMCORE_READABLE, CAPTURE, ANY, LINUX, REFERENCE, ANY, ANY, CAPTURED)                   \
	X(VMCOREINFO_READABLE, CAPTURE, ANY, ANY, LINUX, ANY, ANY, CAPTURED)                     \
	X(CAPTURE_INSIDE_RESERVATION, CAPTURE, ANY, ANY, REFERENCE, ANY, ANY, CAPTURED)          \
	X(CAPTURE_INSIDE_RESERVATION, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, CAPTURED)          \
	X(DIGEST_MISMATCH_REFUSED, OUTSIDE, ANY, REFERENCE, ANY, ANY, ANY, REFUSED)

enum lb_drill_exit {
#define X(id, code, meaning) LB_DRILL_EXIT_##id = (code),
	LB_DRILL_EXIT_TABLE(X)
#undef X
};

enum lb_drill_stage {
#define X(id, name) LB_DRILL_STAGE_##id,
	LB_DRILL_STAGE_TABLE(X)
#undef X
	LB_DRILL_STAGES,
};

enum lb_drill_pause {
#define X(id, name) LB_DRILL_PAUSE_##id,
	LB_DRILL_PAUSE_TABLE(X)
#undef X
	LB_DRILL_PAUSES,
};

enum lb_drill_fault {
#define X(id, name, cpus, lost, end, meaning) LB_DRILL_FAULT_##id,
	LB_DRILL_FAULT_TABLE(X)
#undef X
	LB_DRILL_FAULTS,
};

enum lb_drill_policy {
#define X(id, name, meaning) LB_DRILL_POLICY_##id,
	LB_DRILL_POLICY_TABLE(X)
#undef X
	LB_DRILL_POLICIES,
};

enum lb_drill_proof_id {
#define X(id, name, meaning) LB_DRILL_PROOF_##id,
	LB_DRILL_PROOF_TABLE(X)
#undef X
	LB_DRILL_PROOFS,
};

enum lb_drill_end { LB_DRILL_ENDS_ANY, LB_DRILL_ENDS_CAPTURED, LB_DRILL_ENDS_REFUSED };

/* What a fault is; the columns of its table. */
struct lb_drill_fault_facts {
	const char *name;
	unsigned int cpus;
	unsigned int lost_cpus;
	enum lb_drill_end end;
	const char *meaning;
};

/* Witnesses are bits of a mask. */
enum lb_drill_witness {
	LB_DRILL_BY_PRODUCTION = 1,
	LB_DRILL_BY_PURGATORY = 2,
	LB_DRILL_BY_CAPTURE = 4,
	LB_DRILL_BY_OUTSIDE = 8,
};

enum lb_drill_kernel { LB_DRILL_KERNEL_ANY, LB_DRILL_KERNEL_REFERENCE, LB_DRILL_KERNEL_LINUX };
enum lb_drill_device { LB_DRILL_DEVICE_ANY, LB_DRILL_DEVICE_UNLIMITED, LB_DRILL_DEVICE_LIMITED };

/* One drill, as far as its duties depend on it. Nothing in it is "any". */
struct lb_drill_setting {
	enum lb_arch arch;
	enum lb_drill_kernel crashes;
	enum lb_drill_kernel captures;
	enum lb_drill_device device;
	enum lb_drill_fault fault;
	enum lb_drill_policy policy;
};

/* The name of an id that is below its count; what is said on the console. */
const char *lb_drill_stage_name(enum lb_drill_stage stage);
const char *lb_drill_pause_name(enum lb_drill_pause pause);
const char *lb_drill_policy_name(enum lb_drill_policy policy);
const char *lb_drill_policy_meaning(enum lb_drill_policy policy);
const char *lb_drill_proof_name(enum lb_drill_proof_id proof);
const char *lb_drill_proof_meaning(enum lb_drill_proof_id proof);
const struct lb_drill_fault_facts *lb_drill_fault_facts(enum lb_drill_fault fault);

/* The id of a name; false, and *ret untouched, if there is no such name. */
bool lb_drill_find_stage(const char *name, enum lb_drill_stage *ret);
bool lb_drill_find_pause(const char *name, enum lb_drill_pause *ret);
bool lb_drill_find_fault(const char *name, enum lb_drill_fault *ret);
bool lb_drill_find_policy(const char *name, enum lb_drill_policy *ret);
bool lb_drill_find_proof(const char *name, enum lb_drill_proof_id *ret);

/* What QEMU's exit status says of the machine; NULL if it is no code of ours. */
const char *lb_drill_exit_meaning(int status);

/* Who owes this proof in this drill: a mask of enum lb_drill_witness; 0 if it does not belong. */
unsigned int lb_drill_witnesses(
	enum lb_drill_proof_id proof, const struct lb_drill_setting *setting);

#endif
