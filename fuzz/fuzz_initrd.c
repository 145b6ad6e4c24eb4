/* SPDX-License-Identifier: MIT */
/* fuzz_initrd: any bytes as an initrd, and as a capture kernel's image. */
#include <stdlib.h>
#include <string.h>

#include "capture/initrd.h"
#include "capture/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

struct seen {
	uint64_t entries;
	uint64_t bytes;
};

static void see(void *context, const struct lb_cpio_entry *entry)
{
	struct seen *seen = context;

	seen->entries++;
	seen->bytes += entry->bytes;
	require(strlen(entry->path) < LB_CPIO_NAME_MAX);
}

static void check_initrd(const struct lb_initrd *initrd, const struct seen *seen, size_t size)
{
	require(initrd->packed == size && initrd->plain <= size);
	require(initrd->plain <= initrd->unpacked && initrd->unpacked <= LB_INITRD_UNPACKED_MAX);
	require(initrd->archives > 0 && initrd->entries == seen->entries);
	require(initrd->data <= seen->bytes && initrd->data <= initrd->unpacked);
	require(initrd->data <= initrd->data_in_pages);
	require(initrd->data_in_pages - initrd->data <= 4095 * initrd->entries);
	require(initrd->module_packed <= initrd->module_data);
	require(initrd->module_data <= initrd->data && initrd->firmware_data <= initrd->data);
}

static void check_error(enum lb_status status, const struct lb_capture_error *error)
{
	require(status == LB_INVALID || status == LB_TRUNCATED || status == LB_UNSUPPORTED ||
		status == LB_NO_STORAGE);
	require(*error->text && memchr(error->text, 0, sizeof(error->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_capture_error error = {""};
	struct lb_capture_kernel kernel;
	struct lb_initrd initrd;
	struct seen seen = {0};
	enum lb_status status = lb_initrd_read(data, size, 4096, see, &seen, &initrd, &error);

	if (status == LB_OK) {
		check_initrd(&initrd, &seen, size);
	} else {
		check_error(status, &error);
	}
	status = lb_capture_kernel_read(data, size, &kernel, &error);
	if (status == LB_OK) {
		require(kernel.load_bytes && kernel.resident_bytes <= kernel.load_bytes);
		require(lb_is_power_of_two(kernel.load_align));
		require(strlen(kernel.release) < sizeof(kernel.release));
	} else {
		check_error(status, &error);
	}
	return 0;
}
