/* SPDX-License-Identifier: MIT */
/* glossary: a table, and where its words stand in a text. */
#include "render/glossary.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	const char *meaning;
} entries[] = {
	{"CMA", "memory that is lent out until somebody needs it in one piece"},
	{"KASLR", "at each boot the kernel's image goes to another place, at random"},
	{"NODE_DATA", "what the kernel keeps about a memory node (NUMA)"},
	{"SWIOTLB", "the bounce pool: data pass through it for devices that reach only low memory"},
	{"TSEG", "memory that the firmware keeps for itself (system management mode)"},
	{"vmemmap", "the kernel's record of every page of memory (struct page)"},
};

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool uses(const char *text, const char *word)
{
	const char *at = text;

	while ((at = strstr(at, word))) {
		bool begins = at == text || !in_word(at[-1]);

		at += strlen(word);
		if (begins && !in_word(*at)) {
			return true;
		}
	}
	return false;
}

void lb_explain_words(const struct lb_paper *paper, const char *text)
{
	bool any = false;

	for (size_t i = 0; i < LB_ARRAY_COUNT(entries); i++) {
		char label[32];

		if (!uses(text, entries[i].word)) {
			continue;
		}
		if (!any) {
			lb_say(paper, LB_INK_BOLD, "\nWords\n");
		}
		any = true;
		snprintf(label, sizeof(label), "  %s: ", entries[i].word);
		lb_say_wrapped(paper, LB_INK_PLAIN, label, entries[i].meaning);
	}
}
