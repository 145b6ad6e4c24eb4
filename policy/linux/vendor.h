/* SPDX-License-Identifier: MIT */
/*
 * vendor: whose kernel a release names, and what that vendor changed about crash kernel memory.
 *
 * Vendors keep the version at the front of a release for years and bring later code into it, so
 * the version alone does not tell the rules. What was changed when stands in one table, a row for
 * each vendor and age, with its public source beside it. A kernel whose release carries a mark
 * that the table does not hold is of unknown rules, and no answer about it is exact; "6.12.107"
 * and "6.17.0-rc3" carry none and are upstream's own.
 *
 *	const struct lb_linux_vendor *vendor = lb_linux_vendor("4.18.0-553.el8_10.x86_64");
 *
 *	if (vendor && !vendor->as_upstream) {
 *		... vendor->name is "RHEL 8", and crashkernel=auto means vendor->automatic ...
 *	}
 *
 * Freestanding; no globals. Everything returned is static and never changes.
 */
#ifndef LIFEBOAT_POLICY_LINUX_VENDOR_H
#define LIFEBOAT_POLICY_LINUX_VENDOR_H

#include "policy/linux/crashkernel.h"
#include "policy/reservation.h"

/*
 * The upstream kernels whose rules were read and held against boots: from this one up to, and not
 * with, that one. Others are answered by the nearest row (lb_linux_row), and never exactly.
 */
#define LB_LINUX_MODELLED_SINCE LB_LINUX(5, 10, 0)
#define LB_LINUX_MODELLED_UNTIL LB_LINUX(7, 4, 0)

/*
 * How a vendor's kernel sizes `crashkernel=auto`, which upstream never had: by a list of ranges
 * that is read in its place, or by the amount of RAM where there is no list. As there, "auto" need
 * only be how the value begins.
 */
struct lb_linux_auto {
	/* Lists as on a command line, "crashkernel=" included, by architecture; NULL: none. They
	 * are compared with RAM rounded up to 128 MiB, years before upstream did so (6.0). */
	const char *lists[LB_ARCHES];

	/* Without a list: nothing below ram_min bytes (RAM rounded up as above), else base bytes
	 * and one byte for each 16 KiB of RAM above base, rounded up to 1 MiB. ram_min 0: the
	 * value is what it is upstream, which is malformed. */
	uint64_t ram_min, base;

	/* The line of the boot log, without time stamp; NULL: none. */
	const char *says;
};

#define LB_LINUX_MARKS_MAX 12 /* of one row */

/* One vendor's kernels of one age. A field that is 0 says: as upstream. */
struct lb_linux_vendor {
	const char *name; /* for people: "RHEL 8"; rebuilds of it are meant too */
	/* Any of them stands in the release, and ends it if at_end; NULL: no more. */
	const char *marks[LB_LINUX_MARKS_MAX];
	bool at_end;

	/* The version at the front of the release, LB_LINUX(): in [since, until); until 0: open. */
	uint32_t since, until;
	uint32_t build; /* the number behind the first '-' is at least this */

	/* The upstream version whose reservation this kernel has, LB_LINUX(), by architecture. */
	uint32_t reserves_as[LB_ARCHES];
	const struct lb_linux_auto *automatic; /* NULL: `auto` is malformed, as upstream */

	/* Neither the reservation nor what the kernel takes before it differs from upstream's, as
	 * recorded boots show. Only then can an answer be exact. */
	bool as_upstream;
};

/*
 * The row of a release as `uname -r` prints it: the first that fits, "upstream" for a release
 * that is a version and at most a release candidate. NULL: the release carries a mark that no row
 * knows, or a known one with a version or build that no row is for.
 */
const struct lb_linux_vendor *lb_linux_vendor(const char *release);

/* All rows but upstream's, in the order in which they are tried; *ret_count of them. */
const struct lb_linux_vendor *lb_linux_vendors(size_t *ret_count);

/* The version whose reservation rules a kernel follows: reserves_as, where the row (may be NULL)
 * names one for the architecture, else the version itself. */
uint32_t lb_linux_reserves_as(
	const struct lb_linux_vendor *vendor, enum lb_arch arch, uint32_t version);

/*
 * Reads the last occurrence of a class in cmdline[0, length) as the kernel that env describes does:
 * lb_crashkernel_read() with env->version and env->system_ram, and `auto` by env->automatic. For
 * `auto` the value has automatic set, size bytes, entry and compared_ram of the list, and position
 * behind the word.
 */
struct lb_crashkernel_value lb_linux_read_class(const struct lb_reserve_env *env,
	const char *cmdline, size_t length, enum lb_crashkernel_class class_);

#endif
