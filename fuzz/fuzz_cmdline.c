/* SPDX-License-Identifier: MIT */
/*
 * fuzz_cmdline: any line, cut into words and options in both modes, its values into items and
 * sizes. Whatever it is: every piece lies inside the line and in order, nothing between words is
 * left out, and each way of Linux to look for an option finds only what stands there.
 */
#include <stdlib.h>
#include <string.h>

#include "lifeboat/arch.h"
#include "policy/linux/cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static bool lies_in(struct lb_slice inner, struct lb_slice outer)
{
	return inner.at >= outer.at && inner.at + inner.length <= outer.at + outer.length;
}

static void check_size(struct lb_slice text)
{
	static const uint32_t versions[] = {0, LB_LINUX(7, 2, 0)};
	uint64_t whole;

	for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
		struct lb_slice rest = text;
		uint64_t value = lb_linux_memparse(&rest, versions[i]);

		require(lies_in(rest, text) && rest.at + rest.length == text.at + text.length);
		require(rest.length < text.length || !value);
		if (lb_size_parse(text, &whole)) {
			require(whole == value && !rest.length && !lb_linux_size_overflows(text));
		}
	}
}

static void check_value(struct lb_slice value)
{
	struct lb_slice list = value, item;
	size_t bytes = 0;

	while (lb_slice_next_item(&list, ',', &item)) {
		require(lies_in(item, value) && !memchr(item.at, ',', item.length));
		check_size(item);
		bytes += item.length + 1;
	}
	require(bytes == value.length + 1);
}

static void check_option(enum lb_cmdline_mode mode, struct lb_slice word)
{
	struct lb_cmdline_option option = lb_cmdline_split(mode, word);

	require(lies_in(option.name, word));
	require(option.name.length < 2 ||
		!memchr(option.name.at + 1, '=', option.name.length - 1));
	if (option.value.at) {
		require(lies_in(option.value, word) &&
			option.value.at > option.name.at + option.name.length);
		check_value(option.value);
	}
}

static void check_words(enum lb_cmdline_mode mode, struct lb_slice line)
{
	struct lb_cmdline walk = {line, mode};
	const char *at = line.at;
	struct lb_slice word;

	while (lb_cmdline_next_word(&walk, &word)) {
		require(word.length && lies_in(word, line) && word.at >= at);
		for (; at < word.at; at++) {
			require(lb_cmdline_is_blank(mode, *at));
		}
		at = word.at + word.length;
		check_option(mode, word);
	}
	for (; at < line.at + line.length; at++) {
		require(lb_cmdline_is_blank(mode, *at));
	}
}

static void check_ways(const char *line)
{
	uint64_t size;

	if (lb_linux_find_size(line, "mem", &size)) {
		require(lb_linux_has_option(line, "mem") && strstr(line, "mem"));
	}
	if (lb_linux_has_word(line, "nokaslr") || lb_linux_first_begins_word(line, "nokaslr")) {
		require(strstr(line, "nokaslr"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);

	require(line);
	/* The slice without a NUL behind it, so that a byte read too far is seen. */
	check_words(LB_CMDLINE_PLAIN, (struct lb_slice){(const char *)data, size});
	check_words(LB_CMDLINE_QUOTED, (struct lb_slice){(const char *)data, size});
	memcpy(line, data, size);
	line[size] = '\0';
	check_ways(line);
	free(line);
	return 0;
}
