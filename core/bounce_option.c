/* SPDX-License-Identifier: MIT */
/* bounce_option: the value, from left to right. */
#include "lifeboat/bounce_option.h"

#include "lifeboat/bounce_pool.h"
#include "lifeboat/number.h"

/* What is still to be read of the value, and what becomes of it. */
struct reader {
	struct lb_slice rest;
	size_t length; /* of the value */
	struct lb_bounce_option_error *error;
};

/* At the first byte that was not read yet. */
static enum lb_status expected(const struct reader *reader, const char *what)
{
	*reader->error = (struct lb_bounce_option_error){
		reader->length - reader->rest.length, what};
	return LB_INVALID;
}

static enum lb_status read_slots(struct reader *reader, uint64_t *ret_bytes)
{
	struct lb_number slots = lb_number_at(reader->rest);

	if (!slots.length || !slots.value || slots.overflowed ||
		!lb_mul(slots.value, LB_BOUNCE_SLOT_BYTES, ret_bytes)) {
		return expected(reader, "a number of slots of 2048 bytes");
	}
	lb_slice_skip(&reader->rest, slots.length);
	return lb_slice_take(&reader->rest, '@') ? LB_OK
						 : expected(reader, "@ and an address");
}

static enum lb_status read_address(struct reader *reader, uint64_t bytes, struct lb_range *ret)
{
	struct lb_slice text = reader->rest;
	size_t length = 0;

	while (length < text.length && text.at[length] != ',') {
		length++;
	}
	text.length = length;
	if (!lb_size_parse(text, &ret->start)) {
		return expected(reader, "an address");
	}
	if (ret->start % LB_BOUNCE_SLOT_BYTES) {
		return expected(reader, "a multiple of 2048");
	}
	if (!lb_add(ret->start, bytes, &ret->end)) {
		return expected(reader, "an address below 2^64, up to the pool's end");
	}
	lb_slice_skip(&reader->rest, length);
	return LB_OK;
}

enum lb_status lb_bounce_option_parse(struct lb_slice value, struct lb_bounce_option *ret,
	struct lb_bounce_option_error *ret_error)
{
	struct reader reader = {value, value.length, ret_error};
	struct lb_bounce_option option = {.force = false};
	uint64_t bytes = 0;
	enum lb_status status = read_slots(&reader, &bytes);

	if (!status) {
		status = read_address(&reader, bytes, &option.pool);
	}
	if (status) {
		return status;
	}
	if (reader.rest.length && !lb_slice_is(reader.rest, ",force")) {
		return expected(&reader, ",force or nothing");
	}
	option.force = reader.rest.length;
	LB_ASSERT(!lb_range_empty(option.pool));
	*ret = option;
	return LB_OK;
}
