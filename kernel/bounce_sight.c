/* SPDX-License-Identifier: MIT */
/*
 * bounce_sight: what lies in a pool that was taken over. To look at its slots, or to mark one, is
 * the proofs' business: a kernel has no reason to.
 */
#include "bounce_taken.h"

static struct lb_range place_of(const struct bounce *bounce)
{
	return (struct lb_range){bounce->pool.config.base,
		bounce->pool.config.base + bounce->pool.config.size};
}

const struct edu *bounce_last_device(const struct bounce *bounce)
{
	return &bounce->devices[bounce->device_count - 1];
}

/* No slot is handed out. */
bool bounce_all_in_quarantine(struct bounce *bounce)
{
	const struct lb_bounce_request early = {.original = bounce->pool.config.base,
		.size = BOUNCE_MAPPED, .direction = LB_BOUNCE_TO_DEVICE};
	lb_phys_addr address;

	return lb_bounce_pool_usage(&bounce->pool).quarantined == bounce->pool.slot_count &&
		lb_bounce_map(&bounce->pool, &early, &address) == LB_NO_STORAGE;
}

/* As far as this kernel knows a write may land anywhere in the pool: it looks at the start of every
 * slot. */
bool bounce_find_message(const struct bounce *bounce, const struct edu *edu, lb_phys_addr *ret)
{
	struct lb_range place = place_of(bounce);

	for (lb_phys_addr at = place.start; at < place.end; at += LB_BOUNCE_SLOT_BYTES) {
		if (bounce_is_message(edu, bounce_at(bounce, at))) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool words_are(
	const struct bounce *bounce, lb_phys_addr start, uint64_t bytes, uint64_t value)
{
	const volatile uint64_t *words = bounce_at(bounce, start);

	for (size_t i = 0; i < bytes / sizeof(*words); i++) {
		if (words[i] != value) {
			return false;
		}
	}
	return true;
}

bool bounce_all_zeros(const struct bounce *bounce)
{
	return words_are(bounce, bounce->pool.config.base, bounce->pool.config.size, 0);
}

/* Every slot but those that the devices wrote holds what the dead kernel left there. */
bool bounce_others_untouched(const struct bounce *bounce)
{
	struct lb_range place = place_of(bounce);

	for (lb_phys_addr at = place.start; at < place.end; at += LB_BOUNCE_SLOT_BYTES) {
		bool written = false;

		for (size_t i = 0; i < bounce->device_count; i++) {
			written = written || at == bounce->landed[i];
		}
		if (!written && !words_are(bounce, at, LB_BOUNCE_SLOT_BYTES, BOUNCE_LEFT)) {
			return false;
		}
	}
	return true;
}

/* The pool is what the dead kernel left, and none of its devices' messages came. */
bool bounce_nothing_came(const struct bounce *bounce)
{
	lb_phys_addr ignored;
	bool came = false;

	for (size_t i = 0; i < bounce->device_count; i++) {
		came = came || bounce_find_message(bounce, &bounce->devices[i], &ignored);
	}
	return !came;
}

/* The last device's next write is pending; what it wrote is spoiled, so that this will be seen. */
void bounce_write_again(const struct bounce *bounce)
{
	volatile uint8_t *slot =
		bounce_at(bounce, bounce->landed[bounce->device_count - 1]);

	slot[0] = (uint8_t)~slot[0];
	edu_start_again(bounce_last_device(bounce));
}

/* It has landed in quarantine like the first, and nobody has cleared anything. */
bool bounce_has_written_again(struct bounce *bounce)
{
	const struct edu *last = bounce_last_device(bounce);

	return bounce_all_in_quarantine(bounce) && edu_wait(last) &&
		bounce_is_message(last, bounce_at(bounce,
			bounce->landed[bounce->device_count - 1])) &&
		bounce_others_untouched(bounce) && bounce_all_in_quarantine(bounce);
}
