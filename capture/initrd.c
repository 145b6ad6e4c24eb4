/* SPDX-License-Identifier: MIT */
/* initrd: one archive after the other, as unpack_to_rootfs does it (init/initramfs.c, 6.12). */
#include "capture/initrd.h"
#include "capture/unpack_memory.h"

#include <string.h>
#include <sys/stat.h>

struct reading {
	struct lb_initrd initrd;
	struct lb_cpio cpio;
	uint32_t page_size;
	lb_cpio_visit *visit;
	void *context;
	struct lb_capture_error *error;
};

static bool begins(const char *text, const char *prefix)
{
	return !memcmp(text, prefix, lb_min(strlen(text) + 1, strlen(prefix)));
}

static bool ends(const char *text, const char *suffix)
{
	size_t length = strlen(text), wanted = strlen(suffix);

	return length >= wanted && !memcmp(text + length - wanted, suffix, wanted);
}

static bool is_packed_module(const char *path)
{
	return ends(path, ".ko.xz") || ends(path, ".ko.zst") || ends(path, ".ko.gz");
}

static void count_file(struct lb_initrd *initrd, const struct lb_cpio_entry *entry)
{
	const char *path = entry->path;
	bool packed = is_packed_module(path);

	if (packed || ends(path, ".ko")) {
		initrd->modules++;
		initrd->module_data += entry->bytes;
		initrd->module_packed += packed ? entry->bytes : 0;
	}
	if (begins(path, "lib/firmware/") || begins(path, "usr/lib/firmware/")) {
		initrd->firmware_data += entry->bytes;
	}
	initrd->makedumpfile |= ends(path, "bin/makedumpfile");
	initrd->systemd |= ends(path, "lib/systemd/systemd");
	/* dracut's, and what cryptsetup's hook of initramfs-tools makes of it */
	initrd->crypttab |= entry->bytes && (!strcmp(path, "etc/crypttab") ||
		!strcmp(path, "cryptroot/crypttab"));
}

static void count_entry(void *context, const struct lb_cpio_entry *entry)
{
	struct reading *reading = context;
	struct lb_initrd *initrd = &reading->initrd;

	if (S_ISREG(entry->mode)) {
		uint64_t page = reading->page_size;

		/* Of at most 32 bits, and as many entries as are allowed: no overflow. */
		initrd->data += entry->bytes;
		initrd->data_in_pages += (entry->bytes + page - 1) / page * page;
		count_file(initrd, entry);
	}
	if (reading->visit) {
		reading->visit(reading->context, entry);
	}
}

static enum lb_status feed(
	struct reading *reading, const uint8_t *bytes, size_t size, size_t *ret_taken)
{
	enum lb_status status =
		lb_cpio_feed(&reading->cpio, bytes, size, ret_taken, reading->error);

	if (status) {
		return status;
	}
	reading->initrd.unpacked += *ret_taken;
	if (reading->initrd.unpacked > LB_INITRD_UNPACKED_MAX) {
		return lb_capture_fail(reading->error, LB_INVALID, "unpacks to more than %llu MiB",
			(unsigned long long)(LB_INITRD_UNPACKED_MAX / LB_MIB));
	}
	if (reading->cpio.entries > LB_INITRD_ENTRIES_MAX) {
		return lb_capture_fail(
			reading->error, LB_INVALID, "more than %u entries", LB_INITRD_ENTRIES_MAX);
	}
	return LB_OK;
}

static enum lb_status take_unpacked(void *context, const uint8_t *bytes, size_t size)
{
	struct reading *reading = context;
	size_t taken;
	enum lb_status status = feed(reading, bytes, size, &taken);

	if (status == LB_OK && taken < size) {
		return lb_capture_fail(reading->error, LB_INVALID,
			"what is packed is no cpio archive, or is followed by something else");
	}
	return status;
}

/* What is no archive; images of file systems are what some take for an initrd. */
static const char *what_else(const uint8_t *bytes, size_t size)
{
	static const uint8_t squashfs[] = {'h', 's', 'q', 's'};
	static const uint8_t erofs[] = {0xe2, 0xe1, 0xf5, 0xe0};

	if (size > sizeof(squashfs) && !memcmp(bytes, squashfs, sizeof(squashfs))) {
		return "a squashfs file system: the kernel unpacks cpio archives only";
	}
	if (size > sizeof(erofs) && !memcmp(bytes, erofs, sizeof(erofs))) {
		return "an erofs file system: the kernel unpacks cpio archives only";
	}
	return "neither a cpio archive (newc) nor a compressed one";
}

/* One archive, or several of the same kind; *ret_taken: bytes of the file, > 0. */
static enum lb_status read_part(
	struct reading *reading, const uint8_t *bytes, size_t size, size_t *ret_taken)
{
	enum lb_compression compression = lb_compression_of(bytes, size);
	enum lb_status status;

	if (*bytes == '0' || !*bytes) {
		status = feed(reading, bytes, size, ret_taken);
		reading->initrd.plain += status ? 0 : *ret_taken;
		return status;
	}
	if (compression == LB_COMPRESSION_UNKNOWN || compression == LB_COMPRESSION_NONE) {
		return lb_capture_fail(reading->error, LB_INVALID, "%s", what_else(bytes, size));
	}
	reading->cpio.at = 0;
	reading->initrd.unpacking =
		lb_max(reading->initrd.unpacking, lb_unpack_memory(bytes, size));
	return lb_unpack(bytes, size, take_unpacked, reading, ret_taken, reading->error);
}

/* The same error, with the place in the file where its archive begins. */
static enum lb_status at_offset(struct reading *reading, enum lb_status status, size_t offset)
{
	struct lb_capture_error inner = *reading->error;

	return lb_capture_fail(reading->error, status, "archive at offset %zu: %.200s", offset,
		inner.text);
}

enum lb_status lb_initrd_read(const uint8_t *file, size_t size, uint32_t page_size,
	lb_cpio_visit *visit, void *context, struct lb_initrd *ret,
	struct lb_capture_error *error)
{
	struct reading reading = {.page_size = page_size,
		.visit = visit,
		.context = context,
		.error = error,
		.initrd = {.packed = size}};
	size_t offset = 0;

	LB_ASSERT(page_size);
	lb_cpio_begin(&reading.cpio, count_entry, &reading);
	while (offset < size) {
		size_t taken = 0;
		enum lb_status status;

		reading.cpio.at = offset;
		status = read_part(&reading, file + offset, size - offset, &taken);
		if (status == LB_OK && !lb_cpio_is_between(&reading.cpio)) {
			status = lb_capture_fail(error, LB_TRUNCATED, "it ends within an entry");
		}
		if (status == LB_OK && !taken) {
			status = lb_capture_fail(error, LB_INVALID, "nothing is packed in it");
		}
		if (status) {
			return at_offset(&reading, status, offset);
		}
		offset += taken;
	}
	if (!reading.cpio.entries) {
		return lb_capture_fail(error, LB_INVALID, "it holds no archive");
	}
	reading.initrd.archives = reading.cpio.archives;
	reading.initrd.entries = reading.cpio.entries;
	*ret = reading.initrd;
	return LB_OK;
}
