/* SPDX-License-Identifier: MIT */
/* linux_vendor: whose kernel a release names, and what `crashkernel=auto` is on it. */
#include "policy/linux/vendor.h"

#include "lifeboat/format.h"
#include "policy/linux/linux.h"
#include "policy/linux/version.h"
#include "tests/harness/test.h"

#define V LB_LINUX
#define UNKNOWN "nobody"

/* Releases as `uname -r` prints them, and who is behind them. */
static const struct {
	const char *release, *name;
	bool as_upstream;
} releases[] = {
	{"6.12.107", "upstream", true},
	{"7.2", "upstream", true},
	{"6.17.0-rc3", "upstream", true},
	{"5.10.0-32-amd64", "Debian", true},
	{"6.1.0-50-cloud-amd64", "Debian", true},
	{"6.12.107+deb13-arm64-16k", "Debian", true},
	{"7.2.13+deb14-riscv64", "Debian", true},
	{"3.10.0-1160.el7.x86_64", "RHEL 7", false},
	{"4.18.0-80.el8.x86_64", "RHEL 8", false},
	{"4.18.0-553.el8_10.aarch64", "RHEL 8", false},
	{"5.14.0-427.13.1.el9_4.x86_64", "RHEL 9", false},
	{"5.14.0-427.el9.aarch64+64k", "RHEL 9", false},
	{"6.12.0-124.45.1.el10_1.x86_64", "RHEL 10", false},
	{"5.15.0-209.161.7.2.el9uek.x86_64", "Oracle UEK", false},
	{"6.15.9-201.fc42.aarch64", "Fedora", false},
	{"6.14.0-0.rc7.20250318git76b6905c11fd.57.fc43.x86_64", "Fedora", false},
	{"6.1.112-122.189.amzn2023.x86_64", "Amazon Linux", false},
	{"6.6.57.1-7.azl3", "Azure Linux", false},
	{"6.14.0-37-generic", "Ubuntu", false},
	{"6.8.0-1018-azure", "Ubuntu", false},
	{"4.19.0-27-amd64", "Debian", true}, /* and outside, by its version */
	{"6.4.0-150600.21-default", "SUSE", false},
	{"5.10.70.mx64.403", UNKNOWN, false},
	{"6.8.12-4-pve", UNKNOWN, false},
	{"6.16.0-rc2-next-20250617", UNKNOWN, false},
	{"6.11.0+", UNKNOWN, false},
	{"6.17.0-rc", UNKNOWN, false},
	{"6.17.0-rc3x", UNKNOWN, false},
	{"5.15.77-amd64-desktop", UNKNOWN, false}, /* the mark must end it */
	{"5.15.0-generic-hwe", UNKNOWN, false},
	{"5.4.236-1.el8.elrepo.x86_64", UNKNOWN, false}, /* not RHEL's version */
	{"5.8.15-301.fc33.x86_64", UNKNOWN, false},      /* before the row */
	{"", UNKNOWN, false},
	{"generic", UNKNOWN, false},
};

TEST(linux_vendor, a_release_names_its_vendor)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(releases); i++) {
		const struct lb_linux_vendor *vendor = lb_linux_vendor(releases[i].release);

		CHECK_TEXT(vendor ? vendor->name : UNKNOWN, releases[i].name);
		CHECK_EQUAL(vendor && vendor->as_upstream, releases[i].as_upstream);
	}
}

/* Each row is reached by a release of its own making, and its fields say what they may. */
TEST(linux_vendor, every_row_is_whole_and_can_be_reached)
{
	size_t count;
	const struct lb_linux_vendor *rows = lb_linux_vendors(&count);

	REQUIRE(count);
	for (size_t i = 0; i < count; i++) {
		char release[64];
		struct lb_text text = LB_TEXT(release);

		CHECK(rows[i].name && rows[i].marks[0] && rows[i].since);
		CHECK(!rows[i].until || rows[i].until > rows[i].since);
		CHECK(!rows[i].as_upstream || !rows[i].automatic);
		lb_format(&text, "%u.%u.0-%u%s", rows[i].since >> 24, rows[i].since >> 16 & 0xff,
			rows[i].build, rows[i].marks[0]);
		CHECK(lb_linux_vendor(release) == &rows[i]);
		for (int arch = 0; arch < LB_ARCHES; arch++) {
			uint32_t as = rows[i].reserves_as[arch];

			CHECK(!as || as >= LB_LINUX_MODELLED_SINCE);
			CHECK(as < LB_LINUX_MODELLED_UNTIL);
		}
	}
}

TEST(linux_vendor, reserves_as_its_row_says)
{
	const struct lb_linux_vendor *rhel_9 = lb_linux_vendor("5.14.0-427.el9.aarch64");

	REQUIRE(rhel_9);
	CHECK_EQUAL(lb_linux_reserves_as(rhel_9, LB_ARCH_ARM64, V(5, 14, 0)), V(6, 6, 0));
	CHECK_EQUAL(lb_linux_reserves_as(rhel_9, LB_ARCH_RISCV64, V(5, 14, 0)), V(5, 14, 0));
	CHECK_EQUAL(lb_linux_reserves_as(NULL, LB_ARCH_ARM64, V(5, 14, 0)), V(5, 14, 0));
	CHECK(lb_linux_row(LB_ARCH_ARM64, V(6, 6, 0))->knows_high);
	CHECK(!lb_linux_row(LB_ARCH_ARM64, V(5, 14, 0))->knows_high);
}

/* MiB of RAM, and MiB that `auto` reserves of it; 0: nothing. */
static const struct {
	const char *release;
	enum lb_arch arch;
	unsigned int ram, reserved;
} sizes[] = {
	{"3.10.0-229.el7.x86_64", LB_ARCH_X86_64, 4095, 161},
	{"3.10.0-229.el7.x86_64", LB_ARCH_X86_64, 1920, 0},
	{"3.10.0-229.el7.x86_64", LB_ARCH_X86_64, 1921, 161}, /* rounded up to 2 GiB */
	{"3.10.0-229.el7.x86_64", LB_ARCH_X86_64, 65536, 164},
	{"4.18.0-80.el8.x86_64", LB_ARCH_X86_64, 896, 0},
	{"4.18.0-80.el8.x86_64", LB_ARCH_X86_64, 897, 160}, /* rounded up to 1 GiB */
	{"4.18.0-80.el8.x86_64", LB_ARCH_X86_64, 32761, 160},
	{"4.18.0-80.el8.aarch64", LB_ARCH_ARM64, 4096, 512},
	{"4.18.0-305.el8.x86_64", LB_ARCH_X86_64, 32761, 192},
	{"4.18.0-305.el8.x86_64", LB_ARCH_X86_64, 2097152, 512},
	{"4.18.0-305.el8.aarch64", LB_ARCH_ARM64, 4096, 448},
	{"4.18.0-553.el8_10.x86_64", LB_ARCH_X86_64, 2048, 192},
	{"4.18.0-553.el8_10.x86_64", LB_ARCH_X86_64, 32761, 256},
	{"4.18.0-553.el8_10.x86_64", LB_ARCH_X86_64, 65536, 512},
	{"4.18.0-553.el8_10.aarch64", LB_ARCH_ARM64, 4096, 480},
	{"5.12.0-300.fc34.x86_64", LB_ARCH_X86_64, 8192, 160},
};

static struct lb_reserve_env env_of(const char *release, enum lb_arch arch, uint64_t ram)
{
	const struct lb_linux_vendor *vendor = lb_linux_vendor(release);
	uint32_t version = 0;

	CHECK(lb_linux_version_parse(release, &version));
	return (struct lb_reserve_env){.arch = arch, .system_ram = ram,
		.version = lb_linux_reserves_as(vendor, arch, version),
		.automatic = vendor ? vendor->automatic : NULL};
}

TEST(linux_vendor, auto_is_what_the_vendor_makes_of_it)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(sizes); i++) {
		struct lb_reserve_env env =
			env_of(sizes[i].release, sizes[i].arch, sizes[i].ram * LB_MIB);
		struct lb_crashkernel_value value = lb_linux_read_class(
			&env, "ro crashkernel=auto quiet", 25, LB_CRASHKERNEL_PLAIN);

		CHECK(value.automatic);
		CHECK_EQUAL(value.size, sizes[i].reserved * LB_MIB);
		CHECK_EQUAL(value.result, sizes[i].reserved ? LB_CRASHKERNEL_OK :
			LB_CRASHKERNEL_NOTHING);
		CHECK_EQUAL(value.found, ' ');
		/* Rounded up to 128 MiB before it is compared with the list. */
		CHECK(!value.size || (value.compared_ram >= env.system_ram &&
			value.compared_ram - env.system_ram < 128 * LB_MIB &&
			!(value.compared_ram % (128 * LB_MIB))));
	}
}

/* A command line ends where its length says, whatever stands behind. */
TEST(linux_vendor, what_follows_auto_is_read_up_to_the_end)
{
	struct lb_reserve_env env =
		env_of("4.18.0-553.el8.x86_64", LB_ARCH_X86_64, 8 * LB_GIB);

	CHECK_EQUAL(lb_linux_read_class(&env, "crashkernel=auto@", 16, LB_CRASHKERNEL_PLAIN).found,
		0);
}

TEST(linux_vendor, auto_is_malformed_where_no_vendor_reads_it)
{
	static const struct {
		const char *release;
		enum lb_arch arch;
	} others[] = {
		{"6.12.107", LB_ARCH_X86_64},
		{"5.14.0-427.el9.x86_64", LB_ARCH_X86_64},
		{"5.14.10-300.fc35.x86_64", LB_ARCH_X86_64},
		{"4.18.0-553.el8.riscv64", LB_ARCH_RISCV64},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		struct lb_reserve_env env =
			env_of(others[i].release, others[i].arch, 8 * LB_GIB);
		struct lb_crashkernel_value value = lb_linux_read_class(
			&env, "crashkernel=auto", 16, LB_CRASHKERNEL_PLAIN);

		CHECK(!value.automatic);
		CHECK_EQUAL(value.result, LB_CRASHKERNEL_NO_VALUE);
	}
}

TEST(linux_vendor, other_values_and_classes_are_read_as_ever)
{
	static const char line[] = "crashkernel=512M,high crashkernel=256M";
	struct lb_reserve_env env =
		env_of("4.18.0-553.el8.x86_64", LB_ARCH_X86_64, 8 * LB_GIB);
	struct lb_crashkernel_value plain =
		lb_linux_read_class(&env, line, sizeof(line) - 1, LB_CRASHKERNEL_PLAIN);
	struct lb_crashkernel_value high =
		lb_linux_read_class(&env, line, sizeof(line) - 1, LB_CRASHKERNEL_HIGH);

	CHECK(!plain.automatic && !high.automatic);
	CHECK_EQUAL(plain.size, 256 * LB_MIB);
	CHECK_EQUAL(high.size, 512 * LB_MIB);
	CHECK_EQUAL(lb_linux_read_class(&env, "x", 1, LB_CRASHKERNEL_PLAIN).result,
		LB_CRASHKERNEL_ABSENT);
}
