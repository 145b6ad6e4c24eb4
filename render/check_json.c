/* SPDX-License-Identifier: MIT */
/* A check as JSON: the schema lifeboat.check/1, described in docs/json.md. */
#include "render/check.h"
#include "render/json_members.h"

static void write_machine(struct lb_json *json, const struct lb_check *check)
{
	const struct lb_machine *machine = check->machine;

	lb_json_key(json, "machine");
	lb_json_begin_object(json, LB_JSON_BLOCK);
	json_text_member(json, "input", machine->name);
	json_text_member(json, "arch", lb_arch_name(machine->arch));
	json_text_member(json, "kernel", machine->kernel.release);
	json_number_member(json, "crash_bytes", check->crash_bytes);
	lb_json_end(json);
}

static void write_found(struct lb_json *json, const struct lb_check *check)
{
	lb_json_key(json, "findings");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];

		if (item->result != LB_CHECK_FOUND) {
			continue;
		}
		lb_json_begin_object(json, LB_JSON_BLOCK);
		json_text_member(json, "id", item->id);
		json_text_member(json, "level", lb_level_name(item->level));
		json_text_member(json, "text", item->text);
		json_text_member(json, "fix", item->fix);
		json_text_member(json, "evidence", item->evidence);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_unread(struct lb_json *json, const struct lb_check *check)
{
	lb_json_key(json, "not_checked");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];

		if (item->result != LB_CHECK_NOT_READ) {
			continue;
		}
		lb_json_begin_object(json, LB_JSON_LINE);
		json_text_member(json, "id", item->id);
		json_text_member(json, "level", lb_level_name(item->level));
		json_text_member(json, "why", item->text);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_names(struct lb_json *json, const struct lb_check *check, const char *name,
	enum lb_check_result result)
{
	lb_json_key(json, name);
	lb_json_begin_array(json, LB_JSON_LINE);
	for (size_t i = 0; i < check->count; i++) {
		if (check->items[i].result == result) {
			lb_json_string(json, check->items[i].id);
		}
	}
	lb_json_end(json);
}

void lb_render_check_json(const struct lb_check *check, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	json_text_member(&json, "schema", "lifeboat.check/1");
	write_machine(&json, check);
	json_text_member(&json, "dump", lb_dump_name(check->dump));
	write_found(&json, check);
	write_unread(&json, check);
	write_names(&json, check, "fine", LB_CHECK_FINE);
	write_names(&json, check, "not_asked", LB_CHECK_NOT_ASKED);
	lb_json_end(&json);
	LB_ASSERT(lb_json_complete(&json));
}
