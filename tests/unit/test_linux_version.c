/* SPDX-License-Identifier: MIT */
/* linux_version: releases and banners as distributions write them. */
#include "policy/linux/version.h"

#include "lifeboat/format.h"
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

TEST(linux_version, a_compiler_of_the_same_number_hides_no_patch_level)
{
	CHECK_EQUAL(version_of("13.2.0-1-generic", "Linux version 13.2.0-1-generic (gcc (Ubuntu "
		"13.2.0-23ubuntu4) 13.2.0) #1-Ubuntu SMP (Ubuntu 13.2.0-1.1-generic 13.2.7)"),
		LB_LINUX(13, 2, 7));
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

/* The three numbers before the first byte that continues none; the first two must be there. */
static bool model_version(const char *text, size_t length, uint32_t *ret)
{
	uint64_t parts[3] = {0};
	unsigned int digits[3] = {0}, part = 0;

	for (size_t i = 0; i < length && part < 3; i++) {
		if (text[i] == '.' && digits[part]) {
			part++;
		} else if (text[i] >= '0' && text[i] <= '9') {
			parts[part] = parts[part] * 10 + (uint64_t)(text[i] - '0');
			digits[part]++;
		} else {
			break;
		}
	}
	*ret = LB_LINUX((uint32_t)parts[0], (uint32_t)parts[1],
		(uint32_t)lb_min(parts[2], 65535));
	return digits[0] && digits[1] && parts[0] <= 255 && parts[1] <= 255;
}

TEST(linux_version, every_short_release_is_read_as_modelled)
{
	static const char letters[] = "0269.-";
	enum { LONGEST = 6, LETTERS = sizeof(letters) - 1 };
	char text[LONGEST + 1];
	unsigned int texts = 1;

	for (size_t length = 0; length <= LONGEST; length++, texts *= LETTERS) {
		for (unsigned int which = 0; which < texts; which++) {
			uint32_t found = 99, wanted;
			unsigned int rest = which;
			bool is_version;

			for (size_t i = 0; i < length; i++, rest /= LETTERS) {
				text[i] = letters[rest % LETTERS];
			}
			text[length] = '\0';
			is_version = model_version(text, length, &wanted);
			if (lb_linux_version_parse(text, &found) != is_version ||
				found != (is_version ? wanted : 99)) {
				CHECK_TEXT(text, "a release that is read as the model reads it");
				return;
			}
		}
	}
}

/* Whatever banner stands beside it, a release keeps its series and never gets an older patch. */
TEST(linux_version, a_banner_only_adds_a_patch_level)
{
	static const char *const names[] = {" Debian ", "(Ubuntu ", "(Debian ", "Ubuntu "};
	static const char *const versions[] = {"6.1.176-1)", "6.1.9)", "6.12.1)", "5.15.131)", "x)",
		"6.1)"};
	char banner[80];

	for (size_t i = 0; i < LB_ARRAY_COUNT(names) * LB_ARRAY_COUNT(versions) * 2; i++) {
		const char *name = names[i / 2 % LB_ARRAY_COUNT(names)];
		const char *version = versions[i / 2 / LB_ARRAY_COUNT(names)];
		bool names_kernel = i / 2 % LB_ARRAY_COUNT(names) < 2;
		struct lb_text text = LB_TEXT(banner);

		lb_format(&text, "Linux version 6.1.20 (gcc%s%s%s", i & 1 ? " 12.2.0) #1" : "",
			name, version);
		CHECK_EQUAL(version_of("6.1.20-amd64", banner),
			names_kernel && version == versions[0] ? LB_LINUX(6, 1, 176) :
			LB_LINUX(6, 1, 20));
	}
}
