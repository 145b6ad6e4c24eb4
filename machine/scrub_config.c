/* SPDX-License-Identifier: MIT */
/*
 * scrub_config: configurations of kdump services. Whose host, user, device or folder it is goes;
 * where to in general, how memory is shaped and what makedumpfile leaves out stays.
 */
#include <string.h>

#include "machine/dump_target.h"
#include "machine/scrub.h"
#include "machine/scrub_words.h"
#include "machine/text.h"

/* "-d", "31", "-l", "--message-level", "makedumpfile" and the like; all else is masked. */
static bool is_option_word(const char *word, size_t length)
{
	static const char *const words[] = {"makedumpfile", "cp", "scp", "--message-level",
		"--num-threads", "--kexec-syscall", "--kexec-file-syscall", "--no-checks"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(words); i++) {
		if (strlen(words[i]) == length && !memcmp(words[i], word, length)) {
			return true;
		}
	}
	return (length == 2 && *word == '-' && text_is_alpha(word[1])) ||
		(length <= 3 && strspn(word, "0123456789") >= length);
}

static void mask_words(char *at, char *end)
{
	while (at < end) {
		size_t length = strcspn(at, " \t\"'");

		length = lb_min(length, (size_t)(end - at));
		if (!is_option_word(at, length)) {
			scrub_mask(at, length);
		}
		at += length + 1;
	}
}

static bool is_usual_directory(const char *value, size_t length)
{
	static const char usual[] = "/var/crash";

	return length == strlen(usual) && !memcmp(value, usual, length);
}

static void mask_directory(char *value, size_t length)
{
	if (!is_usual_directory(value, length)) {
		scrub_mask(value, length);
		*value = length ? '/' : *value;
	}
}

bool scrub_kdump_conf_line(char *line, unsigned int *state)
{
	char *name = line + strspn(line, " \t");
	size_t length = strcspn(name, " \t");
	char *value = name + length + strspn(name + length, " \t");
	size_t rest = strlen(value);

	(void)state;
	if (machine_kdump_conf_kind(name, length) != LB_TARGET_UNKNOWN) {
		scrub_mask(value, rest);
		return true;
	}
	if (length == 4 && !memcmp(name, "path", 4)) {
		mask_directory(value, rest);
		return true;
	}
	if (length == 14 && !memcmp(name, "core_collector", 14)) {
		mask_words(value, value + rest);
		return true;
	}
	return false;
}

/* What a setting of a shell's file may keep. */
enum keep {
	KEEP_CMDLINE,   /* a kernel's command line */
	KEEP_OPTIONS,   /* of kexec or makedumpfile */
	KEEP_NUMBER,
	KEEP_DIRECTORY,
	KEEP_NAME,      /* that it is set */
	KEEP_SCHEME,    /* "nfs://" */
	KEEP_RELEASE,
};

static const struct {
	const char *name;
	enum keep keep;
} settings[] = {
	{"KDUMP_COMMANDLINE_REMOVE", KEEP_CMDLINE},
	{"KDUMP_COMMANDLINE_APPEND", KEEP_CMDLINE},
	{"KDUMP_COMMANDLINE", KEEP_CMDLINE},
	{"KDUMP_CMDLINE_APPEND", KEEP_CMDLINE},
	{"KDUMP_CMDLINE", KEEP_CMDLINE},
	{"KDUMP_KEXEC_ARGS", KEEP_OPTIONS},
	{"KEXEC_ARGS", KEEP_OPTIONS},
	{"MAKEDUMP_ARGS", KEEP_OPTIONS},
	{"KDUMP_CPUS", KEEP_NUMBER},
	{"USE_KDUMP", KEEP_NUMBER},
	{"KDUMP_COREDIR", KEEP_DIRECTORY},
	{"NFS", KEEP_NAME},
	{"SSH", KEEP_NAME},
	{"KDUMP_SAVEDIR", KEEP_SCHEME},
	{"KDUMP_KERNELVER", KEEP_RELEASE},
};

/* Without its quotes; what stands behind them is cut off. */
static char *value_within(char *line, size_t *ret_length)
{
	char *value = strchr(line, '=') + 1;
	char quote = *value == '"' || *value == '\'' ? *value : 0;

	if (!quote) {
		*ret_length = strcspn(value, " \t#");
		value[*ret_length] = 0;
		return value;
	}
	value++;
	*ret_length = strcspn(value, quote == '"' ? "\"" : "'");
	if (value[*ret_length]) {
		value[*ret_length + 1] = 0;
	}
	return value;
}

static void keep_value(enum keep keep, char *value, size_t length)
{
	size_t scheme;

	switch (keep) {
	case KEEP_CMDLINE:
		scrub_command_line(value, length);
		break;
	case KEEP_OPTIONS:
		mask_words(value, value + length);
		break;
	case KEEP_NUMBER:
		if (strspn(value, "0123456789") < length) {
			scrub_mask(value, length);
		}
		break;
	case KEEP_DIRECTORY:
		mask_directory(value, length);
		break;
	case KEEP_NAME:
		scrub_mask(value, length);
		break;
	case KEEP_SCHEME:
		scheme = *value == '/' || machine_savedir_kind(value) == LB_TARGET_OTHER
				 ? 0
				 : strcspn(value, ":") + 3;
		scheme = lb_min(scheme, length);
		if (machine_savedir_kind(value) == LB_TARGET_LOCAL) {
			mask_directory(value + scheme, length - scheme);
		} else {
			scrub_mask(value + scheme, length - scheme);
		}
		break;
	case KEEP_RELEASE:
		if (strspn(value, "0123456789.") < 3) {
			scrub_mask(value, length);
		}
		break;
	}
}

bool scrub_shell_line(char *line, unsigned int *state)
{
	char *name = line + strspn(line, " \t");
	size_t length = strcspn(name, "=");

	(void)state;
	for (size_t i = 0; name[length] && i < LB_ARRAY_COUNT(settings); i++) {
		if (strlen(settings[i].name) == length && !memcmp(settings[i].name, name, length)) {
			size_t value_length;
			char *value = value_within(name, &value_length);

			keep_value(settings[i].keep, value, value_length);
			return true;
		}
	}
	return false;
}
