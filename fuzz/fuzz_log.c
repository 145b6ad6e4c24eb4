/* SPDX-License-Identifier: MIT */
/* fuzz_log: any bytes as a boot log. A log is never refused; lines are lost and told. */
#include "machine_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct machine_reader reader;

	fuzz_start(&reader, &error);
	fuzz_add(&reader, MACHINE_LOG, 0, "dmesg", data, size);
	machine_read_files(&reader);
	fuzz_require(reader.status == LB_OK || reader.status == LB_NOT_FOUND);
	fuzz_check_outcome(&reader);
	fuzz_end(&reader);
	return 0;
}
