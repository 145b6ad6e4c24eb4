/* SPDX-License-Identifier: MIT */
/* machine: /proc/iomem as the kernel prints it, as an unprivileged reader sees it, and damaged. */
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"

static const char good[] = "00000000-00000fff : Reserved\n"
			   "00001000-0009fbff : System RAM\n"
			   "00100000-bffdffff : System RAM\n"
			   "  01000000-0225c92f : Kernel code\n"
			   "  af000000-beffffff : Crash kernel\n"
			   "c0000000-febfffff : PCI Bus 0000:00\n"
			   "  fd000000-fdffffff : 0000:00:02.0\n"
			   "    fd000000-fdffffff : simplefb\n"
			   "100000000-13fffffff : System RAM\n";

TEST(machine_iomem, nesting_names_and_half_open_ranges)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine = machine_of_file("proc/iomem", good, &status, &error);

	REQUIRE(machine != NULL);
	REQUIRE(machine->memory.iomem_count == 9);
	CHECK(lb_machine_has(machine, LB_SOURCE_IOMEM));
	CHECK_TEXT(machine->memory.iomem[4].name, "Crash kernel");
	CHECK_EQUAL(machine->memory.iomem[4].range.start, 0xaf000000);
	CHECK_EQUAL(machine->memory.iomem[4].range.end, 0xbf000000);
	CHECK_EQUAL(machine->memory.iomem[4].depth, 1);
	CHECK_EQUAL(machine->memory.iomem[7].depth, 2);
	CHECK_EQUAL(machine->memory.iomem[8].range.end, 0x140000000);
	lb_machine_close(machine);
}

TEST(machine_iomem, the_names_that_matter_are_told_from_the_rest)
{
	static const struct {
		const char *line;
		enum lb_iomem_kind kind;
	} cases[] = {
		{"1000-1fff : System RAM\n", LB_IOMEM_RAM},
		{"1000-1fff : System RAM (kmem)\n", LB_IOMEM_OTHER},
		{"1000-1fff : reserved\n", LB_IOMEM_RESERVED},
		{"1000-1fff : Reserved\n", LB_IOMEM_RESERVED},
		{"1000-1fff : Kernel code\n", LB_IOMEM_KERNEL_CODE},
		{"1000-1fff : Kernel data\n", LB_IOMEM_KERNEL_DATA},
		{"1000-1fff : Kernel bss\n", LB_IOMEM_KERNEL_BSS},
		{"1000-1fff : Kernel rodata\n", LB_IOMEM_OTHER},
		{"1000-1fff : Crash kernel\n", LB_IOMEM_CRASH},
		{"1000-1fff : \n", LB_IOMEM_OTHER},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_machine_error error;
		enum lb_status status;
		struct lb_machine *machine =
			machine_of_file("proc/iomem", cases[i].line, &status, &error);

		REQUIRE(machine != NULL && machine->memory.iomem_count == 1);
		CHECK_EQUAL(machine->memory.iomem[0].kind, cases[i].kind);
		lb_machine_close(machine);
	}
}

TEST(machine_iomem, zeros_are_told_apart_from_addresses)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine = machine_of_file("proc/iomem",
		"00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n"
		"  00000000-00000000 : Kernel code\n",
		&status, &error);

	REQUIRE(machine != NULL);
	CHECK(lb_machine_has(machine, LB_SOURCE_IOMEM_ZEROED));
	CHECK(!lb_machine_has(machine, LB_SOURCE_IOMEM));
	CHECK_EQUAL(machine->memory.iomem_count, 0);
	lb_machine_close(machine);
}

TEST(machine_iomem, the_last_byte_of_the_address_space_is_left_out)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine = machine_of_file("proc/iomem",
		"fffffffff0000000-ffffffffffffffff : Reserved\n", &status, &error);

	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->memory.iomem[0].range.end, UINT64_MAX);
	lb_machine_close(machine);
}

TEST(machine_iomem, what_lies_deeper_than_five_levels_looks_like_a_sibling)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine = machine_of_file("proc/iomem",
		"00000000-0fffffff : a\n  00000000-0fffffff : b\n    00000000-0fffffff : c\n"
		"      00000000-0fffffff : d\n        00000000-0fffffff : e\n"
		"          00000000-00ffffff : f\n          00000000-0000ffff : child of f\n"
		"10000000-1fffffff : next\n",
		&status, &error);

	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->memory.iomem_count, 8);
	lb_machine_close(machine);
}

static void check_refused(const char *text, const char *expected)
{
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine = machine_of_file("proc/iomem", text, &status, &error);

	CHECK(machine == NULL);
	CHECK(status == LB_INVALID);
	CHECK_TEXT(error.text, expected);
	lb_machine_close(machine);
}

TEST(machine_iomem, damage_names_the_line)
{
	check_refused("00001000-0009fbff : System RAM\nhello\n",
		"proc/iomem:2: expected \"START-END : NAME\" with hexadecimal addresses");
	check_refused("00001000-0009fbff\n",
		"proc/iomem:1: expected \" : \" and a name after the addresses");
	check_refused("00001000-00000fff : System RAM\n",
		"proc/iomem:1: the range ends before it starts");
	check_refused("00001000-0009fbff : System RAM\n\n00002000-000fffff : Reserved\n",
		"proc/iomem:3: the range overlaps the one before it");
	check_refused("00100000-0019fbff : System RAM\n00002000-000fffff : Reserved\n",
		"proc/iomem:2: expected a start above that of the range before it");
	check_refused("00100000-0019fbff : System RAM\n  00200000-002fffff : Kernel code\n",
		"proc/iomem:2: the range is not inside the range of its parent");
	check_refused("00100000-0019fbff : System RAM\n    00110000-0011ffff : Kernel code\n",
		"proc/iomem:2: indented deeper than a child of the line before can be");
	check_refused("10000000000000000-10000000000000001 : System RAM\n",
		"proc/iomem:1: expected \"START-END : NAME\" with hexadecimal addresses");
}

TEST(machine_iomem, every_cut_is_read_or_refused)
{
	char cut[sizeof(good)];

	for (size_t length = 1; length < sizeof(good); length++) {
		struct lb_machine_error error;
		enum lb_status status;
		struct lb_machine *machine;

		memcpy(cut, good, length);
		cut[length] = 0;
		machine = machine_of_file("proc/iomem", cut, &status, &error);
		CHECK(machine || strstr(error.text, "proc/iomem:"));
		lb_machine_close(machine);
	}
}
