/* SPDX-License-Identifier: MIT */
/*
 * qemu_machine: one row for each architecture that can be drilled and recorded: which QEMU, which
 * machine in it, and what differs between the kernels that it boots.
 */
#ifndef LIFEBOAT_LAB_QEMU_MACHINE_H
#define LIFEBOAT_LAB_QEMU_MACHINE_H

#include "lifeboat/arch.h"
#include "lifeboat/linear_map.h"

#define LAB_QEMU_MACHINES 2

struct lab_qemu_machine {
	enum lb_arch arch;
	const char *program;      /* looked for in PATH */
	const char *package;      /* the Debian package that has it */
	const char *machine;      /* -machine */
	const char *cpu;          /* -cpu, emulated */
	const char *cpu_any_page; /* the same, with every page size of the architecture */
	lb_phys_addr memory_start; /* where its RAM begins */
	const char *low_limit;    /* the property of -machine that moves what RAM is above a size to
	                           * 4 GiB; NULL: there is none, RAM is in one piece */
	uint64_t memory_max;      /* bytes of RAM, a multiple of 1 GiB, that this CPU reaches */
	const char *kvm_host;     /* uname(2) of machines whose KVM can run it; NULL: none */
	const char *exit_options[2]; /* how a guest ends QEMU with a code; NULL where unused */
	bool linux_powers_off;    /* a Linux has no way to a code: it switches itself off instead */
	const char *console;      /* Linux's name for the serial port */
	/* What makes Linux use it from its first line on; and not try out the timer, which looks
	 * broken on a busy host now and then. */
	const char *early_words;
	enum lb_page_format page_format; /* what the reference kernel runs on */
	unsigned int other_formats; /* that the emulated CPU has, and the kernel tries */
	/* File names of the reference kernel: what -kernel takes, and what is loaded to capture. */
	const char *production_image;
	const char *capture_image;
	/* Devices that do not reach all of memory, as QEMU's arguments: two that reach the least,
	 * one of 32 bits, and one that offers memory outside RAM for its pool. And what tells the
	 * reference kernel how far they reach, with a blank before it. */
	const char *limited_devices[10];
	const char *limited_words;
};

/* NULL for an architecture that has no row. */
const struct lab_qemu_machine *lab_qemu_machine_of(enum lb_arch arch);

/* The rows in their order; NULL from LAB_QEMU_MACHINES on. */
const struct lab_qemu_machine *lab_qemu_machine_at(size_t index);

/* Puts exit_options into arguments, which has room for them; returns how many there are. */
size_t lab_qemu_machine_exit(
	const struct lab_qemu_machine *machine, const char *arguments[2]);

#endif
