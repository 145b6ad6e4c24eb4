/* SPDX-License-Identifier: MIT */
/* page_table_rules: see page_table_rules.h. */
#include "lab/page_table_rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lab/page_table_walk.h"

#define PAGE UINT64_C(4096)
/* What firmware and the first megabyte take from what QEMU calls RAM. */
#define FIRMWARE_MAX (2 * LB_MIB)
/* RAM outside the crash region, in pieces. */
#define PIECES_MAX (LAB_FIRMWARE_RAM_MAX + 1)

static const uint64_t sizes[LAB_BLOCK_SIZES] = {PAGE, 2 * LB_MIB, LB_GIB};

struct rules {
	const struct lab_page_tables *tables;
	struct lab_page_rules_verdict *verdict;
	bool in_lower_half;
	/* What the linear map must hold, and how far the walk, which ascends, has come. */
	struct lb_range pieces[PIECES_MAX];
	size_t piece_count;
	size_t at;
	lb_phys_addr reached;
};

__attribute__((format(printf, 2, 3))) static void broken(
	struct rules *rules, const char *format, ...)
{
	struct lab_page_rules_verdict *verdict = rules->verdict;
	va_list arguments;

	if (!verdict->broken++) {
		va_start(arguments, format);
		vsnprintf(verdict->first, sizeof(verdict->first), format, arguments);
		va_end(arguments);
	}
}

static void add_piece(struct rules *rules, struct lb_range piece)
{
	if (lb_range_empty(piece)) {
		return;
	}
	if (rules->piece_count && rules->pieces[rules->piece_count - 1].end == piece.start) {
		rules->pieces[rules->piece_count - 1].end = piece.end;
	} else if (rules->piece_count < PIECES_MAX) {
		rules->pieces[rules->piece_count++] = piece;
	}
	rules->verdict->pages += lb_range_size(piece) / PAGE;
}

/* The firmware's RAM by whole pages, without the crash region; ascending. */
static void plan_pieces(struct rules *rules)
{
	struct lb_range crash = rules->tables->crash;

	for (size_t i = 0; i < rules->tables->ram_count; i++) {
		struct lb_range ram = rules->tables->ram[i];

		ram.end = lb_align_down(ram.end, PAGE);
		if (!lb_align_up(ram.start, PAGE, &ram.start)) {
			continue;
		}
		if (rules->piece_count && ram.start < rules->pieces[rules->piece_count - 1].end) {
			broken(rules, "RAM at 0x%" PRIx64 " out of order", ram.start);
		}
		add_piece(rules, (struct lb_range){ram.start, lb_min(ram.end, crash.start)});
		add_piece(rules, (struct lb_range){lb_max(ram.start, crash.end), ram.end});
	}
	rules->reached = rules->piece_count ? rules->pieces[0].start : 0;
}

/* QEMU knows how much RAM there is: a kernel may not forget to speak of it. */
static void check_firmware(struct rules *rules, const struct lab_ram *memory)
{
	uint64_t pages = lb_range_size(rules->tables->crash) / PAGE + rules->verdict->pages;
	uint64_t there = 0;

	for (size_t i = 0; i < memory->piece_count; i++) {
		there += lb_range_size(memory->pieces[i].range);
	}
	if (pages * PAGE > there || there - pages * PAGE > FIRMWARE_MAX) {
		broken(rules, "of %" PRIu64 " KiB of RAM the kernel knows %" PRIu64, there / 1024,
			pages * PAGE / 1024);
	}
}

/* The block that belongs at a place of the linear map. */
static uint64_t largest_block(struct lb_range left)
{
	unsigned int i = LAB_BLOCK_SIZES - 1;

	while (i && (left.start % sizes[i] || lb_range_size(left) < sizes[i])) {
		i--;
	}
	return sizes[i];
}

static void take_linear(struct rules *rules, const struct lab_translation *found)
{
	uint64_t linear = rules->tables->linear;
	struct lb_range left = {rules->reached, rules->reached};

	if (rules->at < rules->piece_count) {
		left.end = rules->pieces[rules->at].end;
	}
	for (unsigned int i = 0; i < LAB_BLOCK_SIZES; i++) {
		rules->verdict->blocks[i] += found->bytes == sizes[i];
	}
	if (found->pa != found->va - linear) {
		broken(rules, "0x%" PRIx64 " leads to 0x%" PRIx64, found->va, found->pa);
	} else if (lb_range_empty(left) || found->pa != left.start) {
		broken(rules, "0x%" PRIx64 " is the next in the linear map, not 0x%" PRIx64,
			found->pa, left.start);
	} else if (found->bytes != largest_block(left)) {
		broken(rules, "0x%" PRIx64 " is mapped by a block of %" PRIu64 " KiB, not %" PRIu64,
			found->pa, found->bytes / 1024, largest_block(left) / 1024);
	} else if (!found->writable || found->executable || !found->cached) {
		broken(rules, "0x%" PRIx64 " is%s writable, %sexecutable, %scached", found->pa,
			found->writable ? "" : " not", found->executable ? "" : "not ",
			found->cached ? "" : "not ");
	}
	rules->reached = found->pa + found->bytes;
	while (rules->at < rules->piece_count && rules->reached >= rules->pieces[rules->at].end) {
		if (++rules->at < rules->piece_count) {
			rules->reached = lb_max(rules->reached, rules->pieces[rules->at].start);
		}
	}
}

/* Outside the linear map: the image where it runs, devices, the way in and out. */
static void take_other(
	struct rules *rules, const struct lab_translation *found, struct lb_range there)
{
	const struct lab_page_tables *tables = rules->tables;

	if (found->writable && found->executable) {
		broken(rules, "0x%" PRIx64 " is writable and executable", found->va);
	} else if (found->writable && lb_range_overlaps(there, tables->read_only)) {
		broken(rules, "0x%" PRIx64 " is writable, and the kernel's constants", found->va);
	}
	for (size_t i = 0; !rules->in_lower_half && i < tables->guard_count; i++) {
		if (lb_range_overlaps(there, tables->guards[i])) {
			broken(rules, "0x%" PRIx64 " leads to the page that fences a stack",
				found->va);
		}
	}
}

static void take(void *context, const struct lab_translation *found)
{
	struct rules *rules = context;
	struct lb_range there = {found->pa, found->pa + found->bytes};
	uint64_t linear = rules->tables->linear;

	rules->verdict->translations++;
	if (lb_range_overlaps(there, rules->tables->crash)) {
		broken(rules, "0x%" PRIx64 " leads to 0x%" PRIx64 ", in or around the crash region",
			found->va, found->pa);
	}
	if (found->for_user) {
		broken(rules, "0x%" PRIx64 " is for user mode", found->va);
	}
	if (!rules->in_lower_half && found->va >= linear && found->va < LAB_IMAGE_VIRTUAL) {
		take_linear(rules, found);
	} else {
		take_other(rules, found, there);
	}
}

static void walk(struct rules *rules, const struct lab_ram *memory, lb_phys_addr root)
{
	struct lab_page_walk walk = {.format = rules->tables->format, .root = root,
		.is_upper = !rules->in_lower_half && rules->tables->format == LB_PAGES_ARM64_4K,
		.visit = take, .context = rules};

	if (!lab_page_tables_walk(&walk, memory)) {
		broken(rules, "a table of root 0x%" PRIx64 " makes no sense", root);
	}
}

void lab_page_rules_judge(const struct lab_page_tables *tables, const struct lab_ram *memory,
	struct lab_page_rules_verdict *ret)
{
	struct rules rules = {.tables = tables, .verdict = ret};

	*ret = (struct lab_page_rules_verdict){0};
	plan_pieces(&rules);
	check_firmware(&rules, memory);
	walk(&rules, memory, tables->root);
	if (rules.at < rules.piece_count) {
		broken(&rules, "the linear map ends at 0x%" PRIx64 ", RAM goes on", rules.reached);
	}
	if (tables->lower_root) {
		rules.in_lower_half = true;
		walk(&rules, memory, tables->lower_root);
	}
}
