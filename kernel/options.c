/* SPDX-License-Identifier: MIT */
/* options: see options.h. */
#include "options.h"

#include "text.h"

static bool word_has_name(const char *word, size_t length, const char *name, size_t *ret_value)
{
	size_t at = 0;

	while (at < length && name[at] && word[at] == name[at]) {
		at++;
	}
	if (name[at] || (at < length && word[at] != '=')) {
		return false;
	}
	*ret_value = at < length ? at + 1 : at;
	return true;
}

static void copy_word(char buffer[OPTION_BYTES], const char *text, size_t length)
{
	size_t kept = length < OPTION_BYTES ? length : OPTION_BYTES - 1;

	memcpy(buffer, text, kept);
	buffer[kept] = '\0';
}

bool option_text(const char *cmdline, const char *name, char buffer[OPTION_BYTES])
{
	bool found = false;
	size_t value;

	buffer[0] = '\0';
	while (*cmdline) {
		size_t length = 0;

		while (cmdline[length] && cmdline[length] != ' ') {
			length++;
		}
		if (length == 2 && cmdline[0] == '-' && cmdline[1] == '-') {
			break; /* what follows is for the capture kernel (load.c) */
		}
		if (length && word_has_name(cmdline, length, name, &value)) {
			copy_word(buffer, cmdline + value, length - value);
			found = true;
		}
		cmdline += length + (cmdline[length] == ' ');
	}
	return found;
}

bool option_is(const char *cmdline, const char *name, const char *value)
{
	char buffer[OPTION_BYTES];

	return option_text(cmdline, name, buffer) && text_equal(buffer, value);
}

static uint64_t suffix_factor(char suffix)
{
	switch (suffix) {
	case 'K':
		return LB_KIB;
	case 'M':
		return LB_MIB;
	case 'G':
		return LB_GIB;
	default:
		return 1;
	}
}

uint64_t option_number(const char *cmdline, const char *name, uint64_t fallback)
{
	char buffer[OPTION_BYTES];
	uint64_t value;
	uint64_t factor;
	size_t length;

	if (!option_text(cmdline, name, buffer)) {
		return fallback;
	}
	length = text_length(buffer);
	factor = length ? suffix_factor(buffer[length - 1]) : 1;
	if (!text_number(buffer, length - (factor > 1), &value) ||
		!lb_mul(value, factor, &value)) {
		return fallback;
	}
	return value;
}
