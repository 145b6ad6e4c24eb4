/* SPDX-License-Identifier: MIT */
/* cmdline: see cmdline.h. */
#include "lab/guest/cmdline.h"

#include "lab/guest/file.h"

static char cmdline[4096];

void cmdline_read(void)
{
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
}

static const char *find_word(const char *name)
{
	const char *at = cmdline;

	while (*at) {
		const char *word = name;

		while (*word && *at == *word) {
			at++;
			word++;
		}
		if (!*word && (!*at || *at == ' ' || *at == '\n' || *at == '=')) {
			return at;
		}
		while (*at && *at != ' ') {
			at++;
		}
		at += *at == ' ';
	}
	return NULL;
}

bool cmdline_has(const char *name)
{
	return find_word(name) != NULL;
}

bool cmdline_value(const char *name, char *buffer, size_t bytes)
{
	const char *at = find_word(name);
	size_t used = 0;

	if (!at || *at != '=') {
		return false;
	}
	for (at++; *at && *at != ' ' && *at != '\n' && used < bytes - 1; at++) {
		buffer[used++] = *at;
	}
	buffer[used] = '\0';
	return true;
}

uint64_t cmdline_number(const char *name, uint64_t fallback)
{
	char text[32];
	uint64_t value = 0;

	if (!cmdline_value(name, text, sizeof(text)) || text[0] != '0' || text[1] != 'x') {
		return fallback;
	}
	for (const char *at = text + 2; (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f');
		at++) {
		value = value << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	}
	return value;
}
