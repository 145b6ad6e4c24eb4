/* SPDX-License-Identifier: MIT */
/*
 * crashkernel: the grammar of the kernel option `crashkernel=`, as each Linux version reads it.
 *
 * A command line may hold the option several times. Its occurrences fall into classes by how they
 * end (`,high`, `,low`, `,cma` from 6.17, else plain); the last of each class counts and the
 * others are never read. What a kernel then does with the classes is policy, not grammar.
 *
 *	crashkernel=SIZE[@OFFSET]                                plain, simple form
 *	crashkernel=START-[END]:SIZE[,START-[END]:SIZE...][@OFFSET]  plain, range form
 *	crashkernel=SIZE,high | SIZE,low | SIZE,cma              suffix form
 *
 * Malformed input is not repaired: the answer says what that kernel makes of it and prints.
 * Command lines are untrusted: any bytes up to the first NUL. Numbers are memparse's
 * (policy/linux/cmdline.h). Sources: kernel/crash_core.c (to 6.8), kernel/crash_reserve.c (since
 * 6.9).
 */
#ifndef LIFEBOAT_POLICY_LINUX_CRASHKERNEL_H
#define LIFEBOAT_POLICY_LINUX_CRASHKERNEL_H

#include "lifeboat/base.h"
#include "lifeboat/format.h"

enum lb_crashkernel_class {
	LB_CRASHKERNEL_PLAIN,
	LB_CRASHKERNEL_HIGH,
	LB_CRASHKERNEL_LOW,
	LB_CRASHKERNEL_CMA,
};
#define LB_CRASHKERNEL_CLASSES 4

/* "", ",high", ",low", ",cma". */
const char *lb_crashkernel_suffix(enum lb_crashkernel_class class_);

/* One occurrence; offsets into the command line. */
struct lb_crashkernel_token {
	size_t start; /* of the word "crashkernel=", which need not begin a word */
	size_t value; /* the byte after "=" */
	size_t end;   /* the next space, or the end of the command line */
};

/*
 * The occurrence that begins at *cursor or later; *cursor then points past its first byte, where
 * the kernel goes on searching (occurrences may overlap). False at the end. Start with 0.
 */
bool lb_crashkernel_next(const char *cmdline, size_t length, size_t *cursor,
	struct lb_crashkernel_token *ret);

/* True if the occurrence begins the line, or stands behind a byte up to a blank. The grammar does
 * not ask, but cmdline_find_option() does (policy/linux/cmdline.h). */
bool lb_crashkernel_begins_word(const char *cmdline, const struct lb_crashkernel_token *token);

/* The class of an occurrence for this version (`,cma` is plain before 6.17). */
enum lb_crashkernel_class lb_crashkernel_class_of(
	const char *cmdline, const struct lb_crashkernel_token *token, uint32_t version);

/* What reading one class came to. */
enum lb_crashkernel_result {
	LB_CRASHKERNEL_OK,
	LB_CRASHKERNEL_ABSENT,         /* no occurrence of the class */
	LB_CRASHKERNEL_NOTHING,        /* range form: no entry matched, or a size of 0 did */
	LB_CRASHKERNEL_NO_VALUE,       /* a number must stand here */
	LB_CRASHKERNEL_BAD_CHARACTER,  /* a number is followed by something unknown */
	LB_CRASHKERNEL_NO_RANGE_VALUE, /* range form: start or end is no number */
	LB_CRASHKERNEL_NO_DASH,
	LB_CRASHKERNEL_END_FIRST,      /* end <= start */
	LB_CRASHKERNEL_NO_COLON,
	LB_CRASHKERNEL_NO_RANGE_SIZE,
	LB_CRASHKERNEL_RANGE_SIZE,     /* the size of an entry reaches the total of RAM */
	LB_CRASHKERNEL_NO_OFFSET,      /* range form: no number after '@' */
};

struct lb_crashkernel_value {
	enum lb_crashkernel_result result;
	enum lb_crashkernel_class class_;
	struct lb_crashkernel_token token; /* zero when absent */
	size_t position;  /* in the command line: what is wrong, or the first byte not read */
	char found;       /* the byte at position; 0 at the end */
	uint64_t size;    /* bytes; kept where the kernel keeps it: also with BAD_CHARACTER */
	uint64_t offset;  /* bytes; 0: automatic */
	bool range_form;
	bool automatic;   /* `auto`, as a vendor reads it (policy/linux/vendor.h) */
	uint32_t entry;   /* of the range list: the entry that matched, from 1; 0 none */
	uint64_t compared_ram; /* range form: total that was compared with the entries */
};

/* True for the results that the kernel's parser returns as success: OK and NOTHING. */
bool lb_crashkernel_accepted(const struct lb_crashkernel_value *value);

/*
 * Reads the last occurrence of a class in cmdline[0, length) as `version` does (LB_LINUX()).
 * system_ram: bytes, what the architecture passes for the range form (memblock_phys_mem_size());
 * from 6.0 on the kernel rounds it up to 128 MiB before comparing.
 */
struct lb_crashkernel_value lb_crashkernel_read(const char *cmdline, size_t length,
	uint32_t version, uint64_t system_ram, enum lb_crashkernel_class class_);

/* Appends the line that this kernel prints about the value, without time stamp and newline.
 * False, and nothing appended, if it prints none. */
bool lb_crashkernel_message(
	const struct lb_crashkernel_value *value, uint32_t version, struct lb_text *text);

#endif
