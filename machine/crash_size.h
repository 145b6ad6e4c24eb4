/* SPDX-License-Identifier: MIT */
/* crash_size: the one thing that lifeboat changes on a machine, and only when told to: how much
 * crash kernel memory the running kernel keeps. */
#ifndef LIFEBOAT_MACHINE_CRASH_SIZE_H
#define LIFEBOAT_MACHINE_CRASH_SIZE_H

#include "machine/machine.h"

/*
 * Writes bytes to sys/kernel/kexec_crash_size below root ("/" is this machine), once; the kernel
 * takes all of it or refuses (kexec_crash_size_store(), kernel/ksysfs.c). What it does with it:
 * policy/linux/shrink.h. On failure error->text says what the kernel's answer means:
 *   LB_NOT_FOUND  there is no such file: a kernel without crash kernel memory
 *   LB_CONFLICT   it refuses: a capture kernel is loaded (ENOENT), kexec is at work on another CPU
 *                 (EBUSY), more than there is (EINVAL), permission (EACCES, EPERM), or else
 */
enum lb_status LB_MUST_CHECK lb_crash_size_write(
	const char *root, uint64_t bytes, struct lb_machine_error *error);

#endif
