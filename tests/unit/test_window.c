/* SPDX-License-Identifier: MIT */
/* window: every length at every alignment of both sides, and not a byte beside it. Under UBSan an
 * access that is not aligned fails, too. */
#include "tests/harness/test.h"

#include "core/window.h"
#include "tests/prop/material.h"

#define BYTES 64

static uint64_t window_words[BYTES / 8];
static uint64_t ram_words[BYTES / 8];
static uint8_t *const window = (uint8_t *)window_words;
static uint8_t *const ram = (uint8_t *)ram_words;

static void begin(void)
{
	for (size_t i = 0; i < BYTES; i++) {
		window[i] = (uint8_t)(0x80 + i);
		ram[i] = (uint8_t)(i + 1);
	}
}

/* What was copied is there, and the rest is as it was. */
static bool is_copy(const uint8_t *to, size_t at, const uint8_t *from, size_t bytes, uint8_t was)
{
	for (size_t i = 0; i < BYTES; i++) {
		bool inside = i >= at && i < at + bytes;

		if (to[i] != (inside ? from[i - at] : (uint8_t)(was + i))) {
			return false;
		}
	}
	return true;
}

static void try_all_three(size_t in_window, size_t in_ram, size_t bytes)
{
	begin();
	lb_window_write(window + in_window, ram + in_ram, bytes);
	CHECK(is_copy(window, in_window, ram + in_ram, bytes, 0x80));
	begin();
	lb_window_read(ram + in_ram, window + in_window, bytes);
	CHECK(is_copy(ram, in_ram, window + in_window, bytes, 1));
	begin();
	lb_window_clear(window + in_window, bytes);
	__builtin_memset(ram, 0, sizeof(ram_words));
	CHECK(is_copy(window, in_window, ram, bytes, 0x80));
}

TEST(window, copies_every_length_at_every_alignment)
{
	for (size_t in_window = 0; in_window < 9; in_window++) {
		for (size_t in_ram = 0; in_ram < 9; in_ram++) {
			for (size_t bytes = 0; bytes < 40; bytes++) {
				try_all_three(in_window, in_ram, bytes);
			}
		}
	}
}

TEST(window, clears_more_than_it_holds_zeros)
{
	static uint64_t large[130];
	const uint8_t *bytes = (const uint8_t *)large;

	__builtin_memset(large, 0x77, sizeof(large));
	lb_window_clear((uint8_t *)large + 3, sizeof(large) - 8);
	CHECK(bytes_are(bytes, 3, 0x77));
	CHECK(bytes_are(bytes + 3, sizeof(large) - 8, 0));
	CHECK(bytes_are(bytes + sizeof(large) - 5, 5, 0x77));
}
