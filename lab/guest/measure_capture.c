/* SPDX-License-Identifier: MIT */
/* measure_capture: in the place of the programs that save a dump: counts the files that the initrd
 * brought, reads all of /proc/vmcore, and says how much memory was left meanwhile. */
#include "lab/guest/console.h"
#include "lab/guest/file.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"
#include "lab/guest/vmcore.h"
#include "lifeboat/format.h"
#include "lifeboat/number.h"

/* As much as makedumpfile maps at a time (MAP_REGION, makedumpfile 1.7). */
#define WINDOW_BYTES (4 * LB_MIB)
#define SLOT_BYTES 2048 /* IO_TLB_SHIFT is 11 */
#define DEPTH_MAX 24
#define PATH_BYTES 2048

static struct vmcore vmcore;
static uint64_t least_free = UINT64_MAX;
static uint64_t least_available = UINT64_MAX;

/* "MemFree:   123 kB" in the text of /proc/meminfo; 0 if it is not there. */
static uint64_t kib_of(const char *text, const char *name)
{
	struct lb_slice rest = lb_slice_of(text);
	struct lb_slice line;

	while (lb_slice_next_item(&rest, '\n', &line)) {
		if (lb_slice_begins(line, name)) {
			size_t at = lb_slice_of(name).length;

			while (at < line.length && line.at[at] == ' ') {
				at++;
			}
			lb_slice_skip(&line, at);
			return lb_number_at(line).value;
		}
	}
	return 0;
}

static void note_memory(void)
{
	static char text[2048];

	read_file("/proc/meminfo", text, sizeof(text));
	least_free = lb_min(least_free, kib_of(text, "MemFree:"));
	least_available = lb_min(least_available, kib_of(text, "MemAvailable:"));
	say(LB_LINE_MEASURED LB_MEASURED_MEMORY " %llu %llu %llu",
		(unsigned long long)kib_of(text, "MemTotal:"), (unsigned long long)least_free,
		(unsigned long long)least_available);
}

/* Slots of the bounce pool (kernel/dma/swiotlb.c, 5.10 to 7.3), where the kernel shows them. */
static void note_pool(void)
{
	char text[32];

	syscall_mount("debugfs", "/sys/kernel/debug");
	if (read_file("/sys/kernel/debug/swiotlb/io_tlb_nslabs", text, sizeof(text)) > 0) {
		say(LB_LINE_MEASURED LB_MEASURED_POOL " %llu",
			(unsigned long long)lb_number_at(lb_slice_of(text)).value * SLOT_BYTES);
	}
}

static uint64_t count_files(char *path, size_t length, unsigned int depth);

/* One entry of the folder whose path this is. Our own files, and what the kernel shows, came from
 * no initrd. */
static uint64_t count_entry(
	char *path, size_t length, const struct syscall_entry *entry, unsigned int depth)
{
	static const char *const others[] = {"proc", "sys", "lifeboat"};
	struct lb_slice name = lb_slice_of(entry->name);
	struct lb_text text = {.bytes = path, .length = length, .capacity = PATH_BYTES};

	if (entry->type == SYSCALL_TYPE_FILE) {
		return 1;
	}
	if (entry->type != SYSCALL_TYPE_FOLDER || lb_slice_is(name, ".") ||
		lb_slice_is(name, "..")) {
		return 0;
	}
	for (size_t i = 0; !depth && i < LB_ARRAY_COUNT(others); i++) {
		if (lb_slice_is(name, others[i])) {
			return 0;
		}
	}
	if (!lb_format(&text, "/%s", entry->name)) {
		return 0;
	}
	return count_files(path, text.length, depth + 1);
}

/* Regular files below a folder: path has room for PATH_BYTES, and is left as it was. */
static uint64_t count_files(char *path, size_t length, unsigned int depth)
{
	uint8_t entries[1024];
	uint64_t count = 0;
	long folder;
	long used;

	folder = depth < DEPTH_MAX ? syscall_open_folder(length ? path : "/") : -1;
	if (folder < 0) {
		return 0;
	}
	while ((used = syscall_list(folder, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < used;) {
			const struct syscall_entry *entry = (const void *)(entries + at);

			count += count_entry(path, length, entry, depth);
			path[length] = '\0';
			at += entry->length;
		}
	}
	syscall_close(folder);
	return count;
}

/* Of the whole file. */
static uint64_t dump_bytes(void)
{
	struct lb_core_segment segment;
	uint64_t end = 0;

	for (uint32_t i = 0; i < vmcore.header.segment_count; i++) {
		lb_core_header_segment(&vmcore.header, i, &segment);
		end = lb_max(end, segment.file_offset + segment.file_bytes);
	}
	return end;
}

/* As makedumpfile does it: mapped, a window at a time. */
static void read_window(uint64_t at, uint64_t bytes)
{
	volatile const uint64_t *window = syscall_map(vmcore.file, at, bytes);
	uint64_t sum = 0;

	if (!window) {
		give_up_capture("/proc/vmcore cannot be mapped at %llu", (unsigned long long)at);
	}
	for (uint64_t i = 0; i < bytes / sizeof(*window); i++) {
		sum += window[i];
	}
	(void)sum;
	syscall_unmap((const void *)(uintptr_t)window, bytes);
}

_Noreturn void measure_capture(void)
{
	char path[PATH_BYTES] = "";
	uint64_t bytes;

	say_stage(LB_DRILL_STAGE_CAPTURE);
	vmcore_open(&vmcore);
	bytes = dump_bytes();
	note_pool();
	note_memory();
	say(LB_LINE_MEASURED LB_MEASURED_FILES " %llu",
		(unsigned long long)count_files(path, 0, 0));
	say_stage(LB_DRILL_STAGE_VERIFY);
	for (uint64_t at = 0; at < bytes; at += WINDOW_BYTES) {
		read_window(at, lb_min(WINDOW_BYTES, bytes - at));
		if (at / WINDOW_BYTES % 16 == 0) {
			note_memory();
		}
	}
	say(LB_LINE_MEASURED LB_MEASURED_DUMP " %llu", (unsigned long long)bytes);
	say(LB_LINE_RESULT LB_RESULT_CAPTURED);
	syscall_end(LB_DRILL_EXIT_PASSED);
}
