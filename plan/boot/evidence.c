/* SPDX-License-Identifier: MIT */
/* evidence: from what was seen to the searches that found it, and what they prove. */
#include "plan/boot/evidence.h"

#include "plan/boot/crash_seen.h"
#include "plan/boot/model.h"
#include "policy/linux/linux.h"
#include "policy/linux/vendor.h"
#include "policy/linux/version.h"

size_t lb_crash_memory_seen(const struct lb_machine *machine, struct lb_range *ret, bool *ret_sure)
{
	struct lb_crash_seen told, shown;
	const struct lb_crash_seen *seen = &shown;
	size_t count = 0;

	lb_crash_seen_in_log(machine, &told);
	lb_crash_seen_in_iomem(machine, &shown);
	*ret_sure = told.count;
	if (!lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		seen = &told;
	} else if (told.count && !lb_crash_seen_same(&told, &shown)) {
		return 0;
	}
	for (size_t i = 0; i < seen->count && count < LB_CRASH_SEEN_MAX; i++) {
		if (!lb_range_empty(seen->list[i].range)) {
			ret[count++] = seen->list[i].range;
		}
	}
	return count;
}

bool lb_crash_memory_shown(const struct lb_machine *machine)
{
	return lb_machine_has(machine, LB_SOURCE_IOMEM) || machine->crash.log_count;
}

struct lb_range lb_evidence_taken(const struct lb_evidence *evidence, uint64_t size)
{
	lb_phys_addr end = evidence->found.end;
	uint64_t mask = evidence->align - 1;
	struct lb_range taken = {0, 0};

	if (lb_range_empty(evidence->found)) {
		return size >= evidence->size ? evidence->window : taken;
	}
	if (size >= evidence->size) {
		taken = (struct lb_range){
			end + ((size - evidence->size) & mask), evidence->window.end};
	} else if (!(evidence->size & mask)) {
		taken = (struct lb_range){end + mask, end + mask + 1};
	} else if (!((evidence->size - size) & mask)) {
		taken = (struct lb_range){end, end + 1};
	}
	return taken.start < taken.end ? lb_range_intersect(taken, evidence->window) : taken;
}

/* Was something in the way that may be elsewhere at another boot: the kernel image at random, or
 * what it took by search before? */
static bool may_move(const struct lb_model *model, struct lb_range window, lb_phys_addr above)
{
	const struct lb_machine_nodes *nodes = &model->machine->nodes;
	struct lb_range in_the_way = {above, window.end};
	struct lb_range kernel;

	if (lb_model_stays_as_booted(model)) {
		return false;
	}
	kernel = lb_model_kernel(model, LB_VIEW_UPPER, model->booted_at);
	if (!model->booted_at || lb_range_overlaps(kernel, in_the_way)) {
		return true;
	}
	for (size_t i = 0; i < nodes->data_count; i++) {
		if (lb_range_overlaps(nodes->data[i].range, in_the_way)) {
			return true;
		}
	}
	return false;
}

/* A block could lie across the end of the window, where the evidence says nothing. */
static bool memory_crosses(const struct lb_model *model, lb_phys_addr end)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;

		if (range.start < end && range.end > end) {
			return true;
		}
	}
	return false;
}

/* A boot whose crash memory is known, and what it was asked for. */
struct seen_boot {
	struct lb_reserve_env env;
	const char *cmdline;
	struct lb_range regions[LB_CRASH_SEEN_MAX];
	size_t count;
	bool sure;  /* two sources show the regions */
	bool other; /* not the recorded boot: its kernel was anywhere */
};

static void add_search(struct lb_model *model, const struct lb_search *search,
	const struct seen_boot *boot)
{
	bool found = search->result == LB_SEARCH_FOUND;
	lb_phys_addr above = found ? search->found.end : search->window.start;
	bool stays = !may_move(model, search->window, above);

	if (search->given_place || search->bottom_up || !search->align ||
		model->evidence_count == LB_EVIDENCE_MAX) {
		return;
	}
	model->evidence[model->evidence_count++] = (struct lb_evidence){.window = search->window,
		.found = search->found,
		.size = search->size,
		.align = search->align,
		.sure = boot->sure && stays && !memory_crosses(model, search->window.end),
		.likely = stays || !model->booted_at || boot->other};
}

/*
 * Which searches ended at what was seen: those of the recorded request in memory where nothing is
 * free but that. A region that was cut, or comes from elsewhere, is found by none of them.
 */
static void replay_request(struct lb_model *model, const struct seen_boot *boot)
{
	unsigned char storage[LB_MEMORY_MAP_BYTES(8)] __attribute__((aligned(16)));
	struct lb_searches *searches = lb_arena_alloc(model->arena, sizeof(*searches));
	struct lb_reservation found;
	struct lb_memory_map map;
	size_t explained = 0;

	if (!searches || lb_memory_map_init(&map, storage, sizeof(storage))) {
		return;
	}
	for (size_t i = 0; i < boot->count; i++) {
		if (lb_memory_map_add(&map, boot->regions[i], LB_NO_NODE, 0)) {
			return;
		}
	}
	if (lb_linux_reserve(&boot->env, boot->cmdline, &map, NULL, searches, &found)) {
		return;
	}
	for (size_t i = 0; i < found.range_count; i++) {
		for (size_t k = 0; k < boot->count; k++) {
			explained += found.ranges[i].range.start == boot->regions[k].start &&
				     found.ranges[i].range.end == boot->regions[k].end;
		}
	}
	for (size_t i = 0; i < searches->count && explained == boot->count &&
		found.range_count == boot->count; i++) {
		add_search(model, &searches->list[i], boot);
	}
}

/* What a command line comes to on a machine where all memory is free. */
static bool reserve_in_free_memory(
	const struct lb_model *model, const char *cmdline, struct lb_reservation *ret)
{
	size_t bytes = LB_MEMORY_MAP_BYTES(model->memory_count + LB_CRASH_RANGES_MAX);
	void *storage = lb_arena_alloc(model->arena, bytes);
	struct lb_memory_map map;

	if (!storage || lb_memory_map_init(&map, storage, bytes)) {
		return false;
	}
	for (size_t i = 0; i < model->memory_count; i++) {
		if (lb_memory_map_add(&map, model->memory[i].range, LB_NO_NODE, 0)) {
			return false;
		}
	}
	return !lb_linux_reserve(&model->env, cmdline, &map, NULL, NULL, ret);
}

bool lb_asks_as_booted(const struct lb_model *model)
{
	const char *booted = model->machine->boot.cmdline;
	struct lb_reservation own, asked;

	return booted && reserve_in_free_memory(model, booted, &own) &&
	       reserve_in_free_memory(model, model->cmdline, &asked) &&
	       lb_reservation_same(&own, &asked);
}

/*
 * Crash memory that nothing shows any more: the bounce pool is searched for next, from the top of
 * low memory, and on whole pages only (kernel/dma/swiotlb.c). One that ends on the far coarser
 * alignment of crash memory most likely found its place right below it.
 */
static size_t crash_memory_on_pool(const struct lb_model *model, struct lb_range *ret)
{
	lb_phys_addr pool_end = model->machine->dma.swiotlb.end;
	struct lb_reservation free;
	size_t count = 0;

	if (!pool_end || !reserve_in_free_memory(model, model->machine->boot.cmdline, &free) ||
		!free.align || pool_end & (free.align - 1)) {
		return 0;
	}
	for (size_t i = 0; i < free.range_count && count < LB_CRASH_SEEN_MAX; i++) {
		struct lb_range range = free.ranges[i].range;
		struct lb_range on_pool = {pool_end, pool_end + lb_range_size(range)};
		const struct lb_region *region = lb_model_region_at(model, pool_end);

		if (range.end > 4 * LB_GIB) {
			ret[count++] = range;
		} else if (region && lb_range_contains(region->range, on_pool)) {
			ret[count++] = on_pool;
		} else {
			return 0;
		}
	}
	return count;
}

/* The machine's own boot. */
static void read_own_boot(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct seen_boot boot = {.env = model->env, .cmdline = machine->boot.cmdline};

	if (!boot.cmdline || !model->same_boot_options) {
		return;
	}
	if (!lb_crash_memory_shown(machine)) {
		boot.count = crash_memory_on_pool(model, boot.regions);
	} else if (model->other_request) {
		boot.count = lb_crash_memory_seen(machine, boot.regions, &boot.sure);
	}
	if (boot.count) {
		replay_request(model, &boot);
	}
}

/* What ended its search may have been its own initrd, which is of another size by now. */
static bool lay_below_initrd(const struct lb_model *model, const struct lb_other_boot *other,
	struct lb_range crash)
{
	lb_phys_addr initrd = other->ramdisk.start;
	uint64_t align = lb_linux_row(model->arch, model->version)->align;

	return initrd >= crash.end && initrd - crash.end < align &&
	       initrd != model->machine->boot.ramdisk.start;
}

/* Another boot in its log: by the rules of its kernel. Firmware takes memory in another order when
 * it boots from elsewhere, so what this tells is likely, and never sure. */
static void read_other_boot(struct lb_model *model, const struct lb_other_boot *other)
{
	struct seen_boot boot = {
		.env = model->env, .cmdline = other->cmdline, .other = true};
	struct lb_crash_seen seen;

	lb_crash_seen_in_lines(other->crash, other->crash_count, &seen);
	if (!seen.count || seen.count > LB_CRASH_SEEN_MAX ||
		!lb_linux_version_parse(other->release, &boot.env.version)) {
		return;
	}
	boot.env.version = lb_linux_reserves_as(
		lb_linux_vendor(other->release), model->arch, boot.env.version);
	for (size_t i = 0; i < seen.count; i++) {
		if (lay_below_initrd(model, other, seen.list[i].range)) {
			return;
		}
		boot.regions[boot.count++] = seen.list[i].range;
	}
	replay_request(model, &boot);
}

void lb_evidence_read(struct lb_model *model)
{
	if (model->env.mirrored_first || model->env.avoid_hotplug) {
		return;
	}
	read_own_boot(model);
	for (size_t i = 0; i < model->other_boot_count && !model->evidence_count; i++) {
		read_other_boot(model, model->other_boots[i]);
	}
}
