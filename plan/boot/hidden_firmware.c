/* SPDX-License-Identifier: MIT */
/* hidden_firmware: the traces of boot services memory, each with what it makes likely. */
#include "plan/boot/hidden_firmware.h"

#include "policy/linux/cmdline.h"

#define LOW_LIMIT (4 * LB_GIB)
#define PAGE UINT64_C(4096)

/* End of the RAM that the firmware has below 4 GiB, its own included: where the e820 map's
 * stretch of touching entries ends. */
static lb_phys_addr firmware_low_top(const struct lb_machine *machine)
{
	lb_phys_addr end = 0;

	for (size_t i = 0; i < machine->e820.log_count; i++) {
		const struct lb_e820_entry *entry = &machine->e820.log[i];

		if (entry->range.end > LOW_LIMIT || entry->range.start < LB_MIB) {
			continue;
		}
		if (entry->type == LB_E820_RAM || entry->range.start == end) {
			end = lb_max(end, entry->range.end);
		}
	}
	return end;
}

bool lb_efi_is_edk2_in_qemu(const struct lb_machine *machine)
{
	return machine->efi.edk2 && machine->acpi.qemu;
}

/*
 * EDK II in QEMU leaves 128 KiB of boot services data, the stack of its PEI phase, some 68.5 MiB
 * below the top of low RAM. The distance was read off recorded maps of Debian's OVMF (1 to 64 GiB
 * of RAM), not derived from its source: another build may differ, so this is a guess and only
 * ever moves a verdict that is not certain.
 */
static void hold_edk2_pei_stack(struct lb_model *model)
{
	const uint64_t below_top = 0x448b000;
	lb_phys_addr top = firmware_low_top(model->machine);

	if (lb_efi_is_edk2_in_qemu(model->machine) && top > below_top) {
		struct lb_range stack = {top - below_top, top - below_top + 128 * LB_KIB};

		lb_model_hold(model, stack, "EDK II PEI stack, probably", LB_HELD_LIKELY);
	}
}

/* What certainly was not the firmware's: it was taken for crash memory, or by the kernel, early:
 * NODE_DATA and, as far as nobody else holds it, what is above it. */
struct not_firmware {
	struct lb_range *ranges;
	size_t count;
};

static struct not_firmware known_not_firmware(const struct lb_model *model)
{
	const struct lb_machine_nodes *nodes = &model->machine->nodes;
	struct not_firmware known = {.ranges = lb_arena_array(model->arena,
					     nodes->data_count + LB_CRASH_SEEN_MAX,
					     sizeof(struct lb_range))};
	bool sure = false;

	if (!known.ranges) {
		return known;
	}
	if (model->other_request) {
		known.count = lb_crash_memory_seen(model->machine, known.ranges, &sure);
	}
	known.count = sure ? known.count : 0;
	for (size_t i = 0; i < nodes->data_count; i++) {
		lb_phys_addr start = nodes->data[i].range.start;

		known.ranges[known.count++] =
			(struct lb_range){start, lb_model_hole_end(model, start)};
	}
	return known;
}

static void hold_except(struct lb_model *model, struct lb_range range,
	const struct not_firmware *known, const char *owner, enum lb_holding holding)
{
	while (range.start < range.end) {
		struct lb_range next = {range.end, range.end};

		for (size_t i = 0; i < known->count; i++) {
			if (lb_range_overlaps(known->ranges[i], range) &&
				known->ranges[i].start < next.start) {
				next = known->ranges[i];
			}
		}
		if (next.start > range.start) {
			lb_model_hold(model, (struct lb_range){range.start, next.start}, owner,
				holding);
		}
		range.start = next.end;
	}
}

/* Where other boots of this machine had their initrds there was no firmware then. */
static struct not_firmware initrds_of_other_boots(const struct lb_model *model)
{
	struct not_firmware known = {.ranges = lb_arena_array(model->arena,
					     LB_OTHER_BOOTS_MAX, sizeof(struct lb_range))};

	for (size_t i = 0; i < model->other_boot_count && known.ranges; i++) {
		if (!lb_range_empty(model->other_boots[i]->ramdisk)) {
			known.ranges[known.count++] = model->other_boots[i]->ramdisk;
		}
	}
	return known;
}

/* From a place that the firmware took in low RAM to the end of that RAM. */
static void hold_from(
	struct lb_model *model, lb_phys_addr address, const struct not_firmware *known)
{
	lb_phys_addr at = lb_align_down(address, PAGE);
	const struct lb_region *region = lb_model_region_at(model, at);

	if (region && at >= LB_MIB && at < LOW_LIMIT) {
		hold_except(model, (struct lb_range){at, region->range.end}, known,
			"EFI firmware, probably", LB_HELD_LIKELY);
	}
}

/* The loader puts it anywhere; hibernation leaves it out, too. */
static bool is_setup_data(const struct lb_machine *machine, struct lb_range range)
{
	for (size_t i = 0; i < machine->boot.setup_data_count; i++) {
		if (lb_range_overlaps(machine->boot.setup_data[i], range)) {
			return true;
		}
	}
	return false;
}

/*
 * The firmware takes its memory from the top of a stretch of RAM down. So what is above a trace of
 * it was most likely taken before. Its traces in RAM are the tables of its own that the log names,
 * and what the kernel keeps of boot services memory for good (the ESRT, the boot logo;
 * efi_mem_reserve in drivers/firmware/efi/efi.c): the log shows them as changes to the e820 map,
 * and as memory that hibernation leaves out.
 */
static void hold_above_traces(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct not_firmware known = initrds_of_other_boots(model);

	for (size_t i = 0; i < machine->efi.tables_count; i++) {
		hold_from(model, machine->efi.tables[i].range.start, &known);
	}
	for (size_t i = 0; i < machine->e820.updates_count; i++) {
		const struct lb_e820_update *update = &machine->e820.updates[i];

		if (update->from == LB_E820_RAM && update->to == LB_E820_RESERVED) {
			hold_from(model, update->range.start, &known);
		}
	}
	for (size_t i = 0; i < machine->memory.nosave_count; i++) {
		if (!is_setup_data(machine, machine->memory.nosave[i])) {
			hold_from(model, machine->memory.nosave[i].start, &known);
		}
	}
}

/* As far as one can tell, it had crash memory or asked for it. */
static bool booted_with_crash_memory(const struct lb_machine *machine)
{
	const char *cmdline = machine->boot.cmdline;

	return !cmdline || lb_linux_has_option(cmdline, "crashkernel") || machine->crash.log_count;
}

/*
 * The bounce pool is searched for from the top of low memory, later in the boot and before boot
 * services memory is free again (kernel/dma/swiotlb.c): what is above it held no 64 MiB then. With
 * RAM above 4 GiB nearly all of what was taken in between lies there. Crash memory would not; but
 * the same request does not lie where the pool does.
 */
static void hold_by_bounce_pool(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_range pool = machine->dma.swiotlb;
	const struct lb_region *region = lb_model_region_at(model, pool.start);

	if (lb_range_empty(pool) || !region || region->range.end > LOW_LIMIT ||
		lb_model_span(model).end <= LOW_LIMIT || model->booted_at >= pool.end) {
		return;
	}
	if (!booted_with_crash_memory(machine)) {
		lb_model_hold(model, (struct lb_range){pool.end, region->range.end},
			"EFI firmware, probably", LB_HELD_LIKELY);
	} else if (!lb_crash_memory_shown(machine) && lb_asks_as_booted(model)) {
		lb_model_hold(model, pool, "bounce pool, later", LB_HELD_LIKELY);
	}
}

/*
 * NODE_DATA is searched for from the top of its node, before crash memory: no hole above it is as
 * large as itself, which is more than 64 KiB and less than any crash kernel memory (the law of
 * plan/boot/evidence.h, for whole cache lines). True of each boot that has the kernel image there.
 */
static void hold_above_node_data(struct lb_model *model)
{
	const struct lb_machine_nodes *nodes = &model->machine->nodes;

	for (size_t i = 0; i < nodes->data_count && lb_model_stays_as_booted(model); i++) {
		const struct lb_node_range *data = &nodes->data[i];
		const struct lb_region *region = lb_model_region_at(model, data->range.start);

		if (region && region->range.end <= LOW_LIMIT &&
			nodes->data_count == 1) {
			lb_model_hold(model, (struct lb_range){data->range.end, region->range.end},
				"EFI firmware and early page tables", LB_HELD);
			/* Some of what was taken before may be free again by then. */
			model->least_size = lb_max(2 * lb_range_size(data->range), LB_MIB);
		}
	}
}

/*
 * Firmware takes its memory from the top of low RAM down, and where the log has no trace of it
 * there it held some all the same: at least 50 MiB in the logs that people posted of 25 machines.
 * That of virtual machines may be content with less.
 */
static void hold_top_of_low_memory(struct lb_model *model, const struct not_firmware *known)
{
	const uint64_t at_least = 48 * LB_MIB;
	const struct lb_machine *machine = model->machine;
	lb_phys_addr top = 0;

	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;

		if (range.end <= LOW_LIMIT && lb_range_size(range) > at_least) {
			top = lb_max(top, range.end);
		}
	}
	if (top && machine->efi.booted && lb_machine_has(machine, LB_SOURCE_LOG) &&
		!machine->cpu.hypervisor && !lb_efi_is_edk2_in_qemu(machine)) {
		hold_except(model, (struct lb_range){top - at_least, top}, known,
			"EFI firmware, probably", LB_HELD_LIKELY);
	}
}

#define HIDDEN                                                                                   \
	"the firmware's memory map is not shown: boot services are taken while crash memory is " \
	"chosen, and free again later; to settle it, "

/*
 * The map of ExitBootServices stays in memory, and boot_params tells where. Root reads it in RAM
 * (/proc/kcore). From 6.2 on the EFI stub leaves it in ACPI memory, which no file of a running
 * system shows: not /proc/kcore, debugfs or sysfs (runtime-map has the runtime ranges alone), and
 * /dev/mem refuses it as busy (kernel/resource.c, iomem_is_exclusive) unless iomem=relaxed.
 */
static const char *what_settles_it(const struct lb_model *model)
{
	const struct lb_boot_params *params = &model->machine->boot.params;

	if (!params->present || !params->efi_memmap) {
		return HIDDEN "take a snapshot as root, or boot once with efi=debug";
	}
	if (lb_model_region_at(model, params->efi_memmap)) {
		return HIDDEN "take a snapshot as root on the running machine (/proc/kcore has the "
			      "map), or boot once with efi=debug";
	}
	return HIDDEN "boot once with efi=debug, or with iomem=relaxed for a snapshot as root: "
		      "this kernel keeps the map where only that shows it";
}

/*
 * A UEFI machine that does not show its firmware's map. The loader puts the initrd into the
 * highest free block that holds it (drivers/firmware/efi/libstub, efi_low_alloc and
 * efi_allocate_pages), so what lies between it and the end of that RAM was not free.
 */
void lb_boot_hidden_firmware(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_range initrd = machine->boot.ramdisk;
	const struct lb_region *region = lb_model_region_at(model, initrd.start);
	struct not_firmware known;

	model->firmware_hidden = true;
	lb_model_doubt(model, what_settles_it(model));
	if (region && !lb_range_empty(initrd) && machine->boot.params.type_of_loader == 0x21) {
		struct lb_range above = {initrd.end, region->range.end};

		lb_model_hold(model, above, "EFI boot services, probably", LB_HELD_LIKELY);
	}
	hold_above_traces(model);
	hold_edk2_pei_stack(model);
	hold_by_bounce_pool(model);
	hold_above_node_data(model);
	known = known_not_firmware(model);
	hold_top_of_low_memory(model, &known);
	for (size_t i = 0; i < model->memory_count; i++) {
		hold_except(model, model->memory[i].range, &known, "EFI boot services, possibly",
			LB_FREE_LIKELY);
	}
	lb_evidence_read(model);
}
