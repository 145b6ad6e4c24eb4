/* SPDX-License-Identifier: MIT */
/* machine: a snapshot shows the same machine, keeps private matters to itself, and the EFI map
 * is read back through a core file that looks like /proc/kcore. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness/test.h"
#include "machine/efi_readback.h"
#include "machine/snapshot.h"
#include "machine/tree.h"
#include "machine_root.h"

static const char log_text[] =
	"Jul  3 16:39:34 box kernel: [    0.000000] Linux version 6.1.0 (joe@home) (gcc) #1 SMP\n"
	"[    0.000000] Command line: ro ip=10.0.0.1 rd.password=hunter2 crashkernel=256M\n"
	"[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n"
	"[    0.100000] usb 1-1: SerialNumber: ABC123\n"
	"[    0.200000] e1000 0000:00:03.0 eth0: 52:54:00:12:34:56 up\n"
	"[    0.300000] RAMDISK: [mem 0x37df7000-0x37ef2fff]\n"
	"[    1.000000] Run /init as init process\n"
	"[    1.100000] audit: user joe logged in\n";

static void fill(struct machine_root *root)
{
	machine_root_make(root);
	/* The ring buffer has lost its beginning; the file has not. */
	machine_root_put(root, "dmesg", "[ 999.000000] late\n");
	machine_root_put(root, "var/log/dmesg", log_text);
	machine_root_put(root, "uname", "Linux box 6.1.0 #1 SMP x86_64 GNU/Linux\n");
	machine_root_put(root, "proc/version", "Linux version 6.1.0 (joe@home) (gcc) #1 SMP\n");
	machine_root_put(root, "proc/cmdline",
		"ro ip=10.0.0.1 rd.password=hunter2 crashkernel=256M\n");
	machine_root_put(root, "proc/cpuinfo",
		"processor\t: 0\nflags\t\t: fpu pdpe1gb\nSerial\t\t: 0000abcd\n\n"
		"processor\t: 1\nflags\t\t: fpu pdpe1gb\n\n");
	machine_root_put(root, "sys/firmware/memmap/0/start", "0x100000\n");
	machine_root_put(root, "sys/firmware/memmap/0/end", "0x3fffffff\n");
	machine_root_put(root, "sys/firmware/memmap/0/type", "System RAM\n");
	machine_root_put(root, "etc/shadow", "not for us\n");
}

static unsigned int lines_of(const char *text)
{
	unsigned int count = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

static void check_nothing_private(const char *path)
{
	static const char *const private_words[] = {
		"joe", "home", "hunter2", "10.0.0.1", "ABC123", "52:54", "box", "abcd"};
	struct lb_machine_error error;
	struct machine_reader reader;
	struct machine_file *log;

	REQUIRE(machine_reader_start(&reader, path, &error));
	machine_load(&reader, path);
	CHECK(reader.status == LB_OK);
	for (size_t i = 0; i < reader.files_count; i++) {
		for (size_t k = 0; k < LB_ARRAY_COUNT(private_words); k++) {
			CHECK(!strstr(reader.files[i].data, private_words[k]));
		}
	}
	log = machine_find(&reader, MACHINE_LOG);
	CHECK(log && lines_of(log->data) == 4);
	free(reader.scratch);
	lb_machine_close(reader.machine);
}

static void check_snapshot(const char *path)
{
	struct lb_machine_error error;
	struct lb_machine *machine;

	REQUIRE(lb_machine_open(path, &machine, &error) == LB_OK);
	CHECK_TEXT(machine->kernel.release, "6.1.0");
	CHECK_TEXT(machine->boot.cmdline, "ro ip=xxxxxxxx rd.password=xxxxxxx crashkernel=256M");
	CHECK_EQUAL(machine->boot.ramdisk.start, 0x37df7000);
	CHECK_EQUAL(machine->e820.log_count, 1);
	CHECK_EQUAL(machine->e820.firmware_count, 1);
	CHECK_EQUAL(machine->cpu.count, 2);
	CHECK(machine->cpu.gbpages);
	CHECK_EQUAL(machine->problems_count, 0);
	CHECK(!strstr(machine->kernel.banner, "joe"));
	lb_machine_close(machine);
}

TEST(machine_snapshot, every_form_shows_the_machine_and_hides_its_owner)
{
	static const char *const names[] = {"s.tar.zst", "s.tar.gz", "s.tgz", "s.tar.xz", "s.tar",
		"folder", "folder2/"};
	struct machine_root root, out;

	fill(&root);
	machine_root_make(&out);
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		struct lb_machine_error error;
		struct lb_snapshot snapshot;
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", out.path, names[i]);
		CHECK(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_OK);
		CHECK_EQUAL(snapshot.files, 8);
		CHECK(snapshot.missing_count > 0);
		CHECK_EQUAL(snapshot.left_out.log_lines, 4);
		CHECK_EQUAL(snapshot.left_out.log_lines_kept, 4);
		CHECK_EQUAL(snapshot.left_out.options, 4);
		check_snapshot(path);
		check_nothing_private(path);
	}
	machine_root_remove(&root);
	machine_root_remove(&out);
}

TEST(machine_snapshot, failure_leaves_nothing_behind)
{
	struct lb_machine_error error;
	struct lb_snapshot snapshot;
	struct machine_root root, out;
	char path[128];

	machine_root_make(&root);
	machine_root_make(&out);
	machine_root_put(&root, "proc/iomem", "garbage\n");
	snprintf(path, sizeof(path), "%s/s.tar.gz", out.path);
	CHECK(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_INVALID);
	CHECK(strstr(error.text, "proc/iomem:1:"));
	CHECK(rmdir(out.path) == 0); /* empty */
	CHECK(lb_snapshot_write(root.path, path, &snapshot, &error) == LB_CONFLICT);
	CHECK(strstr(error.text, "No such file"));
	machine_root_remove(&root);
}

/* A core with one segment that is not RAM and one that is, as /proc/kcore has them. */
static void make_core(struct machine_root *root, const uint8_t *map, size_t size)
{
	static uint8_t core[8192];
	Elf64_Ehdr *header = (Elf64_Ehdr *)core;
	Elf64_Phdr *segment = (Elf64_Phdr *)(core + sizeof(*header));

	memset(core, 0, sizeof(core));
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_ident[EI_VERSION] = header->e_version = EV_CURRENT;
	header->e_type = ET_CORE;
	header->e_machine = EM_X86_64;
	header->e_ehsize = sizeof(*header);
	header->e_phoff = sizeof(*header);
	header->e_phentsize = sizeof(*segment);
	header->e_phnum = 2;
	segment[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_offset = 0, .p_paddr = UINT64_MAX,
		.p_filesz = UINT64_MAX};
	segment[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_offset = 4096, .p_paddr = 0x7ea12000, .p_filesz = 4096,
		.p_memsz = 4096};
	memcpy(core + 4096 + 0x18, map, size);
	machine_root_put_bytes(root, "kcore", core, sizeof(core));
}

/* Loads boot_params that announce a map of `size` bytes, reads it back; *ret_found says if. */
static void read_back(struct machine_root *root, uint32_t size, bool *ret_found)
{
	static const struct machine_file like = {.kind = MACHINE_BOOT_PARAMS};
	struct lb_machine_error error;
	struct machine_reader reader;
	uint8_t page[4096] = {0};
	char kcore[128];

	memcpy(page + 0x1c0, "EL64", 4);
	memcpy(page + 0x1c8, &(uint32_t){48}, 4);
	memcpy(page + 0x1d0, &(uint32_t){0x7ea12018}, 4);
	memcpy(page + 0x1d4, &size, 4);
	REQUIRE(machine_reader_start(&reader, "x", &error));
	tree_add(&reader, &like, "sys/kernel/boot_params/data", page, sizeof(page));
	snprintf(kcore, sizeof(kcore), "%s/kcore", root->path);
	efi_readback(&reader, kcore, "/nonexistent");
	*ret_found = machine_find(&reader, MACHINE_EFI_MEMMAP) != NULL;
	machine_read_files(&reader);
	CHECK(reader.status == LB_OK);
	CHECK_EQUAL(reader.machine->efi.map_count, *ret_found ? 2 : 0);
	if (*ret_found) {
		CHECK_EQUAL(reader.machine->efi.map[1].range.start, 0x100000);
		CHECK(lb_machine_has(reader.machine, LB_SOURCE_EFI_MAP_RAW));
	}
	free(reader.scratch);
	lb_machine_close(reader.machine);
}

TEST(machine_snapshot, the_efi_map_is_read_back_through_the_core)
{
	struct machine_root root;
	uint8_t map[96] = {0};
	bool found = false;

	map[0] = 7;
	map[9] = 0x10; /* 0x1000 */
	map[24] = 0x9f;
	map[48] = 3;
	map[58] = 0x10; /* 0x100000 */
	map[72] = 8;
	machine_root_make(&root);
	make_core(&root, map, sizeof(map));
	read_back(&root, sizeof(map), &found);
	CHECK(found);
	read_back(&root, 4080, &found); /* zeros behind it: no map */
	CHECK(!found);
	read_back(&root, 48 * 100, &found); /* passes the segment */
	CHECK(!found);
	read_back(&root, 95, &found);
	CHECK(!found);
	machine_root_remove(&root);
}
