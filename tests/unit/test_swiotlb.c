/* SPDX-License-Identifier: MIT */
/* swiotlb=: what each version of Linux makes of it, and the form with an address. */
#include "tests/harness/test.h"

#include "lifeboat/bounce_option.h"
#include "policy/linux/swiotlb.h"
#include "policy/linux/version.h"

enum { FORCE = 1, NOFORCE = 2, TRACKS = 4 };

static void check_read(uint32_t version, const char *cmdline, uint64_t slots, uint64_t areas,
	unsigned int flags, const char *passed_over)
{
	struct lb_swiotlb_words words = lb_swiotlb_of(cmdline, version);

	CHECK_EQUAL(words.slots_told, slots != UINT64_MAX);
	CHECK_EQUAL(words.slots, slots == UINT64_MAX ? 0 : slots);
	CHECK_EQUAL(words.areas, areas);
	CHECK_EQUAL((words.force ? FORCE : 0) | (words.noforce ? NOFORCE : 0) |
			(words.track_hiwater ? TRACKS : 0), flags);
	CHECK(lb_slice_is(words.passed_over, passed_over));
}

TEST(swiotlb, each_version_reads_as_much_as_it_knows)
{
	const uint32_t v5 = LB_LINUX(5, 19, 0), v6 = LB_LINUX(6, 0, 0), v7 = LB_LINUX(7, 3, 0);
	const uint64_t untold = UINT64_MAX;

	check_read(v5, "quiet", untold, 0, 0, "");
	check_read(v5, NULL, untold, 0, 0, "");
	check_read(v5, "swiotlb=1000", 1024, 0, 0, "");
	check_read(v5, "swiotlb=0x8000,force", 0x8000, 0, FORCE, "");
	check_read(v5, "swiotlb=noforce", untold, 0, NOFORCE, "");
	check_read(v5, "swiotlb=,force", untold, 0, FORCE, "");
	check_read(v5, "swiotlb=32768,4,force", 32768, 0, 0, "4,force");
	check_read(v5, "swiotlb=64M", 128, 0, 0, "M");
	check_read(v6, "swiotlb=32768,4,force", 32768, 4, FORCE, "");
	check_read(v6, "swiotlb=32768,3", 32768, 4, 0, "");
	check_read(v6, "swiotlb=32768,0", 32768, 1, 0, "");
	check_read(v6, "swiotlb=,5,noforce", untold, 8, NOFORCE, "");
	check_read(v6, "swiotlb=force,512", untold, 0, 0, "force,512");
	check_read(v6, "swiotlb=512,forced", 512, 0, 0, "forced");
	check_read(v6, "swiotlb=512,force,track_hiwater", 512, 0, 0, "force,track_hiwater");
	check_read(v7, "swiotlb=512,force,track_hiwater", 512, 0, FORCE | TRACKS, "");
	check_read(v7, "swiotlb=track_hiwater", untold, 0, TRACKS, "");
	check_read(v7, "swiotlb=512,2,noforce", 512, 2, NOFORCE, "");
	check_read(v7, "swiotlb=512,forced", 512, 0, FORCE, "d");
	/* Several: each says what it says. */
	check_read(v6, "swiotlb=512 swiotlb=force", 512, 0, FORCE, "");
	check_read(v6, "swiotlb=512,2 swiotlb=1024", 1024, 2, 0, "");
	check_read(v6, "swiotlb=512 -- swiotlb=1024", 512, 0, 0, "");
	check_read(v6, "swiotlb=32768@0x40000000", 32768, 0, 0, "@0x40000000");
}

static uint64_t slots_of(const char *cmdline, uint32_t version, uint64_t preset, uint64_t cpus)
{
	struct lb_swiotlb_words words = lb_swiotlb_of(cmdline, version);

	return lb_swiotlb_slots(&words, version, preset, cpus);
}

TEST(swiotlb, before_the_cpus_are_known_only_told_areas_count)
{
	struct lb_swiotlb_words words = lb_swiotlb_of("swiotlb=1200", LB_LINUX(6, 12, 0));

	CHECK_EQUAL(lb_swiotlb_planned(&words, 32768), 1280);
	words = lb_swiotlb_of("swiotlb=1200,2", LB_LINUX(6, 12, 0));
	CHECK_EQUAL(lb_swiotlb_planned(&words, 32768), 2048);
	words = lb_swiotlb_of("", LB_LINUX(6, 12, 0));
	CHECK_EQUAL(lb_swiotlb_planned(&words, 40000), 40064);
}

TEST(swiotlb, the_pool_has_room_for_every_area)
{
	const uint32_t v5 = LB_LINUX(5, 10, 0), v6 = LB_LINUX(6, 12, 0);

	CHECK_EQUAL(slots_of("", v5, 32768, 1024), 32768);
	CHECK_EQUAL(slots_of("", v6, 32768, 4), 32768);
	CHECK_EQUAL(slots_of("", v6, 32768, 256), 32768);
	CHECK_EQUAL(slots_of("", v6, 32768, 257), 65536);
	CHECK_EQUAL(slots_of("swiotlb=1000", v6, 32768, 1), 1024);
	CHECK_EQUAL(slots_of("swiotlb=1200", v6, 32768, 1), 2048);
	CHECK_EQUAL(slots_of("swiotlb=1200", v5, 32768, 1), 1280);
	CHECK_EQUAL(slots_of("swiotlb=128", v6, 32768, 9), 2048);
	/* What an architecture asks for counts where nothing, or the default, was told. */
	CHECK_EQUAL(slots_of("", v5, 40000, 1), 40064);
	CHECK_EQUAL(slots_of("", v6, 40000, 1), 65536);
	CHECK_EQUAL(slots_of("swiotlb=32768", v5, 40000, 1), 40064);
	CHECK_EQUAL(slots_of("swiotlb=1024", v5, 40000, 1), 1024);
	CHECK_EQUAL(slots_of("swiotlb=,512", v6, 200000, 1), 65536);
	CHECK_EQUAL(slots_of("swiotlb=,2", v6, 512, 64), 512);
}

static void check_refused(const char *value, size_t offset, const char *expected)
{
	struct lb_bounce_option option = {.force = true};
	struct lb_bounce_option_error error = {99, ""};

	CHECK_EQUAL(lb_bounce_option_parse(lb_slice_of(value), &option, &error), LB_INVALID);
	CHECK_EQUAL(error.offset, offset);
	CHECK_TEXT(error.expected, expected);
	CHECK(option.force && lb_range_empty(option.pool));
}

TEST(swiotlb, a_pool_has_its_place_from_the_command_line)
{
	struct lb_bounce_option_error error;
	struct lb_bounce_option option;

	REQUIRE(!lb_bounce_option_parse(lb_slice_of("32768@0x40000000"), &option, &error));
	CHECK_EQUAL(option.pool.start, 0x40000000);
	CHECK_EQUAL(lb_range_size(option.pool), 64 * LB_MIB);
	CHECK(!option.force);
	REQUIRE(!lb_bounce_option_parse(lb_slice_of("0x1@1G,force"), &option, &error));
	CHECK_EQUAL(option.pool.start, LB_GIB);
	CHECK_EQUAL(option.pool.end, LB_GIB + 2048);
	CHECK(option.force);
	check_refused("", 0, "a number of slots of 2048 bytes");
	check_refused("@1G", 0, "a number of slots of 2048 bytes");
	check_refused("0@1G", 0, "a number of slots of 2048 bytes");
	check_refused("0x20000000000000@0", 0, "a number of slots of 2048 bytes");
	check_refused("64M@1G", 2, "@ and an address");
	check_refused("64", 2, "@ and an address");
	check_refused("64@", 3, "an address");
	check_refused("64@1GB", 3, "an address");
	check_refused("64@0x401", 3, "a multiple of 2048");
	check_refused("64@0xfffffffffffff800", 3, "an address below 2^64, up to the pool's end");
	check_refused("64@1G,", 5, ",force or nothing");
	check_refused("64@1G,noforce", 5, ",force or nothing");
}
