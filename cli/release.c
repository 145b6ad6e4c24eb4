/* SPDX-License-Identifier: MIT */
/* release: check, write, look again. */
#include "cli/release.h"

#include "cli/cli.h"
#include "machine/crash_size.h"

/* The machine as it is after the write. */
static int look_again(const char *root, struct lb_give_back *give)
{
	struct lb_give_back shown;
	struct lb_machine_error error = {""};
	struct lb_machine *machine;

	if (lb_machine_open(root, &machine, &error) != LB_OK) {
		lb_complain("%s", error.text);
		return LB_EXIT_INPUT;
	}
	give->as_said = lb_give_back_holds(give, machine, &shown);
	lb_machine_close(machine);
	if (give->as_said) {
		return LB_EXIT_GOOD;
	}
	lb_complain("the kernel took %llu bytes and shows another result than it should: crash "
		    "memory at 0x%llx-0x%llx",
		(unsigned long long)give->size_after, (unsigned long long)shown.now.main.start,
		(unsigned long long)(shown.now.main.end ? shown.now.main.end - 1 : 0));
	return LB_EXIT_BAD_NEWS;
}

int lb_release_apply(const char *root, struct lb_give_back *give)
{
	struct lb_machine_error error = {""};

	if (!give->known) {
		lb_complain("nothing was given back: %s", give->why_not);
		return LB_EXIT_REFUSED;
	}
	if (!give->bytes) {
		return LB_EXIT_GOOD;
	}
	if (give->loaded) {
		lb_complain("nothing was given back: a capture kernel is loaded, and the kernel "
			    "keeps all crash memory as long as it is; unload it, give back, and "
			    "load it again");
		return LB_EXIT_REFUSED;
	}
	if (lb_crash_size_write(root, give->size_after, &error) != LB_OK) {
		lb_complain("nothing was given back: %s", error.text);
		return LB_EXIT_REFUSED;
	}
	give->applied = true;
	return look_again(root, give);
}
