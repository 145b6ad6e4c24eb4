/* SPDX-License-Identifier: MIT */
/*
 * atomic: the few atomic operations of the core, so that a test can stand between any two of them:
 * built with LB_ATOMIC_HOOK, each calls lb_atomic_hook before it happens, and a test that switches
 * threads there tries every order (tests/races).
 *
 * All are sequentially consistent, or say what they are: an order that nobody can name was chosen
 * nowhere for speed that nobody measured.
 */
#ifndef LIFEBOAT_CORE_ATOMIC_H
#define LIFEBOAT_CORE_ATOMIC_H

#include "lifeboat/base.h"

#ifdef LB_ATOMIC_HOOK
void lb_atomic_hook(void);
#else
#define lb_atomic_hook() ((void)0)
#endif

#define lb_atomic_load(place) (lb_atomic_hook(), __atomic_load_n(place, __ATOMIC_SEQ_CST))

/* On x86-64 a sequentially consistent store waits for all stores before it to be seen; this one
 * only comes after them, as an end of a critical section does. */
#define lb_atomic_store_release(place, value) \
	(lb_atomic_hook(), __atomic_store_n(place, value, __ATOMIC_RELEASE))

/* True if *place was expected and is desired now. */
#define lb_atomic_exchange_if(place, expected, desired)                                            \
	(lb_atomic_hook(),                                                                         \
		__atomic_compare_exchange_n(place, &(__typeof__(*(place))){expected}, desired,     \
			false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))

/* These return what was there before. */
#define lb_atomic_set_bits(place, bits) \
	(lb_atomic_hook(), __atomic_fetch_or(place, bits, __ATOMIC_SEQ_CST))
#define lb_atomic_clear_bits(place, bits) \
	(lb_atomic_hook(), __atomic_fetch_and(place, ~(bits), __ATOMIC_SEQ_CST))
#define lb_atomic_add(place, value) \
	(lb_atomic_hook(), __atomic_fetch_add(place, value, __ATOMIC_SEQ_CST))

/* Makes *place the value, if that is more. */
static inline void lb_atomic_raise(uint64_t *place, uint64_t value)
{
	uint64_t before;

	do {
		before = lb_atomic_load(place);
	} while (before < value && !lb_atomic_exchange_if(place, before, value));
}

#endif
