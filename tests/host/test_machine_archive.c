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

TEST(machine_archive, several_machines_are_refused_with_the_list)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;
	struct tar tar;

	tar_start(&tar, archive_write_add_filter_gzip);
	tar_add(&tar, "one/proc/cmdline", "first\n", 6);
	tar_add(&tar, "three/proc/cmdline", "second\n", 7);
	tar_add(&tar, "three/proc/iomem", iomem, strlen(iomem));
	tar_end(&tar);
	machine = tar_open(&tar, &status, &error);
	CHECK(!machine && status == LB_INVALID);
	CHECK(strstr(error.text, ": several machines, and a plan is of one: one/, three/"));
}

/* A container's files inside of the machine's own are not its own. */
TEST(machine_archive, what_lies_deeper_is_left_aside)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;
	struct tar tar;

	tar_start(&tar, archive_write_add_filter_gzip);
	tar_add(&tar, "one/srv/proc/cmdline", "inner\n", 6);
	tar_add(&tar, "one/proc/iomem", iomem, strlen(iomem));
	tar_end(&tar);
	machine = tar_open(&tar, &status, &error);
	REQUIRE(machine != NULL);
	CHECK(machine->boot.cmdline == NULL);
	CHECK_EQUAL(machine->memory.iomem_count, 2);
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
		{"", "neither a folder, nor a tar, nor a boot log, also packed"},
		{"hello world\n", "neither a folder, nor a tar, nor a boot log, also packed"},
		{"\x1f\x8b\x08\x01zzzz\x02\x03garbage", "gzip"},
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
		CHECK(strstr(error.text, cases[i].expected));
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

static const char log_text[] = "[    0.000000] Linux version 6.1.0\n"
			       "[    0.000000] Command line: ro crashkernel=256M\n"
			       "[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\n";

static int (*const packings[])(struct archive *) = {archive_write_add_filter_none,
	archive_write_add_filter_gzip, archive_write_add_filter_xz, archive_write_add_filter_bzip2,
	archive_write_add_filter_zstd};
static const char *const endings[] = {"", ".gz", ".xz", ".bz2", ".zst"};

/* Packs bytes that are no tar; the result is malloc'ed. */
static char *packed(int (*filter)(struct archive *), const char *text, size_t size, size_t *ret)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char *data = malloc(size + 4096);

	LB_ASSERT(data && filter(archive) == ARCHIVE_OK);
	LB_ASSERT(archive_write_set_format_raw(archive) == ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	LB_ASSERT(archive_write_open_memory(archive, data, size + 4096, ret) == ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	LB_ASSERT(archive_write_header(archive, entry) == ARCHIVE_OK);
	LB_ASSERT(archive_write_data(archive, text, size) == (la_ssize_t)size);
	archive_entry_free(entry);
	archive_write_close(archive);
	archive_write_free(archive);
	return data;
}

TEST(machine_archive, a_packed_log_is_a_log)
{
	static const char *const names[] = {"dmesg", "dmesg.0", "var/log/dmesg.0"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(packings) * LB_ARRAY_COUNT(names); i++) {
		const char *name = names[i / LB_ARRAY_COUNT(packings)];
		size_t way = i % LB_ARRAY_COUNT(packings), size;
		char *data = packed(packings[way], log_text, strlen(log_text), &size);
		struct lb_machine_error error;
		struct lb_machine *machine;
		struct machine_root root;
		enum lb_status status;
		char path[160], inside[64];

		machine_root_make(&root);
		snprintf(inside, sizeof(inside), "%s%s", name, endings[way]);
		machine_root_put_bytes(&root, inside, data, size);
		machine = machine_root_open(&root, &status, &error);
		REQUIRE(machine != NULL);
		CHECK_TEXT(machine->boot.cmdline, "ro crashkernel=256M");
		CHECK_EQUAL(machine->problems_count, 0);
		lb_machine_close(machine);
		snprintf(path, sizeof(path), "%s/%s", root.path, inside);
		REQUIRE(lb_machine_open(path, &machine, &error) == LB_OK);
		CHECK_TEXT(machine->boot.cmdline, "ro crashkernel=256M");
		lb_machine_close(machine);
		machine_root_remove(&root);
		free(data);
	}
}

TEST(machine_archive, a_bomb_is_refused_with_its_name_and_the_limit)
{
	size_t size = LB_MACHINE_FILE_BYTES_MAX + 1, once, twice;
	char *spaces = malloc(size);
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	enum lb_status status;
	char path[160];

	REQUIRE(spaces != NULL);
	memset(spaces, ' ', size);
	memcpy(spaces, log_text, strlen(log_text));
	for (size_t i = 1; i < LB_ARRAY_COUNT(packings); i++) {
		char *data = packed(packings[i], spaces, size, &once);
		char *again = packed(packings[1], data, once, &twice);

		machine_root_make(&root);
		machine_root_put_bytes(&root, "dmesg.gz", data, once);
		machine_root_put_bytes(&root, "twice", again, twice);
		machine = machine_root_open(&root, &status, &error);
		CHECK(!machine && status == LB_INVALID);
		CHECK_TEXT(error.text, "dmesg.gz: larger than 64 MiB");
		snprintf(path, sizeof(path), "%s/dmesg.gz", root.path);
		CHECK(lb_machine_open(path, &machine, &error) == LB_INVALID);
		CHECK(strstr(error.text, "/dmesg.gz: unpacks to more than 64 MiB, and no tar"));
		snprintf(path, sizeof(path), "%s/twice", root.path);
		CHECK(lb_machine_open(path, &machine, &error) == LB_INVALID);
		CHECK(strstr(error.text, "/twice: packed more than once"));
		machine_root_remove(&root);
		free(data);
		free(again);
	}
	free(spaces);
}

TEST(machine_archive, logs_of_different_boots_beside_each_other_are_refused)
{
	static const struct {
		const char *other;
		bool one_boot;
	} cases[] = {
		{"[    0.000000] Linux version 6.1.0\r\n"
		 "[    0.000000] Command line: ro crashkernel=256M\r\n", true},
		{"[Sat Nov 21 2026] Linux version 6.1.0\n"
		 "[Sat Nov 21 2026] Kernel command line: ro crashkernel=256M\n", true},
		{"[  812.000000] eth0: up\n", true},
		{"[    0.000000] Linux version 6.1.1\n", false},
		{"[    0.000000] Linux version 6.1.0\n[    0.000000] Command line: rw\n", false},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_machine_error error;
		struct lb_machine *machine;
		struct machine_root root;
		enum lb_status status;

		machine_root_make(&root);
		machine_root_put(&root, "dmesg", log_text);
		machine_root_put(&root, "dmesg.txt", cases[i].other);
		machine = machine_root_open(&root, &status, &error);
		machine_root_remove(&root);
		CHECK((machine != NULL) == cases[i].one_boot);
		if (!machine) {
			CHECK(status == LB_INVALID);
			CHECK(strstr(error.text, "several machines or boots") &&
				strstr(error.text, ": dmesg, dmesg.txt"));
		}
		lb_machine_close(machine);
	}
}

static bool says_boot_before(const struct lb_machine *machine)
{
	for (size_t i = 0; i < machine->problems_count; i++) {
		if (strstr(machine->problems[i].text, "the boot before")) {
			return machine->problems[i].class_ == LB_PROBLEM_CONTRADICTION;
		}
	}
	return false;
}

TEST(machine_archive, the_log_of_the_boot_before_is_called_so)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "dmesg.0", log_text);
	machine_root_put(&root, "proc/iomem", iomem);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK(says_boot_before(machine));
	lb_machine_close(machine);
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
	REQUIRE(machine->problems_count == 1);
	CHECK(machine->problems[0].class_ == LB_PROBLEM_HARMLESS);
	CHECK_TEXT(machine->problems[0].position.source, "proc/iomem");
	CHECK_TEXT(machine->problems[0].text,
		"not a file: left aside, as if it was not there, and so are others");
	lb_machine_close(machine);
}

TEST(machine_archive, what_may_not_be_read_is_told)
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
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine && machine->problems_count == 1);
	CHECK_TEXT(machine->problems[0].text,
		"a link that is not followed: left aside, as if it was not there");
	lb_machine_close(machine);
}

TEST(machine_archive, a_folder_of_several_machines_is_refused_with_the_list)
{
	struct lb_machine_error error;
	struct lb_machine *machine;
	struct machine_root root;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "db2/dmesg.xz", "");
	machine_root_put(&root, "db1/proc/iomem", iomem);
	machine_root_put(&root, "notes/today", "db1 is slow\n");
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	CHECK(!machine && status == LB_INVALID);
	CHECK(strstr(error.text, ": several machines, and a plan is of one: db1/, db2/"));
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
