/* SPDX-License-Identifier: MIT */
/*
 * The test harness. Freestanding, because the same tests run on the host under sanitizers and
 * inside the reference kernel. A test registers itself through a linker set:
 *
 *	TEST(memory_map, release_splits_a_region)
 *	{
 *		CHECK(lb_memory_map_reserved_count(&map) == 2);
 *		CHECK_EQUAL(found, 0x6f000000);
 *	}
 *
 * CHECK counts a failure and goes on; REQUIRE leaves the test. SKIP counts as skipped, never as
 * passed. The runner prints the number of tests first, so that a run that dies half-way is red.
 */
#ifndef LIFEBOAT_TESTS_HARNESS_TEST_H
#define LIFEBOAT_TESTS_HARNESS_TEST_H

#include "lifeboat/base.h"

struct test_case {
	const char *module;
	const char *behaviour;
	void (*run)(void);
};

struct test_totals {
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
};

/* The program that links the harness says where text goes. */
void test_write(const char *text, size_t length);

/* Runs every registered test whose "module.behaviour" contains filter (NULL: all). */
struct test_totals test_run_all(const char *filter, bool verbose);

/* Prints "N passed, N failed, N skipped" alone on a line. */
void test_print_totals(struct test_totals totals);

void test_check(bool holds, const char *expression, const char *file, int line);
void test_check_equal(uint64_t actual, uint64_t expected, const char *expression,
	const char *file, int line);
void test_check_text(const char *actual, const char *expected, const char *expression,
	const char *file, int line);
bool test_require(bool holds, const char *expression, const char *file, int line);
void test_skip(const char *reason);

#define TEST(module_, behaviour_)                                                                \
	static void test_##module_##__##behaviour_(void);                                        \
	static const struct test_case test_case_##module_##__##behaviour_                        \
		__attribute__((used, section("lb_tests"), aligned(sizeof(void *)))) = {           \
			#module_, #behaviour_, test_##module_##__##behaviour_};                   \
	static void test_##module_##__##behaviour_(void)

#define CHECK(expression) test_check((expression), #expression, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected)                                                            \
	test_check_equal((uint64_t)(actual), (uint64_t)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected)                                                             \
	test_check_text((actual), (expected), #actual, __FILE__, __LINE__)
#define REQUIRE(expression)                                                                      \
	do {                                                                                     \
		if (!test_require((expression), #expression, __FILE__, __LINE__)) {               \
			return;                                                                  \
		}                                                                                \
	} while (0)
#define SKIP(reason)                                                                             \
	do {                                                                                     \
		test_skip(reason);                                                               \
		return;                                                                          \
	} while (0)

#endif
