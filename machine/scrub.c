/* SPDX-License-Identifier: MIT */
/* scrub: one rule per kind of file. */
#include "machine/scrub.h"

#include <ctype.h>
#include <strings.h>

#include "lifeboat/fdt.h"
#include "machine/log.h"
#include "machine/text.h"

#define MASK 'x'
#define EDID_AT 0x140 /* boot_params: what the monitor says about itself, with serial number */
#define EDID_BYTES 128

static void mask(char *from, const char *end)
{
	for (; from < end; from++) {
		*from = MASK;
	}
}

static bool contains_word_part(const char *name, size_t length, const char *part)
{
	size_t size = strlen(part);

	for (size_t i = 0; i + size <= length; i++) {
		if (!strncasecmp(name + i, part, size)) {
			return true;
		}
	}
	return false;
}

/* Options whose value is a secret, a name or an address. */
static bool is_private_option(const char *name, size_t length)
{
	static const char *const parts[] = {"password", "passwd", "passphrase", "secret",
		"token", "credential", "hostname", "serial", "username", "hwaddr"};
	static const char *const names[] = {
		"ip", "ifname", "bootif", "nfsroot", "nfsaddrs", "rd.neednet", "iscsi_initiator"};

	/* "rd.iscsi.username", "systemd.set_credential" and the like; serial consoles are not
	 * meant: those are values, of console=. */
	for (size_t i = 0; i < LB_ARRAY_COUNT(parts); i++) {
		if (contains_word_part(name, length, parts[i])) {
			return true;
		}
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (strlen(names[i]) == length && !strncasecmp(name, names[i], length)) {
			return true;
		}
	}
	return false;
}

void scrub_command_line(char *text)
{
	char *at = text;

	while (*at) {
		char *word = at;
		char *equals = NULL;
		bool quoted = false;

		for (; *at && (quoted || (*at != ' ' && *at != '\n')); at++) {
			quoted ^= *at == '"';
			if (*at == '=' && !equals) {
				equals = at;
			}
		}
		if (equals && is_private_option(word, (size_t)(equals - word))) {
			mask(equals + 1, at);
		}
		while (*at == ' ' || *at == '\n') {
			at++;
		}
	}
	scrub_addresses(text);
}

/* Six pairs of hexadecimal digits with ':' or '-' between them. */
static bool is_hardware_address(const char *at)
{
	for (int i = 0; i < 17; i++) {
		if (i % 3 == 2 ? at[i] != at[2] : !isxdigit((unsigned char)at[i])) {
			return false;
		}
	}
	return (at[2] == ':' || at[2] == '-') && !isxdigit((unsigned char)at[17]) &&
		at[17] != at[2];
}

void scrub_addresses(char *text)
{
	for (char *at = text; *at; at++) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);

		if (begins && isxdigit((unsigned char)*at) && is_hardware_address(at)) {
			mask(at, at + 17);
			at += 16;
		}
	}
}

/* "(USER@HOST)" of who built the kernel. Distributions' builders are nobody's name, and tell
 * which distribution it is. */
void scrub_banner(char *text)
{
	static const char *const builders[] = {"debian-kernel@", "buildd@", "mockbuild@", "geeko@",
		"linux@archlinux", "builder@", "abuild@", "kbuild@", "buildozer@"};
	char *open = strchr(text, '(');
	char *at = open ? strchr(open, '@') : NULL;
	char *end = open ? strchr(open, ')') : NULL;

	if (!at || !end || at > end) {
		return;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(builders); i++) {
		if (text_starts(open + 1, builders[i])) {
			return;
		}
	}
	mask(open + 1, at);
	mask(at + 1, end);
}

static bool is_private_line(const char *text)
{
	return strcasestr(text, "serialnumber") || strcasestr(text, "serial number") ||
		strcasestr(text, "hostname") || strcasestr(text, "machine id") ||
		strcasestr(text, "machine-id") || text_starts(text, "systemd[");
}

static bool ends_the_boot_part(const char *text)
{
	return text_starts(text, "Run /") || text_starts(text, "systemd[1]: ") ||
		text_starts(text, "Freeing unused kernel");
}

static bool begins_a_boot(const char *text)
{
	return text_starts(text, "Linux version ") || text_starts(text, "Booting Linux on ");
}

static void scrub_log_line(char *text)
{
	if (strstr(text, "ommand line")) {
		scrub_command_line(text);
	} else if (text_starts(text, "Linux version ")) {
		scrub_banner(text);
	}
	scrub_addresses(text);
}

/* The kernel's own time stamp at the end of what log_strip took off; *ret_length 0 if none. */
static const char *stamp_of(const char *line, const char *text, size_t *ret_length)
{
	*ret_length = 0;
	for (const char *at = line; at < text; at++) {
		if (*at == '[' && (at[1] == ' ' || text_is_digit(at[1]))) {
			const char *end = memchr(at, ']', (size_t)(text - at));

			if (end) {
				*ret_length = (size_t)(end + 1 - at);
				return at;
			}
		}
	}
	return line;
}

/* Writes the kept lines over the old text; what is written is never ahead of what is read. */
static void scrub_log(struct machine_file *file)
{
	char *out = file->data;
	char *at = file->data;
	bool in_boot = true;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		char *text = log_strip(line);
		size_t length, stamp_length;
		const char *stamp;

		in_boot = in_boot ? !ends_the_boot_part(text) : begins_a_boot(text);
		if (!in_boot || is_private_line(text)) {
			continue;
		}
		scrub_log_line(text);
		length = strlen(text);
		stamp = stamp_of(line, text, &stamp_length);
		memmove(out, stamp, stamp_length);
		out += stamp_length;
		if (stamp_length && out < text) {
			*out++ = ' ';
		}
		memmove(out, text, length);
		out += length;
		*out++ = '\n';
	}
	file->size = (size_t)(out - file->data);
}

/* "Linux HOST RELEASE ...": the name becomes "-". */
static void scrub_uname(struct machine_file *file)
{
	char *host = file->data + 6;
	size_t length;

	if (!text_starts(file->data, "Linux ")) {
		return;
	}
	length = strcspn(host, " \n");
	if (length > 1) {
		size_t rest = file->size + 1 - (size_t)(host + length - file->data);

		*host = '-';
		memmove(host + 1, host + length, rest);
		file->size -= length - 1;
	}
}

/* The first processor whole, of the others the number only; no line with a serial number. */
static void scrub_cpuinfo(struct machine_file *file)
{
	char *out = file->data;
	char *at = file->data;
	unsigned int processors = 0;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		bool processor = text_starts(line, "processor");
		size_t length = strlen(line);

		processors += processor;
		if ((processors > 1 && !processor) || !strncasecmp(line, "serial", 6)) {
			continue;
		}
		memmove(out, line, length);
		out += length;
		*out++ = '\n';
	}
	file->size = (size_t)(out - file->data);
}

static bool is_private_property(const char *name)
{
	static const char *const names[] = {"serial-number", "local-mac-address", "mac-address",
		"kaslr-seed", "rng-seed", "system-id"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (!strcmp(name, names[i])) {
			return true;
		}
	}
	return false;
}

/* Nodes come in file order, so the walk goes down first and then along. */
static void scrub_node(const struct lb_fdt *fdt, lb_fdt_node node, char *blob)
{
	struct lb_fdt_property property;
	uint32_t cursor = 0;
	lb_fdt_node child;

	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		char *value = blob + (property.value - fdt->blob);

		if (is_private_property(property.name)) {
			memset(value, 0, property.length);
		} else if (!strcmp(property.name, "bootargs") && property.length &&
			!value[property.length - 1]) {
			scrub_command_line(value);
		}
	}
	if (!lb_fdt_first_child(fdt, node, &child)) {
		return;
	}
	do {
		scrub_node(fdt, child, blob);
	} while (lb_fdt_next_sibling(fdt, child, &child));
}

static void scrub_fdt(struct machine_file *file)
{
	struct lb_fdt fdt;

	if (lb_fdt_open(&fdt, file->data, file->size, NULL) == LB_OK) {
		file->size = fdt.size;
		scrub_node(&fdt, lb_fdt_root(&fdt), file->data);
	}
}

void scrub_file(struct machine_file *file)
{
	switch (file->kind) {
	case MACHINE_LOG:
		scrub_log(file);
		break;
	case MACHINE_CMDLINE:
		scrub_command_line(file->data);
		break;
	case MACHINE_VERSION:
		scrub_banner(file->data);
		break;
	case MACHINE_UNAME:
		scrub_uname(file);
		break;
	case MACHINE_CPUINFO:
		scrub_cpuinfo(file);
		break;
	case MACHINE_FDT:
		scrub_fdt(file);
		break;
	case MACHINE_BOOT_PARAMS:
		if (file->size >= EDID_AT + EDID_BYTES) {
			memset(file->data + EDID_AT, 0, EDID_BYTES);
		}
		break;
	default:
		break;
	}
}
