/* SPDX-License-Identifier: MIT */
/* boot: the rows, and the boot of one of them. */
#include "plan/boot/boot.h"

#include "plan/boot/arm64.h"
#include "plan/boot/riscv64.h"
#include "plan/boot/steps.h"
#include "plan/boot/x86_64.h"

/* No default: an architecture that is left out does not compile. */
const struct lb_boot_arch *lb_boot_arch(enum lb_arch arch)
{
	switch (arch) {
	case LB_ARCH_X86_64:
		return &lb_boot_x86_64;
	case LB_ARCH_ARM64:
		return &lb_boot_arm64;
	case LB_ARCH_RISCV64:
		return &lb_boot_riscv64;
	case LB_ARCH_UNKNOWN:
		break;
	}
	return NULL;
}

enum lb_status lb_boot_rebuild(struct lb_model *model)
{
	struct lb_boot boot = {.model = model};
	const struct lb_boot_arch *row = lb_boot_arch(model->arch);
	const char *other = model->machine->other_arch;

	if (other) {
		model->missing = lb_arena_printf(model->arena, "%s kernels are known and not "
			"modelled: expected a machine that runs x86-64, arm64 or riscv64", other);
		return model->missing ? LB_UNSUPPORTED : LB_NO_STORAGE;
	}
	if (model->machine->crash.is_capture_kernel) {
		model->missing = "this is what a capture kernel shows (elfcorehdr= on its command "
				 "line): its memory is the crash kernel memory, not the machine's; "
				 "expected the log of the boot that crashed, or a snapshot of the "
				 "machine as it runs";
		return LB_NOT_FOUND;
	}
	if (!row) {
		model->missing = "the architecture cannot be told: expected proc/version, uname, "
				 "proc/cpuinfo or a boot log of x86-64, arm64 or riscv64";
		return LB_NOT_FOUND;
	}
	model->row = row;
	lb_boot_take(&boot, row->steps, row->step_count);
	return boot.status;
}
