/* SPDX-License-Identifier: MIT */
/* fuzz_swiotlb: any command line, as each version of Linux reads its swiotlb=, and any value as the
 * form with an address: what is passed over and where an error is lie in the text. */
#include <stdlib.h>
#include <string.h>

#include "lifeboat/bounce_option.h"
#include "lifeboat/bounce_pool.h"
#include "policy/linux/swiotlb.h"
#include "policy/linux/version.h"

#define LINE_MAX_BYTES 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_line(const char *line, uint32_t version)
{
	struct lb_swiotlb_words words = lb_swiotlb_of(line, version);
	uint64_t slots = lb_swiotlb_slots(&words, version, LB_SWIOTLB_DEFAULT_SLOTS, 4);

	require(words.slots % 128 == 0 && slots % 128 == 0);
	require(!words.areas || lb_is_power_of_two(words.areas));
	require(version >= LB_LINUX(6, 0, 0) || !words.areas);
	require(!words.passed_over.length || (words.passed_over.at > line &&
		words.passed_over.at + words.passed_over.length <= line + strlen(line)));
}

static void check_option(struct lb_slice value)
{
	struct lb_bounce_option option = {{1, 0}, false};
	struct lb_bounce_option_error error = {SIZE_MAX, NULL};

	if (lb_bounce_option_parse(value, &option, &error)) {
		require(error.offset <= value.length && error.expected && option.pool.start == 1);
	} else {
		require(!lb_range_empty(option.pool));
		require((option.pool.start | lb_range_size(option.pool)) % LB_BOUNCE_SLOT_BYTES ==
			0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t versions[] = {
		LB_LINUX(5, 10, 0), LB_LINUX(6, 1, 0), LB_LINUX(7, 3, 0)};
	static char line[LINE_MAX_BYTES + 1];
	const char *value;

	if (size > LINE_MAX_BYTES) {
		return 0;
	}
	memcpy(line, data, size);
	line[size] = '\0';
	for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
		check_line(line, versions[i]);
	}
	value = strchr(line, '=');
	check_option(lb_slice_of(value ? value + 1 : line));
	return 0;
}
