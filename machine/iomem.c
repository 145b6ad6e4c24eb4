/* SPDX-License-Identifier: MIT */
/*
 * /proc/iomem: "START-LAST : NAME", hexadecimal, two blanks of indentation a level (kernel/
 * resource.c, r_show). An unprivileged reader sees zeros for all addresses. The file comes from
 * one walk over a sorted tree, so siblings that are unsorted or overlap, and children outside
 * their parent, mean that it was damaged or made up: the map would be worth nothing.
 */
#include "machine/reader.h"
#include "machine/text.h"

#define IOMEM_DEPTH_MAX 16
#define IOMEM_DEPTH_SHOWN 5 /* MAX_IORES_LEVEL: what lies deeper is printed at this depth */

struct walk {
	struct machine_reader *reader;
	const char *path;
	unsigned int line;
	unsigned int depth;                        /* of the last entry */
	struct lb_range open[IOMEM_DEPTH_MAX + 1]; /* the last entry at each level up to depth */
	bool any, any_address;
};

static void expected(struct walk *walk, const char *what)
{
	machine_fail(walk->reader, LB_INVALID, machine_at_line(walk->path, walk->line), "%s", what);
}

/* What architectures and the kernel's own code call the entries that matter (arch/.../kernel/
 * setup.c, arch/x86/kernel/e820.c, kernel/crash_reserve.c). */
static enum lb_iomem_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum lb_iomem_kind kind;
	} kinds[] = {
		{"System RAM", LB_IOMEM_RAM},
		{"reserved", LB_IOMEM_RESERVED},
		{"Reserved", LB_IOMEM_RESERVED},
		{"Kernel code", LB_IOMEM_KERNEL_CODE},
		{"Kernel data", LB_IOMEM_KERNEL_DATA},
		{"Kernel bss", LB_IOMEM_KERNEL_BSS},
		{"Crash kernel", LB_IOMEM_CRASH},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(kinds); i++) {
		if (!strcmp(name, kinds[i].name)) {
			return kinds[i].kind;
		}
	}
	return LB_IOMEM_OTHER;
}

/* Takes "START-LAST : NAME" apart. */
static bool parse(struct walk *walk, const char *text, struct lb_iomem_entry *ret)
{
	const char *at = text;
	uint64_t first, last;

	while (*at == ' ') {
		at++;
	}
	ret->depth = (unsigned int)lb_min((uint64_t)(at - text) / 2, IOMEM_DEPTH_MAX + 1);
	if (!text_hex(&at, &first) || !text_skip(&at, "-") || !text_hex(&at, &last)) {
		expected(walk, "expected \"START-END : NAME\" with hexadecimal addresses");
		return false;
	}
	text_skip_blanks(&at);
	if (!text_skip(&at, ":")) {
		expected(walk, "expected \" : \" and a name after the addresses");
		return false;
	}
	text_skip_blanks(&at);
	ret->name = at;
	ret->kind = kind_of(at);
	if (!text_range_inclusive(first, last, &ret->range)) {
		expected(walk, "the range ends before it starts");
		return false;
	}
	walk->any_address |= first || last;
	return true;
}

/* Against the entries around it. */
static bool check_place(struct walk *walk, const struct lb_iomem_entry *entry)
{
	unsigned int depth = entry->depth;

	if (depth > IOMEM_DEPTH_MAX || (walk->any ? depth > walk->depth + 1 : depth > 0)) {
		expected(walk, "indented deeper than a child of the line before can be");
		return false;
	}
	if (!walk->any_address) {
		return true; /* zeros so far; if addresses follow, that is found then */
	}
	if (depth && !lb_range_contains(walk->open[depth - 1], entry->range)) {
		expected(walk, "the range is not inside the range of its parent");
		return false;
	}
	if (depth >= IOMEM_DEPTH_SHOWN) {
		return true; /* may be a child of the line before that looks like a sibling */
	}
	if (walk->any && depth <= walk->depth && entry->range.start < walk->open[depth].end) {
		expected(walk, entry->range.start < walk->open[depth].start
				? "expected a start above that of the range before it"
				: "the range overlaps the one before it");
		return false;
	}
	return true;
}

void machine_read_iomem(struct machine_reader *reader, struct machine_file *file)
{
	struct walk walk = {.reader = reader, .path = file->path};
	struct lb_machine *machine = reader->machine;
	struct lb_iomem_entry entry = {0};
	char *at = file->data;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		walk.line++;
		if (!*line) {
			continue;
		}
		if (!parse(&walk, line, &entry) || !check_place(&walk, &entry)) {
			return;
		}
		MACHINE_APPEND(reader, machine->memory.iomem,
			{entry.range, entry.depth, entry.kind, entry.name});
		walk.open[entry.depth] = entry.range;
		walk.depth = entry.depth;
		walk.any = true;
	}
	if (!walk.any) {
		return; /* empty: as good as not there */
	}
	if (!walk.any_address) {
		machine->memory.iomem_count = 0;
		machine_found(reader, LB_SOURCE_IOMEM_ZEROED);
		return;
	}
	machine_found(reader, LB_SOURCE_IOMEM);
}
