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
 * A size of 0 is read like any other, and reserves nothing (lb_crashkernel_declines).
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

/*
 * The classes, by the end of the value: a suffix counts only as the last bytes before the blank.
 * suffix_tbl[] of the kernel has `,high` and `,low` in every version here and `,cma` since 6.17;
 * a value with a suffix that the kernel does not know is a plain one, and a malformed one.
 */
enum lb_crashkernel_class {
	LB_CRASHKERNEL_PLAIN,
	LB_CRASHKERNEL_HIGH,
	LB_CRASHKERNEL_LOW,
	LB_CRASHKERNEL_CMA,
};
#define LB_CRASHKERNEL_CLASSES 4

/* "", ",high", ",low", ",cma": what a value of the class ends with. Static, never NULL. Asserts one
 * of the four. */
const char *lb_crashkernel_suffix(enum lb_crashkernel_class class_);

/*
 * One occurrence, as offsets in bytes into the command line: start < value <= end <= its length.
 * The value is [value, end), and may be empty.
 */
struct lb_crashkernel_token {
	size_t start; /* of the word "crashkernel=", which need not begin a word */
	size_t value; /* the byte after "=" */
	size_t end;   /* the next space, or the end of the command line */
};

/*
 * The occurrence that begins at *cursor or later; *cursor then points past its first byte, where
 * the kernel goes on searching (occurrences may overlap): get_last_crashkernel() calls strstr()
 * on the text behind the first byte of what it found, in every version. False at the end; *ret is
 * then untouched, and *cursor is length. Start with *cursor 0; it never passes length.
 * cmdline[0, length) has no NUL; length is what the kernel keeps (lb_linux_row.cmdline_bytes).
 */
bool lb_crashkernel_next(const char *cmdline, size_t length, size_t *cursor,
	struct lb_crashkernel_token *ret);

/* True if the occurrence begins the line, or stands behind a byte up to a blank. The grammar does
 * not ask, but cmdline_find_option() does (policy/linux/cmdline.h), and so do people: a value that
 * counts although it looks like part of another word is worth a remark. */
bool lb_crashkernel_begins_word(const char *cmdline, const struct lb_crashkernel_token *token);

/* The class of an occurrence for this version, LB_LINUX() (`,cma` is plain before 6.17). Looks at
 * the bytes of the value alone: whether it is well formed is for lb_crashkernel_read(). */
enum lb_crashkernel_class lb_crashkernel_class_of(
	const char *cmdline, const struct lb_crashkernel_token *token, uint32_t version);

/*
 * What reading one class came to. All but OK, ABSENT and NOTHING are -EINVAL of the parser, and
 * ABSENT is its -ENOENT (-EINVAL to 6.6). Reading stops at the first mistake: what stands behind it
 * is not looked at, not even by lb_crashkernel_value.position.
 */
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

/*
 * One class as this kernel reads it. token, position and found are about the command line that was
 * read, which the value does not point to. size and offset are memparse's: K, M, G, T, P, E are
 * powers of 1024, and what does not fit in 64 bits wraps, or from 7.2 on is cut
 * (policy/linux/cmdline.h). offset is of plain values only, and not checked here for alignment.
 */
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
	/* Of the range list: the entry that matched, from 1; 0: none, or no list. */
	uint32_t entry;
	/* Range form, and `auto`: the bytes of RAM that were compared with the entries. */
	uint64_t compared_ram;
};

/* True for the results that the kernel's parser returns as success: OK and NOTHING. size can still
 * be 0 then; see below. */
bool lb_crashkernel_accepted(const struct lb_crashkernel_value *value);

/*
 * True for a value that the parser accepts and whose size is 0: `0`, `0M@16M`, `0,high`, a range
 * that says 0, a list without a range for this machine. To every version it is no error, and
 * nothing is reserved. Only a list is spoken about ("crashkernel size resulted in zero bytes",
 * parse_crashkernel_mem() of kernel/crash_core.c, 5.10 to 6.8, kernel/crash_reserve.c since); for
 * the rest the callers go silently: they ask for `ret || !crash_size` (arch/ARCH/kernel/setup.c
 * and mm/init.c, to 6.6), or parse_crashkernel() itself makes -EINVAL of it (since 6.7).
 */
bool lb_crashkernel_declines(const struct lb_crashkernel_value *value);

/* True for a value that declines because no range of its list holds system_ram. The kernel does
 * not tell it from a size of 0; a person may: it can be an oversight. */
bool lb_crashkernel_is_unmatched(const struct lb_crashkernel_value *value);

/*
 * Reads the last occurrence of a class in cmdline[0, length) as `version` does (LB_LINUX()).
 * system_ram: bytes, what the architecture passes for the range form (memblock_phys_mem_size());
 * from 6.0 on the kernel rounds it up to 128 MiB before comparing, since firmware keeps some of it
 * and lists are written for the sizes on the label. Where rounding passes 2^64 it is compared as
 * it is.
 *
 * The first entry of a list whose START <= RAM < END counts; entries behind it are not read, so a
 * mistake there is none. An entry that asks for all of RAM or more is refused even where it does
 * not match ("crashkernel: invalid size", parse_crashkernel_mem()).
 *
 * There is no failure: what is wrong with a value is its result. Needs no storage and keeps no
 * pointer into cmdline. Asserts one of the four classes.
 */
struct lb_crashkernel_value lb_crashkernel_read(const char *cmdline, size_t length,
	uint32_t version, uint64_t system_ram, enum lb_crashkernel_class class_);

/*
 * Appends the line that this kernel prints about the value, without time stamp and newline, as it
 * is spelt in that version: up to 6.10 two lines of the range form lack "crashkernel: ", and from
 * 6.11 to 6.16 one has "crahskernel: ". False, and nothing appended, if it prints none. 64 bytes
 * hold every line; of a text that is full the rest is cut (lifeboat/format.h).
 */
bool lb_crashkernel_message(
	const struct lb_crashkernel_value *value, uint32_t version, struct lb_text *text);

#endif
