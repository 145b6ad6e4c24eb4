/* SPDX-License-Identifier: MIT */
/*
 * sink: where text goes. A writer of text (JSON, SVG, plain) is given a sink and knows nothing
 * of files, terminals or serial ports; whoever owns those supplies the one function.
 *
 *	struct lb_sink sink = {.write = write_to_file, .context = file};
 *
 *	lb_sink_text(sink, "memory\n");
 *
 * One that counts, to know how much room a text needs before it is written:
 *
 *	static void count(void *context, const char *text, size_t length)
 *	{
 *		(void)text;
 *		*(size_t *)context += length;
 *	}
 *
 *	size_t bytes = 0;
 *
 *	write_everything((struct lb_sink){.write = count, .context = &bytes});
 *
 * A sink is two words and passed by value; what context points to must outlive every copy.
 */
#ifndef LIFEBOAT_SINK_H
#define LIFEBOAT_SINK_H

#include "lifeboat/base.h"

/* write must not be NULL: who wants no text gives a function that does nothing. */
struct lb_sink {
	/*
	 * Takes length bytes of text (not NUL-terminated), which are gone after the call. It may be
	 * called with length 0, and in pieces of any size: nothing is a line. It cannot fail:
	 * errors are the owner's to remember and to report when all is written.
	 */
	void (*write)(void *context, const char *text, size_t length);
	void *context;
};

/* Hands over length bytes; text may be anything if length is 0. */
static inline void lb_sink_write(struct lb_sink sink, const char *text, size_t length)
{
	sink.write(sink.context, text, length);
}

/* Hands over a terminated text in one piece, without the terminator. */
static inline void lb_sink_text(struct lb_sink sink, const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	lb_sink_write(sink, text, length);
}

#endif
