/* SPDX-License-Identifier: MIT */
/* cmdline: see cmdline.h. */
#include "policy/linux/cmdline.h"

#include "lifeboat/arch.h"

struct lb_cmdline lb_linux_cmdline(const char *cmdline)
{
	return (struct lb_cmdline){lb_slice_of(cmdline), LB_CMDLINE_QUOTED};
}

bool lb_linux_has_option(const char *cmdline, const char *name)
{
	struct lb_cmdline_option option;

	return lb_cmdline_find(lb_linux_cmdline(cmdline), name, &option);
}

bool lb_linux_find_size(const char *cmdline, const char *name, uint64_t *ret)
{
	struct lb_cmdline_option option;

	return lb_cmdline_find(lb_linux_cmdline(cmdline), name, &option) &&
		lb_linux_take_size(&option.value, ret);
}

bool lb_linux_has_word(const char *cmdline, const char *word)
{
	struct lb_cmdline line = {lb_slice_of(cmdline), LB_CMDLINE_PLAIN};
	struct lb_slice found;

	while (lb_cmdline_next_word(&line, &found)) {
		if (lb_slice_is(found, word)) {
			return true;
		}
	}
	return false;
}

bool lb_linux_first_begins_word(const char *cmdline, const char *text)
{
	size_t at;

	return lb_slice_find(lb_slice_of(cmdline), text, &at) &&
		(!at || lb_cmdline_is_blank(LB_CMDLINE_QUOTED, cmdline[at - 1]));
}

uint64_t lb_linux_memparse(struct lb_slice *text, uint32_t version)
{
	bool saturates = version >= LB_LINUX(7, 2, 0);
	struct lb_number number = lb_number_at(*text);
	uint64_t value = saturates && number.overflowed ? UINT64_MAX : number.value;
	unsigned int shift;

	lb_slice_skip(text, number.length);
	if (saturates && !number.length) {
		return 0;
	}
	shift = lb_suffix_shift(lb_slice_first(*text));
	lb_slice_skip(text, shift != 0);
	if (saturates && value > UINT64_MAX >> shift) {
		return UINT64_MAX;
	}
	return value << shift;
}

bool lb_linux_take_size(struct lb_slice *text, uint64_t *ret)
{
	if (!lb_number_at(*text).length) {
		return false;
	}
	*ret = lb_linux_memparse(text, 0);
	return true;
}

bool lb_linux_size_overflows(struct lb_slice text)
{
	struct lb_number number = lb_number_at(text);

	lb_slice_skip(&text, number.length);
	return number.overflowed ||
		number.value > UINT64_MAX >> lb_suffix_shift(lb_slice_first(text));
}
