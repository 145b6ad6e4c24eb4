/* SPDX-License-Identifier: MIT */
/* dump_target: what the readers of the services' configurations share. Internal to machine/. */
#ifndef LIFEBOAT_MACHINE_DUMP_TARGET_H
#define LIFEBOAT_MACHINE_DUMP_TARGET_H

#include "machine/reader.h"

/* What a word that begins a line of kdump.conf makes of the target; LB_TARGET_UNKNOWN: nothing. */
enum lb_target_kind machine_kdump_conf_kind(const char *name, size_t length);

/* What SUSE's KDUMP_SAVEDIR begins with: "file:///var/crash", "nfs://host/path". */
enum lb_target_kind machine_savedir_kind(const char *value);

/* True if a command line of makedumpfile leaves pages out: "-d 31". */
bool machine_is_filtering(const char *command);

/* How much of the directory (NULL: none) the mount point is; 0: it is not below it. */
size_t machine_mount_covers(const char *directory, const char *mount);

/* Debian's and SUSE's default, which machine_target_line changes: filtered, in /var/crash. */
void machine_target_default(struct machine_reader *reader, const char *path);

/* A line of their configuration; value_of takes the quotes off. False: about something else. */
bool machine_target_line(struct machine_reader *reader, const char *line,
	const char *(*value_of)(struct machine_reader *reader, const char *at));

#endif
