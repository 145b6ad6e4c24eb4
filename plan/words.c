/* SPDX-License-Identifier: MIT */
/* words: rounded so that nothing looks larger than it is, no share like none or like all. */
#include "plan/words.h"

#include <inttypes.h>
#include <stdio.h>

struct lb_size_text lb_size_text(uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct lb_size_text size;
	unsigned int unit = 0;
	unsigned int hundredths;
	uint64_t scale = 1;

	while (unit + 1 < LB_ARRAY_COUNT(units) && bytes >> 10 >= scale) {
		scale <<= 10;
		unit++;
	}
	/* 256 MiB and 1536 MiB are said as such: whole figures are what people write in options. */
	if (unit > 1 && bytes % scale && bytes % (scale >> 10) == 0 &&
		bytes / (scale >> 10) < 10000) {
		scale >>= 10;
		unit--;
	}
	if (bytes % scale == 0) {
		snprintf(size.text, sizeof(size.text), "%" PRIu64 " %s", bytes / scale,
			units[unit]);
		return size;
	}
	hundredths = (unsigned int)(bytes % scale / (scale >> 10) * 100 >> 10);
	if (unit < 3) {
		snprintf(size.text, sizeof(size.text), "%" PRIu64 ".%u %s", bytes / scale,
			hundredths / 10, units[unit]);
	} else {
		snprintf(size.text, sizeof(size.text), "%" PRIu64 ".%02u %s", bytes / scale,
			hundredths, units[unit]);
	}
	return size;
}

struct lb_range_text lb_range_text(struct lb_range range)
{
	struct lb_range_text text;

	if (lb_range_empty(range)) {
		snprintf(text.text, sizeof(text.text), "nothing");
		return text;
	}
	snprintf(text.text, sizeof(text.text), "0x%" PRIx64 "-0x%" PRIx64, range.start,
		range.end - 1);
	return text;
}

struct lb_share_text lb_share_text(double probability)
{
	struct lb_share_text share;
	double of = 100;

	if (probability < 0) {
		snprintf(share.text, sizeof(share.text), "an unknown share of boots");
		return share;
	}
	if (probability >= 1) {
		snprintf(share.text, sizeof(share.text), "every boot");
		return share;
	}
	while (of < 1e6 && (probability * of < 1 || (1 - probability) * of < 1)) {
		of *= 10;
	}
	if (probability * of < 1) {
		snprintf(share.text, sizeof(share.text), "fewer than 1 of %.0f boots", of);
	} else if ((1 - probability) * of < 1) {
		snprintf(share.text, sizeof(share.text), "all but 1 of %.0f boots", of);
	} else {
		snprintf(share.text, sizeof(share.text), "%.0f of %.0f boots", probability * of,
			of);
	}
	return share;
}
