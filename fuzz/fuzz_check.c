/* SPDX-License-Identifier: MIT */
/*
 * fuzz_check: the first byte chooses one of the files that `lifeboat check` reads, the others are
 * what is in it. Whatever they are, the machine is checked, and told in all three ways; and what a
 * snapshot keeps of the file is read again.
 */
#include "machine/scrub.h"
#include "machine_fuzz.h"
#include "plan/check/check.h"
#include "render/check.h"

static const struct {
	enum machine_kind kind;
	const char *path;
} files[] = {
	{MACHINE_KDUMP_CONF, "etc/kdump.conf"},
	{MACHINE_KDUMP_SYSCONFIG, "etc/sysconfig/kdump"},
	{MACHINE_KDUMP_TOOLS, "etc/default/kdump-tools"},
	{MACHINE_INITRD_LIST, "sos_commands/kdump/lsinitrd_x"},
	{MACHINE_DF, "sos_commands/filesys/df_-al"},
	{MACHINE_LSBLK, "sos_commands/block/lsblk"},
	{MACHINE_INSTALLED_RPMS, "installed-rpms"},
	{MACHINE_DPKG_LIST, "sos_commands/dpkg/dpkg_-l"},
	{MACHINE_CRASH_PATH, "crash-path"},
	{MACHINE_SETTINGS_LIST, "sysctl"},
	{MACHINE_SETTINGS_CONF, "etc/sysctl.d/a.conf"},
	{MACHINE_SETTING, "proc/sys/kernel/panic"},
	{MACHINE_LOCKDOWN, "sys/kernel/security/lockdown"},
	{MACHINE_SECURE_BOOT, "sys/firmware/efi/efivars/SecureBoot"},
	{MACHINE_MOKUTIL, "sos_commands/boot/mokutil_--sb-state"},
	{MACHINE_WATCHDOG_STATE, "sys/class/watchdog/watchdog0/state"},
	{MACHINE_TRIAL, "var/lib/lifeboat/drill"},
	{MACHINE_TRIAL_STATUS, "var/lib/kdump/vmcore-creation.status"},
};

static void ignore(void *context, const char *text, size_t length)
{
	(void)text;
	*(size_t *)context += length;
}

static void tell(const struct lb_machine *machine)
{
	static const struct lb_text_style style = {.width = 80, .journal = true};
	size_t written = 0;
	struct lb_sink sink = {.write = ignore, .context = &written};
	struct lb_check *check;

	fuzz_require(lb_check_make(machine, &check) == LB_OK);
	lb_render_check_text(check, &style, sink);
	lb_render_check_json(check, sink);
	lb_render_check_prometheus(check, sink);
	fuzz_require(written > 0);
	lb_check_free(check);
}

static void add_others(struct machine_reader *reader, enum machine_kind kind)
{
	static const char cmdline[] = "ro nokaslr crashkernel=256M";
	static const char iomem[] = "00100000-bfffffff : System RAM\n"
				    "  af000000-beffffff : Crash kernel\n";
	static const char version[] = "Linux version 6.1.0-50-amd64 (x) #1\n";
	static const char config[] = "path /var/crash\n";

	fuzz_add(reader, MACHINE_CMDLINE, 0, "proc/cmdline", (const uint8_t *)cmdline,
		sizeof(cmdline) - 1);
	fuzz_add(reader, MACHINE_IOMEM, 0, "proc/iomem", (const uint8_t *)iomem,
		sizeof(iomem) - 1);
	fuzz_add(reader, MACHINE_VERSION, 0, "proc/version", (const uint8_t *)version,
		sizeof(version) - 1);
	if (kind == MACHINE_DF || kind == MACHINE_LSBLK || kind == MACHINE_INITRD_LIST) {
		fuzz_add(reader, MACHINE_KDUMP_CONF, 0, "etc/kdump.conf",
			(const uint8_t *)config, sizeof(config) - 1);
	}
}

/* What a snapshot keeps is read as well as what it was made of. */
static void read_again(size_t which, const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct lb_left_out left_out = {0};
	struct machine_reader reader;

	fuzz_start(&reader, &error);
	fuzz_add(&reader, files[which].kind, 0, files[which].path, data, size);
	fuzz_require(scrub_file(&reader, &reader.files[0], &left_out) == LB_OK);
	add_others(&reader, files[which].kind);
	machine_read_files(&reader);
	fuzz_require(reader.status == LB_OK);
	fuzz_end(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct machine_reader reader;
	size_t which = size ? (size_t)(*data - 'a') % LB_ARRAY_COUNT(files) : 0;
	bool good;

	if (!size) {
		return 0;
	}
	fuzz_start(&reader, &error);
	fuzz_add(&reader, files[which].kind, 0, files[which].path, data + 1, size - 1);
	add_others(&reader, files[which].kind);
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	good = reader.status == LB_OK;
	if (good) {
		tell(reader.machine);
	}
	fuzz_end(&reader);
	if (good && files[which].kind != MACHINE_CRASH_PATH) {
		read_again(which, data + 1, size - 1);
	}
	return 0;
}
