/* SPDX-License-Identifier: MIT */
/*
 * cmdline: how Linux reads its command line; the words themselves are lifeboat/cmdline.h's.
 *
 * Linux looks for options in four ways, and they do not agree about lines that are odd enough:
 *
 *	next_arg (lib/cmdline.c, 5.10 to 7.3)       words outside quotes, up to a lone "--": what
 *	                                            parse_early_param, the EFI stub's and the x86
 *	                                            decompressor's mem= and memmap= use
 *	cmdline_find_option (arch/x86/boot/cmdline.c,  words end at any byte up to a blank; quotes
 *	arch/x86/lib/cmdline.c)                        and "--" mean nothing
 *	strstr, then the byte before it             the x86 stub's memory options: only the first
 *	                                            occurrence in the line, if it begins a word
 *	strstr                                      crashkernel= (policy/linux/crashkernel.h)
 *
 * A line may be NULL, which is an empty one.
 */
#ifndef LIFEBOAT_POLICY_LINUX_CMDLINE_H
#define LIFEBOAT_POLICY_LINUX_CMDLINE_H

#include "lifeboat/cmdline.h"
#include "lifeboat/number.h"

/* For walks as next_arg does them: lb_cmdline_next() and lb_cmdline_find(), the last one counts. */
struct lb_cmdline lb_linux_cmdline(const char *cmdline);

/* True if the option is given, with a value or without. */
bool lb_linux_has_option(const char *cmdline, const char *name);

/* The last "name=SIZE"; what follows the size is not looked at. False, *ret untouched, if the
 * option is not given or its value does not begin with a digit. Sizes wrap, as up to 7.1. */
bool lb_linux_find_size(const char *cmdline, const char *name, uint64_t *ret);

/* True if the word stands in the line as cmdline_find_option_bool looks for it. */
bool lb_linux_has_word(const char *cmdline, const char *word);

/* True if the first place where text stands in the line begins a word. */
bool lb_linux_first_begins_word(const char *cmdline, const char *text);

/*
 * memparse (lib/cmdline.c): drops a size at the front of the text and returns it. Up to 7.1 too
 * large a size wraps, and a suffix letter alone is a size of 0; since 7.2 the one is 2^64 - 1 and
 * the other no size. Without a size nothing is dropped, and the value is 0.
 */
uint64_t lb_linux_memparse(struct lb_slice *text, uint32_t version);

/* memparse as up to 7.1, where a digit must come first. False, nothing changed, if none does. */
bool lb_linux_take_size(struct lb_slice *text, uint64_t *ret);

/* The same text, for explanations: true if the size at its front does not fit in 64 bits. */
bool lb_linux_size_overflows(struct lb_slice text);

#endif
