/* SPDX-License-Identifier: MIT */
/* run_program: the first process becomes another program, to look at the machine from inside. */
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"

#define WORDS_MAX 16

void run_program(void)
{
	static char path[] = "/program";
	static char text[256];
	char *words[WORDS_MAX + 2] = {path};
	size_t count = 1;

	if (!cmdline_value("lifeboat.run", text, sizeof(text))) {
		return;
	}
	words[count++] = text;
	for (char *at = text; *at && count <= WORDS_MAX; at++) {
		if (*at == ',') {
			*at = '\0';
			words[count++] = at + 1;
		}
	}
	say(LB_LINE_ERROR "run: /program: %ld", syscall_exec(words));
}
