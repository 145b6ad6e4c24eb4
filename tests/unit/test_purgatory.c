/* SPDX-License-Identifier: MIT */
/* purgatory's decision: intact images start, anything else is refused and said. */
#include "tests/harness/test.h"

#include "purgatory/purgatory.h"

static uint8_t kernel[3000];
static uint8_t initrd[700];
static struct lb_purgatory purgatory;

static struct {
	char text[512];
	size_t length;
} said;

static void collect(void *context, const char *text, size_t length)
{
	(void)context;
	LB_ASSERT(said.length + length < sizeof(said.text));
	__builtin_memcpy(said.text + said.length, text, length);
	said.length += length;
	said.text[said.length] = 0;
}

static const struct lb_purgatory_output output = {.write = collect};

static void load(void)
{
	for (size_t i = 0; i < sizeof(kernel); i++) {
		kernel[i] = (uint8_t)(i * 31);
	}
	purgatory = (struct lb_purgatory){.magic = LB_PURGATORY_MAGIC, .segment_count = 2,
		.self = (uintptr_t)&purgatory,
		.segments = {{(uintptr_t)kernel, sizeof(kernel)},
			{(uintptr_t)initrd, sizeof(initrd)}}};
	lb_purgatory_digest(&purgatory, 0, purgatory.digest);
	said.length = 0;
}

TEST(purgatory, starts_what_is_intact)
{
	load();
	CHECK_EQUAL(lb_purgatory_verify(&purgatory, &output), LB_OK);
	CHECK_TEXT(said.text,
		"purgatory: digest verified, 2 segments, 3700 bytes (portable)\n");
}

static bool begins_with(const char *text, const char *start)
{
	while (*start && *text == *start) {
		text++;
		start++;
	}
	return !*start;
}

TEST(purgatory, refuses_one_flipped_bit_and_says_so)
{
	load();
	initrd[699] ^= 0x80;
	CHECK_EQUAL(lb_purgatory_verify(&purgatory, &output), LB_CORRUPT);
	CHECK(begins_with(said.text,
		"purgatory: digest MISMATCH, not starting the capture kernel: expected "));
	initrd[699] ^= 0x80;
	said.length = 0;
	CHECK_EQUAL(lb_purgatory_verify(&purgatory, &output), LB_OK);
}

static void check_damaged(void)
{
	said.length = 0;
	CHECK_EQUAL(lb_purgatory_verify(&purgatory, &output), LB_INVALID);
	CHECK(begins_with(said.text, "purgatory: the handed-over structure is damaged"));
}

TEST(purgatory, refuses_a_damaged_structure_without_following_it)
{
	load();
	purgatory.magic ^= 1;
	check_damaged();
	load();
	purgatory.segment_count = LB_PURGATORY_SEGMENTS_MAX + 1;
	check_damaged();
	load();
	purgatory.segment_count = 0;
	check_damaged();
	load();
	purgatory.self += 4096;
	check_damaged();
	load();
	purgatory.path = 77;
	check_damaged();
	load();
	purgatory.segments[1].bytes = UINT64_MAX;
	check_damaged();
}

/* Where it jumps, what it passes, which console and reset it uses: none of it may be wrong. */
TEST(purgatory, refuses_a_flip_in_any_bit_of_its_structure)
{
	uint8_t *bytes = (uint8_t *)&purgatory;

	for (size_t bit = 0; bit < 8 * sizeof(purgatory); bit++) {
		load();
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* A segment that lies elsewhere is read there: only where there is memory. */
		if (bit / 8 < offsetof(struct lb_purgatory, segments) ||
			bit / 8 >= offsetof(struct lb_purgatory, segments[2])) {
			CHECK(lb_purgatory_verify(&purgatory, &output) != LB_OK);
		}
	}
	load();
	purgatory.segments[0].bytes--;
	CHECK(lb_purgatory_verify(&purgatory, &output) != LB_OK);
}

/* The loader reaches the segments at other addresses than purgatory does. */
TEST(purgatory, a_digest_is_the_same_through_another_mapping)
{
	static uint8_t views[2][1000];
	uint64_t offset = (uintptr_t)views[1] - (uintptr_t)views[0];
	uint8_t seen[LB_SHA256_BYTES];

	load();
	purgatory.segment_count = 1;
	purgatory.segments[0] = (struct lb_purgatory_segment){(uintptr_t)views[0], 1000};
	lb_purgatory_digest(&purgatory, 0, purgatory.digest);
	lb_purgatory_digest(&purgatory, offset, seen);
	CHECK(!__builtin_memcmp(seen, purgatory.digest, sizeof(seen)));
	views[1][999] = 1;
	lb_purgatory_digest(&purgatory, offset, seen);
	CHECK(__builtin_memcmp(seen, purgatory.digest, sizeof(seen)) != 0);
	views[1][999] = 0;
}

TEST(purgatory, says_where_it_faulted)
{
	const struct lb_purgatory_fault fault = {.kind = 14, .pc = 0x5e432120, .address = 0xdead};

	said.length = 0;
	lb_purgatory_say_fault(&fault, &output);
	CHECK_TEXT(said.text, "purgatory: exception 0x000000000000000e at 0x000000005e432120, "
		"address 0x000000000000dead, not starting the capture kernel\n");
}
