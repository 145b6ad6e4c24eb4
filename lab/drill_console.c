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

static void take_stage(struct drill *drill, const char *name)
{
	for (int i = 0; i < LB_DRILL_STAGES; i++) {
		const struct lb_drill_observer *observer = &drill->spec->observer;
		uint64_t now = lab_now();

		if (strcmp(name, lb_drill_stage_name((enum lb_drill_stage)i))) {
			continue;
		}
		if (i == LB_DRILL_STAGE_LOAD) {
			drill->result->seconds.boot = (double)(now - drill->began) / 1000;
		} else if (i == LB_DRILL_STAGE_PANIC) {
			note_load(drill, now);
			drill->panic_began = now;
		} else if (i == LB_DRILL_STAGE_CAPTURE && drill->panic_began) {
			/* A kernel that has a clock says it better, later. */
			drill->result->seconds.panic_to_capture =
				(double)(now - drill->panic_began) / 1000;
		}
		drill->result->stage = (enum lb_drill_stage)i;
		drill->stage_began = now;
		if (observer->stage) {
			observer->stage(observer->context, drill->spec->arch,
				drill->result->stage, (double)(now - drill->began) / 1000);
		}
	}
}

/* "ID passed: EVIDENCE" */
static void take_proof(struct drill *drill, char *text)
{
	char *verdict = strchr(text, ' ');
	char *evidence = verdict ? strchr(verdict, ':') : NULL;

	if (!evidence) {
		return;
	}
	*verdict++ = '\0';
	*evidence = '\0';
	drill_proof(drill, text, !strcmp(verdict, "passed"), "%s",
		evidence[1] == ' ' ? evidence + 2 : evidence + 1);
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
static void take_claim(struct drill *drill, const char *text)
{
	const char *at = strstr(text, " bytes at ");
	struct lb_range range;

	if (!strncmp(text, "bounce pool: kept:", 18)) {
		allow(drill, drill->pool);
	} else if (!at || !take_range(at + 10, &range)) {
		return;
	} else if (!strncmp(text, "capture kernel, low:", 20)) {
		allow(drill, range);
	} else if (!strncmp(text, "bounce pool:", 12)) {
		drill->pool = range;
	}
}

static void take_place(struct drill *drill, char *line)
{
	struct lb_range range;
	char *text;

	if ((text = after(line, "region: crash "))) {
		if (take_range(text, &range)) {
			drill->tables.crash = range;
			allow(drill, range);
		}
	} else if ((text = after(line, "load: purgatory: "))) {
		take_range(text, &drill->purgatory);
	} else if ((text = after(line, "load: core header: "))) {
		sscanf(text, "%" SCNx64, &drill->core_header);
	} else if ((text = after(line, "load: kernel: "))) {
		take_range(text, &drill->kernel);
	} else if ((text = after(line, "linear-map: root="))) {
		sscanf(text, "%" SCNx64 " base=%" SCNx64, &drill->tables.root,
			&drill->tables.linear);
	}
}

/* "NAME N us", on the machine's own clock. */
static void take_time(struct drill *drill, const char *text)
{
	char name[32];
	uint64_t microseconds;
	double seconds;

	if (sscanf(text, "%31s %" SCNu64 " us", name, &microseconds) != 2) {
		return;
	}
	seconds = (double)microseconds / 1e6;
	if (!strcmp(name, "digest")) {
		drill->result->seconds.digest = seconds;
	} else if (!strcmp(name, "panic-to-capture")) {
		drill->result->seconds.panic_to_capture = seconds;
	}
}

/* Purgatory's one line. */
static void take_digest(struct drill *drill, const char *text)
{
	bool verified = !strncmp(text, "digest verified", 15);

	drill->refused = !verified;
	if (!drill->flips) {
		drill_proof(drill, "digest-verified", verified, "%s", text);
	}
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

/* Printable, so that what a machine sends cannot drive a terminal. */
static void make_printable(char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || (unsigned char)*line > '~') {
			*line = *line == '\t' ? ' ' : '?';
		}
	}
}

bool drill_line(struct drill *drill, char *line)
{
	const struct lb_drill_observer *observer = &drill->spec->observer;
	char *text;

	make_printable(line);
	remember(drill, line);
	if (observer->line) {
		observer->line(observer->context, drill->spec->arch, line);
	}
	if ((text = after(line, "stage: "))) {
		take_stage(drill, text);
	} else if ((text = after(line, "proof: "))) {
		take_proof(drill, text);
	} else if ((text = after(line, "claim: "))) {
		take_claim(drill, text);
	} else if ((text = after(line, "time: "))) {
		take_time(drill, text);
	} else if ((text = after(line, "purgatory: "))) {
		take_digest(drill, text);
	} else if ((text = after(line, "result: "))) {
		drill->said_captured = !strcmp(text, "captured");
	} else if ((text = after(line, "pause: "))) {
		return drill_at_pause(drill, text);
	} else if (after(line, "error: ") || after(line, "panic: ")) {
		snprintf(drill->last_error, sizeof(drill->last_error), "%.280s", line);
	} else {
		take_linux(drill, line);
		take_place(drill, line);
	}
	return true;
}
