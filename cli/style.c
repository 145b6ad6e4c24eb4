/* SPDX-License-Identifier: MIT */
/* style: the terminal's own, and what was asked for. */
#include "cli/style.h"

#include <stdio.h>

#include "render/term.h"

struct lb_text_style lb_style_of_output(bool quiet, bool explain)
{
	struct lb_terminal terminal = lb_terminal_of(stdout);

	return (struct lb_text_style){
		.colour = terminal.colour,
		.utf8 = terminal.utf8,
		.width = terminal.width,
		.quiet = quiet,
		.journal = explain,
	};
}
