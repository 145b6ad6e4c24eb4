/* SPDX-License-Identifier: MIT */
/*
 * blob: what purgatory's common part asks of its architecture. Nothing else of the old kernel
 * exists.
 */
#ifndef LIFEBOAT_PURGATORY_BLOB_BLOB_H
#define LIFEBOAT_PURGATORY_BLOB_BLOB_H

#include "purgatory/purgatory.h"

/* Called by the entry code; returns only if the capture kernel may be entered. */
void purgatory_main(const struct lb_purgatory *purgatory);

/* Called by the exception entries. earlier: how many exceptions there were before this one. */
_Noreturn void purgatory_exception(const struct lb_purgatory *purgatory, uint64_t earlier,
	const struct lb_purgatory_fault *fault);

/* One byte to the console that the structure names; gives up on one that never becomes ready. */
void purgatory_put(const struct lb_purgatory *purgatory, uint8_t byte);

/* Vector registers may be used from now on. */
void purgatory_enable_vectors(void);

/* LB_PURGATORY_RESET_*; halts where there is no way to reset, or it does not work. */
_Noreturn void purgatory_reset(uint32_t kind);

/* The attempt-th way to reset, from 1, when the structure cannot be asked for one. */
uint32_t purgatory_reset_guess(uint64_t attempt);

#endif
