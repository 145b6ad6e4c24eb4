/* SPDX-License-Identifier: MIT */
/* What the lab reads from a guest and from QEMU: the console of a drill, replies of the monitor,
 * the list of RAM, a recording. The first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "lab/base64.h"
#include "lab/drill_internal.h"
#include "lab/json_scan.h"
#include "lab/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A pause would ask QEMU, and there is none. */
static void read_console(char *text)
{
	static struct lb_drill_spec spec;
	struct lb_drill_result *result = calloc(1, sizeof(*result));
	struct drill *drill = calloc(1, sizeof(*drill));
	char *rest = NULL;

	if (drill && result) {
		drill->spec = &spec;
		drill->result = result;
		for (char *line = strtok_r(text, "\n", &rest); line;
			line = strtok_r(NULL, "\n", &rest)) {
			if (strncmp(line, LB_LINE_PAUSE, strlen(LB_LINE_PAUSE))) {
				drill_line(drill, line);
			}
		}
		LB_ASSERT(result->shown_count <= LB_DRILL_PROOFS);
	}
	free(drill);
	free(result);
}

static void read_reply(const char *text, size_t size)
{
	struct lab_json_value value;
	char small[16];

	if (lab_json_member(text, size, "return", &value)) {
		LB_ASSERT(value.text >= text && value.text + value.length <= text + size);
		lab_json_string(value, small, sizeof(small));
		LB_ASSERT(strlen(small) < sizeof(small));
	}
}

static void read_pieces(const char *text)
{
	struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX];
	size_t count = lab_ram_parse(text, pieces);

	for (size_t i = 0; i < count; i++) {
		LB_ASSERT(!lb_range_empty(pieces[i].range));
		LB_ASSERT(!i || pieces[i].range.start >= pieces[i - 1].range.end);
	}
}

static void read_recording(const char *text, size_t size)
{
	struct lab_recording recording;
	struct lab_error error = {0};
	uint8_t *bytes = malloc(size + 1);
	size_t used = 0;

	if (bytes && lab_base64_decode(text, bytes, size, &used)) {
		LB_ASSERT(used <= size);
	}
	free(bytes);
	if (lab_recording_unpack((const uint8_t *)text, size, &recording, &error)) {
		for (size_t i = 0; i < recording.count; i++) {
			LB_ASSERT(recording.files[i].name[0] != '/');
		}
	}
	lab_recording_free(&recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size || size > 65536) {
		return 0;
	}
	text = malloc(size);
	if (!text) {
		return 0;
	}
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 4) {
	case 0:
		read_console(text);
		break;
	case 1:
		read_reply(text, size - 1);
		break;
	case 2:
		read_pieces(text);
		break;
	default:
		read_recording(text, size - 1);
		break;
	}
	free(text);
	return 0;
}
