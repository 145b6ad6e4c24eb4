/* SPDX-License-Identifier: MIT */
/* proc/modules and lsmod: names and sizes, and what is no such list. */
#include "../harness/test.h"
#include "machine_root.h"

static struct lb_machine *with(const char *path, const char *text)
{
	struct machine_root root;
	struct lb_machine_error error;
	enum lb_status status;
	struct lb_machine *machine;

	machine_root_make(&root);
	machine_root_put(&root, "proc/version", "Linux version 6.1.0-50-amd64 (x) #1\n");
	machine_root_put(&root, path, text);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	return machine;
}

TEST(machine_modules, both_forms_are_read)
{
	static const char *const texts[][2] = {
		{"proc/modules",
			"qed 1724416 1 qede, Live 0xffffffffc0a00000\next4 900 0 - Live 0x0\n"},
		{"sos_commands/kernel/lsmod",
			"Module    Size  Used by\nqed  1724416  1 qede\next4\t900  0\n"},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(texts); i++) {
		struct lb_machine *machine = with(texts[i][0], texts[i][1]);

		REQUIRE(machine != NULL);
		CHECK(lb_machine_has(machine, LB_SOURCE_MODULES));
		REQUIRE(machine->modules_count == 2);
		CHECK_TEXT(machine->modules[0].name, "qed");
		CHECK_EQUAL(machine->modules[0].bytes, 1724416);
		CHECK_TEXT(machine->modules[1].name, "ext4");
		CHECK_EQUAL(machine->modules[1].bytes, 900);
		lb_machine_close(machine);
	}
}

TEST(machine_modules, a_list_that_makes_no_sense_is_left_aside_and_told)
{
	static const char *const texts[] = {"qed 17 1\next4\n", "qed x 1\n", "qed 17x 1\n",
		" 17 1\n", "qed 99999999999 1\n"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(texts); i++) {
		struct lb_machine *machine = with("proc/modules", texts[i]);

		REQUIRE(machine != NULL);
		CHECK(!lb_machine_has(machine, LB_SOURCE_MODULES));
		CHECK_EQUAL(machine->modules_count, 0);
		CHECK_EQUAL(machine->problems_count, 1);
		lb_machine_close(machine);
	}
}
