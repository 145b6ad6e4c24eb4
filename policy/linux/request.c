/* SPDX-License-Identifier: MIT */
/* request: plain, then `,high` with `,low`, then `,cma`. */
#include "policy/linux/request.h"

#include "lifeboat/slice.h"
#include "policy/linux/vendor.h"

static bool names_crashkernel(const char *line)
{
	size_t at;

	return lb_slice_find(lb_slice_of(line), "crashkernel", &at);
}

/* The parser's refusals as reasons for the journal. */
static const char *refusal(enum lb_crashkernel_result result)
{
	static const char *const reasons[] = {
		[LB_CRASHKERNEL_OK] = NULL,
		[LB_CRASHKERNEL_ABSENT] = NULL,
		[LB_CRASHKERNEL_NOTHING] = "no range matches the amount of RAM, or its size is 0",
		[LB_CRASHKERNEL_NO_VALUE] = "the value does not begin with a number",
		[LB_CRASHKERNEL_BAD_CHARACTER] = "something unknown follows the number",
		[LB_CRASHKERNEL_NO_RANGE_VALUE] = "a range does not begin or end with a number",
		[LB_CRASHKERNEL_NO_DASH] = "a range has no '-'",
		[LB_CRASHKERNEL_END_FIRST] = "a range ends before it starts",
		[LB_CRASHKERNEL_NO_COLON] = "a range is not followed by ':'",
		[LB_CRASHKERNEL_NO_RANGE_SIZE] = "a range has no size",
		[LB_CRASHKERNEL_RANGE_SIZE] = "a range asks for as much as there is RAM",
		[LB_CRASHKERNEL_NO_OFFSET] = "no number follows '@'",
	};

	LB_ASSERT((size_t)result < LB_ARRAY_COUNT(reasons));
	return reasons[result];
}

struct lb_crashkernel_value reserve_read(
	struct reserve_run *run, enum lb_crashkernel_class class_)
{
	struct lb_crashkernel_value value =
		lb_linux_read_class(run->env, run->cmdline, run->length, class_);
	char bytes[80];
	struct lb_text line = LB_TEXT(bytes);

	if (value.automatic && run->env->automatic->says) {
		reserve_log(run, "%s", run->env->automatic->says);
	}
	if (refusal(value.result)) {
		reserve_note(run, refusal(value.result));
	}
	/* The log that people look at is what a search for the word shows. */
	if (lb_crashkernel_message(&value, run->env->version, &line) &&
		names_crashkernel(bytes)) {
		reserve_log_text(run, &line);
	}
	return value;
}

void reserve_imply_low(const struct reserve_run *run, struct reserve_request *request)
{
	const struct lb_linux_row *row = run->row;
	uint64_t with_pool;

	request->low_size = row->default_low;
	request->low_implied = row->default_low;
	if (row->pool_in_low) {
		request->low_size = lb_add(run->env->swiotlb_bytes, 8 * LB_MIB, &with_pool) ?
			lb_max(with_pool, row->default_low) : UINT64_MAX;
	}
}

bool reserve_read_low(struct reserve_run *run, struct reserve_request *request)
{
	struct lb_crashkernel_value low = reserve_read(run, LB_CRASHKERNEL_LOW);

	if (low.result) {
		reserve_imply_low(run, request);
		return low.result == LB_CRASHKERNEL_ABSENT;
	}
	request->low_size = low.size;
	return true;
}

/* False: the kernel gives up. */
static bool read_high(
	struct reserve_run *run, bool plain_absent, struct reserve_request *request)
{
	struct lb_crashkernel_value high;

	if (!run->row->knows_high) {
		return false;
	}
	high = reserve_read(run, LB_CRASHKERNEL_HIGH);
	if (high.result || !high.size) {
		request->declined |= plain_absent && lb_crashkernel_declines(&high);
		return false;
	}
	request->high = true;
	request->declined = false;
	request->unmatched = false;
	request->asked = high.size;
	request->offset = 0;
	return run->row->low_read_late || reserve_read_low(run, request);
}

bool reserve_read_request(struct reserve_run *run, struct reserve_request *ret)
{
	const struct lb_linux_row *row = run->row;
	struct lb_crashkernel_value plain = reserve_read(run, LB_CRASHKERNEL_PLAIN);
	bool absent = plain.result == LB_CRASHKERNEL_ABSENT;
	bool of_use = lb_crashkernel_accepted(&plain) && plain.size;
	bool gives_way = row->plain_gives_way ? !of_use : absent;

	*ret = (struct reserve_request){.asked = plain.size, .offset = plain.offset,
		.declined = lb_crashkernel_declines(&plain),
		.unmatched = lb_crashkernel_is_unmatched(&plain)};
	if (gives_way && !read_high(run, absent, ret)) {
		return false;
	}
	if (row->knows_cma) {
		ret->cma_size = reserve_read(run, LB_CRASHKERNEL_CMA).size;
	}
	if (!ret->high && !lb_crashkernel_accepted(&plain)) {
		return false;
	}
	if (row->below_ram && ret->asked >= run->env->system_ram) {
		reserve_note(run, "refused without a message: not less than there is RAM");
		return false;
	}
	/* A size within a page of 2^64 wraps to nothing; no boot log shows what comes of it. */
	ret->size = row->rounds_to_page ? reserve_page_align(run, ret->asked) : ret->asked;
	return ret->size;
}
