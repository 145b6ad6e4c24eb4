/* SPDX-License-Identifier: MIT */
/* How RAM is mapped, as JSON: the schema lifeboat.linear-map/1, described in docs/json.md. */
#include "render/json_members.h"
#include "render/pages.h"

static void write_mapped(struct lb_json *json, const struct lb_mapped *mapped)
{
	json_number_member(json, "bytes", mapped->bytes);
	lb_json_key(json, "mapped");
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < mapped->kind_count; i++) {
		lb_json_begin_object(json, LB_JSON_LINE);
		json_number_member(json, "block", mapped->kinds[i].block);
		json_number_member(json, "reach", mapped->kinds[i].reach);
		json_number_member(json, "bytes", mapped->kinds[i].bytes);
		lb_json_end(json);
	}
	lb_json_end(json);
	json_number_member(json, "unmapped", mapped->unmapped);
	json_number_member(json, "elsewhere", mapped->elsewhere);
	json_number_member(json, "read_only", mapped->read_only);
	json_number_member(json, "executable", mapped->executable);
	json_number_member(json, "uncached", mapped->uncached);
	json_number_member(json, "shared", mapped->shared);
}

static void write_crash(struct lb_json *json, const struct lb_pages *pages)
{
	lb_json_key(json, "crash");
	if (!pages->crash_known) {
		lb_json_null(json);
		return;
	}
	lb_json_begin_array(json, LB_JSON_BLOCK);
	for (size_t i = 0; i < pages->crash_count; i++) {
		lb_json_begin_object(json, LB_JSON_BLOCK);
		lb_render_crash_ranges_json(json, "reservations", &pages->crash[i].crash, 1);
		write_mapped(json, &pages->crash[i].mapped);
		lb_json_end(json);
	}
	lb_json_end(json);
}

static void write_known(struct lb_json *json, const char *name, uint64_t value)
{
	lb_json_key(json, name);
	if (value) {
		lb_json_unsigned(json, value);
	} else {
		lb_json_null(json);
	}
}

void lb_render_pages_json(const struct lb_pages *pages, struct lb_sink sink)
{
	struct lb_json json;

	lb_json_init(&json, sink);
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	json_text_member(&json, "schema", "lifeboat.linear-map/1");
	json_text_member(&json, "input", pages->input);
	json_text_member(&json, "arch", lb_arch_name(pages->arch));
	json_text_member(&json, "kernel", pages->release);
	json_number_member(&json, "page_size", pages->page_size);
	json_number_member(&json, "levels", pages->levels);
	json_number_member(&json, "va_bits", pages->va_bits);
	lb_json_key(&json, "offset");
	lb_json_hex(&json, pages->offset);
	json_text_member(&json, "offset_source", pages->offset_source);
	json_bool_member(&json, "encryption", pages->encryption);
	lb_json_key(&json, "ram");
	lb_json_begin_object(&json, LB_JSON_BLOCK);
	write_mapped(&json, &pages->ram);
	lb_json_end(&json);
	json_number_member(&json, "tables", pages->tables);
	json_number_member(&json, "table_bytes", pages->table_bytes);
	write_known(&json, "least_table_bytes", pages->least_bytes);
	write_known(&json, "most_table_bytes", pages->most_bytes);
	write_crash(&json, pages);
	json_texts_member(&json, "why", pages->why, pages->why_count, LB_JSON_BLOCK);
	lb_json_end(&json);
}
