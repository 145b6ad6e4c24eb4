/* SPDX-License-Identifier: MIT */
/* vendor: the table, who a release belongs to, and `crashkernel=auto`. */
#include "policy/linux/vendor.h"

#include "lifeboat/number.h"
#include "policy/linux/version.h"

#define BEST_EFFORT "Using crashkernel=auto, the size chosen is a best effort estimation."

/*
 * RHEL 7, x86-64: kernel/crash_core.c, arch_default_crash_size(), in the sources of OpenVZ 7,
 * which are RHEL's with containers (github.com/OpenVZ/vzkernel, 16d6d7045bbd). The base is what a
 * boot shows: 161 MiB with 4095 MiB of RAM (3.10.0-229.11.1.el7, github.com/RedHatEMEA/demobuilder,
 * issue 58); the least RAM is that of Red Hat's documentation.
 */
static const struct lb_linux_auto rhel_7 = {.ram_min = 2 * LB_GIB, .base = 160 * LB_MIB};

/* RHEL 8.0: "kdump: add support for crashkernel=auto", Bugzilla 1507353, which Fedora carried too
 * (github.com/FyraLabs/kernel, rhel-patches/, cc49145b6750). */
static const struct lb_linux_auto rhel_8_first = {
	.lists = {
		[LB_ARCH_X86_64] = "crashkernel=1G-64G:160M,64G-1T:256M,1T-:512M",
		[LB_ARCH_ARM64] = "crashkernel=2G-:512M",
	},
	.says = BEST_EFFORT,
};

/* CentOS Stream 8 in January 2022, quoted on linux-kernel ("crash_core: add crashkernel=auto",
 * T. Yang, 2022-01-27); the same figures in Red Hat's documentation of that time. */
static const struct lb_linux_auto rhel_8_middle = {
	.lists = {
		[LB_ARCH_X86_64] = "crashkernel=1G-4G:160M,4G-64G:192M,64G-1T:256M,1T-:512M",
		[LB_ARCH_ARM64] = "crashkernel=2G-:448M",
	},
	.says = BEST_EFFORT,
};

/* Red Hat's documentation of RHEL 8 since, "Minimum amount of reserved memory required for kdump";
 * a boot of early 2024 shows 256 MiB at 1712 MiB with 32 GiB of RAM. */
static const struct lb_linux_auto rhel_8_last = {
	.lists = {
		[LB_ARCH_X86_64] = "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M",
		[LB_ARCH_ARM64] = "crashkernel=2G-:480M",
	},
	.says = BEST_EFFORT,
};

/* Of both architectures; for RAM rounded up to 128 MiB on x86-64, which changed nothing else. */
#define RHEL_8                                                                                   \
	.name = "RHEL 8", .marks = {".el8"}, .since = LB_LINUX(4, 18, 0),                         \
	.until = LB_LINUX(4, 19, 0), .reserves_as = {[LB_ARCH_X86_64] = LB_LINUX(6, 0, 0)}

/*
 * The first row that fits counts. What is here without reserves_as is known by name only: what
 * such a kernel changed was not read, so it is answered by its version, and never exactly.
 */
static const struct lb_linux_vendor vendors[] = {
	/* Debian's patches touch neither; several hundred recorded boots of 5.10 to 7.2. */
	{.name = "Debian", .marks = {"-amd64", "-arm64", "-arm64-16k", "-riscv64"},
		.at_end = true, .since = LB_LINUX(3, 0, 0), .as_upstream = true},

	/* Before RHEL: 5.15.0-209.161.7.2.el9uek. kernel/crash_core.c and arch/arm64/mm/init.c of
	 * github.com/oracle/linux-uek (0278f9c5b615, 0a5c3a3af485) are those of their versions;
	 * there is no `auto`. Early memory was not read. */
	{.name = "Oracle UEK", .marks = {"uek"}, .since = LB_LINUX(3, 0, 0)},

	{.name = "RHEL 7", .marks = {".el7"}, .since = LB_LINUX(3, 10, 0),
		.until = LB_LINUX(3, 11, 0), .automatic = &rhel_7},
	/* In which build the lists changed was not read: these are the first of 8.8 and 8.3. */
	{RHEL_8, .build = 477, .automatic = &rhel_8_last},
	{RHEL_8, .build = 240, .automatic = &rhel_8_middle},
	{RHEL_8, .automatic = &rhel_8_first},
	/* github.com/ctrliq/kernel-src-tree, arch/arm64/mm/init.c of 0a1760fe7cb8: `,high` from
	 * 4 GiB, fallback both ways, 128 MiB of low memory, as upstream in 6.5 and 6.6. RAM is
	 * rounded up to 128 MiB; `auto` is gone ("no longer supported on RHEL 9", Red Hat's
	 * documentation). When each of it came into 9.0 to 9.3 was not read. */
	{.name = "RHEL 9", .marks = {".el9"}, .since = LB_LINUX(5, 14, 0),
		.until = LB_LINUX(5, 15, 0), .reserves_as = {[LB_ARCH_X86_64] = LB_LINUX(6, 6, 0),
			[LB_ARCH_ARM64] = LB_LINUX(6, 6, 0)}},
	{.name = "RHEL 10", .marks = {".el10"}, .since = LB_LINUX(6, 12, 0),
		.until = LB_LINUX(6, 13, 0)},

	/* kernel-ark carried "kdump: add support for crashkernel=auto" and "kdump: round up the
	 * total memory size to 128M" (github.com/FyraLabs/kernel, rhel-patches/); the one until
	 * RHEL 9 began, the other until upstream had it in 6.0. */
	{.name = "Fedora", .marks = {".fc"}, .since = LB_LINUX(5, 10, 0),
		.until = LB_LINUX(5, 14, 0), .automatic = &rhel_8_first,
		.reserves_as = {[LB_ARCH_X86_64] = LB_LINUX(6, 0, 0)}},
	{.name = "Fedora", .marks = {".fc"}, .since = LB_LINUX(5, 14, 0),
		.until = LB_LINUX(6, 0, 0),
		.reserves_as = {[LB_ARCH_X86_64] = LB_LINUX(6, 0, 0)}},
	{.name = "Fedora", .marks = {".fc"}, .since = LB_LINUX(6, 0, 0)},

	{.name = "Amazon Linux", .marks = {".amzn"}, .since = LB_LINUX(3, 0, 0)},
	{.name = "Azure Linux", .marks = {".azl", ".cm1", ".cm2"}, .since = LB_LINUX(3, 0, 0)},
	{.name = "Ubuntu", .since = LB_LINUX(3, 0, 0), .at_end = true,
		.marks = {"-generic", "-generic-64k", "-lowlatency", "-lowlatency-64k", "-azure",
			"-aws", "-gcp", "-oracle", "-kvm", "-oem", "-raspi", "-nvidia"}},
	{.name = "SUSE", .marks = {"-default", "-64kb"}, .at_end = true,
		.since = LB_LINUX(3, 0, 0)},
};

static const struct lb_linux_vendor upstream = {
	.name = "upstream", .as_upstream = true};

const struct lb_linux_vendor *lb_linux_vendors(size_t *ret_count)
{
	*ret_count = LB_ARRAY_COUNT(vendors);
	return vendors;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits and the dots between them at the front: "6.12.107" of "6.12.107+deb13-amd64". */
static void skip_version(struct lb_slice *release)
{
	while (is_digit(lb_slice_first(*release)) ||
		(lb_slice_first(*release) == '.' && release->length > 1 &&
			is_digit(release->at[1]))) {
		lb_slice_skip(release, 1);
	}
}

/* Nothing, or "-rc3". */
static bool is_unmarked(struct lb_slice rest)
{
	if (!lb_slice_begins(rest, "-rc")) {
		return !rest.length;
	}
	lb_slice_skip(&rest, 3);
	return rest.length && lb_number_at(rest).length == rest.length;
}

static bool carries_mark(const struct lb_linux_vendor *vendor, struct lb_slice rest)
{
	size_t at;

	for (size_t i = 0; i < LB_LINUX_MARKS_MAX && vendor->marks[i]; i++) {
		if (vendor->at_end ? lb_slice_ends(rest, vendor->marks[i]) :
			lb_slice_find(rest, vendor->marks[i], &at)) {
			return true;
		}
	}
	return false;
}

/* The number behind the first '-'; 0 without one. */
static uint64_t build_of(struct lb_slice rest)
{
	return lb_slice_take(&rest, '-') ? lb_number_at(rest).value : 0;
}

const struct lb_linux_vendor *lb_linux_vendor(const char *release)
{
	struct lb_slice rest = lb_slice_of(release);
	uint32_t version;

	if (!lb_linux_version_parse(release, &version)) {
		return NULL;
	}
	skip_version(&rest);
	if (is_unmarked(rest)) {
		return &upstream;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(vendors); i++) {
		const struct lb_linux_vendor *vendor = &vendors[i];

		if (version >= vendor->since && (!vendor->until || version < vendor->until) &&
			build_of(rest) >= vendor->build && carries_mark(vendor, rest)) {
			return vendor;
		}
	}
	return NULL;
}

uint32_t lb_linux_reserves_as(
	const struct lb_linux_vendor *vendor, enum lb_arch arch, uint32_t version)
{
	return vendor && vendor->reserves_as[arch] ? vendor->reserves_as[arch] : version;
}

#define ROUNDING (128 * LB_MIB)
#define RAM_A_BYTE (16 * LB_KIB) /* two bits for a page */

static void size_by_ram(
	const struct lb_linux_auto *automatic, uint64_t ram, struct lb_crashkernel_value *value)
{
	uint64_t rounded, more = 0;

	value->result = LB_CRASHKERNEL_NOTHING;
	if (!lb_align_up(ram, ROUNDING, &rounded) || rounded < automatic->ram_min ||
		ram < automatic->base ||
		!lb_align_up((ram - automatic->base) / RAM_A_BYTE, LB_MIB, &more)) {
		return;
	}
	value->result = LB_CRASHKERNEL_OK;
	value->size = automatic->base + more;
	value->compared_ram = rounded;
}

static void size_by_list(const char *list, uint64_t ram, struct lb_crashkernel_value *value)
{
	/* 6.0: the first to round RAM up before it compares. */
	struct lb_crashkernel_value read = lb_crashkernel_read(
		list, lb_slice_of(list).length, LB_LINUX(6, 0, 0), ram, LB_CRASHKERNEL_PLAIN);

	value->result = read.result;
	value->size = read.size;
	value->entry = read.entry;
	value->compared_ram = read.compared_ram;
}

static void read_auto(const struct lb_reserve_env *env, const char *cmdline, size_t length,
	struct lb_crashkernel_value *value)
{
	static const char word[] = "auto";
	const char *list = env->automatic->lists[env->arch];
	struct lb_crashkernel_value plain = *value;

	if (!list && !env->automatic->ram_min) {
		return;
	}
	*value = (struct lb_crashkernel_value){.class_ = plain.class_, .token = plain.token,
		.automatic = true, .position = plain.token.value + sizeof(word) - 1};
	value->found = value->position < length ? cmdline[value->position] : 0;
	if (list) {
		size_by_list(list, env->system_ram, value);
	} else {
		size_by_ram(env->automatic, env->system_ram, value);
	}
}

struct lb_crashkernel_value lb_linux_read_class(const struct lb_reserve_env *env,
	const char *cmdline, size_t length, enum lb_crashkernel_class class_)
{
	struct lb_crashkernel_value value =
		lb_crashkernel_read(cmdline, length, env->version, env->system_ram, class_);
	struct lb_slice rest = {cmdline, length};

	if (env->automatic && class_ == LB_CRASHKERNEL_PLAIN &&
		value.result != LB_CRASHKERNEL_ABSENT) {
		lb_slice_skip(&rest, value.token.value);
		if (lb_slice_begins(rest, "auto")) {
			read_auto(env, cmdline, length, &value);
		}
	}
	return value;
}
