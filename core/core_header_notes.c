/* SPDX-License-Identifier: MIT */
/* core_header: the notes that a core header points to, a CPU's registers and VMCOREINFO. */
#include "core/core_header_elf.h"

/* struct elf_prstatus (include/linux/elfcore.h and include/uapi/linux/elfcore.h, 6.12): pid at 32,
 * registers at 112, then an int that says whether floating point is there, padded to 8. */
#define PRSTATUS_PID 32
#define PRSTATUS_REGISTERS 112
#define PRSTATUS_BYTES(registers) (PRSTATUS_REGISTERS + 8 * (registers) + 8)
_Static_assert(PRSTATUS_BYTES(LB_X86_64_REGISTERS) == 336, "elf_prstatus of x86-64");
_Static_assert(PRSTATUS_BYTES(LB_ARM64_REGISTERS) == 392, "elf_prstatus of arm64");

#define CPU_NOTE_NAME_BYTES 8 /* "CORE" and its zero, padded */
#define CPU_NOTE_BYTES(registers)                                                                \
	(sizeof(struct elf_note) + CPU_NOTE_NAME_BYTES + PRSTATUS_BYTES(registers) +             \
		LB_NOTE_END_BYTES)
_Static_assert(CPU_NOTE_BYTES(LB_X86_64_REGISTERS) == LB_CPU_NOTE_BYTES_X86_64, "x86-64");
_Static_assert(CPU_NOTE_BYTES(LB_ARM64_REGISTERS) == LB_CPU_NOTE_BYTES_ARM64, "arm64");

enum lb_status lb_cpu_note_write(enum lb_arch arch, const uint64_t *registers, uint32_t pid,
	void *buffer, size_t bytes, size_t *ret_written)
{
	size_t count = arch == LB_ARCH_X86_64 ? LB_X86_64_REGISTERS : LB_ARM64_REGISTERS;
	size_t needed = CPU_NOTE_BYTES(count);
	struct elf_note note = {.name_bytes = 5, .desc_bytes = (uint32_t)PRSTATUS_BYTES(count),
		.type = LB_NT_PRSTATUS};
	uint8_t *to = buffer;

	if (arch != LB_ARCH_X86_64 && arch != LB_ARCH_ARM64) {
		return LB_UNSUPPORTED;
	}
	if (bytes < needed) {
		return LB_NO_STORAGE;
	}
	__builtin_memset(to, 0, needed);
	__builtin_memcpy(to, &note, sizeof(note));
	to += sizeof(note);
	__builtin_memcpy(to, "CORE", 4);
	to += CPU_NOTE_NAME_BYTES;
	__builtin_memcpy(to + PRSTATUS_PID, &pid, sizeof(pid));
	__builtin_memcpy(to + PRSTATUS_REGISTERS, registers, 8 * count);
	*ret_written = needed;
	return LB_OK;
}

static const char vmcoreinfo_name[] = "VMCOREINFO";
#define VMCOREINFO_TEXT (sizeof(struct elf_note) + 12) /* the name, padded to 12 */

static size_t vmcoreinfo_bytes(size_t text)
{
	return VMCOREINFO_TEXT + ((text + 3) & ~(size_t)3) + LB_NOTE_END_BYTES;
}

enum lb_status lb_vmcoreinfo_begin(struct lb_vmcoreinfo *info, void *buffer, size_t bytes)
{
	if (bytes < vmcoreinfo_bytes(0)) {
		return LB_NO_STORAGE;
	}
	*info = (struct lb_vmcoreinfo){.buffer = buffer, .bytes = bytes};
	return LB_OK;
}

static size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

static void add_line(
	struct lb_vmcoreinfo *info, const char *key, const char *value, size_t value_length)
{
	size_t key_length = text_length(key);
	size_t line = key_length + 1 + value_length + 1;
	uint8_t *to = info->buffer + VMCOREINFO_TEXT + info->text;

	if (info->overflowed || line > info->bytes ||
		vmcoreinfo_bytes(info->text + line) > info->bytes) {
		info->overflowed = true;
		return;
	}
	__builtin_memcpy(to, key, key_length);
	to[key_length] = '=';
	__builtin_memcpy(to + key_length + 1, value, value_length);
	to[line - 1] = '\n';
	info->text += line;
}

void lb_vmcoreinfo_add_text(struct lb_vmcoreinfo *info, const char *key, const char *value)
{
	add_line(info, key, value, text_length(value));
}

/* 20 digits and a sign are the most there can be. */
struct number {
	char text[24];
	size_t at;
};

static struct number print_number(uint64_t value, unsigned int base, bool negative)
{
	struct number number = {.at = sizeof(number.text)};

	do {
		number.text[--number.at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative) {
		number.text[--number.at] = '-';
	}
	return number;
}

void lb_vmcoreinfo_add_number(struct lb_vmcoreinfo *info, const char *key, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	struct number number = print_number(magnitude, 10, value < 0);

	add_line(info, key, number.text + number.at, sizeof(number.text) - number.at);
}

void lb_vmcoreinfo_add_hex(struct lb_vmcoreinfo *info, const char *key, uint64_t value)
{
	struct number number = print_number(value, 16, false);

	add_line(info, key, number.text + number.at, sizeof(number.text) - number.at);
}

enum lb_status lb_vmcoreinfo_finish(struct lb_vmcoreinfo *info, size_t *ret_written)
{
	struct elf_note note = {.name_bytes = sizeof(vmcoreinfo_name),
		.desc_bytes = (uint32_t)info->text};
	size_t end = VMCOREINFO_TEXT + info->text;

	if (info->overflowed) {
		return LB_NO_STORAGE;
	}
	__builtin_memcpy(info->buffer, &note, sizeof(note));
	__builtin_memset(info->buffer + sizeof(note), 0, VMCOREINFO_TEXT - sizeof(note));
	__builtin_memcpy(info->buffer + sizeof(note), vmcoreinfo_name, sizeof(vmcoreinfo_name));
	__builtin_memset(info->buffer + end, 0, vmcoreinfo_bytes(info->text) - end);
	*ret_written = vmcoreinfo_bytes(info->text);
	return LB_OK;
}

enum lb_status lb_vmcoreinfo_find(const char *text, size_t bytes, const char *key,
	const char **ret_value, size_t *ret_length)
{
	size_t key_length = text_length(key);

	for (size_t line = 0; line < bytes;) {
		size_t end = line;

		while (end < bytes && text[end] != '\n') {
			end++;
		}
		if (end - line > key_length && text[line + key_length] == '=' &&
			!__builtin_memcmp(text + line, key, key_length)) {
			*ret_value = text + line + key_length + 1;
			*ret_length = end - line - key_length - 1;
			return LB_OK;
		}
		line = end + 1;
	}
	return LB_NOT_FOUND;
}
