/* SPDX-License-Identifier: MIT */
/* slice: see lifeboat/slice.h. */
#include "lifeboat/slice.h"

struct lb_slice lb_slice_of(const char *text)
{
	return lb_slice_of_at_most(text, SIZE_MAX);
}

struct lb_slice lb_slice_of_at_most(const char *text, size_t max)
{
	struct lb_slice slice = {text, 0};

	while (text && slice.length < max && text[slice.length]) {
		slice.length++;
	}
	return slice;
}

bool lb_slice_begins(struct lb_slice slice, const char *prefix)
{
	for (size_t i = 0; prefix[i]; i++) {
		if (i == slice.length || slice.at[i] != prefix[i]) {
			return false;
		}
	}
	return true;
}

bool lb_slice_is(struct lb_slice slice, const char *other)
{
	return lb_slice_begins(slice, other) && lb_slice_of(other).length == slice.length;
}

bool lb_slice_ends(struct lb_slice slice, const char *suffix)
{
	size_t length = lb_slice_of(suffix).length;

	if (length > slice.length) {
		return false;
	}
	lb_slice_skip(&slice, slice.length - length);
	return lb_slice_begins(slice, suffix);
}

bool lb_slice_find(struct lb_slice slice, const char *text, size_t *ret)
{
	struct lb_slice rest = slice;

	while (!lb_slice_begins(rest, text)) {
		if (!rest.length) {
			return false;
		}
		lb_slice_skip(&rest, 1);
	}
	*ret = slice.length - rest.length;
	return true;
}

char lb_slice_first(struct lb_slice slice)
{
	return slice.length ? slice.at[0] : '\0';
}

void lb_slice_skip(struct lb_slice *slice, size_t count)
{
	LB_ASSERT(count <= slice->length);
	if (count) {
		slice->at += count;
		slice->length -= count;
	}
}

bool lb_slice_take(struct lb_slice *slice, char c)
{
	if (!slice->length || slice->at[0] != c) {
		return false;
	}
	lb_slice_skip(slice, 1);
	return true;
}

bool lb_slice_next_item(struct lb_slice *list, char separator, struct lb_slice *ret)
{
	struct lb_slice item = {list->at, 0};

	if (!list->at) {
		return false;
	}
	while (item.length < list->length && list->at[item.length] != separator) {
		item.length++;
	}
	if (item.length < list->length) {
		lb_slice_skip(list, item.length + 1);
	} else {
		*list = (struct lb_slice){0};
	}
	*ret = item;
	return true;
}
