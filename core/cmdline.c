/* SPDX-License-Identifier: MIT */
/* cmdline: see lifeboat/cmdline.h. */
#include "lifeboat/cmdline.h"

#define NO_BREAK_SPACE 0xa0

bool lb_cmdline_is_blank(enum lb_cmdline_mode mode, char c)
{
	unsigned char byte = (unsigned char)c;

	if (mode == LB_CMDLINE_PLAIN) {
		return byte <= ' ';
	}
	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == NO_BREAK_SPACE;
}

static void skip_blanks(struct lb_cmdline *line)
{
	while (line->rest.length && lb_cmdline_is_blank(line->mode, line->rest.at[0])) {
		lb_slice_skip(&line->rest, 1);
	}
}

bool lb_cmdline_next_word(struct lb_cmdline *line, struct lb_slice *ret)
{
	bool quoted = false;
	struct lb_slice word;

	skip_blanks(line);
	if (!line->rest.length) {
		return false;
	}
	word = (struct lb_slice){line->rest.at, 0};
	while (line->rest.length &&
		(quoted || !lb_cmdline_is_blank(line->mode, line->rest.at[0]))) {
		quoted ^= line->mode == LB_CMDLINE_QUOTED && line->rest.at[0] == '"';
		lb_slice_skip(&line->rest, 1);
		word.length++;
	}
	skip_blanks(line);
	*ret = word;
	return true;
}

/* Without the quotes around it; the closing one is looked for only behind an opening one. */
static struct lb_slice unquoted(enum lb_cmdline_mode mode, struct lb_slice text)
{
	if (mode == LB_CMDLINE_QUOTED && lb_slice_take(&text, '"') && lb_slice_ends(text, "\"")) {
		text.length--;
	}
	return text;
}

struct lb_cmdline_option lb_cmdline_split(enum lb_cmdline_mode mode, struct lb_slice word)
{
	struct lb_cmdline_option option = {.word = word, .name = unquoted(mode, word)};
	size_t equals = 1;

	while (equals < option.name.length && option.name.at[equals] != '=') {
		equals++;
	}
	if (equals < option.name.length) {
		option.value = option.name;
		option.name.length = equals;
		lb_slice_skip(&option.value, equals + 1);
		option.value = unquoted(mode, option.value);
	}
	return option;
}

bool lb_cmdline_next(struct lb_cmdline *line, struct lb_cmdline_option *ret)
{
	struct lb_cmdline_option option;
	struct lb_slice word;

	if (!lb_cmdline_next_word(line, &word)) {
		return false;
	}
	option = lb_cmdline_split(line->mode, word);
	if (lb_slice_is(option.name, "--") && !option.value.at) {
		return false;
	}
	*ret = option;
	return true;
}

bool lb_cmdline_find(struct lb_cmdline line, const char *name, struct lb_cmdline_option *ret)
{
	struct lb_cmdline_option option;
	bool found = false;

	while (lb_cmdline_next(&line, &option)) {
		if (lb_slice_is(option.name, name)) {
			*ret = option;
			found = true;
		}
	}
	return found;
}
