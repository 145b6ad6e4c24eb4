/* SPDX-License-Identifier: MIT */
/* crash_linux: a Linux as production kernel: leaves a pattern in its memory, loads the capture
 * kernel that the drill packed, and panics. */
#include "lab/guest/cmdline.h"
#include "lab/guest/console.h"
#include "lab/guest/file.h"
#include "lab/guest/roles.h"
#include "lab/guest/syscalls.h"
#include "lifeboat/format.h"
#include "protocol/pattern.h"

#define SPREAD_BYTES (32 * LB_MIB)
#define PFN_MASK ((UINT64_C(1) << 55) - 1)
#define PFN_PRESENT (UINT64_C(1) << 63)

static _Noreturn void give_up(const char *what, long status)
{
	say(LB_LINE_ERROR "load: %s (error %ld)", what, -status);
	syscall_end(LB_DRILL_EXIT_FAILED);
}

/* Where the kernel has put one of our pages; 0 if it does not say. */
static lb_phys_addr physical(long pagemap, const void *page)
{
	uint64_t entry = 0;

	if (syscall_read_at(pagemap, &entry, 8, (uintptr_t)page / LB_PATTERN_PAGE * 8) != 8 ||
		!(entry & PFN_PRESENT)) {
		return 0;
	}
	return (entry & PFN_MASK) * LB_PATTERN_PAGE;
}

/* "0-3" */
static uint64_t count_cpus(void)
{
	char text[64];
	uint64_t last = 0;

	read_file("/sys/devices/system/cpu/online", text, sizeof(text));
	for (const char *at = text; *at; at++) {
		last = *at >= '0' && *at <= '9' ? last * 10 + (uint64_t)(*at - '0')
			: *at == '\n'		? last
						: 0;
	}
	return last + 1;
}

/* Returns the physical address of the table. */
static lb_phys_addr spread_pattern(void)
{
	long pagemap = syscall_open("/proc/self/pagemap", false);
	struct lb_pattern_table *table = syscall_memory(LB_PATTERN_PAGE);
	uint8_t *memory = syscall_memory(SPREAD_BYTES);
	lb_phys_addr place;

	if (pagemap < 0 || !table || !memory) {
		give_up("no memory for the pattern", 12);
	}
	table->magic = LB_PATTERN_MAGIC;
	table->seed = 1;
	table->cpu_count = count_cpus();
	table->expected_cpus = (UINT64_C(1) << table->cpu_count) - 1;
	for (uint64_t i = 0; i < LB_PATTERN_PAGES_MAX; i++) {
		uint8_t *page = memory + i * (SPREAD_BYTES / LB_PATTERN_PAGES_MAX);

		place = physical(pagemap, page);
		if (place) {
			lb_pattern_fill(table->seed, (uint64_t *)(void *)page, place);
			table->pages[table->page_count++] = place;
		}
	}
	place = physical(pagemap, table);
	syscall_close(pagemap);
	return place;
}

/* What kexec_file_load means by an error (Linux 6.12, kernel/kexec_file.c). */
static const char *load_problem(long error)
{
	static const struct {
		long error;
		const char *meaning;
	} problems[] = {
		{1, "this kernel lets nobody load a capture kernel (lockdown)"},
		{8, "this kernel does not know that kind of capture kernel"},
		{12, "no memory for the capture kernel"},
		{16, "this kernel is loading another capture kernel"},
		{38, "this kernel has no kexec_file_load (CONFIG_KEXEC_FILE)"},
		{99, "the crash memory is too small for the capture kernel and its initrd"},
		{129, "this kernel rejects the capture kernel's signature"},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(problems); i++) {
		if (problems[i].error == error) {
			return problems[i].meaning;
		}
	}
	return "kexec_file_load does not load the capture kernel";
}

static void load(lb_phys_addr pattern)
{
	char cmdline[512];
	char console[64] = "ttyS0";
	struct lb_text text = LB_TEXT(cmdline);
	long kernel = syscall_open("/lifeboat/kernel", false);
	long initrd = syscall_open("/lifeboat/initrd", false);
	char capture[32];
	long status;

	cmdline_value("console", console, sizeof(console));
	lb_format(&text, "console=%s quiet rdinit=/lifeboat/init lifeboat.capture "
		"lifeboat.pattern=0x%llx pause=verified panic=-1 nr_cpus=1 reset_devices",
		console, (unsigned long long)pattern);
	if (cmdline_value("lifeboat.drill", capture, sizeof(capture)) && capture[0] == 'r') {
		text = LB_TEXT(cmdline);
		lb_format(&text, "mode=capture pause=verified");
		initrd = -1;
	}
	status = syscall_load_crash(kernel, initrd, cmdline);
	if (status < 0) {
		give_up(load_problem(-status), status);
	}
}

_Noreturn void crash_linux(void)
{
	char size[32];
	long trigger;

	say_stage(LB_DRILL_STAGE_LOAD);
	if (read_file("/sys/kernel/kexec_crash_size", size, sizeof(size)) <= 0 ||
		size[0] == '0') {
		say(LB_LINE_ERROR "load: this kernel reserved no crash kernel memory");
		syscall_end(LB_DRILL_EXIT_FAILED);
	}
	load(spread_pattern());
	say_stage(LB_DRILL_STAGE_PANIC);
	syscall_sleep(200);
	trigger = syscall_open("/proc/sysrq-trigger", true);
	syscall_write(trigger, "c", 1);
	give_up("sysrq", trigger);
}
