/* SPDX-License-Identifier: MIT */
/* cmdline: see cmdline.h. */
#include "lab/guest/cmdline.h"

#include "lab/guest/file.h"
#include "lifeboat/cmdline.h"
#include "lifeboat/format.h"
#include "lifeboat/number.h"

static char cmdline[4096];

void cmdline_read(void)
{
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
}

static bool find_option(const char *name, struct lb_cmdline_option *ret)
{
	struct lb_cmdline line = {lb_slice_of(cmdline), LB_CMDLINE_PLAIN};

	return lb_cmdline_find(line, name, ret);
}

bool cmdline_has(const char *name)
{
	struct lb_cmdline_option option;

	return find_option(name, &option);
}

bool cmdline_value(const char *name, char *buffer, size_t bytes)
{
	struct lb_cmdline_option option;
	struct lb_text text;

	if (!find_option(name, &option) || !option.value.at) {
		return false;
	}
	text = lb_text_in(buffer, bytes);
	lb_text_put_bytes(&text, option.value.at, option.value.length);
	return true;
}

uint64_t cmdline_number(const char *name, uint64_t fallback)
{
	struct lb_cmdline_option option;
	uint64_t value;

	return find_option(name, &option) && lb_size_parse(option.value, &value) ? value : fallback;
}
