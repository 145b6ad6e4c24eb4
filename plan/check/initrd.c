/* SPDX-License-Identifier: MIT */
/* initrd: has the capture initrd what it takes to reach the place of the dump? */
#include <string.h>

#include "lifeboat/slice.h"
#include "plan/check/checks.h"

/*
 * What a way to the dump needs. Of programs one of two will do. Debian's capture kernel goes on to
 * the machine's own root file system and takes its programs from there: what lies below the file
 * system must be in the initrd all the same.
 */
struct need {
	enum lb_target_kind target; /* LB_TARGET_UNKNOWN: any */
	unsigned int layer;         /* enum lb_layer; 0: any */
	bool in_root;               /* a root file system has it, too */
	const char *program, *or_program; /* NULL: none */
	const char *module, *or_module;
	const char *why;
};

static const struct need needs[] = {
	{LB_TARGET_NFS, 0, true, "mount.nfs", "mount.nfs4", NULL, NULL, "to mount NFS"},
	{LB_TARGET_NFS, 0, true, NULL, NULL, "nfs", NULL, "to mount NFS"},
	{LB_TARGET_NFS, 0, true, NULL, NULL, "nfsv4", "nfsv3", "to mount NFS"},
	{LB_TARGET_SSH, 0, true, "ssh", NULL, NULL, NULL, "to write through SSH"},
	{LB_TARGET_UNKNOWN, LB_LAYER_CRYPT, false, "cryptsetup", "systemd-cryptsetup", NULL, NULL,
		"to unlock the encrypted volume (LUKS)"},
	{LB_TARGET_UNKNOWN, LB_LAYER_CRYPT, false, NULL, NULL, "dm_crypt", NULL,
		"to read the encrypted volume (LUKS)"},
	{LB_TARGET_UNKNOWN, LB_LAYER_LVM, false, "lvm", NULL, NULL, NULL,
		"to find the logical volume (LVM)"},
	{LB_TARGET_UNKNOWN, LB_LAYER_MULTIPATH, false, "multipath", "multipathd", NULL, NULL,
		"to find the multipath device"},
	{LB_TARGET_UNKNOWN, LB_LAYER_MULTIPATH, false, NULL, NULL, "dm_multipath", NULL,
		"to use the multipath device"},
	{LB_TARGET_UNKNOWN, LB_LAYER_RAID, false, "mdadm", NULL, NULL, NULL,
		"to assemble the RAID"},
};

static const char no_listing[] =
	"no listing of the capture initrd is shown (sos_commands/kdump/lsinitrd*, lsinitramfs*)";
static const char no_target[] =
	"no configuration says where the dump goes (etc/kdump.conf, etc/default/kdump-tools, "
	"etc/sysconfig/kdump)";

static bool applies(const struct checker *checker, const struct need *need)
{
	const struct lb_machine_target *target = &checker->machine->target;

	if (need->in_root && checker->machine->kdump.wrapper == LB_KDUMP_DEBIAN) {
		return false;
	}
	return need->layer ? target->layers_known && (target->layers & need->layer)
			   : target->kind == need->target;
}

static bool has(const struct checker *checker, const char *name, const char *or_name, bool module)
{
	const struct lb_machine_initrd *initrd = &checker->machine->initrd;

	return lb_initrd_has(initrd, name, module) ||
		(or_name && lb_initrd_has(initrd, or_name, module));
}

/* What both questions need; text is NULL if they can be asked. */
static struct answer readable(const struct checker *checker)
{
	if (!checker->machine->initrd.known) {
		return not_read(no_listing);
	}
	if (checker->machine->target.kind == LB_TARGET_UNKNOWN) {
		return not_read(no_target);
	}
	return (struct answer){0};
}

static const char *initrd_evidence(const struct checker *checker)
{
	return lb_arena_printf(checker->arena, "%s; %s", checker->machine->initrd.path,
		checker->machine->target.path ? checker->machine->target.path : "the mounts");
}

static struct answer found_missing(
	const struct checker *checker, const char *what, const char *name, const char *why)
{
	return found(lb_arena_printf(checker->arena,
			     "the capture initrd has no %s %s, which it needs %s", what, name,
			     why),
		"build the capture initrd again (kdumpctl rebuild, mkdumprd -f, or "
		"update-initramfs), and load it",
		initrd_evidence(checker));
}

/* What is neither found nor needed is as good as fine only where the mounts are known. */
static struct answer rest(const struct checker *checker)
{
	const struct lb_machine_target *target = &checker->machine->target;

	if (target->kind == LB_TARGET_LOCAL && !target->layers_known) {
		return not_read("what lies between the dump's file system and the disks is not "
				"shown (sos_commands/block/lsblk)");
	}
	return fine();
}

struct answer check_initrd_lacks_program(const struct checker *checker)
{
	struct answer answer = readable(checker);

	if (answer.text) {
		return answer;
	}
	if (checker->machine->target.filtered &&
		checker->machine->kdump.wrapper != LB_KDUMP_DEBIAN &&
		!has(checker, "makedumpfile", NULL, false)) {
		return found_missing(checker, "program", "makedumpfile", "to write the dump");
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(needs); i++) {
		if (needs[i].program && applies(checker, &needs[i]) &&
			!has(checker, needs[i].program, needs[i].or_program, false)) {
			return found_missing(
				checker, "program", needs[i].program, needs[i].why);
		}
	}
	return rest(checker);
}

static bool is_loaded(const struct lb_machine *machine, const char *module)
{
	for (size_t i = 0; i < machine->modules_count; i++) {
		if (!strcmp(machine->modules[i].name, module)) {
			return true;
		}
	}
	return false;
}

static bool has_modules(const struct lb_machine *machine)
{
	return machine->initrd.releases_count != 0;
}

/* A driver of the disks, or the file system's module where this kernel has it as one. */
static const char *missing_driver(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const char *filesystem = machine->target.filesystem;

	for (size_t i = 0; i < machine->target.drivers_count; i++) {
		if (!has(checker, machine->target.drivers[i].name, NULL, true)) {
			return machine->target.drivers[i].name;
		}
	}
	return filesystem && is_loaded(machine, filesystem) &&
			       !has(checker, filesystem, NULL, true)
		       ? filesystem
		       : NULL;
}

struct answer check_initrd_lacks_driver(const struct checker *checker)
{
	struct answer answer = readable(checker);
	const char *driver;

	if (answer.text) {
		return answer;
	}
	if (!has_modules(checker->machine) && !checker->machine->initrd.builtin_known) {
		return not_read("the capture initrd has no module, and which drivers the kernel "
				"has built in is to be seen on the live system only");
	}
	driver = missing_driver(checker);
	if (driver) {
		return found_missing(checker, "module", driver, "to reach the disk of the dump");
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(needs); i++) {
		if (needs[i].module && applies(checker, &needs[i]) &&
			!has(checker, needs[i].module, needs[i].or_module, true)) {
			return found_missing(checker, "module", needs[i].module, needs[i].why);
		}
	}
	return rest(checker);
}

/* The release that the capture kernel should be of; a debug kernel is captured by the plain one. */
static struct lb_slice wanted_release(const struct lb_machine *machine)
{
	const char *given = machine->kdump.release;
	struct lb_slice release =
		lb_slice_of(given && *given ? given : machine->kernel.release);

	if (lb_slice_ends(release, "+debug") || lb_slice_ends(release, "-debug")) {
		release.length -= strlen("+debug");
	}
	return release;
}

struct answer check_initrd_of_other_kernel(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	const struct lb_machine_initrd *initrd = &machine->initrd;
	struct lb_slice wanted = wanted_release(machine);

	if (!initrd->known) {
		return not_read(no_listing);
	}
	if (!initrd->releases_count || !wanted.length) {
		return not_read("the capture initrd has no module, or the machine does not show "
				"which kernel it runs");
	}
	for (size_t i = 0; i < initrd->releases_count; i++) {
		if (lb_slice_begins(lb_slice_of(initrd->releases[i].name),
			    lb_arena_printf(checker->arena, "%.*s", (int)wanted.length,
				    wanted.at))) {
			return fine();
		}
	}
	return found(lb_arena_printf(checker->arena,
			     "the capture initrd has modules of Linux %s, and the capture kernel "
			     "is %.*s: it can load none of them",
			     initrd->releases[0].name, (int)wanted.length, wanted.at),
		"build the capture initrd for this kernel, and load both again",
		initrd->path);
}

struct answer check_initrd_outdated(const struct checker *checker)
{
	const struct lb_machine_kexec *kexec = &checker->machine->kexec;

	if (!kexec->initrd_written || !kexec->config_written) {
		return not_read("when the capture initrd and the service's configuration were "
				"written is to be seen on the live system only");
	}
	if (kexec->config_written <= kexec->initrd_written) {
		return fine();
	}
	return found("the service's configuration was changed after the capture initrd was built",
		"restart the kdump service; it builds the initrd again",
		lb_arena_printf(checker->arena,
			"written: configuration %llu s after the initrd",
			(unsigned long long)(kexec->config_written - kexec->initrd_written)));
}

/* What crash memory holds, where that can be read; result NOT_READ where it cannot. */
static struct answer loaded_as_on_disk(const struct checker *checker)
{
	const struct lb_machine_kexec *kexec = &checker->machine->kexec;
	bool other_kernel = kexec->kernel_loaded_known && !kexec->kernel_loaded;
	bool other_initrd = kexec->initrd_loaded_known && !kexec->initrd_loaded;

	if (other_kernel || other_initrd) {
		return found(lb_arena_printf(checker->arena,
				     "the %s that is loaded is another one than on disk",
				     !other_initrd  ? "capture kernel"
				     : other_kernel ? "capture kernel with its initrd"
						    : "capture initrd"),
			"load it again (restart the kdump service)",
			"proc/kcore: the bytes on disk are nowhere in crash memory");
	}
	return kexec->kernel_loaded_known && kexec->initrd_loaded_known ? fine() : not_read("");
}

struct answer check_loaded_before(const struct checker *checker)
{
	const struct lb_machine_kexec *kexec = &checker->machine->kexec;
	uint64_t changed = lb_max(kexec->initrd_written, kexec->kernel_written);
	struct answer answer = loaded_as_on_disk(checker);

	if (answer.result != LB_CHECK_NOT_READ) {
		return answer;
	}
	if (!kexec->service_started || !changed) {
		return not_read("what is loaded, and when kernel and initrd were written, is to be "
				"seen on the live system only");
	}
	if (changed <= kexec->service_started) {
		return fine();
	}
	return found("the capture kernel or its initrd was written after the kdump service last "
		     "loaded them: what is loaded is older",
		"restart the kdump service",
		lb_arena_printf(checker->arena, "written %llu s after the service started",
			(unsigned long long)(changed - kexec->service_started)));
}
