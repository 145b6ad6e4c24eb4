/* SPDX-License-Identifier: MIT */
/* What is loaded for a crash is read back from a crash region that looks like that of a machine. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine/look.h"
#include "machine_root.h"

#define REGION UINT64_C(0x10000000)
#define REGION_BYTES (4 * LB_MIB)
#define HEADER_AT LB_MIB
#define INITRD_AT (2 * LB_MIB)
#define KERNEL_AT (3 * LB_MIB)
#define FILE_BYTES 10000
#define SETUP_BYTES 1024 /* of the kernel: one sector and the one that is always there */

static const struct lb_iomem_entry iomem[] = {
	{{0x100000, 0x20000000}, 0, LB_IOMEM_RAM, "System RAM"},
	{{REGION, REGION + REGION_BYTES}, 1, LB_IOMEM_CRASH, "Crash kernel"},
	{{0x40000000, 0x48000000}, 0, LB_IOMEM_RAM, "System RAM"},
};

struct loaded {
	struct machine_root root;
	struct lb_machine_error error;
	struct machine_reader reader;
	uint8_t *core; /* the file header, and from the first page on the region */
	uint8_t kernel[FILE_BYTES], initrd[FILE_BYTES];
};

static void put_header(uint8_t *at, const Elf64_Phdr *segments, unsigned int count)
{
	Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof(header), .e_ehsize = sizeof(header),
		.e_phentsize = sizeof(*segments), .e_phnum = (Elf64_Half)count};

	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), segments, count * sizeof(*segments));
}

static Elf64_Phdr memory(uint64_t start, uint64_t end)
{
	return (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = start, .p_filesz = end - start,
		.p_memsz = end - start};
}

/* All is loaded as it is on disk: for two CPUs, and all memory but the region. */
static void begin(struct loaded *loaded)
{
	const Elf64_Phdr segments[] = {{.p_type = PT_NOTE}, {.p_type = PT_NOTE},
		{.p_type = PT_NOTE}, memory(0x100000, REGION),
		memory(REGION + REGION_BYTES, 0x20000000), memory(0x40000000, 0x48000000)};
	Elf64_Phdr region = memory(REGION, REGION + REGION_BYTES);
	struct lb_machine *machine;

	machine_root_make(&loaded->root);
	LB_ASSERT(machine_reader_start(&loaded->reader, "look", &loaded->error));
	loaded->core = calloc(1, 4096 + REGION_BYTES);
	LB_ASSERT(loaded->core);
	region.p_offset = 4096;
	put_header(loaded->core, &region, 1);
	for (size_t i = 0; i < FILE_BYTES; i++) {
		loaded->kernel[i] = (uint8_t)(i * 7 + i / 256);
		loaded->initrd[i] = (uint8_t)(i * 11 + i / 256);
	}
	loaded->kernel[0x1f1] = 1;
	put_header(loaded->core + 4096 + HEADER_AT, segments, LB_ARRAY_COUNT(segments));
	memcpy(loaded->core + 4096 + INITRD_AT, loaded->initrd, FILE_BYTES);
	memcpy(loaded->core + 4096 + KERNEL_AT, loaded->kernel + SETUP_BYTES,
		FILE_BYTES - SETUP_BYTES);
	machine = loaded->reader.machine;
	machine->arch = LB_ARCH_X86_64;
	machine->crash.loaded = true;
	machine->memory.iomem = iomem;
	machine->memory.iomem_count = LB_ARRAY_COUNT(iomem);
}

static const char *path_of(struct loaded *loaded, const char *name)
{
	char path[LOOK_PATH_MAX];

	LB_ASSERT(look_path(path, loaded->root.path, "/%s", name));
	return machine_text(&loaded->reader, path, strlen(path));
}

static struct lb_machine_kexec look(struct loaded *loaded)
{
	struct lb_machine *machine = loaded->reader.machine;

	machine_root_put_bytes(&loaded->root, "vmlinuz", loaded->kernel, FILE_BYTES);
	machine_root_put_bytes(&loaded->root, "initrd", loaded->initrd, FILE_BYTES);
	machine_root_put_bytes(
		&loaded->root, "proc/kcore", loaded->core, 4096 + REGION_BYTES);
	machine->kexec = (struct lb_machine_kexec){.kernel_path = path_of(loaded, "vmlinuz")};
	machine->initrd.path = path_of(loaded, "initrd");
	look_at_loaded(&loaded->reader, loaded->root.path);
	return machine->kexec;
}

static void end(struct loaded *loaded)
{
	/* The list is not the machine's. */
	loaded->reader.machine->memory.iomem = NULL;
	free(loaded->core);
	free(loaded->reader.scratch);
	lb_machine_close(loaded->reader.machine);
	machine_root_remove(&loaded->root);
}

TEST(machine_loaded, what_is_on_disk_is_found_in_crash_memory)
{
	struct loaded loaded;
	struct lb_machine_kexec kexec;

	begin(&loaded);
	kexec = look(&loaded);
	CHECK(kexec.kernel_loaded_known && kexec.kernel_loaded);
	CHECK(kexec.initrd_loaded_known && kexec.initrd_loaded);
	CHECK(kexec.left_out_known);
	CHECK_EQUAL(kexec.left_out_bytes, 0);
	CHECK_EQUAL(kexec.noted_cpus, 2);
	end(&loaded);
}

TEST(machine_loaded, one_byte_makes_another_file)
{
	static const size_t bytes[] = {0, SETUP_BYTES, 5000, FILE_BYTES - 1};

	for (size_t i = 0; i < LB_ARRAY_COUNT(bytes); i++) {
		struct loaded loaded;
		struct lb_machine_kexec kexec;

		begin(&loaded);
		loaded.initrd[bytes[i]] ^= 1;
		loaded.kernel[bytes[i]] ^= 1;
		kexec = look(&loaded);
		CHECK(kexec.initrd_loaded_known && !kexec.initrd_loaded);
		/* The real-mode part is not loaded. */
		CHECK_EQUAL(kexec.kernel_loaded, bytes[i] < SETUP_BYTES);
		end(&loaded);
	}
}

TEST(machine_loaded, what_the_core_header_leaves_out_is_counted)
{
	static const struct lb_range cma = {0x41000000, 0x45000000};
	struct loaded loaded;
	struct lb_machine_kexec kexec;
	const Elf64_Phdr segments[] = {{.p_type = PT_NOTE}, {.p_type = PT_NOTE},
		memory(0x100000, REGION), memory(REGION + REGION_BYTES + 4096, 0x20000000)};

	begin(&loaded);
	put_header(loaded.core + 4096 + HEADER_AT, segments, LB_ARRAY_COUNT(segments));
	kexec = look(&loaded);
	CHECK_EQUAL(kexec.left_out_bytes, 0x8000000); /* and not the single page */
	loaded.reader.machine->crash.cma = &cma;
	loaded.reader.machine->crash.cma_count = 1;
	kexec = look(&loaded);
	CHECK_EQUAL(kexec.left_out_bytes, 0x4000000);
	CHECK_EQUAL(kexec.noted_cpus, 1);
	end(&loaded);
}

/* No header: nothing was loaded, or the memory reads as something else. Two: one is older. */
TEST(machine_loaded, what_cannot_be_told_is_not_known)
{
	struct loaded loaded;
	struct lb_machine_kexec kexec;

	begin(&loaded);
	memset(loaded.core + 4096 + HEADER_AT, 0, 4096);
	kexec = look(&loaded);
	CHECK(!kexec.kernel_loaded_known && !kexec.initrd_loaded_known && !kexec.left_out_known);
	end(&loaded);

	begin(&loaded);
	memcpy(loaded.core + 4096, loaded.core + 4096 + HEADER_AT, 4096);
	kexec = look(&loaded);
	CHECK(kexec.kernel_loaded_known && kexec.kernel_loaded && !kexec.left_out_known);
	CHECK_EQUAL(kexec.noted_cpus, 0);
	end(&loaded);

	begin(&loaded);
	loaded.reader.machine->encryption.sme = true;
	kexec = look(&loaded);
	CHECK(!kexec.kernel_loaded_known && !kexec.left_out_known);
	loaded.reader.machine->encryption.sme = false;
	loaded.reader.machine->arch = LB_ARCH_ARM64;
	kexec = look(&loaded);
	CHECK(!kexec.kernel_loaded_known && !kexec.left_out_known);
	end(&loaded);
}
