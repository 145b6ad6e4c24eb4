/* SPDX-License-Identifier: MIT */
/*
 * kaslr_placer: who chose the kernel's place, how large the image was that had to fit, and what
 * of it stays reserved, from the traces in a running system.
 */
#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_row.h"

#define LOADER_EFI_STUB 0x21
#define LOADER_GRUB 0x72
#define LOADER_KEXEC 0xd0
#define X86_START (UINT64_C(16) * LB_MIB) /* CONFIG_PHYSICAL_START */
#define X86_ALIGN (UINT64_C(2) * LB_MIB)

/* "Avoid legacy decompressor when doing EFI boot". Of 6.1.y it is known that 6.1.0 has it not,
 * 6.1.176 has it, and mails name 6.1.81; in between it is a matter of belief. */
static bool stub_places(uint32_t version)
{
	return version >= LB_LINUX(6, 6, 0) ||
		(version >= LB_LINUX(6, 1, 81) && version < LB_LINUX(6, 2, 0));
}

static bool stub_boundary_sure(uint32_t version)
{
	return version < LB_LINUX(5, 15, 0) ||
		(version >= LB_LINUX(6, 1, 94) && version < LB_LINUX(6, 2, 0)) ||
		version >= LB_LINUX(6, 6, 0) ||
		(version >= LB_LINUX(5, 16, 0) && version < LB_LINUX(6, 1, 70)) ||
		(version >= LB_LINUX(6, 2, 0) && version < LB_LINUX(6, 5, 0));
}

/* `out`: the loader's place on the kernel's grid, not below CONFIG_PHYSICAL_START. */
static lb_phys_addr unpacks_at(const struct lb_kaslr_start *start)
{
	uint64_t align = start->kernel_alignment;
	uint64_t output;

	if (!lb_is_power_of_two(align) || align < X86_ALIGN) {
		align = X86_ALIGN;
	}
	/* Both are 32 bits wide: the sum fits. */
	output = lb_align_down((uint64_t)start->code32_start + align - 1, align);
	return lb_max(output, X86_START);
}

/* The kernel's own EFI entry, by the firmware, or by a loader that hands over. */
static struct lb_kaslr_path entered_through_stub(const struct lb_kaslr_start *start)
{
	bool handover = start->code32_start >= X86_START && start->init_size;
	struct lb_kaslr_path path = {.placer = LB_PLACER_STUB, .handover = handover, .sure = true};

	/* A stub that places the kernel starts from a header of zeros. */
	if (stub_places(start->version) || !start->init_size) {
		path.sure = stub_boundary_sure(start->version) || !start->init_size;
		return path;
	}
	path.placer = LB_PLACER_EFI_MAP;
	path.sure = stub_boundary_sure(start->version);
	path.output = handover ? unpacks_at(start) : 0;
	path.handover = false;
	return path;
}

static struct lb_kaslr_path which_x86(const struct lb_kaslr_start *start)
{
	struct lb_kaslr_path path = {.placer = LB_PLACER_E820, .sure = true};

	if (start->xen_pv) {
		path.placer = LB_PLACER_LOADER;
		return path;
	}
	path.output = X86_START;
	if (!start->boot_params) {
		if (start->efi) {
			path.placer = stub_places(start->version) ? LB_PLACER_STUB
								  : LB_PLACER_EFI_MAP;
			path.output = 0;
			path.sure = false;
		}
		return path;
	}
	path.output = unpacks_at(start);
	if (!start->efi_signature) {
		return path;
	}
	if (start->type_of_loader == LOADER_KEXEC) {
		/* It brings a map of runtime ranges only: no slot. */
		path.placer = LB_PLACER_LOADER;
		return path;
	}
	if (start->type_of_loader == LOADER_EFI_STUB) {
		return entered_through_stub(start);
	}
	path.placer = LB_PLACER_EFI_MAP;
	path.sure = start->type_of_loader == LOADER_GRUB;
	return path;
}

struct lb_kaslr_path lb_kaslr_which_placer(const struct lb_kaslr_start *start)
{
	const struct lb_kaslr_row *row = lb_kaslr_row(start->arch);
	struct lb_kaslr_path path = {.placer = LB_PLACER_LOADER, .sure = true};

	if (row->unpacks) {
		return which_x86(start);
	}
	if (start->efi) {
		path.placer = LB_PLACER_STUB;
		path.random = start->rng_table && start->version >= row->draws_since;
	}
	return path;
}

#define HIDDEN UINT64_C(65536) /* `_text` to `_stext` on arm64 */

/* arm64: `_text`, from where "Kernel code" starts. False: a guess. */
static bool text_start(const struct lb_kaslr_iomem *iomem, lb_phys_addr *start)
{
	uint32_t version = iomem->version;
	uint64_t off = *start & (X86_ALIGN - 1);
	bool shown = (version && version < LB_LINUX(5, 11, 0)) || version >= LB_LINUX(6, 19, 0);
	bool hidden = version >= LB_LINUX(5, 11, 0) && version < LB_LINUX(6, 2, 0);

	if (hidden || (!shown && off == HIDDEN)) {
		*start -= lb_min(*start, HIDDEN);
	}
	return shown || hidden || (!iomem->random && (off == HIDDEN || !off));
}

enum lb_status lb_kaslr_kept_block(enum lb_arch arch, const struct lb_kaslr_iomem *iomem,
	uint64_t image_size, struct lb_range *ret, bool *ret_sure)
{
	const struct lb_kaslr_row *row = lb_kaslr_row(arch);
	lb_phys_addr start = iomem->code.start;
	lb_phys_addr end = row->ends_in_bss ? iomem->bss.end :
		lb_max(iomem->bss.end, iomem->data.end);
	bool sure = true;

	if (lb_range_empty(iomem->code) || end <= start || !lb_align_up(end, 4096, &end)) {
		return LB_NOT_FOUND;
	}
	if (row->hides_head && image_size && image_size <= end &&
		end - image_size <= start) {
		start = end - image_size;
	} else if (row->hides_head) {
		sure = text_start(iomem, &start);
	}
	*ret = (struct lb_range){start, end};
	if (ret_sure) {
		*ret_sure = sure;
	}
	return LB_OK;
}

struct lb_kaslr_size_guess lb_kaslr_guess_image_size(
	uint32_t version, uint64_t kept, uint64_t align)
{
	const struct lb_kaslr_size_guess none = {0, 0, 0};
	struct lb_kaslr_size_guess guess;
	uint64_t likely = version < LB_LINUX(6, 13, 0) ? 12 * LB_MIB : 10 * LB_MIB;

	if (!lb_is_power_of_two(align) || !kept || kept > LB_GIB) {
		return none;
	}
	if (!lb_align_up(kept + kept / 5, align, &guess.least) ||
		!lb_align_up(kept + kept / 5 * 2, align, &guess.most) ||
		!lb_align_up(kept + likely, align, &guess.likely)) {
		return none;
	}
	guess.likely = lb_min(lb_max(guess.likely, guess.least), guess.most);
	return guess;
}

/* The decompressor's own code, heap and stack: 0x57000 to 0xa8000 in 5.10 to 7.2. */
#define TAIL_MIDDLE UINT64_C(0x80000)
#define TAIL_MOST UINT64_C(0xb0000)
#define UNPACK_MARGIN (UINT64_C(128) * LB_KIB)

uint64_t lb_kaslr_compressed_size(uint32_t payload_offset, uint32_t payload_length)
{
	return payload_length ? (uint64_t)payload_offset + payload_length + TAIL_MOST : 0;
}

uint64_t lb_kaslr_image_size(uint32_t init_size, uint32_t payload_offset)
{
	uint64_t around = payload_offset + TAIL_MIDDLE + UNPACK_MARGIN;
	uint64_t payload;

	if (init_size <= around) {
		return 0;
	}
	/* The margin for unpacking in place grows with the payload: 1/256 of it. */
	payload = (init_size - around) * 256 / 257;
	return lb_align_down(payload + X86_ALIGN - 1, X86_ALIGN);
}
