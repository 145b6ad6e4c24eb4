/* SPDX-License-Identifier: MIT */
/*
 * render: plans built by hand, as people and programs see them. One machine of 4 GiB; each test
 * changes what happens on it.
 */
#include <stdlib.h>
#include <string.h>

#include "render/out.h"
#include "render/picture.h"
#include "render/render.h"
#include "tests/harness/test.h"

static const struct lb_holder holders[] = {
	{{0x0, 0x100000}, "first megabyte", LB_HELD},
	{{0x1000000, 0x4200000}, "kernel image", LB_HELD},
	{{0x36000000, 0x37000000}, "initrd", LB_HELD},
	{{0xbf000000, 0xbf800000}, "page tables", LB_HELD_LIKELY},
	{{0xbffe0000, 0xc0000000}, "ACPI tables", LB_HELD},
	{{0x13ffd0000, 0x140000000}, "NODE_DATA(0)", LB_HELD},
};

static const char *const crashkernel[] = {"256M"};

static struct {
	struct lb_memory_map map;
	uint64_t storage[LB_MEMORY_MAP_BYTES(64) / sizeof(uint64_t) + 1];
	struct lb_machine machine;
	struct lb_reservation reservation;
	struct lb_searches searches;
	struct lb_possible outcomes[3];
	struct lb_plan plan;
} world;

static void make_map(void)
{
	REQUIRE(lb_memory_map_init(&world.map, world.storage, sizeof(world.storage)) == LB_OK);
	REQUIRE(lb_memory_map_add(&world.map, (struct lb_range){0x1000, 0x9f000}, LB_NO_NODE, 0) ==
		LB_OK);
	REQUIRE(lb_memory_map_add(&world.map, (struct lb_range){0x100000, 0xc0000000}, LB_NO_NODE,
			0) == LB_OK);
	REQUIRE(lb_memory_map_add(&world.map, (struct lb_range){0x100000000, 0x140000000},
			LB_NO_NODE, 0) == LB_OK);
	for (size_t i = 0; i < LB_ARRAY_COUNT(holders); i++) {
		REQUIRE(lb_memory_map_reserve(
				&world.map, holders[i].range, LB_NO_NODE, 0) == LB_OK);
	}
}

static void add_line(struct lb_reservation *reservation, const char *line)
{
	memcpy(reservation->log + reservation->log_bytes, line, strlen(line) + 1);
	reservation->log_bytes += strlen(line) + 1;
	reservation->line_count++;
}

static void add_range(struct lb_reservation *reservation, enum lb_crash_kind kind, uint64_t start,
	uint64_t end)
{
	reservation->ranges[reservation->range_count++] =
		(struct lb_crash_range){kind, {start, end}};
}

/* A plan of that outcome; tests fill in what belongs to it. */
static struct lb_plan *start(enum lb_outcome outcome)
{
	memset(&world, 0, sizeof(world));
	make_map();
	world.machine.name = "server.tar.gz";
	world.machine.kernel.release = "6.1.0-50-amd64";
	world.reservation.outcome = outcome;
	world.reservation.size = 256 * LB_MIB;
	world.outcomes[0] = (struct lb_possible){1, &world.reservation, {0, 0}, false, {0, 0}};
	world.plan = (struct lb_plan){
		.machine = &world.machine,
		.arch = LB_ARCH_X86_64,
		.kernel = "6.1.176",
		.policy = "linux",
		.cmdline = "root=/dev/sda1 crashkernel=256M",
		.crashkernel = crashkernel,
		.crashkernel_count = 1,
		.memory_bytes = 4294438912,
		.certainty = LB_EXACT,
		.reservation = &world.reservation,
		.outcomes = world.outcomes,
		.outcome_count = 1,
		.map = &world.map,
		.holders = holders,
		.holder_count = LB_ARRAY_COUNT(holders),
		.searches = &world.searches,
		.search_low = {0x1000000, 0x100000000},
		.align = 16 * LB_MIB,
	};
	return &world.plan;
}

static struct lb_plan *start_reserved(void)
{
	struct lb_plan *plan = start(LB_OUTCOME_RESERVED);

	add_range(&world.reservation, LB_CRASH, 0xaf000000, 0xbf000000);
	add_line(&world.reservation, "Reserving 256MB of memory at 2800MB for crashkernel "
		"(System RAM: 4095MB)");
	return plan;
}

static char *json_of(const struct lb_plan *plan)
{
	struct lb_buffer text = {0};

	lb_render_plan_json(plan, lb_buffer_sink(&text));
	return text.bytes;
}

static char *text_of(const struct lb_plan *plan, struct lb_text_style style)
{
	struct lb_buffer text = {0};

	lb_render_plan_text(plan, &style, lb_buffer_sink(&text));
	return text.bytes;
}

static char *verdict_of(const struct lb_plan *plan)
{
	struct lb_buffer text = {0};

	lb_render_verdict(plan, lb_buffer_sink(&text));
	return text.bytes;
}

static const struct lb_text_style ascii = {.width = 80};
static const struct lb_text_style quiet = {.width = 80, .quiet = true};

static void check_verdict(const struct lb_plan *plan, const char *expected)
{
	char *verdict = verdict_of(plan);

	CHECK_TEXT(verdict, expected);
	free(verdict);
}

static void check_json_has(const struct lb_plan *plan, const char *part)
{
	char *json = json_of(plan);

	if (!strstr(json, part)) {
		CHECK_TEXT(json, part);
	}
	free(json);
}

static void check_text_has(const struct lb_plan *plan, const char *part)
{
	char *text = text_of(plan, (struct lb_text_style){.width = 400, .journal = true});

	if (!strstr(text, part)) {
		CHECK_TEXT(text, part);
	}
	free(text);
}

TEST(render_plan, says_where_a_reservation_lies)
{
	const struct lb_plan *plan = start_reserved();

	check_verdict(plan, "Reserved: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB); "
		"exact: the same on every boot");
	check_json_has(plan, "\"outcome\": \"reserved\"");
	check_json_has(plan, "{\"kind\": \"crash\", \"start\": \"0xaf000000\", "
		"\"end\": \"0xbeffffff\", \"size\": 268435456}");
	check_json_has(plan, "\"Reserving 256MB of memory at 2800MB for crashkernel "
		"(System RAM: 4095MB)\"");
	check_json_has(plan, "\"probability\": 1,");
}

TEST(render_plan, names_low_and_high_parts)
{
	struct lb_plan *plan = start(LB_OUTCOME_RESERVED);

	add_range(&world.reservation, LB_CRASH, 0x120000000, 0x130000000);
	add_range(&world.reservation, LB_CRASH_LOW, 0xaf000000, 0xbf000000);
	check_verdict(plan, "Reserved: 256 MiB at 0x120000000-0x12fffffff (above 4 GiB) and "
		"256 MiB of low memory at 0xaf000000-0xbeffffff (below 4 GiB); "
		"exact: the same on every boot");
	check_json_has(plan, "{\"kind\": \"crash_low\", \"start\": \"0xaf000000\"");
}

TEST(render_plan, failure_names_the_largest_hole)
{
	struct lb_plan *plan = start(LB_OUTCOME_FAILED);

	world.reservation.size = 3 * LB_GIB;
	plan->largest_hole = (struct lb_range){0x37000000, 0xbf000000};
	plan->hole_below = "initrd";
	plan->hole_above = "page tables";
	check_verdict(plan, "Fails: crashkernel=256M finds no room for 3 GiB; the largest hole has "
		"2176 MiB; exact: the same on every boot");
	check_text_has(plan, "The largest hole there is 0x37000000-0xbeffffff (2176 MiB): below it "
		"initrd, above it page tables.");
	check_json_has(plan, "\"reservations\": [],");
	check_json_has(plan, "\"hole_above\": \"page tables\"");
}

TEST(render_plan, a_low_part_that_fails_is_named)
{
	struct lb_plan *plan = start(LB_OUTCOME_FAILED);

	world.reservation.low_size = 3 * LB_GIB;
	world.reservation.failed = LB_PART_LOW;
	plan->largest_hole = (struct lb_range){0x37000000, 0xbf000000};
	check_verdict(plan, "Fails: crashkernel=256M finds room for 256 MiB, but not for the "
		"3 GiB of low memory with it; exact: the same on every boot");
	check_text_has(plan, "The largest hole in low memory is 0x37000000-0xbeffffff (2176 MiB).");
}

TEST(render_plan, other_bad_news_has_its_own_words)
{
	struct lb_plan *plan = start(LB_OUTCOME_REJECTED);

	check_verdict(plan, "Rejected: Linux 6.1.176 does not accept crashkernel=256M, so nothing "
		"is reserved");
	plan = start(LB_OUTCOME_HANGS);
	check_verdict(plan, "Hangs: with crashkernel=256M Linux 6.1.176 never comes up on this "
		"machine; exact: the same on every boot");
	plan = start(LB_OUTCOME_NOT_REQUESTED);
	plan->crashkernel_count = 0;
	check_verdict(plan, "Nothing is reserved: no crashkernel= on the command line");
	check_json_has(plan, "\"outcome\": \"not_requested\"");
}

TEST(render_plan, an_unknown_answer_says_why)
{
	static const char *const why[] = {"the firmware's memory map is not to be seen"};
	struct lb_plan *plan = start_reserved();

	plan->certainty = LB_UNKNOWN;
	plan->why_uncertain = why;
	plan->why_uncertain_count = 1;
	world.outcomes[0].probability = -1;
	check_verdict(plan,
		"Reserved: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB); not certain");
	check_text_has(plan, "Not certain: the firmware's memory map is not to be seen");
	check_json_has(plan, "\"probability\": null,");
	check_json_has(plan, "\"certainty\": \"unknown\"");
}

TEST(render_plan, a_distribution_is_told_in_boots)
{
	static struct lb_reservation second;
	static struct lb_reservation third;
	struct lb_plan *plan = start_reserved();

	memset(&second, 0, sizeof(second));
	second.outcome = LB_OUTCOME_RESERVED;
	add_range(&second, LB_CRASH, 0x90000000, 0xa0000000);
	memset(&third, 0, sizeof(third));
	third.outcome = LB_OUTCOME_FAILED;
	plan->certainty = LB_LIKELY;
	world.outcomes[0].probability = 0.969;
	world.outcomes[1] = (struct lb_possible){
		0.03, &second, {0xb0000000, 0xb3200000}, false, {0, 0}};
	world.outcomes[2] = (struct lb_possible){
		0.001, &third, {0xa0000000, 0xa3200000}, false, {0, 0}};
	plan->outcome_count = 3;
	check_verdict(plan, "Reserved: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB); likely: "
		"97 of 100 boots");
	check_text_has(plan, "In 3 of 100 boots KASLR puts the kernel in the way (as at "
		"0xb0000000-0xb31fffff), then: 256 MiB at 0x90000000-0x9fffffff (below 4 GiB).");
	check_text_has(plan, "In 1 of 1000 boots KASLR puts the kernel in the way (as at "
		"0xa0000000-0xa31fffff), then: there is no room.");
	check_json_has(plan, "\"probability\": 0.969,");
	check_json_has(plan, "\"outcome\": \"failed\"");
}

TEST(render_plan, a_share_of_boots_is_told_once)
{
	static struct lb_reservation second;
	struct lb_plan *plan = start_reserved();
	char *text;

	memset(&second, 0, sizeof(second));
	second.outcome = LB_OUTCOME_FAILED;
	plan->certainty = LB_LIKELY;
	world.outcomes[0].probability = 0.97;
	world.outcomes[1] = (struct lb_possible){
		0.03, &second, {0xb0000000, 0xb3200000}, false, {0, 0}};
	plan->outcome_count = 2;
	text = text_of(plan, (struct lb_text_style){.width = 400});
	CHECK(strstr(text, "97 of 100 boots") && !strstr(text, "In 97 of 100 boots"));
	CHECK(strstr(text, "3 of 100 boots") == strstr(text, "3 of 100 boots KASLR"));
	CHECK(!strstr(text, "nothing is reserved"));
	free(text);
}

TEST(render_plan, a_word_of_the_trade_is_explained_once_and_only_if_it_is_used)
{
	static const struct lb_finding finding = {
		"note", LB_INFO, "TSEG is in the way, and TSEG_2 is no word.", ""};
	struct lb_plan *plan = start_reserved();
	char *text = text_of(plan, (struct lb_text_style){.width = 80});

	CHECK(!strstr(text, "TSEG: "));
	free(text);
	plan->findings = &finding;
	plan->finding_count = 1;
	text = text_of(plan, (struct lb_text_style){.width = 80});
	REQUIRE(strstr(text, "  TSEG: "));
	CHECK(!strstr(strstr(text, "  TSEG: ") + 1, "  TSEG: "));
	CHECK(!strstr(text, "vmemmap: "));
	free(text);
}

/* But for what must not be broken: the name of the input, and what the kernel prints. */
TEST(render_plan, the_table_fits_the_width)
{
	static const struct lb_holder long_one = {.range = {0x1000000, 0x2000000},
		.owner = "an owner whose name is much longer than any terminal is wide would be",
		.holding = LB_HELD_LIKELY};
	struct lb_plan *plan = start_reserved();
	const char *line;
	char *text;

	plan->holders = &long_one;
	plan->holder_count = 1;
	text = text_of(plan, (struct lb_text_style){.width = 80});
	REQUIRE(strstr(text, "whose name"));
	for (line = text; *line; line += strcspn(line, "\n") + 1) {
		CHECK(strncmp(line, "  0x", 4) || strcspn(line, "\n") <= 80);
	}
	free(text);
}

TEST(render_plan, quiet_is_one_line)
{
	char *text;

	text = text_of(start_reserved(), quiet);
	CHECK_TEXT(text, "Reserved: 256 MiB at 0xaf000000-0xbeffffff (below 4 GiB); "
		"exact: the same on every boot\n");
	free(text);
}

static bool all_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80 || (*text < 0x20 && *text != '\n')) {
			return false;
		}
	}
	return true;
}

TEST(render_plan, plain_text_has_no_colour_and_fits)
{
	char *text = text_of(start_reserved(), ascii);
	const char *line = text;

	CHECK(all_ascii(text));
	while (*line) {
		size_t length = strcspn(line, "\n");

		if (!strstr(line, "What the kernel prints") || length > 120) {
			CHECK(length <= 80 || !strncmp(line, "  Reserving", 11));
		}
		line += length + (line[length] == '\n');
	}
	free(text);
}

TEST(render_plan, hostile_text_stays_text)
{
	static const struct lb_holder hostile[] = {
		{{0x200000, 0x40000000}, "\033]0;owned\007 \xc2\x9b" "31m <b>&", LB_HELD},
	};
	struct lb_plan *plan = start_reserved();
	struct lb_buffer svg = {0};
	char *text;

	plan->holders = hostile;
	plan->holder_count = 1;
	plan->kernel = "\033[2J6.1";
	text = text_of(plan, (struct lb_text_style){.width = 80, .utf8 = true});
	CHECK(!strchr(text, '\033'));
	CHECK(!strchr(text, '\007'));
	CHECK(!strstr(text, "\xc2\x9b"));
	free(text);
	CHECK(lb_render_plan_svg(plan, lb_buffer_sink(&svg)) == LB_OK);
	CHECK(!strstr(svg.bytes, "<b>"));
	CHECK(!strchr(svg.bytes, '\033'));
	free(svg.bytes);
}

TEST(render_plan, an_answer_names_what_it_is_about)
{
	struct lb_plan *plan = start_reserved();

	check_text_has(plan, "\nserver.tar.gz\nx86_64, Linux 6.1.176");
	check_json_has(plan, "\"input\": \"server.tar.gz\"");
}

/* Every way to turn the direction of writing, and to hide or join letters. */
TEST(render_plan, nothing_turns_the_text_around)
{
	static const char *const tricks[] = {"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
		"\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
		"\xe2\x81\xa9", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xd8\x9c", "\xe2\x80\x8b",
		"\xef\xbb\xbf", "\xc2\xad", "\xf3\xa0\x81\x81"};
	struct lb_plan *plan = start_reserved();

	for (size_t i = 0; i < LB_ARRAY_COUNT(tricks); i++) {
		struct lb_buffer page = {0}, json = {0};
		char release[32];
		char *text;

		snprintf(release, sizeof(release), "6.1\xc3\xa4%sM652", tricks[i]);
		plan->kernel = release;
		text = text_of(plan, (struct lb_text_style){.width = 80, .utf8 = true});
		CHECK(strstr(text, "6.1\xc3\xa4?") && !strstr(text, tricks[i]));
		free(text);
		CHECK(lb_render_plan_html(plan, lb_buffer_sink(&page)) == LB_OK);
		CHECK(strstr(page.bytes, "6.1\xc3\xa4?") && !strstr(page.bytes, tricks[i]));
		free(page.bytes);
		lb_render_plan_json(plan, lb_buffer_sink(&json));
		CHECK(strstr(json.bytes, "6.1\xc3\xa4\\u") && !strstr(json.bytes, tricks[i]));
		free(json.bytes);
	}
}

TEST(render_plan, findings_come_with_their_remedy)
{
	static const struct lb_finding findings[] = {
		{"no-low-memory", LB_ERROR, "No memory below 4 GiB is set aside.",
			"Add crashkernel=256M,low."},
		{"note", LB_INFO, "Nothing to do.", ""},
	};
	struct lb_plan *plan = start_reserved();

	plan->findings = findings;
	plan->finding_count = 2;
	check_text_has(plan, "  error: No memory below 4 GiB is set aside.\n"
		"    -> Add crashkernel=256M,low.\n"
		"  info: Nothing to do.\n");
	check_json_has(plan, "\"fix\": \"Add crashkernel=256M,low.\"");
}

TEST(render_plan, pieces_cover_memory_once)
{
	struct lb_picture picture;
	lb_phys_addr at = 0;
	uint64_t crash = 0;

	REQUIRE(lb_picture_make(start_reserved(), &picture) == LB_OK);
	for (size_t i = 0; i < picture.piece_count; i++) {
		CHECK(picture.pieces[i].range.start >= at);
		CHECK(!lb_range_empty(picture.pieces[i].range));
		at = picture.pieces[i].range.end;
		if (picture.pieces[i].kind == LB_PIECE_CRASH) {
			crash += lb_range_size(picture.pieces[i].range);
		}
	}
	CHECK_EQUAL(at, 0x140000000);
	CHECK_EQUAL(crash, 256 * LB_MIB);
	CHECK_EQUAL(picture.stretch_count, 2);
	lb_picture_free(&picture);
}

TEST(render_plan, a_column_never_hides_crash_memory)
{
	struct lb_plan *plan = start(LB_OUTCOME_RESERVED);
	struct lb_picture picture;
	struct lb_cell cell;

	add_range(&world.reservation, LB_CRASH, 0x50001000, 0x50002000);
	REQUIRE(lb_picture_make(plan, &picture) == LB_OK);
	cell = lb_picture_cell(&picture, &picture.stretches[0],
		(struct lb_range){0x40000000, 0x80000000});
	CHECK(cell.present);
	CHECK(cell.kind == LB_PIECE_CRASH);
	cell = lb_picture_cell(&picture, &picture.stretches[0],
		(struct lb_range){0x1000000, 0x8000000});
	CHECK(cell.kind == LB_PIECE_FREE);
	CHECK(cell.mixed);
	lb_picture_free(&picture);
}

TEST(render_plan, nested_holders_show_the_innermost)
{
	static const struct lb_holder nested[] = {
		{{0x10000000, 0x30000000}, "outer", LB_HELD},
		{{0x18000000, 0x20000000}, "inner", LB_HELD},
	};
	struct lb_plan *plan = start(LB_OUTCOME_FAILED);
	struct lb_picture picture;
	size_t found = 0;

	plan->holders = nested;
	plan->holder_count = 2;
	REQUIRE(lb_picture_make(plan, &picture) == LB_OK);
	for (size_t i = 0; i < picture.piece_count; i++) {
		if (!strcmp(picture.pieces[i].owner, "inner")) {
			CHECK_EQUAL(picture.pieces[i].range.start, 0x18000000);
			CHECK_EQUAL(picture.pieces[i].range.end, 0x20000000);
		}
		found += !strcmp(picture.pieces[i].owner, "outer");
	}
	CHECK_EQUAL(found, 2);
	lb_picture_free(&picture);
}

TEST(render_plan, a_plan_without_memory_still_speaks)
{
	struct lb_plan *plan = start(LB_OUTCOME_REJECTED);
	struct lb_buffer page = {0};
	char *text;

	plan->map = NULL;
	plan->holder_count = 0;
	text = text_of(plan, ascii);
	CHECK(strstr(text, "Rejected"));
	free(text);
	CHECK(lb_render_plan_html(plan, lb_buffer_sink(&page)) == LB_OK);
	CHECK(strstr(page.bytes, "</html>"));
	free(page.bytes);
}

TEST(out, sizes_are_whole_where_they_can_be)
{
	CHECK_TEXT(lb_size_text(0).text, "0 bytes");
	CHECK_TEXT(lb_size_text(1000).text, "1000 bytes");
	CHECK_TEXT(lb_size_text(4096).text, "4 KiB");
	CHECK_TEXT(lb_size_text(256 * LB_MIB).text, "256 MiB");
	CHECK_TEXT(lb_size_text(1536 * LB_MIB).text, "1536 MiB");
	CHECK_TEXT(lb_size_text(4294438912).text, "3.99 GiB");
	CHECK_TEXT(lb_size_text(16 * LB_TIB).text, "16 TiB");
	CHECK_TEXT(lb_size_text(UINT64_MAX).text, "15.99 EiB");
}

TEST(out, shares_are_told_in_boots)
{
	CHECK_TEXT(lb_share_text(1).text, "every boot");
	CHECK_TEXT(lb_share_text(0.97).text, "97 of 100 boots");
	CHECK_TEXT(lb_share_text(0.004).text, "4 of 1000 boots");
	CHECK_TEXT(lb_share_text(0.9996).text, "9996 of 10000 boots");
	CHECK_TEXT(lb_share_text(1e-9).text, "fewer than 1 of 1000000 boots");
	CHECK_TEXT(lb_share_text(1 - 1e-9).text, "all but 1 of 1000000 boots");
	CHECK_TEXT(lb_share_text(-1).text, "an unknown share of boots");
}
