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

/* The console's functions only read the structure. */
static struct lb_purgatory_output console_of(const struct lb_purgatory *purgatory)
{
	return (struct lb_purgatory_output){
		.write = write_console, .context = (void *)(uintptr_t)purgatory};
}

void purgatory_main(const struct lb_purgatory *purgatory)
{
	struct lb_purgatory_output output = console_of(purgatory);

	if (purgatory->path != LB_SHA256_PORTABLE) {
		purgatory_enable_vectors();
	}
	if (lb_purgatory_verify(purgatory, &output)) {
		purgatory_reset(purgatory->reset_kind);
	}
}

/* A second exception comes from saying the first, or from the way to reset that it was told. */
_Noreturn void purgatory_exception(const struct lb_purgatory *purgatory, uint64_t earlier,
	const struct lb_purgatory_fault *fault)
{
	struct lb_purgatory_output output = console_of(purgatory);

	if (!earlier) {
		lb_purgatory_say_fault(fault, &output);
		purgatory_reset(purgatory->reset_kind);
	}
	purgatory_reset(purgatory_reset_guess(earlier));
}

/* A bug: the exception's handler says where, and resets. */
_Noreturn void lb_assert_failed(const char *expression, const char *file, int line)
{
	(void)expression;
	(void)file;
	(void)line;
	__builtin_trap();
}
