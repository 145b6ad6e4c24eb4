/* SPDX-License-Identifier: MIT */
/* The harness behind test.h: counts, names what failed, prints through test_write. */
#include "test.h"

extern const struct test_case __start_lb_tests[];
extern const struct test_case __stop_lb_tests[];

static struct {
	bool failed;
	bool skipped;
	const struct test_case *current;
} state;

static size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

static void put(const char *text)
{
	test_write(text, text_length(text));
}

static void put_number(uint64_t value, unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	test_write(digits + at, sizeof(digits) - at);
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && text[i] == part[i]) {
			i++;
		}
		if (!part[i]) {
			return true;
		}
	}
	return !*part;
}

static void put_name(const struct test_case *test)
{
	put(test->module);
	put(".");
	put(test->behaviour);
}

static void report(const char *file, int line, const char *expression)
{
	state.failed = true;
	put("FAIL ");
	put_name(state.current);
	put(" at ");
	put(file);
	put(":");
	put_number((uint64_t)line, 10);
	put(": ");
	put(expression);
}

void test_check(bool holds, const char *expression, const char *file, int line)
{
	if (!holds) {
		report(file, line, expression);
		put("\n");
	}
}

bool test_require(bool holds, const char *expression, const char *file, int line)
{
	test_check(holds, expression, file, line);
	return holds;
}

void test_check_equal(uint64_t actual, uint64_t expected, const char *expression,
	const char *file, int line)
{
	if (actual == expected) {
		return;
	}
	report(file, line, expression);
	put(" is 0x");
	put_number(actual, 16);
	put(", expected 0x");
	put_number(expected, 16);
	put("\n");
}

static bool same_text(const char *a, const char *b)
{
	if (!a || !b) {
		return a == b;
	}
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

void test_check_text(const char *actual, const char *expected, const char *expression,
	const char *file, int line)
{
	if (same_text(actual, expected)) {
		return;
	}
	report(file, line, expression);
	put(" is \"");
	put(actual ? actual : "(null)");
	put("\", expected \"");
	put(expected ? expected : "(null)");
	put("\"\n");
}

void test_skip(const char *reason)
{
	state.skipped = true;
	put("SKIP ");
	put_name(state.current);
	put(": ");
	put(reason);
	put("\n");
}

static bool selected(const struct test_case *test, const char *filter)
{
	return !filter || contains(test->module, filter) || contains(test->behaviour, filter);
}

static void run_one(const struct test_case *test, bool verbose, struct test_totals *totals)
{
	state.failed = false;
	state.skipped = false;
	state.current = test;
	test->run();
	totals->failed += state.failed;
	totals->skipped += state.skipped && !state.failed;
	totals->passed += !state.failed && !state.skipped;
	if (verbose && !state.failed && !state.skipped) {
		put("ok ");
		put_name(test);
		put("\n");
	}
}

struct test_totals test_run_all(const char *filter, bool verbose)
{
	struct test_totals totals = {0};
	uint64_t planned = 0;

	for (const struct test_case *test = __start_lb_tests; test < __stop_lb_tests; test++) {
		planned += selected(test, filter);
	}
	put("plan: ");
	put_number(planned, 10);
	put(" tests\n");
	for (const struct test_case *test = __start_lb_tests; test < __stop_lb_tests; test++) {
		if (selected(test, filter)) {
			run_one(test, verbose, &totals);
		}
	}
	return totals;
}

void test_print_totals(struct test_totals totals)
{
	put_number(totals.passed, 10);
	put(" passed, ");
	put_number(totals.failed, 10);
	put(" failed, ");
	put_number(totals.skipped, 10);
	put(" skipped\n");
}
