/* SPDX-License-Identifier: MIT */
/* page_table_judge: see page_table_judge.h. */
#include "lab/page_table_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/page_table_walk.h"

#define PAGE UINT64_C(4096)
#define CR0_WRITE_PROTECT 0x10000

struct judge {
	const struct lab_page_tables *tables;
	const struct lab_ram *memory;
	struct lab_page_tables_verdict *verdict;
	uint64_t *addresses;
	size_t count;
	size_t capacity;
	uint64_t random;
};

/* splitmix64: the same samples in every run. */
static uint64_t next_random(struct judge *judge)
{
	uint64_t value = judge->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static void add(struct judge *judge, uint64_t address)
{
	if (judge->count < judge->capacity) {
		judge->addresses[judge->count++] = address;
	}
}

static void add_physical(struct judge *judge, lb_phys_addr address)
{
	add(judge, judge->tables->linear + address);
}

/* The bytes on both sides of both ends, and of the block borders next to them. */
static void add_edges(struct judge *judge, struct lb_range range)
{
	static const uint64_t blocks[] = {PAGE, 2 * LB_MIB, LB_GIB};
	const lb_phys_addr ends[] = {range.start, range.end};

	for (size_t i = 0; i < LB_ARRAY_COUNT(ends); i++) {
		add_physical(judge, ends[i]);
		add_physical(judge, ends[i] ? ends[i] - 1 : 0);
		for (size_t j = 0; j < LB_ARRAY_COUNT(blocks); j++) {
			lb_phys_addr border = lb_align_down(ends[i], blocks[j]);

			add_physical(judge, border);
			add_physical(judge, border + blocks[j]);
			add_physical(judge, border + blocks[j] - 1);
			add_physical(judge, border ? border - 1 : 0);
		}
	}
}

static void add_inside(struct judge *judge, struct lb_range range, size_t count)
{
	for (size_t i = 0; i < count && !lb_range_empty(range); i++) {
		add_physical(judge, range.start + next_random(judge) % lb_range_size(range));
	}
}

/* Anywhere in RAM, every byte with the same chance. */
static void add_anywhere(struct judge *judge)
{
	const struct lab_ram *memory = judge->memory;
	uint64_t at = next_random(judge) % memory->size;

	for (size_t i = 0; i < memory->piece_count; i++) {
		const struct lab_ram_piece *piece = &memory->pieces[i];

		if (at >= piece->offset && at - piece->offset < lb_range_size(piece->range)) {
			add_physical(judge, piece->range.start + (at - piece->offset));
		}
	}
}

/* A word in each page, not always the same. */
static void add_every_page(struct judge *judge, struct lb_range range)
{
	for (lb_phys_addr page = range.start; page < range.end; page += PAGE) {
		add_physical(judge, page + next_random(judge) % PAGE);
	}
}

/* Edges; every page of the crash region, and some around it; a sixteenth in the image; a sixteenth
 * beyond all RAM; the rest all over RAM. */
static void choose(struct judge *judge)
{
	const struct lab_ram *memory = judge->memory;
	struct lb_range crash = judge->tables->crash;
	lb_phys_addr end = memory->pieces[memory->piece_count - 1].range.end;

	for (size_t piece = 0; piece < memory->piece_count; piece++) {
		add_edges(judge, memory->pieces[piece].range);
	}
	if (!lb_range_empty(crash)) {
		add_edges(judge, crash);
		add_every_page(judge, crash);
		add_inside(judge, (struct lb_range){crash.start - lb_min(crash.start, 4 * LB_MIB),
			crash.end + 4 * LB_MIB}, LAB_PAGE_TABLES_SAMPLES / 24);
	}
	for (size_t n = 0; n < LAB_PAGE_TABLES_SAMPLES / 16; n++) {
		add(judge, LAB_IMAGE_VIRTUAL + next_random(judge) % (2 * LB_MIB));
	}
	add_inside(judge, (struct lb_range){0, 2 * end}, LAB_PAGE_TABLES_SAMPLES / 16);
	while (judge->count < judge->capacity) {
		add_anywhere(judge);
	}
}

static void *access_table(void *context, lb_phys_addr table)
{
	static uint8_t nothing[PAGE];
	void *page = lab_ram_at(context, table, PAGE);

	return page ? page : nothing; /* a table outside RAM maps nothing */
}

static void write_line(void *context, size_t index, char buffer[128])
{
	const struct judge *judge = context;

	snprintf(buffer, 128, "gva2gpa 0x%" PRIx64, judge->addresses[index]);
}

static struct lb_mapping walk(const struct judge *judge, uint64_t va)
{
	struct lb_linear_config config = {
		.format = judge->tables->format, .va_offset = judge->tables->linear};
	struct lb_table_pages pages = {
		.access = access_table, .context = (void *)(uintptr_t)judge->memory};
	struct lb_mapping mapping = {0};

	if (lb_linear_map_walk(&config, &pages, judge->tables->root, va, &mapping) != LB_OK) {
		mapping.state = LB_MAPPING_NONE;
	}
	return mapping;
}

static bool is_in_crash(const struct judge *judge, uint64_t va)
{
	return lb_range_has(judge->tables->crash, va - judge->tables->linear);
}

/* "gpa: 0x1234" or "Unmapped". */
static void take_answer(void *context, size_t index, const char *text)
{
	struct judge *judge = context;
	struct lab_page_tables_verdict *verdict = judge->verdict;
	uint64_t va = judge->addresses[index];
	struct lb_mapping mapping = walk(judge, va);
	bool present = mapping.state == LB_MAPPING_PRESENT;
	uint64_t pa = 0;
	bool mapped = sscanf(text, "gpa: %" SCNx64, &pa) == 1;
	bool in_crash = is_in_crash(judge, va);

	verdict->samples++;
	verdict->mapped += mapped;
	verdict->crash_samples += in_crash;
	verdict->crash_mapped += in_crash && mapped;
	if (mapped == present && (!mapped || pa == mapping.pa)) {
		return;
	}
	if (!verdict->different++) {
		verdict->first_va = va;
		snprintf(verdict->first, sizeof(verdict->first),
			"QEMU: %.40s, walker: %s 0x%" PRIx64, text,
			present ? "mapped to" : "not mapped", mapping.pa);
		verdict->first[strcspn(verdict->first, "\r\n")] = '\0';
	}
}

/* A line of "info mem". */
struct listed {
	struct lb_range range;
	bool for_user;
	bool writable;
};

/* "ffff888000000000-ffff888040000000 0000000040000000 -rw": the end is the first byte after. */
static bool parse_info(const char *line, struct listed *ret)
{
	char rights[8];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*x %7s", &ret->range.start, &ret->range.end,
		    rights) != 3 || strlen(rights) != 3) {
		return false;
	}
	ret->for_user = rights[0] == 'u';
	ret->writable = rights[2] == 'w';
	return true;
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* What the lab's walk finds, drawn together as QEMU does it, beside QEMU's list. */
struct listing {
	struct judge *judge;
	const char *text; /* the lines to come */
	struct listed run;
};

static void compare_run(struct listing *listing)
{
	struct lab_page_tables_verdict *verdict = listing->judge->verdict;
	struct listed own = listing->run;
	struct listed theirs = {0};

	if (lb_range_empty(own.range)) {
		return;
	}
	verdict->listed++;
	if (!parse_info(listing->text, &theirs) || theirs.range.start != own.range.start ||
		theirs.range.end != own.range.end || theirs.for_user != own.for_user ||
		theirs.writable != own.writable) {
		if (!verdict->different++) {
			verdict->first_va = own.range.start;
			snprintf(verdict->first, sizeof(verdict->first),
				"QEMU lists %.55s, the lab %" PRIx64 "-%" PRIx64 " %c",
				listing->text, own.range.start, own.range.end,
				own.writable ? 'w' : '-');
			verdict->first[strcspn(verdict->first, "\r\n")] = ' ';
		}
	}
	listing->text = next_line(listing->text);
}

static void take_translation(void *context, const struct lab_translation *found)
{
	struct listing *listing = context;
	struct listed *run = &listing->run;

	if (run->range.end != found->va || run->writable != found->writable ||
		run->for_user != found->for_user) {
		compare_run(listing);
		*run = (struct listed){{found->va, found->va}, found->for_user, found->writable};
	}
	run->range.end += found->bytes;
}

static void compare_listing(struct judge *judge, const char *text)
{
	struct lab_page_tables_verdict *verdict = judge->verdict;
	struct listing listing = {.judge = judge, .text = text};
	struct lab_page_walk walk = {.format = judge->tables->format,
		.root = judge->tables->root, .visit = take_translation, .context = &listing};
	bool walked = lab_page_tables_walk(&walk, judge->memory);

	compare_run(&listing);
	if ((!walked || *listing.text) && !verdict->different++) {
		snprintf(verdict->first, sizeof(verdict->first), "QEMU lists more: %.60s",
			listing.text);
	}
}

static void compare_rights(struct judge *judge, uint64_t va, const char *text)
{
	struct lab_page_tables_verdict *verdict = judge->verdict;
	struct lb_mapping mapping = walk(judge, va);
	bool writable = mapping.state == LB_MAPPING_PRESENT && (mapping.flags & LB_MAP_WRITE);
	struct listed line;
	bool by_qemu = false;

	for (; *text; text = next_line(text)) {
		if (parse_info(text, &line) && lb_range_has(line.range, va)) {
			by_qemu = line.writable;
			break;
		}
	}
	verdict->writable += by_qemu;
	if (by_qemu != writable && !verdict->different++) {
		verdict->first_va = va;
		snprintf(verdict->first, sizeof(verdict->first),
			"QEMU: %swritable, walker: %swritable", by_qemu ? "" : "not ",
			writable ? "" : "not ");
	}
}

/* What may be written, by "info mem", which QEMU has for x86 only. */
static bool judge_rights(struct judge *judge, struct lab_qmp *qmp, struct lab_error *error)
{
	char *text = malloc(LAB_QMP_ANSWER_BYTES);
	bool asked = text &&
		lab_qmp_human(qmp, "info mem", text, LAB_QMP_ANSWER_BYTES, error);

	if (!text) {
		lab_fail(error, "out of memory");
	}
	for (size_t i = 0; asked && i < judge->count; i++) {
		compare_rights(judge, judge->addresses[i], text);
	}
	if (asked) {
		compare_listing(judge, text);
	}
	free(text);
	return asked;
}

/* Every CPU translates through the tables that were judged, and heeds them when the kernel writes;
 * x86-64 says so in its registers. */
static bool judge_cpus(struct judge *judge, struct lab_qmp *qmp, struct lab_error *error)
{
	struct lab_page_tables_verdict *verdict = judge->verdict;
	char *text = malloc(LAB_QMP_ANSWER_BYTES);
	bool asked = text && lab_qmp_human(qmp, "info registers -a", text,
		LAB_QMP_ANSWER_BYTES, error);
	const char *at = asked ? text : "";

	if (!text) {
		lab_fail(error, "out of memory");
	}
	while ((at = strstr(at, "CR0="))) {
		uint64_t control = strtoull(at + 4, NULL, 16);
		const char *tables = strstr(at += 4, "CR3=");
		uint64_t root = tables ? strtoull(tables + 4, NULL, 16) & ~(PAGE - 1) : 0;

		if (root != judge->tables->root && !verdict->different++) {
			snprintf(verdict->first, sizeof(verdict->first),
				"QEMU: a CPU uses the tables at 0x%" PRIx64, root);
		} else if (!(control & CR0_WRITE_PROTECT) && !verdict->different++) {
			snprintf(verdict->first, sizeof(verdict->first),
				"QEMU: a CPU writes what is read-only (CR0 is 0x%" PRIx64 ")",
				control);
		}
	}
	free(text);
	return asked;
}

bool lab_page_tables_judge(const struct lab_page_tables *tables, const struct lab_ram *memory,
	struct lab_qmp *qmp, struct lab_page_tables_verdict *ret, struct lab_error *error)
{
	size_t capacity = LAB_PAGE_TABLES_SAMPLES + lb_range_size(tables->crash) / PAGE;
	struct judge judge = {.tables = tables, .memory = memory, .verdict = ret,
		.addresses = malloc(capacity * sizeof(uint64_t)), .capacity = capacity};
	struct lab_qmp_batch batch = {write_line, take_answer, &judge};
	bool done;

	*ret = (struct lab_page_tables_verdict){0};
	if (!judge.addresses) {
		lab_fail(error, "out of memory");
		return false;
	}
	choose(&judge);
	done = lab_qmp_human_batch(qmp, &batch, judge.count, error);
	if (done && tables->format == LB_PAGES_X86_4LEVEL) {
		done = judge_rights(&judge, qmp, error) && judge_cpus(&judge, qmp, error);
	}
	free(judge.addresses);
	return done;
}
