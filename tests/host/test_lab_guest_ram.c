/* SPDX-License-Identifier: MIT */
/* Where QEMU says the guest's RAM lies, and comparing memory with an earlier copy. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/guest_ram.h"
#include "tests/harness/test.h"

#define PAGE UINT64_C(4096)

TEST(lab_ram, reads_the_first_address_space)
{
	static const char text[] =
		"FlatView #0\r\n"
		" AS \"memory\", root: system\r\n"
		" Root memory region: system\r\n"
		"  0000000000000000-000000000009ffff (prio 0, ram): lifeboat-ram\r\n"
		"  00000000000a0000-00000000000bffff (prio 1, i/o): smram\r\n"
		"  00000000000c0000-00000000000dffff (prio 0, rom): lifeboat-ram "
		"@00000000000c0000\r\n"
		"  0000000000100000-000000007fffffff (prio 0, ram): lifeboat-ram "
		"@0000000000100000\r\n"
		"  0000000100000000-000000013fffffff (prio 0, ram): lifeboat-ram "
		"@0000000080000000\r\n"
		"FlatView #1\r\n"
		"  0000000000000000-000000000009ffff (prio 0, ram): lifeboat-ram\r\n";
	struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX];

	REQUIRE(lab_ram_parse(text, pieces) == 3);
	CHECK_EQUAL(pieces[0].range.start, 0);
	CHECK_EQUAL(pieces[0].range.end, 0xa0000);
	CHECK_EQUAL(pieces[1].offset, 0x100000);
	CHECK_EQUAL(pieces[2].range.start, 0x100000000);
	CHECK_EQUAL(pieces[2].range.end, 0x140000000);
	CHECK_EQUAL(pieces[2].offset, 0x80000000);
}

TEST(lab_ram, reads_nothing_from_nonsense)
{
	struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX];

	CHECK_EQUAL(lab_ram_parse("", pieces), 0);
	CHECK_EQUAL(lab_ram_parse("ram): lifeboat-ram", pieces), 0);
	CHECK_EQUAL(lab_ram_parse("  9-1 (prio 0, ram): lifeboat-ram\n", pieces), 0);
	CHECK_EQUAL(
		lab_ram_parse("  1-ffffffffffffffff (prio 0, ram): lifeboat-ram\n", pieces), 0);
	CHECK_EQUAL(lab_ram_parse("\n\n  zz-zz (prio 0, ram): lifeboat-ram", pieces), 0);
}

/* Sixteen pages: RAM below a hole and above it, as on a PC. */
static bool make_memory(struct lab_ram *memory)
{
	*memory = (struct lab_ram){.descriptor = memfd_create("test", MFD_CLOEXEC),
		.size = 16 * PAGE, .piece_count = 2,
		.pieces = {{{0, 8 * PAGE}, 0}, {{32 * PAGE, 40 * PAGE}, 8 * PAGE}}};
	if (memory->descriptor < 0 || ftruncate(memory->descriptor, 16 * (off_t)PAGE)) {
		return false;
	}
	memory->bytes = mmap(
		NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->descriptor, 0);
	return memory->bytes != MAP_FAILED;
}

static void end_memory(struct lab_ram *memory)
{
	int descriptor = memory->descriptor;

	lab_ram_close(memory);
	close(descriptor);
}

TEST(lab_ram, translates_addresses)
{
	struct lab_ram memory;

	REQUIRE(make_memory(&memory));
	CHECK(lab_ram_at(&memory, 8 * PAGE - 1, 1) == memory.bytes + 8 * PAGE - 1);
	CHECK(!lab_ram_at(&memory, 8 * PAGE - 1, 2));
	CHECK(!lab_ram_at(&memory, 20 * PAGE, 1));
	CHECK(lab_ram_at(&memory, 33 * PAGE, PAGE) == memory.bytes + 9 * PAGE);
	CHECK(!lab_ram_at(&memory, UINT64_MAX, 2));
	CHECK(!lab_ram_at(&memory, 0, 0));
	end_memory(&memory);
}

/* Every single page: written before or not, changed after or not, allowed or not. */
TEST(lab_ram, sees_every_change)
{
	static const struct lb_range allowed[] = {{4 * PAGE, 6 * PAGE}, {38 * PAGE, 39 * PAGE}};

	for (unsigned int page = 0; page < 16; page++) {
		for (unsigned int before = 0; before < 2; before++) {
			lb_phys_addr address = page < 8 ? page * PAGE : (page + 24) * PAGE;
			bool inside = page == 4 || page == 5 || page == 14;
			uint64_t last = page % 2 ? PAGE - 1 : 8;
			struct lab_error error = {0};
			struct lab_ram memory;
			struct lab_ram_copy *copy;
			struct lab_ram_change change;

			REQUIRE(make_memory(&memory));
			memory.bytes[0] = 1;
			memory.bytes[page * PAGE + 7] = (uint8_t)(before * 3);
			copy = lab_ram_copy_make(&memory, &error);
			REQUIRE(copy);
			memory.bytes[page * PAGE + last] = 9;
			CHECK(lab_ram_compare(&memory, copy, allowed, 2, &change, &error));
			CHECK_EQUAL(change.pages_changed, !inside);
			CHECK_EQUAL(change.pages_inside, inside);
			CHECK_EQUAL(change.first, inside ? 0 : address + last);
			lab_ram_copy_free(copy);
			end_memory(&memory);
		}
	}
}
