/* SPDX-License-Identifier: MIT */
/* effective: notes on a request, class by class. */
#include "policy/linux/effective.h"

#include "policy/linux/cmdline.h"
#include "policy/linux/crashkernel.h"
#include "policy/linux/linux.h"
#include "policy/linux/vendor.h"

struct notes {
	const struct lb_reserve_env *env;
	const struct lb_linux_row *row;
	const char *cmdline;
	size_t length; /* of the part that the kernel keeps */
	struct lb_effect_note *notes;
	size_t capacity, count;
	struct lb_crashkernel_value values[LB_CRASHKERNEL_CLASSES];
};

const char *lb_effect_name(enum lb_effect effect)
{
	static const char *const names[] = {
		[LB_EFFECT_CUT_OFF] = "cut-off",
		[LB_EFFECT_SUPERSEDED] = "superseded",
		[LB_EFFECT_PART_OF_WORD] = "part-of-word",
		[LB_EFFECT_UNKNOWN_SUFFIX] = "unknown-suffix",
		[LB_EFFECT_MALFORMED] = "malformed",
		[LB_EFFECT_OVERFLOW] = "overflow",
		[LB_EFFECT_HIGH_IGNORED] = "high-ignored",
		[LB_EFFECT_LOW_IGNORED] = "low-ignored",
		[LB_EFFECT_CMA_IGNORED] = "cma-ignored",
		[LB_EFFECT_HIGH_INSTEAD] = "high-instead",
		[LB_EFFECT_RANGE_ENTRY] = "range-entry",
		[LB_EFFECT_TAIL_IGNORED] = "tail-ignored",
		[LB_EFFECT_PAGE_ROUNDED] = "page-rounded",
	};

	_Static_assert(LB_ARRAY_COUNT(names) == LB_EFFECT_COUNT, "every effect has a name");
	LB_ASSERT((size_t)effect < LB_ARRAY_COUNT(names));
	return names[effect];
}

__attribute__((format(printf, 5, 6))) static void note(struct notes *notes, enum lb_effect effect,
	size_t start, size_t end, const char *format, ...)
{
	struct lb_effect_note *at;
	struct lb_text text;
	va_list list;

	if (notes->count++ >= notes->capacity) {
		return;
	}
	at = &notes->notes[notes->count - 1];
	at->effect = effect;
	at->start = start;
	at->end = end;
	text = LB_TEXT(at->text);
	va_start(list, format);
	lb_format_list(&text, format, list);
	va_end(list);
}

static void note_token(struct notes *notes, enum lb_effect effect,
	const struct lb_crashkernel_value *value, const char *text)
{
	note(notes, effect, value->token.start, value->token.end, "%s", text);
}


static bool is_present(const struct notes *notes, enum lb_crashkernel_class class_)
{
	return notes->values[class_].result != LB_CRASHKERNEL_ABSENT;
}

static bool is_useful(const struct notes *notes, enum lb_crashkernel_class class_)
{
	return lb_crashkernel_accepted(&notes->values[class_]) && notes->values[class_].size;
}

static bool counts_high(const struct notes *notes)
{
	return notes->row->knows_high && is_useful(notes, LB_CRASHKERNEL_HIGH) &&
		!(notes->row->plain_gives_way ? is_useful(notes, LB_CRASHKERNEL_PLAIN) :
			is_present(notes, LB_CRASHKERNEL_PLAIN));
}

/* A plain value with a comma behind its size: somebody meant a suffix. */
static bool has_foreign_suffix(const struct lb_crashkernel_value *value)
{
	return !value->range_form && value->result == LB_CRASHKERNEL_BAD_CHARACTER &&
		value->found == ',' && value->class_ == LB_CRASHKERNEL_PLAIN;
}

static const char *mistake(enum lb_crashkernel_result result)
{
	switch (result) {
	case LB_CRASHKERNEL_NO_VALUE:
		return "the value does not begin with a number";
	case LB_CRASHKERNEL_NO_RANGE_VALUE:
		return "a range must begin with a number, and end with one or with nothing";
	case LB_CRASHKERNEL_NO_DASH:
		return "a range must have a '-'";
	case LB_CRASHKERNEL_END_FIRST:
		return "a range ends before it starts";
	case LB_CRASHKERNEL_NO_COLON:
		return "a range must be followed by ':' and a size";
	case LB_CRASHKERNEL_NO_RANGE_SIZE:
		return "a range must have a size";
	case LB_CRASHKERNEL_RANGE_SIZE:
		return "a range asks for as much memory as there is; the whole value is refused, "
		       "even if that range does not match";
	case LB_CRASHKERNEL_NO_OFFSET:
		return "a number must follow '@'";
	default:
		return "something that is not understood follows the number";
	}
}

static void note_mistake(struct notes *notes, const struct lb_crashkernel_value *value)
{
	if (has_foreign_suffix(value)) {
		note(notes, LB_EFFECT_UNKNOWN_SUFFIX, value->position, value->token.end,
			"this kernel does not know `%.*s`, so the whole value counts as a "
			"malformed plain one", (int)lb_min(value->token.end - value->position, 24),
			notes->cmdline + value->position);
	} else if (value->result == LB_CRASHKERNEL_NOTHING && value->entry) {
		note(notes, LB_EFFECT_RANGE_ENTRY, value->token.value, value->token.end,
			"entry %u counts, and its size is 0: with %llu MiB of memory nothing is "
			"to be reserved", value->entry,
			(unsigned long long)value->compared_ram >> 20);
	} else if (lb_crashkernel_is_unmatched(value)) {
		note(notes, LB_EFFECT_RANGE_ENTRY, value->token.value, value->token.end,
			"there is no size for this amount of memory: nothing is to be reserved");
	} else if (value->result != LB_CRASHKERNEL_OK && is_present(notes, value->class_)) {
		note(notes, LB_EFFECT_MALFORMED, lb_min(value->position, value->token.end),
			value->token.end, "%s", mistake(value->result));
	}
}

static void note_range(struct notes *notes, const struct lb_crashkernel_value *value)
{
	if (value->range_form && value->result == LB_CRASHKERNEL_OK) {
		note(notes, LB_EFFECT_RANGE_ENTRY, value->token.value, value->token.end,
			"entry %u counts: %llu MiB of memory%s", value->entry,
			(unsigned long long)value->compared_ram >> 20,
			value->compared_ram != notes->env->system_ram ?
			", rounded up to a multiple of 128 MiB" : "");
	}
}

/* What `auto` is on this machine; the list, where there is one, is the vendor's. */
static void note_auto(struct notes *notes, const struct lb_crashkernel_value *value)
{
	if (value->automatic && value->result == LB_CRASHKERNEL_OK) {
		note(notes, LB_EFFECT_RANGE_ENTRY, value->token.value, value->token.end,
			"`auto` is the vendor's own: %llu MiB with %llu MiB of memory, rounded up "
			"to a multiple of 128 MiB", (unsigned long long)value->size >> 20,
			(unsigned long long)value->compared_ram >> 20);
	}
}

static void note_tail(struct notes *notes, const struct lb_crashkernel_value *value)
{
	if (value->class_ == LB_CRASHKERNEL_PLAIN && value->result == LB_CRASHKERNEL_OK &&
		value->position < value->token.end) {
		note(notes, LB_EFFECT_TAIL_IGNORED, value->position, value->token.end,
			"what follows the offset is not read");
	}
}

/* Every number of the value, wherever it stands. */
static void note_overflow(struct notes *notes, const struct lb_crashkernel_value *value)
{
	for (size_t i = value->token.value; i < value->token.end; i++) {
		bool in_number = i > value->token.value && notes->cmdline[i - 1] >= '0' &&
			notes->cmdline[i - 1] <= '9';

		if (!in_number && notes->cmdline[i] >= '0' && notes->cmdline[i] <= '9' &&
			lb_linux_size_overflows((struct lb_slice){notes->cmdline + i,
				value->token.end - i})) {
			note(notes, LB_EFFECT_OVERFLOW, i, value->token.end, "the number does not "
				"fit in 64 bits and %s", notes->env->version >= LB_LINUX(7, 2, 0) ?
				"is cut to what does" : "wraps around");
			return;
		}
	}
}

static void note_page(struct notes *notes, const struct lb_crashkernel_value *value)
{
	uint32_t page = notes->env->page_size ? notes->env->page_size : 4096;

	if (notes->row->rounds_to_page && value->result == LB_CRASHKERNEL_OK &&
		value->size % page) {
		note_token(notes, LB_EFFECT_PAGE_ROUNDED, value,
			"the size is rounded up to a page");
	}
}

static void note_ignored_high(struct notes *notes)
{
	const struct lb_crashkernel_value *high = &notes->values[LB_CRASHKERNEL_HIGH];

	if (!is_present(notes, LB_CRASHKERNEL_HIGH)) {
		return;
	}
	if (!notes->row->knows_high) {
		note_token(notes, LB_EFFECT_HIGH_IGNORED, high,
			"`,high` is ignored: this kernel does not act on it");
	} else if (counts_high(notes) && is_present(notes, LB_CRASHKERNEL_PLAIN)) {
		note_token(notes, LB_EFFECT_HIGH_INSTEAD, high,
			"`,high` counts because the plain value is of no use");
	} else if (!counts_high(notes) && is_present(notes, LB_CRASHKERNEL_PLAIN)) {
		note_token(notes, LB_EFFECT_HIGH_IGNORED, high,
			is_useful(notes, LB_CRASHKERNEL_PLAIN) ?
			"`,high` is ignored: a plain value takes precedence" :
			"`,high` is ignored: a plain value takes precedence, even one that is of "
			"no use");
	}
}

static void note_ignored_low(struct notes *notes)
{
	const struct lb_crashkernel_value *low = &notes->values[LB_CRASHKERNEL_LOW];

	if (!is_present(notes, LB_CRASHKERNEL_LOW) || counts_high(notes)) {
		return;
	}
	if (!notes->row->knows_high) {
		note_token(notes, LB_EFFECT_LOW_IGNORED, low,
			"`,low` is ignored: this kernel does not act on it");
	} else if (!is_useful(notes, LB_CRASHKERNEL_PLAIN)) {
		note_token(notes, LB_EFFECT_LOW_IGNORED, low,
			"`,low` reserves nothing by itself");
	} else if (notes->row->low_read_late) {
		note_token(notes, LB_EFFECT_LOW_IGNORED, low,
			"`,low` is ignored unless the region comes to lie above 4 GiB");
	} else {
		note_token(notes, LB_EFFECT_LOW_IGNORED, low,
			"`,low` is ignored: this kernel reads it only together with `,high`");
	}
}

static void note_ignored_cma(struct notes *notes)
{
	const struct lb_crashkernel_value *cma = &notes->values[LB_CRASHKERNEL_CMA];

	if (!is_present(notes, LB_CRASHKERNEL_CMA)) {
		return;
	}
	if (!notes->row->knows_cma) {
		note_token(notes, LB_EFFECT_CMA_IGNORED, cma, "`,cma` is ignored without a word "
			"on this architecture before 7.3");
	} else if (!is_useful(notes, LB_CRASHKERNEL_PLAIN) && !counts_high(notes)) {
		note_token(notes, LB_EFFECT_CMA_IGNORED, cma, "`,cma` reserves nothing by itself");
	} else if (!notes->env->cma_align) {
		note_token(notes, LB_EFFECT_CMA_IGNORED, cma,
			"`,cma` is not supported: this kernel is built without CMA");
	}
}

/* What there is to say about one occurrence before it is known whether it counts. */
static void note_occurrence(struct notes *notes, const struct lb_crashkernel_token *token)
{
	enum lb_crashkernel_class class_ =
		lb_crashkernel_class_of(notes->cmdline, token, notes->env->version);
	const struct lb_crashkernel_value *value = &notes->values[class_];

	if (token->start != value->token.start) {
		note(notes, LB_EFFECT_SUPERSEDED, token->start, token->end,
			"not read: the last %s value counts", class_ == LB_CRASHKERNEL_PLAIN ?
			"plain" : lb_crashkernel_suffix(class_));
		return;
	}
	if (!lb_crashkernel_begins_word(notes->cmdline, token)) {
		note_token(notes, LB_EFFECT_PART_OF_WORD, value,
			"counts, although it is only a part of a word");
	}
	if (notes->row->knows_high || class_ == LB_CRASHKERNEL_PLAIN) {
		note_mistake(notes, value);
	}
	note_overflow(notes, value);
	note_range(notes, value);
	note_auto(notes, value);
	note_tail(notes, value);
	note_page(notes, value);
	if (class_ == LB_CRASHKERNEL_HIGH) {
		note_ignored_high(notes);
	} else if (class_ == LB_CRASHKERNEL_LOW) {
		note_ignored_low(notes);
	} else if (class_ == LB_CRASHKERNEL_CMA) {
		note_ignored_cma(notes);
	}
}

size_t lb_reserve_effective(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_effect_note *notes, size_t capacity)
{
	const struct lb_linux_row *row = lb_linux_row(env->arch, env->version);
	struct notes all = {.env = env, .row = row, .cmdline = cmdline, .notes = notes,
		.capacity = capacity};
	struct lb_crashkernel_token token;
	size_t limit, cursor = 0;

	LB_ASSERT(row);
	limit = row->cmdline_bytes;
	all.length = lb_slice_of_at_most(cmdline, limit).length;
	for (int class_ = 0; class_ < LB_CRASHKERNEL_CLASSES; class_++) {
		all.values[class_] = lb_linux_read_class(
			env, cmdline, all.length, (enum lb_crashkernel_class)class_);
	}
	while (lb_crashkernel_next(cmdline, all.length, &cursor, &token)) {
		note_occurrence(&all, &token);
	}
	if (cmdline[all.length]) {
		note(&all, LB_EFFECT_CUT_OFF, all.length, all.length,
			"the kernel keeps %zu bytes of its command line; the rest is lost", limit);
	}
	return all.count;
}
