/* SPDX-License-Identifier: MIT */
/* options: the few words that matter for the size. */
#include "plan/size/options.h"

#include "plan/boot/arch.h"
#include "policy/linux/cmdline.h"
#include "policy/linux/swiotlb.h"

static bool find(const char *cmdline, const char *name, struct lb_slice *ret)
{
	struct lb_cmdline_option option;

	if (!lb_cmdline_find(lb_linux_cmdline(cmdline), name, &option)) {
		return false;
	}
	*ret = option.value;
	return true;
}

/* The number that a value begins with; 0: it does not begin with one. */
static uint64_t number_of(struct lb_slice value)
{
	struct lb_number number = lb_number_at(value);

	return number.length && !number.overflowed ? number.value : 0;
}

/* Of several nr_cpus= the smallest counts (kernel/smp.c, nrcpus()); 0: none. */
static uint64_t smallest_limit(const char *cmdline)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	uint64_t limit = 0;

	while (lb_cmdline_next(&line, &option)) {
		uint64_t value = lb_slice_is(option.name, "nr_cpus") ? number_of(option.value) : 0;

		if (value && (!limit || value < limit)) {
			limit = value;
		}
	}
	return limit;
}

static void read_cpus(
	struct lb_size_options *options, const char *cmdline, const struct lb_machine *machine)
{
	int shown = machine->cpu.possible ? machine->cpu.possible : machine->cpu.count;
	uint64_t limit = smallest_limit(cmdline);
	struct lb_slice value;

	options->cpus = shown > 0 ? (uint64_t)shown : 1;
	options->cpus_source = "CPUs that are possible on this machine; nothing limits them";
	options->cpus_assumed = shown <= 0 && limit != 1;
	if (limit && (shown <= 0 || limit <= options->cpus)) {
		options->cpus = limit;
		options->cpus_source = "nr_cpus= of the capture kernel's command line";
	} else if (options->cpus_assumed) {
		options->cpus_source = "the machine does not show how many CPUs it has";
	} else if (find(cmdline, "maxcpus", &value) && !limit) {
		options->cpus_source = "CPUs that are possible on this machine: maxcpus= starts "
				       "fewer, and spares no memory";
	}
}

static void read_bounce(struct lb_size_options *options, const char *cmdline, uint32_t version)
{
	struct lb_swiotlb_words words = lb_swiotlb_of(cmdline, version);
	struct lb_slice value;

	options->bounce_bytes =
		lb_min(words.slots, LB_GIB / LB_SWIOTLB_SLOT_BYTES) * LB_SWIOTLB_SLOT_BYTES;
	options->bounce_always = words.force;
	options->bounce_never = words.noforce ||
		(find(cmdline, "iommu", &value) && lb_slice_is(value, "off"));
}

/* "size=90%" among others: init/do_mounts.c hands them to tmpfs. */
static unsigned int percent_of(struct lb_slice mount_options)
{
	static const char size[] = "size=";
	struct lb_slice item;
	unsigned int percent = 0;

	while (lb_slice_next_item(&mount_options, ',', &item)) {
		if (lb_slice_begins(item, size) && lb_slice_ends(item, "%")) {
			lb_slice_skip(&item, sizeof(size) - 1);
			percent = (unsigned int)lb_min(number_of(item), 100);
		}
	}
	return percent;
}

static unsigned int read_tmpfs(const char *cmdline, uint32_t version)
{
	unsigned int percent = 0;
	struct lb_slice value;

	if (find(cmdline, "root", &value) && value.length) {
		return 0;
	}
	if (version >= LB_LINUX(6, 18, 0) && find(cmdline, "initramfs_options", &value)) {
		percent = percent_of(value);
	}
	return percent ? percent : 50;
}

uint64_t lb_size_pool(const struct lb_size_options *options)
{
	if (options->bounce_never && !options->bounce_always) {
		return 0;
	}
	return options->bounce_bytes ? options->bounce_bytes : LB_BOUNCE_POOL_DEFAULT;
}

struct lb_size_options lb_size_options_of(
	const char *cmdline, const struct lb_machine *machine, uint32_t version)
{
	struct lb_size_options options = {0};
	struct lb_slice value;

	read_cpus(&options, cmdline, machine);
	read_bounce(&options, cmdline, version);
	options.tmpfs_percent = read_tmpfs(cmdline, version);
	options.cma_told = find(cmdline, "cma", &value) &&
		lb_size_parse(value, &options.cma_bytes);
	options.no_huge_pages = find(cmdline, "transparent_hugepage", &value) &&
		lb_slice_is(value, "never");
	options.no_kfence = find(cmdline, "kfence.sample_interval", &value) &&
		lb_slice_is(value, "0");
	return options;
}
