/* SPDX-License-Identifier: MIT */
/* blob: verify, say so, and go on or reset. */
#include "purgatory/blob/blob.h"

static void write_console(void *context, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			purgatory_put(context, '\r');
		}
		purgatory_put(context, (uint8_t)text[i]);
	}
}

void purgatory_main(const struct lb_purgatory *purgatory)
{
	/* The console's functions only read the structure. */
	struct lb_purgatory_output output = {
		.write = write_console, .context = (void *)(uintptr_t)purgatory};

	if (purgatory->path != LB_SHA256_PORTABLE) {
		purgatory_enable_vectors();
	}
	if (lb_purgatory_verify(purgatory, &output)) {
		purgatory_reset(purgatory->reset_kind);
	}
}

/* A bug, and nobody to report it to: the structure may be what is wrong. */
_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	(void)expression;
	(void)file;
	(void)line;
	purgatory_reset(LB_PURGATORY_RESET_NONE);
}
