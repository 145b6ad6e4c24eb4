/* SPDX-License-Identifier: MIT */
/* json: what the writer puts into the sink, byte for byte. */
#include "lifeboat/json.h"
#include "tests/harness/test.h"

static struct {
	char text[1024];
	size_t length;
} page;

static void keep(void *context, const char *text, size_t length)
{
	(void)context;
	for (size_t i = 0; i < length && page.length + 1 < sizeof(page.text); i++) {
		page.text[page.length++] = text[i];
	}
	page.text[page.length] = 0;
}

static struct lb_json start(void)
{
	struct lb_json json;

	page.length = 0;
	page.text[0] = 0;
	lb_json_init(&json, (struct lb_sink){keep, NULL});
	return json;
}

static const char *string_of(const char *text)
{
	struct lb_json json = start();

	lb_json_string(&json, text);
	return page.text;
}

TEST(json, lays_out_blocks_and_lines)
{
	struct lb_json json = start();

	lb_json_begin_object(&json, LB_JSON_BLOCK);
	lb_json_key(&json, "schema");
	lb_json_string(&json, "lifeboat.plan/1");
	lb_json_key(&json, "ranges");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	for (unsigned int i = 1; i <= 2; i++) {
		lb_json_begin_object(&json, LB_JSON_LINE);
		lb_json_key(&json, "start");
		lb_json_hex(&json, i * 0x1000);
		lb_json_key(&json, "sizes");
		lb_json_begin_array(&json, LB_JSON_BLOCK);
		lb_json_unsigned(&json, i);
		lb_json_unsigned(&json, UINT64_MAX);
		lb_json_end(&json);
		lb_json_end(&json);
	}
	lb_json_end(&json);
	lb_json_key(&json, "none");
	lb_json_begin_array(&json, LB_JSON_BLOCK);
	lb_json_end(&json);
	CHECK(!lb_json_complete(&json));
	lb_json_end(&json);
	CHECK(lb_json_complete(&json));
	CHECK_TEXT(page.text,
		"{\n"
		"  \"schema\": \"lifeboat.plan/1\",\n"
		"  \"ranges\": [\n"
		"    {\"start\": \"0x1000\", \"sizes\": [1, 18446744073709551615]},\n"
		"    {\"start\": \"0x2000\", \"sizes\": [2, 18446744073709551615]}\n"
		"  ],\n"
		"  \"none\": []\n"
		"}\n");
}

TEST(json, writes_every_kind_of_value)
{
	struct lb_json json = start();

	lb_json_begin_array(&json, LB_JSON_LINE);
	lb_json_bool(&json, true);
	lb_json_bool(&json, false);
	lb_json_null(&json);
	lb_json_string(&json, NULL);
	lb_json_unsigned(&json, 0);
	lb_json_hex(&json, 0);
	lb_json_hex(&json, UINT64_MAX);
	lb_json_end(&json);
	CHECK_TEXT(page.text, "[true, false, null, null, 0, \"0x0\", \"0xffffffffffffffff\"]\n");
}

TEST(json, decimals_have_no_trailing_zeros)
{
	struct lb_json json = start();

	lb_json_begin_array(&json, LB_JSON_LINE);
	lb_json_decimal(&json, 970, 3);
	lb_json_decimal(&json, 1000, 3);
	lb_json_decimal(&json, 1, 12);
	lb_json_decimal(&json, 0, 12);
	lb_json_decimal(&json, 12345, 0);
	lb_json_decimal(&json, UINT64_MAX, 18);
	lb_json_end(&json);
	CHECK_TEXT(page.text, "[0.97, 1, 0.000000000001, 0, 12345, 18.446744073709551615]\n");
}

TEST(json, escapes_what_must_not_stand_in_a_string)
{
	CHECK_TEXT(string_of(""), "\"\"");
	CHECK_TEXT(string_of("a\"b\\c\n\t\x01\x1f\x7f"),
		"\"a\\\"b\\\\c\\n\\t\\u0001\\u001f\\u007f\"");
	CHECK_TEXT(string_of("crashkernel=256M,high"), "\"crashkernel=256M,high\"");
	CHECK_TEXT(string_of("a\xe2\x80\xae" "b\xc2\x9b" "c\xf3\xa0\x80\x81"),
		"\"a\\u202eb\\u009bc\\udb40\\udc01\"");
}

TEST(json, keeps_utf8_and_replaces_what_is_none)
{
	CHECK_TEXT(string_of("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9b\x9f"),
		"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9b\x9f\"");
	/* Stray continuation, overlong form, surrogate, beyond U+10FFFF, cut short. */
	CHECK_TEXT(string_of("\x80"), "\"\xef\xbf\xbd\"");
	CHECK_TEXT(string_of("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	CHECK_TEXT(string_of("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	CHECK_TEXT(string_of("\xf4\x90\x80\x80"),
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	CHECK_TEXT(string_of("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}
