/* SPDX-License-Identifier: MIT */
/* How RAM is mapped, for people: what share of it in which pages, drawn; then why. */
#include <stdlib.h>
#include <string.h>

#include "render/out.h"
#include "render/pages.h"
#include "render/paper.h"

#define TEXT_COLUMNS 46 /* before the bars */

static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

/* "2 MiB blocks", "contiguous 4 KiB pages" */
static void print_kind(
	const struct lb_pages *pages, const struct lb_page_kind *kind, struct lb_sink sink)
{
	lb_print(sink, "%s%s %s", kind->reach > kind->block ? "contiguous " : "",
		lb_size_text(kind->block).text,
		kind->block == pages->page_size ? "pages" : "blocks");
}

static void draw(const struct lb_paper *paper, enum lb_ink ink, const char *what, uint64_t bytes,
	uint64_t all)
{
	const char *cell = paper->style->utf8 ? "\xe2\x96\x88" : "#";
	unsigned int room = paper->style->width > TEXT_COLUMNS + 10
		? paper->style->width - TEXT_COLUMNS - 2
		: 8;
	unsigned int cells = (unsigned int)(percent(bytes, all) * room / 100 + 0.5);
	struct lb_buffer bar = {0};

	for (unsigned int i = 0; i < (bytes && !cells ? 1 : cells); i++) {
		lb_print(lb_buffer_sink(&bar), "%s", cells ? cell : "|");
	}
	lb_say(paper, LB_INK_PLAIN, "  %-25s %10s %6.2f%% ", what, lb_size_text(bytes).text,
		percent(bytes, all));
	lb_say(paper, ink, "%s\n", bar.bytes ? bar.bytes : "");
	free(bar.bytes);
}

static void draw_mapped(
	const struct lb_paper *paper, const struct lb_pages *pages, const struct lb_mapped *mapped)
{
	for (size_t i = 0; i < mapped->kind_count; i++) {
		struct lb_buffer name = {0};
		bool large = mapped->kinds[i].reach > pages->page_size;

		print_kind(pages, &mapped->kinds[i], lb_buffer_sink(&name));
		draw(paper, large ? LB_INK_GOOD : LB_INK_WARN, name.bytes ? name.bytes : "",
			mapped->kinds[i].bytes, mapped->bytes);
		free(name.bytes);
	}
	if (mapped->unmapped) {
		draw(paper, LB_INK_HELD, "not mapped", mapped->unmapped, mapped->bytes);
	}
	if (mapped->elsewhere) {
		draw(paper, LB_INK_BAD, "leads elsewhere", mapped->elsewhere, mapped->bytes);
	}
}

/* What of it is not simply writable, cached, private memory. */
static void say_rights(
	const struct lb_paper *paper, const struct lb_pages *pages, const struct lb_mapped *mapped)
{
	const struct {
		const char *what;
		uint64_t bytes;
	} rights[] = {
		{"read-only", mapped->read_only},
		{"executable", mapped->executable},
		{"not write-back", mapped->uncached},
		{"not encrypted", pages->encryption ? mapped->shared : 0},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rights); i++) {
		if (rights[i].bytes) {
			lb_say(paper, LB_INK_DIM, "  of it %-19s %10s %6.2f%%\n", rights[i].what,
				lb_size_text(rights[i].bytes).text,
				percent(rights[i].bytes, mapped->bytes));
		}
	}
}

static void say_tables(const struct lb_paper *paper, const struct lb_pages *pages)
{
	lb_say(paper, LB_INK_BOLD, "\nPage tables\n");
	lb_say(paper, LB_INK_PLAIN, "  %llu tables, %s", (unsigned long long)pages->tables,
		lb_size_text(pages->table_bytes).text);
	if (pages->least_bytes) {
		lb_say(paper, LB_INK_DIM, " (largest blocks: %s, base pages: %s)",
			lb_size_text(pages->least_bytes).text,
			lb_size_text(pages->most_bytes).text);
	}
	lb_say(paper, LB_INK_PLAIN, "\n");
}

static void say_crash(const struct lb_paper *paper, const struct lb_pages *pages)
{
	for (size_t i = 0; i < pages->crash_count; i++) {
		const struct lb_mapped_crash *crash = &pages->crash[i];

		lb_say(paper, LB_INK_BOLD, "\nCrash memory%s, %s\n",
			lb_crash_kind_text(crash->crash.kind),
			lb_range_text(crash->crash.range).text);
		draw_mapped(paper, pages, &crash->mapped);
		say_rights(paper, pages, &crash->mapped);
	}
	if (!pages->crash_known) {
		lb_say(paper, LB_INK_DIM, "\nCrash memory: not shown here\n");
	}
}

static void say_why(const struct lb_paper *paper, const struct lb_pages *pages)
{
	if (pages->why_count) {
		lb_say(paper, LB_INK_BOLD, "\nWhy, and what it costs\n");
	}
	for (size_t i = 0; i < pages->why_count; i++) {
		lb_say_wrapped(paper, LB_INK_PLAIN, "  - ", pages->why[i]);
	}
}

/* The largest share, in one line. */
static void say_verdict(const struct lb_paper *paper, const struct lb_pages *pages)
{
	const struct lb_mapped *ram = &pages->ram;
	const struct lb_page_kind *most = ram->kinds;
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	for (size_t i = 1; i < ram->kind_count; i++) {
		most = ram->kinds[i].bytes > most->bytes ? &ram->kinds[i] : most;
	}
	lb_print(sink, "%s of RAM", lb_size_text(ram->bytes).text);
	if (ram->kind_count) {
		lb_print(sink, ", %.1f%% in ", percent(most->bytes, ram->bytes));
		print_kind(pages, most, sink);
	}
	lb_print(sink, "; page tables of %s", lb_size_text(pages->table_bytes).text);
	lb_say_wrapped(paper, ram->elsewhere ? LB_INK_BAD : LB_INK_BOLD, "Linear map: ",
		text.bytes ? text.bytes : "");
	free(text.bytes);
}

void lb_render_pages_text(
	const struct lb_pages *pages, const struct lb_text_style *style, struct lb_sink sink)
{
	struct lb_paper paper = {sink, style};

	LB_ASSERT(style->width >= 40);
	say_verdict(&paper, pages);
	if (style->quiet) {
		return;
	}
	lb_say(&paper, LB_INK_DIM, "%s, Linux %s, pages of %llu KiB, %u levels, read in %s\n\n",
		lb_arch_name(pages->arch), *pages->release ? pages->release : "of unknown version",
		(unsigned long long)pages->page_size / 1024, pages->levels, pages->input);
	draw_mapped(&paper, pages, &pages->ram);
	say_rights(&paper, pages, &pages->ram);
	say_tables(&paper, pages);
	say_crash(&paper, pages);
	say_why(&paper, pages);
}
