/* SPDX-License-Identifier: MIT */
/*
 * fuzz_render: plans of any ranges and any text. Every rendering ends, text for a terminal holds no
 * control character, JSON and markup are balanced, and the pieces of the picture are disjoint.
 */
#include <stdlib.h>
#include <string.h>

#include "render/out.h"
#include "render/picture.h"
#include "render/render.h"

#define HOLDERS 24
#define TEXT_BYTES 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static uint64_t take_number(struct input *input, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes && input->size; i++) {
		value = value << 8 | *input->data++;
		input->size--;
	}
	return value;
}

static void take_text(struct input *input, char *text)
{
	size_t length = lb_min(take_number(input, 1) % TEXT_BYTES, input->size);

	memcpy(text, input->data, length);
	text[length] = '\0';
	input->data += length;
	input->size -= length;
}

/* Addresses in units that make neighbours, nesting and the ends of the address space likely. */
static struct lb_range take_range(struct input *input)
{
	uint64_t unit = UINT64_C(1) << (take_number(input, 1) % 56);
	uint64_t start = take_number(input, 1) * unit;
	uint64_t end;

	if (!lb_add(start, take_number(input, 1) * unit, &end)) {
		end = LB_PHYS_ADDR_MAX;
	}
	return (struct lb_range){start, end};
}

static struct {
	struct lb_memory_map map;
	uint64_t storage[LB_MEMORY_MAP_BYTES(256) / sizeof(uint64_t) + 1];
	struct lb_machine machine;
	struct lb_reservation reservation;
	struct lb_searches searches;
	struct lb_possible possible[3];
	struct lb_holder holders[HOLDERS];
	char text[HOLDERS + 8][TEXT_BYTES];
	const char *crashkernel[1];
	struct lb_finding finding;
	struct lb_event events[HOLDERS];
	struct lb_journal journal;
	struct lb_plan plan;
} world;

static void take_reservation(struct input *input)
{
	struct lb_reservation *reservation = &world.reservation;

	reservation->outcome = (enum lb_outcome)(take_number(input, 1) % 5);
	if (reservation->outcome == LB_OUTCOME_RESERVED) {
		reservation->range_count = 1 + take_number(input, 1) % LB_CRASH_RANGES_MAX;
	}
	for (size_t i = 0; i < reservation->range_count; i++) {
		struct lb_range range = take_range(input);

		range.end += range.start == range.end && range.end < LB_PHYS_ADDR_MAX;
		reservation->ranges[i].range = range;
		reservation->ranges[i].kind = (enum lb_crash_kind)(take_number(input, 1) % 3);
	}
	take_text(input, reservation->log);
	reservation->line_count = 1;
	reservation->size = take_number(input, 8);
	reservation->low_size = take_number(input, 5);
	reservation->offset = take_number(input, 4);
}

static void take_holders(struct input *input)
{
	for (size_t i = 0; i < HOLDERS && input->size; i++) {
		struct lb_holder *holder = &world.holders[world.plan.holder_count++];
		struct lb_event event = {.kind = (enum lb_event_kind)(take_number(input, 1) % 8)};

		take_text(input, world.text[i]);
		holder->owner = world.text[i];
		holder->range = take_range(input);
		holder->holding = (enum lb_holding)(take_number(input, 1) % 3);
		event.owner = holder->owner;
		event.range = holder->range;
		event.reason = i % 2 ? holder->owner : NULL;
		lb_journal_add(&world.journal, event);
		if (lb_memory_map_add(&world.map, take_range(input), LB_NO_NODE, 0) != LB_OK ||
			lb_memory_map_reserve(&world.map, holder->range, LB_NO_NODE, 0) != LB_OK) {
			return;
		}
	}
}

/* Searches that no policy would make: the renderings have to bear them. */
static void take_searches(struct input *input)
{
	world.searches.count = take_number(input, 1) % 5;
	for (size_t i = 0; i < world.searches.count; i++) {
		const char *text = world.text[HOLDERS + i];

		world.searches.list[i] = (struct lb_search){
			.kind = (enum lb_crash_kind)(take_number(input, 1) % 3),
			.result = (enum lb_search_result)(take_number(input, 1) % 4),
			.given_place = take_number(input, 1) % 2,
			.owner = text,
			.why = i % 2 ? text : NULL,
			.window = take_range(input),
			.size = take_number(input, 8),
			.align = take_number(input, 4),
			.found = take_range(input),
			.given_back = take_range(input),
			.given_back_why = i % 2 ? NULL : text,
			.refusal = take_number(input, 1) % 2 ? text : NULL,
			.in_the_way = take_range(input),
		};
	}
	world.reservation.failed = (enum lb_crash_part)(take_number(input, 1) % 4);
}

static void make_plan(struct input *input)
{
	struct lb_plan *plan = &world.plan;

	memset(&world, 0, sizeof(world));
	require(lb_memory_map_init(&world.map, world.storage, sizeof(world.storage)) == LB_OK);
	lb_journal_init(&world.journal, world.events, HOLDERS);
	for (size_t i = HOLDERS; i < LB_ARRAY_COUNT(world.text); i++) {
		take_text(input, world.text[i]);
	}
	take_reservation(input);
	world.machine.name = world.text[HOLDERS + 6];
	world.machine.kernel.release = world.text[HOLDERS];
	world.crashkernel[0] = world.text[HOLDERS + 1];
	world.finding = (struct lb_finding){"x", LB_WARNING, world.text[HOLDERS + 2],
		world.text[HOLDERS + 3]};
	for (size_t i = 0; i < LB_ARRAY_COUNT(world.possible); i++) {
		world.possible[i] = (struct lb_possible){
			(double)take_number(input, 2) / 65536, &world.reservation,
			take_range(input), false, {0, 0}};
		world.possible[i].unseen_firmware = lb_range_empty(world.possible[i].kernel);
	}
	*plan = (struct lb_plan){
		.machine = &world.machine,
		.kernel = world.text[HOLDERS + 4],
		.policy = "linux",
		.cmdline = world.text[HOLDERS + 5],
		.crashkernel = world.crashkernel,
		.crashkernel_count = 1,
		.certainty = (enum lb_certainty)(take_number(input, 1) % 4),
		.reservation = &world.reservation,
		.outcomes = world.possible,
		.outcome_count = LB_ARRAY_COUNT(world.possible),
		.journal = &world.journal,
		.map = &world.map,
		.holders = world.holders,
		.findings = &world.finding,
		.finding_count = 1,
		.searches = &world.searches,
		.largest_hole = take_range(input),
		.search_low = take_range(input),
		.align = take_number(input, 4),
	};
	take_holders(input);
	take_searches(input);
}

static void check_text(void)
{
	struct lb_text_style style = {.width = 80, .journal = true};
	struct lb_buffer text = {0};

	lb_render_plan_text(&world.plan, &style, lb_buffer_sink(&text));
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.bytes[i];

		require(byte == '\n' || (byte >= 0x20 && byte < 0x7f));
	}
	free(text.bytes);
}

/* Strings closed, brackets in pairs, nothing after the end. */
static void check_json(void)
{
	struct lb_buffer json = {0};
	long depth = 0;
	bool quoted = false;

	lb_render_plan_json(&world.plan, lb_buffer_sink(&json));
	for (size_t i = 0; i < json.length; i++) {
		char c = json.bytes[i];

		if (quoted) {
			require((unsigned char)c >= 0x20);
			i += c == '\\';
			quoted = c != '"';
			continue;
		}
		quoted = c == '"';
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		require(depth > 0 || i + 2 >= json.length);
	}
	require(!depth && !quoted);
	free(json.bytes);
}

static void check_picture(void)
{
	struct lb_buffer page = {0};
	struct lb_picture picture;
	long open = 0;

	require(lb_picture_make(&world.plan, &picture) == LB_OK);
	for (size_t i = 0; i < picture.piece_count; i++) {
		require(!lb_range_empty(picture.pieces[i].range));
		require(!i || picture.pieces[i - 1].range.end <= picture.pieces[i].range.start);
	}
	lb_picture_free(&picture);
	require(lb_render_plan_html(&world.plan, lb_buffer_sink(&page)) == LB_OK);
	for (size_t i = 0; i < page.length; i++) {
		open += (page.bytes[i] == '<') - (page.bytes[i] == '>');
		require(open == 0 || open == 1);
	}
	free(page.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	make_plan(&input);
	check_text();
	check_json();
	check_picture();
	return 0;
}
