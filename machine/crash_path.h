/* SPDX-License-Identifier: MIT */
/*
 * crash_path: what else than memory decides whether a crash leaves a dump: what is loaded, what may
 * be loaded, and what the kernel does when it is in trouble.
 */
#ifndef LIFEBOAT_MACHINE_CRASH_PATH_H
#define LIFEBOAT_MACHINE_CRASH_PATH_H

#include "capture/initrd.h"
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
	enum lb_lockdown lockdown; /* sys/kernel/security/lockdown, else the log */

	/* When the kernel image, the capture initrd and the configuration were written, and when
	 * the service that loads them began to run: seconds since 1970. 0 unknown; the live system
	 * alone tells. */
	uint64_t kernel_written, initrd_written, config_written, service_started;
	uint64_t initrd_bytes; /* of the file; 0 unknown */

	/* Of the image that the service loads, as it is on the live system; NULL unknown. */
	const char *kernel_path;

	/*
	 * What was loaded for a crash, read back from crash memory (x86-64, as root, where memory
	 * is not encrypted; the live system alone tells): 1 if the image and the initrd are there
	 * as they are on disk now; how much of the RAM that there is now the core header leaves
	 * out, in pieces of at least 2 MiB; for how many CPUs it has notes.
	 */
	bool kernel_loaded_known, initrd_loaded_known, left_out_known;
	uint64_t kernel_loaded, initrd_loaded, left_out_bytes;
	uint64_t noted_cpus; /* 0 unknown */

	/* 1: the kernel image carries a signature (a certificate table of PE/COFF); whose that is
	 * is not looked at. */
	bool signed_known;
	uint64_t kernel_signed;

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

/* One name of a list. */
struct lb_named {
	const char *name;
};

/* Where a dump goes. */
enum lb_target_kind {
	LB_TARGET_UNKNOWN, /* no configuration is shown */
	LB_TARGET_LOCAL,   /* a file system of this machine */
	LB_TARGET_RAW,     /* a partition without one */
	LB_TARGET_NFS,
	LB_TARGET_SSH,
	LB_TARGET_OTHER,   /* something else: FTP, CIFS, virtiofs */
};

/* What lies between a file system and its disks: a bit set. */
enum lb_layer {
	LB_LAYER_LVM = 1,
	LB_LAYER_CRYPT = 2,
	LB_LAYER_MULTIPATH = 4,
	LB_LAYER_RAID = 8,
};

/*
 * From etc/kdump.conf (kdump-utils), etc/default/kdump-tools (Debian), etc/sysconfig/kdump (SUSE).
 * Hosts, devices and users are not kept.
 */
struct lb_machine_target {
	enum lb_target_kind kind;
	const char *path;       /* of the file that says so, inside the root; NULL unknown */
	const char *filesystem; /* "xfs" where the configuration names it; NULL */
	const char *directory;  /* on this machine, "/var/crash"; NULL: not of this machine */
	bool filtered;          /* makedumpfile leaves pages out (-d 1 to 31) */

	bool layers_known;
	unsigned int layers;    /* of the directory: sos_commands/block/lsblk, or the live system */
	bool free_known;
	uint64_t free_bytes;    /* there: sos_commands/filesys/df*, or the live system */

	/* Modules that drive its disks, '_' for '-'; the live system alone tells. */
	LB_LIST(struct lb_named, drivers);
};

/* A file in the capture initrd that a dump may depend on. */
struct lb_initrd_item {
	const char *name; /* module: with '_' for '-', "dm_crypt"; program: "ssh" */
	bool module;
};

/* What is in the capture initrd: its listing (lsinitrd, lsinitramfs), or the live file. */
struct lb_machine_initrd {
	bool known;
	const char *path; /* of what was read, inside the root */
	LB_LIST(struct lb_initrd_item, items);

	/* Of which kernels it has modules, by the name of their folder. */
	LB_LIST(struct lb_named, releases);

	/* Modules that are built into the capture kernel, '_' for '-': lib/modules/RELEASE/
	 * modules.builtin of the live system. */
	bool builtin_known;
	LB_LIST(struct lb_named, builtin);

	/* What it takes; of the live file alone, packed 0 else. */
	struct lb_initrd sizes;
};

/* The program that filters the dump: installed-rpms, sos_commands/dpkg/dpkg_-l, or itself. */
struct lb_machine_makedumpfile {
	unsigned int major, minor, patch; /* of its version; all 0: unknown */
	const char *path;                 /* of what says so, inside the root; NULL unknown */
};

enum lb_tried {
	LB_TRIED_UNKNOWN,
	LB_TRIED_NEVER,  /* this machine has no record */
	LB_TRIED_FAILED, /* no dump came out */
	LB_TRIED_SAVED,  /* one did, and not all is proved that a drill proves */
	LB_TRIED_WORKED,
};

/* The last time that a dump was tried: var/lib/lifeboat/drill (lifeboat drill --record), else
 * var/lib/kdump/vmcore-creation.status (kdumpctl test). */
struct lb_machine_trial {
	enum lb_tried outcome;
	uint64_t when;           /* seconds since 1970; 0 unknown */
	uint64_t initrd_bytes;   /* of the capture initrd that was tried; 0 unknown */
	const char *crashkernel; /* value that was tried; NULL unknown */
	const char *path;        /* of the record, inside the root; NULL: none */
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

/*
 * The record of a trial, as var/lib/lifeboat/drill has it (docs/drill.md): what is unknown is left
 * out, and so is a crashkernel that no record holds. Asserts that it was tried.
 */
#define LB_TRIAL_TEXT_BYTES 512
void lb_trial_text(const struct lb_machine_trial *trial, char ret[LB_TRIAL_TEXT_BYTES]);

/* True if the item is in the initrd, or a module that the capture kernel has built in. */
bool lb_initrd_has(const struct lb_machine_initrd *initrd, const char *name, bool module);

/* The setting as it is; NULL: not shown. */
const struct lb_setting *lb_setting_now(
	const struct lb_machine_settings *settings, const char *name);

/* The setting as it will be at the next boot; NULL: no file that is shown sets it. */
const struct lb_setting *lb_setting_configured(
	const struct lb_machine_settings *settings, const char *name);

#endif
