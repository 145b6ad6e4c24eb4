/* SPDX-License-Identifier: MIT */
/*
 * reserve: what real kernels did, booted with these command lines on these machines. Where the
 * table names several versions, all of them did the same.
 */
#include "policy/linux/linux.h"

#include "lifeboat/format.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_maps.h"

#define V LB_LINUX
#define ALL {V(5, 10, 0), V(5, 15, 0), V(6, 1, 0), V(6, 6, 0), V(6, 7, 0), V(6, 12, 0), \
	V(6, 17, 0), V(7, 0, 0), V(7, 3, 0)}
#define OLD {V(5, 10, 0), V(5, 15, 0), V(6, 1, 0), V(6, 6, 0)}
#define GENERIC {V(6, 7, 0), V(6, 12, 0), V(6, 17, 0), V(7, 0, 0), V(7, 3, 0)}
#define SINCE_6_12 {V(6, 12, 0), V(6, 17, 0), V(7, 0, 0), V(7, 3, 0)}

struct expectation {
	const struct reserve_machine *machine;
	const char *cmdline;
	uint32_t versions[10];
	enum lb_outcome outcome;
	struct lb_range main, low;
	struct lb_range cma[2];
	uint64_t swiotlb; /* 0: 64 MiB */
};

#define RESERVED LB_OUTCOME_RESERVED
#define FAILED LB_OUTCOME_FAILED
#define REJECTED LB_OUTCOME_REJECTED
#define DECLINED LB_OUTCOME_NOT_REQUESTED
#define CK "crashkernel="
#define RANGES CK "1G-2G:128M,2G-4G:192M,4G-:256M"

static const struct expectation x86_cases[] = {
	{&x86_2g, CK "256M", ALL, RESERVED, {0x6f000000, 0x7f000000}, {0}, {{0}}, 0},
	{&x86_6g, CK "256M", ALL, RESERVED, {0xaf000000, 0xbf000000}, {0}, {{0}}, 0},
	{&x86_8g, CK "3100M", ALL, RESERVED, {0x17e000000, 0x23fc00000},
		{0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_4g, CK "1400M", ALL, RESERVED, {0x68000000, 0xbf800000}, {0}, {{0}}, 0},
	{&x86_4g_nodes, CK "1400M", ALL, RESERVED, {0x28000000, 0x7f800000}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M,high", ALL, RESERVED, {0x19f000000, 0x1bf000000},
		{0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g, CK "512M,high " CK "0,low", ALL, RESERVED, {0x19f000000, 0x1bf000000}, {0},
		{{0}}, 0},
	{&x86_6g, CK "512M,high " CK "72M,low", ALL, RESERVED, {0x19f000000, 0x1bf000000},
		{0xbb000000, 0xbf800000}, {{0}}, 0},
	{&x86_2g, CK "512M,high", ALL, RESERVED, {0x5f000000, 0x7f000000}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M,high swiotlb=262144", ALL, RESERVED, {0x19f000000, 0x1bf000000},
		{0x9f000000, 0xbf800000}, {{0}}, 512 * LB_MIB},
	{&x86_6g_log, CK "512M,high", {V(6, 1, 0), V(6, 12, 0)}, RESERVED,
		{0x196000000, 0x1b6000000}, {0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g_log_7_3, CK "512M,high", {V(7, 3, 0)}, RESERVED, {0x195000000, 0x1b5000000},
		{0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g, CK "1536M,high", {V(6, 12, 0), V(7, 0, 0), V(7, 3, 0)}, RESERVED,
		{0x15f000000, 0x1bf000000}, {0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g_hugepage, CK "1536M,high", {V(6, 16, 0), V(6, 17, 0), V(6, 19, 0)}, RESERVED,
		{0x5f000000, 0xbf000000}, {0}, {{0}}, 0},
	{&x86_2g, CK "256M@512M", ALL, RESERVED, {0x20000000, 0x30000000}, {0}, {{0}}, 0},
	{&x86_2g, CK "256M@0x20100000", OLD, RESERVED, {0x20100000, 0x30100000}, {0}, {{0}}, 0},
	{&x86_2g, CK "256M@0x20100000", GENERIC, FAILED, {0}, {0}, {{0}}, 0},
	{&x86_6g, CK "256M@5G", OLD, RESERVED, {0x140000000, 0x150000000},
		{0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g, CK "256M@5G", GENERIC, RESERVED, {0x140000000, 0x150000000}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M", {V(3, 10, 0), V(4, 4, 0), V(4, 19, 0)}, RESERVED,
		{0x18000000, 0x38000000}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M", {V(5, 2, 0), V(5, 9, 0)}, RESERVED, {0x9f000000, 0xbf000000}, {0},
		{{0}}, 0},
	{&x86_6g, CK "896M", {V(3, 10, 0), V(5, 2, 0)}, RESERVED, {0x87000000, 0xbf000000}, {0},
		{{0}}, 0},
	{&x86_6g, CK "896M", {V(4, 4, 0), V(4, 19, 0)}, FAILED, {0}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M,high", {V(4, 4, 0), V(4, 19, 0), V(5, 2, 0)}, RESERVED,
		{0x19f000000, 0x1bf000000}, {0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_2g, RANGES, {V(5, 10, 0), V(5, 19, 0)}, RESERVED, {0x77000000, 0x7f000000}, {0},
		{{0}}, 0},
	{&x86_2g, RANGES, {V(6, 1, 0), V(6, 12, 0), V(7, 3, 0)}, RESERVED,
		{0x73000000, 0x7f000000}, {0}, {{0}}, 0},
	{&x86_4g, RANGES, {V(5, 10, 0)}, RESERVED, {0xb3000000, 0xbf000000}, {0}, {{0}}, 0},
	{&x86_4g, RANGES, {V(6, 1, 0), V(6, 12, 0), V(7, 3, 0)}, RESERVED,
		{0xaf000000, 0xbf000000}, {0}, {{0}}, 0},
	{&x86_2g, CK "4G-:3G,0-4G:128M", ALL, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "4G-8G:128M " CK "192M,high", OLD, RESERVED, {0x73000000, 0x7f000000}, {0},
		{{0}}, 0},
	{&x86_2g, CK "4G-8G:128M " CK "192M,high", GENERIC, DECLINED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "128M,foo " CK "256M,high", OLD, RESERVED, {0x6f000000, 0x7f000000}, {0},
		{{0}}, 0},
	{&x86_2g, CK "128M,foo " CK "256M,high", GENERIC, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M,high " CK "256M", ALL, RESERVED, {0xaf000000, 0xbf000000}, {0}, {{0}},
		0},
	{&x86_6g, CK "128M " CK "512M,cma", {V(5, 10, 0), V(6, 1, 0), V(6, 12, 0)}, REJECTED, {0},
		{0}, {{0}}, 0},
	{&x86_6g, CK "128M " CK "512M,cma", {V(6, 17, 0)}, RESERVED, {0xb7000000, 0xbf000000},
		{0}, {{0}}, 0},
	{&x86_6g, CK "128M " CK "512M,cma", {V(7, 3, 0)}, RESERVED, {0xb7000000, 0xbf000000}, {0},
		{{0x100000000, 0x120000000}}, 0},
	{&x86_6g, CK "512M,cma " CK "128M", {V(5, 10, 0), V(6, 1, 0), V(6, 12, 0), V(6, 17, 0)},
		RESERVED, {0xb7000000, 0xbf000000}, {0}, {{0}}, 0},
	{&x86_6g, CK "512M,cma " CK "128M", {V(7, 3, 0)}, RESERVED, {0xb7000000, 0xbf000000}, {0},
		{{0x100000000, 0x120000000}}, 0},
	{&x86_6g, CK "128M " CK "4G,cma", {V(7, 3, 0)}, RESERVED, {0xb7000000, 0xbf000000}, {0},
		{{0x100000000, 0x180000000}, {0x37000000, 0xb7000000}}, 0},
	{&x86_2g, CK "4G", OLD, FAILED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "4G", SINCE_6_12, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "1000000", ALL, RESERVED, {0x7f000000, 0x7f0f4240}, {0}, {{0}}, 0},
	{&x86_1g_limit, "mem=1G " CK "256M", ALL, RESERVED, {0x2f000000, 0x3f000000}, {0}, {{0}},
		0},
	{&x86_2g_hole, CK "256M", ALL, RESERVED, {0x60000000, 0x70000000}, {0}, {{0}}, 0},
	{&x86_2g, CK "256M,low", ALL, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "auto", ALL, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "256M " CK "0", ALL, DECLINED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK, ALL, REJECTED, {0}, {0}, {{0}}, 0},
	{&x86_16g_sev, CK "512M,high", {V(6, 1, 0), V(6, 12, 0), V(7, 3, 0)}, RESERVED,
		{0x41f000000, 0x43f000000}, {0x81000000, 0xbef40000}, {{0}}, 0x3d740000},
	{&x86_server, CK "512M", ALL, RESERVED, {0x3c000000, 0x5c000000}, {0}, {{0}}, 0},
	{&x86_server, CK "2G", ALL, RESERVED, {0x3fff000000, 0x407f000000},
		{0x4c000000, 0x5c000000}, {{0}}, 0},
	{&x86_server, CK "1088M,high " CK "1088M,low", ALL, FAILED, {0}, {0}, {{0}}, 0},
	{&x86_server, CK "2G-64G:256M,64G-:512M", ALL, RESERVED, {0x3c000000, 0x5c000000}, {0},
		{{0}}, 0},
	{&x86_2g, "foo" CK "64M", ALL, RESERVED, {0x7b000000, 0x7f000000}, {0}, {{0}}, 0},
	{&x86_2g, "quiet", ALL, LB_OUTCOME_NOT_REQUESTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "0-4G:0,4G-:256M", ALL, LB_OUTCOME_NOT_REQUESTED, {0}, {0}, {{0}}, 0},
	{&x86_2g, CK "4G-:256M", ALL, DECLINED, {0}, {0}, {{0}}, 0},
	{&x86_6g, CK "0-9G:0,9G-:256M " CK "512M,high", OLD, RESERVED, {0x19f000000, 0x1bf000000},
		{0xaf000000, 0xbf000000}, {{0}}, 0},
	{&x86_6g, CK "0-9G:0,9G-:256M " CK "512M,high", GENERIC, LB_OUTCOME_NOT_REQUESTED, {0},
		{0}, {{0}}, 0},
};

#define ARM64_ALL {V(5, 10, 0), V(5, 15, 0), V(5, 19, 0), V(6, 1, 0), V(6, 2, 0), V(6, 6, 0), \
	V(6, 12, 0), V(7, 3, 0)}

static const struct expectation arm64_cases[] = {
	{&arm64_2g_5_10, CK "256M", {V(5, 10, 0)}, RESERVED, {0xa9000000, 0xb9000000}, {0}, {{0}},
		0},
	{&arm64_2g, CK "256M", {V(6, 1, 0), V(6, 12, 0), V(6, 19, 0)}, RESERVED,
		{0xa9a00000, 0xb9a00000}, {0}, {{0}}, 0},
	{&arm64_2g_7_0, CK "256M", {V(7, 0, 0), V(7, 3, 0)}, RESERVED, {0xaba00000, 0xbba00000},
		{0}, {{0}}, 0},
	{&arm64_6g, CK "256M", ARM64_ALL, RESERVED, {0xec000000, 0xfc000000}, {0}, {{0}}, 0},
	{&arm64_6g, CK "512M,high", {V(5, 10, 0), V(5, 18, 0)}, REJECTED, {0}, {0}, {{0}}, 0},
	{&arm64_6g, CK "512M,high", {V(5, 19, 0), V(6, 1, 0)}, RESERVED,
		{0x199200000, 0x1b9200000}, {0}, {{0}}, 0},
	{&arm64_6g, CK "512M,high", {V(6, 2, 0), V(6, 5, 0), V(6, 12, 0), V(6, 19, 0)}, RESERVED,
		{0x199200000, 0x1b9200000}, {0xf4000000, 0xfc000000}, {{0}}, 0},
	{&arm64_6g_7_0, CK "512M,high", {V(7, 0, 0), V(7, 3, 0)}, RESERVED,
		{0x19f200000, 0x1bf200000}, {0xf4000000, 0xfc000000}, {{0}}, 0},
	{&arm64_6g, CK "512M,high " CK "64M,low", {V(5, 19, 0), V(6, 1, 0), V(6, 4, 0),
		V(6, 6, 0), V(6, 12, 0)}, RESERVED, {0x199200000, 0x1b9200000},
		{0xf8000000, 0xfc000000}, {{0}}, 0},
	{&arm64_6g_7_0, CK "512M,high " CK "64M,low", {V(7, 3, 0)}, RESERVED,
		{0x19f200000, 0x1bf200000}, {0xf8000000, 0xfc000000}, {{0}}, 0},
	{&arm64_8g, CK "3G", {V(5, 10, 0), V(5, 15, 0), V(6, 1, 0)}, FAILED, {0}, {0}, {{0}}, 0},
	{&arm64_8g, CK "3G", {V(6, 2, 0), V(6, 5, 0), V(6, 12, 0)}, RESERVED,
		{0x176e00000, 0x236e00000}, {0xf4000000, 0xfc000000}, {{0}}, 0},
	{&arm64_8g_7_0, CK "3G", {V(7, 3, 0)}, RESERVED, {0x17ee00000, 0x23ee00000},
		{0xf4000000, 0xfc000000}, {{0}}, 0},
	{&arm64_2g, CK "256M@0x60000000", ARM64_ALL, RESERVED, {0x60000000, 0x70000000}, {0},
		{{0}}, 0},
	{&arm64_2g, CK "256M@0x60100000", ARM64_ALL, FAILED, {0}, {0}, {{0}}, 0},
	{&arm64_2g, CK "512M,high", {V(6, 1, 0), V(6, 12, 0)}, RESERVED,
		{0x99a00000, 0xb9a00000}, {0}, {{0}}, 0},
	{&arm64_2g_7_0, CK "512M,high", {V(7, 3, 0)}, RESERVED, {0x9ba00000, 0xbba00000}, {0},
		{{0}}, 0},
	{&arm64_6g, CK "512M,cma " CK "128M", {V(6, 12, 0)}, RESERVED, {0xf4000000, 0xfc000000},
		{0}, {{0}}, 0},
	{&arm64_6g_7_0, CK "512M,cma " CK "128M", {V(7, 3, 0)}, RESERVED,
		{0xf4000000, 0xfc000000}, {0}, {{0x100000000, 0x120000000}}, 0},
	{&arm64_2g_efi, CK "256M", {V(7, 3, 0)}, RESERVED, {0x9fc00000, 0xafc00000}, {0}, {{0}},
		0},
	{&arm64_high_only, CK "512M", {V(6, 7, 0), V(6, 12, 0)}, RESERVED,
		{0x81d0000000, 0x81f0000000}, {0}, {{0}}, 0},
	{&arm64_high_only, CK "512M,high", {V(6, 7, 0), V(6, 12, 0)}, RESERVED,
		{0x81d0000000, 0x81f0000000}, {0}, {{0}}, 0},
};

#define HANGS LB_OUTCOME_HANGS

static const struct expectation riscv_cases[] = {
	{&riscv_1g, CK "256M", {V(5, 13, 0), V(5, 15, 0), V(6, 6, 0), V(6, 12, 0)}, RESERVED,
		{0xacc00000, 0xbcc00000}, {0}, {{0}}, 0},
	{&riscv_1g_7_2, CK "256M", {V(7, 2, 0)}, RESERVED, {0xa7c00000, 0xb7c00000}, {0}, {{0}},
		0},
	{&riscv_1g, CK "900M", {V(6, 12, 0)}, RESERVED, {0x84800000, 0xbcc00000}, {0}, {{0}}, 0},
	{&riscv_1g_7_2, CK "900M", {V(7, 2, 0)}, HANGS, {0}, {0}, {{0}}, 0},
	{&riscv_1g, CK "960M", {V(6, 7, 0), V(6, 12, 0), V(7, 2, 0)}, HANGS, {0}, {0}, {{0}}, 0},
	{&riscv_1g, CK "960M", {V(5, 13, 0), V(5, 15, 0), V(6, 6, 0)}, FAILED, {0}, {0}, {{0}},
		0},
	{&riscv_1g_7_2, CK "900M,high", {V(6, 11, 11), V(6, 12, 0), V(7, 2, 0)}, FAILED, {0},
		{0}, {{0}}, 0},
	{&riscv_1g, CK "960M,high", {V(6, 7, 0), V(6, 10, 0), V(6, 11, 0)}, HANGS, {0}, {0}, {{0}},
		0},
	{&riscv_1g, CK "256M,high", {V(6, 7, 0), V(6, 10, 0)}, RESERVED,
		{0xacc00000, 0xbcc00000}, {0}, {{0}}, 0},
	{&riscv_1g, CK "1100M", {V(6, 12, 0), V(7, 2, 0)}, REJECTED, {0}, {0}, {{0}}, 0},
	{&riscv_1g, CK "1100M", {V(6, 7, 0), V(6, 11, 0)}, HANGS, {0}, {0}, {{0}}, 0},
	{&riscv_6g, CK "512M", {V(5, 15, 0), V(6, 6, 0), V(6, 12, 0)}, RESERVED,
		{0xe0000000, 0x100000000}, {0}, {{0}}, 0},
	{&riscv_6g, CK "512M", {V(5, 13, 0), V(5, 14, 0)}, RESERVED, {0x1d7c00000, 0x1f7c00000},
		{0}, {{0}}, 0},
	{&riscv_6g_7_2, CK "512M", {V(7, 2, 0)}, RESERVED, {0xd8000000, 0xf8000000}, {0}, {{0}},
		0},
	{&riscv_6g, CK "512M,high", {V(6, 6, 0), V(6, 12, 0)}, RESERVED,
		{0x1d7c00000, 0x1f7c00000}, {0xf8000000, 0x100000000}, {{0}}, 0},
	{&riscv_6g, CK "512M", {V(5, 15, 121), V(6, 1, 40), V(6, 4, 5), V(6, 5, 0)}, RESERVED,
		{0xdfe00000, 0xffe00000}, {0}, {{0}}, 0},
	{&riscv_6g, CK "512M", {V(5, 15, 120), V(5, 19, 17), V(6, 1, 39), V(6, 3, 13)}, RESERVED,
		{0xe0000000, 0x100000000}, {0}, {{0}}, 0},
	{&riscv_6g, CK "512M,high", {V(5, 10, 0), V(5, 15, 0), V(6, 5, 0)}, REJECTED, {0}, {0},
		{{0}}, 0},
	{&riscv_6g, CK "512M", {V(5, 10, 0), V(5, 12, 0)}, REJECTED, {0}, {0}, {{0}}, 0},
	{&riscv_6g_7_2, CK "512M,high", {V(7, 2, 0)}, RESERVED, {0x1dfc00000, 0x1ffc00000},
		{0xf0000000, 0xf8000000}, {{0}}, 0},
	{&riscv_8g, CK "3G", {V(6, 6, 0), V(6, 12, 0)}, RESERVED, {0x1b5c00000, 0x275c00000},
		{0xf8000000, 0x100000000}, {{0}}, 0},
	{&riscv_8g, CK "3G", {V(5, 15, 0), V(6, 4, 0), V(6, 5, 0)}, RESERVED,
		{0x1b5c00000, 0x275c00000}, {0}, {{0}}, 0},
	{&riscv_8g_7_2, CK "3G", {V(7, 2, 0)}, RESERVED, {0x1bfc00000, 0x27fc00000},
		{0xf0000000, 0xf8000000}, {{0}}, 0},
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(64)] __attribute__((aligned(16)));
static struct lb_reservation answer;
static struct lb_memory_map map;
static struct lb_reserve_env env;

static void load(const struct reserve_machine *machine, uint32_t version)
{
	LB_ASSERT(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	reserve_machine_load(machine, version, &map, &env);
}

static void ask(const struct reserve_machine *machine, uint32_t version, const char *cmdline)
{
	load(machine, version);
	CHECK(lb_linux_reserve(&env, cmdline, &map, NULL, NULL, &answer) == LB_OK);
}

/* The ranges as text, so that a failure shows what came out beside what was expected. */
static void put_range(struct lb_text *text, const char *kind, struct lb_range range)
{
	if (!lb_range_empty(range)) {
		lb_format(text, " %s 0x%llx-0x%llx", kind, (unsigned long long)range.start,
			(unsigned long long)range.end);
	}
}

static void describe_case(
	struct lb_text *text, const struct expectation *expected, uint32_t version)
{
	lb_format(text, "%s on %u.%u: ", expected->cmdline, version >> 24, version >> 16 & 255);
}

static void check_case(const struct expectation *expected, uint32_t version)
{
	static char want_bytes[512], got_bytes[512];
	struct lb_text want = LB_TEXT(want_bytes), got = LB_TEXT(got_bytes);

	load(expected->machine, version);
	if (expected->swiotlb) {
		env.swiotlb_bytes = expected->swiotlb;
	}
	CHECK(lb_linux_reserve(&env, expected->cmdline, &map, NULL, NULL, &answer) == LB_OK);
	describe_case(&want, expected, version);
	describe_case(&got, expected, version);
	lb_text_put(&want, lb_outcome_name(expected->outcome));
	lb_text_put(&got, lb_outcome_name(answer.outcome));
	put_range(&want, "crash", expected->main);
	put_range(&want, "crash_low", expected->low);
	put_range(&want, "crash_cma", expected->cma[0]);
	put_range(&want, "crash_cma", expected->cma[1]);
	for (size_t i = 0; i < answer.range_count; i++) {
		put_range(&got, lb_crash_kind_name(answer.ranges[i].kind),
			answer.ranges[i].range);
		CHECK(lb_memory_map_overlaps_reserved(&map, answer.ranges[i].range));
	}
	CHECK_TEXT(got_bytes, want_bytes);
	CHECK(lb_memory_map_check(&map));
}

static void check_cases(const struct expectation *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (const uint32_t *version = cases[i].versions; *version; version++) {
			check_case(&cases[i], *version);
		}
	}
}

TEST(reserve, x86_kernels_reserve_as_they_did_when_booted)
{
	check_cases(x86_cases, LB_ARRAY_COUNT(x86_cases));
}

TEST(reserve, arm64_kernels_reserve_as_they_did_when_booted)
{
	check_cases(arm64_cases, LB_ARRAY_COUNT(arm64_cases));
}

TEST(reserve, riscv64_kernels_reserve_as_they_did_when_booted)
{
	check_cases(riscv_cases, LB_ARRAY_COUNT(riscv_cases));
}

static size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

/* The log as one text, a line break after each line. */
static const char *whole_log(void)
{
	static char bytes[LB_CRASH_LOG_BYTES + 1];
	struct lb_text text = LB_TEXT(bytes);
	const char *line = answer.log;

	for (size_t i = 0; i < answer.line_count; i++) {
		lb_text_put(&text, line);
		lb_text_put_char(&text, '\n');
		line += text_length(line) + 1;
	}
	CHECK((size_t)(line - answer.log) == answer.log_bytes);
	return bytes;
}

TEST(reserve, x86_before_6_7_prints_whole_mebibytes_low_memory_first)
{
	ask(&x86_6g, V(6, 1, 0), CK "512M,high");
	CHECK_TEXT(whole_log(), "Reserving 256MB of low memory at 2800MB for crashkernel "
		"(low RAM limit: 4096MB)\n"
		"Reserving 512MB of memory at 6640MB for crashkernel (System RAM: 6143MB)\n");
	ask(&x86_4g, V(6, 1, 0), CK "256M@4G");
	CHECK_TEXT(whole_log(), "Reserving 256MB of low memory at 2800MB for crashkernel "
		"(low RAM limit: 4095MB)\n"
		"Reserving 256MB of memory at 4096MB for crashkernel (System RAM: 4095MB)\n");
}

TEST(reserve, x86_before_5_13_says_that_it_keeps_the_first_mebibyte)
{
	ask(&x86_2g, V(5, 10, 0), CK "auto");
	CHECK_TEXT(whole_log(), "kexec: Reserving the low 1M of memory for crashkernel\n"
		"crashkernel: memory value expected\n");
	ask(&x86_2g, V(5, 10, 0), "foo" CK "64M");
	CHECK_TEXT(whole_log(), "Reserving 64MB of memory at 1968MB for crashkernel "
		"(System RAM: 2047MB)\n");
	ask(&x86_2g, V(5, 13, 0), CK "auto");
	CHECK_TEXT(whole_log(), "crashkernel: memory value expected\n");
}

TEST(reserve, since_6_7_the_log_names_both_regions_with_exclusive_ends)
{
	ask(&x86_6g, V(6, 12, 0), CK "512M,high");
	CHECK_TEXT(whole_log(),
		"crashkernel low memory reserved: 0xaf000000 - 0xbf000000 (256 MB)\n"
		"crashkernel reserved: 0x000000019f000000 - 0x00000001bf000000 (512 MB)\n");
	ask(&x86_2g, V(7, 3, 0), CK "1000000");
	CHECK_TEXT(whole_log(),
		"crashkernel reserved: 0x000000007f000000 - 0x000000007f0f4240 (0 MB)\n");
}

TEST(reserve, failures_are_logged_in_the_words_of_the_version)
{
	ask(&x86_2g, V(6, 1, 0), CK "4G");
	CHECK_TEXT(whole_log(), "crashkernel reservation failed - No suitable area found.\n");
	ask(&x86_2g, V(6, 12, 0), CK "2000M");
	CHECK_TEXT(whole_log(), "cannot allocate crashkernel (size:0x7d000000)\n");
	ask(&x86_2g, V(6, 12, 0), CK "4G");
	CHECK_TEXT(whole_log(), "");
	ask(&x86_2g, V(6, 1, 0), CK "64M@0x1000000");
	CHECK_TEXT(whole_log(), "crashkernel reservation failed - memory is in use.\n");
	ask(&x86_server, V(6, 1, 0), CK "1088M,high " CK "1088M,low");
	CHECK_TEXT(whole_log(), "Cannot reserve 1088MB crashkernel low memory, "
		"please try smaller size.\n");
	ask(&x86_server, V(6, 12, 0), CK "1088M,high " CK "1088M,low");
	CHECK_TEXT(whole_log(), "cannot allocate crashkernel low memory (size:0x44000000).\n");
}

TEST(reserve, arm64_words_for_a_bad_offset_changed_three_times)
{
	ask(&arm64_2g, V(5, 10, 0), CK "256M@0x60100000");
	CHECK_TEXT(whole_log(),
		"cannot reserve crashkernel: base address is not 2MB aligned\n");
	ask(&arm64_2g, V(5, 10, 0), CK "256M@0x40000000");
	CHECK_TEXT(whole_log(),
		"cannot reserve crashkernel: region overlaps reserved memory\n");
	ask(&arm64_2g, V(5, 10, 0), CK "256M@0xb8000000");
	CHECK_TEXT(whole_log(), "cannot reserve crashkernel: region is not memory\n");
	ask(&arm64_2g, V(6, 1, 0), CK "256M@0x60100000");
	CHECK_TEXT(whole_log(), "cannot allocate crashkernel (size:0x10000000)\n");
	ask(&arm64_2g, V(6, 5, 0), CK "256M@0x60100000");
	CHECK_TEXT(whole_log(), "crashkernel reservation failed - memory is in use.\n");
}

TEST(reserve, riscv64_had_words_of_its_own)
{
	ask(&riscv_1g, V(5, 13, 0), CK "256M@0x90100000");
	CHECK_TEXT(whole_log(), "crashkernel: requested region is misaligned\n");
	ask(&riscv_1g, V(5, 13, 0), CK "256M@0x80000000");
	CHECK_TEXT(whole_log(), "crashkernel: requested region is reserved\n");
	ask(&riscv_1g, V(5, 13, 0), CK "256M@0xb8000000");
	CHECK_TEXT(whole_log(), "crashkernel: requested region is not memory\n");
	ask(&riscv_1g, V(6, 1, 0), CK "960M");
	CHECK_TEXT(whole_log(), "crashkernel: couldn't allocate 983040KB\n");
	ask(&riscv_1g, V(6, 6, 0), CK "256M@0x90100000");
	CHECK_TEXT(whole_log(), "crashkernel: allocating failed with given size@offset\n");
	ask(&riscv_6g, V(6, 6, 0), CK "512M,high");
	CHECK_TEXT(whole_log(), "crashkernel low memory reserved: "
		"0x00000000f8000000 - 0x0000000100000000 (128 MB)\n"
		"crashkernel: reserved 0x00000001d7c00000 - 0x00000001f7c00000 (512 MB)\n");
}

TEST(reserve, cma_is_taken_only_with_a_request_that_was_understood)
{
	ask(&x86_6g, V(7, 3, 0), CK "512M,cma");
	CHECK(answer.outcome == REJECTED && !answer.range_count);
	ask(&x86_6g, V(7, 3, 0), CK "8G,cma " CK "128M");
	CHECK_TEXT(whole_log(),
		"crashkernel reserved: 0x00000000b7000000 - 0x00000000bf000000 (128 MB)\n"
		"crashkernel CMA reservation failed: 8192 MB requested, 5120 MB reserved "
		"in 4 ranges\n");
	ask(&x86_6g, V(6, 19, 0), CK "256M " CK "512M,cma");
	CHECK_TEXT(whole_log(),
		"crashkernel reserved: 0x00000000af000000 - 0x00000000bf000000 (256 MB)\n"
		"crashkernel CMA reservation not supported\n");
	ask(&x86_6g, V(7, 3, 0), CK "128M " CK "512M,foo,cma");
	CHECK_TEXT(whole_log(), "crashkernel: unrecognized char: ,\n"
		"crashkernel reserved: 0x00000000b7000000 - 0x00000000bf000000 (128 MB)\n"
		"crashkernel CMA reserved: 512 MB in 1 ranges\n");
}

TEST(reserve, cma_is_taken_even_where_the_main_region_finds_no_room)
{
	ask(&x86_6g, V(7, 3, 0), CK "128M@0x1000000 " CK "512M,cma");
	CHECK(answer.outcome == FAILED);
	CHECK_EQUAL(answer.range_count, 1);
	CHECK(answer.ranges[0].kind == LB_CRASH_CMA);
}

TEST(reserve, a_boot_that_hangs_shows_no_log)
{
	ask(&riscv_1g, V(7, 3, 0), CK "960M " CK "1x,cma");
	CHECK(answer.outcome == HANGS);
	CHECK_EQUAL(answer.line_count, 0);
	CHECK_EQUAL(answer.log_bytes, 0);
}

TEST(reserve, arm64_without_a_dma_limit_hangs_as_riscv64_does)
{
	load(&arm64_2g, V(6, 6, 0));
	env.low_max = env.high_max;
	CHECK(lb_linux_reserve(&env, CK "3G", &map, NULL, NULL, &answer) == LB_OK);
	CHECK(answer.outcome == HANGS);
	load(&arm64_2g, V(6, 1, 0));
	env.low_max = env.high_max;
	CHECK(lb_linux_reserve(&env, CK "3G", &map, NULL, NULL, &answer) == LB_OK);
	CHECK(answer.outcome == FAILED);
}

TEST(reserve, arm64_6_2_adds_low_memory_for_a_region_just_below_the_limit)
{
	ask(&arm64_6g, V(6, 2, 0), CK "5G,high");
	CHECK(answer.outcome == FAILED);
	load(&arm64_6g, V(6, 2, 0));
	CHECK(lb_memory_map_reserve(&map, (struct lb_range){0x100000000, 0x1c0000000}, LB_NO_NODE,
		0) == LB_OK);
	CHECK(lb_linux_reserve(&env, CK "64M,high " CK "128M,low", &map, NULL, NULL, &answer) ==
		LB_OK);
	CHECK_EQUAL(answer.ranges[0].range.start, 0xf8000000);
	CHECK_EQUAL(answer.range_count, 2);
	CHECK_EQUAL(answer.ranges[1].range.start, 0xf0000000);
}

/* Every version reads a 0 without complaint; a list that leaves this machine out may be a slip. */
TEST(reserve, a_value_that_asks_for_nothing_is_told_from_one_that_makes_no_sense)
{
	static const struct {
		const char *cmdline;
		bool declined, unmatched;
	} cases[] = {
		{CK "0", true, false},
		{CK "0M@16M", true, false},
		{CK "0,high", true, false},
		{CK "0-:0", true, false},
		{CK "4G-:256M", true, true},
		{CK "x " CK "0,high", false, false},
		{CK "x", false, false},
		{CK "64M,low", false, false},
	};
	static const uint32_t versions[] = ALL;

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		for (size_t k = 0; k < LB_ARRAY_COUNT(versions); k++) {
			ask(&x86_2g, versions[k], cases[i].cmdline);
			CHECK_EQUAL(answer.declined, cases[i].declined);
			CHECK_EQUAL(answer.unmatched, cases[i].unmatched);
			CHECK_EQUAL(answer.outcome, answer.declined ? DECLINED : REJECTED);
		}
	}
	ask(&x86_2g, V(6, 1, 0), CK "4G-:256M " CK "64M,high");
	CHECK(answer.outcome == RESERVED && !answer.declined && !answer.unmatched);
	/* The 0 of another class does not count where this one is taken. */
	ask(&x86_2g, V(6, 1, 0), CK "0 " CK "64M,high");
	CHECK(answer.outcome == RESERVED && !answer.declined);
}

TEST(reserve, xen_pv_domains_refuse)
{
	load(&x86_2g, V(6, 1, 0));
	env.xen_pv = true;
	CHECK(lb_linux_reserve(&env, CK "64M", &map, NULL, NULL, &answer) == LB_OK);
	CHECK_TEXT(whole_log(), "Ignoring crashkernel for a Xen PV domain\n");
	CHECK(answer.outcome == REJECTED);
}

TEST(reserve, what_the_kernel_cuts_off_the_command_line_does_not_count)
{
	static char line[2200];

	__builtin_memset(line, ' ', sizeof(line));
	__builtin_memcpy(line + 2036, CK "64M", sizeof(CK "64M"));
	ask(&x86_2g, V(6, 1, 0), line);
	CHECK(answer.outcome == LB_OUTCOME_NOT_REQUESTED);
	__builtin_memset(line, ' ', sizeof(line));
	__builtin_memcpy(line + 2033, CK "64M", sizeof(CK "64M"));
	ask(&x86_2g, V(6, 1, 0), line);
	CHECK_EQUAL(answer.size, 64);
}
