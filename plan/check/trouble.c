/* SPDX-License-Identifier: MIT */
/* trouble: does trouble become a crash, and is the dump left in peace? */
#include "plan/check/checks.h"
#include "plan/words.h"
#include "policy/linux/cmdline.h"

/* What was measured, slowest to fastest (docs/findings.md): a dump of 256 GiB took 90 minutes, one
 * of 4 TiB 43 minutes. */
#define SLOWEST_PER_SECOND (47 * LB_MIB)
#define FASTEST_PER_SECOND (1600 * LB_MIB)
#define CAPTURE_BOOT_S 10

static const struct lb_setting *setting(const struct checker *checker, const char *name)
{
	return lb_setting_now(&checker->machine->settings, name);
}

/* Found where the setting is 0. */
static struct answer expect_set(
	const struct checker *checker, const char *name, const char *text, const char *fix)
{
	const struct lb_setting *now = setting(checker, name);

	if (!now) {
		return not_read(lb_arena_printf(checker->arena, "%s is not shown", name));
	}
	return now->value ? fine() : found(text, fix, setting_evidence(checker, now));
}

struct answer check_oops_goes_on(const struct checker *checker)
{
	return expect_set(checker, "kernel.panic_on_oops",
		"an oops ends a process, not the machine, and leaves no dump",
		"set kernel.panic_on_oops=1 where a dump is worth a restart");
}

struct answer check_hang_goes_on(const struct checker *checker)
{
	static const char *const names[] = {"kernel.hung_task_panic", "kernel.softlockup_panic",
		"kernel.hardlockup_panic"};
	const struct lb_setting *last = NULL;

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		const struct lb_setting *now = setting(checker, names[i]);

		if (now && now->value) {
			return fine();
		}
		last = now ? now : last;
	}
	if (!last) {
		return not_read("neither kernel.hung_task_panic nor kernel.softlockup_panic is "
				"shown");
	}
	return found("a machine that hangs stays as it is, and leaves no dump: no detector of "
		     "hangs makes a panic of one",
		"set kernel.hardlockup_panic=1, kernel.softlockup_panic=1 or "
		"kernel.hung_task_panic=1",
		setting_evidence(checker, last));
}

struct answer check_nmi_unnoticed(const struct checker *checker)
{
	if (checker->machine->arch != LB_ARCH_X86_64) {
		return not_asked();
	}
	return expect_set(checker, "kernel.unknown_nmi_panic",
		"the NMI that an operator sends to a machine that hangs (button, BMC, hypervisor) "
		"leaves no dump",
		"set kernel.unknown_nmi_panic=1");
}

struct answer check_no_restart(const struct checker *checker)
{
	return expect_set(checker, "kernel.panic",
		"if the capture kernel cannot be started, the machine stands still after a panic "
		"until somebody comes",
		"set kernel.panic=10, or as many seconds as you like");
}

struct answer check_notifiers_first(const struct checker *checker)
{
	const char *cmdline = checker->machine->boot.cmdline;
	struct lb_cmdline_option option;

	if (!cmdline) {
		return not_read("the command line is not shown");
	}
	if (!lb_cmdline_find(lb_linux_cmdline(cmdline), "crash_kexec_post_notifiers", &option) ||
		lb_slice_is(option.value, "0") || lb_slice_is(option.value, "N")) {
		return fine();
	}
	return found("crash_kexec_post_notifiers: what drivers do on a panic runs before the "
		     "capture kernel, in a kernel that is broken; if it hangs, there is no dump",
		"leave it out, unless one of these notifiers is needed",
		"proc/cmdline: crash_kexec_post_notifiers");
}

struct answer check_watchdog_short(const struct checker *checker)
{
	const struct lb_machine_watchdog *watchdog = &checker->machine->watchdog;
	uint64_t memory = checker->size ? checker->size->memory_bytes : 0;
	uint64_t longest = CAPTURE_BOOT_S + memory / SLOWEST_PER_SECOND;

	if (!watchdog->known) {
		return not_read("sys/class/watchdog/watchdog0/state is not shown (or there is no "
				"watchdog)");
	}
	if (!watchdog->active) {
		return fine();
	}
	if (!watchdog->timeout_s || !memory) {
		return not_read("a watchdog runs, and its timeout or the machine's memory is not "
				"shown");
	}
	if (watchdog->timeout_s >= longest) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "a hardware watchdog runs and bites after %llu seconds; dumps of %s "
			     "take from %llu to %llu: unless the capture kernel feeds it, it ends "
			     "the dump",
			     (unsigned long long)watchdog->timeout_s, lb_size_text(memory).text,
			     (unsigned long long)(CAPTURE_BOOT_S + memory / FASTEST_PER_SECOND),
			     (unsigned long long)longest),
		"see to it that the driver of the watchdog is in the capture initrd, or let it "
		"wait for longer",
		lb_arena_printf(checker->arena,
			"sys/class/watchdog/watchdog0: active, timeout %llu",
			(unsigned long long)watchdog->timeout_s));
}
