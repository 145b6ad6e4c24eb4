/* SPDX-License-Identifier: MIT */
/* style: how text for people looks on standard output. */
#ifndef LIFEBOAT_CLI_STYLE_H
#define LIFEBOAT_CLI_STYLE_H

#include "render/render.h"

/* As the terminal behind standard output has it. quiet, explain: the options of that name. */
struct lb_text_style lb_style_of_output(bool quiet, bool explain);

#endif
