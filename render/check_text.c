/* SPDX-License-Identifier: MIT */
/* A check for people: will a dump come out, why not, what to do, what is not known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/check.h"
#include "render/out.h"
#include "render/paper.h"

static size_t count_of(const struct lb_check *check, enum lb_check_result result,
	enum lb_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < check->count; i++) {
		count += check->items[i].result == result && check->items[i].level == level;
	}
	return count;
}

static enum lb_ink verdict_ink(const struct lb_check *check)
{
	if (check->dump == LB_DUMP_EXPECTED) {
		return LB_INK_GOOD;
	}
	return check->dump == LB_DUMP_LOST ? LB_INK_BAD : LB_INK_WARN;
}

static const char *verdict_of(const struct lb_check *check)
{
	switch (check->dump) {
	case LB_DUMP_LOST:
		return "A crash of this machine will leave no dump.";
	case LB_DUMP_UNKNOWN:
		return "It cannot be said whether a crash of this machine leaves a dump.";
	case LB_DUMP_DOUBTFUL:
		return "A crash of this machine may leave no dump.";
	case LB_DUMP_EXPECTED:
		break;
	}
	return "A crash of this machine should leave a dump: nothing speaks against it.";
}

static void say_numbers(const struct lb_paper *paper, const struct lb_check *check)
{
	lb_say(paper, LB_INK_DIM, "errors: %zu, warnings: %zu, notes: %zu\n",
		count_of(check, LB_CHECK_FOUND, LB_ERROR),
		count_of(check, LB_CHECK_FOUND, LB_WARNING),
		count_of(check, LB_CHECK_FOUND, LB_INFO));
}

static void say_machine(const struct lb_paper *paper, const struct lb_check *check)
{
	const struct lb_machine *machine = check->machine;
	struct lb_buffer text = {0};
	struct lb_sink sink = lb_buffer_sink(&text);

	/* A path is one word, and stays on its line. */
	lb_say(paper, LB_INK_DIM, "%s\n", machine->name);
	lb_print(sink, "%s, Linux %s, %s of crash memory", lb_arch_name(machine->arch),
		*machine->kernel.release ? machine->kernel.release : "of unknown version",
		check->crash_bytes ? lb_size_text(check->crash_bytes).text
				   : "no or unknown amount");
	lb_say_wrapped(paper, LB_INK_DIM, "", text.bytes ? text.bytes : "");
	free(text.bytes);
}

static void say_found(const struct lb_paper *paper, const struct lb_check *check)
{
	bool any = false;

	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];
		const struct lb_finding finding = {item->id, item->level, item->text, item->fix};

		if (item->result != LB_CHECK_FOUND) {
			continue;
		}
		if (!any) {
			lb_say(paper, LB_INK_BOLD, "\nWhat to know, and what to change\n");
			any = true;
		}
		lb_say_finding(paper, &finding);
		lb_say(paper, LB_INK_DIM, "    [%s] ", item->id);
		lb_say_hanging(paper, LB_INK_DIM, 7 + strlen(item->id), item->evidence);
	}
}

static bool is_unread(const struct lb_checked *item, const char *why)
{
	return item->result == LB_CHECK_NOT_READ && !strcmp(item->text, why);
}

/* The first with that reason speaks for all. */
static bool is_told(const struct lb_check *check, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (is_unread(&check->items[i], check->items[index].text)) {
			return true;
		}
	}
	return false;
}

static void say_unread_for(const struct lb_paper *paper, const struct lb_check *check,
	const char *why)
{
	struct lb_buffer text = {0};

	for (size_t i = 0; i < check->count; i++) {
		if (is_unread(&check->items[i], why)) {
			lb_print(lb_buffer_sink(&text), "%s%s", text.bytes ? ", " : "",
				check->items[i].id);
		}
	}
	lb_say_wrapped(paper, LB_INK_PLAIN, "  ", why);
	lb_say_wrapped(paper, LB_INK_DIM, "    ", text.bytes ? text.bytes : "");
	free(text.bytes);
}

static void say_unread(const struct lb_paper *paper, const struct lb_check *check)
{
	bool any = false;

	for (size_t i = 0; i < check->count; i++) {
		if (check->items[i].result != LB_CHECK_NOT_READ || is_told(check, i)) {
			continue;
		}
		if (!any) {
			lb_say(paper, LB_INK_BOLD, "\nNot checked, so nothing is known\n");
			any = true;
		}
		say_unread_for(paper, check, check->items[i].text);
	}
}

/* The names of all with a result, in one paragraph. */
static void say_names(const struct lb_paper *paper, const struct lb_check *check,
	enum lb_check_result result, const char *heading)
{
	struct lb_buffer text = {0};

	for (size_t i = 0; i < check->count; i++) {
		if (check->items[i].result == result) {
			lb_print(lb_buffer_sink(&text), "%s%s", text.bytes ? ", " : "",
				check->items[i].id);
		}
	}
	if (text.bytes) {
		lb_say(paper, LB_INK_BOLD, "\n%s\n", heading);
		lb_say_wrapped(paper, LB_INK_PLAIN, "  ", text.bytes);
	}
	free(text.bytes);
}

void lb_render_check_text(
	const struct lb_check *check, const struct lb_text_style *style, struct lb_sink sink)
{
	struct lb_paper paper = {sink, style};

	LB_ASSERT(style->width >= 40);
	lb_say(&paper, verdict_ink(check), "%s\n", verdict_of(check));
	if (style->quiet) {
		return;
	}
	say_machine(&paper, check);
	say_numbers(&paper, check);
	say_found(&paper, check);
	say_unread(&paper, check);
	if (style->journal) {
		say_names(&paper, check, LB_CHECK_FINE, "Checked, and fine");
		say_names(&paper, check, LB_CHECK_NOT_ASKED, "Of no account here");
	}
}
