/* SPDX-License-Identifier: MIT */
/* boot_pool: whether a kernel makes a bounce pool, how large, and where, by version. */
#include "tests/harness/test.h"

#include "plan/boot/boot_pool.h"

static const struct lb_machine_encryption plain = {0};
static const struct lb_machine_encryption guest = {.sev_snp = true};
static const struct lb_machine_encryption host = {.sme = true};

/* A machine of 8 GiB, of which devices reach 4. */
static struct lb_pool_question ask(enum lb_arch arch, uint32_t version, const char *cmdline)
{
	return (struct lb_pool_question){.arch = arch, .version = version, .cmdline = cmdline,
		.ram = 8 * LB_GIB, .ram_end = 9 * LB_GIB, .limit = 4 * LB_GIB, .cpus = 4,
		.list_seen = true, .encryption = &plain};
}

static void check_size(const struct lb_pool_question *question, uint64_t size)
{
	struct lb_pool_answer answer = lb_pool_answer_of(question);

	CHECK_EQUAL(answer.made, size != 0);
	CHECK_EQUAL(answer.size, size);
	CHECK(answer.sure);
	CHECK(answer.why && answer.source);
}

TEST(boot_pool, x86_64_makes_one_for_memory_beyond_4_gib)
{
	struct lb_pool_question question = ask(LB_ARCH_X86_64, LB_LINUX(6, 1, 0), "quiet");

	check_size(&question, 64 * LB_MIB);
	question.cpus = 300; /* rounded up to 512 areas of 256 KiB */
	check_size(&question, 128 * LB_MIB);
	question.version = LB_LINUX(5, 10, 0);
	check_size(&question, 64 * LB_MIB);
	question.cmdline = "iommu=pt,off";
	check_size(&question, 0);
	question.cmdline = "swiotlb=noforce";
	check_size(&question, 0);
	question.cmdline = "swiotlb=1000";
	check_size(&question, 2 * LB_MIB);
	question.cmdline = NULL;
	question.ram_end = 4 * LB_GIB;
	check_size(&question, 0);
	/* What may be plugged in counts, as far as the firmware's list is read. */
	question.listed_end = 6 * LB_GIB;
	check_size(&question, 64 * LB_MIB);
	question.cmdline = "numa=off";
	check_size(&question, 0);
	question.listed_end = 0;
	question.list_seen = false;
	CHECK(!lb_pool_answer_of(&question).sure);
	question.cmdline = "swiotlb=force";
	check_size(&question, 64 * LB_MIB);
	CHECK(lb_pool_answer_of(&question).forced);
	question.cmdline = "iommu=soft";
	check_size(&question, 64 * LB_MIB);
	CHECK(!lb_pool_answer_of(&question).forced);
}

TEST(boot_pool, an_encrypted_guest_has_six_percent_and_bounces_all)
{
	struct lb_pool_question question = ask(LB_ARCH_X86_64, LB_LINUX(5, 15, 0), "");

	question.encryption = &guest;
	check_size(&question, 515637248); /* of 8 GiB, whole segments */
	CHECK(lb_pool_answer_of(&question).forced);
	question.version = LB_LINUX(6, 12, 0);
	check_size(&question, 512 * LB_MIB);
	question.ram = 64 * LB_GIB;
	check_size(&question, LB_GIB);
	question.ram = 512 * LB_MIB;
	check_size(&question, 64 * LB_MIB);
	question.ram = 64 * LB_GIB;
	question.cmdline = "swiotlb=65536";
	check_size(&question, 128 * LB_MIB);
	question.cmdline = "";
	question.version = LB_LINUX(5, 10, 0);
	check_size(&question, 64 * LB_MIB);
	/* Where the host encrypts, devices that reach the bit go directly. */
	question.encryption = &host;
	question.ram_end = LB_GIB;
	check_size(&question, 64 * LB_MIB);
	CHECK(!lb_pool_answer_of(&question).forced);
}

TEST(boot_pool, arm64_makes_a_small_one_where_all_memory_is_in_reach)
{
	struct lb_pool_question question = ask(LB_ARCH_ARM64, LB_LINUX(6, 12, 0), "");

	check_size(&question, 64 * LB_MIB);
	question.ram = 256 * LB_MIB;
	question.ram_end = 2 * LB_GIB;
	question.cpus = 1;
	check_size(&question, 256 * LB_KIB);
	question.cpus = 4;
	check_size(&question, LB_MIB);
	question.ram++;
	question.cpus = 1;
	check_size(&question, 512 * LB_KIB);
	question.version = LB_LINUX(6, 6, 0);
	check_size(&question, 64 * LB_MIB);
	question.version = LB_LINUX(6, 1, 0);
	check_size(&question, 0);
	question = ask(LB_ARCH_RISCV64, LB_LINUX(6, 1, 0), "");
	check_size(&question, 64 * LB_MIB);
	question.ram_end = 3 * LB_GIB;
	check_size(&question, 0);
	/* From 6.7 on it depends on whether its devices are coherent. */
	question.version = LB_LINUX(6, 12, 0);
	CHECK(!lb_pool_answer_of(&question).sure);
}

TEST(boot_pool, lies_in_the_highest_hole_that_holds_it)
{
	static unsigned char storage[LB_MEMORY_MAP_BYTES(16)] __attribute__((aligned(16)));
	const struct lb_pool_question question = ask(LB_ARCH_X86_64, LB_LINUX(6, 1, 0), "");
	struct lb_pool_question old = ask(LB_ARCH_X86_64, LB_LINUX(5, 10, 0), "");
	const struct lb_crash_range taken[] = {
		{.range = {0xa0000000, 0xbf000000}}, {.range = {0x60000000, 0x9f000000}}};
	struct lb_memory_map map;
	struct lb_range place;

	REQUIRE(!lb_memory_map_init(&map, storage, sizeof(storage)));
	REQUIRE(!lb_memory_map_add(
		&map, (struct lb_range){LB_MIB, 0xc0000000}, LB_NO_NODE, 0));
	REQUIRE(!lb_memory_map_add(
		&map, (struct lb_range){4 * LB_GIB, 8 * LB_GIB}, LB_NO_NODE, 0));
	REQUIRE(!lb_memory_map_reserve(
		&map, (struct lb_range){0xbfff0800, 0xc0000000}, LB_NO_NODE, 0));
	place = lb_pool_place(&map, taken, 0, &question, 64 * LB_MIB);
	CHECK_EQUAL(place.start, 0xbbff0000);
	CHECK_EQUAL(place.end, 0xbfff0000);
	place = lb_pool_place(&map, taken, 1, &question, 64 * LB_MIB);
	CHECK_EQUAL(place.end, 0xa0000000);
	place = lb_pool_place(&map, taken, 2, &question, 8 * LB_MIB);
	CHECK_EQUAL(place.end, 0xbfff0000);
	place = lb_pool_place(&map, taken, 2, &question, 64 * LB_MIB);
	CHECK_EQUAL(place.end, 0x60000000);
	/* No hole is large enough: from 5.19 on it asks for half, and half of that. */
	place = lb_pool_place(&map, taken, 2, &question, 4 * LB_GIB);
	CHECK_EQUAL(place.start, 0x20000000);
	CHECK_EQUAL(place.end, 0x60000000);
	old.limit = 4 * LB_GIB;
	CHECK(lb_range_empty(lb_pool_place(&map, taken, 2, &old, 4 * LB_GIB)));
}
