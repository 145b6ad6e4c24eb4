/* SPDX-License-Identifier: MIT */
/* The reader of QEMU's replies, on what QEMU sends and on what it should never send. */
#include <string.h>

#include "lab/json_scan.h"
#include "tests/harness/test.h"

static bool member_text(const char *json, const char *key, char *buffer, size_t bytes)
{
	struct lab_json_value value;

	buffer[0] = '\0';
	return lab_json_member(json, strlen(json), key, &value) &&
		lab_json_string(value, buffer, bytes);
}

TEST(lab_json, finds_a_member_behind_nested_ones)
{
	static const char json[] =
		"{\"timestamp\": {\"seconds\": 1, \"event\": \"no\"}, \"list\": [1, {\"event\": "
		"\"no\"}, \"}\"], \"event\" : \"STOP\"}";
	char text[16];

	CHECK(member_text(json, "event", text, sizeof(text)));
	CHECK_TEXT(text, "STOP");
	CHECK(!member_text(json, "absent", text, sizeof(text)));
}

TEST(lab_json, takes_escapes_away)
{
	char text[32];

	CHECK(member_text("{\"return\": \"a\\r\\nb\\t\\\"\\\\\\/\\u0041\\u00e9\\u20ac\"}", "return",
		text, sizeof(text)));
	CHECK_TEXT(text, "a\r\nb\t\"\\/A\xc3\xa9\xe2\x82\xac");
	CHECK(member_text("{\"return\": \"\\ud800\"}", "return", text, sizeof(text)));
	CHECK_TEXT(text, "\xef\xbf\xbd");
}

TEST(lab_json, cuts_what_does_not_fit)
{
	char text[4];

	CHECK(member_text("{\"a\": \"abcdef\"}", "a", text, sizeof(text)));
	CHECK_TEXT(text, "abc");
}

TEST(lab_json, a_value_that_is_no_string_is_none)
{
	struct lab_json_value value;
	static const char json[] = "{\"return\": {}, \"n\": -12.5}";
	char text[8];

	CHECK(lab_json_member(json, strlen(json), "return", &value));
	CHECK_EQUAL(value.length, 2);
	CHECK(!lab_json_string(value, text, sizeof(text)));
	CHECK(lab_json_member(json, strlen(json), "n", &value));
	CHECK_EQUAL(value.length, 5);
}

/* Cut anywhere, changed anywhere: an answer or none, and no byte beyond the text is read (the
 * text is exactly as long as what is handed over, so AddressSanitizer would see it). */
TEST(lab_json, stands_any_damage)
{
	static const char json[] = "{\"a\": [1, \"x\\u0041\", {\"b\": null}], \"event\": \"S\\n\"}";
	char copy[sizeof(json)];
	char text[8];

	for (size_t length = 0; length < sizeof(json); length++) {
		for (size_t at = 0; at < length; at++) {
			static const char damage[] = {'"', '\\', '{', '}', 'u', '\0'};

			for (size_t i = 0; i < sizeof(damage); i++) {
				struct lab_json_value value;
				char *exact = copy + sizeof(copy) - length;

				memcpy(exact, json, length);
				exact[at] = damage[i];
				if (lab_json_member(exact, length, "event", &value)) {
					REQUIRE(value.text >= exact &&
						value.text + value.length <= exact + length);
					lab_json_string(value, text, sizeof(text));
				}
			}
		}
	}
}
