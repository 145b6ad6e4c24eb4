/* SPDX-License-Identifier: MIT */
/* glossary: words of the trade, in half a sentence each. */
#ifndef LIFEBOAT_RENDER_GLOSSARY_H
#define LIFEBOAT_RENDER_GLOSSARY_H

#include "render/paper.h"

/* Explains, under a heading of its own, the words that the text uses; nothing if it uses none. */
void lb_explain_words(const struct lb_paper *paper, const char *text);

#endif
