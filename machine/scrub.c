/* SPDX-License-Identifier: MIT */
/* scrub: one rule per kind of file. */
#include "machine/scrub.h"

#include "machine/scrub_words.h"
#include "machine/text.h"

/* What one line of a file becomes. False: it is left out. */
typedef bool line_rule(char *line, unsigned int *state);

/* Writes the kept lines over the old text; what is written is never ahead of what is read. */
static void scrub_lines(struct machine_file *file, line_rule *rule)
{
	char *out = file->data;
	char *at = file->data;
	unsigned int state = 0;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		size_t length;

		if (!rule(line, &state)) {
			continue;
		}
		length = strlen(line);
		while (length && line[length - 1] == '\r') {
			length--;
		}
		memmove(out, line, length);
		out += length;
		*out++ = '\n';
	}
	file->size = (size_t)(out - file->data);
}

/* Of files that hold one line. */
static void keep_first_line(struct machine_file *file)
{
	size_t length = strcspn(file->data, "\r\n");

	file->size = file->data[length] ? length + 1 : length;
	file->data[length] = file->data[length] ? '\n' : 0;
	file->data[file->size] = 0;
}

/* "00001000-0009fbff : System RAM" */
static bool iomem_line(char *line, unsigned int *state)
{
	char *name = strchr(line, ':');

	(void)state;
	if (name) {
		scrub_words(name);
	}
	return true;
}

static bool figures_line(char *line, unsigned int *state)
{
	(void)state;
	scrub_words(line);
	return true;
}

/* What Linux calls its figures (fs/proc/meminfo.c and arch_report_meminfo, 5.10 to 7.3). */
static bool is_meminfo_name(const char *name, size_t length)
{
	static const char *const names[] = {"MemTotal", "MemFree", "MemAvailable", "Buffers",
		"Cached", "SwapCached", "Active", "Inactive", "Active(anon)", "Inactive(anon)",
		"Active(file)", "Inactive(file)", "Unevictable", "Mlocked", "HighTotal", "HighFree",
		"LowTotal", "LowFree", "MmapCopy", "SwapTotal", "SwapFree", "Zswap", "Zswapped",
		"Dirty", "Writeback", "AnonPages", "Mapped", "Shmem", "KReclaimable", "Slab",
		"SReclaimable", "SUnreclaim", "KernelStack", "ShadowCallStack", "PageTables",
		"SecPageTables", "NFS_Unstable", "Bounce", "WritebackTmp", "CommitLimit",
		"Committed_AS", "VmallocTotal", "VmallocUsed", "VmallocChunk", "Percpu",
		"EarlyMemtestBad", "HardwareCorrupted", "AnonHugePages", "ShmemHugePages",
		"ShmemPmdMapped", "FileHugePages", "FilePmdMapped", "CmaTotal", "CmaFree",
		"Unaccepted", "Balloon", "GPUActive", "GPUReclaim", "HugePages_Total",
		"HugePages_Free", "HugePages_Rsvd", "HugePages_Surp", "Hugepagesize", "Hugetlb",
		"DirectMap4k", "DirectMap64k", "DirectMap2M", "DirectMap4M", "DirectMap32M",
		"DirectMap1G"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (strlen(names[i]) == length && !memcmp(names[i], name, length)) {
			return true;
		}
	}
	return false;
}

/* "MemTotal:        2028296 kB", "DirectMap4k:", "Active(anon):" */
static bool meminfo_line(char *line, unsigned int *state)
{
	const char *at = strchr(line, ':');
	uint64_t value;

	(void)state;
	if (!at || !is_meminfo_name(line, (size_t)(at - line))) {
		return false;
	}
	at++;
	text_skip_blanks(&at);
	return text_decimal(&at, &value) && (!*at || !strcmp(at, " kB"));
}

/* Of the first processor what a reader asks for, of the others the number. */
static bool cpuinfo_line(char *line, unsigned int *processors)
{
	bool processor = text_starts(line, "processor");

	if (processor) {
		scrub_words(line + strlen("processor"));
	}
	*processors += processor;
	return processor || (*processors <= 1 && (text_starts(line, "flags") ||
		text_starts(line, "CPU architecture") || text_starts(line, "isa\t")));
}

/* Of settings those that are read, as sysctl prints them. */
static bool setting_line(char *line, unsigned int *state)
{
	struct machine_setting setting;

	(void)state;
	return machine_setting_line(line, &setting);
}

/* One word and a date; what stands behind them may be a place. */
static void scrub_trial_status(struct machine_file *file)
{
	const char *at = file->data;

	if (!text_skip(&at, "success") && !text_skip(&at, "fail")) {
		keep_first_line(file);
		scrub_mask(file->data, strcspn(file->data, "\n"));
		return;
	}
	at += strspn(at, " ");
	at += strspn(at, "0123456789");
	file->size = (size_t)(at - file->data);
	file->data[file->size] = 0;
}

/* "Linux HOST RELEASE ...": the name becomes "-". */
static void scrub_uname(struct machine_file *file)
{
	char *host = file->data + 6;
	size_t length;

	keep_first_line(file);
	if (!text_starts(file->data, "Linux ")) {
		scrub_mask(file->data, strcspn(file->data, "\n"));
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

enum lb_status scrub_file(struct machine_reader *reader, struct machine_file *file,
	struct lb_left_out *left_out)
{
	switch (file->kind) {
	case MACHINE_LOG:
		return scrub_log(reader, file, left_out);
	case MACHINE_CMDLINE:
		left_out->options += scrub_command_line(file->data, file->size);
		break;
	case MACHINE_VERSION:
		keep_first_line(file);
		scrub_banner(file->data);
		break;
	case MACHINE_UNAME:
		scrub_uname(file);
		break;
	case MACHINE_CPUINFO:
		scrub_lines(file, cpuinfo_line);
		break;
	case MACHINE_MEMINFO:
		scrub_lines(file, meminfo_line);
		break;
	case MACHINE_IOMEM:
		scrub_lines(file, iomem_line);
		break;
	case MACHINE_TRIAL: /* checked to the last byte */
		break;
	case MACHINE_TRIAL_STATUS:
		scrub_trial_status(file);
		break;
	case MACHINE_KDUMP_CONF:
		scrub_lines(file, scrub_kdump_conf_line);
		break;
	case MACHINE_KDUMP_SYSCONFIG:
	case MACHINE_KDUMP_TOOLS:
		scrub_lines(file, scrub_shell_line);
		break;
	case MACHINE_SETTINGS_LIST:
	case MACHINE_SYSCTL_CONF:
	case MACHINE_SETTINGS_CONF:
		scrub_lines(file, setting_line);
		break;
	case MACHINE_MEMBLOCK_MEMORY:
	case MACHINE_MEMBLOCK_RESERVED:
		scrub_lines(file, figures_line);
		break;
	case MACHINE_EFI_SYSTAB:
		scrub_lines(file, figures_line);
		break;
	case MACHINE_FDT:
		scrub_fdt(file, left_out);
		break;
	case MACHINE_BOOT_PARAMS:
		scrub_boot_params(file);
		break;
	case MACHINE_SRAT:
		scrub_srat(file);
		break;
	case MACHINE_EFI_MEMMAP:
		scrub_efi_memmap(file);
		break;
	case MACHINE_CRASH_CMA: /* checked to the last byte */
	case MACHINE_SECURE_BOOT:
		break;
	case MACHINE_MEMMAP_TYPE:
		keep_first_line(file);
		scrub_words(file->data);
		break;
	default: /* one number */
		keep_first_line(file);
		break;
	}
	return LB_OK;
}
