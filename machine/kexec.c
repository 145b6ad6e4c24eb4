/* SPDX-License-Identifier: MIT */
/* kexec: what may be loaded for a crash, and what may end it (machine/crash_path.h). */
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

static enum lb_lockdown lockdown_of(const char *line)
{
	static const char *const lines[] = {
		[LB_LOCKDOWN_NONE] = "[none] integrity confidentiality",
		[LB_LOCKDOWN_INTEGRITY] = "none [integrity] confidentiality",
		[LB_LOCKDOWN_CONFIDENTIALITY] = "none integrity [confidentiality]",
	};

	for (size_t i = LB_LOCKDOWN_NONE; i < LB_ARRAY_COUNT(lines); i++) {
		if (!strcmp(line, lines[i])) {
			return (enum lb_lockdown)i;
		}
	}
	return LB_LOCKDOWN_UNKNOWN;
}

void machine_read_lockdown(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_kexec *kexec = &reader->machine->kexec;
	char *at = file->data;
	char *line;

	if (text_next_line(&at, file->data + file->size, &line)) {
		kexec->lockdown = lockdown_of(line);
	}
	if (kexec->lockdown == LB_LOCKDOWN_UNKNOWN) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected \"none integrity confidentiality\", one of them in brackets");
	}
}

/* efivarfs: four bytes of attributes, and the value, which is one byte. */
void machine_read_secure_boot(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_efi *efi = &reader->machine->efi;

	if (file->size != 5 || (uint8_t)file->data[4] > 1) {
		machine_fail(reader, LB_INVALID, machine_at_offset(file->path, 4),
			"expected five bytes, the last of them 0 or 1");
		return;
	}
	efi->secure_boot_known = true;
	efi->secure_boot |= file->data[4] == 1;
}

/* "SecureBoot enabled"; without EFI it says that there are no variables. */
void machine_read_mokutil(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_efi *efi = &reader->machine->efi;
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		if (!strcmp(line, "SecureBoot enabled") || !strcmp(line, "SecureBoot disabled")) {
			efi->secure_boot_known = true;
			efi->secure_boot |= !strcmp(line, "SecureBoot enabled");
		}
	}
}

void machine_read_watchdog_state(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_watchdog *watchdog = &reader->machine->watchdog;
	char *at = file->data;
	char *line;

	watchdog->known = text_next_line(&at, file->data + file->size, &line) &&
		(!strcmp(line, "active") || !strcmp(line, "inactive"));
	if (!watchdog->known) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected \"active\" or \"inactive\"");
		return;
	}
	watchdog->active = *line == 'a';
}
