/* SPDX-License-Identifier: MIT */
/*
 * sink: where text goes. A writer of text (JSON, SVG, plain) is given a sink and knows nothing
 * of files, terminals or serial ports; whoever owns those supplies the one function.
 */
#ifndef LIFEBOAT_SINK_H
#define LIFEBOAT_SINK_H

#include "lifeboat/base.h"

struct lb_sink {
	/* Takes length bytes of text (not NUL-terminated). Errors are the owner's to remember. */
	void (*write)(void *context, const char *text, size_t length);
	void *context;
};

static inline void lb_sink_write(struct lb_sink sink, const char *text, size_t length)
{
	sink.write(sink.context, text, length);
}

static inline void lb_sink_text(struct lb_sink sink, const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	lb_sink_write(sink, text, length);
}

#endif
