/* SPDX-License-Identifier: MIT */
/* linux_rows: every architecture has a whole row for every age of its kernels. */
#include "policy/linux/linux.h"

#include "lifeboat/format.h"
#include "policy/linux/kaslr_row.h"
#include "tests/harness/test.h"

#define V LB_LINUX

/* What a row must hold whatever the kernel. */
static void check_whole(const struct lb_linux_row *row, enum lb_arch arch)
{
	CHECK(row->arch == arch);
	CHECK(row->cmdline_bytes >= 255 && lb_is_power_of_two(row->cmdline_bytes + 1));
	CHECK(lb_is_power_of_two(row->align) && row->align >= LB_MIB);
	CHECK(lb_is_power_of_two(row->fixed_align) && row->fixed_align <= row->align);
	CHECK(row->search);
	CHECK(row->say);
	CHECK(!row->default_low == !row->default_low_why);
	CHECK(!row->refusals || (row->refusals->not_memory && row->refusals->taken &&
					row->refusals->unaligned));
}

/* What would be read, and have no effect. */
static void check_consistent(const struct lb_linux_row *row)
{
	CHECK(row->reserves || !(row->knows_high || row->knows_cma));
	CHECK(row->knows_high || !(row->default_low || row->low_read_late));
	CHECK(row->splits_windows || !row->gives_up_high);
	CHECK(row->searches_again || !row->splits_windows);
	CHECK(!row->refusals || !row->given_place_line);
	CHECK(row->default_low || !(row->pool_in_low || row->low_margin));
}

TEST(linux_rows, every_architecture_has_a_whole_row_for_every_age)
{
	for (int arch = LB_ARCH_UNKNOWN + 1; arch < LB_ARCHES; arch++) {
		size_t count;
		const struct lb_linux_row *rows = lb_linux_rows((enum lb_arch)arch, &count);

		REQUIRE(rows && count);
		for (size_t i = 0; i < count; i++) {
			check_whole(&rows[i], (enum lb_arch)arch);
			check_consistent(&rows[i]);
			CHECK(i == 0 || rows[i - 1].since < rows[i].since);
		}
	}
}

TEST(linux_rows, every_architecture_has_a_whole_row_for_the_draw)
{
	for (int arch = LB_ARCH_UNKNOWN + 1; arch < LB_ARCHES; arch++) {
		const struct lb_kaslr_row *row = lb_kaslr_row((enum lb_arch)arch);

		CHECK(row->arch == (enum lb_arch)arch);
		CHECK(lb_is_power_of_two(row->section_align) && row->section_align >= 4096);
		CHECK(lb_is_power_of_two(row->stub_unit) && row->stub_unit >= 4096);
		CHECK(row->limit > row->floor);
	}
}

TEST(linux_rows, a_row_holds_from_its_version_until_the_next_begins)
{
	for (int arch = LB_ARCH_UNKNOWN + 1; arch < LB_ARCHES; arch++) {
		size_t count;
		const struct lb_linux_row *rows = lb_linux_rows((enum lb_arch)arch, &count);

		CHECK(lb_linux_row((enum lb_arch)arch, 0) == rows);
		CHECK(lb_linux_row((enum lb_arch)arch, UINT32_MAX) == &rows[count - 1]);
		for (size_t i = 0; i < count; i++) {
			CHECK(lb_linux_row((enum lb_arch)arch, rows[i].since) == &rows[i]);
			CHECK(i == 0 || lb_linux_row((enum lb_arch)arch, rows[i].since - 1) ==
					&rows[i - 1]);
		}
	}
}

TEST(linux_rows, every_architecture_has_a_name_and_no_row_is_for_none)
{
	size_t count;

	for (int arch = LB_ARCH_UNKNOWN + 1; arch < LB_ARCHES; arch++) {
		const char *name = lb_arch_name((enum lb_arch)arch);

		CHECK(name[0] != 'u' || name[1] != 'n');
	}
	CHECK(!lb_linux_rows(LB_ARCH_UNKNOWN, &count));
	CHECK_EQUAL(count, 0);
	CHECK(!lb_linux_row(LB_ARCH_UNKNOWN, V(6, 12, 0)));
}

/* The ages, written down a second time from the kernels' sources: who knows which form. */
static const struct {
	enum lb_arch arch;
	uint32_t version;
	const char *forms; /* p plain, h high, l low by default, c cma */
} known[] = {
	{LB_ARCH_X86_64, V(5, 10, 0), "phl"},
	{LB_ARCH_X86_64, V(6, 16, 99), "phl"},
	{LB_ARCH_X86_64, V(6, 17, 0), "phlc"},
	{LB_ARCH_ARM64, V(5, 10, 0), "p"},
	{LB_ARCH_ARM64, V(5, 18, 99), "p"},
	{LB_ARCH_ARM64, V(5, 19, 0), "ph"},
	{LB_ARCH_ARM64, V(6, 1, 176), "ph"},
	{LB_ARCH_ARM64, V(6, 2, 0), "phl"},
	{LB_ARCH_ARM64, V(7, 2, 13), "phl"},
	{LB_ARCH_ARM64, V(7, 3, 0), "phlc"},
	{LB_ARCH_RISCV64, V(5, 12, 99), ""},
	{LB_ARCH_RISCV64, V(5, 13, 0), "p"},
	{LB_ARCH_RISCV64, V(6, 5, 99), "p"},
	{LB_ARCH_RISCV64, V(6, 6, 0), "phl"},
	{LB_ARCH_RISCV64, V(7, 3, 0), "phlc"},
};

TEST(linux_rows, each_kernel_knows_its_forms)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(known); i++) {
		const struct lb_linux_row *row = lb_linux_row(known[i].arch, known[i].version);
		char bytes[8];
		struct lb_text forms = LB_TEXT(bytes);

		lb_text_put(&forms, row->reserves ? "p" : "");
		lb_text_put(&forms, row->knows_high ? "h" : "");
		lb_text_put(&forms, row->default_low ? "l" : "");
		lb_text_put(&forms, row->knows_cma ? "c" : "");
		CHECK_TEXT(bytes, known[i].forms);
	}
}

/* "Below 4 GiB" lost its last byte in 6.5, and in stable series at these patch levels. */
TEST(linux_rows, riscv64_cuts_low_memory_where_the_fix_went)
{
	static const struct {
		uint32_t version;
		bool cut;
	} ends[] = {
		{V(5, 15, 120), false}, {V(5, 15, 121), true}, {V(5, 16, 0), false},
		{V(6, 1, 39), false}, {V(6, 1, 40), true}, {V(6, 2, 0), false},
		{V(6, 4, 4), false}, {V(6, 4, 5), true}, {V(6, 5, 0), true},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(ends); i++) {
		CHECK_EQUAL(lb_linux_row(LB_ARCH_RISCV64, ends[i].version)->low_end,
			4 * LB_GIB - ends[i].cut);
	}
}
