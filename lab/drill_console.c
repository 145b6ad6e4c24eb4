/* SPDX-License-Identifier: MIT */
/* drill_console: what the two kernels say on the serial console (kernel/README.md). */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rest of the line if it begins with prefix, else NULL. */
static char *after(char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(line, prefix, length) ? NULL : line + length;
}

static void note_load(struct drill *drill, uint64_t now)
{
	if (drill->result->seconds.load == 0) {
		drill->result->seconds.load = (double)(now - drill->stage_began) / 1000;
	}
}

static bool take_stage(struct drill *drill, char *name)
{
	const struct lb_drill_observer *observer = &drill->spec->observer;
	struct lb_drill_result *result = drill->result;
	uint64_t now = lab_now();

	if (!lb_drill_find_stage(name, &result->stage)) {
		return true;
	}
	if (result->stage == LB_DRILL_STAGE_LOAD) {
		result->seconds.boot = (double)(now - drill->began) / 1000;
	} else if (result->stage == LB_DRILL_STAGE_PANIC) {
		note_load(drill, now);
		drill->panic_began = now;
	} else if (result->stage == LB_DRILL_STAGE_CAPTURE && drill->panic_began) {
		/* A kernel that has a clock says it better, later. */
		result->seconds.panic_to_capture = (double)(now - drill->panic_began) / 1000;
	}
	if (result->stage == LB_DRILL_STAGE_PURGATORY && !drill->flips) {
		drill_fault_prove(drill);
	}
	drill->stage_began = now;
	if (observer->stage) {
		observer->stage(observer->context, drill->spec->arch, result->stage,
			(double)(now - drill->began) / 1000);
	}
	return true;
}

/* "NAME passed: EVIDENCE"; by its stage we know which kernel speaks. */
static bool take_proof(struct drill *drill, char *text)
{
	bool captures = drill->result->stage >= LB_DRILL_STAGE_CAPTURE;
	enum lb_drill_proof_id id;
	char *verdict = strchr(text, ' ');
	char *evidence = verdict ? strchr(verdict, ':') : NULL;

	if (!evidence) {
		return true;
	}
	*verdict++ = '\0';
	*evidence = '\0';
	if (!lb_drill_find_proof(text, &id)) {
		snprintf(drill->stranger, sizeof(drill->stranger), "%s", text);
		return true;
	}
	drill_proof(drill, id, captures ? LB_DRILL_BY_CAPTURE : LB_DRILL_BY_PRODUCTION,
		!strcmp(verdict, LB_VERDICT_PASSED), "%s",
		evidence[1] == ' ' ? evidence + 2 : evidence + 1);
	return true;
}

/* "0x1000-0x1fff", inclusive. */
static bool take_range(const char *text, struct lb_range *ret)
{
	uint64_t first;
	uint64_t last;

	if (sscanf(text, "%" SCNx64 "-%" SCNx64, &first, &last) != 2 || last < first ||
		last == LB_PHYS_ADDR_MAX) {
		return false;
	}
	*ret = (struct lb_range){first, last + 1};
	return true;
}

static void allow(struct drill *drill, struct lb_range range)
{
	if (drill->allowed_count < DRILL_ALLOWED_MAX) {
		drill->allowed[drill->allowed_count++] = range;
	}
}

/* "NAME: BYTES bytes at RANGE: SOURCE": the claims that are not part of the crash region. A bounce
 * pool that is kept belongs to devices, which write into it whatever the kernels do. */
static bool take_claim(struct drill *drill, char *text)
{
	const char *at = strstr(text, " bytes at ");
	struct lb_range range;

	if (after(text, LB_CLAIM_POOL ": " LB_CLAIM_POOL_KEPT ":")) {
		allow(drill, drill->pool);
	} else if (!at || !take_range(at + 10, &range)) {
		return true;
	} else if (after(text, LB_CLAIM_CAPTURE_LOW ":")) {
		allow(drill, range);
	} else if (after(text, LB_CLAIM_POOL ":")) {
		drill->pool = range;
	}
	return true;
}

static bool take_region(struct drill *drill, char *text)
{
	struct lab_page_tables *tables = &drill->tables;
	const char *range = after(text, LB_REGION_CRASH " ");
	const char *ram = after(text, LB_REGION_RAM " ");
	const char *read_only = after(text, LB_REGION_READ_ONLY " ");
	const char *guard = after(text, LB_REGION_GUARD " ");

	if (range && take_range(range, &tables->crash)) {
		allow(drill, tables->crash);
	}
	if (ram && tables->ram_count < LAB_FIRMWARE_RAM_MAX &&
		take_range(ram, &tables->ram[tables->ram_count])) {
		tables->ram_count++;
	}
	if (read_only) {
		take_range(read_only, &tables->read_only);
	}
	if (guard && tables->guard_count < LAB_GUARDS_MAX &&
		take_range(guard, &tables->guards[tables->guard_count])) {
		tables->guard_count++;
	}
	return true;
}

/* What is loaded again is told again. */
static void note_loaded(struct drill *drill, const char *name, struct lb_range range)
{
	size_t at = 0;

	while (at < drill->loaded_count && strcmp(drill->loaded[at].name, name)) {
		at++;
	}
	if (at == DRILL_LOADED_MAX) {
		return;
	}
	snprintf(drill->loaded[at].name, sizeof(drill->loaded[at].name), "%s", name);
	drill->loaded[at].range = range;
	drill->loaded_count = lb_max(drill->loaded_count, at + 1);
}

/* "NAME: RANGE"; of the core header that a Linux wrote, the start alone. */
static bool take_segment(struct drill *drill, char *text)
{
	char *place = strstr(text, ": ");
	struct lb_range range;

	if (place && after(text, LB_SEGMENT_CORE_HEADER ": ")) {
		sscanf(place + 2, "%" SCNx64, &drill->core_header);
	}
	if (place && take_range(place + 2, &range)) {
		*place = '\0';
		note_loaded(drill, text, range);
		drill->purgatory = drill_loaded(drill, LB_SEGMENT_PURGATORY);
	}
	return true;
}

/* "DEVICE: RANGE" */
static bool take_dma(struct drill *drill, char *text)
{
	const char *place = strstr(text, ": ");
	struct lb_range range;
	uint64_t device;

	if (place && take_range(place + 2, &range) && sscanf(text, "%" SCNx64, &device) == 1) {
		drill_note_late_write(drill, device, range);
	}
	return true;
}

static bool take_linear_map(struct drill *drill, char *text)
{
	sscanf(text, "root=%" SCNx64 " base=%" SCNx64 " cpus=%*u lower=%" SCNx64,
		&drill->tables.root, &drill->tables.linear, &drill->tables.lower_root);
	return true;
}

/* "NAME N us", on the machine's own clock. */
static bool take_time(struct drill *drill, char *text)
{
	char name[32];
	uint64_t microseconds;

	if (sscanf(text, "%31s %" SCNu64 " us", name, &microseconds) != 2) {
		return true;
	}
	if (!strcmp(name, LB_TIME_DIGEST)) {
		drill->result->seconds.digest = (double)microseconds / 1e6;
	} else if (!strcmp(name, LB_TIME_PANIC_TO_CAPTURE)) {
		drill->result->seconds.panic_to_capture = (double)microseconds / 1e6;
	}
	return true;
}

/* Purgatory's one line. */
static bool take_purgatory(struct drill *drill, char *text)
{
	bool verified = after(text, LB_PURGATORY_VERIFIED);

	drill->refused = !verified;
	if (!drill->flips) {
		drill_proof(drill, LB_DRILL_PROOF_DIGEST_VERIFIED, LB_DRILL_BY_PURGATORY, verified,
			"%s", text);
	}
	return true;
}

static bool take_injection(struct drill *drill, char *text)
{
	drill_fault_injected(drill, text);
	return true;
}

static bool take_trap(struct drill *drill, char *text)
{
	drill_fault_trap(drill, text);
	return true;
}

static bool take_crash(struct drill *drill, char *text)
{
	drill_fault_crash(drill, text);
	return true;
}

static bool take_error(struct drill *drill, char *text)
{
	snprintf(drill->last_error, sizeof(drill->last_error), LB_LINE_ERROR "%.270s", text);
	return true;
}

static bool take_panic(struct drill *drill, char *text)
{
	snprintf(drill->last_error, sizeof(drill->last_error), LB_LINE_PANIC "%.270s", text);
	drill_fault_panic(drill, text);
	return true;
}

static bool take_result(struct drill *drill, char *text)
{
	drill->said_captured = !strcmp(text, LB_RESULT_CAPTURED);
	return true;
}

static bool take_pause(struct drill *drill, char *name)
{
	enum lb_drill_pause pause;

	if (!lb_drill_find_pause(name, &pause)) {
		lab_fail(&drill->result->problem,
			"it waits at \"%.40s\", which nobody knows", name);
		return false;
	}
	return drill_at_pause(drill, pause);
}

/* A Linux that panics, other than as it was asked to. */
static void take_linux(struct drill *drill, const char *line)
{
	const char *panic = strstr(line, "Kernel panic - not syncing: ");

	if (panic && !strstr(panic, "sysrq triggered")) {
		snprintf(drill->last_error, sizeof(drill->last_error), "%.280s", panic);
	}
}

static void remember(struct drill *drill, const char *line)
{
	struct lb_drill_result *result = drill->result;

	if (result->tail_count == LB_DRILL_TAIL_LINES) {
		memmove(result->tail[0], result->tail[1],
			sizeof(result->tail) - sizeof(result->tail[0]));
		result->tail_count--;
	}
	snprintf(result->tail[result->tail_count++], sizeof(result->tail[0]), "%s", line);
}

/* What the protocol's lines mean to us. */
static const struct {
	const char *prefix;
	bool (*take)(struct drill *drill, char *text);
} meanings[] = {
	{LB_LINE_STAGE, take_stage},
	{LB_LINE_PROOF, take_proof},
	{LB_LINE_CLAIM, take_claim},
	{LB_LINE_REGION, take_region},
	{LB_LINE_LOAD, take_segment},
	{LB_LINE_DMA, take_dma},
	{LB_LINE_LINEAR_MAP, take_linear_map},
	{LB_LINE_TIME, take_time},
	{LB_LINE_PURGATORY, take_purgatory},
	{LB_LINE_RESULT, take_result},
	{LB_LINE_PAUSE, take_pause},
	{LB_LINE_INJECT, take_injection},
	{LB_LINE_TRAP, take_trap},
	{LB_LINE_CRASH, take_crash},
	{LB_LINE_ERROR, take_error},
	{LB_LINE_PANIC, take_panic},
};

bool drill_line(struct drill *drill, char *line)
{
	const struct lb_drill_observer *observer = &drill->spec->observer;

	lab_make_printable(line);
	remember(drill, line);
	if (observer->line) {
		observer->line(observer->context, drill->spec->arch, line);
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(meanings); i++) {
		char *text = after(line, meanings[i].prefix);

		if (text) {
			return meanings[i].take(drill, text);
		}
	}
	take_linux(drill, line);
	return true;
}
