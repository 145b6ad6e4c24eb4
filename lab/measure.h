/* SPDX-License-Identifier: MIT */
/*
 * measure: one trial of how much memory a capture kernel needs. The reference kernel reserves that
 * much, loads a Linux and its initrd into it, and crashes; our own first process, laid over the
 * initrd, counts the files and reads the dump. docs/size.md says what that shows and what not.
 */
#ifndef LIFEBOAT_LAB_MEASURE_H
#define LIFEBOAT_LAB_MEASURE_H

#include "lab/qemu.h"
#include "lifeboat/arch.h"
#include "plan/size/measured.h"

struct lab_measure_spec {
	enum lb_arch arch;
	const char *accelerator; /* "tcg" or "kvm" */
	const char *images;   /* where the reference kernel and lifeboat-init are; NULL: looks */
	const char *kernel;   /* a bzImage, or an uncompressed arm64 Image */
	const char *initrd;
	const char *cmdline;  /* the capture kernel's, without what kexec adds */
	uint64_t files;       /* regular ones that the initrd brings; 0: not counted */
	uint32_t page_size;   /* of that kernel */
	uint64_t section;     /* for whole ones of which it keeps struct page (SECTION_SIZE_BITS) */
	uint64_t pool_bytes;  /* of its bounce pool, where its memory is in two regions; or 0 */
	unsigned int cpus;
	unsigned int timeout_ms; /* for one boot */
	/* Every line on the console, made printable; may be NULL. */
	void (*line)(void *context, const char *line);
	void *context;
};

/*
 * Boots with crash memory of `size` bytes, a multiple of LB_SIZE_STEP, over the end of a section:
 * the worst place, because two of them have memory. `low` bytes of it (0: none), such a multiple
 * too, are a second region below 4 GiB, and the rest lies above. False: it could not be tried;
 * error says why.
 */
bool lab_measure_try(const struct lab_measure_spec *spec, uint64_t size, uint64_t low,
	struct lb_trial *ret, struct lab_error *error);

#endif
