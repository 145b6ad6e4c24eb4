/* SPDX-License-Identifier: MIT */
/* unpack: libarchive's filters by themselves, without a format. */
#include "capture/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum lb_status lb_capture_fail(
	struct lb_capture_error *error, enum lb_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return status;
}

/* No filter here may run another program, as libarchive offers for what it was built without. */
static int support(struct archive *archive, enum lb_compression compression)
{
	switch (compression) {
	case LB_COMPRESSION_GZIP:
		return archive_read_support_filter_gzip(archive);
	case LB_COMPRESSION_BZIP2:
		return archive_read_support_filter_bzip2(archive);
	case LB_COMPRESSION_LZMA:
		return archive_read_support_filter_lzma(archive);
	case LB_COMPRESSION_XZ:
		return archive_read_support_filter_xz(archive);
	case LB_COMPRESSION_LZ4:
		return archive_read_support_filter_lz4(archive);
	case LB_COMPRESSION_ZSTD:
		return archive_read_support_filter_zstd(archive);
	case LB_COMPRESSION_LZO:
	case LB_COMPRESSION_NONE:
	case LB_COMPRESSION_UNKNOWN:
		break;
	}
	return ARCHIVE_FATAL;
}

static enum lb_status failed(struct archive *archive, struct lb_capture_error *error)
{
	const char *text = archive_error_string(archive);
	bool cut = text && strstr(text, "runcated");

	return lb_capture_fail(error, cut ? LB_TRUNCATED : LB_INVALID, "%.200s",
		text ? text : "damaged");
}

static enum lb_status pass_on(struct archive *archive, lb_unpack_take *take, void *context,
	struct lb_capture_error *error)
{
	for (;;) {
		enum lb_status status;
		const void *block;
		size_t length;
		la_int64_t offset;
		int result = archive_read_data_block(archive, &block, &length, &offset);

		if (result == ARCHIVE_EOF) {
			return LB_OK;
		}
		if (result != ARCHIVE_OK) {
			return failed(archive, error);
		}
		status = take(context, block, length);
		if (status) {
			return status;
		}
	}
}

static enum lb_status unpack_with(struct archive *archive, const uint8_t *data, size_t size,
	lb_unpack_take *take, void *context, size_t *ret_used, struct lb_capture_error *error)
{
	struct archive_entry *entry;
	enum lb_status status;
	int result;

	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	if (archive_read_open_memory(archive, data, size) != ARCHIVE_OK) {
		return failed(archive, error);
	}
	result = archive_read_next_header(archive, &entry);
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF) {
		return failed(archive, error);
	}
	if (archive_filter_count(archive) < 2) {
		return lb_capture_fail(error, LB_INVALID, "no compressed data");
	}
	status = result == ARCHIVE_EOF ? LB_OK : pass_on(archive, take, context, error);
	if (status == LB_OK) {
		*ret_used = (size_t)lb_min((uint64_t)archive_filter_bytes(archive, -1), size);
	}
	return status;
}

enum lb_status lb_unpack(const uint8_t *data, size_t size, lb_unpack_take *take, void *context,
	size_t *ret_used, struct lb_capture_error *error)
{
	enum lb_compression compression = lb_compression_of(data, size);
	struct archive *archive = archive_read_new();
	enum lb_status status;

	if (!archive) {
		return lb_capture_fail(error, LB_NO_STORAGE, "out of memory");
	}
	/* ARCHIVE_WARN: it would run a program. */
	if (support(archive, compression) != ARCHIVE_OK) {
		status = lb_capture_fail(error, LB_UNSUPPORTED, "packed with %s, which is not read",
			lb_compression_name(compression));
	} else {
		status = unpack_with(archive, data, size, take, context, ret_used, error);
	}
	archive_read_free(archive);
	return status;
}
