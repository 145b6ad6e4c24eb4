/* SPDX-License-Identifier: MIT */
/* options: words, values and sizes of a kernel command line. */
#include "plan/boot/options.h"

#include <string.h>

/* Options that move memory before the reservation: which RAM there is, what early code takes, and
 * which direction it searches. Sources: linux_x86 setup.c, e820.c; arm64 init.c; mm/memblock.c. */
static const char *const shaping[] = {"mem", "memmap", "numa", "movable_node", "movablecore",
	"kernelcore", "hugepages", "hugepagesz", "default_hugepagesz", "hugetlb_cma", "cma",
	"cma_pernuma", "numa_cma", "log_buf_len", "mem_encrypt", "acpi", "efi", "noefi",
	"add_efi_memmap", "efi_fake_mem", "disable_mtrr_trim", "enable_mtrr_cleanup",
	"debug_pagealloc", "nogbpages", "gbpages", "no5lvl", "rodata", "kfence.sample_interval",
	"kvm-arm.mode", "reservelow", "vmalloc", "nopat", "memtest", "kho", "no_hash_pointers"};

bool lb_option_next(const char **cursor, const char **ret, size_t *ret_length)
{
	const char *at = *cursor;
	bool quoted = false;

	while (*at == ' ' || *at == '\t' || *at == '\n') {
		at++;
	}
	if (!*at) {
		return false;
	}
	*ret = at;
	for (; *at && (quoted || (*at != ' ' && *at != '\t' && *at != '\n')); at++) {
		if (*at == '"') {
			quoted = !quoted;
		}
	}
	*cursor = at;
	*ret_length = (size_t)(at - *ret);
	return !(*ret_length == 2 && !memcmp(*ret, "--", 2));
}

static bool named(const char *word, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	return length >= name_length && !memcmp(word, name, name_length) &&
	       (length == name_length || word[name_length] == '=');
}

bool lb_option_find(const char *cmdline, const char *name, const char **ret, size_t *ret_length)
{
	const char *cursor = cmdline;
	const char *word;
	size_t length;
	bool found = false;

	while (cmdline && lb_option_next(&cursor, &word, &length)) {
		if (named(word, length, name)) {
			size_t skip = strlen(name) + (length > strlen(name));

			*ret = word + skip;
			*ret_length = length - skip;
			found = true;
		}
	}
	return found;
}

bool lb_option_given(const char *cmdline, const char *name)
{
	const char *value;
	size_t length;

	return lb_option_find(cmdline, name, &value, &length);
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned int)(c - '0');
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : 99;
}

static unsigned int shift_of(char c)
{
	static const char suffixes[] = "kmgtpe";
	const char *at = c ? strchr(suffixes, c | 0x20) : NULL;

	return at ? 10 * (unsigned int)(at - suffixes + 1) : 0;
}

bool lb_option_size(const char *text, uint64_t *ret, const char **ret_end)
{
	unsigned int base = 10;
	uint64_t value = 0;
	const char *at = text;
	bool any = false;

	if (at[0] == '0' && (at[1] | 0x20) == 'x' && digit_of(at[2]) < 16) {
		base = 16;
		at += 2;
	} else if (at[0] == '0') {
		base = 8;
	}
	for (; digit_of(*at) < base; at++) {
		value = value * base + digit_of(*at);
		any = true;
	}
	if (!any) {
		return false;
	}
	if (shift_of(*at)) {
		value <<= shift_of(*at);
		at++;
	}
	*ret = value;
	*ret_end = at;
	return true;
}

bool lb_option_find_size(const char *cmdline, const char *name, uint64_t *ret)
{
	const char *value;
	const char *end;
	size_t length;

	return lb_option_find(cmdline, name, &value, &length) && length &&
	       lb_option_size(value, ret, &end);
}

static bool holds_crashkernel(const char *word, size_t length)
{
	static const char name[] = "crashkernel=";
	const size_t name_length = sizeof(name) - 1;

	for (size_t i = 0; i + name_length <= length; i++) {
		if (!memcmp(word + i, name, name_length)) {
			return true;
		}
	}
	return false;
}

char *lb_option_replace_crashkernel(
	struct lb_arena *arena, const char *cmdline, const char *const *values, size_t count)
{
	size_t bytes = strlen(cmdline) + 1;
	const char *cursor = cmdline;
	const char *word;
	size_t length;
	char *text;
	char *at;

	for (size_t i = 0; i < count; i++) {
		bytes += strlen(values[i]) + sizeof(" crashkernel=");
	}
	at = text = lb_arena_alloc(arena, bytes + 1);
	if (!text) {
		return NULL;
	}
	while (lb_option_next(&cursor, &word, &length)) {
		if (!holds_crashkernel(word, length)) {
			at = mempcpy(at, word, length);
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

static bool shapes_memory(const char *word, size_t length)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(shaping); i++) {
		if (named(word, length, shaping[i])) {
			return true;
		}
	}
	return false;
}

static bool next_shaping(const char **cursor, const char **ret, size_t *ret_length)
{
	while (lb_option_next(cursor, ret, ret_length)) {
		if (shapes_memory(*ret, *ret_length)) {
			return true;
		}
	}
	*ret_length = 0;
	return false;
}

bool lb_option_same_memory(const char *a, const char *b)
{
	const char *word_a, *word_b;
	size_t length_a, length_b;

	for (;;) {
		bool more_a = next_shaping(&a, &word_a, &length_a);
		bool more_b = next_shaping(&b, &word_b, &length_b);

		if (!more_a || !more_b) {
			return more_a == more_b;
		}
		if (length_a != length_b || memcmp(word_a, word_b, length_a)) {
			return false;
		}
	}
}
