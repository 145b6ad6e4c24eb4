/* SPDX-License-Identifier: MIT */
/* pack: tar through libarchive, folder by hand. */
#include "machine/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct pack {
	struct lb_machine_error *error;
	char *output;
	char *temporary;
	struct archive *archive; /* NULL: a folder */
	int fd;                  /* of the archive */
	time_t now;
};

static bool fail(struct pack *pack, const char *path, const char *reason)
{
	snprintf(pack->error->text, sizeof(pack->error->text), "%.300s: %.200s", path, reason);
	return false;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && !strcmp(text + length - tail, end);
}

/* Sets the filter that the name asks for. False: the name asks for no tar. */
static bool filter_by_name(struct archive *archive, const char *name)
{
	if (ends_with(name, ".tar")) {
		return archive_write_add_filter_none(archive) == ARCHIVE_OK;
	}
	if (ends_with(name, ".tar.gz") || ends_with(name, ".tgz")) {
		return archive_write_add_filter_gzip(archive) == ARCHIVE_OK;
	}
	if (ends_with(name, ".tar.xz")) {
		return archive_write_add_filter_xz(archive) == ARCHIVE_OK;
	}
	if (ends_with(name, ".tar.zst")) {
		return archive_write_add_filter_zstd(archive) == ARCHIVE_OK;
	}
	return false;
}

static void free_pack(struct pack *pack)
{
	if (pack->archive) {
		archive_write_free(pack->archive);
	}
	if (pack->fd >= 0) {
		close(pack->fd);
	}
	free(pack->output);
	free(pack->temporary);
	free(pack);
}

static bool open_archive(struct pack *pack)
{
	pack->fd = mkstemp(pack->temporary);
	if (pack->fd < 0) {
		return fail(pack, pack->output, strerror(errno));
	}
	archive_write_set_format_pax_restricted(pack->archive);
	if (archive_write_open_fd(pack->archive, pack->fd) != ARCHIVE_OK) {
		fail(pack, pack->output, archive_error_string(pack->archive));
		unlink(pack->temporary);
		return false;
	}
	return true;
}

struct pack *pack_open(const char *output, struct lb_machine_error *error)
{
	struct pack *pack = calloc(1, sizeof(*pack));
	size_t length = strlen(output);
	bool opened;

	while (length > 1 && output[length - 1] == '/') {
		length--;
	}
	if (!pack) {
		snprintf(error->text, sizeof(error->text), "out of memory");
		return NULL;
	}
	pack->error = error;
	pack->fd = -1;
	pack->now = time(NULL);
	pack->output = strndup(output, length);
	pack->archive = archive_write_new();
	if (!pack->output || !pack->archive ||
		asprintf(&pack->temporary, "%s.XXXXXX", pack->output) < 0) {
		pack->temporary = NULL;
		fail(pack, output, "out of memory");
		free_pack(pack);
		return NULL;
	}
	if (filter_by_name(pack->archive, pack->output)) {
		opened = open_archive(pack);
	} else {
		archive_write_free(pack->archive);
		pack->archive = NULL;
		opened = mkdtemp(pack->temporary) || fail(pack, pack->output, strerror(errno));
	}
	if (!opened) {
		free_pack(pack);
		return NULL;
	}
	return pack;
}

static bool add_to_archive(struct pack *pack, const char *path, const void *data, size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	bool done;

	if (!entry) {
		return fail(pack, path, "out of memory");
	}
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_mtime(entry, pack->now, 0);
	done = archive_write_header(pack->archive, entry) == ARCHIVE_OK &&
		archive_write_data(pack->archive, data, size) == (la_ssize_t)size;
	archive_entry_free(entry);
	return done || fail(pack, pack->output, archive_error_string(pack->archive));
}

/* Makes the folders that a path goes through. */
static bool make_folders(const char *path, size_t base)
{
	char folder[4096];

	for (size_t i = base + 1; path[i]; i++) {
		if (path[i] != '/') {
			continue;
		}
		if (i >= sizeof(folder)) {
			errno = ENAMETOOLONG;
			return false;
		}
		memcpy(folder, path, i);
		folder[i] = 0;
		if (mkdir(folder, 0700) && errno != EEXIST) {
			return false;
		}
	}
	return true;
}

static bool write_whole(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done < 0) {
			return false;
		}
		data += done;
		size -= (size_t)done;
	}
	return true;
}

static bool add_to_folder(struct pack *pack, const char *path, const void *data, size_t size)
{
	char whole[4096];
	bool done = false;
	int fd = -1;

	if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", pack->temporary, path) >=
		sizeof(whole)) {
		return fail(pack, path, strerror(ENAMETOOLONG));
	}
	if (make_folders(whole, strlen(pack->temporary))) {
		fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (fd >= 0) {
		done = write_whole(fd, data, size) && !fsync(fd);
		done = !close(fd) && done;
	}
	return done || fail(pack, path, strerror(errno));
}

bool pack_add(struct pack *pack, const char *path, const void *data, size_t size)
{
	return pack->archive ? add_to_archive(pack, path, data, size)
			     : add_to_folder(pack, path, data, size);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void remove_temporary(struct pack *pack)
{
	if (pack->fd >= 0) {
		unlink(pack->temporary);
	} else {
		nftw(pack->temporary, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
}

const char *pack_close(struct pack *pack)
{
	if (pack->archive && archive_write_close(pack->archive) != ARCHIVE_OK) {
		fail(pack, pack->output, archive_error_string(pack->archive));
		return NULL;
	}
	return pack->temporary;
}

static int sync_folder(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	int fd = kind == FTW_DP ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int result = fd < 0 ? 0 : fsync(fd);

	(void)status;
	(void)walk;
	if (fd >= 0) {
		close(fd);
	}
	return result;
}

/* Contents and names reach the disk before the name that was asked for does; what a folder holds
 * was synced file by file. */
static bool sync_temporary(struct pack *pack)
{
	return pack->fd >= 0 ? !fsync(pack->fd)
			     : !nftw(pack->temporary, sync_folder, 16, FTW_DEPTH | FTW_PHYS);
}

bool pack_commit(struct pack *pack)
{
	bool done = sync_temporary(pack) && !rename(pack->temporary, pack->output);

	if (!done) {
		fail(pack, pack->output, strerror(errno));
		remove_temporary(pack);
	}
	free_pack(pack);
	return done;
}

void pack_abandon(struct pack *pack)
{
	remove_temporary(pack);
	free_pack(pack);
}
