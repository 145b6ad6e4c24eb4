/* SPDX-License-Identifier: MIT */
/* out: sinks on Linux, and figures as people read them. */
#include "render/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void write_buffer(void *context, const char *bytes, size_t length)
{
	struct lb_buffer *buffer = context;

	if (buffer->failed) {
		return;
	}
	if (length >= buffer->capacity - buffer->length) {
		size_t capacity = buffer->capacity ? buffer->capacity : 1024;
		char *grown;

		while (capacity - buffer->length <= length) {
			capacity *= 2;
		}
		grown = realloc(buffer->bytes, capacity);
		if (!grown) {
			buffer->failed = true;
			return;
		}
		buffer->bytes = grown;
		buffer->capacity = capacity;
	}
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
}

struct lb_sink lb_buffer_sink(struct lb_buffer *buffer)
{
	return (struct lb_sink){write_buffer, buffer};
}

static void write_file(void *context, const char *bytes, size_t length)
{
	fwrite(bytes, 1, length, context);
}

struct lb_sink lb_file_sink(FILE *file)
{
	return (struct lb_sink){write_file, file};
}

void lb_print(struct lb_sink sink, const char *format, ...)
{
	char line[512];
	char *longer;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length < 0) {
		return;
	}
	if ((size_t)length < sizeof(line)) {
		lb_sink_write(sink, line, (size_t)length);
		return;
	}
	longer = malloc((size_t)length + 1);
	if (!longer) {
		lb_sink_write(sink, line, sizeof(line) - 1);
		return;
	}
	va_start(arguments, format);
	vsnprintf(longer, (size_t)length + 1, format, arguments);
	va_end(arguments);
	lb_sink_write(sink, longer, (size_t)length);
	free(longer);
}
