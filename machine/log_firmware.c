/* SPDX-License-Identifier: MIT */
/* Boot log lines about the firmware: the EFI map that efi=debug prints, EFI and ACPI tables. */
#include "machine/log.h"

/* The names that drivers/firmware/efi/efi.c pads into the first column, by type. */
static bool efi_type(const char **at, enum lb_efi_type *ret)
{
	static const char *const names[] = {"Reserved", "Loader Code", "Loader Data", "Boot Code",
		"Boot Data", "Runtime Code", "Runtime Data", "Conventional", "Unusable",
		"ACPI Reclaim", "ACPI Mem NVS", "MMIO", "MMIO Port", "PAL Code", "Persistent",
		"Unaccepted"};
	const char *end = strchr(*at, '|');
	size_t length;

	if (!end) {
		return false;
	}
	length = (size_t)(end - *at);
	while (length && (*at)[length - 1] == ' ') {
		length--;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (strlen(names[i]) == length && !memcmp(*at, names[i], length)) {
			*at = end;
			*ret = (enum lb_efi_type)i;
			return true;
		}
	}
	if (length == 19 && !memcmp(*at, "Conventional Memory", 19)) {
		*at = end;
		*ret = LB_EFI_CONVENTIONAL;
		return true;
	}
	return false;
}

static uint64_t attribute_bit(const char *name, size_t length)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} bits[] = {
		{"RUN", LB_EFI_ATTR_RUNTIME},
		{"HP", LB_EFI_ATTR_HOT_PLUGGABLE},
		{"CC", UINT64_C(1) << 19},
		{"SP", LB_EFI_ATTR_SP},
		{"RO", UINT64_C(1) << 17},
		{"MR", LB_EFI_ATTR_MORE_RELIABLE},
		{"NV", UINT64_C(1) << 15},
		{"XP", UINT64_C(1) << 14},
		{"RP", UINT64_C(1) << 13},
		{"WP", UINT64_C(1) << 12},
		{"UCE", UINT64_C(1) << 4},
		{"WB", LB_EFI_ATTR_WB},
		{"WT", UINT64_C(1) << 2},
		{"WC", UINT64_C(1) << 1},
		{"UC", UINT64_C(1) << 0},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(bits); i++) {
		if (strlen(bits[i].name) == length && !memcmp(bits[i].name, name, length)) {
			return bits[i].bit;
		}
	}
	return 0;
}

/* "|RUN|  |WB|]" or "|attr=0x000000000000000f]" up to and with the bracket. Columns that a newer
 * kernel adds are passed over. */
static bool efi_attributes(const char **at, uint64_t *ret)
{
	uint64_t attributes = 0;
	const char *p = *at;

	while (*p == '|') {
		const char *word;

		p++;
		if (text_skip(&p, "attr=")) {
			if (!text_hex(&p, &attributes)) {
				return false;
			}
			continue;
		}
		while (*p == ' ') {
			p++;
		}
		word = p;
		while (text_is_alpha(*p)) {
			p++;
		}
		attributes |= attribute_bit(word, (size_t)(p - word));
		while (*p == ' ') {
			p++;
		}
	}
	if (*p != ']') {
		return false;
	}
	*at = p + 1;
	*ret = attributes;
	return true;
}

static bool type_and_attributes(const char **at, struct lb_efi_descriptor *ret)
{
	return text_skip(at, "[") && efi_type(at, &ret->type) &&
		efi_attributes(at, &ret->attributes);
}

/* The firmware's own bytes were read; the log must say the same. The first difference is told. */
static void compare_descriptor(struct log_reader *log, const struct lb_efi_descriptor *descriptor)
{
	const struct lb_machine *machine = log->machine;
	size_t i = log->efi_compared++;

	if (i > machine->efi.map_count) {
		return; /* told before */
	}
	if (i == machine->efi.map_count ||
		machine->efi.map[i].range.start != descriptor->range.start ||
		machine->efi.map[i].range.end != descriptor->range.end ||
		machine->efi.map[i].type != descriptor->type) {
		log->efi_compared = machine->efi.map_count + 1;
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"entry %zu of the EFI map is not what efi-memmap holds: another boot?", i);
	}
}

static void add_descriptor(struct log_reader *log, const struct lb_efi_descriptor *descriptor)
{
	if (log->machine->efi.map_count && !log->reader->efi_map_from_log) {
		compare_descriptor(log, descriptor);
		return;
	}
	log->reader->efi_map_from_log = true;
	MACHINE_APPEND(log->reader, log->machine->efi.map,
		{descriptor->range, descriptor->type, descriptor->attributes});
}

/* x86: "mem00: [Conventional|...] range=[0x0000000000001000-0x000000000009ffff] (0MB)". The map
 * may be printed again later, with other content (runtime map, fake memory): the first counts. */
static bool efi_mem(struct log_reader *log, const char *rest)
{
	struct lb_efi_descriptor descriptor;
	uint64_t number, first, last;

	if (log->efi_map_ended) {
		return true;
	}
	if (!text_decimal(&rest, &number) || !text_skip(&rest, ": ")) {
		return false;
	}
	if (number == 0 && log->efi_next) {
		log->efi_map_ended = true;
		return true;
	}
	if (!type_and_attributes(&rest, &descriptor) || !text_skip(&rest, " range=[") ||
		!text_hex(&rest, &first) || !text_skip(&rest, "-") || !text_hex(&rest, &last)) {
		return false;
	}
	/* "[a-b)" with an exclusive end was printed before 4.1, and is by some vendors still. */
	if (*rest == ')' ? last < first : !text_range_inclusive(first, last, &descriptor.range)) {
		return false;
	}
	if (*rest == ')') {
		descriptor.range = (struct lb_range){first, last};
	}
	if (number != log->efi_next) {
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"EFI map: expected entry %u here, lines are missing", log->efi_next);
	}
	log->efi_next = (unsigned int)lb_min(number, UINT_MAX - 1) + 1;
	add_descriptor(log, &descriptor);
	return true;
}

/* arm64, riscv64: "  0x000040000000-0x00004000ffff [Loader Data |...]" */
static bool efi_range(struct log_reader *log, const char *rest)
{
	struct lb_efi_descriptor descriptor;
	uint64_t first, last;

	if (!text_hex(&rest, &first) || !text_skip(&rest, "-") || !text_hex(&rest, &last) ||
		!text_skip(&rest, " ") || !type_and_attributes(&rest, &descriptor) ||
		!text_range_inclusive(first, last, &descriptor.range)) {
		return false;
	}
	add_descriptor(log, &descriptor);
	return true;
}

/* "ACPI=0xbfb7e000 ACPI 2.0=0xbfb7e014 SMBIOS=0x..": names hold blanks, so a name is whatever
 * stands before "=0x". */
static void efi_tables(struct log_reader *log, const char *rest)
{
	while (*rest) {
		const char *name, *equals;
		uint64_t address;

		text_skip_blanks(&rest);
		name = rest;
		equals = strstr(rest, "=0x");
		if (!equals || equals == name || equals - name > 32) {
			return;
		}
		rest = equals + 1;
		if (!text_hex(&rest, &address) || (*rest && *rest != ' ')) {
			return;
		}
		name = machine_text(log->reader, name, (size_t)(equals - name));
		log->machine->efi.rng_table |= !strcmp(name, "RNG");
		MACHINE_APPEND(log->reader, log->machine->efi.tables,
			{name, {address, address}});
	}
}

static bool efi_line(struct log_reader *log, const char *rest)
{
	struct lb_machine *machine = log->machine;

	if (text_starts(rest, "EFI v")) {
		machine->efi.booted = machine->efi.known = true;
		machine->efi.edk2 |= strstr(rest, "EDK II") != NULL;
	} else if (text_starts(rest, "UEFI not found")) {
		machine->efi.known = true;
	} else if (text_starts(rest, "EFI runtime memory map")) {
		log->efi_map_ended = true;
	} else if (text_skip(&rest, "mem")) {
		return !text_is_digit(*rest) || efi_mem(log, rest);
	} else if (text_starts(rest, "  0x")) {
		return efi_range(log, rest + 2);
	} else if (strstr(rest, "=0x") && strstr(rest, "range=") == NULL) {
		machine->efi.booted = machine->efi.known = true;
		machine->efi.rng_known |= strstr(rest, "ACPI") || strstr(rest, "SMBIOS");
		efi_tables(log, rest);
	}
	return true;
}

static bool no_efi(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->machine->efi.known = true;
	return true;
}

static bool secure_boot(struct log_reader *log, const char *rest)
{
	struct lb_machine_efi *efi = &log->machine->efi;

	efi->secure_boot |= text_starts(rest, "enabled");
	efi->secure_boot_known |= efi->secure_boot || text_starts(rest, "disabled");
	return true;
}

/* "FACP 0x00000000BFFE1C7F 000074 (v01 BOCHS ..." and "Reserving FACP table memory at [mem ..]",
 * which tells nothing new. Tables that AML code loads later have a virtual address. */
static bool acpi_line(struct log_reader *log, const char *rest)
{
	uint64_t address, length, end;
	const char *name = rest;

	for (int i = 0; i < 4; i++) {
		if (!((*rest >= 'A' && *rest <= 'Z') || text_is_digit(*rest) || *rest == '!')) {
			return true;
		}
		rest++;
	}
	if (!text_skip(&rest, " 0x")) {
		return true;
	}
	if (!text_hex(&rest, &address) || !text_skip(&rest, " ") || !text_hex(&rest, &length) ||
		!lb_add(address, length, &end)) {
		return false;
	}
	if (address >> 52) {
		return true;
	}
	log->machine->acpi.qemu |= strstr(rest, " BOCHS ") != NULL;
	name = machine_text(log->reader, name, 4);
	MACHINE_APPEND(log->reader, log->machine->acpi.tables,
		{name, {address, end}});
	return true;
}

static const struct log_rule rules[] = {
	/* drivers/firmware/efi/efi.c and efi-init.c, arch/x86/platform/efi/efi.c */
	{"efi: ", efi_line},
	/* drivers/firmware/efi/arm-runtime.c and riscv-runtime.c */
	{"EFI services will not be available", no_efi},
	/* arch/x86/kernel/setup.c; with the prefix in Debian's and Fedora's kernels */
	{"secureboot: Secure boot ", secure_boot},
	{"Secure boot ", secure_boot},
	/* drivers/acpi/acpica/tbprint.c */
	{"ACPI: ", acpi_line},
};
const struct log_topic log_firmware = {rules, LB_ARRAY_COUNT(rules)};
