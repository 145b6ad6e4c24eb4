/* SPDX-License-Identifier: MIT */
/* options: see options.h. */
#include "options.h"

#include "lifeboat/cmdline.h"
#include "lifeboat/number.h"
#include "text.h"

static bool find(const char *cmdline, const char *name, struct lb_slice *ret)
{
	struct lb_cmdline line = {lb_slice_of(cmdline), LB_CMDLINE_PLAIN};
	struct lb_cmdline_option option;

	if (!lb_cmdline_find(line, name, &option)) {
		return false;
	}
	*ret = option.value;
	return true;
}

bool option_text(const char *cmdline, const char *name, char buffer[OPTION_BYTES])
{
	struct lb_slice value = {0};
	bool found = find(cmdline, name, &value);

	value.length = lb_min(value.length, OPTION_BYTES - 1);
	memcpy(buffer, value.at, value.length);
	buffer[value.length] = '\0';
	return found;
}

bool option_is(const char *cmdline, const char *name, const char *value)
{
	struct lb_slice found;

	return find(cmdline, name, &found) && lb_slice_is(found, value);
}

uint64_t option_number(const char *cmdline, const char *name, uint64_t fallback)
{
	struct lb_slice text;
	uint64_t value;

	return find(cmdline, name, &text) && lb_size_parse(text, &value) ? value : fallback;
}

const char *option_rest(const char *cmdline)
{
	struct lb_cmdline line = {lb_slice_of(cmdline), LB_CMDLINE_PLAIN};
	struct lb_cmdline_option option;

	while (lb_cmdline_next(&line, &option)) {
	}
	return line.rest.at;
}
