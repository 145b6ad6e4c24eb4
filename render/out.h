/* SPDX-License-Identifier: MIT */
/* out: sinks on Linux (a file, a growing buffer), printf into a sink, and sizes for people. */
#ifndef LIFEBOAT_RENDER_OUT_H
#define LIFEBOAT_RENDER_OUT_H

#include <stdio.h>

#include "lifeboat/sink.h"

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

/* "256 MiB", "4.99 GiB", "17 bytes". Cut off, never rounded up: a hole must not look larger than
 * it is. */
struct lb_size_text {
	char text[48];
};
struct lb_size_text lb_size_text(uint64_t bytes);

/* Inclusive, as /proc/iomem writes it: "0xaf000000-0xbeffffff"; "nothing" for an empty range. */
struct lb_range_text {
	char text[48];
};
struct lb_range_text lb_range_text(struct lb_range range);

/* The share of boots: "3 of 100 boots", "every boot", "fewer than 1 of 1000000 boots". */
struct lb_share_text {
	char text[48];
};
struct lb_share_text lb_share_text(double probability);

#endif
