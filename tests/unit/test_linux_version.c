/* SPDX-License-Identifier: MIT */
/* linux_version: releases and banners as distributions write them. */
#include "policy/linux/version.h"

#include "tests/harness/test.h"

#define DEBIAN_12 "Linux version 6.1.0-50-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 " \
	"(Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) " \
	"#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-09-14)"
#define UBUNTU "Linux version 5.15.0-91-generic (buildd@lcy02-amd64-045) (gcc (Ubuntu " \
	"11.4.0-1ubuntu1~22.04) 11.4.0) #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 " \
	"(Ubuntu 5.15.0-91.101-generic 5.15.131)"

static uint32_t version_of(const char *release, const char *banner)
{
	uint32_t version = 0;

	return lb_linux_version_of(release, banner, &version) ? version : 0;
}

TEST(linux_version, reads_the_numbers_of_a_release)
{
	CHECK_EQUAL(version_of("6.1.0-50-cloud-amd64", ""), LB_LINUX(6, 1, 0));
	CHECK_EQUAL(version_of("6.12.107+deb13-amd64", ""), LB_LINUX(6, 12, 107));
	CHECK_EQUAL(version_of("6.17.0-rc3-next-20250915", ""), LB_LINUX(6, 17, 0));
	CHECK_EQUAL(version_of("5.10.70.mx64.403", ""), LB_LINUX(5, 10, 70));
	CHECK_EQUAL(version_of("6.14.0-0.rc7.20250318git76b6905c11fd.57.fc43.x86_64", ""),
		LB_LINUX(6, 14, 0));
	CHECK_EQUAL(version_of("7.2", ""), LB_LINUX(7, 2, 0));
	CHECK_EQUAL(version_of("7.2.", ""), LB_LINUX(7, 2, 0));
}

TEST(linux_version, takes_the_patch_level_that_a_banner_names)
{
	CHECK_EQUAL(version_of("6.1.0-50-cloud-amd64", DEBIAN_12), LB_LINUX(6, 1, 176));
	CHECK_EQUAL(version_of("", DEBIAN_12), LB_LINUX(6, 1, 176));
	CHECK_EQUAL(version_of("5.15.0-91-generic", UBUNTU), LB_LINUX(5, 15, 131));
}

TEST(linux_version, keeps_the_release_where_the_banner_is_of_another_kernel)
{
	CHECK_EQUAL(version_of("6.12.107+deb13-amd64", DEBIAN_12), LB_LINUX(6, 12, 107));
	CHECK_EQUAL(version_of("6.1.200", DEBIAN_12), LB_LINUX(6, 1, 200));
}

TEST(linux_version, refuses_what_is_no_version)
{
	CHECK_EQUAL(version_of("", ""), 0);
	CHECK_EQUAL(version_of("linux", ""), 0);
	CHECK_EQUAL(version_of("6", ""), 0);
	CHECK_EQUAL(version_of("6.", ""), 0);
	CHECK_EQUAL(version_of("256.1", ""), 0);
	CHECK_EQUAL(version_of("6.256", ""), 0);
	CHECK_EQUAL(version_of("99999999999999999999.1", ""), 0);
}

TEST(linux_version, caps_the_patch_level)
{
	CHECK_EQUAL(version_of("6.1.65535", ""), LB_LINUX(6, 1, 65535));
	CHECK_EQUAL(version_of("6.1.4294967297", ""), LB_LINUX(6, 1, 65535));
}
