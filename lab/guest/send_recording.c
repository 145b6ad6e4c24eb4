/* SPDX-License-Identifier: MIT */
/* send_recording: what this machine says about itself, as a cpio archive over the console. */
#include "lab/cpio.h"
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/file.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"
#include "lab/recording_lines.h"
#include "lifeboat/crc32c.h"
#include "lifeboat/format.h"

#define FILE_MAX (8 * LB_MIB)
#define DEPTH_MAX 8
#define LOG_READ_ALL 3
#define LOG_CONSOLE_OFF 6

static const char *const files[] = {"proc/iomem", "proc/cmdline", "proc/version", "proc/meminfo",
	"proc/cpuinfo", "sys/devices/system/memory/block_size_bytes", "sys/firmware/fdt",
	"sys/firmware/acpi/tables/SRAT", "sys/firmware/efi/systab",
	"sys/kernel/boot_params/data", "sys/kernel/kexec_crash_size",
	"sys/kernel/kexec_crash_loaded", "sys/kernel/vmcoreinfo",
	"sys/kernel/kexec_crash_cma_ranges", "sys/kernel/debug/memblock/memory",
	"sys/kernel/debug/memblock/reserved", "sys/kernel/debug/swiotlb/io_tlb_nslabs",
	"sys/kernel/kexec_crash_loaded", "sys/kernel/security/lockdown",
	"sys/devices/system/memory/crash_hotplug", "sys/class/watchdog/watchdog0/state",
	"sys/class/watchdog/watchdog0/timeout", "proc/sys/kernel/kexec_load_disabled",
	"proc/sys/kernel/panic", "proc/sys/kernel/panic_on_oops",
	"proc/sys/kernel/unknown_nmi_panic", "proc/sys/kernel/hung_task_panic",
	"proc/sys/kernel/softlockup_panic", "proc/sys/kernel/hardlockup_panic"};
static const char *const folders[] = {"sys/firmware/memmap", "sys/firmware/efi/runtime-map",
	"sys/kernel/kexec"};

struct stream {
	char line[LAB_RECORDING_LINE_CHARACTERS + 1];
	size_t used;
	uint8_t triple[3];
	size_t pending;
	uint64_t bytes;
	uint32_t crc;
};

static struct stream stream;
static uint8_t *contents; /* FILE_MAX bytes */

static void flush_line(void)
{
	if (stream.used) {
		stream.line[stream.used] = '\0';
		say(LAB_RECORDING_LINE "%s", stream.line);
		stream.used = 0;
	}
}

static void put_triple(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t value = (uint32_t)stream.triple[0] << 16 | (uint32_t)stream.triple[1] << 8 |
		stream.triple[2];

	for (size_t i = 0; i < 4; i++) {
		stream.line[stream.used++] =
			i <= stream.pending ? digits[value >> (18 - 6 * i) & 0x3f] : '=';
	}
	stream.pending = 0;
	if (stream.used == LAB_RECORDING_LINE_CHARACTERS) {
		flush_line();
	}
}

static void send(void *context, const char *bytes, size_t length)
{
	(void)context;
	stream.crc = lb_crc32c(stream.crc, bytes, length);
	stream.bytes += length;
	for (size_t i = 0; i < length; i++) {
		stream.triple[stream.pending++] = (uint8_t)bytes[i];
		if (stream.pending == 3) {
			put_triple();
		}
	}
}

static void finish(void)
{
	if (stream.pending) {
		for (size_t i = stream.pending; i < 3; i++) {
			stream.triple[i] = 0;
		}
		put_triple();
	}
	flush_line();
	say(LAB_RECORDING_LINE LAB_RECORDING_END "%llu %08x", (unsigned long long)stream.bytes,
		stream.crc);
}

/* name: without the leading slash. What is not there or cannot be read is left out. */
static void record_file(struct lab_cpio *cpio, const char *name)
{
	char path[512];
	struct lb_text text = LB_TEXT(path);
	long size = -1;

	if (lb_format(&text, "/%s", name)) {
		size = read_file(path, (char *)contents, FILE_MAX);
	}
	if (size > 0) {
		lab_cpio_file(cpio, name, LAB_CPIO_FILE, contents, (uint32_t)size);
	}
}

static void record_folder(struct lab_cpio *cpio, const char *name, unsigned int depth)
{
	uint8_t entries[2048];
	char path[512];
	struct lb_text text = LB_TEXT(path);
	long folder;
	long length;

	lb_format(&text, "/%s", name);
	folder = text.truncated ? -1 : syscall_open_folder(path);
	if (folder < 0 || depth == DEPTH_MAX) {
		return;
	}
	while ((length = syscall_list(folder, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < length;) {
			struct syscall_entry *entry = (void *)(entries + at);

			at += entry->length;
			text = LB_TEXT(path);
			if (entry->name[0] == '.' ||
				!lb_format(&text, "%s/%s", name, entry->name)) {
				continue;
			}
			if (entry->type == SYSCALL_TYPE_FOLDER) {
				record_folder(cpio, path, depth + 1);
			} else {
				record_file(cpio, path);
			}
		}
	}
	syscall_close(folder);
}

/* As dmesg(1) prints it: without the "<6>" in front of each line. */
static void record_log(struct lab_cpio *cpio)
{
	long length = syscall_log(LOG_READ_ALL, contents, (int)FILE_MAX);
	uint32_t kept = 0;
	bool at_start = true;

	for (long i = 0; i < length; i++) {
		if (at_start && contents[i] == '<') {
			while (i < length && contents[i] != '>') {
				i++;
			}
			at_start = false;
			continue;
		}
		at_start = contents[i] == '\n';
		contents[kept++] = contents[i];
	}
	lab_cpio_file(cpio, "dmesg", LAB_CPIO_FILE, contents, kept);
}

static void record_names(struct lab_cpio *cpio)
{
	static char names[6][65];
	char line[512];
	struct lb_text text = LB_TEXT(line);

	syscall_names(names);
	lb_format(&text, "%s %s %s %s %s GNU/Linux\n", names[0], names[1], names[2], names[3],
		names[4]);
	lab_cpio_file(cpio, "uname", LAB_CPIO_FILE, line, (uint32_t)text.length);
}

_Noreturn void send_recording(void)
{
	struct lab_cpio cpio;

	prepare();
	syscall_log(LOG_CONSOLE_OFF, NULL, 0); /* the kernel must not write between our lines */
	syscall_mount("debugfs", "/sys/kernel/debug");
	syscall_mount("securityfs", "/sys/kernel/security");
	contents = syscall_memory(FILE_MAX);
	if (!contents) {
		say(LB_LINE_ERROR "record: out of memory");
		syscall_end(LB_DRILL_EXIT_FAILED);
	}
	say(LAB_RECORDING_LINE LAB_RECORDING_BEGIN);
	lab_cpio_init(&cpio, (struct lb_sink){send, NULL});
	record_log(&cpio);
	record_names(&cpio);
	for (size_t i = 0; i < LB_ARRAY_COUNT(files); i++) {
		record_file(&cpio, files[i]);
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(folders); i++) {
		record_folder(&cpio, folders[i], 0);
	}
	lab_cpio_finish(&cpio);
	finish();
	say(LB_LINE_RESULT "recorded");
	run_program();
	while (cmdline_has("lifeboat.hold")) {
		syscall_sleep(1000); /* whoever looks from outside ends the machine */
	}
	syscall_end(LB_DRILL_EXIT_PASSED);
}
