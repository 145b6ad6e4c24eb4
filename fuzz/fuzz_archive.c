/* SPDX-License-Identifier: MIT */
/* fuzz_archive: any bytes as a root that is a file: tar, packed or not, or a bare log. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error = {""};
	struct lb_machine *machine = NULL;
	enum lb_status status;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	status = lb_machine_open(path, &machine, &error);
	if (status == LB_OK) {
		fuzz_check_machine(machine);
	} else {
		fuzz_require(!machine && *error.text && !strchr(error.text, '\n'));
	}
	lb_machine_close(machine);
	close(fd);
	return 0;
}
