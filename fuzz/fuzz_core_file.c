/* SPDX-License-Identifier: MIT */
/* fuzz_core_file: any bytes as a dump: opened, its notes read, and its page tables walked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plan/pages/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_mapped(const struct lb_mapped *mapped)
{
	uint64_t bytes = mapped->unmapped + mapped->elsewhere;

	for (size_t i = 0; i < mapped->kind_count; i++) {
		require(mapped->kinds[i].bytes && mapped->kinds[i].block <= mapped->kinds[i].reach);
		bytes += mapped->kinds[i].bytes;
	}
	require(bytes == mapped->bytes);
	require(mapped->read_only <= bytes && mapped->executable <= bytes);
}

static void check_error(const struct lb_machine_error *error)
{
	require(*error->text && memchr(error->text, 0, sizeof(error->text)));
	require(!strchr(error->text, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_machine_error error = {""};
	struct lb_core_file *core;
	struct lb_pages *pages;
	char path[64];
	int fd = memfd_create("core", 0);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (lb_core_file_open(path, &core, &error) == LB_OK) {
		require(!core->vmcoreinfo == !core->vmcoreinfo_bytes &&
			core->vmcoreinfo_bytes <= LB_CORE_FILE_VMCOREINFO_MAX);
		if (lb_pages_read(core, NULL, 20000, &pages, &error) == LB_OK) {
			check_mapped(&pages->ram);
			lb_pages_free(pages);
		} else {
			check_error(&error);
		}
		lb_core_file_close(core);
	} else {
		check_error(&error);
	}
	close(fd);
	return 0;
}
