/* SPDX-License-Identifier: MIT */
/*
 * crash_path: what else than memory decides whether a crash leaves a dump: what is loaded, what may
 * be loaded, and what the kernel does when it is in trouble.
 */
#ifndef LIFEBOAT_MACHINE_CRASH_PATH_H
#define LIFEBOAT_MACHINE_CRASH_PATH_H

#include "machine/source.h"

/* security/lockdown/lockdown.c: "[none] integrity confidentiality", what is on in brackets. */
enum lb_lockdown {
	LB_LOCKDOWN_UNKNOWN,
	LB_LOCKDOWN_NONE,
	LB_LOCKDOWN_INTEGRITY,
	LB_LOCKDOWN_CONFIDENTIALITY,
};

/* What may be loaded for a crash. */
struct lb_machine_kexec {
	enum lb_lockdown lockdown; /* sys/kernel/security/lockdown */

	/* sys/devices/system/memory/crash_hotplug (drivers/base/memory.c, 6.6 on): 1 where the
	 * kernel itself keeps the loaded core header up with memory that comes and goes. */
	bool hotplug_known, hotplug;
};

/* The first hardware watchdog (drivers/watchdog/watchdog_dev.c). */
struct lb_machine_watchdog {
	bool known;         /* sys/class/watchdog/watchdog0/state is shown */
	bool active;        /* it runs now */
	uint64_t timeout_s; /* .../timeout, at most 2^32; 0 unknown */
};

/* A number that /proc/sys shows or sysctl(8) sets. */
struct lb_setting {
	const char *name; /* "kernel.panic" */
	int value;
	struct lb_position position;
};

/* Of those settings that a crash depends on: the files proc/sys/... of machine/tree.c. */
struct lb_machine_settings {
	/* As they are: proc/sys, else what sysctl -a prints. */
	LB_LIST(struct lb_setting, now);

	/* As they will be from the next boot on: etc/sysctl.conf and the files of etc/sysctl.d,
	 * run/sysctl.d and usr/lib/sysctl.d (sysctl.d(5)), in the order in which they are read: the
	 * last one counts. */
	LB_LIST(struct lb_setting, configured);
};

/* The setting as it is; NULL: not shown. */
const struct lb_setting *lb_setting_now(
	const struct lb_machine_settings *settings, const char *name);

/* The setting as it will be at the next boot; NULL: no file that is shown sets it. */
const struct lb_setting *lb_setting_configured(
	const struct lb_machine_settings *settings, const char *name);

#endif
