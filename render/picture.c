/* SPDX-License-Identifier: MIT */
/* picture: overlapping strokes, sorted by what they tell, made disjoint pieces. */
#include "render/picture.h"

#include <stdlib.h>
#include <string.h>

#include "plan/paint.h"

struct stroke {
	struct lb_range range;
	enum lb_piece_kind kind;
	const char *owner;
};

struct strokes {
	struct stroke *items;
	size_t count;
	size_t capacity;
	bool failed;
};

static void add_stroke(struct strokes *strokes, struct lb_range range, enum lb_piece_kind kind,
	const char *owner)
{
	if (strokes->failed || lb_range_empty(range)) {
		return;
	}
	if (strokes->count == strokes->capacity) {
		size_t capacity = strokes->capacity ? strokes->capacity * 2 : 64;
		struct stroke *grown = realloc(strokes->items, capacity * sizeof(*grown));

		if (!grown) {
			strokes->failed = true;
			return;
		}
		strokes->items = grown;
		strokes->capacity = capacity;
	}
	strokes->items[strokes->count++] = (struct stroke){range, kind, owner ? owner : ""};
}

static enum lb_piece_kind crash_piece(enum lb_crash_kind kind)
{
	switch (kind) {
	case LB_CRASH_LOW:
		return LB_PIECE_CRASH_LOW;
	case LB_CRASH_CMA:
		return LB_PIECE_CRASH_CMA;
	case LB_CRASH:
		break;
	}
	return LB_PIECE_CRASH;
}

static enum lb_piece_kind holding_piece(enum lb_holding holding)
{
	switch (holding) {
	case LB_HELD_LIKELY:
		return LB_PIECE_HELD_LIKELY;
	case LB_FREE_LIKELY:
		return LB_PIECE_FREE_LIKELY;
	case LB_HELD:
		break;
	}
	return LB_PIECE_HELD;
}

static const char *crash_owner(enum lb_crash_kind kind)
{
	switch (kind) {
	case LB_CRASH_LOW:
		return "crash kernel memory below the limit (crash_low)";
	case LB_CRASH_CMA:
		return "crash kernel memory, movable until the crash (crash_cma)";
	case LB_CRASH:
		break;
	}
	return "crash kernel memory (crash)";
}

static void add_map(struct strokes *strokes, const struct lb_memory_map *map)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (lb_memory_map_next_free(map, &cursor, &region)) {
		add_stroke(strokes, region.range, LB_PIECE_FREE, "");
	}
	cursor = (struct lb_memory_cursor){0};
	while (lb_memory_map_next_memory(map, &cursor, &region)) {
		add_stroke(strokes, region.range, LB_PIECE_UNUSABLE, "");
	}
	cursor = (struct lb_memory_cursor){0};
	while (lb_memory_map_next_reserved(map, &cursor, &region)) {
		if (lb_memory_map_overlaps_memory(map, region.range)) {
			add_stroke(strokes, region.range, LB_PIECE_HELD, "");
		}
	}
}

static struct strokes collect(const struct lb_plan *plan)
{
	struct strokes strokes = {0};

	for (size_t i = 0; i < plan->reservation->range_count; i++) {
		const struct lb_crash_range *crash = &plan->reservation->ranges[i];

		add_stroke(&strokes, crash->range, crash_piece(crash->kind),
			crash_owner(crash->kind));
	}
	for (size_t i = 0; i < plan->holder_count; i++) {
		const struct lb_holder *holder = &plan->holders[i];

		add_stroke(&strokes, holder->range, holding_piece(holder->holding), holder->owner);
	}
	add_stroke(&strokes, plan->boot_pool.range,
		plan->boot_pool.as_read ? LB_PIECE_HELD : LB_PIECE_HELD_LIKELY,
		"bounce pool (SWIOTLB), made later in the boot");
	if (plan->map) {
		add_map(&strokes, plan->map);
	}
	return strokes;
}

/* Crash memory; then holders and nameless reservations, the smaller (the more telling) first;
 * then free memory; then the rest. */
static unsigned int rank(enum lb_piece_kind kind)
{
	if (lb_piece_is_crash(kind)) {
		return 0;
	}
	if (kind == LB_PIECE_FREE) {
		return 3;
	}
	return kind == LB_PIECE_UNUSABLE ? 4 : 1;
}

static int compare_strokes(const void *left, const void *right)
{
	const struct stroke *a = left;
	const struct stroke *b = right;
	unsigned int rank_a = rank(a->kind) + !*a->owner;
	unsigned int rank_b = rank(b->kind) + !*b->owner;
	uint64_t size_a = lb_range_size(a->range);
	uint64_t size_b = lb_range_size(b->range);

	if (rank_a != rank_b) {
		return rank_a < rank_b ? -1 : 1;
	}
	if (size_a != size_b) {
		return size_a < size_b ? -1 : 1;
	}
	return a->range.start < b->range.start ? -1 : a->range.start > b->range.start;
}

static bool same_piece(const struct lb_piece *piece, const struct stroke *stroke, uint64_t start)
{
	return piece->range.end == start && piece->kind == stroke->kind &&
		!strcmp(piece->owner, stroke->owner) &&
		(start != 4 * LB_GIB || lb_piece_is_crash(piece->kind));
}

static bool collect_pieces(const struct strokes *strokes, struct lb_picture *picture)
{
	struct lb_range *ranges = calloc(strokes->count + 1, sizeof(*ranges));
	struct lb_painted *painted = NULL;
	size_t count = 0;
	bool made;

	for (size_t i = 0; ranges && i < strokes->count; i++) {
		ranges[i] = strokes->items[i].range;
	}
	made = ranges && !lb_paint(ranges, strokes->count, &painted, &count);
	free(ranges);
	picture->pieces = made ? calloc(count + 1, sizeof(*picture->pieces)) : NULL;
	for (size_t i = 0; picture->pieces && i < count; i++) {
		const struct stroke *stroke = &strokes->items[painted[i].by];
		struct lb_piece *last = picture->pieces + picture->piece_count - 1;
		struct lb_range range = painted[i].range;

		if (picture->piece_count && same_piece(last, stroke, range.start)) {
			last->range.end = range.end;
			continue;
		}
		picture->pieces[picture->piece_count++] =
			(struct lb_piece){range, stroke->kind, stroke->owner};
	}
	free(painted);
	return picture->pieces;
}

/* Cuts at 4 GiB and at gaps longer than gap; false when that makes too many stretches. */
static bool cut_stretches(struct lb_picture *picture, uint64_t gap)
{
	picture->stretch_count = 0;
	for (size_t i = 0; i < picture->piece_count; i++) {
		struct lb_range range = picture->pieces[i].range;
		struct lb_stretch *last = picture->stretches + picture->stretch_count - 1;
		bool cut = !picture->stretch_count || range.start - last->range.end > gap ||
			(last->range.start < 4 * LB_GIB && range.start >= 4 * LB_GIB);

		if (!cut) {
			last->range.end = range.end;
			last->count++;
			continue;
		}
		if (picture->stretch_count == LB_STRETCHES_MAX) {
			return false;
		}
		picture->stretches[picture->stretch_count++] = (struct lb_stretch){range, i, 1};
	}
	return true;
}

static void make_stretches(struct lb_picture *picture)
{
	uint64_t present = 0;
	uint64_t gap;

	for (size_t i = 0; i < picture->piece_count; i++) {
		present += lb_range_size(picture->pieces[i].range);
	}
	gap = lb_max(present / 2, LB_GIB);
	while (!cut_stretches(picture, gap)) {
		gap = gap > UINT64_MAX / 4 ? UINT64_MAX : gap * 4;
	}
}

enum lb_status lb_picture_make(const struct lb_plan *plan, struct lb_picture *ret)
{
	struct strokes strokes = collect(plan);
	struct lb_picture picture = {0};
	bool made = !strokes.failed;

	if (made && strokes.count) {
		qsort(strokes.items, strokes.count, sizeof(*strokes.items), compare_strokes);
	}
	made = made && collect_pieces(&strokes, &picture);
	free(strokes.items);
	if (!made) {
		return LB_NO_STORAGE;
	}
	make_stretches(&picture);
	*ret = picture;
	return LB_OK;
}

void lb_picture_free(struct lb_picture *picture)
{
	free(picture->pieces);
	*picture = (struct lb_picture){0};
}

const char *lb_piece_kind_text(enum lb_piece_kind kind)
{
	static const char *const texts[LB_PIECE_KINDS] = {
		[LB_PIECE_CRASH] = "crash kernel memory",
		[LB_PIECE_CRASH_LOW] = "crash kernel memory (low)",
		[LB_PIECE_CRASH_CMA] = "crash kernel memory (CMA)",
		[LB_PIECE_HELD] = "in use",
		[LB_PIECE_HELD_LIKELY] = "in use, most likely",
		[LB_PIECE_FREE_LIKELY] = "free, taken later in the boot",
		[LB_PIECE_FREE] = "free",
		[LB_PIECE_UNUSABLE] = "not handed out",
	};

	return texts[kind];
}

struct lb_cell lb_picture_cell(
	const struct lb_picture *picture, const struct lb_stretch *stretch, struct lb_range range)
{
	uint64_t bytes[LB_PIECE_KINDS] = {0};
	struct lb_cell cell = {.kind = LB_PIECE_UNUSABLE};
	size_t low = stretch->first;
	size_t high = stretch->first + stretch->count;
	uint64_t most = 0;

	/* The first piece that ends inside the cell or after it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (picture->pieces[middle].range.end <= range.start) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < stretch->first + stretch->count; low++) {
		const struct lb_piece *piece = &picture->pieces[low];
		struct lb_range shared = lb_range_intersect(piece->range, range);

		if (piece->range.start >= range.end) {
			break;
		}
		bytes[piece->kind] += lb_range_size(shared);
	}
	for (unsigned int kind = 0; kind < LB_PIECE_KINDS; kind++) {
		bool wins = bytes[kind] > most && !(cell.present && lb_piece_is_crash(cell.kind));

		if (wins) {
			cell.present = true;
			cell.kind = (enum lb_piece_kind)kind;
			most = bytes[kind];
		}
	}
	cell.mixed = (bytes[LB_PIECE_FREE] || bytes[LB_PIECE_FREE_LIKELY]) &&
		(bytes[LB_PIECE_HELD] || bytes[LB_PIECE_HELD_LIKELY]);
	return cell;
}

/* The piece that is not chosen yet, largest, and of the wanted sort; piece_count: none. */
static size_t largest_left(const struct lb_picture *picture, const bool *chosen, bool free_only)
{
	size_t best = picture->piece_count;

	for (size_t i = 0; i < picture->piece_count; i++) {
		const struct lb_piece *piece = &picture->pieces[i];

		if (chosen[i] || (free_only && !lb_piece_is_free(piece->kind))) {
			continue;
		}
		if (best == picture->piece_count ||
			lb_range_size(piece->range) > lb_range_size(picture->pieces[best].range)) {
			best = i;
		}
	}
	return best;
}

static void choose(bool *chosen, size_t index, size_t *left)
{
	if (*left && !chosen[index]) {
		chosen[index] = true;
		--*left;
	}
}

void lb_picture_choose(const struct lb_picture *picture, size_t limit, bool *chosen)
{
	size_t left = limit;
	size_t next;

	memset(chosen, 0, picture->piece_count * sizeof(*chosen));
	for (size_t i = 0; i < picture->piece_count; i++) {
		if (lb_piece_is_crash(picture->pieces[i].kind)) {
			choose(chosen, i, &left);
		}
	}
	next = largest_left(picture, chosen, true);
	if (next < picture->piece_count) {
		choose(chosen, next, &left);
	}
	for (size_t i = 0; i < picture->piece_count; i++) {
		if (!lb_piece_is_crash(picture->pieces[i].kind)) {
			continue;
		}
		if (i > 0) {
			choose(chosen, i - 1, &left);
		}
		if (i + 1 < picture->piece_count) {
			choose(chosen, i + 1, &left);
		}
	}
	while (left && (next = largest_left(picture, chosen, false)) < picture->piece_count) {
		choose(chosen, next, &left);
	}
}
