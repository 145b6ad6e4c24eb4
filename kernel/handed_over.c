/* SPDX-License-Identifier: MIT */
/* handed_over: see handed_over.h. */
#include "handed_over.h"

#include "arch.h"
#include "boot.h"
#include "early_map.h"
#include "memory.h"
#include "old_memory.h"
#include "options.h"
#include "report.h"
#include "text.h"

/* Where firmware may leave its pointer to the ACPI tables, and what that looks like (ACPI 6.5,
 * 5.2.5.1 and 5.2.5.3). */
#define RSDP_AREA ((struct lb_range){0xe0000, LB_MIB})
#define RSDP_STEP 16
#define RSDP_SIGNATURE "RSD PTR "
#define RSDP_CHECKED_BYTES 20
/* A capture kernel may be told of more than the header needs, but not of much more. */
#define HEADER_ROOM (2 * PAGE_BYTES)

static lb_phys_addr firmware_rsdp; /* 0: there is none */

/* A page of our own for copies that are damaged. */
static uint8_t copy[PAGE_BYTES] __attribute__((aligned(8)));

static bool is_rsdp(const uint8_t *bytes)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < RSDP_CHECKED_BYTES; i++) {
		sum = (uint8_t)(sum + bytes[i]);
	}
	return !sum && !__builtin_memcmp(bytes, RSDP_SIGNATURE, sizeof(RSDP_SIGNATURE) - 1);
}

void handed_over_look_around(void)
{
	if (!ARCH_HAS_LOW_MEGABYTE) {
		return;
	}
	early_map(RSDP_AREA);
	for (lb_phys_addr at = RSDP_AREA.start; at < RSDP_AREA.end && !firmware_rsdp;
		at += RSDP_STEP) {
		firmware_rsdp = is_rsdp(phys_pointer(at)) ? at : 0;
	}
}

static enum lb_status read_stream(const void *data, struct lb_handover_view *ret)
{
	size_t offset = 0;

	return lb_handover_verify(data, PAGE_BYTES, ret, &offset);
}

enum lb_status handed_over_open(lb_phys_addr at, struct lb_handover_view *ret)
{
	return read_stream(phys_pointer(at), ret);
}

/* With any one bit turned over, the stream is refused. */
static bool damage_is_seen(const struct lb_handover_view *view)
{
	struct lb_handover_view ignored;

	memcpy(copy, view->data, view->bytes);
	for (size_t bit = 0; bit < 8 * view->bytes; bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (read_stream(copy, &ignored) == LB_OK) {
			return false;
		}
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	return true;
}

/* The core header has no checksum: what is refused is what would be misread. e_ident, e_type,
 * e_machine, e_version, e_ehsize, e_phentsize; and the first p_filesz, at its upper end. */
static bool damage_of_header_is_seen(void)
{
	static const uint8_t places[] = {0, 1, 2, 3, 4, 5, 6, 16, 18, 20, 52, 54,
		LB_CORE_EHDR_BYTES + 39};
	size_t bytes = lb_min(old.header.bytes, sizeof(copy));
	struct lb_core_header ignored;
	size_t offset = 0;
	uint32_t seen = 0;

	memcpy(copy, old.header.data, bytes);
	for (size_t i = 0; i < LB_ARRAY_COUNT(places); i++) {
		copy[places[i]] ^= 1;
		seen += old_memory_read_header(copy, bytes, &ignored, &offset) != LB_OK;
		copy[places[i]] ^= 1;
	}
	return seen == LB_ARRAY_COUNT(places) &&
		old_memory_read_header(copy, bytes, &ignored, &offset) == LB_OK;
}

/* It is RAM that this kernel was given, and told to keep. */
static bool is_kept(struct lb_range range)
{
	bool kept = false;

	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		kept = kept || (entry->type == BOOT_MEMORY_TAKEN &&
			lb_range_contains((struct lb_range){entry->start,
				entry->start + entry->size}, range));
	}
	return kept;
}

/* The crash region is the memory that this kernel was given, and the core header where that was
 * left out of it, so that nobody uses it. */
static bool crash_is_right(struct lb_range crash, struct lb_range header)
{
	uint64_t given = 0;
	bool header_given = false;

	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];
		struct lb_range ram = {entry->start, entry->start + entry->size};

		if (entry->type == BOOT_MEMORY_RAM && lb_range_contains(crash, ram)) {
			given += lb_range_size(ram);
			header_given = header_given || lb_range_overlaps(ram, header);
		} else if (entry->type == BOOT_MEMORY_RAM && ram.end > LB_MIB) {
			return false;
		}
	}
	return lb_range_contains(crash, header) && header_given == is_kept(header) &&
		given + (header_given ? 0 : lb_range_size(header)) == lb_range_size(crash);
}

static bool is_told(const struct boot_map_entry *wanted)
{
	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (entry->type == wanted->type && entry->start == wanted->start &&
			entry->size == wanted->size) {
			return true;
		}
	}
	return false;
}

/* What firmware kept for itself, as the old kernel was told, this one was told as well: else it
 * puts a device there. */
static bool firmware_is_told(void)
{
	const struct boot_info *before;
	struct lb_range place;
	bool told = true;

	if (!old_memory_hex("LIFEBOAT_BOOT_INFO", &place.start) ||
		!lb_add(place.start, sizeof(*before), &place.end) || !old_memory_has(place)) {
		return false;
	}
	before = phys_pointer(place.start);
	for (size_t i = 0; i < lb_min(before->map_count, BOOT_MAP_ENTRIES); i++) {
		const struct boot_map_entry *entry = &before->map[i];

		if (entry->type > BOOT_MEMORY_RAM && entry->type < BOOT_MEMORY_TAKEN) {
			told = told && is_told(entry);
		}
	}
	return told;
}

/* What was said of the core header: where we found it, and as long as it is. */
static bool header_is_right(struct lb_range header)
{
	return header.start == old_memory_header() &&
		lb_range_size(header) >= old.header.bytes &&
		lb_range_size(header) - old.header.bytes < HEADER_ROOM;
}

/* The stream is the one that this kernel was told of, of the first kernel since power-on. */
static bool origin_is_right(const struct lb_handover_view *view)
{
	return view->generation == 1 && text_equal(view->writer, "reference") &&
		view->address == option_number(boot_info.cmdline, "handover", 0);
}

static const void *payload_of(const struct lb_handover_view *view, enum lb_handover_type type)
{
	struct lb_handover_record record;
	size_t cursor = 0;

	return lb_handover_find(view, type, &cursor, &record) ? record.payload : NULL;
}

/* The first thing that is wrong with the records; NULL: nothing is. */
static const char *wrong_record(const struct lb_handover_view *view)
{
	const struct lb_handover_core_header *core = payload_of(view, LB_HANDOVER_CORE_HEADER);
	const struct lb_handover_range *crash = payload_of(view, LB_HANDOVER_RANGES);
	const struct lb_handover_rsdp *rsdp = payload_of(view, LB_HANDOVER_RSDP);
	struct lb_range header;

	if (!origin_is_right(view)) {
		return "writer, generation or address: another's";
	}
	if (!core) {
		return "core header: no record";
	}
	header = (struct lb_range){core->address, core->address + core->size};
	if (!header_is_right(header)) {
		return "core header: not where it is";
	}
	if (!crash || crash->class != LB_RANGE_CRASH ||
		!crash_is_right((struct lb_range){crash->start, crash->start + crash->size},
			header)) {
		return "crash memory: not what this kernel was given";
	}
	if ((rsdp ? rsdp->address : 0) != firmware_rsdp) {
		return "rsdp: not where firmware has it";
	}
	if (boot_info.rsdp != firmware_rsdp) {
		return "rsdp: the boot data say another";
	}
	if (!firmware_is_told()) {
		return "memory map: without what firmware keeps";
	}
	return NULL;
}

void handed_over_prove(enum lb_status status, const struct lb_handover_view *view)
{
	const char *wrong = status == LB_OK ? wrong_record(view) : lb_status_text(status);

	if (!wrong && !damage_is_seen(view)) {
		wrong = "a damaged copy of it is believed";
	}
	if (!wrong && !damage_of_header_is_seen()) {
		wrong = "a damaged copy of the core header is believed";
	}
	report_proof(LB_DRILL_PROOF_HANDOVER_VERIFIED, !wrong,
		"%s; %u records from \"%s\", generation %llu, %zu bits",
		wrong ? wrong : "core header, crash memory and rsdp are where this kernel finds "
				"them, and no copy with a bit turned over is believed",
		view->record_count, view->writer, (unsigned long long)view->generation,
		8 * view->bytes);
}
