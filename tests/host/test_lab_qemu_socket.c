/* SPDX-License-Identifier: MIT */
/* Lines out of a byte stream, whatever pieces it comes in; and QEMU that is not there. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/qemu.h"
#include "lab/qemu_socket.h"
#include "tests/harness/test.h"

#define SOON (lab_now() + 5000)

struct ends {
	struct lab_socket *socket;
	int own;
	int other;
};

static bool make_ends(struct ends *ends)
{
	int pair[2];

	ends->socket = calloc(1, sizeof(*ends->socket));
	if (!ends->socket || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)) {
		return false;
	}
	ends->own = pair[0];
	ends->other = pair[1];
	lab_socket_init(ends->socket, ends->own);
	return true;
}

static void end_ends(struct ends *ends)
{
	close(ends->own);
	if (ends->other >= 0) {
		close(ends->other);
	}
	free(ends->socket);
}

/* The same text in pieces of every size gives the same lines. */
TEST(lab_socket, joins_pieces_to_lines)
{
	static const char text[] = "stage: boot\r\n\nlong line of words\rwith one CR\nlast";
	static const char *const expected[] = {
		"stage: boot", "", "long line of words\rwith one CR", "last"};

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct ends ends;
		char *line;

		REQUIRE(make_ends(&ends));
		for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
			size_t length = lb_min(piece, sizeof(text) - 1 - at);

			REQUIRE(write(ends.other, text + at, length) == (ssize_t)length);
		}
		close(ends.other);
		ends.other = -1;
		for (size_t i = 0; i < LB_ARRAY_COUNT(expected); i++) {
			REQUIRE(lab_socket_line(ends.socket, SOON, &line) == LAB_SOCKET_OK);
			CHECK_TEXT(line, expected[i]);
		}
		CHECK_EQUAL(lab_socket_line(ends.socket, SOON, &line), LAB_SOCKET_CLOSED);
		end_ends(&ends);
	}
}

TEST(lab_socket, gives_up_in_time)
{
	struct ends ends;
	uint64_t began = lab_now();
	char *line;

	REQUIRE(make_ends(&ends));
	REQUIRE(write(ends.other, "half a li", 9) == 9);
	CHECK_EQUAL(lab_socket_line(ends.socket, began + 100, &line), LAB_SOCKET_LATE);
	CHECK(lab_now() - began >= 100 && lab_now() - began < 5000);
	REQUIRE(write(ends.other, "ne\n", 3) == 3);
	CHECK_EQUAL(lab_socket_line(ends.socket, SOON, &line), LAB_SOCKET_OK);
	CHECK_TEXT(line, "half a line");
	end_ends(&ends);
}

/* A guest that never ends its line does not fill our memory. */
TEST(lab_socket, cuts_an_endless_line)
{
	static char noise[LAB_LINE_BYTES / 4];
	struct ends ends;
	size_t sent = 0;
	size_t got = 0;
	char *line;

	REQUIRE(make_ends(&ends));
	memset(noise, 'x', sizeof(noise));
	while (got < (size_t)4 * LAB_LINE_BYTES) {
		ssize_t written = write(ends.other, noise, sizeof(noise));

		sent += written > 0 ? (size_t)written : 0;
		if (lab_socket_line(ends.socket, lab_now(), &line) == LAB_SOCKET_OK) {
			REQUIRE(strlen(line) < LAB_LINE_BYTES);
			got += strlen(line);
		}
	}
	CHECK(got <= sent);
	end_ends(&ends);
}

TEST(lab_qemu, names_the_package_that_is_missing)
{
	static const char *const nothing[] = {NULL};
	struct lab_qemu_spec spec = {.program = "qemu-system-of-no-machine",
		.package = "qemu-system-none", .machine = "none", .memory_bytes = LB_MIB, .cpus = 1,
		.arguments = nothing, .inherited = {-1, -1}};
	struct lab_error error = {0};
	struct lab_qemu qemu;

	CHECK(!lab_qemu_start(&spec, &qemu, &error));
	CHECK_EQUAL(error.kind, LAB_ERROR_MISSING);
	CHECK(strstr(error.text, "apt install qemu-system-none"));
	lab_qemu_end(&qemu);
}

/* Any program in its place: what it said and how it ended are known. */
TEST(lab_qemu, tells_how_a_program_ended)
{
	static const char *const nothing[] = {NULL};
	struct lab_qemu_spec spec = {.program = "false", .package = "coreutils", .machine = "none",
		.memory_bytes = LB_MIB, .cpus = 1, .arguments = nothing, .inherited = {-1, -1}};
	struct lab_error error = {0};
	struct lab_qemu qemu;
	char messages[64];
	int status = 0;

	REQUIRE(lab_qemu_start(&spec, &qemu, &error));
	CHECK(lab_qemu_ended(&qemu, 5000, &status));
	CHECK_EQUAL(status, 1);
	lab_qemu_messages(&qemu, messages, sizeof(messages));
	CHECK_TEXT(messages, "");
	lab_qemu_end(&qemu);
	lab_qemu_end(&qemu);
}
