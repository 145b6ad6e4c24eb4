/* SPDX-License-Identifier: MIT */
/* kaslr_placer: who placed a kernel, and which block it keeps, from the traces that boots leave. */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define MIB(n) ((uint64_t)(n) * LB_MIB)
#define X86 LB_ARCH_X86_64
#define ARM64 LB_ARCH_ARM64
#define RISCV64 LB_ARCH_RISCV64
#define KEXEC 0xd0
#define GRUB 0x72
#define EFI_ENTRY 0x21
#define QEMU 0xb0

/* x86 with the header's fields read from the page itself. */
TEST(kaslr_placer, the_loader_decides_who_places)
{
	static const struct {
		uint32_t version;
		bool efi;
		unsigned int type;
		uint32_t code32_start, init_size;
		enum lb_placer placer;
		lb_phys_addr output;
		bool handover;
	} boots[] = {
		{V(7, 2, 0), false, QEMU, MIB(1), 0x3c3b000, LB_PLACER_E820, MIB(16), false},
		{V(7, 2, 0), false, KEXEC, 0x12345678, 0x3c3b000, LB_PLACER_E820, 0x12400000,
			false},
		{V(7, 2, 0), true, GRUB, 0x4e00000, 0x3c3b000, LB_PLACER_EFI_MAP, 0x4e00000,
			false},
		{V(6, 12, 0), true, EFI_ENTRY, 0, 0, LB_PLACER_STUB, 0, false},
		{V(5, 10, 0), true, EFI_ENTRY, MIB(1), 0x2d5e000, LB_PLACER_EFI_MAP, 0, false},
		{V(5, 10, 0), true, EFI_ENTRY, MIB(16), 0x2d5e000, LB_PLACER_EFI_MAP, MIB(16),
			false},
		{V(7, 2, 0), true, EFI_ENTRY, MIB(16), 0x3c3b000, LB_PLACER_STUB, 0, true},
		/* What Debian calls 6.1.0 shows by its empty header that it is a late 6.1. */
		{V(6, 1, 0), true, EFI_ENTRY, 0, 0, LB_PLACER_STUB, 0, false},
		{V(6, 1, 0), true, KEXEC, MIB(512), 0x3c3b000, LB_PLACER_LOADER, 0, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(boots); i++) {
		const struct lb_kaslr_start start = {.arch = X86, .version = boots[i].version,
			.efi = boots[i].efi, .boot_params = true, .efi_signature = boots[i].efi,
			.type_of_loader = boots[i].type, .code32_start = boots[i].code32_start,
			.kernel_alignment = MIB(2), .init_size = boots[i].init_size};
		struct lb_kaslr_path path = lb_kaslr_which_placer(&start);

		CHECK(path.placer == boots[i].placer);
		CHECK(path.handover == boots[i].handover);
		if (path.placer == LB_PLACER_E820 || path.placer == LB_PLACER_EFI_MAP) {
			CHECK_EQUAL(path.output, boots[i].output);
		}
	}
}

/* Without the header: what the architecture, the firmware and the hypervisor leave open. */
TEST(kaslr_placer, without_a_header_the_rest_decides)
{
	static const struct {
		enum lb_arch arch;
		uint32_t version;
		bool efi, xen_pv, rng_table;
		enum lb_placer placer;
		bool sure, random;
	} boots[] = {
		{X86, V(6, 12, 0), false, false, false, LB_PLACER_E820, true, false},
		{X86, V(6, 12, 0), true, false, false, LB_PLACER_STUB, false, false},
		{X86, V(6, 12, 0), true, true, false, LB_PLACER_LOADER, true, false},
		{ARM64, V(6, 1, 0), false, false, false, LB_PLACER_LOADER, true, false},
		{ARM64, V(6, 1, 0), true, false, false, LB_PLACER_STUB, true, false},
		{ARM64, V(6, 1, 0), true, false, true, LB_PLACER_STUB, true, true},
		{RISCV64, V(6, 1, 0), true, false, true, LB_PLACER_STUB, true, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(boots); i++) {
		const struct lb_kaslr_start start = {.arch = boots[i].arch,
			.version = boots[i].version, .efi = boots[i].efi,
			.xen_pv = boots[i].xen_pv, .rng_table = boots[i].rng_table};
		struct lb_kaslr_path path = lb_kaslr_which_placer(&start);

		CHECK_EQUAL(path.placer, boots[i].placer);
		CHECK_EQUAL(path.sure, boots[i].sure);
		CHECK_EQUAL(path.random, boots[i].random);
	}
}

/* "Kernel code", "Kernel data" and "Kernel bss" of booted machines, and the block between. */
TEST(kaslr_placer, the_kept_block_is_read_off_iomem)
{
	static const struct {
		enum lb_arch arch;
		struct lb_kaslr_iomem iomem;
		uint64_t image_size;
		struct lb_range block; /* empty: LB_NOT_FOUND */
		bool sure;
	} cases[] = {
		{X86, {{0x1000000, 0x225c930}, {0x3200000, 0x355da80}, {0x3de8000, 0x4200000}, 0,
			false}, 0, {0x1000000, 0x4200000}, true},
		{X86, {{0x1000000, 0x225c930}, {0x3200000, 0x355da80}, {0, 0}, 0, false}, 0,
			{0, 0}, false},
		/* arm64: 64 KiB are hidden if the image says so, or the grid. */
		{ARM64, {{0x40210000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0}, 0, false}, 0,
			{0x40200000, 0x42210000}, true},
		{ARM64, {{0x40230000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0}, 0, false},
			0x1ff0000, {0x40220000, 0x42210000}, true},
		{ARM64, {{0x40230000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0}, 0, false}, 0,
			{0x40230000, 0x42210000}, false},
		/* A boot that drew need not lie on the grid: the version tells, or nothing. */
		{ARM64, {{0x40230000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0},
			V(6, 1, 176), true}, 0, {0x40220000, 0x42210000}, true},
		{ARM64, {{0x40210000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0},
			V(7, 2, 13), true}, 0, {0x40210000, 0x42210000}, true},
		{ARM64, {{0x40210000, 0x41860000}, {0x41eb0000, 0x42210000}, {0, 0},
			V(6, 19, 0), true}, 0, {0x40210000, 0x42210000}, true},
		{ARM64, {{0x40210000, 0x41860000}, {0, 0}, {0, 0}, V(6, 12, 107), true}, 0,
			{0, 0}, false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_range block = {0, 0};
		bool sure = false;
		enum lb_status status = lb_kaslr_kept_block(cases[i].arch, &cases[i].iomem,
			cases[i].image_size, &block, &sure);

		CHECK(status == (lb_range_empty(cases[i].block) ? LB_NOT_FOUND : LB_OK));
		CHECK_EQUAL(block.start, cases[i].block.start);
		CHECK_EQUAL(block.end, cases[i].block.end);
		CHECK_EQUAL(sure, cases[i].sure);
	}
}

/* In between, stable kernels changed and versions do not tell. */
TEST(kaslr_placer, versions_that_do_not_tell_are_a_guess)
{
	const struct lb_kaslr_iomem iomem = {.code = {0x40210000, 0x41860000},
		.data = {0x41eb0000, 0x42210000}, .version = V(6, 12, 107), .random = true};
	struct lb_range block;
	bool sure = true;

	CHECK(!lb_kaslr_kept_block(ARM64, &iomem, 0, &block, &sure));
	CHECK(!sure);
}
