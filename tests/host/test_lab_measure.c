/* SPDX-License-Identifier: MIT */
/* What a trial's console says of it, by the words of real kernels; and the line that is kept. */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "lab/measure_cache.h"
#include "lab/measure_console.h"

/* The lines of one machine, one after the other. */
static struct lb_trial judged(const char *const *lines, bool late)
{
	struct lb_trial trial = {.size = 4 * LB_MIB};
	struct lab_measure_console console = {.trial = &trial, .files_wanted = 3};

	for (size_t i = 0; lines[i]; i++) {
		lab_measure_line(&console, lines[i]);
	}
	lab_measure_judge(&console, late);
	return trial;
}

#define JUDGED(late, ...) judged((const char *const[]){__VA_ARGS__, NULL}, late)

TEST(lab_measure, only_a_capture_with_all_files_completed)
{
	struct lb_trial trial = JUDGED(false, "stage: capture",
		"measured: memory 70352 44472 50708", "measured: files 3",
		"measured: memory 70352 30000 40000", "measured: dump 280000000",
		"result: captured");

	CHECK_EQUAL(trial.end, LB_TRIAL_COMPLETED);
	CHECK(!trial.why[0]);
	CHECK_EQUAL(trial.total, 70352 * LB_KIB);
	CHECK_EQUAL(trial.free, 30000 * LB_KIB);
	CHECK_EQUAL(trial.available, 40000 * LB_KIB);
	CHECK_EQUAL(trial.dump, 280000000);
	trial = JUDGED(false, "measured: files 2", "result: captured");
	CHECK_EQUAL(trial.end, LB_TRIAL_FILES_LOST);
	trial = JUDGED(false, "measured: files 3", "result: lost");
	CHECK_EQUAL(trial.end, LB_TRIAL_FAILED);
}

TEST(lab_measure, want_of_memory_is_told_from_other_failures)
{
	static const struct {
		const char *lines[4];
		bool late;
		enum lb_trial_end end;
	} cases[] = {
		{{"error: load: the crash memory is too small for what is loaded: 1 bytes for 2"},
			false, LB_TRIAL_NOT_LOADED},
		{{"panic: load: no room for \"kernel\": \"core header\" has 0x1000-0x2000"}, false,
			LB_TRIAL_NOT_LOADED},
		{{"[    1.0] Kernel panic - not syncing: System is deadlocked on memory"}, false,
			LB_TRIAL_OUT_OF_MEMORY},
		{{"[    1.0] Kernel panic - not syncing: alloc_low_pages: can not alloc memory"},
			true, LB_TRIAL_OUT_OF_MEMORY},
		{{"[    1.0] Kernel panic - not syncing: bio: can't create integrity buf pool"},
			false, LB_TRIAL_OUT_OF_MEMORY},
		{{"[    2.0] Out of memory: Killed process 1 (init) total-vm:100kB",
			"[    2.1] Kernel panic - not syncing: Attempted to kill init!"},
			false, LB_TRIAL_OUT_OF_MEMORY},
		{{"[    1.0] Initramfs unpacking failed: write error",
			"[    2.0] Kernel panic - not syncing: VFS: Unable to mount root fs"},
			false, LB_TRIAL_FILES_LOST},
		{{"[    1.0] Initramfs unpacking failed: XZ decompressor ran out of memory",
			"[    2.0] Kernel panic - not syncing: VFS: Unable to mount root fs"},
			false, LB_TRIAL_FILES_LOST},
		{{"[    1.0] Initramfs unpacking failed: compression method zstd not configured",
			"[    2.0] Kernel panic - not syncing: VFS: Unable to mount root fs"},
			false, LB_TRIAL_FAILED},
		{{"[    2.0] Kernel panic - not syncing: VFS: Unable to mount root fs"}, true,
			LB_TRIAL_FAILED},
		{{"error: capture: there is no /proc/vmcore"}, false, LB_TRIAL_FAILED},
		{{"panic: asked for (panic)", "stage: purgatory"}, true, LB_TRIAL_HUNG},
		{{"panic: asked for (panic)", "stage: purgatory"}, false, LB_TRIAL_FAILED},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_trial trial = judged(cases[i].lines, cases[i].late);

		CHECK_EQUAL(trial.end, cases[i].end);
		CHECK(trial.why[0]);
	}
}

/* A low region is measured by the pool that fits into it, if the kernel shows how large that is. */
TEST(lab_measure, a_bounce_pool_that_was_cut_is_no_success)
{
	struct lb_trial trial = {0};
	struct lab_measure_console console = {.trial = &trial, .pool_wanted = 64 * LB_MIB};

	lab_measure_line(&console, "region: crash 0x100000000-0x1003fffff");
	lab_measure_line(&console, "region: low crash 0x200000-0x5fffff");
	CHECK_EQUAL(console.crash.start, 4 * LB_GIB);
	CHECK_EQUAL(console.low_crash.start, 0x200000);
	CHECK_EQUAL(console.low_crash.end, 0x600000);
	lab_measure_line(&console, "result: captured");
	lab_measure_judge(&console, false);
	CHECK_EQUAL(trial.end, LB_TRIAL_COMPLETED);
	lab_measure_line(&console, "measured: pool 33554432");
	lab_measure_judge(&console, false);
	CHECK_EQUAL(trial.end, LB_TRIAL_POOL_CUT);
	CHECK(strstr(trial.why, "32768 KiB"));
	lab_measure_line(&console, "measured: pool 67108864");
	lab_measure_judge(&console, false);
	CHECK_EQUAL(trial.end, LB_TRIAL_COMPLETED);
}

/* What is loaded is not filled, and what is only room is. */
TEST(lab_measure, loaded_parts_are_known_and_the_kernels_room_is_none)
{
	struct lb_trial trial = {0};
	struct lab_measure_console console = {.trial = &trial, .kernel_bytes = 0x3000};

	lab_measure_line(&console, "region: crash 0x100000-0x4fffff");
	lab_measure_line(&console, "load: core header: 0x100000-0x101fff");
	lab_measure_line(&console, "load: kernel: 0x200000-0x2fffff");
	lab_measure_line(&console, "pause: loaded");
	CHECK_EQUAL(console.crash.start, 0x100000);
	CHECK_EQUAL(console.crash.end, 0x500000);
	REQUIRE(console.loaded_count == 2);
	CHECK_EQUAL(console.loaded[0].end, 0x102000);
	CHECK_EQUAL(console.loaded[1].start, 0x200000);
	CHECK_EQUAL(console.loaded[1].end, 0x203000);
	CHECK(console.waits);
}

TEST(lab_measure, a_kept_trial_is_read_as_it_was_written)
{
	struct lb_trial trial = {.size = 84 * LB_MIB, .low = 64 * LB_MIB, .end = LB_TRIAL_FAILED,
		.total = 1, .free = 2, .available = 3, .touched = 4, .dump = 5, .pool = 6,
		.milliseconds = 7};
	struct lb_trial read;
	char line[512];
	char again[512];

	snprintf(trial.why, sizeof(trial.why), "Kernel panic - not syncing: two  blanks");
	lab_measure_cache_write(&trial, line, sizeof(line));
	REQUIRE(lab_measure_cache_read(line, &read));
	CHECK(read.kept);
	CHECK_EQUAL(read.size, trial.size);
	CHECK_EQUAL(read.low, trial.low);
	CHECK_EQUAL(read.pool, 6);
	CHECK_EQUAL(read.end, trial.end);
	CHECK_EQUAL(read.available, 3);
	CHECK(!strcmp(read.why, trial.why));
	lab_measure_cache_write(&read, again, sizeof(again));
	CHECK(!strcmp(line, again));
	trial = (struct lb_trial){.size = 84 * LB_MIB};
	lab_measure_cache_write(&trial, line, sizeof(line));
	REQUIRE(lab_measure_cache_read(line, &read));
	CHECK_EQUAL(read.end, LB_TRIAL_COMPLETED);
	CHECK(!read.why[0]);
}

/* Whatever stands in the file, it is a trial or none. */
TEST(lab_measure, a_damaged_line_is_no_trial)
{
	static const char *const lines[] = {"", "84", "88080384 0 completed 1 2 3 4 5 6 7",
		"88080384 0 finished 1 2 3 4 5 6 7 ", "88080385 0 completed 1 2 3 4 5 6 7 ",
		"0 0 completed 1 2 3 4 5 6 7 ",
		"4194304 8388608 completed 1 2 3 4 5 6 7 ", "88080384 0 completed 1 2 3 4 5 6 "};
	struct lb_trial read;

	for (size_t i = 0; i < LB_ARRAY_COUNT(lines); i++) {
		CHECK(!lab_measure_cache_read(lines[i], &read));
	}
	CHECK(lab_measure_cache_read("88080384 0 completed 1 2 3 4 5 6 7 ", &read));
}
