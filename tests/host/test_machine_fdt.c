/* SPDX-License-Identifier: MIT */
/*
 * fdt: trees that dtc made, read back. A random tree is written as source for dtc and as a list
 * of what a walk must meet; dtc's blob, walked, must give that list. And the facts that the
 * reader takes out of /chosen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/test.h"
#include "lifeboat/fdt.h"
#include "machine_root.h"

#define TEXT_MAX 65536
#define BLOB_MAX 65536

struct text {
	char bytes[TEXT_MAX];
	size_t used;
};

struct generator {
	uint32_t state;
	unsigned int nodes;
	struct text source;   /* for dtc */
	struct text expected; /* for the walk */
};

static void add(struct text *text, const char *format, unsigned int a, unsigned int b)
{
	int length = snprintf(text->bytes + text->used, TEXT_MAX - text->used, format, a, b);

	LB_ASSERT(length >= 0 && text->used + (size_t)length < TEXT_MAX);
	text->used += (size_t)length;
}

static uint32_t draw(struct generator *generator, uint32_t below)
{
	generator->state = generator->state * 1664525 + 1013904223;
	return (generator->state >> 8) % below;
}

static void generate_node(struct generator *generator, unsigned int depth)
{
	unsigned int properties = draw(generator, 4);
	unsigned int children = depth < 6 ? draw(generator, 4) : 0;

	for (unsigned int i = 0; i < properties; i++) {
		unsigned int cells = draw(generator, 5);

		add(&generator->source, "p%u%.0u", i, 0);
		add(&generator->expected, "p%u/%u:", i, 4 * cells);
		for (unsigned int k = 0; k < cells; k++) {
			uint32_t value = draw(generator, 1000000) * 4001;

			add(&generator->source, k ? " 0x%x%.0u" : " = <0x%x%.0u", value, 0);
			add(&generator->expected, "%08x%.0u", value, 0);
		}
		add(&generator->source, cells ? ">;\n" : ";\n", 0, 0);
		add(&generator->expected, ";", 0, 0);
	}
	for (unsigned int i = 0; i < children && generator->nodes < 200; i++) {
		unsigned int address = ++generator->nodes;

		add(&generator->source, "n%u@%x {\n", i, address);
		add(&generator->expected, "{n%u@%x ", i, address);
		generate_node(generator, depth + 1);
		add(&generator->source, "};\n", 0, 0);
		add(&generator->expected, "}", 0, 0);
	}
}

static unsigned int number(const char *text, int base)
{
	return (unsigned int)strtoul(text, NULL, base);
}

static void walk(const struct lb_fdt *fdt, lb_fdt_node node, struct text *seen)
{
	struct lb_fdt_property property;
	uint32_t cursor = 0;
	lb_fdt_node child;

	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		add(seen, property.name[0] == 'p' ? "p%u/%u:" : "?",
			number(property.name + 1, 10), property.length);
		for (uint32_t i = 0; i < property.length; i++) {
			add(seen, "%02x%.0u", property.value[i], 0);
		}
		add(seen, ";", 0, 0);
	}
	if (!lb_fdt_first_child(fdt, node, &child)) {
		return;
	}
	do {
		const char *name = lb_fdt_name(fdt, child);
		const char *at = strchr(name, '@');

		add(seen, "{n%u@%x ", number(name + 1, 10), at ? number(at + 1, 16) : 0);
		walk(fdt, child, seen);
		add(seen, "}", 0, 0);
	} while (lb_fdt_next_sibling(fdt, child, &child));
}

static bool have_dtc(void)
{
	return !system("dtc --version > /dev/null 2>&1");
}

/* Compiles source; the size of the blob, 0 if dtc failed. */
static size_t compile(const char *source, const char *options, uint8_t *ret_blob)
{
	struct machine_root root;
	char command[256];
	size_t size = 0;
	FILE *file;

	machine_root_make(&root);
	machine_root_put(&root, "in.dts", source);
	snprintf(command, sizeof(command),
		"dtc -q -I dts -O dtb %s -o %s/out.dtb %s/in.dts 2>/dev/null", options, root.path,
		root.path);
	if (!system(command)) {
		snprintf(command, sizeof(command), "%s/out.dtb", root.path);
		file = fopen(command, "rb");
		size = file ? fread(ret_blob, 1, BLOB_MAX, file) : 0;
		if (file) {
			fclose(file);
		}
	}
	machine_root_remove(&root);
	return size;
}

static void check_random_tree(uint32_t seed, const char *options)
{
	static struct generator generator;
	static struct text seen;
	static uint8_t blob[BLOB_MAX];
	struct lb_fdt fdt;
	size_t size;

	memset(&generator, 0, sizeof(generator));
	seen.used = 0;
	generator.state = seed;
	add(&generator.source, "/dts-v1/;\n/memreserve/ 0x1000 0x2000;\n/ {\n", 0, 0);
	generate_node(&generator, 0);
	add(&generator.source, "};\n", 0, 0);
	size = compile(generator.source.bytes, options, blob);
	REQUIRE(size > 0);
	REQUIRE(lb_fdt_open(&fdt, blob, size, NULL) == LB_OK);
	add(&seen, "%.0u%.0u", 0, 0);
	walk(&fdt, lb_fdt_root(&fdt), &seen);
	generator.expected.bytes[generator.expected.used] = 0;
	CHECK_TEXT(seen.bytes, generator.expected.bytes);
}

TEST(machine_fdt, what_dtc_writes_is_what_a_walk_meets)
{
	static const char *const options[] = {"", "-V 16", "-S 60000", "-p 1000 -H legacy"};

	if (!have_dtc()) {
		SKIP("dtc is not installed (package device-tree-compiler)");
	}
	for (uint32_t seed = 1; seed <= 24; seed++) {
		check_random_tree(seed, options[seed % LB_ARRAY_COUNT(options)]);
	}
}

TEST(machine_fdt, chosen_tells_initrd_command_line_and_firmware)
{
	static uint8_t blob[BLOB_MAX];
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;
	size_t size;

	if (!have_dtc()) {
		SKIP("dtc is not installed (package device-tree-compiler)");
	}
	size = compile("/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\n"
		       "memory@40000000 { reg = <0 0x40000000 0 0x8000>; };\n"
		       "chosen { bootargs = \"quiet crashkernel=1G\";\n"
		       "linux,initrd-start = <0x48000000>; linux,initrd-end = <0 0x48100000>;\n"
		       "linux,uefi-system-table = <0 0x7f000018>;\n"
		       "linux,uefi-secure-boot = <3>; }; };\n",
		"", blob);
	REQUIRE(size > 0);
	machine_root_make(&root);
	machine_root_put_bytes(&root, "sys/firmware/fdt", blob, size);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_TEXT(machine->boot.cmdline, "quiet crashkernel=1G");
	CHECK_EQUAL(machine->boot.ramdisk.start, 0x48000000);
	CHECK_EQUAL(machine->boot.ramdisk.end, 0x48100000);
	CHECK(machine->efi.booted && machine->efi.secure_boot_known && machine->efi.secure_boot);
	CHECK_EQUAL(machine->fdt.size, size);
	lb_machine_close(machine);
}

/* A tree without EFI, whose bootargs are "a b" and a blank, beside these files. */
static void check_tree_beside(const char *cmdline, const char *log, const char *expected)
{
	static uint8_t blob[BLOB_MAX];
	size_t size = compile("/dts-v1/;\n/ { chosen { bootargs = \"a b \"; }; };\n", "", blob);
	struct lb_machine_error error;
	struct machine_root root;
	struct lb_machine *machine;
	enum lb_status status;

	REQUIRE(size > 0);
	machine_root_make(&root);
	machine_root_put_bytes(&root, "sys/firmware/fdt", blob, size);
	machine_root_put(&root, "proc/cmdline", cmdline);
	machine_root_put(&root, "dmesg", log);
	machine = machine_root_open(&root, &status, &error);
	machine_root_remove(&root);
	REQUIRE(machine != NULL);
	CHECK_EQUAL(machine->problems_count, expected != NULL);
	CHECK(!expected || !machine->problems_count ||
		strstr(machine->problems[0].text, expected));
	lb_machine_close(machine);
}

TEST(machine_fdt, a_tree_of_another_boot_is_told)
{
	static const char plain[] = "Linux version 6.12.0 (x@y) #1\nefi: UEFI not found.\n";
	static const char efi[] = "Linux version 6.12.0 (x@y) #1\nefi: EFI v2.7 by EDK II\n";

	if (!have_dtc()) {
		SKIP("dtc is not installed (package device-tree-compiler)");
	}
	check_tree_beside("a b\n", plain, NULL);
	check_tree_beside("a b of_the_kernel\n", plain, NULL);
	check_tree_beside("a c\n", plain, "bootargs are not in the command line");
	check_tree_beside("a b\n", efi, "not of a boot through EFI");
}
