/* SPDX-License-Identifier: MIT */
/* options: see plan/options.h. */
#include "plan/options.h"

#include <string.h>

#include "policy/linux/cmdline.h"

/* Options that move memory before the reservation: which RAM there is, what early code takes, and
 * which direction it searches. Sources: linux_x86 setup.c, e820.c; arm64 init.c; mm/memblock.c. */
static const char *const shaping[] = {"mem", "memmap", "numa", "movable_node", "movablecore",
	"kernelcore", "hugepages", "hugepagesz", "default_hugepagesz", "hugetlb_cma", "cma",
	"cma_pernuma", "numa_cma", "log_buf_len", "mem_encrypt", "acpi", "efi", "noefi",
	"add_efi_memmap", "efi_fake_mem", "disable_mtrr_trim", "enable_mtrr_cleanup",
	"debug_pagealloc", "nogbpages", "gbpages", "no5lvl", "rodata", "kfence.sample_interval",
	"kvm-arm.mode", "reservelow", "vmalloc", "nopat", "memtest", "kho", "no_hash_pointers"};

char *lb_option_replace_crashkernel(
	struct lb_arena *arena, const char *cmdline, const char *const *values, size_t count)
{
	size_t bytes = strlen(cmdline) + 1;
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	size_t found;
	char *text;
	char *at;

	for (size_t i = 0; i < count; i++) {
		bytes += strlen(values[i]) + sizeof(" crashkernel=");
	}
	at = text = lb_arena_alloc(arena, bytes + 1);
	if (!text) {
		return NULL;
	}
	while (lb_cmdline_next(&line, &option)) {
		if (!lb_slice_find(option.word, "crashkernel=", &found)) {
			at = mempcpy(at, option.word.at, option.word.length);
			*at++ = ' ';
		}
	}
	for (size_t i = 0; i < count; i++) {
		at = stpcpy(at, "crashkernel=");
		at = stpcpy(at, values[i]);
		*at++ = ' ';
	}
	if (at > text) {
		at--;
	}
	*at = '\0';
	return text;
}

static bool shapes_memory(struct lb_slice name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(shaping); i++) {
		if (lb_slice_is(name, shaping[i])) {
			return true;
		}
	}
	return false;
}

/* The next word that shapes memory; empty at the end. */
static struct lb_slice next_shaping(struct lb_cmdline *line)
{
	struct lb_cmdline_option option;

	while (lb_cmdline_next(line, &option)) {
		if (shapes_memory(option.name)) {
			return option.word;
		}
	}
	return (struct lb_slice){0};
}

bool lb_option_same_memory(const char *a, const char *b)
{
	struct lb_cmdline line_a = lb_linux_cmdline(a), line_b = lb_linux_cmdline(b);

	for (;;) {
		struct lb_slice word_a = next_shaping(&line_a), word_b = next_shaping(&line_b);

		if (word_a.length != word_b.length ||
			(word_a.length && memcmp(word_a.at, word_b.at, word_a.length))) {
			return false;
		}
		if (!word_a.length) {
			return true;
		}
	}
}
