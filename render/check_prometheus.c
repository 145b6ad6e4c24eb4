/* SPDX-License-Identifier: MIT */
/*
 * A check as metrics: Prometheus' text exposition format 0.0.4, which node_exporter's textfile
 * collector reads. Each series stands once, and the same series stand in every answer.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/findings.h"
#include "render/check.h"
#include "render/out.h"
#include "render/paper.h"

static void head(struct lb_sink sink, const char *name, const char *help)
{
	lb_print(sink, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Backslash, quote and line feed are escaped; what is no UTF-8, or does not show, is '?'. */
static void write_label(struct lb_sink sink, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return;
	}
	for (char *at = copy; *at; at++) {
		if (*at == '\n') {
			*at = ' ';
		}
	}
	lb_defuse(copy, true);
	for (const char *at = copy; *at; at++) {
		if (*at == '\\' || *at == '"') {
			lb_sink_write(sink, "\\", 1);
		}
		lb_sink_write(sink, at, 1);
	}
	free(copy);
}

static void write_info(struct lb_sink sink, const struct lb_check *check)
{
	head(sink, "lifeboat_check_info", "What was checked, and by which lifeboat.");
	lb_print(sink, "lifeboat_check_info{version=\"%s\",arch=\"%s\",kernel=\"", LB_VERSION,
		lb_arch_name(check->machine->arch));
	write_label(sink, check->machine->kernel.release);
	lb_print(sink, "\",input=\"");
	write_label(sink, check->machine->name);
	lb_print(sink, "\"} 1\n");
}

static void write_dump(struct lb_sink sink, const struct lb_check *check)
{
	head(sink, "lifeboat_check_dump", "What is to be expected of a crash: 1 for what holds.");
	for (int dump = LB_DUMP_EXPECTED; dump <= LB_DUMP_LOST; dump++) {
		lb_print(sink, "lifeboat_check_dump{dump=\"%s\"} %d\n",
			lb_dump_name((enum lb_dump)dump), (int)check->dump == dump);
	}
	head(sink, "lifeboat_check_crash_memory_bytes", "Crash memory, without CMA.");
	lb_print(sink, "lifeboat_check_crash_memory_bytes %llu\n",
		(unsigned long long)check->crash_bytes);
}

static size_t found_with_id(const struct lb_check *check, const char *id)
{
	size_t count = 0;

	for (size_t i = 0; i < check->count; i++) {
		count += check->items[i].result == LB_CHECK_FOUND &&
			!strcmp(check->items[i].id, id);
	}
	return count;
}

static void write_count(struct lb_sink sink, const char *id, enum lb_level level, size_t count)
{
	lb_print(sink, "lifeboat_check_findings{id=\"%s\",level=\"%s\"} %zu\n", id,
		lb_level_name(level), count);
}

/* Those of the plan by its list, because there may be several of one kind. */
static void write_findings(struct lb_sink sink, const struct lb_check *check)
{
	struct lb_finding_kind kind;

	head(sink, "lifeboat_check_findings",
		"How many findings there are of a kind; no series where it was not checked.");
	for (size_t i = 0; check->plan && lb_finding_kind(i, &kind); i++) {
		write_count(sink, kind.id, kind.level, found_with_id(check, kind.id));
	}
	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];

		if (!item->of_plan && item->result != LB_CHECK_NOT_READ) {
			write_count(sink, item->id, item->level,
				item->result == LB_CHECK_FOUND);
		}
	}
}

static void write_unread(struct lb_sink sink, const struct lb_check *check)
{
	head(sink, "lifeboat_check_not_checked", "1 for what could not be read.");
	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];

		if (item->result == LB_CHECK_NOT_READ) {
			lb_print(sink, "lifeboat_check_not_checked{id=\"%s\",level=\"%s\"} 1\n",
				item->id, lb_level_name(item->level));
		}
	}
}

void lb_render_check_prometheus(const struct lb_check *check, struct lb_sink sink)
{
	write_info(sink, check);
	write_dump(sink, check);
	write_findings(sink, check);
	write_unread(sink, check);
}
