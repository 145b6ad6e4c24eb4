/* SPDX-License-Identifier: MIT */
/* cma: how large the area is, and how it is placed. */
#include "plan/boot/cma.h"

#include "policy/linux/cmdline.h"

/* CMA_MIN_ALIGNMENT_BYTES: a pageblock; before 5.18 at least the largest buddy block. */
uint64_t lb_cma_align(const struct lb_model *model)
{
	uint32_t page = lb_model_page_size(model);
	uint64_t huge = lb_huge_page(page);

	return model->version < LB_LINUX(5, 18, 0) ? lb_max(huge, (uint64_t)page << 10) : huge;
}

bool lb_cma_option(const struct lb_model *model, uint64_t *ret_size, lb_phys_addr *ret_base)
{
	struct lb_cmdline_option cma;

	*ret_base = 0;
	if (!lb_cmdline_find(lb_linux_cmdline(model->cmdline), "cma", &cma) ||
		!lb_linux_take_size(&cma.value, ret_size)) {
		return false;
	}
	if (lb_slice_take(&cma.value, '@') && !lb_linux_take_size(&cma.value, ret_base)) {
		*ret_base = 0;
	}
	return true;
}

/* The default CMA area's size: cma=, the log, or the total that meminfo shows. */
static bool cma_size(const struct lb_model *model, uint64_t *ret_size, lb_phys_addr *ret_base)
{
	const struct lb_machine *machine = model->machine;

	if (lb_cma_option(model, ret_size, ret_base)) {
		return true;
	}
	if (machine->cma.areas_count) {
		*ret_size = lb_range_size(machine->cma.areas[0]);
		return true;
	}
	if (machine->cma.reserved_known) {
		*ret_size = machine->cma.reserved;
		return true;
	}
	*ret_size = machine->cma.total;
	return machine->cma.known;
}

/* The sum of the areas that the log shows is what the kernel counts in them, each printed in
 * whole MiB; where it is not, a line is missing, which may be the first. */
static void confirm_areas(struct lb_model *model)
{
	const struct lb_machine_cma *cma = &model->machine->cma;
	uint64_t counted = cma->reserved_known ? cma->reserved : cma->total;
	uint64_t sum = cma->scattered;

	if (cma->scattered) {
		lb_model_assume(model, "CMA areas of several ranges are in the log, and where they "
				       "are is not shown");
	}
	if (!cma->areas_count) {
		if (cma->reserved_known && counted > sum) {
			lb_model_assume(model, "the kernel counts CMA areas that the log does not "
					       "show");
		}
		return;
	}
	if (!cma->reserved_known && !cma->known) {
		return;
	}
	for (size_t i = 0; i < cma->areas_count; i++) {
		sum += lb_range_size(cma->areas[i]);
	}
	if (sum > counted || counted - sum >= cma->areas_count * LB_MIB) {
		lb_model_assume(model, "the CMA areas that the log shows are not those that the "
				       "kernel counts");
	}
}

void lb_cma_doubt_others(struct lb_model *model)
{
	static const char *const options[] = {"hugetlb_cma", "numa_cma", "cma_pernuma"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(options); i++) {
		if (lb_linux_has_option(model->cmdline, options[i])) {
			lb_model_assume(model,
				"CMA areas for each node or for huge pages are asked "
				"for, and their places are not modelled");
		}
	}
}

void lb_cma_declare(struct lb_model *model, uint64_t size, lb_phys_addr base, lb_phys_addr limit,
	lb_phys_addr observed)
{
	uint64_t align = lb_cma_align(model);
	uint64_t aligned;

	if (!size || size > LB_TIB || !lb_align_up(size, align, &aligned)) {
		return;
	}
	if (base) {
		lb_model_hold(model, (struct lb_range){base, base + aligned}, "CMA", LB_HELD);
		return;
	}
	lb_model_allocate_early(model,
		(struct lb_early_allocation){.owner = "CMA",
			.size = aligned,
			.align = align,
			.window = {0, limit},
			.node = LB_NO_NODE,
			.spares_low = model->version >= LB_LINUX(5, 12, 0),
			.observed = observed});
}

void lb_cma_allocate(struct lb_model *model)
{
	uint64_t size;
	lb_phys_addr base;

	confirm_areas(model);
	lb_cma_doubt_others(model);
	if (!cma_size(model, &size, &base)) {
		lb_model_doubt(model,
			"neither the boot log nor meminfo shows whether a CMA area was "
			"taken below the DMA limit");
		lb_model_hold(model,
			(struct lb_range){
				model->env.low_max - lb_min(model->env.low_max, 256 * LB_MIB),
				model->env.low_max},
			"CMA, possibly", LB_FREE_LIKELY);
		return;
	}
	lb_cma_declare(model, size, base, model->env.low_max,
		model->machine->cma.areas_count ? model->machine->cma.areas[0].start : 0);
}
