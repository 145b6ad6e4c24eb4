/* SPDX-License-Identifier: MIT */
/* machine: boot logs in all the shapes that people post, and all the wordings of the kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"

static const char *const lines[] = {
	"Linux version 6.1.0-9-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP Debian",
	"Command line: BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro crashkernel=256M",
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable",
	"BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved",
	"BIOS-e820: [mem 0x0000000000100000-0x000000007ffdffff] usable",
	"RAMDISK: [mem 0x37df7000-0x37ef2fff]",
	"Reserving 256MB of memory at 1776MB for crashkernel (System RAM: 2047MB)",
	"NODE_DATA(0) allocated [mem 0x7ffb5000-0x7ffdffff]",
	"Early memory node ranges",
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]",
	"  node   0: [mem 0x0000000000100000-0x000000007ffdffff]",
	"Initmem setup node 0 [mem 0x0000000000001000-0x000000007ffdffff]",
	"node 0 deferred pages initialised in 4ms",
};

/* The log with something in front of each line and something after it. */
static struct lb_machine *with_prefix(const char *prefix, const char *end)
{
	char text[16384];
	size_t used = 0;

	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s%s%s", prefix, lines[i], end);
	}
	return machine_of_log(text);
}

static void check_read(struct lb_machine *machine)
{
	REQUIRE(machine != NULL);
	CHECK(machine->arch == LB_ARCH_X86_64);
	CHECK_TEXT(machine->kernel.release, "6.1.0-9-amd64");
	CHECK_TEXT(machine->boot.cmdline, "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro crashkernel=256M");
	CHECK_EQUAL(machine->e820.log_count, 3);
	CHECK_EQUAL(machine->e820.log[2].range.end, 0x7ffe0000);
	CHECK(machine->e820.log[1].type == LB_E820_RESERVED);
	CHECK_EQUAL(machine->boot.ramdisk.start, 0x37df7000);
	CHECK_EQUAL(machine->boot.ramdisk.end, 0x37ef3000);
	REQUIRE(machine->crash.log_count == 1);
	CHECK_TEXT(machine->crash.log[0].text, lines[6]);
	REQUIRE(machine->nodes.data_count == 1);
	CHECK_EQUAL(machine->nodes.data[0].range.start, 0x7ffb5000);
	CHECK_EQUAL(machine->nodes.memory_count, 2);
	CHECK_EQUAL(machine->problems_count, 0);
}

TEST(machine_log, every_prefix_that_people_post)
{
	static const char *const prefixes[] = {
		"",
		"[    0.000000] ",
		"[    0.000000] [    T0] ",
		"[    0.000000][    T0] ",
		"[    0.000000] [      C12] ",
		"<6>[    0.000000] ",
		"<6>",
		"> [    0.000000] ",
		"> > [    0.000000] ",
		">>> ",
		" > | [    0.000000] ",
		"[Wed Jul  3 16:39:34 2024] ",
		"Jul  3 16:39:34 some-host kernel: ",
		"Jul 13 16:39:34 some-host kernel: [    0.000000] ",
		"2024-07-03T16:39:34.123456+02:00 some-host kernel: [    0.000000] ",
		"2024-07-03T16:39:34+0200 some-host kernel: ",
		"[    0.000000] some-host kernel: ",
		"kern  :info  : [    0.000000] ",
		"6,339,5140900,-;",
		"6,339,5140900,-,caller=T1;",
		/* dmesg -H, -d, -T -d, -x -H, --time-format delta and iso, --color */
		"[Jun21 23:09] ",
		"[  +0.000000] ",
		"[    0.000000 <    0.000000>] ",
		"[Wed Jul  3 16:39:34 2024 <    0.000012>] ",
		"kern  :info  : [  +0.000012] ",
		"[<    0.000012>] ",
		"2024-07-03T16:39:34,123456+02:00 ",
		"\033[32m[    0.000000] \033[0m\033[33m",
		/* journalctl -k -o short-full, -iso-precise, -precise, -monotonic, -delta, -unix */
		"Wed 2024-07-03 16:39:34 CEST some-host kernel: ",
		"2024-07-03T16:39:34.123456+0200 some-host kernel: ",
		"Jul 03 16:39:34.123456 some-host kernel: ",
		"[    3.742639] kernel: ",
		"[    3.742639] some-host kernel: ",
		"[    0.000000                ] some-host kernel: ",
		"[    0.000012 <    0.000012 >] some-host kernel: ",
		"1720017574.123456 some-host kernel: ",
		"kernel: ",
		/* RFC 3164 and 5424, as they go over the wire */
		"<4>Jul  3 16:39:34 some-host kernel: [    0.000000] ",
		"<4>1 2024-07-03T16:39:34.123456+02:00 some-host kernel - - - [    0.000000] ",
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(prefixes); i++) {
		struct lb_machine *machine = with_prefix(prefixes[i], "\n");

		check_read(machine);
		lb_machine_close(machine);
		machine = with_prefix(prefixes[i], "\r\n");
		check_read(machine);
		lb_machine_close(machine);
		machine = with_prefix(prefixes[i], "\r\r\n");
		check_read(machine);
		lb_machine_close(machine);
	}
}

TEST(machine_log, records_of_the_journal)
{
	static const char *const forms[][2] = {
		{"{\"_HOSTNAME\":\"h\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"",
			"\",\"PRIORITY\":\"6\"}\n"},
		{"data: {\"MESSAGE\":\"", "\"}\n\n"},
		{"\x1e{\"MESSAGE\":\"", "\"}\n"},
		{"{\n\t\"PRIORITY\" : \"6\",\n\t\"MESSAGE\" : \"",
			"\",\n\t\"_HOSTNAME\" : \"h\"\n}\n"},
		{"__CURSOR=s=1;i=2\nPRIORITY=6\n_TRANSPORT=kernel\nMESSAGE=",
			"\n_HOSTNAME=h\n\n"},
		{"Wed 2024-07-03 16:39:34.123456 CEST [s=1;i=2]\n    PRIORITY=6\n    MESSAGE=",
			"\n    _TRANSPORT=kernel\n"},
		{"", "\033[0m\n"},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(forms); i++) {
		struct lb_machine *machine = with_prefix(forms[i][0], forms[i][1]);

		check_read(machine);
		lb_machine_close(machine);
	}
}

TEST(machine_log, what_other_programs_wrote_is_passed_over)
{
	struct lb_machine *machine = machine_of_log(
		"Jul  3 16:39:34 h kernel: Linux version 6.1.0\n"
		"Jul  3 16:39:35 h sudo[1]: joe : COMMAND=vi crashkernel failed\n"
		"2024-07-03T16:39:35.1+02:00 h sudo: crashkernel failed\n"
		"<4>1 2024-07-03T16:39:35Z h sudo 1 - - crashkernel failed\n"
		"1720017574.123456 h sudo[1]: crashkernel failed\n"
		"{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"crashkernel failed\"}\n"
		"{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"crashkernel \\\"x\\\" failed\"}\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->crash.log_count == 1);
	CHECK_TEXT(machine->crash.log[0].text, "crashkernel \"x\" failed");
	lb_machine_close(machine);
}

TEST(machine_log, lines_that_ran_together_are_taken_apart)
{
	static const char *const stamps[] = {
		"[    0.000000] ", "[    0.000000] [    T0] ", "[Wed Jul  3 16:39:34 2024] "};

	for (size_t i = 0; i < LB_ARRAY_COUNT(stamps); i++) {
		struct lb_machine *machine = with_prefix(stamps[i], "");

		check_read(machine);
		lb_machine_close(machine);
	}
}

TEST(machine_log, lines_that_a_mail_wrapped_are_joined)
{
	struct lb_machine *machine = machine_of_log(
		"> [    0.000000] Linux version 6.1.0\n"
		"> [    0.000000] Command line: BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0\n"
		"> root=/dev/mapper/root ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M\n"
		"> rhgb quiet\n"
		"> [    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff]\n"
		"> usable\n"
		"> [    0.000000] BIOS-e820: [mem 0x00000000000a0000-0x00000000000fffff]\n"
		"> reserved\n"
		"> [    0.01] Reserving 256MB of memory at 2912MB for crashkernel (System RAM:\n"
		"> 1044382MB)\n"
		"> [    0.020000] Kernel command line: BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0 root=\n"
		"> Poking KASLR using RDRAND RDTSC: no option\n"
		"> [    0.030000] BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]\n"
		"> [    0.030000] BIOS-e820: [mem 0x0000000000200000-0x00000000002fffff] usable\n");

	REQUIRE(machine != NULL);
	CHECK(machine->e820.log_count == 3 && machine->e820.log[1].type == LB_E820_RESERVED);
	REQUIRE(machine->crash.log_count == 1);
	CHECK_TEXT(machine->crash.log[0].text,
		"Reserving 256MB of memory at 2912MB for crashkernel (System RAM: 1044382MB)");
	REQUIRE(machine->problems_count == 1);
	CHECK_EQUAL(machine->problems[0].position.line, 13);
	lb_machine_close(machine);

	machine = machine_of_log(
		"[    0.000000] Command line: BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0\r\n"
		"root=/dev/mapper/root ro rd.lvm.lv=vg/root crashkernel=192M\r\nquiet\r\n"
		"[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\r\n");
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline,
		"BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0 root=/dev/mapper/root ro "
		"rd.lvm.lv=vg/root crashkernel=192M quiet");
	CHECK_EQUAL(machine->e820.log_count, 1);
	lb_machine_close(machine);
}

TEST(machine_log, a_command_line_that_the_kernel_broke_is_joined)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 7.0.0\n"
		"Command line: a=1 b=2 c\n"
		"Kernel command line: a=1 b=2 \\\n"
		"Kernel command line: crashkernel=256M \\\n"
		"Kernel command line: quiet\n"
		"Kernel command line: stray\n");

	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "a=1 b=2 crashkernel=256M quiet");
	CHECK_EQUAL(machine->crash.log_count, 0);
	lb_machine_close(machine);
}

TEST(machine_log, a_broken_line_is_a_problem_and_the_rest_is_read)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.1.0\n"
		"BIOS-e820: [mem 0x0000000000000000-0x000000000[    0.000000] other\n"
		"BIOS-e820: [mem 0x0000000000100000-0x000000007ffdffff] usable\n"
		"BIOS-e820: [mem 0x0000000000200000-0x0000000000100000] usable\n");

	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->e820.log_count, 1);
	REQUIRE(machine->problems_count == 2);
	CHECK_EQUAL(machine->problems[0].position.line, 2);
	CHECK_TEXT(machine->problems[0].position.source, "dmesg");
	CHECK_EQUAL(machine->problems[1].position.line, 4);
	lb_machine_close(machine);
}

TEST(machine_log, the_last_boot_counts_and_a_capture_kernel_does_not)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 5.10.1\nCommand line: first\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n"
		"Linux version 6.1.2\nCommand line: second\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n"
		"Linux version 6.1.2\nCommand line: elfcorehdr=0x1000 third\n"
		"BIOS-e820: [mem 0x0-0x2fff] usable\n");

	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->kernel.release, "6.1.2");
	CHECK_TEXT(machine->boot.cmdline, "second");
	REQUIRE(machine->e820.log_count == 1);
	CHECK_EQUAL(machine->e820.log[0].range.end, 0x2000);
	REQUIRE(machine->problems_count == 1);
	CHECK(strstr(machine->problems[0].text, "3 boots"));
	CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_HARMLESS);
	CHECK_EQUAL(machine->problems[0].position.line, 4);
	lb_machine_close(machine);
}

/* Before it the nearest first, then those behind it; not one of another firmware map. */
TEST(machine_log, other_boots_of_the_same_map_are_kept_with_what_they_reserved)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 5.10.1\nCommand line: first\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n"
		"crashkernel reserved: 0x0000000010000000 - 0x0000000020000000 (256 MB)\n"
		"Linux version 5.10.2\nCommand line: elsewhere\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n"
		"Linux version 5.10.3\nCommand line: third\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n"
		"RAMDISK: [mem 0x37df7000-0x37ef2fff]\n"
		"Linux version 6.1.2\nCommand line: elfcorehdr=0x1000 of a dump\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n"
		"Linux version 6.1.2\nCommand line: last\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n");

	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "last");
	CHECK_EQUAL(machine->e820.log_count, 1);
	REQUIRE(machine->other_boots_count == 2);
	CHECK_TEXT(machine->other_boots[0].release, "5.10.3");
	CHECK_TEXT(machine->other_boots[0].cmdline, "third");
	CHECK_EQUAL(machine->other_boots[0].ramdisk.start, 0x37df7000);
	CHECK_EQUAL(machine->other_boots[0].crash_count, 0);
	CHECK_TEXT(machine->other_boots[1].cmdline, "first");
	REQUIRE(machine->other_boots[1].crash_count == 1);
	CHECK_EQUAL(machine->other_boots[1].crash[0].range.start, 0x10000000);
	lb_machine_close(machine);
}

/* What stands before and after, the e820 end says which boot was read. */
static void check_boot(const char *log, uint64_t end, unsigned int line)
{
	struct lb_machine *machine = machine_of_log(log);

	REQUIRE(machine != NULL);
	REQUIRE(machine->e820.log_count == 1);
	CHECK_EQUAL(machine->e820.log[0].range.end, end);
	REQUIRE(machine->problems_count == (line != 0));
	if (line) {
		CHECK(strstr(machine->problems[0].text, "2 boots"));
		CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_HARMLESS);
		CHECK_EQUAL(machine->problems[0].position.line, line);
	}
	lb_machine_close(machine);
}

TEST(machine_log, a_boot_begins_where_the_time_goes_back)
{
	/* Without a banner; the one that has its banner is the whole one, wherever it stands. */
	check_boot("[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\n"
		   "[    5.000000] up\n"
		   "[    0.000000] BIOS-e820: [mem 0x0-0x1fff] usable\n",
		0x2000, 3);
	check_boot("<6>[    0.000000] Linux version 6.1.2\n"
		   "<6>[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\n"
		   "<6>[    5.000000] up\n"
		   "<6>[    0.000000] BIOS-e820: [mem 0x0-0x1fff] usable\n",
		0x1000, 1);
	check_boot("Jul  3 16:39:34 host kernel: [    5.000000] up\n"
		   "Jul  3 16:39:40 host kernel: [    0.000000] Booting Linux on physical CPU\n"
		   "Jul  3 16:39:40 host kernel: [    0.000000] Linux version 6.1.2\n"
		   "Jul  3 16:39:40 host kernel: [    0.000000] BIOS-e820: [mem 0x0-0xfff] "
		   "usable\n",
		0x1000, 2);
	/* Lines of several CPUs change places, firmware speaks first, others name times too. */
	check_boot("UEFI firmware\n"
		   "[    0.000000] Linux version 6.1.2\n"
		   "[    5.500000] up\n"
		   "[    4.600000] late\n"
		   "Jul  3 16:39:34 host sshd: [   90.000000] Hello\n"
		   "[    5.600000] BIOS-e820: [mem 0x0-0xfff] usable\n",
		0x1000, 0);
}

TEST(machine_log, boots_are_told_apart_in_every_form)
{
	check_boot("{\"MESSAGE\":\"Linux version 5.10.1\",\"_TRANSPORT\":\"kernel\"}\n"
		   "{\"MESSAGE\":\"BIOS-e820: [mem 0x0-0xfff] usable\"}\n"
		   "{\"MESSAGE\":\"Linux version 6.1.2\",\"_TRANSPORT\":\"kernel\"}\n"
		   "{\"MESSAGE\":\"BIOS-e820: [mem 0x0-0x1fff] usable\"}\n",
		0x2000, 3);
	check_boot("\033[32m[    0.000000] \033[0mLinux version 5.10.1\n"
		   "\033[32m[    0.000000] \033[0mBIOS-e820: [mem 0x0-0xfff] usable\n"
		   "\033[32m[    0.000000] \033[0mLinux version 6.1.2\n"
		   "\033[32m[    0.000000] \033[0mBIOS-e820: [mem 0x0-0x1fff] usable\n",
		0x2000, 3);
}

TEST(machine_log, the_boot_of_the_running_kernel_counts)
{
	static const char log[] =
		"Linux version 6.1.2 (a)\nKernel command line: quiet crashkernel=1G \n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n"
		"Linux version 6.1.2 (a)\nKernel command line: quiet crashkernel=1G debug\n"
		"BIOS-e820: [mem 0x0-0x1fff] usable\n"
		"Linux version 6.1.3 (b)\nKernel command line: quiet\n"
		"BIOS-e820: [mem 0x0-0x2fff] usable\n";
	struct machine_root root = {0};
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "proc/version", "Linux version 6.1.2 (a)\n");
	machine_root_put(&root, "proc/cmdline", "quiet crashkernel=1G\n");
	machine_root_put(&root, "dmesg", log);
	machine = machine_root_open(&root, &status, &error);
	REQUIRE(machine != NULL);
	REQUIRE(machine->e820.log_count == 1);
	CHECK_EQUAL(machine->e820.log[0].range.end, 0x1000);
	CHECK_EQUAL(machine->problems_count, 1);
	lb_machine_close(machine);
	machine_root_remove(&root);
}

/* Without time stamps they may be lines of two boots. */
TEST(machine_log, a_line_that_was_copied_counts_once)
{
	struct lb_machine *machine = machine_of_log(
		"[    0.000000] Linux version 6.1.2\n"
		"[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\n"
		"[    0.000000] BIOS-e820: [mem 0x0-0xfff] usable\r\n"
		"[    0.000000] BIOS-e820: [mem 0x1000-0x1fff] usable\n");

	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->e820.log_count, 2);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
	machine = machine_of_log("Linux version 6.1.2\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n");
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 1);
	lb_machine_close(machine);
}

TEST(machine_log, lines_of_two_boots_between_each_other_are_not_read)
{
	static const char log[] = "Linux version 6.1.2\nZone ranges:\nZone ranges:\n"
		"Early memory node ranges\nEarly memory node ranges\n"
		"BIOS-e820: [mem 0x0-0xfff] usable\n";
	struct machine_root root = {0};
	struct lb_machine_error error;
	struct lb_machine *machine;
	enum lb_status status;

	machine_root_make(&root);
	machine_root_put(&root, "dmesg", log);
	CHECK(!machine_root_open(&root, &status, &error));
	CHECK_EQUAL(status, LB_INVALID);
	CHECK(strstr(error.text, "several boots"));
	CHECK(strstr(error.text, "\"Early memory node ranges\" stands in lines 4 and 5,"));
	CHECK(strstr(error.text, "journalctl -k -b"));
	machine_root_put(&root, "proc/cmdline", "quiet\n");
	machine = machine_root_open(&root, &status, &error);
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->e820.log_count, 0);
	REQUIRE(machine->problems_count == 1);
	CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_CONTRADICTION);
	lb_machine_close(machine);
	machine_root_remove(&root);
}

TEST(machine_log, a_capture_kernel_alone_is_a_contradiction)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.1.2\nCommand line: quiet elfcorehdr=0x1000\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->problems_count == 1);
	CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_CONTRADICTION);
	CHECK(strstr(machine->problems[0].text, "capture kernel"));
	lb_machine_close(machine);
	machine = machine_of_log("Linux version 6.1.2\n"
		"Reserving 4 KiB of memory at 0x9fdff000 for elfcorehdr\n");
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 1);
	lb_machine_close(machine);
	machine = machine_of_log("Linux version 6.1.2\nCommand line: noelfcorehdr=0x1000\n");
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
}

/* Two files of one boot in one, or two boots whose banners were lost between. */
TEST(machine_log, what_a_kernel_says_once_and_stands_there_twice_is_a_contradiction)
{
	static const char *const twice[] = {
		"Early memory node ranges\n"
		"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n"
		"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n",
		"NODE_DATA(0) allocated [mem 0x1bffd2680-0x1bfffcfff]\n"
		"NODE_DATA(0) allocated [mem 0x1bffd0680-0x1bfffafff]\n",
		"cma: Reserved 64 MiB at 0x00000000b9a00000\n"
		"cma: Reserved 64 MiB at 0x00000000b9a00000\n",
		"Memory: 1K/2K available (16384K kernel code, 2500K rwdata)\n"
		"Memory: 1K/2K available (16384K kernel code, 2500K rwdata)\n",
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(twice); i++) {
		struct lb_machine *machine = machine_of_log(twice[i]);

		REQUIRE(machine != NULL);
		REQUIRE(machine->problems_count == 1);
		CHECK_EQUAL(machine->problems[0].class_, LB_PROBLEM_CONTRADICTION);
		lb_machine_close(machine);
	}
}

TEST(machine_log, the_words_of_newer_kernels_mean_the_same)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 7.2.1\n"
		"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]  System RAM\n"
		"BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff]  device reserved\n"
		"BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]\n"
		"BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] soft reserved\n"
		"BIOS-e820: [mem 0x0000000000200000-0x00000000002fffff] persistent (type 12)\n"
		"BIOS-e820: [mem 0x0000000000300000-0x00000000003fffff] type 20\n"
		"e820: update [mem 0x00000000-0x00000fff] System RAM ==> device reserved\n"
		"e820: remove [mem 0x000a0000-0x000fffff] System RAM\n"
		"e820: remove [mem 0x80000000-0x8fffffff]\n"
		"user: [mem 0x0000000000000000-0x000000000009fbff]  System RAM\n");
	static const enum lb_e820_type types[] = {LB_E820_RAM, LB_E820_RESERVED,
		LB_E820_SOFT_RESERVED, LB_E820_PRAM, LB_E820_OTHER};

	REQUIRE(machine != NULL);
	REQUIRE(machine->e820.log_count == LB_ARRAY_COUNT(types));
	for (size_t i = 0; i < LB_ARRAY_COUNT(types); i++) {
		CHECK(machine->e820.log[i].type == types[i]);
	}
	REQUIRE(machine->e820.updates_count == 3);
	CHECK(machine->e820.updates[0].from == LB_E820_RAM);
	CHECK(machine->e820.updates[0].to == LB_E820_RESERVED);
	CHECK(machine->e820.updates[1].to == 0);
	CHECK(machine->e820.updates[2].from == 0);
	CHECK_EQUAL(machine->e820.user_count, 1);
	CHECK_EQUAL(machine->problems_count, 0);
	lb_machine_close(machine);
}

TEST(machine_log, setup_data_is_the_small_part_of_a_split_range)
{
	struct lb_machine *machine = machine_of_log(
		"reserve setup_data: [mem 0x0000000000000000-0x000000000009ffff] usable\n"
		"reserve setup_data: [mem 0x0000000000100000-0x000000000010006f] usable\n"
		"reserve setup_data: [mem 0x0000000000100070-0x0000000009ffffff] usable\n"
		"reserve setup_data: [mem 0x000000000a000000-0x000000000a0fffff] ACPI NVS\n"
		"reserve setup_data: [mem 0x000000000a100000-0x0000000093742017] usable\n"
		"reserve setup_data: [mem 0x0000000093742018-0x0000000093760457] usable\n"
		"reserve setup_data: [mem 0x0000000093760458-0x0000000093761017] usable\n"
		"reserve setup_data: [mem 0x0000000093761018-0x000000009376e857] usable\n"
		"reserve setup_data: [mem 0x000000009376e858-0x00000000db0dbfff] usable\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->boot.setup_data_count == 3);
	CHECK_EQUAL(machine->boot.setup_data[0].start, 0x100000);
	CHECK_EQUAL(machine->boot.setup_data[0].end, 0x100070);
	CHECK_EQUAL(machine->boot.setup_data[1].start, 0x93742018);
	CHECK_EQUAL(machine->boot.setup_data[2].end, 0x9376e858);
	lb_machine_close(machine);
}

TEST(machine_log, efi_maps_of_both_kinds)
{
	struct lb_machine *machine = machine_of_log(
		"efi: EFI v2.7 by EDK II\n"
		"efi: SMBIOS=0xbfbcc000 ACPI=0xbfb7e000 ACPI 2.0=0xbfb7e014 RNG=0xbf8c6018 \n"
		"efi: mem00: [Conventional|   |  |SP|  |  |  |  |  |  |   |WB|WT|WC|UC] "
		"range=[0x0000000000001000-0x000000000009ffff] (0MB)\n"
		"efi: mem01: [Runtime Data|RUN|  |  |  |  |  |  |  |   |WB|WT|WC|UC] "
		"range=[0x00000000bfa00000-0x00000000bfafffff] (1MB)\n"
		"efi: mem02: [Unaccepted  |attr=0x000000000000000f] "
		"range=[0x0000000100000000-0x0000000110000000) (256MB)\n"
		"efi: EFI runtime memory map:\n"
		"efi: mem00: [Boot Code   |RUN|  |  |  |  |  |  |  |   |WB|WT|WC|UC] "
		"range=[0x0000000000001000-0x000000000009ffff] (0MB)\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->efi.map_count == 3);
	CHECK(machine->efi.map[0].type == LB_EFI_CONVENTIONAL);
	CHECK_EQUAL(machine->efi.map[0].attributes, LB_EFI_ATTR_SP | LB_EFI_ATTR_WB | 7);
	CHECK_EQUAL(machine->efi.map[1].attributes, LB_EFI_ATTR_RUNTIME | LB_EFI_ATTR_WB | 7);
	CHECK_EQUAL(machine->efi.map[2].range.end, 0x110000000);
	CHECK(machine->efi.booted && machine->efi.rng_table);
	REQUIRE(machine->efi.tables_count == 4);
	CHECK_TEXT(machine->efi.tables[2].name, "ACPI 2.0");
	CHECK(lb_machine_has(machine, LB_SOURCE_EFI_MAP_LOG));
	lb_machine_close(machine);

	machine = machine_of_log(
		"efi: Processing EFI memory map:\n"
		"efi:   0x000040000000-0x00004000ffff [Loader Data |   |  |  |  |  |  |  |  |   |"
		"WB|  |  |  ]\n"
		"efi:   0x000040010000-0x0000bfffffff [Conventional|   |  |  |  |  |  |  |  |   |"
		"WB|  |  |  ]\n");
	REQUIRE(machine != NULL);
	REQUIRE(machine->efi.map_count == 2);
	CHECK(machine->efi.map[0].type == LB_EFI_LOADER_DATA);
	CHECK_EQUAL(machine->efi.map[1].range.end, 0xc0000000);
	lb_machine_close(machine);
}

TEST(machine_log, nodes_of_all_kernels)
{
	struct lb_machine *machine = machine_of_log(
		"NUMA: NODE_DATA [mem 0x5f7ec5c0-0x5f7eefff]\n"
		"NUMA: NODE_DATA [mem 0x9fbfc5c0-0x9fbfefff]\n"
		"NUMA: NODE_DATA(1) on node 0\n"
		"ACPI: SRAT: Node 0 PXM 0 [mem 0x40000000-0x5fffffff]\n"
		"ACPI: SRAT: Node 1 PXM 1 [mem 0x100000000-0x1ffffffff] hotplug\n"
		"ACPI: NUMA: SRAT: Node 1 PXM 1 [mem 0x200000000-0x2ffffffff] non-volatile\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->nodes.data_count == 2);
	CHECK_EQUAL(machine->nodes.data[1].node, 1);
	REQUIRE(machine->acpi.srat_count == 3);
	CHECK(machine->acpi.srat[1].hotplug && !machine->acpi.srat[2].hotplug);
	lb_machine_close(machine);
}

TEST(machine_log, pools_reservations_and_page_size)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.12.1+deb13-arm64-16k\n"
		"cma: Reserved 64 MiB at 0x00000000b9a00000 on node -1\n"
		"cma: Reserved 128 MiB at 0x0000000100000000\n"
		"cma: Reserved 64 MiB in 2 ranges\ncma: Reserved 32 MiB in 3 ranges\n"
		"OF: reserved mem: 0x0000000048000000..0x00000000480fffff (1024 KiB) map "
		"non-reusable mmode_resv0@48000000\n"
		"Reserved memory: created CMA memory pool at 0x0000000090000000, size 64 MiB\n"
		"software IO TLB: mapped [mem 0x00000000b9600000-0x00000000b9800000] (2MB)\n"
		"percpu: Embedded 9 pages/cpu s101528 r8192 d37736 u147456\n"
		"PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]\n");

	REQUIRE(machine != NULL);
	REQUIRE(machine->cma.areas_count == 2);
	CHECK_EQUAL(machine->cma.areas[0].end, 0xbda00000);
	CHECK_EQUAL(machine->cma.scattered, 96 * LB_MIB);
	REQUIRE(machine->fdt.reserved_count == 2);
	CHECK_TEXT(machine->fdt.reserved[0].name, "mmode_resv0@48000000");
	CHECK_EQUAL(machine->fdt.reserved[1].range.end, 0x94000000);
	CHECK_EQUAL(machine->dma.swiotlb.end, 0xb9800000);
	CHECK_EQUAL(machine->kernel.page_size, 16384);
	CHECK_EQUAL(machine->memory.nosave_count, 1);
	CHECK(machine->arch == LB_ARCH_ARM64);
	lb_machine_close(machine);
}

TEST(machine_log, what_kernels_say_about_crash_memory)
{
	static const char *const said[] = {
		"Reserving 256MB of low memory at 2800MB for crashkernel (low RAM limit: 4096MB)",
		"crashkernel reserved: 0x000000006f000000 - 0x000000007f000000 (256 MB)",
		"crashkernel low memory reserved: 0x4000000 - 0x14000000 (256 MB)",
		"cannot allocate crashkernel low memory (size:0x10800000).",
		"cannot reserve crashkernel: region is not memory",
		"kexec: Reserving the low 1M of memory for crashkernel",
		"crashkernel: memory value expected",
		"crahskernel: Memory value expected after '@'",
		"Memory value expected",
		"crashkernel size resulted in zero bytes",
		"Ignoring crashkernel for a Xen PV domain",
		"crashkernel CMA reserved: 512 MB in 1 ranges",
	};
	struct lb_machine *machine;
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text),
		"Command line: crashkernel=1G\nKernel command line: crashkernel=1G\n"
		"Unknown kernel command line parameters \"crashkernel=1G\"\n");

	for (size_t i = 0; i < LB_ARRAY_COUNT(said); i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", said[i]);
	}
	machine = machine_of_log(text);
	REQUIRE(machine != NULL);
	REQUIRE(machine->crash.log_count == LB_ARRAY_COUNT(said));
	for (size_t i = 0; i < LB_ARRAY_COUNT(said); i++) {
		CHECK_TEXT(machine->crash.log[i].text, said[i]);
	}
	lb_machine_close(machine);
}

TEST(machine_log, encryption_iommu_and_randomisation)
{
	struct lb_machine *machine = machine_of_log(
		"Linux version 6.6.1\nCommand line: quiet nokaslr\n"
		"Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP\n"
		"pci 0000:00:01.0: Adding to iommu group 0\n"
		"SME: minimum available vector length 16 bytes per vector\n"
		"Hypervisor detected: KVM\n");

	REQUIRE(machine != NULL);
	CHECK(machine->encryption.sev && machine->encryption.sev_es);
	CHECK(machine->encryption.sev_snp && !machine->encryption.sme);
	CHECK(machine->dma.iommu_active && machine->cpu.hypervisor);
	CHECK(machine->kernel.kaslr_known && !machine->kernel.kaslr);
	lb_machine_close(machine);
	machine = machine_of_log("iommu: Default domain type: Passthrough\nKASLR enabled\n"
				 "pci 0000:00:01.0: Adding to iommu group 0\n");
	REQUIRE(machine != NULL);
	CHECK(!machine->dma.iommu_active);
	CHECK(machine->kernel.kaslr_known && machine->kernel.kaslr);
	lb_machine_close(machine);
}
