/* SPDX-License-Identifier: MIT */
/* kaslr_cmdline: see policy/linux/kaslr_cmdline.h. Numbers wrap as they do there. */
#include "policy/linux/kaslr_cmdline.h"

#include "lifeboat/arch.h"
#include "policy/linux/cmdline.h"

/* What the decompressor copies of the line: COMMAND_LINE_SIZE - 1 (asm/setup.h, x86). */
#define DECOMPRESSOR_LINE_MAX 2047

/* The decompressor's own memparse, which wraps. */
static uint64_t take_size(struct lb_slice *text)
{
	return lb_linux_memparse(text, 0);
}

#define EFI_MEMORY_SP (UINT64_C(1) << 18)

/* efi_fake_mem=SIZE@START:ATTRIBUTES counts only where it makes memory soft-reserved. */
static bool read_fake_mem(struct lb_slice item, uint64_t *start)
{
	*start = take_size(&item);
	return lb_slice_take(&item, ':') && lb_number_at(item).value & EFI_MEMORY_SP;
}

/* One item of memmap= or efi_fake_mem=. False: the rest of the list is not read. */
static bool read_memmap_item(struct lb_slice item, bool fake, uint64_t *start, uint64_t *size)
{
	size_t before = item.length;

	*start = 0;
	if (lb_slice_begins(item, "exactmap")) {
		return false;
	}
	*size = take_size(&item);
	if (item.length == before) {
		return false;
	}
	switch (lb_slice_first(item)) {
	case '#':
	case '$':
	case '!':
		lb_slice_skip(&item, 1);
		*start = take_size(&item);
		return true;
	case '@':
		lb_slice_skip(&item, 1);
		if (!fake || !read_fake_mem(item, start)) {
			*start = 0;
			*size = 0;
		}
		return true;
	default:
		return true;
	}
}

static void read_memmap(struct lb_kaslr_options *options, struct lb_slice list, bool fake)
{
	struct lb_slice item;
	uint64_t start, size;

	if (options->avoid_count == LB_KASLR_MEMMAP_MAX) {
		return;
	}
	while (options->avoid_count < LB_KASLR_MEMMAP_MAX &&
		lb_slice_next_item(&list, ',', &item)) {
		if (!read_memmap_item(item, fake, &start, &size)) {
			return;
		}
		if (!start) {
			options->limit = size ? lb_min(options->limit, size) : options->limit;
			continue;
		}
		options->avoid[options->avoid_count].start = start;
		if (!lb_add(start, size, &options->avoid[options->avoid_count].end)) {
			options->avoid[options->avoid_count].end = LB_PHYS_ADDR_MAX;
		}
		options->avoid_count++;
	}
	options->too_many |= options->avoid_count == LB_KASLR_MEMMAP_MAX && list.at;
}

/* kstrtoull in 7.2: the whole value is one number, or the option is ignored. */
static bool is_whole_number(struct lb_slice value)
{
	return value.length && lb_number_at(value).length == value.length;
}

static void read_huge_pages(struct lb_kaslr_options *options,
	const struct lb_cmdline_option *option, uint32_t version, bool *armed)
{
	struct lb_slice value = option->value;

	if (!option->value.at) {
		return;
	}
	if (lb_slice_is(option->name, "hugepagesz")) {
		*armed = take_size(&value) == LB_GIB;
	} else if (lb_slice_is(option->name, "hugepages") && *armed) {
		/* Strict in 7.2, loose in 6.12; nothing in between was seen. */
		if (version < LB_LINUX(6, 13, 0) || is_whole_number(value)) {
			options->huge_pages = lb_number_at(value).value;
		}
	}
}

/* False: the rest of the line is not read. */
static bool read_mem(struct lb_kaslr_options *options, const struct lb_cmdline_option *option)
{
	struct lb_slice value = option->value;
	uint64_t size;

	if (!option->value.at || lb_slice_is(value, "nopentium")) {
		return true;
	}
	size = take_size(&value);
	if (!size) {
		return false;
	}
	options->limit = lb_min(options->limit, size);
	return true;
}

struct lb_kaslr_options lb_kaslr_read_decompressor_options(const char *cmdline, uint32_t version)
{
	struct lb_kaslr_options options = {.limit = UINT64_MAX};
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	bool armed = false;

	options.nokaslr = lb_linux_has_word(cmdline, "nokaslr");
	line.rest.length = lb_min(line.rest.length, DECOMPRESSOR_LINE_MAX);
	while (lb_cmdline_next(&line, &option)) {
		if (lb_slice_is(option.name, "memmap") && option.value.at) {
			read_memmap(&options, option.value, false);
		} else if (lb_slice_is(option.name, "mem")) {
			if (!read_mem(&options, &option)) {
				break;
			}
		} else if (lb_slice_is(option.name, "efi_fake_mem") && option.value.at &&
			   version < LB_LINUX(6, 11, 0)) {
			read_memmap(&options, option.value, true);
		} else {
			read_huge_pages(&options, &option, version, &armed);
		}
	}
	return options;
}

bool lb_kaslr_stub_list_option(const char *cmdline, const char *name, const char *item)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	struct lb_slice piece;

	while (lb_cmdline_next(&line, &option)) {
		if (!lb_slice_is(option.name, name)) {
			continue;
		}
		while (lb_slice_next_item(&option.value, ',', &piece)) {
			if (lb_slice_is(piece, item)) {
				return true;
			}
		}
	}
	return false;
}

bool lb_kaslr_stub_memory_option(const char *cmdline, uint32_t version)
{
	return lb_linux_first_begins_word(cmdline, "mem=") ||
		lb_linux_first_begins_word(cmdline, "memmap=") ||
		lb_linux_first_begins_word(cmdline, "hugepages=") ||
		(version < LB_LINUX(6, 11, 0) &&
			lb_linux_first_begins_word(cmdline, "efi_fake_mem="));
}
