/* SPDX-License-Identifier: MIT */
/*
 * drill_loaded: what the production kernel loaded, at the first instruction of purgatory. A second
 * reader of purgatory's structure, which shares no code with the one that is judged: it finds every
 * byte that is loaded either in the digest, or without meaning. To show the latter, these bytes
 * become noise before the machine goes on.
 */
#include "lab/drill_internal.h"

#include "lifeboat/range_set.h"
#include "lifeboat/sha256.h"
#include "purgatory/purgatory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PIECES_MAX (LB_PURGATORY_SEGMENTS_MAX + 2)
#define NOISE_BYTES 4096

struct reading {
	const struct drill *drill;
	struct lb_range place; /* of purgatory's structure */
	struct lb_purgatory structure;
	struct lb_sha256 digest;
	uint64_t digested;
	struct lb_range pieces[PIECES_MAX];
	struct lb_range_set rest; /* of the crash memory: what is not in the digest */
	char wrong[160];          /* "": nothing */
};

__attribute__((format(printf, 2, 3))) static bool wrong(
	struct reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->wrong, sizeof(reading->wrong), format, arguments);
	va_end(arguments);
	return false;
}

struct lb_range drill_loaded(const struct drill *drill, const char *name)
{
	for (size_t i = 0; i < drill->loaded_count; i++) {
		if (!strcmp(drill->loaded[i].name, name)) {
			return drill->loaded[i].range;
		}
	}
	return (struct lb_range){0, 0};
}

/* The structure lies at the end of purgatory's part, after code and stack. */
static struct lb_range structure_of(const struct drill *drill)
{
	struct lb_range purgatory = drill->purgatory;

	if (lb_range_size(purgatory) < sizeof(struct lb_purgatory) + LB_PURGATORY_STACK_BYTES) {
		return (struct lb_range){0, 0};
	}
	return (struct lb_range){purgatory.end - sizeof(struct lb_purgatory), purgatory.end};
}

static struct lb_range stack_of(const struct drill *drill)
{
	lb_phys_addr top = structure_of(drill).start;

	return (struct lb_range){top - LB_PURGATORY_STACK_BYTES, top};
}

static bool read_structure(struct reading *reading)
{
	const void *bytes;

	reading->place = structure_of(reading->drill);
	bytes = lab_ram_at(
		&reading->drill->memory, reading->place.start, lb_range_size(reading->place));
	if (!bytes) {
		return wrong(reading, "purgatory has no structure");
	}
	memcpy(&reading->structure, bytes, sizeof(reading->structure));
	if (reading->structure.magic != LB_PURGATORY_MAGIC ||
		reading->structure.self != reading->place.start ||
		reading->structure.segment_count > LB_PURGATORY_SEGMENTS_MAX) {
		return wrong(reading, "purgatory's structure is not at 0x%" PRIx64,
			reading->place.start);
	}
	return true;
}

static bool take_segment(struct reading *reading, const struct lb_purgatory_segment *segment)
{
	struct lb_range range = {.start = segment->start};
	const void *bytes;

	if (!segment->bytes) {
		return true;
	}
	bytes = lab_ram_at(&reading->drill->memory, segment->start, segment->bytes);
	if (!bytes || !lb_add(segment->start, segment->bytes, &range.end) ||
		!lb_range_contains(reading->drill->tables.crash, range)) {
		return wrong(reading, "a segment at 0x%" PRIx64 " is not in the crash memory",
			segment->start);
	}
	lb_sha256_update(&reading->digest, bytes, segment->bytes);
	reading->digested += segment->bytes;
	return !lb_range_set_remove(&reading->rest, range) ||
		wrong(reading, "segments lie in too many pieces");
}

/* The digest stands in the structure that it covers: as zeros. */
static bool compare_digest(struct reading *reading)
{
	struct lb_purgatory covered = reading->structure;
	uint8_t found[LB_SHA256_BYTES];

	memset(covered.digest, 0, sizeof(covered.digest));
	lb_sha256_update(&reading->digest, &covered, sizeof(covered));
	reading->digested += sizeof(covered);
	lb_sha256_finish(&reading->digest, found);
	if (memcmp(found, reading->structure.digest, sizeof(found))) {
		return wrong(reading, "the segments and the structure have another digest");
	}
	return !lb_range_set_remove(&reading->rest, reading->place) ||
		wrong(reading, "segments lie in too many pieces");
}

/* Of what was loaded only purgatory's stack may be left out, and the kernel's room for what it
 * clears itself. */
static bool compare_parts(struct reading *reading)
{
	const struct drill *drill = reading->drill;
	struct lb_range stack = stack_of(drill);

	for (size_t i = 0; i < drill->loaded_count; i++) {
		const struct drill_loaded *loaded = &drill->loaded[i];
		struct lb_range part = loaded->range;
		bool left_out;

		if (!strcmp(loaded->name, LB_SEGMENT_PURGATORY)) {
			part.end = stack.start;
		}
		left_out = strcmp(loaded->name, LB_SEGMENT_KERNEL)
			? lb_range_set_overlaps(&reading->rest, part)
			: lb_range_set_contains(&reading->rest, part);
		if (left_out) {
			return wrong(reading, "%s is not in the digest, or not all of it",
				loaded->name);
		}
	}
	return drill->loaded_count || wrong(reading, "nothing is loaded");
}

static bool judge(struct reading *reading)
{
	lb_sha256_init(&reading->digest, lb_sha256_detect());
	lb_range_set_init(&reading->rest, reading->pieces, PIECES_MAX);
	if (lb_range_set_add(&reading->rest, reading->drill->tables.crash) ||
		!read_structure(reading)) {
		return wrong(reading, "purgatory has no structure");
	}
	for (uint32_t i = 0; i < reading->structure.segment_count; i++) {
		if (!take_segment(reading, &reading->structure.segments[i])) {
			return false;
		}
	}
	return compare_digest(reading) && compare_parts(reading);
}

/* No word of it is zero, and none an address. */
static void make_noise(uint8_t noise[NOISE_BYTES])
{
	uint32_t state = 0x9e3779b9;

	for (size_t i = 0; i < NOISE_BYTES; i++) {
		state = state * 1664525 + 1013904223;
		noise[i] = (uint8_t)(state >> 24 | 1);
	}
}

static void overwrite(const struct lab_ram *memory, struct lb_range range)
{
	uint8_t *bytes = lab_ram_at(memory, range.start, lb_range_size(range));
	uint8_t noise[NOISE_BYTES];

	make_noise(noise);
	for (uint64_t at = 0; bytes && at < lb_range_size(range); at += NOISE_BYTES) {
		memcpy(bytes + at, noise, lb_min(NOISE_BYTES, lb_range_size(range) - at));
	}
}

bool drill_judge_loaded(struct drill *drill)
{
	struct reading reading = {.drill = drill};
	bool covered = judge(&reading);

	for (size_t i = 0; covered && i < reading.rest.count; i++) {
		overwrite(&drill->memory, reading.rest.ranges[i]);
	}
	drill->entry = covered ? reading.structure.entry : 0;
	if (covered) {
		drill_proof(drill, LB_DRILL_PROOF_DIGEST_COVERS_ALL, LB_DRILL_BY_OUTSIDE, true,
			"from outside: %" PRIu32 " segments and purgatory's structure, %" PRIu64
			" bytes, have the digest that purgatory expects; the other %" PRIu64
			" bytes of the crash memory, its stack among them, were overwritten",
			reading.structure.segment_count, reading.digested,
			lb_range_set_total(&reading.rest));
	} else {
		drill_proof(drill, LB_DRILL_PROOF_DIGEST_COVERS_ALL, LB_DRILL_BY_OUTSIDE, false,
			"from outside: %s", reading.wrong);
	}
	return true;
}

/* A byte that no instruction and no translation uses before the digest is known. */
lb_phys_addr drill_flip_place(const struct drill *drill)
{
	struct lb_range part = drill_loaded(drill, drill->flips);

	if (!strcmp(drill->flips, DRILL_STRUCTURE)) {
		return structure_of(drill).start + offsetof(struct lb_purgatory, entry) + 1;
	}
	if (!strcmp(drill->flips, LB_SEGMENT_PURGATORY)) {
		return stack_of(drill).start - 1;
	}
	return lb_range_empty(part) ? 0
				    : part.start + (lb_range_size(part) / 16 & ~UINT64_C(7)) + 1;
}

/* As a stray DMA would leave it. In a page table this is bit 9, which belongs to software or, of a
 * block on arm64, says who shares it. */
bool drill_flip(struct drill *drill)
{
	drill->flipped = drill_flip_place(drill);
	if (!drill->flipped) {
		lab_fail(&drill->result->problem, "the kernel does not say where its %s lies",
			drill->flips);
		return false;
	}
	return lab_gdb_flip(&drill->gdb, drill->flipped, 0x02, &drill->result->problem);
}
