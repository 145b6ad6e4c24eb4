/* SPDX-License-Identifier: MIT */
/*
 * scrub_words: the allow-lists of a snapshot: words and figures that the readers look for, and
 * options whose values shape memory or the boot. Everything else becomes 'x', byte for byte,
 * because lengths (of the command line, of the device tree) are part of what is predicted.
 */
#ifndef LIFEBOAT_MACHINE_SCRUB_WORDS_H
#define LIFEBOAT_MACHINE_SCRUB_WORDS_H

#include <stddef.h>

#define SCRUB_MASK 'x'

/* Masks length bytes in place. */
void scrub_mask(char *text, size_t length);

/* Masks what is neither a word of the kernel's that a reader knows, nor an address or a figure.
 * text is NUL-terminated. */
void scrub_words(char *text);

/*
 * Masks the values of all options but those that shape memory or the boot, and words alone that
 * are no such option. text need not be terminated; a NUL ends the command line, and all behind it
 * is masked. Returns how many words were changed.
 */
size_t scrub_command_line(char *text, size_t length);

/* Masks who built the kernel and where, unless a distribution did. */
void scrub_banner(char *text);

#endif
