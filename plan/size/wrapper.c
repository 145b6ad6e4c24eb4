/* SPDX-License-Identifier: MIT */
/*
 * wrapper: kdump-utils 1.0.61 (kdump-lib.sh, prepare_cmdline), openSUSE kdump 2.1.9 (load.sh),
 * Debian kdump-tools 1.10 (kdump-config).
 */
#include "plan/size/wrapper.h"

#include <string.h>

#include "policy/linux/cmdline.h"

/* Without a configuration: as far as it matters for the size, what most append. */
#define USUAL "nr_cpus=1 reset_devices irqpoll"
#define SUSE_CPUS 32
#define DEBIAN_APPEND                                                                            \
	"reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb"

/* Names of options that a service takes out besides what its configuration says. */
static const char *removed_by(enum lb_kdump_wrapper wrapper)
{
	switch (wrapper) {
	case LB_KDUMP_UTILS:
		return "crashkernel root rd.lvm.lv rd.luks.uuid rd.dm.uuid rd.md.uuid fcoe";
	case LB_KDUMP_SUSE:
		return "crashkernel root rootflags nr_cpus maxcpus";
	case LB_KDUMP_DEBIAN:
		return "crashkernel hugepages hugepagesz";
	case LB_KDUMP_NONE:
		break;
	}
	return "crashkernel";
}

static bool is_listed(struct lb_slice name, const char *list)
{
	struct lb_cmdline words = {lb_slice_of(list), LB_CMDLINE_PLAIN};
	struct lb_slice word;

	while (lb_cmdline_next_word(&words, &word)) {
		if (word.length == name.length && !memcmp(word.at, name.at, name.length)) {
			return true;
		}
	}
	return false;
}

/* The words of the line that are not taken out. */
static const char *filtered(struct lb_arena *arena, const char *cmdline, const char *removed,
	const char *removed_too)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	const char *kept = "";

	while (kept && lb_cmdline_next(&line, &option)) {
		if (!is_listed(option.name, removed) && !is_listed(option.name, removed_too)) {
			kept = lb_arena_printf(arena, "%s%.*s ", kept, (int)option.word.length,
				option.word.at);
		}
	}
	return kept;
}

static const char *suse_append(const struct lb_machine_kdump *kdump, struct lb_arena *arena)
{
	int cpus = kdump->cpus < 0 ? SUSE_CPUS : kdump->cpus;
	const char *append = kdump->append ? kdump->append : "";
	const char *fixed = "reset_devices numa=off irqpoll root=kdump rootflags=bind";

	return cpus ? lb_arena_printf(arena, "%s %s nr_cpus=%d", append, fixed, cpus)
		    : lb_arena_printf(arena, "%s %s", append, fixed);
}

static const char *appended_by(const struct lb_machine_kdump *kdump, struct lb_arena *arena)
{
	switch (kdump->wrapper) {
	case LB_KDUMP_SUSE:
		return suse_append(kdump, arena);
	case LB_KDUMP_DEBIAN:
		return kdump->append ? kdump->append : DEBIAN_APPEND;
	case LB_KDUMP_UTILS:
	case LB_KDUMP_NONE:
		break;
	}
	return kdump->append ? kdump->append : "";
}

static const char *source_of(enum lb_kdump_wrapper wrapper)
{
	switch (wrapper) {
	case LB_KDUMP_UTILS:
		return "etc/sysconfig/kdump, as kdump-utils reads it";
	case LB_KDUMP_SUSE:
		return "etc/sysconfig/kdump, as SUSE's kdump reads it";
	case LB_KDUMP_DEBIAN:
		return "etc/default/kdump-tools";
	case LB_KDUMP_NONE:
		break;
	}
	return "assumed; --append says what it is";
}

const char *lb_wrapper_cmdline(
	const struct lb_machine *machine, struct lb_arena *arena, const char **ret_source)
{
	const struct lb_machine_kdump *kdump = &machine->kdump;
	const char *base = machine->boot.cmdline ? machine->boot.cmdline : "";
	const char *kept, *append;

	*ret_source = source_of(kdump->wrapper);
	if (kdump->wrapper == LB_KDUMP_NONE) {
		return lb_arena_text(arena, USUAL);
	}
	base = kdump->cmdline && *kdump->cmdline ? kdump->cmdline : base;
	kept = filtered(arena, base, removed_by(kdump->wrapper),
		kdump->remove ? kdump->remove : "");
	append = appended_by(kdump, arena);
	return kept && append ? lb_arena_printf(arena, "%s%s", kept, append) : NULL;
}
