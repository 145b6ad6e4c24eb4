/* SPDX-License-Identifier: MIT */
/* prepare: what a machine does, on request, before it is recorded. */
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"
#include "lifeboat/slice.h"

/* lifeboat.shrink=BYTES: gives crash memory back. */
static void shrink(void)
{
	char value[32];
	long file = -1, done = -1;

	if (!cmdline_value("lifeboat.shrink", value, sizeof(value))) {
		return;
	}
	file = syscall_open("/sys/kernel/kexec_crash_size", true);
	if (file >= 0) {
		done = syscall_write(file, value, lb_slice_of(value).length);
		syscall_close(file);
	}
	if (done < 0) {
		say(LB_LINE_ERROR "record: kexec_crash_size refuses %s: %ld", value, done);
	}
}

/* lifeboat.load: loads /capture as the capture kernel, without an initrd. */
static void load(void)
{
	long file, done;

	if (!cmdline_has("lifeboat.load")) {
		return;
	}
	file = syscall_open("/capture", false);
	done = file < 0 ? file : syscall_load_crash(file, -1, "nr_cpus=1");
	if (done < 0) {
		say(LB_LINE_ERROR "record: /capture is not loaded: %ld", done);
	}
}

void prepare(void)
{
	load();
	shrink();
}
