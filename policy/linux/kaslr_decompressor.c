/* SPDX-License-Identifier: MIT */
/*
 * kaslr_decompressor: placer A, the x86-64 decompressor (arch/x86/boot/compressed/kaslr.c, the
 * same rules from 5.10 to 7.3). It looks at memory in table order, keeps clear of what it still
 * needs and of what the command line names, and remembers at most 100 areas.
 */
#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_cmdline.h"

/* The draw starts at most here, however high the compressed image lies. */
#define MINIMUM_AT_MOST (UINT64_C(512) * LB_MIB)

struct scan {
	const struct lb_kaslr_decompressor *request;
	struct lb_kaslr_options options;
	struct lb_range work;     /* the compressed image and its work area */
	lb_phys_addr minimum;
	lb_phys_addr limit;
	uint64_t huge_pages;      /* 1 GiB pages still to be kept free */
	struct lb_slots *slots;
};

static bool full(const struct scan *scan)
{
	return scan->slots->count >= LB_KASLR_AREAS_MAX;
}

/* [start, end), start aligned, at least one image long. */
static enum lb_status add_area(struct scan *scan, lb_phys_addr start, lb_phys_addr end)
{
	uint64_t steps = (end - start - scan->request->image_size) / scan->request->align;
	struct lb_slot_area area = {start, steps + 1, scan->request->align};

	return full(scan) ? LB_OK : lb_slots_add(scan->slots, area);
}

/* Adds [start, end) without the whole 1 GiB pages that are to stay free for hugepages=. */
static enum lb_status add_without_huge_pages(
	struct scan *scan, lb_phys_addr start, lb_phys_addr end)
{
	uint64_t size = scan->request->image_size;
	lb_phys_addr first, last = lb_align_down(end, LB_GIB);
	enum lb_status status = LB_OK;
	uint64_t pages;

	if (!scan->huge_pages || !lb_align_up(start, LB_GIB, &first) || first >= last) {
		return add_area(scan, start, end);
	}
	if (first - start >= size) {
		status = add_area(scan, start, first);
	}
	pages = lb_min((last - first) / LB_GIB, scan->huge_pages);
	scan->huge_pages -= pages;
	last = first + pages * LB_GIB;
	if (!status && end - last >= size) {
		status = add_area(scan, last, end);
	}
	return status;
}

static void keep_lowest(struct lb_range candidate, struct lb_range region, struct lb_range *lowest)
{
	if (lb_range_overlaps(candidate, region) &&
		(lb_range_empty(*lowest) || candidate.start < lowest->start)) {
		*lowest = candidate;
	}
}

/* The avoided range with the lowest start of those that overlap region; empty: none. */
static struct lb_range lowest_overlap(const struct scan *scan, struct lb_range region)
{
	struct lb_range lowest = {0, 0};
	size_t i;

	keep_lowest(scan->work, region, &lowest);
	for (i = 0; i < scan->request->avoid_count; i++) {
		keep_lowest(scan->request->avoid[i], region, &lowest);
	}
	for (i = 0; i < scan->options.avoid_count; i++) {
		keep_lowest(scan->options.avoid[i], region, &lowest);
	}
	return lowest;
}

static enum lb_status add_region(struct scan *scan, struct lb_range region)
{
	uint64_t size = scan->request->image_size;
	enum lb_status status = LB_OK;

	region.start = lb_max(region.start, scan->minimum);
	region.end = lb_min(region.end, scan->limit);
	while (!status && !full(scan)) {
		struct lb_range overlap;

		if (!lb_align_up(region.start, scan->request->align, &region.start) ||
			region.start >= region.end || region.end - region.start < size) {
			return LB_OK;
		}
		overlap = lowest_overlap(scan, region);
		if (lb_range_empty(overlap)) {
			return add_without_huge_pages(scan, region.start, region.end);
		}
		if (overlap.start > region.start && overlap.start - region.start >= size) {
			status = add_without_huge_pages(scan, region.start, overlap.start);
		}
		region.start = overlap.end;
	}
	return status;
}

/* With an SRAT no place may reach over the border of two of its entries. */
static enum lb_status add_memory(struct scan *scan, struct lb_range range)
{
	enum lb_status status = LB_OK;
	size_t i;

	if (!scan->request->srat_count) {
		return add_region(scan, range);
	}
	for (i = 0; i < scan->request->srat_count && !status && !full(scan); i++) {
		struct lb_range part = lb_range_intersect(range, scan->request->srat[i]);

		if (!lb_range_empty(part)) {
			status = add_region(scan, part);
		}
	}
	return status;
}

static bool any_more_reliable(const struct lb_kaslr_decompressor *request)
{
	size_t i;

	for (i = 0; i < request->memory_count; i++) {
		if (request->memory[i].more_reliable) {
			return true;
		}
	}
	return false;
}

static enum lb_status scan_memory(struct scan *scan)
{
	const struct lb_kaslr_decompressor *request = scan->request;
	bool reliable_only = request->efi_map && any_more_reliable(request);
	bool keep_soft = lb_kaslr_stub_list_option(request->cmdline, "efi", "nosoftreserve");
	enum lb_status status = LB_OK;
	size_t i;

	for (i = 0; i < request->memory_count && !status && !full(scan); i++) {
		const struct lb_kaslr_memory *memory = &request->memory[i];
		bool usable = memory->usable;

		if (request->efi_map) {
			usable |= memory->unaccepted && request->version >= LB_LINUX(6, 5, 0);
			usable &= memory->more_reliable || !reliable_only;
			usable &= !memory->soft_reserved || keep_soft;
		}
		if (usable) {
			status = add_memory(scan, memory->range);
		}
	}
	return status;
}

/*
 * From the first byte of the compressed payload, moved to the end of the buffer, to the buffer's
 * end. Where the run size is not known, the whole buffer: nothing fits in front of the payload
 * unless the image is unpacked above 512 MiB.
 */
static struct lb_range work_area(const struct lb_kaslr_decompressor *request)
{
	struct lb_range work = {request->output, 0};
	uint64_t run = request->compressed_size;

	if (!request->output) {
		return (struct lb_range){0, 0};
	}
	if (!lb_add(request->output, request->init_size, &work.end)) {
		work.end = LB_PHYS_ADDR_MAX;
	}
	if (run > request->payload_offset && run <= request->init_size) {
		work.start = work.end - run + request->payload_offset;
	}
	return work;
}

/* True if there is a draw at all: the first image fits below the limit, nothing forbids it. */
static bool may_draw(struct scan *scan)
{
	lb_phys_addr output = scan->request->output ? scan->request->output : MINIMUM_AT_MOST;
	uint64_t end;

	return !scan->options.nokaslr && !scan->options.too_many &&
		lb_align_up(lb_min(output, MINIMUM_AT_MOST), scan->request->align,
			&scan->minimum) &&
		lb_add(scan->minimum, scan->request->image_size, &end) && end <= scan->limit;
}

enum lb_status lb_kaslr_decompressor_slots(const struct lb_kaslr_decompressor *request,
	struct lb_slots *slots, enum lb_kaslr_result *ret, lb_phys_addr *ret_place)
{
	struct scan scan = {.request = request, .slots = slots};
	enum lb_status status;

	if (!lb_is_power_of_two(request->align) || !request->image_size) {
		return LB_INVALID;
	}
	slots->count = 0;
	slots->total = 0;
	*ret = LB_KASLR_PINNED;
	*ret_place = request->output;
	scan.options = lb_kaslr_read_decompressor_options(request->cmdline, request->version);
	scan.limit = lb_min(request->limit, scan.options.limit);
	scan.huge_pages = request->gbpages_honoured ? scan.options.huge_pages : 0;
	scan.work = work_area(request);
	if (!may_draw(&scan)) {
		return LB_OK;
	}
	status = scan_memory(&scan);
	if (!status && slots->total) {
		*ret = LB_KASLR_RANDOM;
	}
	return status;
}
