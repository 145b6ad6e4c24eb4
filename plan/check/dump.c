/* SPDX-License-Identifier: MIT */
/* dump: is there room for the dump, and does the program that filters it know this kernel? */
#include "plan/check/checks.h"
#include "plan/words.h"
#include "policy/linux/version.h"

/*
 * Pages that hold kernel memory are dumped at every level of filtering: slabs, stacks, page tables,
 * per-CPU areas, and the page structures, 64 bytes a page. They take a tenth of that when they are
 * packed well.
 */
#define STRUCT_PAGE_SHARE 64
#define PACKED_SHARE 10
#define KERNEL_BYTES (64 * LB_MIB)

struct dump_size {
	uint64_t at_least, at_most; /* bytes; at_most 0: not known */
};

static struct dump_size dump_size(const struct lb_machine *machine)
{
	uint64_t total = machine->memory.counted ? machine->memory.counted : machine->memory.total;
	uint64_t kernel = machine->memory.kernel_bytes;

	if (!total || (machine->target.filtered && !kernel)) {
		return (struct dump_size){0, 0};
	}
	if (!machine->target.filtered) {
		return (struct dump_size){total / PACKED_SHARE, total};
	}
	kernel += total / STRUCT_PAGE_SHARE;
	return (struct dump_size){kernel / PACKED_SHARE, kernel + KERNEL_BYTES};
}

/* NULL: there is a local file system with known room, and the size can be told. */
static const char *why_not_known(const struct lb_machine *machine)
{
	switch (machine->target.kind) {
	case LB_TARGET_UNKNOWN:
		return "no configuration says where the dump goes";
	case LB_TARGET_NFS:
	case LB_TARGET_SSH:
	case LB_TARGET_OTHER:
	case LB_TARGET_RAW:
		return "the dump goes to a partition or another machine whose room is not shown";
	case LB_TARGET_LOCAL:
		break;
	}
	if (!machine->target.free_known) {
		return "the room in the dump's file system is not shown (sos_commands/filesys/df*)";
	}
	return dump_size(machine).at_most ? NULL : "proc/meminfo does not show the kernel's memory";
}

static struct answer found_space(const struct checker *checker, const char *verdict)
{
	const struct lb_machine_target *target = &checker->machine->target;
	struct dump_size size = dump_size(checker->machine);

	return found(lb_arena_printf(checker->arena,
			     "%s are free where the dump goes, which will be %s to %s: %s",
			     lb_size_text(target->free_bytes).text,
			     lb_size_text(size.at_least).text, lb_size_text(size.at_most).text,
			     verdict),
		target->filtered ? "make room, or let dumps go elsewhere"
				 : "make room, or let makedumpfile leave pages out (-d 31)",
		lb_arena_printf(checker->arena, "free space of %s (%s); proc/meminfo",
			target->directory ? target->directory : "the target", target->path));
}

struct answer check_no_space(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const char *why = why_not_known(machine);

	if (machine->target.kind != LB_TARGET_UNKNOWN && machine->target.kind != LB_TARGET_LOCAL) {
		return not_asked(); /* little-space says that it cannot be seen */
	}
	if (why) {
		return not_read(why);
	}
	if (machine->target.free_bytes >= dump_size(machine).at_least) {
		return fine();
	}
	return found_space(checker, "it does not fit");
}

struct answer check_little_space(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const char *why = why_not_known(machine);

	if (why) {
		return not_read(why);
	}
	if (machine->target.free_bytes < dump_size(machine).at_least) {
		return not_asked(); /* no-space says so */
	}
	if (machine->target.free_bytes >= dump_size(machine).at_most) {
		return fine();
	}
	return found_space(checker, "it may not fit");
}

/* Each release with the newest Linux that it says to support (makedumpfile.h, LATEST_VERSION). */
static const struct {
	unsigned int major, minor, patch;
	uint32_t linux_version;
} supported[] = {
	{1, 7, 9, LB_LINUX(7, 0, 0)},
	{1, 7, 8, LB_LINUX(6, 17, 4)},
	{1, 7, 7, LB_LINUX(6, 14, 2)},
	{1, 7, 6, LB_LINUX(6, 11, 4)},
	{1, 7, 5, LB_LINUX(6, 8, 4)},
	{1, 7, 4, LB_LINUX(6, 6, 0)},
	{1, 7, 3, LB_LINUX(6, 3, 0)},
	{1, 7, 2, LB_LINUX(6, 0, 1)},
	{1, 7, 1, LB_LINUX(5, 17, 1)},
	{1, 7, 0, LB_LINUX(5, 15, 0)},
	{1, 6, 9, LB_LINUX(5, 12, 1)},
	{1, 6, 8, LB_LINUX(5, 9, 4)},
	{1, 6, 7, LB_LINUX(5, 4, 8)},
	{1, 6, 6, LB_LINUX(5, 1, 9)},
	{1, 6, 5, LB_LINUX(4, 19, 4)},
};

/* 0: the release is newer than the table. */
static uint32_t newest_supported(const struct lb_machine_makedumpfile *program)
{
	uint32_t own = LB_LINUX(program->major, program->minor, program->patch);

	if (own > LB_LINUX(supported[0].major, supported[0].minor, supported[0].patch)) {
		return 0;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(supported); i++) {
		if (own >= LB_LINUX(supported[i].major, supported[i].minor, supported[i].patch)) {
			return supported[i].linux_version;
		}
	}
	return LB_LINUX(4, 17, 0); /* 1.6.4 */
}

struct answer check_makedumpfile_old(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const struct lb_machine_makedumpfile *program = &machine->makedumpfile;
	uint32_t version, newest;

	if (!program->path) {
		return not_read("which makedumpfile is installed is not shown (installed-rpms, "
				"sos_commands/dpkg/dpkg_-l)");
	}
	if (!lb_linux_version_parse(machine->kernel.release, &version)) {
		return not_read("the machine does not show which kernel it runs");
	}
	newest = newest_supported(program);
	/* Of one series later releases change nothing that matters to it. */
	if (!newest || version >> 16 <= newest >> 16) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "makedumpfile %u.%u.%u knows Linux up to %u.%u, and this is %s: it "
			     "may write far too much, or nothing of use",
			     program->major, program->minor, program->patch, newest >> 24,
			     newest >> 16 & 0xff, machine->kernel.release),
		"install a makedumpfile of this kernel's time, or newer", program->path);
}
