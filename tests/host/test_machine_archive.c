/* SPDX-License-Identifier: MIT */
/* machine: roots that are files: every packing, reports with a folder on top, names that lead
 * out, cuts, bombs, links; and roots that are none. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness/test.h"
#include "machine_root.h"

static const char iomem[] = "00001000-0009fbff : System RAM\n00100000-3fffffff : System RAM\n";

struct tar {
	struct archive *archive;
	char path[64];
};

static void tar_start(struct tar *tar, int (*filter)(struct archive *))
{
	int fd;

	snprintf(tar->path, sizeof(tar->path), "/tmp/lifeboat-test.XXXXXX");
	fd = mkstemp(tar->path);
	LB_ASSERT(fd >= 0);
	close(fd);
	tar->archive = archive_write_new();
	LB_ASSERT(filter(tar->archive) == ARCHIVE_OK);
	LB_ASSERT(archive_write_set_format_pax_restricted(tar->archive) == ARCHIVE_OK);
	LB_ASSERT(archive_write_open_filename(tar->archive, tar->path) == ARCHIVE_OK);
}

static void tar_add(struct tar *tar, const char *name, const void *data, size_t size)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)size);
	LB_ASSERT(archive_write_header(tar->archive, entry) == ARCHIVE_OK);
	LB_ASSERT(archive_write_data(tar->archive, data, size) == (la_ssize_t)size);
	archive_entry_free(entry);
}

static void tar_link(struct tar *tar, const char *name, const char *target)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFLNK);
	archive_entry_set_symlink(entry, target);
	LB_ASSERT(archive_write_header(tar->archive, entry) == ARCHIVE_OK);
	archive_entry_free(entry);
}

static void tar_end(struct tar *tar)
{
	archive_write_close(tar->archive);
	archive_write_free(tar->archive);
}

static struct lb_machine *tar_open(
	struct tar *tar, enum lb_status *ret_status, struct lb_machine_error *error)
{
	struct lb_machine *machine;

	*ret_status = lb_machine_open(tar->path, &machine, error);
	unlink(tar->path);
	return machine;
}

TEST(machine_archive, every_packing_with_and_without_a_folder_on_top)
{
	static int (*const filters[])(struct archive *) = {archive_write_add_filter_none,
		archive_write_add_filter_gzip, archive_write_add_filter_xz,
		archive_write_add_filter_zstd};
	static const char *const tops[] = {
		"", "./", "/", "sosreport-host-2024/", "./a/sosreport-host-2024/"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(filters); i++) {
		for (size_t k = 0; k < LB_ARRAY_COUNT(tops); k++) {
			struct lb_machine_error error;
			struct lb_machine *machine;
			enum lb_status status;
			struct tar tar;
			char name[96];

			tar_start(&tar, filters[i]);
			snprintf(name, sizeof(name), "%sproc/iomem", tops[k]);
			tar_add(&tar, name, iomem, strlen(iomem));
			snprintf(name, sizeof(name), "%ssos_commands/kernel/dmesg", tops[k]);
			tar_add(&tar, name, "KASLR enabled\n", 14);
			tar_end(&tar);
			machine = tar_open(&tar, &status, &error);
			REQUIRE(machine != NULL);
			CHECK_EQUAL(machine->memory.iomem_count, 2);
			CHECK(machine->kernel.kaslr);
			CHECK_EQUAL(machine->problems_count, 0);
			lb_machine_close(machine);
		}
	}
}

TEST(machine_archive, names_that_climb_and_links_are_left_aside)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;
	struct tar tar;

	tar_start(&tar, archive_write_add_filter_gzip);
	tar_add(&tar, "../proc/iomem", "garbage\n", 8);
	tar_add(&tar, "x/../../proc/iomem", "garbage\n", 8);
	tar_link(&tar, "proc/version", "../../../etc/passwd");
	tar_link(&tar, "proc/meminfo", "/etc/passwd");
	tar_add(&tar, "proc/cmdline", "quiet\n", 6);
	tar_end(&tar);
	machine = tar_open(&tar, &status, &error);
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "quiet");
	CHECK_EQUAL(machine->sources, 1u << LB_SOURCE_CMDLINE);
	CHECK_EQUAL(machine->problems_count, 2);
	lb_machine_close(machine);
}

TEST(machine_archive, a_machine_is_never_put_together_from_two)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;
	struct tar tar;

	tar_start(&tar, archive_write_add_filter_gzip);
	tar_add(&tar, "one/proc/cmdline", "first\n", 6);
	tar_add(&tar, "two/proc/cmdline", "second\n", 7);
	tar_add(&tar, "two/proc/iomem", iomem, strlen(iomem));
	tar_end(&tar);
	machine = tar_open(&tar, &status, &error);
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "first");
	CHECK_EQUAL(machine->memory.iomem_count, 0);
	CHECK(machine->problems_count == 1);
	lb_machine_close(machine);
}

TEST(machine_archive, a_file_of_interest_that_is_too_large_is_refused)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;
	struct tar tar;
	size_t size = LB_MACHINE_FILE_BYTES_MAX + 1;
	char *zeros = calloc(1, size);

	REQUIRE(zeros != NULL);
	tar_start(&tar, archive_write_add_filter_zstd);
	tar_add(&tar, "var/log/messages", zeros, size); /* passed over */
	tar_add(&tar, "proc/iomem", zeros, size);
	tar_end(&tar);
	free(zeros);
	machine = tar_open(&tar, &status, &error);
	CHECK(machine == NULL);
	CHECK(status == LB_INVALID);
	CHECK_TEXT(error.text, "proc/iomem: larger than 64 MiB");
	lb_machine_close(machine);
}

TEST(machine_archive, every_cut_ends_in_one_clear_error_or_a_machine)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct stat file;
	struct tar tar;

	tar_start(&tar, archive_write_add_filter_gzip);
	tar_add(&tar, "proc/iomem", iomem, strlen(iomem));
	tar_add(&tar, "proc/cmdline", "quiet\n", 6);
	tar_end(&tar);
	REQUIRE(!stat(tar.path, &file));
	for (off_t length = file.st_size - 1; length >= 0; length--) {
		REQUIRE(!truncate(tar.path, length));
		if (lb_machine_open(tar.path, &machine, &error) != LB_OK) {
			CHECK(!machine && strstr(error.text, tar.path) == error.text);
		}
		lb_machine_close(machine);
	}
	unlink(tar.path);
}

TEST(machine_archive, what_is_no_root_is_told)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"", "neither a folder, nor a tar (.gz, .xz, .zst), nor a boot log"},
		{"hello world\n", "neither a folder, nor a tar (.gz, .xz, .zst), nor a boot log"},
		{"\x1f\x8b\x08\x01zzzz\x02\x03garbage", "packed, and not a tar inside"},
	};
	struct lb_machine_error error;
	struct lb_machine *machine;

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct machine_root root;
		char path[128];

		machine_root_make(&root);
		machine_root_put(&root, "file", cases[i].text);
		snprintf(path, sizeof(path), "%s/file", root.path);
		CHECK(lb_machine_open(path, &machine, &error) != LB_OK);
		CHECK(strstr(error.text, cases[i].expected) ||
			strstr(error.text, "runcated"));
		machine_root_remove(&root);
	}
	CHECK(lb_machine_open("/nonexistent", &machine, &error) == LB_NOT_FOUND);
	CHECK_TEXT(error.text, "/nonexistent: No such file or directory");
	CHECK(lb_machine_open("/dev/null", &machine, &error) == LB_INVALID);
}

TEST(machine_archive, a_bare_log_is_a_root_too)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	char path[128];

	machine_root_make(&root);
	machine_root_put(&root, "boot.txt", "> [    0.000000] Linux version 6.1.0\n"
					    "> BIOS-e820: [mem 0x0-0xfff] usable\n");
	snprintf(path, sizeof(path), "%s/boot.txt", root.path);
	CHECK(lb_machine_open(path, &machine, &error) == LB_OK);
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->kernel.release, "6.1.0");
	CHECK_EQUAL(machine->e820.log_count, 1);
	lb_machine_close(machine);
	machine_root_remove(&root);
}

TEST(machine_archive, a_folder_keeps_to_itself)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	enum lb_status status;
	char path[128];

	machine_root_make(&root);
	machine_root_put(&root, "proc/cmdline", "quiet\n");
	snprintf(path, sizeof(path), "%s/proc/version", root.path);
	REQUIRE(!symlink("/proc/version", path));
	snprintf(path, sizeof(path), "%s/dmesg", root.path);
	REQUIRE(!mkfifo(path, 0600)); /* would block for ever */
	snprintf(path, sizeof(path), "%s/proc/iomem", root.path);
	REQUIRE(!mkdir(path, 0700));
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->sources, 1u << LB_SOURCE_CMDLINE);
	lb_machine_close(machine);
}

TEST(machine_archive, a_report_below_the_folder_is_found)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "checksum", "0\n");
	machine_root_put(&root, "sosreport-x/sos_commands/kernel/uname_-a",
		"Linux h 6.1.0 #1 SMP x86_64 GNU/Linux\n");
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->kernel.release, "6.1.0");
	CHECK(machine->arch == LB_ARCH_X86_64);
	lb_machine_close(machine);
}
