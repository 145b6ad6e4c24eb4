/* SPDX-License-Identifier: MIT */
/* load: is a capture kernel loaded, and may one be? */
#include "plan/check/checks.h"
#include "plan/words.h"
#include "policy/linux/cmdline.h"

const char *setting_evidence(const struct checker *checker, const struct lb_setting *setting)
{
	return lb_arena_printf(checker->arena, "%s:%u: %s = %d", setting->position.source,
		setting->position.line, setting->name, setting->value);
}

/* The setting that keeps a kernel from being loaded, now or at the next boot; NULL: none. */
static const struct lb_setting *load_disabled(const struct checker *checker)
{
	static const char name[] = "kernel.kexec_load_disabled";
	const struct lb_machine_settings *settings = &checker->machine->settings;
	const struct lb_setting *now = lb_setting_now(settings, name);
	const struct lb_setting *configured = lb_setting_configured(settings, name);

	if (now && now->value) {
		return now;
	}
	return configured && configured->value ? configured : NULL;
}

static const char *how_to_load(const struct checker *checker)
{
	if (load_disabled(checker)) {
		return "take kernel.kexec_load_disabled=1 out of the files of sysctl.d (or let it "
		       "be set after the kdump service has run), and boot again";
	}
	switch (checker->machine->kdump.wrapper) {
	case LB_KDUMP_DEBIAN:
		return "set USE_KDUMP=1 in /etc/default/kdump-tools and run \"kdump-config load\", "
		       "which says what is wrong";
	case LB_KDUMP_UTILS:
		return "run \"systemctl enable --now kdump\"; \"kdumpctl status\" and \"journalctl "
		       "-u kdump\" say what is wrong";
	case LB_KDUMP_SUSE:
		return "run \"systemctl enable --now kdump\"; \"journalctl -u kdump\" says what is "
		       "wrong";
	case LB_KDUMP_NONE:
		break;
	}
	return "install and start the distribution's kdump service (kdump-utils, kdump or "
	       "kdump-tools)";
}

struct answer check_not_loaded(const struct checker *checker)
{
	const struct lb_machine_crash *crash = &checker->machine->crash;

	if (!crash->loaded_known) {
		return not_read("sys/kernel/kexec_crash_loaded is not shown");
	}
	if (crash->loaded) {
		return fine();
	}
	if (checker->plan && !crash_bytes(checker)) {
		return not_asked(); /* there is nothing to load it into, which is said already */
	}
	return found("memory is reserved, but no capture kernel is loaded into it: a crash leaves "
		     "no dump",
		how_to_load(checker), "sys/kernel/kexec_crash_loaded: 0");
}

struct answer check_load_disabled(const struct checker *checker)
{
	const struct lb_machine_settings *settings = &checker->machine->settings;
	const struct lb_setting *setting = load_disabled(checker);

	if (setting) {
		return found("this machine lets no kernel be loaded for a crash until it boots "
			     "again; what is loaded stays, also when the kernel, the initrd or "
			     "the memory changes",
			"see to it that the kdump service runs before "
			"kernel.kexec_load_disabled is set",
			setting_evidence(checker, setting));
	}
	return lb_setting_now(settings, "kernel.kexec_load_disabled")
		       ? fine()
		       : not_read("proc/sys/kernel/kexec_load_disabled is not shown");
}

struct answer check_lockdown(const struct checker *checker)
{
	switch (checker->machine->kexec.lockdown) {
	case LB_LOCKDOWN_UNKNOWN:
		return not_read("sys/kernel/security/lockdown is not shown");
	case LB_LOCKDOWN_NONE:
		return fine();
	case LB_LOCKDOWN_INTEGRITY:
	case LB_LOCKDOWN_CONFIDENTIALITY:
		break;
	}
	return found("the kernel is locked down: it takes a capture kernel only from "
		     "kexec_file_load, and only a signed one",
		"load with kexec -s, and the distribution's own signed kernel",
		"sys/kernel/security/lockdown, or the boot log");
}

struct answer check_secure_boot(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;

	if (machine->efi.known && !machine->efi.booted) {
		return not_asked();
	}
	if (!machine->efi.secure_boot_known) {
		return not_read("sys/firmware/efi/efivars/SecureBoot-* is not shown, nor does the "
				"boot log say \"Secure boot\"");
	}
	if (!machine->efi.secure_boot) {
		return fine();
	}
	return found("Secure Boot is on: distributions' kernels are locked down then, and take a "
		     "capture kernel of your own only with a signature that they trust",
		"load with kexec -s, and the distribution's own signed kernel; or enrol your key "
		"(mokutil --import)",
		"sys/firmware/efi/efivars/SecureBoot-*, mokutil --sb-state, or the boot log");
}

static bool is_locked_down(const struct checker *checker)
{
	return checker->machine->kexec.lockdown > LB_LOCKDOWN_NONE;
}

struct answer check_load_call(const struct checker *checker)
{
	const struct lb_machine_kdump *kdump = &checker->machine->kdump;
	const char *options = kdump->kexec ? kdump->kexec : "";

	if (checker->machine->kexec.lockdown == LB_LOCKDOWN_UNKNOWN) {
		return not_read("sys/kernel/security/lockdown is not shown");
	}
	if (!is_locked_down(checker)) {
		return not_asked();
	}
	if (kdump->wrapper == LB_KDUMP_NONE) {
		return not_read(no_configuration);
	}
	if (!lb_linux_has_option(options, "-c") &&
		!lb_linux_has_option(options, "--kexec-syscall")) {
		return fine();
	}
	return found("the kernel is locked down, and the service is told to load with kexec_load, "
		     "which is refused then",
		"write -s (kexec_file_load) instead of -c into the service's configuration",
		lb_arena_printf(checker->arena, "%s: %s", kdump->path, options));
}

struct answer check_unsigned_kernel(const struct checker *checker)
{
	const struct lb_machine_kexec *kexec = &checker->machine->kexec;

	if (kexec->lockdown == LB_LOCKDOWN_UNKNOWN) {
		return not_read("sys/kernel/security/lockdown is not shown");
	}
	if (!is_locked_down(checker)) {
		return not_asked();
	}
	if (!kexec->signed_known) {
		return not_read("whether the capture kernel is signed is to be seen on the live "
				"system only");
	}
	if (kexec->kernel_signed) {
		return fine();
	}
	return found(
		"the kernel is locked down, and the capture kernel is not signed: it is refused",
		"use the distribution's signed kernel, or sign your own",
		"the kernel image has no certificate table (PE/COFF)");
}

struct answer check_service_off(const struct checker *checker)
{
	const struct lb_machine_kdump *kdump = &checker->machine->kdump;

	if (kdump->wrapper == LB_KDUMP_NONE) {
		return not_read(no_configuration);
	}
	if (!kdump->off) {
		return fine();
	}
	return found("the kdump service is switched off: it loads nothing when the machine boots",
		"write USE_KDUMP=1 into its configuration",
		lb_arena_printf(checker->arena, "%s: USE_KDUMP=0", kdump->path));
}

/* True if usable memory of the firmware's map and the range have something in common. */
static bool firmware_has(const struct lb_machine *machine, struct lb_range range)
{
	const struct lb_e820_entry *entries = machine->e820.firmware_count ? machine->e820.firmware
									  : machine->e820.log;
	size_t count = machine->e820.firmware_count ? machine->e820.firmware_count
						    : machine->e820.log_count;

	for (size_t i = 0; i < count; i++) {
		if (entries[i].type == LB_E820_RAM &&
			lb_range_overlaps(entries[i].range, range)) {
			return true;
		}
	}
	return false;
}

/* RAM that was not there when the machine booted; empty: none is seen. */
static struct lb_range added_memory(const struct lb_machine *machine)
{
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (!entry->depth && entry->kind == LB_IOMEM_RAM &&
			!firmware_has(machine, entry->range)) {
			return entry->range;
		}
	}
	return (struct lb_range){0, 0};
}

/* The core header that is loaded says it, where it can be read. */
static struct answer memory_left_out(const struct checker *checker)
{
	uint64_t bytes = checker->machine->kexec.left_out_bytes;

	return !bytes ? fine()
		      : found(lb_arena_printf(checker->arena,
				      "%s of memory were added after the capture kernel was "
				      "loaded, and are not in its dump",
				      lb_size_text(bytes).text),
				"load the capture kernel again (restart the kdump service)",
				"proc/kcore: the core header in crash memory, against proc/iomem");
}

struct answer check_cpus_added(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	uint64_t noted = machine->kexec.noted_cpus;

	if (!noted || machine->cpu.count <= 0) {
		return not_read("for how many CPUs it was loaded is to be seen on the live system "
				"only (x86-64)");
	}
	if ((uint64_t)machine->cpu.count <= noted) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "the capture kernel was loaded for %llu CPUs, and %d are online: what "
			     "the others did is not in the dump",
			     (unsigned long long)noted, machine->cpu.count),
		"load the capture kernel again (restart the kdump service)",
		"proc/kcore: notes of the core header in crash memory, against proc/cpuinfo");
}

struct answer check_memory_added(const struct checker *checker)
{
	const struct lb_machine *machine = checker->machine;
	struct lb_range added;

	if (machine->kexec.left_out_known) {
		return memory_left_out(checker);
	}
	if (!machine->memory.iomem_count ||
		(!machine->e820.firmware_count && !machine->e820.log_count) ||
		machine->e820.user_count) {
		return not_read("proc/iomem and the firmware's memory map are not both shown");
	}
	added = added_memory(machine);
	if (lb_range_empty(added) || (machine->kexec.hotplug_known && machine->kexec.hotplug)) {
		return fine();
	}
	return found("memory was added since the machine booted, and this kernel does not tell a "
		     "loaded capture kernel: unless it was loaded again since, that memory is not "
		     "in the dump",
		"load the capture kernel again (restart the kdump service)",
		lb_arena_printf(checker->arena,
			"proc/iomem: System RAM at %s, which the firmware's map has not; "
			"sys/devices/system/memory/crash_hotplug: %s",
			lb_range_text(added).text,
			machine->kexec.hotplug_known ? "0" : "not there"));
}
