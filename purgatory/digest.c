/* SPDX-License-Identifier: MIT */
/*
 * purgatory/digest: are the images what they were when they were loaded? Linked into the blob
 * that runs after a crash, and into the kernel that loads it, which computes the digest that is
 * to be found.
 */
#include "protocol/drill.h"
#include "purgatory/purgatory.h"

_Static_assert(offsetof(struct lb_purgatory, entry) == LB_PURGATORY_OFFSET_ENTRY, "entry");
_Static_assert(
	offsetof(struct lb_purgatory, argument) == LB_PURGATORY_OFFSET_ARGUMENT, "argument");
_Static_assert(
	offsetof(struct lb_purgatory, protocol) == LB_PURGATORY_OFFSET_PROTOCOL, "protocol");
_Static_assert(sizeof(struct lb_purgatory) ==
		88 + LB_PURGATORY_SEGMENTS_MAX * sizeof(struct lb_purgatory_segment),
	"no padding between loader and purgatory");
_Static_assert(offsetof(struct lb_purgatory, segments) ==
		offsetof(struct lb_purgatory, digest) + LB_SHA256_BYTES,
	"every byte of the structure is in the digest");

static void say(const struct lb_purgatory_output *output, const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	output->write(output->context, text, length);
}

static void say_number(const struct lb_purgatory_output *output, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	output->write(output->context, digits + at, sizeof(digits) - at);
}

static void say_digest(
	const struct lb_purgatory_output *output, const uint8_t digest[LB_SHA256_BYTES])
{
	for (size_t i = 0; i < LB_SHA256_BYTES; i++) {
		char pair[2] = {"0123456789abcdef"[digest[i] >> 4],
			"0123456789abcdef"[digest[i] & 15]};

		output->write(output->context, pair, sizeof(pair));
	}
}

static void say_address(const struct lb_purgatory_output *output, uint64_t value)
{
	char digits[16];

	for (size_t i = 0; i < sizeof(digits); i++) {
		digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	}
	say(output, "0x");
	output->write(output->context, digits, sizeof(digits));
}

void lb_purgatory_digest(const struct lb_purgatory *purgatory, uint64_t offset,
	uint8_t ret_digest[LB_SHA256_BYTES])
{
	static const uint8_t no_digest[LB_SHA256_BYTES];
	struct lb_sha256 context;

	LB_ASSERT(purgatory->segment_count <= LB_PURGATORY_SEGMENTS_MAX);
	lb_sha256_init(&context, (enum lb_sha256_path)purgatory->path);
	for (uint32_t i = 0; i < purgatory->segment_count; i++) {
		const struct lb_purgatory_segment *segment = &purgatory->segments[i];

		lb_sha256_update(&context, (const void *)(uintptr_t)(segment->start + offset),
			segment->bytes);
	}
	lb_sha256_update(&context, purgatory, offsetof(struct lb_purgatory, digest));
	lb_sha256_update(&context, no_digest, sizeof(no_digest));
	lb_sha256_update(&context, purgatory->segments, sizeof(purgatory->segments));
	lb_sha256_finish(&context, ret_digest);
}

/* A way to the digest that this CPU lacks would end in an exception instead of a word. */
static bool can_run(enum lb_sha256_path path)
{
	return path == LB_SHA256_PORTABLE || path == lb_sha256_detect();
}

static bool sensible(const struct lb_purgatory *purgatory)
{
	if (purgatory->magic != LB_PURGATORY_MAGIC ||
		purgatory->self != (uintptr_t)purgatory || !purgatory->segment_count ||
		purgatory->segment_count > LB_PURGATORY_SEGMENTS_MAX ||
		!can_run((enum lb_sha256_path)purgatory->path)) {
		return false;
	}
	for (uint32_t i = 0; i < purgatory->segment_count; i++) {
		uint64_t end;

		if (!lb_add(purgatory->segments[i].start, purgatory->segments[i].bytes, &end)) {
			return false;
		}
	}
	return true;
}

static void say_verified(
	const struct lb_purgatory *purgatory, const struct lb_purgatory_output *output)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < purgatory->segment_count; i++) {
		bytes += purgatory->segments[i].bytes;
	}
	say(output, LB_LINE_PURGATORY LB_PURGATORY_VERIFIED ", ");
	say_number(output, purgatory->segment_count);
	say(output, " segments, ");
	say_number(output, bytes);
	say(output, " bytes (");
	say(output, lb_sha256_path_name((enum lb_sha256_path)purgatory->path));
	say(output, ")\n");
}

enum lb_status lb_purgatory_verify(
	const struct lb_purgatory *purgatory, const struct lb_purgatory_output *output)
{
	uint8_t found[LB_SHA256_BYTES];

	if (!sensible(purgatory)) {
		say(output, LB_LINE_PURGATORY "the handed-over structure is damaged, "
			"not starting the capture kernel\n");
		return LB_INVALID;
	}
	lb_purgatory_digest(purgatory, 0, found);
	if (__builtin_memcmp(found, purgatory->digest, sizeof(found))) {
		say(output, LB_LINE_PURGATORY "digest MISMATCH, not starting the capture kernel: "
			"expected ");
		say_digest(output, purgatory->digest);
		say(output, ", found ");
		say_digest(output, found);
		say(output, "\n");
		return LB_CORRUPT;
	}
	say_verified(purgatory, output);
	return LB_OK;
}

void lb_purgatory_say_fault(
	const struct lb_purgatory_fault *fault, const struct lb_purgatory_output *output)
{
	say(output, LB_LINE_PURGATORY "exception ");
	say_address(output, fault->kind);
	say(output, " at ");
	say_address(output, fault->pc);
	say(output, ", address ");
	say_address(output, fault->address);
	say(output, ", not starting the capture kernel\n");
}
