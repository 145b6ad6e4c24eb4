/* SPDX-License-Identifier: MIT */
/* trial: was a dump of this machine, or of one like it, ever tried, and is that still true? */
#include <string.h>

#include "plan/check/checks.h"

static const char no_record[] = "no record of a trial is shown (var/lib/lifeboat/drill, "
				"var/lib/kdump/vmcore-creation.status)";
static const char how_to_try[] =
	"run \"lifeboat drill --kernel IMAGE --initrd FILE --record /var/lib/lifeboat/drill\" with "
	"this machine's images and crashkernel=, or kdumpctl test, which crashes it";

static const struct lb_machine_trial *trial_of(const struct checker *checker)
{
	return &checker->machine->trial;
}

struct answer check_never_tried(const struct checker *checker)
{
	switch (trial_of(checker)->outcome) {
	case LB_TRIED_UNKNOWN:
		return not_read(no_record);
	case LB_TRIED_NEVER:
		return found("whether a dump comes out was never tried", how_to_try,
			"there is neither /var/lib/lifeboat/drill nor "
			"/var/lib/kdump/vmcore-creation.status");
	case LB_TRIED_FAILED:
	case LB_TRIED_SAVED:
	case LB_TRIED_WORKED:
		break;
	}
	return fine();
}

struct answer check_trial_failed(const struct checker *checker)
{
	switch (trial_of(checker)->outcome) {
	case LB_TRIED_UNKNOWN:
		return not_read(no_record);
	case LB_TRIED_NEVER:
		return not_asked();
	case LB_TRIED_FAILED:
		return found("the last time that it was tried, no dump came out",
			"find out why, and try again", trial_of(checker)->path);
	case LB_TRIED_SAVED:
	case LB_TRIED_WORKED:
		break;
	}
	return fine();
}

static bool asks_for(const struct lb_plan *plan, const char *value)
{
	for (size_t i = 0; i < plan->crashkernel_count; i++) {
		if (!strcmp(plan->crashkernel[i], value)) {
			return true;
		}
	}
	return false;
}

/* What has changed since; NULL: nothing that can be seen. */
static const char *what_changed(const struct checker *checker)
{
	const struct lb_machine_trial *trial = trial_of(checker);
	const struct lb_machine_kexec *kexec = &checker->machine->kexec;

	if (trial->initrd_bytes && kexec->initrd_bytes &&
		trial->initrd_bytes != kexec->initrd_bytes) {
		return "the capture initrd is another one";
	}
	if (trial->when && kexec->initrd_written > trial->when) {
		return "the capture initrd was written later";
	}
	if (trial->when && kexec->kernel_written > trial->when) {
		return "the capture kernel was written later";
	}
	if (trial->crashkernel && checker->plan && !asks_for(checker->plan, trial->crashkernel)) {
		return "crashkernel= is another one";
	}
	return NULL;
}

struct answer check_trial_outdated(const struct checker *checker)
{
	const struct lb_machine_trial *trial = trial_of(checker);
	const char *changed = what_changed(checker);

	if (trial->outcome == LB_TRIED_UNKNOWN) {
		return not_read(no_record);
	}
	if (trial->outcome == LB_TRIED_NEVER || !trial->path) {
		return not_asked();
	}
	if (!changed) {
		return fine();
	}
	return found(lb_arena_printf(checker->arena,
			     "since the last time that a dump was tried, something has changed: %s",
			     changed),
		how_to_try, trial->path);
}
