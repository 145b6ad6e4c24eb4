/* SPDX-License-Identifier: MIT */
/* swiotlb: the option read word by word, as each version does. */
#include "policy/linux/swiotlb.h"

#include "policy/linux/cmdline.h"
#include "policy/linux/version.h"

#define SEGMENT UINT64_C(128)

static bool knows_areas(uint32_t version)
{
	return version >= LB_LINUX(6, 0, 0);
}

static bool knows_track_hiwater(uint32_t version)
{
	return version >= LB_LINUX(7, 3, 0);
}

/* A number at the front, if there is one: it wraps, as simple_strtoul does. */
static bool take_number(struct lb_slice *text, uint64_t *ret)
{
	struct lb_number number = lb_number_at(*text);

	if (!number.length) {
		return false;
	}
	lb_slice_skip(text, number.length);
	*ret = number.value;
	return true;
}

static uint64_t power_above(uint64_t value)
{
	uint64_t power = 1;

	while (power < value && power < UINT64_C(1) << 63) {
		power *= 2;
	}
	return power;
}

/* The word, if it is all that is left, or what that begins with. */
static bool take_word(struct lb_slice *text, const char *word, bool may_go_on)
{
	if (may_go_on ? !lb_slice_begins(*text, word) : !lb_slice_is(*text, word)) {
		return false;
	}
	lb_slice_skip(text, lb_slice_of(word).length);
	return true;
}

void lb_swiotlb_read(struct lb_swiotlb_words *words, struct lb_slice value, uint32_t version)
{
	bool newest = knows_track_hiwater(version);
	uint64_t number;

	if (take_number(&value, &number)) {
		words->slots_told = true;
		words->slots = (number + SEGMENT - 1) & ~(SEGMENT - 1);
	}
	(void)lb_slice_take(&value, ',');
	if (knows_areas(version)) {
		if (take_number(&value, &number)) {
			words->areas = power_above((uint32_t)number);
		}
		(void)lb_slice_take(&value, ',');
	}
	if (take_word(&value, "force", newest)) {
		words->force = true;
	} else if (take_word(&value, "noforce", newest)) {
		words->noforce = true;
	}
	if (newest) {
		(void)lb_slice_take(&value, ',');
		words->track_hiwater |= take_word(&value, "track_hiwater", true);
	}
	words->passed_over = value.length ? value : words->passed_over;
}

struct lb_swiotlb_words lb_swiotlb_of(const char *cmdline, uint32_t version)
{
	struct lb_cmdline line = lb_linux_cmdline(cmdline);
	struct lb_cmdline_option option;
	struct lb_swiotlb_words words = {0};

	while (lb_cmdline_next(&line, &option)) {
		if (lb_slice_is(option.name, "swiotlb")) {
			lb_swiotlb_read(&words, option.value, version);
		}
	}
	return words;
}

/* round_up_default_nslabs, 6.0 to 7.3. */
static uint64_t round_up(uint64_t slots, uint64_t areas)
{
	return power_above(lb_max(slots, areas * SEGMENT));
}

uint64_t lb_swiotlb_planned(const struct lb_swiotlb_words *words, uint64_t preset)
{
	uint64_t slots = words->slots_told ? words->slots : LB_SWIOTLB_DEFAULT_SLOTS;

	if (words->areas) {
		slots = round_up(slots, words->areas);
	}
	/* swiotlb_adjust_size cannot tell the default from the same number, told. */
	if (slots == LB_SWIOTLB_DEFAULT_SLOTS) {
		slots = (preset + SEGMENT - 1) & ~(SEGMENT - 1);
	}
	return words->areas ? round_up(slots, words->areas) : slots;
}

uint64_t lb_swiotlb_slots(const struct lb_swiotlb_words *words, uint32_t version, uint64_t preset,
	uint64_t possible_cpus)
{
	uint64_t slots = lb_swiotlb_planned(words, preset);

	return knows_areas(version) && !words->areas
		? round_up(slots, power_above(lb_max(possible_cpus, 1)))
		: slots;
}
