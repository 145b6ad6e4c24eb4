/* SPDX-License-Identifier: MIT */
/* estimates: default tables by crashkernel='s own grammar, and three formulae. */
#include "plan/size/estimates.h"

#include <stdio.h>
#include <string.h>

#include "plan/size/build.h"
#include "policy/linux/crashkernel.h"

/* What a distribution's kernel gets unless somebody says otherwise. */
struct default_table {
	const char *name;
	enum lb_arch arch;  /* LB_ARCH_UNKNOWN: all */
	uint32_t page_size; /* 0: all */
	const char *value;  /* as crashkernel= has it */
	const char *source;
};

#define KDUMP_UTILS "kdump-utils 1.0.61, kdump-lib.sh"

static const struct default_table tables[] = {
	{"Fedora, RHEL 10", LB_ARCH_X86_64, 0, "2G-64G:256M,64G-:512M", KDUMP_UTILS},
	{"Fedora, RHEL 10", LB_ARCH_ARM64, 4096, "2G-4G:256M,4G-64G:320M,64G-:576M", KDUMP_UTILS},
	{"Fedora, RHEL 10 (64K)", LB_ARCH_ARM64, 65536, "2G-4G:356M,4G-64G:420M,64G-:676M",
		KDUMP_UTILS},
	{"RHEL 8", LB_ARCH_X86_64, 0, "1G-4G:160M,4G-64G:192M,64G-1T:256M,1T-:512M",
		"RHEL 8 manual, crashkernel=auto"},
	{"Debian 12", LB_ARCH_UNKNOWN, 0, "384M-:128M", "kdump-tools 1.8.1"},
	{"Debian 13", LB_ARCH_UNKNOWN, 0, "512M-:192M", "kdump-tools 1.10.7"},
	{"Ubuntu 24.10", LB_ARCH_UNKNOWN, 0,
		"2G-4G:320M,4G-32G:512M,32G-64G:1024M,64G-128G:2048M,128G-:4096M",
		"kdump-tools of Ubuntu"},
	{"Azure Linux", LB_ARCH_UNKNOWN, 0, "512M-32G:256M,32G-:512M", "microsoft/azurelinux"},
	{"SUSE, where calibration fails", LB_ARCH_UNKNOWN, 0, "192M", "kdumptool calibrate.cc"},
};

struct estimating {
	struct lb_size *size;
	const struct lb_size_input *input;
	bool failed;
};

static void add(struct estimating *estimating, const struct lb_size_estimate *estimate)
{
	struct lb_size *size = estimating->size;

	LB_ASSERT(size->estimate_count < LB_SIZE_ESTIMATES_MAX);
	estimating->failed |= !estimate->formula;
	size->estimates[size->estimate_count++] = *estimate;
}

static const struct lb_size_term *term_of(const struct lb_size *size, const char *name)
{
	for (size_t i = 0; i < size->term_count; i++) {
		if (!strcmp(size->terms[i].name, name)) {
			return &size->terms[i];
		}
	}
	return NULL;
}

static uint64_t middle_of(const struct lb_size *size, const char *name)
{
	const struct lb_size_term *term = term_of(size, name);

	return term ? term->at_least + (term->at_most - term->at_least) / 2 : 0;
}

static bool applies(const struct lb_size *size, const struct default_table *table)
{
	return (table->arch == LB_ARCH_UNKNOWN || table->arch == size->arch) &&
		(!table->page_size || table->page_size == size->page_size);
}

static uint64_t size_in(const struct lb_size *size, const struct default_table *table)
{
	char cmdline[128];
	int length = snprintf(cmdline, sizeof(cmdline), "crashkernel=%s", table->value);

	return lb_crashkernel_read(cmdline, (size_t)length, LB_LINUX(6, 12, 0), size->memory_bytes,
		LB_CRASHKERNEL_PLAIN).size;
}

static void add_tables(struct estimating *estimating)
{
	const struct lb_size *size = estimating->size;

	for (size_t i = 0; i < LB_ARRAY_COUNT(tables); i++) {
		if (applies(size, &tables[i])) {
			add(estimating,
				&(struct lb_size_estimate){.name = tables[i].name,
					.known = size->memory_bytes != 0,
					.bytes = size_in(size, &tables[i]),
					.formula = tables[i].value,
					.source = tables[i].source});
		}
	}
}

/* kernel + modules + 3 * initrd + 16 MiB, and at least what its table says. */
static void add_kdumpctl(struct estimating *estimating)
{
	const struct lb_size_input *input = estimating->input;
	struct lb_size_estimate estimate = {.name = "kdumpctl estimate",
		.known = input->kernel && input->initrd,
		.formula = "kernel + modules of the initrd that are loaded now + 3 * initrd + 16 "
			   "MiB; at least the default; needs --kernel and --initrd",
		.source = "kdump-utils 1.0.61, kdumpctl"};
	uint64_t modules = input->drivers ? input->drivers->loaded_bytes : 0;
	uint64_t table = 0;

	for (size_t i = 0; i < LB_ARRAY_COUNT(tables); i++) {
		if (applies(estimating->size, &tables[i]) &&
			!strcmp(tables[i].source, KDUMP_UTILS)) {
			table = size_in(estimating->size, &tables[i]);
		}
	}
	if (estimate.known) {
		estimate.bytes = lb_max(table,
			lb_size_plus(lb_size_plus(input->kernel->resident_bytes, modules),
				lb_size_plus(lb_size_times(input->initrd->packed, 3),
					16 * LB_MIB)));
	}
	add(estimating, &estimate);
}

/* For each CPU, in KiB: stacks, slabs, threads (kdumptool/calibrate.cc). */
static uint64_t suse_per_cpu(const struct lb_size *size)
{
	uint64_t cpus = lb_min(size->options.cpus, 32);

	return cpus * (240 + 100 + 3 * (size->page_size / LB_KIB) + 128 + 5);
}

/* KiB throughout, as the original. */
static uint64_t suse_bytes(const struct lb_size *size, const struct lb_size_input *input)
{
	uint64_t base = (middle_of(size, "kernel image") + middle_of(size, "kernel, early") +
				middle_of(size, "kernel, running")) / LB_KIB;
	uint64_t cached = input->initrd->data_in_pages / LB_KIB;
	uint64_t user = middle_of(size, "first process and its services") / LB_KIB;
	uint64_t pages = size->memory_bytes / size->page_size / 4 / LB_KIB;
	uint64_t ranges = 96 * ((size->memory_bytes + 128 * LB_GIB - 1) / (128 * LB_GIB));
	uint64_t sum = base + cached + 2 * 768 * 4 + suse_per_cpu(size) + user +
		lb_min(pages, 32 * LB_KIB) + ranges;

	/* Dirty pages and writes in flight (20 % and a sixteenth of it), hashes, struct page. */
	sum = sum * 10000 / (10000 - 2000 - 125);
	sum += sum * (232 * 8) / LB_MIB;
	sum = sum * size->page_size / (size->page_size - 64);
	sum = lb_max(sum, base + input->initrd->packed / LB_KIB + cached);
	return (sum * 13 / 10) * LB_KIB + 64 * LB_MIB;
}

static void add_suse(struct estimating *estimating)
{
	struct lb_size_estimate estimate = {.name = "kdumptool calibrate (SUSE)",
		.known = estimating->input->kernel && estimating->input->initrd &&
			estimating->size->memory_bytes,
		.formula = "(kernel + initrd + CPUs + user + bitmap) / 0.7875, hash tables, struct "
			   "page; * 1.3 + 64 MiB; with lifeboat's figures for its unpublished "
			   "constants; needs --kernel and --initrd",
		.source = "openSUSE kdump 2.1.9, kdumptool/calibrate.cc"};

	if (estimate.known) {
		estimate.bytes = suse_bytes(estimating->size, estimating->input);
	}
	add(estimating, &estimate);
}

/* Its other branch starts from /proc/meminfo as it was early in the boot. */
static void add_debian(struct estimating *estimating)
{
	const struct lb_size_input *input = estimating->input;
	uint64_t factor = estimating->size->arch == LB_ARCH_X86_64 ? 6 : 4;
	struct lb_size_estimate estimate = {.name = "kdump-config show (Debian), at least",
		.known = input->kernel && input->initrd,
		.formula = "6 (x86-64) or 4 times the image's file + initrd packed and unpacked + "
			   "32 MiB; needs --kernel and --initrd",
		.source = "kdump-tools 1.10, kdump-config"};

	if (estimate.known) {
		estimate.bytes = lb_size_plus(lb_size_times(input->kernel->file_bytes, factor),
			lb_size_plus(input->initrd->packed,
				lb_size_plus(input->initrd->unpacked, 32 * LB_MIB)));
	}
	add(estimating, &estimate);
}

enum lb_status lb_size_estimate_others(struct lb_size *size, const struct lb_size_input *input)
{
	struct estimating estimating = {.size = size, .input = input};

	size->estimate_count = 0;
	add_kdumpctl(&estimating);
	add_suse(&estimating);
	add_debian(&estimating);
	add_tables(&estimating);
	return estimating.failed ? LB_NO_STORAGE : LB_OK;
}
