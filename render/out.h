/* SPDX-License-Identifier: MIT */
/* out: sinks on Linux (a file, a growing buffer), printf into a sink; plan/words.h beside it. */
#ifndef LIFEBOAT_RENDER_OUT_H
#define LIFEBOAT_RENDER_OUT_H

#include <stdio.h>

#include "lifeboat/sink.h"
#include "plan/words.h"

/* Text that grows in memory. Start with zeros; free bytes with free(). */
struct lb_buffer {
	char *bytes;     /* NUL-terminated once something was written */
	size_t length;
	size_t capacity;
	bool failed;     /* memory ran out: the text is cut short */
};

struct lb_sink lb_buffer_sink(struct lb_buffer *buffer);

/* Write errors stay in the FILE; ask ferror when done. */
struct lb_sink lb_file_sink(FILE *file);

void lb_print(struct lb_sink sink, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
