/* SPDX-License-Identifier: MIT */
/* drill_check: what is asked for and cannot be is refused before anything is started. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lab/drill.h"

#define KVM_DEVICE "/dev/kvm"

static bool refuse_usage(struct lab_error *error)
{
	error->kind = LAB_ERROR_USAGE;
	return false;
}

/* A CPU under KVM reaches as far as this computer's; QEMU says so if that is not enough. */
static bool check_memory(const struct lb_drill_spec *spec, struct lab_error *error)
{
	const struct lab_qemu_machine *machine = lab_qemu_machine_of(spec->arch);

	if (spec->accelerator == LB_DRILL_KVM || spec->memory_bytes <= machine->memory_max) {
		return true;
	}
	lab_fail(error, "--memory: QEMU's %s machine has room for %" PRIu64 "G at most",
		lb_arch_name(spec->arch), machine->memory_max / LB_GIB);
	return refuse_usage(error);
}

static bool check_fault(const struct lb_drill_spec *spec, struct lab_error *error)
{
	const struct lb_drill_fault_facts *fault = lb_drill_fault_facts(spec->fault);

	if (spec->cpus >= fault->cpus) {
		return true;
	}
	lab_fail(error, "--inject %s needs %u CPUs: --cpus %u", fault->name, fault->cpus,
		fault->cpus);
	return refuse_usage(error);
}

static bool check_words(const struct lb_drill_spec *spec, struct lab_error *error)
{
	size_t bytes = (spec->append ? strlen(spec->append) : 0) +
		(spec->crashkernel ? strlen(spec->crashkernel) : 0);

	if (bytes <= LB_DRILL_WORDS_MAX) {
		return true;
	}
	lab_fail(error, "--append and --crashkernel: %zu bytes, of which a command line has room "
		"for %d", bytes, LB_DRILL_WORDS_MAX);
	return refuse_usage(error);
}

static bool check_accelerator(const struct lb_drill_spec *spec, struct lab_error *error)
{
	const struct lab_qemu_machine *machine = lab_qemu_machine_of(spec->arch);
	struct utsname host;
	int descriptor;

	if (spec->accelerator == LB_DRILL_TCG) {
		return true;
	}
	if (!machine->kvm_host || uname(&host) || strcmp(host.machine, machine->kvm_host)) {
		lab_fail(error, "--accel kvm: the %s machine can only be emulated here",
			lb_arch_name(spec->arch));
		return false;
	}
	descriptor = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (descriptor < 0) {
		lab_fail(error, "--accel kvm: " KVM_DEVICE ": %s", strerror(errno));
		return false;
	}
	close(descriptor);
	return true;
}

bool lb_drill_check(const struct lb_drill_spec *spec, struct lab_error *error)
{
	*error = (struct lab_error){0};
	return check_memory(spec, error) && check_fault(spec, error) &&
		check_words(spec, error) && check_accelerator(spec, error);
}
