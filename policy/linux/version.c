/* SPDX-License-Identifier: MIT */
/* linux_version: releases and banners. */
#include "policy/linux/version.h"

#include "lifeboat/slice.h"

#define PATCH_MAX 65535

/* A decimal number, capped at PATCH_MAX + 1. False, nothing read, if there is no digit. */
static bool take_number(const char **cursor, uint32_t *ret)
{
	uint32_t value = 0;

	if (**cursor < '0' || **cursor > '9') {
		return false;
	}
	while (**cursor >= '0' && **cursor <= '9') {
		value = value * 10 + (uint32_t)(**cursor - '0');
		value = value > PATCH_MAX ? PATCH_MAX + 1 : value;
		(*cursor)++;
	}
	*ret = value;
	return true;
}

bool lb_linux_version_parse(const char *release, uint32_t *ret)
{
	uint32_t major, minor, patch = 0;

	if (!take_number(&release, &major) || major > 255 || *release != '.') {
		return false;
	}
	release++;
	if (!take_number(&release, &minor) || minor > 255) {
		return false;
	}
	if (*release == '.') {
		release++;
		if (!take_number(&release, &patch)) {
			patch = 0;
		}
	}
	*ret = LB_LINUX(major, minor, patch > PATCH_MAX ? PATCH_MAX : patch);
	return true;
}

/* What follows the first occurrence of word; NULL if there is none. */
static const char *after(const char *text, const char *word)
{
	size_t at;

	return lb_slice_find(lb_slice_of(text), word, &at) ? text + at + lb_slice_of(word).length
							   : NULL;
}

/* The last word before ')': "(Ubuntu 5.15.0-91.101-generic 5.15.131)". */
static const char *last_word(const char *text)
{
	const char *word = text;

	for (; *text && *text != ')'; text++) {
		if (*text == ' ') {
			word = text + 1;
		}
	}
	return word;
}

/*
 * The version behind a distribution's name, if it is of the same series: the compiler's version
 * stands in the banner in the same clothes, and another kernel's must not change the series.
 */
static uint32_t stable_version(const char *banner, const char *name, bool at_end, uint32_t version)
{
	while ((banner = after(banner, name))) {
		uint32_t named;

		if (lb_linux_version_parse(at_end ? last_word(banner) : banner, &named) &&
			named >> 16 == version >> 16 && named > version) {
			return named;
		}
	}
	return version;
}

bool lb_linux_version_of(const char *release, const char *banner, uint32_t *ret)
{
	const char *named = after(banner, "Linux version ");
	uint32_t version;

	if (!lb_linux_version_parse(release, &version) &&
		!(named && lb_linux_version_parse(named, &version))) {
		return false;
	}
	version = stable_version(banner, " Debian ", false, version);
	*ret = stable_version(banner, "(Ubuntu ", true, version);
	return true;
}
